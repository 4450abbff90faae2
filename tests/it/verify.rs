//! What `check` lets pass, `run` begins; what `run` would refuse, `check` refuses with the same words at the same place.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

use crate::cli::signsim;

fn idx(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(sizes).flat_map(|word| word.to_be_bytes());
    header.chain(body.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";

/// A sound set of 12 training and 5 test images in `m`.
pub(crate) fn files(dir: &Path) {
    fs::create_dir_all(dir.join("m")).unwrap();
    for (part, count) in [("train", 12_u32), ("t10k", 5)] {
        let pixels: Vec<u8> = (0..count * 784).map(|k| (k % 251) as u8).collect();
        let labels: Vec<u8> = (0..count).map(|k| (k % 10) as u8).collect();
        let write = |name: &str, bytes: &[u8]| fs::write(dir.join("m").join(name), bytes).unwrap();
        write(&format!("{part}-images-idx3-ubyte"), &idx(0x803, &[count, 28, 28], &pixels));
        write(&format!("{part}-labels-idx1-ubyte"), &idx(0x801, &[count], &labels));
    }
}

/// A scenario on these data with this split, `rest` on lines of its own.
fn scenario(data: &str, split: &str, rest: &str) -> String {
    format!(
        "name: t\nrounds: 2\nmethod: signsgd_mv\ntask:\n  train:\n    data: {data}\n    split: {split}\n    \
         model: logistic\n{rest}\n"
    )
}

/// The refusal itself: what was noted before it is left out, and numbers of free memory, which change.
fn refusal(said: &str) -> String {
    let from = said.find("error: ").unwrap_or_else(|| panic!("no error: {said}"));
    let lines = said[from..].lines().map(|line| line.split(", this machine has").next().unwrap());
    lines.map(|line| line.split("GiB), and").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Both refuse with these words, parted by `|`, and nothing is left behind.
#[track_caller]
fn check(dir: &Path, text: &str, words: &str) {
    fs::write(dir.join("t.yaml"), text).unwrap();
    let answers = ["check", "run", "selfcheck"].map(|command| {
        let (code, _, said) = signsim(dir, &[command, "t.yaml"]);
        assert_eq!(code, 2, "{command}: {said}");
        refusal(&said)
    });
    assert!(answers[0] == answers[1] && answers[0] == answers[2], "{answers:#?}");
    assert!(words.split('|').all(|part| answers[0].contains(part)), "{words}\n{}", answers[0]);
    assert!(answers[0].contains("\nhelp: "), "{}", answers[0]);
    assert!(!dir.join("plots").exists(), "nothing was begun");
}

#[test]
fn splits_that_leave_somebody_without_data_are_found_by_both() {
    let dir = tempfile::tempdir().unwrap();
    let digits = |train: u32| format!("{{ digits: {{ train: {train}, test: 10 }} }}");
    let left = |worker: u32, workers: u32, samples: u32| {
        format!(
            "t.yaml:7:12: worker {worker} of {workers} (counted from 0) is left without any of the {samples}"
        )
    };
    let count = |workers: u32| format!("workers: {{ count: {workers}, batch: 1 }}");
    for (text, words) in [
        // Label 9 has two samples, and four hold it.
        (scenario(&digits(20), "{ minority: { workers: 4, labels: 1 } }", &count(9)), left(5, 9, 20)),
        (scenario(&digits(49), "{ labels_per_worker: 1 }", &count(50)), "of 50 (counted from 0)|49".into()),
        (scenario(&digits(90), "{ dirichlet: 0.001 }", &count(30)), "larger concentration|of 30".into()),
        // In the middle of a sweep, and for the second seed alone or later.
        (
            scenario(&digits(100), "iid", &count(12))
                + "sweep: { task.train.split: [replicated, { dirichlet: 0.001 }, iid] }\n",
            "t.yaml:10:41: |is left without any of the 100|another seed".into(),
        ),
        (
            scenario(&digits(60), "{ dirichlet: 1 }", &count(25)) + "repeats: 40\n",
            "of 25 (counted from 0)".into(),
        ),
    ] {
        check(dir.path(), &text, &words);
    }
    let sound = scenario(&digits(100), "{ dirichlet: 1 }", &count(5));
    fs::write(dir.path().join("t.yaml"), sound).unwrap();
    for command in ["check", "run", "selfcheck"] {
        assert_eq!(signsim(dir.path(), &[command, "t.yaml"]).0, 0, "{command}");
    }
}

#[test]
fn damaged_files_are_found_by_both() {
    let image = |count: u32, more: usize| idx(0x803, &[count, 28, 28], &vec![7; 12 * 784 + more]);
    let packed = gzip(&image(12, 0));
    let mut wrong = idx(0x801, &[12], &[1; 12]);
    wrong[11] = 10;
    for (file, contents, words) in [
        (TRAIN_IMAGES, image(12, 3), "train-images-idx3-ubyte: is too long: 3 bytes after its 12 images"),
        (TRAIN_IMAGES, image(13, 0), "is cut short: 9408 of 10192 bytes"),
        (TRAIN_IMAGES, gzip(&image(u32::MAX, 0)), "claims 4294967295 images, which are 3367254359280 bytes"),
        (TRAIN_IMAGES, packed[..packed.len() - 4].to_vec(), "damaged gzip data"),
        (TRAIN_IMAGES, [packed.clone(), vec![0; 512]].concat(), "damaged gzip data: 512 bytes after its end"),
        (TRAIN_IMAGES, image(12, 0)[..784].to_vec(), "is cut short"),
        (TRAIN_LABELS, idx(0x801, &[11], &[1; 11]), "has 11 labels for 12 images"),
        (TRAIN_LABELS, wrong, "label 3 (counted from 0) is 10"),
        (TRAIN_LABELS, b"<!doctype html>".to_vec(), "is not an IDX file of labels"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        files(dir.path());
        fs::write(dir.path().join("m").join(file), contents).unwrap();
        check(dir.path(), &scenario("{ mnist: { dir: m } }", "iid", "workers: { count: 3 }"), words);
    }
    let dir = tempfile::tempdir().unwrap();
    files(dir.path());
    let three = "workers: { count: 3 }";
    for (data, split, rest, words) in [
        (
            "{ mnist: { dir: m, train: 13 } }",
            "iid",
            three,
            "t.yaml:6:11: 13 samples were asked of|which has 12",
        ),
        (
            "{ mnist: { dir: m } }",
            "iid",
            "workers: { count: 13 }",
            "t.yaml:7:12: |of the 12 training samples",
        ),
        (
            "{ mnist: { dir: m } }",
            "{ minority: { workers: 2, labels: 1 } }",
            three,
            "t.yaml:7:12: |without any",
        ),
        (
            "{ cifar10: { dir: m, train: 3 } }",
            "iid",
            three,
            "t.yaml:6:11: |missing data_batch_1.bin, test_batch.bin",
        ),
    ] {
        check(dir.path(), &scenario(data, split, rest), words);
    }
}

#[test]
fn what_does_not_fit_the_memory_is_refused_by_both() {
    let dir = tempfile::tempdir().unwrap();
    let text = "name: t\nrounds: 1\nworkers: { count: 1000000 }\nmethod: signsgd_mv\n\
                task: { channel: { coordinates: 4000000000, crossover: 0.2 } }\n";
    check(dir.path(), text, "t.yaml:5:|a run needs about|fewer workers");
}

#[test]
fn both_say_once_which_of_two_files_is_read() {
    let dir = tempfile::tempdir().unwrap();
    files(dir.path());
    fs::write(dir.path().join("m").join(format!("{TRAIN_LABELS}.gz")), b"anything").unwrap();
    let text = scenario("{ mnist: { dir: m } }", "iid", "workers: { count: 3 }\nrepeats: 2");
    fs::write(dir.path().join("t.yaml"), text).unwrap();
    for command in ["check", "run", "selfcheck"] {
        let (code, _, said) = signsim(dir.path(), &[command, "t.yaml"]);
        let m = fs::canonicalize(dir.path().join("m")).unwrap();
        let note =
            format!("note: {}/{TRAIN_LABELS} is read, and not {TRAIN_LABELS}.gz beside it", m.display());
        assert_eq!((code, said.matches(&note).count()), (0, 1), "{command}: {said}");
    }
}
