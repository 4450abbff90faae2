//! `--simd` holds a run to the instructions of a level, and the records say which were used.

use std::fs;
use std::path::Path;

use serde_json::Value;
use signsim::simd::LEVELS;

use crate::cli::signsim;

const TRAINING: &str = "\
name: t
rounds: 30
workers: { count: 5, batch: 16 }
task: { train: { data: { digits: { train: 300, test: 50 } }, model: { mlp: { hidden: [16] } } } }
method: { quantizer: dense, aggregator: mean }
server: { learning_rate: 0.1 }
";

/// The level and the digest in the record of the only run of a folder.
fn recorded(dir: &Path, out: &str) -> (String, String) {
    let runs = dir.join(out).join("runs");
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path().join("run.json");
    let file: Value = serde_json::from_str(&fs::read_to_string(run).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(file["machine"]["cpu_features"].as_array().is_some_and(|all| !all.is_empty()));
    (text(&file["machine"]["simd"]), text(&file["summary"]["digest"]))
}

#[test]
fn a_run_is_held_to_a_level_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("t.yaml"), TRAINING).unwrap();
    let run = |out: &str, more: &[&str]| {
        let args = [&["run", "t.yaml", "--quiet", "--out", out][..], more].concat();
        signsim(dir.path(), &args)
    };
    let mut widest = None;
    for (word, level) in LEVELS {
        let (code, _, err) = run(word, &["--simd", word, "--threads", "2"]);
        if !level.is_here() {
            assert!(code == 2 && err.contains("this processor has no"), "{err}");
            continue;
        }
        assert_eq!(code, 0, "{err}");
        let (used, digest) = recorded(dir.path(), word);
        assert_eq!(used, word);
        widest.get_or_insert((word, digest.clone()));
        // The same level, other threads: the same bits.
        assert_eq!(run(&format!("{word}-again"), &["--simd", word, "--threads", "1"]).0, 0);
        assert_eq!(recorded(dir.path(), &format!("{word}-again")).1, digest);
    }
    // Without the option: the widest level of this machine.
    assert_eq!(run("free", &[]).0, 0);
    assert_eq!(recorded(dir.path(), "free"), widest.map(|(word, digest)| (word.to_owned(), digest)).unwrap());
}

/// A result of one level is never shown for another.
#[test]
fn another_level_is_another_run() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("t.yaml"), TRAINING).unwrap();
    assert_eq!(signsim(dir.path(), &["run", "t.yaml", "--quiet"]).0, 0);
    assert_eq!(signsim(dir.path(), &["run", "t.yaml", "--quiet", "--simd", "portable"]).0, 0);
    assert_eq!(fs::read_dir(dir.path().join("plots/t/runs")).unwrap().count(), 2);
    let (code, _, err) = signsim(dir.path(), &["run", "t.yaml", "--simd", "sse9"]);
    assert!(code == 2 && err.contains("avx512, avx2, portable"), "{err}");
}
