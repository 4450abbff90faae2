//! However a run is ended, the same command goes on with it, to the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

/// A few seconds of two runs side by side.
const SCENARIO: &str = "{ name: long, rounds: 7000, repeats: 2, workers: { count: 9 }, method: signsgd_fd,
    task: { channel: { coordinates: 30000, crossover: 0.2 } }, adversaries: { count: 3, attack: { replay: { age: 4 } } },
    metrics: { every: 10 }, figures: [weights_vs_rounds] }";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("long.yaml"), SCENARIO).unwrap();
        Self(dir)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
        program.current_dir(self.0.path()).args(["run", "long.yaml", "--out", "out", "--threads", "2"]);
        program.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        program
    }

    /// Begins, and sends a signal after a while.
    fn ended_by(&self, signal: &str, arguments: &[&str]) -> Output {
        let begun = SystemTime::now();
        let child = self.command(arguments).spawn().unwrap();
        let soon = arguments.contains(&"100ms");
        if !soon {
            std::thread::sleep(Duration::from_millis(1000));
        }
        // Where runs are written down soon, until both have been: on a busy disk that may take most of the run.
        while soon && self.written_since(begun) < 2 {
            assert!(begun.elapsed().unwrap() < Duration::from_secs(60), "nothing is written down");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        child.wait_with_output().unwrap()
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn written_since(&self, begun: SystemTime) -> usize {
        let new = |path: &&PathBuf| fs::metadata(path).is_ok_and(|data| data.modified().unwrap() > begun);
        if self.out().join("runs").is_dir() { self.checkpoints().iter().filter(new).count() } else { 0 }
    }

    fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.out().join("runs")).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_string_lossy().ends_with(".checkpoint")).collect()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file below a folder but for what tells of wall times.
fn contents(dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(inner, text)| (path.join(inner), text)));
        } else {
            found.insert(path.clone(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
        }
    }
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(dir).unwrap().to_owned(), text))
        .filter(|(path, _)| path != Path::new(".lock"))
        .collect()
}

/// The same text without its wall times.
fn timeless(path: &Path, text: &str) -> String {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("summary.csv") => {
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            let wall = rows.headers().unwrap().iter().position(|column| column == "wall_s").unwrap();
            let row = |row: csv::StringRecord| {
                row.iter()
                    .enumerate()
                    .filter(|(i, _)| *i != wall)
                    .map(|(_, cell)| format!("{cell},"))
                    .collect()
            };
            rows.records().map(|record| row(record.unwrap())).collect::<Vec<String>>().join("\n")
        }
        Some(name) if name.ends_with(".json") => {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            // It covers the whole text.
            value.as_object_mut().unwrap().remove("seal");
            if let Some(summary) = value.pointer_mut("/summary").and_then(|v| v.as_object_mut()) {
                assert!(summary.remove("wall_s").is_some());
            }
            value.to_string()
        }
        _ => text.to_owned(),
    }
}

#[test]
fn killed_and_terminated_and_damaged_it_comes_to_the_same_bytes() {
    let (whole, disturbed) = (Folder::new(), Folder::new());
    let done = whole.command(&["--checkpoint-every", "never"]).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));

    let killed = disturbed.ended_by("-KILL", &["--checkpoint-every", "100ms"]);
    assert_eq!(killed.status.code(), None, "{}", said(&killed));
    assert_eq!(disturbed.checkpoints().len(), 2);

    let ended = disturbed.ended_by("-TERM", &["--checkpoint-every", "100ms"]);
    let text = said(&ended);
    assert_eq!(ended.status.code(), Some(130), "{text}");
    assert_eq!(text.matches(": goes on after round ").count(), 2, "{text}");
    assert_eq!(text.matches(": is kept as it was after round ").count(), 2, "{text}");

    let damaged = &disturbed.checkpoints()[0];
    let mut bytes = fs::read(damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 16;
    fs::write(damaged, bytes).unwrap();
    let done = disturbed.command(&[]).output().unwrap();
    let text = said(&done);
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert_eq!(text.matches("checksum is another one; it is not used").count(), 1, "{text}");
    assert_eq!(text.matches(": goes on after round ").count(), 2, "{text}");

    let (expected, found) = (contents(&whole.out()), contents(&disturbed.out()));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, text) in expected {
        assert_eq!(timeless(&path, &found[&path]), timeless(&path, &text), "{}", path.display());
    }
}

#[test]
fn who_asks_for_a_fresh_start_gets_one_and_who_asks_for_no_checkpoint_none() {
    let folder = Folder::new();
    let ended = folder.ended_by("-INT", &["--checkpoint-every", "never"]);
    assert_eq!((ended.status.code(), folder.checkpoints().len()), (Some(130), 0), "{}", said(&ended));
    let ended = folder.ended_by("-INT", &[]);
    assert_eq!((ended.status.code(), folder.checkpoints().len()), (Some(130), 2), "{}", said(&ended));
    let ended = folder.ended_by("-INT", &["--fresh"]);
    assert!(!said(&ended).contains("goes on after"), "{}", said(&ended));
    let refused = folder.command(&["--checkpoint-every", "often"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("or write never"), "{}", said(&refused));
}
