//! A disk of 20 MB that fills up while a sweep runs. It is one in memory that only the programs of this test see.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::many::{contents, folder, same, undisturbed};

/// Thirty runs of about a megabyte each.
const LARGE: &str = "\
name: large
rounds: 1000
repeats: 30
workers: { count: 15 }
task: { channel: { coordinates: 60, crossover: 0.2 } }
method: signsgd_fd
metrics: { workers_every: 1 }
figures: [method_table]
";

/// Runs lines of a shell in which `signsim run` fills the folder `out` on the disk `small`, in a space of mounts of its own.
fn within(dir: &Path, lines: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_signsim");
    let run = format!("run() {{ {program} run s.yaml --out small/out --threads 1 --quiet \"$@\"; }}\n");
    let mut shell = Command::new("unshare");
    shell.current_dir(dir).args(["--map-root-user", "--mount", "sh", "-c", &(run + lines)]);
    shell.output().unwrap_or_else(|error| panic!("unshare: {error}"))
}

/// Whether this machine lets a test mount something.
fn may_mount(dir: &Path) -> Result<(), String> {
    let mount = "mount -t tmpfs -o size=20m none small";
    let mut tried = Command::new("unshare");
    tried.current_dir(dir).args(["--map-root-user", "--mount", "sh", "-c", mount]);
    let tried = tried.output().map_err(|error| format!("unshare: {error}"))?;
    let said = String::from_utf8_lossy(&tried.stderr).into_owned();
    if tried.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn nothing_finished_is_lost_when_a_disk_is_full() {
    let dir = folder(LARGE);
    fs::create_dir(dir.path().join("small")).unwrap();
    if let Err(why) = may_mount(dir.path()) {
        println!("SKIPPED: no disk of 20 MB can be mounted here: {why}");
        return;
    }
    let expected = undisturbed(LARGE, &[]);
    let size: usize = expected.values().map(Vec::len).sum();
    assert!((22_000_000..50_000_000).contains(&size), "{size} bytes");
    let script = "
        set -e
        mount -t tmpfs -o size=20m none small
        code=0; run 2> first || code=$?; echo $code > code
        ls small/out/runs > left; cp -r small/out/runs kept
        # Nothing has changed.
        code=0; run 2> second || code=$?; echo $code >> code
        mount -o remount,size=80m small
        run 2> third
        cp -r small/out out";
    let ended = within(dir.path(), script);
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap_or_default();
    assert!(ended.status.success(), "{ended:?}\n{}{}{}", read("first"), read("second"), read("third"));
    assert_eq!(read("code"), "1\n1\n");
    for said in [read("first"), read("second")] {
        assert!(said.contains("small/out/") && said.contains("No space left on device"), "{said}");
        assert!(said.contains("what is finished is safe; make room"), "{said}");
    }
    // Whatever had come to its place before is whole.
    let kept: Vec<String> =
        read("left").lines().filter(|name| !name.contains('.')).map(str::to_owned).collect();
    assert!(kept.len() > 10 && kept.len() < 30, "{kept:?}");
    let found = contents(&dir.path().join("kept"));
    for (path, bytes) in found.iter().filter(|(path, _)| kept.iter().any(|id| path.starts_with(id))) {
        assert_eq!(Some(bytes), expected.get(&Path::new("runs").join(path)), "{}", path.display());
    }
    same(dir.path(), &expected);
}
