//! What `signsim submit` sends to Slurm, and what its tasks do when Slurm ends them: with commands of Slurm that only write
//! down what they were asked. `tests/slurm.sh` does the same with a real one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cli::signsim;
use crate::many::{contents, ended, folder, names, send, undisturbed, until};

/// Eight runs on channels.
const SWEEP: &str = "{ name: sweep, rounds: 30, repeats: 2, workers: { count: 5 }, method: signsgd_fd,
    task: { channel: { coordinates: 2000, crossover: 0.2 } }, adversaries: { count: 1, attack: sign_inversion },
    sweep: { adversaries.count: 0..=1, method: [signsgd_mv, signsgd_fd] }, figures: [method_table] }";

/// Answers with the next number, or with why it is not to be had, and keeps what it was asked.
const SBATCH: &str = r#"#!/bin/bash
here=$(dirname "$0")
n=$(($(cat "$here/jobs" 2> /dev/null || echo 40) + 1))
if [ -e "$here/refuses.$n" ]; then cat "$here/refuses.$n" >&2; exit 1; fi
echo $n > "$here/jobs"
printf '%s\n' "$@" > "$here/asked.$n"
[ ! -e "$here/warning" ] || cat "$here/warning" >&2
[ ! -e "$here/news" ] || cat "$here/news"
echo "$n;loopback"
"#;

const SCONTROL: &str = r#"#!/bin/bash
here=$(dirname "$0")
case "$1 $2" in
  "show config") echo "MaxArraySize            = $(cat "$here/size" 2> /dev/null || echo 1001)" ;;
  "show job") echo "   JobState=$(cat "$here/state") Reason=None" ;;
  requeue*) echo "$2" >> "$here/requeued" ;;
esac
"#;

/// A folder with a scenario, and beside it the commands of a cluster.
struct Cluster {
    dir: tempfile::TempDir,
    bin: tempfile::TempDir,
}

