//! Many processes on one folder, in any order, some of them killed: the result of one that nobody disturbed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::signsim;

/// Twenty runs of tenths of a second, on channels and in training.
const SCENARIO: &str = "\
name: mixed
rounds: 40
repeats: 2
workers: { count: 5 }
task: { channel: { coordinates: 20000, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
sweep: { adversaries.count: 0..=1, method: [signsgd_mv, signsgd_fd, signsgd_fv], network.links.up.latency: [{ constant: 1ms }, { exponential: { mean: 5ms } }] }
figures: [decoding_error_vs_adversaries]
";

pub(crate) fn folder(scenario: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.yaml"), scenario).unwrap();
    dir
}

/// A process on the folder `out`.
pub(crate) fn begin(dir: &Path, more: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
    program.current_dir(dir).args(["run", "s.yaml", "--out", "out", "--threads", "1"]).args(more);
    program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Its exit code, and what it said.
pub(crate) fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

pub(crate) fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until something is so, a minute at most.
#[track_caller]
pub(crate) fn until(mut what: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came to that");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn names(dir: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(dir.join("out/runs")).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.strip_suffix(ending).is_some_and(|id| !id.contains('.'))).collect()
}

/// Every file of the folder, but for what tells of wall times: `wall_s` of the summary and of `run.json`, the seal over it,
/// and the machine, which is another one on another machine.
pub(crate) fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let bytes = match path.file_name().unwrap().to_str().unwrap() {
                "summary.csv" => without_wall(&bytes),
                "run.json" => {
                    let mut run: Value = serde_json::from_slice(&bytes).unwrap();
                    run["summary"]["wall_s"] = Value::Null;
                    run["seal"] = Value::Null;
                    serde_json::to_vec(&run).unwrap()
                }
                _ => bytes,
            };
            found.insert(path.strip_prefix(dir).unwrap().to_owned(), bytes);
        }
    }
    found
}

fn without_wall(bytes: &[u8]) -> Vec<u8> {
    let mut rows = csv::Reader::from_reader(bytes);
    let wall = rows.headers().unwrap().iter().position(|column| column == "wall_s").unwrap();
    let cells = |row: csv::StringRecord| {
        let kept = row.iter().enumerate().filter(|(at, _)| *at != wall).map(|(_, cell)| cell.to_owned());
        kept.collect::<Vec<_>>().join(",") + "\n"
    };
    rows.records().map(|row| cells(row.unwrap())).collect::<String>().into_bytes()
}

#[track_caller]
pub(crate) fn same(dir: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let found = contents(&dir.join("out"));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    let names = [names(&found), names(expected)];
    let only = |a: usize| names[a].iter().filter(|name| !names[1 - a].contains(name)).collect::<Vec<_>>();
    assert!(names[0] == names[1], "only here: {:?}; only there: {:?}", only(0), only(1));
    for (path, bytes) in &found {
        let (found, expected) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&expected[path]));
        assert!(found == expected, "{}: {found:.300}\n{expected:.300}", path.display());
    }
}

/// What one process makes that nobody disturbs.
pub(crate) fn undisturbed(scenario: &str, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let dir = folder(scenario);
    let (code, said) = ended(begin(dir.path(), more));
    assert_eq!(code, Some(0), "{said}");
    contents(&dir.path().join("out"))
}

/// The runs that a process says it has computed or seen finished.
fn finished(said: &str) -> usize {
    said.lines().filter(|line| line.contains(": decoding error") && line.ends_with(" s)")).count()
}

/// Which processes put runs into their places: a claim was seen with each of them.
fn owners(dir: &Path) -> BTreeMap<String, BTreeSet<u64>> {
    let mut owners = BTreeMap::<String, BTreeSet<u64>>::new();
    for name in names(dir, ".claim") {
        let Ok(bytes) = fs::read(dir.join("out/runs").join(&name)) else { continue };
        let Ok(claim) = serde_json::from_slice::<Value>(&bytes) else { continue };
        owners.entry(name).or_default().insert(claim["holder"]["pid"].as_u64().unwrap());
    }
    owners
}

#[test]
fn four_at_once_and_one_of_them_killed_make_what_one_makes() {
    let expected = undisturbed(SCENARIO, &[]);
    let dir = folder(SCENARIO);
    let mut first = begin(dir.path(), &[]);
    let mut others: Vec<Child> = (0..3).map(|_| begin(dir.path(), &[])).collect();
    let mut seen = BTreeMap::<String, BTreeSet<u64>>::new();
    until(|| {
        owners(dir.path()).into_iter().for_each(|(run, pids)| seen.entry(run).or_default().extend(pids));
        names(dir.path(), "").len() >= 5
    });
    // In the middle of a run.
    until(|| {
        let now = owners(dir.path());
        now.values().any(|pids| pids.contains(&u64::from(first.id())))
    });
    first.kill().unwrap();
    let killed = u64::from(first.id());
    let (_, first_said) = ended(first);
    until(|| {
        owners(dir.path()).into_iter().for_each(|(run, pids)| seen.entry(run).or_default().extend(pids));
        others[0].try_wait().unwrap().is_some()
    });
    let said: Vec<String> = others
        .into_iter()
        .map(|child| {
            let (code, said) = ended(child);
            assert_eq!(code, Some(0), "{said}");
            said
        })
        .collect();
    same(dir.path(), &expected);
    // Nobody computes what another one computes, unless that one was killed.
    for (run, pids) in &seen {
        let alive = pids.iter().filter(|pid| **pid != killed).count();
        assert!(alive <= 1, "{run} was computed by {pids:?}");
    }
    // Everybody was told of the end of every run that was left to somebody.
    assert!(said.iter().all(|said| finished(said) > 10), "{said:?}\n{first_said}");
    // Who comes last finds everything.
    let (code, said) = ended(begin(dir.path(), &[]));
    assert!(code == Some(0) && said.contains("24 of 24 runs were already finished"), "{said}");
    same(dir.path(), &expected);
}

