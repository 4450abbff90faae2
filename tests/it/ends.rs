//! Programs that are killed, interrupted, or not listened to: nothing finished is lost, and no silence is a success.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::cli::signsim;
use crate::folder::{SCENARIO, folder, rows, run, runs};

/// A sweep of runs that take a while, in the background.
fn begin(dir: &Path, stderr: Stdio) -> Child {
    let slow = ["--set", "rounds=4000", "--set", "repeats=60", "--threads", "1"];
    let arguments = [&["run", "s.yaml", "--out", "out"], &slow[..]].concat();
    let program = env!("CARGO_BIN_EXE_signsim");
    let mut command = Command::new(program);
    command.current_dir(dir).args(arguments).stdout(Stdio::null()).stderr(stderr).spawn().unwrap()
}

/// Waits until two runs are finished.
fn wait_for_rows(dir: &Path) {
    for _ in 0..6000 {
        let text = fs::read_to_string(dir.join("out/summary.csv")).unwrap_or_default();
        if text.lines().count() > 2 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no run finishes");
}

#[test]
fn a_sweep_that_was_killed_can_be_drawn_and_goes_on() {
    let dir = folder();
    let mut child = begin(dir.path(), Stdio::null());
    wait_for_rows(dir.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, out, err) = signsim(dir.path(), &["plot", "out"]);
    assert!(code == 0 && out.contains("accuracy_vs_adversaries.svg"), "{err}");
    let svg = fs::read_to_string(dir.path().join("out/accuracy_vs_adversaries.svg")).unwrap();
    assert!(svg.contains("incomplete"), "a figure says that runs are missing");
    fs::create_dir_all(dir.path().join("out/runs/dead.pending")).unwrap();
    for name in ["manifest.json.pending", "summary.csv.2.pending", "theirs.pending"] {
        fs::write(dir.path().join("out").join(name), "half").unwrap();
    }
    // What the dead process left is cleared away, and its lock is not in the way.
    let finished = runs(dir.path()).iter().filter(|run| run.join("run.json").is_file()).count();
    let (code, err) = run(dir.path(), &["--set", "rounds=4000", "--set", "repeats=1"]);
    assert!(code == 0 && err.contains("already finished"), "{err}");
    let left = |name: &str| dir.path().join("out").join(name).exists();
    assert!(!left("runs/dead.pending") && !left("manifest.json.pending") && !left("summary.csv.2.pending"));
    assert!(left("theirs.pending"));
    assert!(rows(dir.path()) >= finished && finished >= 2);
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[cfg(unix)]
#[test]
fn signals_end_a_sweep_in_order() {
    // Who runs the tests under nohup ignores hangups, and so does the program then.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored =
        status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim().to_owned();
    let hangups = u64::from_str_radix(&ignored, 16).unwrap_or(0) & 1 == 0;
    for signal in ["-TERM", "-INT", "-HUP"].into_iter().take(if hangups { 3 } else { 2 }) {
        let dir = folder();
        let mut child = begin(dir.path(), Stdio::null());
        wait_for_rows(dir.path());
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        let manifest = fs::read_to_string(dir.path().join("out/manifest.json")).unwrap();
        assert!(
            manifest.matches("\"digest\": \"").count() >= 2,
            "{signal}: finished runs are in the manifest"
        );
        let mut left = runs(dir.path()).into_iter().chain(files(&dir.path().join("out")));
        assert!(
            left.all(|path| !path.to_string_lossy().ends_with(".claim")),
            "{signal}: claims are given back"
        );
    }
}

#[test]
fn nobody_who_stops_reading_ends_a_sweep() {
    let dir = folder();
    let program = env!("CARGO_BIN_EXE_signsim");
    let mut command = Command::new(program);
    command.current_dir(dir.path()).args(["run", "s.yaml", "--out", "out"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(rows(dir.path()), 8);
    assert!(dir.path().join("out/accuracy_vs_adversaries.pdf").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_output_is_no_success_and_a_full_log_no_failure() {
    let dir = folder();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let code = |arguments: &[&str], out: Stdio, err: Stdio| {
        let program = env!("CARGO_BIN_EXE_signsim");
        let mut command = Command::new(program);
        command.current_dir(dir.path()).args(arguments).stdout(out).stderr(err).status().unwrap().code()
    };
    assert_eq!(code(&["run", "s.yaml", "--out", "out"], Stdio::null(), full()), Some(0));
    let theory = ["theory", "--workers", "5", "--adversaries", "1", "--crossover", "0.2"];
    for arguments in
        [&["list"][..], &["check", "s.yaml"], &["plot", "out"], &theory, &["--help"], &["--version"]]
    {
        assert_eq!(code(arguments, full(), Stdio::null()), Some(1), "{arguments:?}");
        assert_eq!(code(arguments, Stdio::null(), full()), Some(0), "{arguments:?}");
    }
    assert_eq!(code(&["check", "absent.yaml"], Stdio::null(), full()), Some(2));
    assert_eq!(code(&["fly"], full(), full()), Some(2));
}

#[test]
fn slips_are_understood_and_nothing_steers_the_terminal() {
    let dir = folder();
    for (arguments, code, words) in [
        (&["rnu", "s.yaml"][..], 2, "did you mean `signsim run`?"),
        (&["list", "attak"], 2, "did you mean `attacks`?"),
        (
            &["run", "s.yaml", "--seed", "abc"],
            2,
            "`abc` is not a whole number from 0 to 18446744073709551615",
        ),
        (&["run", "s.yaml", "--threads", "65535"], 2, "1..=1024"),
        (&["plot", "out", "--figure", "accuracy_vs_adversary"], 2, "did you mean `accuracy_vs_adversaries`?"),
        (&["plot", "out", "--sise", "single"], 2, "a similar argument exists: '--size'"),
    ] {
        let (got, _, err) = signsim(dir.path(), arguments);
        assert!(got == code && err.contains(words), "{arguments:?}: {err}");
    }
    let (code, out, _) = signsim(dir.path(), &["list", "attack"]);
    assert!(code == 0 && out.starts_with("attacks\n"), "{out}");
    assert_eq!(signsim(dir.path(), &["run", "--version"]).0, 0);
    fs::write(dir.path().join("s.yaml"), SCENARIO.replace("rounds: 20", "\"ro\\eunds\": 20")).unwrap();
    for (_, _, err) in
        [signsim(dir.path(), &["check", "s.yaml"]), signsim(dir.path(), &["check", "\u{1b}[31m.yaml"])]
    {
        assert!(!err.contains('\u{1b}') && err.contains("\\u{1b}"), "{err}");
    }
}