impl Cluster {
    fn with(scenario: &str, programs: &[(&str, &str)]) -> Self {
        let (dir, bin) = (folder(scenario), tempfile::tempdir().unwrap());
        for (name, text) in programs {
            let path = bin.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { dir, bin }
    }

    fn new(scenario: &str) -> Self {
        Self::with(scenario, &[("sbatch", SBATCH), ("scontrol", SCONTROL)])
    }

    fn path(&self) -> String {
        // What the scripts need, and no Slurm of this machine.
        for tool in ["bash", "dirname", "cat", "grep"] {
            let link = self.bin.path().join(tool);
            if !link.exists() {
                let found = ["/bin", "/usr/bin"].map(|dir| Path::new(dir).join(tool));
                std::os::unix::fs::symlink(found.iter().find(|it| it.exists()).unwrap(), link).unwrap();
            }
        }
        self.bin.path().display().to_string()
    }

    /// `signsim submit s.yaml --out out` in `dir`: exit code, standard output, standard error.
    fn submit_in(&self, dir: &Path, more: &[&str]) -> (i32, String, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
        program.current_dir(dir).args(["submit", "s.yaml", "--out", "out"]).args(more);
        let output = program.env("PATH", self.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn submit(&self, more: &[&str]) -> (i32, String, String) {
        self.submit_in(self.dir.path(), more)
    }

    /// What the cluster answers when it is asked for `name`.
    fn answers(&self, name: &str, text: &str) {
        fs::write(self.bin.path().join(name), text).unwrap();
    }

    /// The arguments of the job with this number.
    fn asked(&self, job: u32) -> Option<Vec<String>> {
        let text = fs::read_to_string(self.bin.path().join(format!("asked.{job}"))).ok()?;
        Some(text.lines().map(str::to_owned).collect())
    }

    fn requeued(&self) -> String {
        fs::read_to_string(self.bin.path().join("requeued")).unwrap_or_default()
    }

    /// A task of job 41, as Slurm starts it.
    fn task(&self, number: u32, script: &Path) -> Child {
        let mut task = Command::new("bash");
        task.arg(script).current_dir("/").env("PATH", self.path());
        task.env("SLURM_ARRAY_JOB_ID", "41").env("SLURM_ARRAY_TASK_ID", number.to_string());
        task.env("SLURM_CPUS_PER_TASK", "1").stdout(Stdio::null()).stderr(Stdio::piped());
        task.spawn().unwrap()
    }

    fn script(&self) -> PathBuf {
        self.dir.path().join("out/submit.sbatch")
    }
}

/// What stands in a folder but for what `submit` put there.
fn results(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = contents(out);
    found.retain(|path, _| !path.starts_with("logs") && path != Path::new("submit.sbatch"));
    found
}

#[track_caller]
fn same(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let differs = |path: &&PathBuf| found.get(*path) != expected.get(*path);
    let all: std::collections::BTreeSet<&PathBuf> = found.keys().chain(expected.keys()).collect();
    let different: Vec<&PathBuf> = all.into_iter().filter(differs).collect();
    assert!(different.is_empty() && found.len() > 3, "these differ, or are in one only: {different:?}");
}

/// The lines that sbatch reads.
fn directives(script: &str) -> Vec<&str> {
    script.lines().filter_map(|line| line.strip_prefix("#SBATCH ")).collect()
}

#[test]
fn an_array_and_a_task_after_it_make_what_one_process_makes() {
    let more = ["--set", "adversaries.attack={ stochastic_flip: { probability: 0.5 } }", "--seed", "7"];
    let expected = undisturbed(SWEEP, &more);
    let cluster = Cluster::new(SWEEP);
    // Nothing in the names of folders has a meaning.
    let dir = cluster.dir.path().join("it's \"100%\" $HOME #1");
    fs::create_dir(&dir).unwrap();
    fs::rename(cluster.dir.path().join("s.yaml"), dir.join("s.yaml")).unwrap();
    let asked =
        ["--tasks", "3", "--time", "1:00:00", "--partition", "long", "--option", "--comment=two words"];
    let (code, out, err) = cluster.submit_in(&dir, &[&asked[..], &more].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let script = dir.join("out/submit.sbatch");
    let path = script.display().to_string();
    assert_eq!(cluster.asked(41).unwrap(), ["--parsable".to_owned(), path.clone()]);
    let after = ["--parsable", "--array=0", "--dependency=afterany:41", path.as_str()];
    assert_eq!(cluster.asked(42).unwrap(), after);
    assert!(cluster.asked(43).is_none());
    assert!(
        out.contains("job 41: 3 tasks of 1 processor for 8 runs left") && out.contains("scancel 41 42"),
        "{out}"
    );
    let text = fs::read_to_string(&script).unwrap();
    for line in [
        "--array=1-3",
        "--time=1:00:00",
        "--partition=long",
        "\"--comment=two words\"",
        "--requeue",
        "--open-mode=append",
        "--signal=B:TERM@60",
        "--cpus-per-task=1",
    ] {
        assert!(directives(&text).contains(&line), "{line}: {text}");
    }
    assert!(dir.join("out/logs").is_dir());
    // Before any task has started.
    let (code, told, err) = signsim(&dir, &["status", "out"]);
    assert!(code == 0 && told.contains("0 of 8 runs done") && told.contains("left     8"), "{told} {err}");
    // All tasks at once, and then the one that comes after them.
    let tasks: Vec<Child> = (1..=3).map(|number| cluster.task(number, &script)).collect();
    for task in tasks {
        let (code, said) = ended(task);
        assert_eq!(code, Some(0), "{said}");
    }
    let (code, said) = ended(cluster.task(0, &script));
    assert!(code == Some(0) && said.contains("8 of 8 runs were already finished"), "{said}");
    same(&results(&dir.join("out")), &expected);
    assert!(cluster.requeued().is_empty());
    // What has ended is not submitted again.
    let (code, out, _) = cluster.submit_in(&dir, &more);
    assert!(code == 0 && out.contains("nothing to submit: all 8 runs have ended"), "{out}");
    assert!(cluster.asked(43).is_none());
}

#[test]
fn a_task_that_is_told_to_end_comes_again_and_goes_on() {
    // Longer than anybody looks.
    let cluster = Cluster::new(
        "{ name: long, rounds: 200000, workers: { count: 9 }, method: signsgd_mv, figures: [],
           task: { channel: { coordinates: 20000, crossover: 0.2 } } }",
    );
    assert_eq!(cluster.submit(&[]).0, 0);
    // Whether all processes are told or the script alone, what Slurm says of the job then, and what becomes of it: before its
    // limit the script is told; when the job is ended, all its processes are.
    for (number, all, state, requeued, expected) in [
        (1, false, "RUNNING", "41_1\n", 0),
        (2, true, "COMPLETING", "", 130),
        (3, true, "RUNNING", "41_3\n", 0),
    ] {
        cluster.answers("state", state);
        let _ = fs::remove_file(cluster.bin.path().join("requeued"));
        let task = cluster.task(number, &cluster.script());
        let program = running(&cluster);
        send(&task, "-TERM");
        if all {
            assert!(Command::new("kill").args(["-TERM", &program.to_string()]).status().unwrap().success());
        }
        let (code, said) = ended(task);
        assert!(code == Some(expected) && said.contains("is kept as it was after round"), "{code:?} {said}");
        assert_eq!(
            (cluster.requeued().as_str(), names(cluster.dir.path(), ".checkpoint").len()),
            (requeued, 1)
        );
        // It is not begun anew.
        assert_eq!(said.contains("goes on after round"), number > 1, "{said}");
    }
}

/// Waits until the only run is under way; gives the number of its process.
fn running(cluster: &Cluster) -> u64 {
    let mut pid = 0;
    until(|| {
        let claims = names(cluster.dir.path(), ".claim");
        let bytes =
            claims.first().and_then(|name| fs::read(cluster.dir.path().join("out/runs").join(name)).ok());
        let claim = bytes.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        // Rewritten once, it tells of rounds.
        pid = claim
            .filter(|claim| claim["round"].as_u64() > Some(0))
            .map_or(0, |claim| claim["holder"]["pid"].as_u64().unwrap());
        pid != 0
    });
    pid
}

#[test]
fn a_dry_run_prints_everything_and_writes_nothing() {
    // Even where there is no Slurm.
    let cluster = Cluster::with(SWEEP, &[]);
    let (code, out, err) = cluster.submit(&["--dry-run", "--cpus", "3"]);
    assert!(code == 0 && err.contains("how large an array may be here is unknown"), "{err}");
    assert!(
        directives(&out).contains(&"--array=1-3") && directives(&out).contains(&"--cpus-per-task=3"),
        "{out}"
    );
    assert!(out.contains("#   sbatch --parsable --array=0 --dependency=afterany:JOB "), "{out}");
    assert!(!cluster.dir.path().join("out").exists());
    // What is printed is a script.
    fs::write(cluster.dir.path().join("printed.sh"), &out).unwrap();
    assert!(
        Command::new("bash")
            .args(["-n", "printed.sh"])
            .current_dir(cluster.dir.path())
            .status()
            .unwrap()
            .success()
    );

    let (code, _, err) = cluster.submit(&[]);
    assert!(
        code == 2 && err.contains("there is no sbatch on the PATH") && err.contains("--dry-run"),
        "{err}"
    );
    assert!(!cluster.dir.path().join("out").exists());
}

#[test]
fn what_cannot_be_run_is_not_submitted() {
    let cluster = Cluster::new(SWEEP);
    for (more, why) in [
        (&["--set", "rounds=none"][..], "rounds"),
        (&["--set", "workers.batchh=3"], "batchh"),
        (&["--time", "5m"], "minutes (90)"),
        (&["--time", "1"], "too short"),
        (&["--tasks", "0"], "0"),
        (&["--option", "account=x"], "no option of sbatch"),
        (&["--option", "--array=1-9"], "--tasks"),
        (&["--threads", "2"], "--threads"),
    ] {
        let (code, _, err) = cluster.submit(more);
        assert!(code == 2 && err.contains(why), "{more:?}: {err}");
    }
    assert!(!cluster.dir.path().join("out").exists());
    // Slurm takes a backslash in the name of a log for a sign of its own.
    let dir = cluster.dir.path().join("back\\slash");
    fs::create_dir(&dir).unwrap();
    fs::copy(cluster.dir.path().join("s.yaml"), dir.join("s.yaml")).unwrap();
    let (code, _, err) = cluster.submit_in(&dir, &[]);
    assert!(code == 2 && err.contains("with a backslash") && !dir.join("out").exists(), "{err}");
    // A folder of something else.
    fs::create_dir(cluster.dir.path().join("out")).unwrap();
    fs::write(cluster.dir.path().join("out/thesis.tex"), "").unwrap();
    let (code, _, err) = cluster.submit(&[]);
    assert!(code == 2 && err.contains("not a result folder"), "{err}");
    fs::remove_dir_all(cluster.dir.path().join("out")).unwrap();
    let (code, said) = ended(crate::many::begin(cluster.dir.path(), &["--set", "rounds=3"]));
    assert_eq!(code, Some(0), "{said}");
    let (code, _, err) = cluster.submit(&[]);
    assert!(code == 2 && err.contains("holds other results of `sweep`") && err.contains("rounds"), "{err}");
    assert!(cluster.asked(41).is_none() && !cluster.script().exists());
}

#[test]
fn what_sbatch_says_is_passed_on() {
    let cluster = Cluster::new(SWEEP);
    for (says, expected) in [
        (
            "sbatch: error: invalid partition specified: lang\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
            2,
        ),
        (
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n",
            1,
        ),
    ] {
        cluster.answers("refuses.41", says);
        let (code, out, err) = cluster.submit(&[]);
        assert!(code == expected && err.contains(says.trim()) && out.is_empty(), "{code} {err}");
    }
    fs::remove_file(cluster.bin.path().join("refuses.41")).unwrap();
    // The first is in the queue by then.
    cluster.answers("refuses.42", "sbatch: error: AssocMaxSubmitJobLimit\n");
    let (code, _, err) = cluster.submit(&[]);
    assert!(
        code == 2 && err.contains("submitted as job 41") && err.contains("AssocMaxSubmitJobLimit"),
        "{err}"
    );
    assert!(err.contains("--array=0 --dependency=afterany:41 ") && err.contains("scancel 41"), "{err}");
    // Sites let sbatch say more than a number.
    cluster.answers("news", "Welcome to the cluster\n");
    cluster.answers("warning", "sbatch: warning: your home is nearly full\n");
    fs::remove_file(cluster.bin.path().join("refuses.42")).unwrap();
    let (code, out, err) = cluster.submit(&[]);
    assert!(code == 0 && out.contains("job 42") && out.contains("job 43"), "{out} {err}");
    assert!(err.contains("note: sbatch: warning: your home is nearly full"), "{err}");
    cluster.answers("sbatch", "#!/bin/bash\necho submitted\n");
    let (code, _, err) = cluster.submit(&[]);
    assert!(code == 1 && err.contains("gave no number of a job; it said: submitted"), "{err}");
}

#[test]
fn arrays_are_no_larger_than_the_runs_need_and_the_cluster_allows() {
    let cluster = Cluster::new(SWEEP);
    let array = |more: &[&str]| {
        let (code, out, err) = cluster.submit(&[&["--dry-run"], more].concat());
        let array = directives(&out).into_iter().find_map(|line| line.strip_prefix("--array=1-"));
        (code, array.and_then(|number| number.parse::<u32>().ok()), err)
    };
    assert_eq!(array(&[]), (0, Some(8), String::new()));
    assert_eq!(array(&["--cpus", "5"]).1, Some(2));
    assert_eq!(array(&["--set", "repeats=100"]).1, Some(32));
    assert_eq!(array(&["--tasks", "1000"]), (0, Some(1000), String::new()));
    let (_, tasks, err) = array(&["--tasks", "1001"]);
    assert!(tasks == Some(1000) && err.contains("1000 tasks instead of 1001"), "{err}");
    cluster.answers("size", "5");
    let (_, tasks, err) = array(&[]);
    assert!(
        tasks == Some(4) && err.contains("4 tasks instead of 8") && err.contains("MaxArraySize"),
        "{err}"
    );
    cluster.answers("size", "0");
    let (code, _, err) = array(&[]);
    assert!(code == 2 && err.contains("takes no arrays"), "{err}");
    // Those that are done need no task, unless what is left of them cannot be used.
    cluster.answers("size", "1001");
    let more = ["--set", "sweep.method=[signsgd_mv]"];
    assert_eq!(ended(crate::many::begin(cluster.dir.path(), &more)).0, Some(0));
    assert_eq!(array(&[]).1, Some(4));
    let whole = &names(cluster.dir.path(), "")[0];
    fs::write(cluster.dir.path().join(format!("out/runs/{whole}/rounds.csv")), "").unwrap();
    let (code, tasks, err) = array(&[]);
    assert!(code == 0 && tasks == Some(5) && err.contains("this run is computed anew"), "{err}");
}

/// Holds what a cluster has made against what one process has: `tests/slurm.sh` names both folders.
#[test]
#[ignore = "tests/slurm.sh names two folders in SIGNSIM_FOLDERS"]
fn two_folders_hold_the_same() {
    let folders = std::env::var("SIGNSIM_FOLDERS").expect("two folders, with a colon between them");
    let (one, other) = folders.split_once(':').expect("two folders, with a colon between them");
    let (one, other) = (results(Path::new(one)), results(Path::new(other)));
    same(&one, &other);
    println!("{} files, the same in both", one.len());
}