/// One run that takes seconds.
const LONG: &str = "{ name: long, rounds: 3000, workers: { count: 9 }, method: signsgd_mv, figures: [],
    task: { channel: { coordinates: 20000, crossover: 0.2 } } }";

#[test]
fn who_gives_no_sign_is_taken_over_and_who_does_is_not() {
    let dir = folder(LONG);
    let short = ["--set", "rounds=300", "--claim-timeout", "1s"];
    let stopped = begin(dir.path(), &short);
    until(|| !owners(dir.path()).is_empty());
    send(&stopped, "-STOP");
    let begun = Instant::now();
    let (code, said) = ended(begin(dir.path(), &short));
    assert!(code == Some(0) && said.contains("waiting for other processes"), "{said}");
    assert!(
        said.contains(&format!("process {} on ", stopped.id())) && begun.elapsed() >= Duration::from_secs(1)
    );
    // Who comes back finds the run finished, and agrees.
    let before = contents(&dir.path().join("out"));
    send(&stopped, "-CONT");
    let (code, said) = ended(stopped);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(contents(&dir.path().join("out")), before);
    assert!(names(dir.path(), ".claim").is_empty());

    let dir = folder(LONG);
    // Longer than anybody looks.
    let asked = ["--set", "rounds=200000", "--claim-timeout", "1s"];
    let alive = begin(dir.path(), &asked);
    until(|| !owners(dir.path()).is_empty());
    let impatient = begin(dir.path(), &asked);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(owners(dir.path()).values().next().unwrap().first(), Some(&u64::from(alive.id())));
    for child in [alive, impatient] {
        send(&child, "-KILL");
        ended(child);
    }
}

#[test]
fn who_does_not_wait_says_what_goes_on_without_it() {
    let dir = folder(LONG);
    let mut other = begin(dir.path(), &["--set", "rounds=12000"]);
    until(|| !owners(dir.path()).is_empty());
    let (code, said) = ended(begin(dir.path(), &["--no-wait", "--set", "rounds=12000"]));
    assert!(code == Some(0) && said.contains("1 run is still with other processes"), "{said}");
    assert!(said.contains(&format!("process {} on ", other.id())) && said.contains("of 12000"), "{said}");
    other.kill().unwrap();
    ended(other);
    // A dead one is taken over at once, by those that do not wait, too.
    let (code, said) = ended(begin(dir.path(), &["--no-wait", "--set", "rounds=12000"]));
    assert!(code == Some(0) && said.contains("1/1"), "{said}");
}

#[test]
fn who_does_not_wait_takes_what_was_left_while_it_computed() {
    let dir = folder(LONG);
    let first = begin(dir.path(), &["--set", "repeats=2"]);
    let has = |child: &Child| owners(dir.path()).values().any(|pids| pids.contains(&u64::from(child.id())));
    until(|| has(&first));
    send(&first, "-STOP");
    let second = begin(dir.path(), &["--set", "repeats=2", "--no-wait"]);
    until(|| has(&second));
    send(&first, "-KILL");
    ended(first);
    let (code, said) = ended(second);
    assert!(code == Some(0) && !said.contains("with other processes"), "{said}");
    assert_eq!(names(dir.path(), "").len(), 2, "{said}");
}

#[test]
fn all_that_is_asked_at_the_same_time_is_in_the_folder() {
    let dir = folder(SCENARIO);
    let methods = ["signsgd_mv", "signsgd_fd", "signsgd_fv", "election_signsgd"];
    let ask = |method: &&str| {
        let axis = format!("sweep.method=[{method}]");
        begin(dir.path(), &["--set", &axis, "--set", "sweep.network.links.up.latency=[{ constant: 1ms }]"])
    };
    let children: Vec<Child> = methods.iter().map(ask).collect();
    let mut codes = Vec::new();
    for child in children {
        let (code, said) = ended(child);
        codes.push((code, said));
    }
    assert!(codes.iter().all(|(code, _)| *code == Some(0)), "{codes:?}");
    let summary = fs::read_to_string(dir.path().join("out/summary.csv")).unwrap();
    assert_eq!((summary.lines().count() - 1, names(dir.path(), "").len()), (16, 16), "{summary}");
    assert!(methods.iter().all(|method| summary.contains(method)), "{summary}");
    let (code, _, err) = signsim(dir.path(), &["run", "out/scenario.yaml", "--out", "out"]);
    assert!(code == 0 && err.contains("16 of 16 runs were already finished"), "{err}");
}
