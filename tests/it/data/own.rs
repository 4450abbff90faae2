//! Data sets of one's own in arrays that NumPy has written, and what is said of arrays that are none.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use signsim::data::{Dataset, Numbers, Shape};
use signsim::helpers::NOBODY;
use signsim::npy::Header;
use signsim::random::Streams;
use signsim::run::simulate_alone;
use signsim::scenario::{Plan, TaskSpec};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What NumPy has written: plainly, and packed.
const FILES: [&str; 2] = ["own_arrays.npz", "own_arrays_compressed.npz"];

fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(file)
}

/// The plan of a small scenario with this data, which lies in `dir`.
fn plan(dir: &Path, data: &str, more: &str) -> Result<Plan, signsim::error::Error> {
    let text = format!(
        "name: t\nrounds: 3\nevaluate_every: 1\nworkers: {{ count: 2, batch: 2 }}\nmethod: signsgd_mv\n\
         task: {{ train: {{ data: {data}, model: logistic{more} }} }}\n"
    );
    Plan::parse(dir.join("t.yaml").to_str().unwrap(), &text, &[], None)
}

fn load(plan: &Plan) -> Dataset {
    let TaskSpec::Train { data, .. } = &plan.runs[0].spec.task else { panic!("a training task") };
    data.load(Streams::new(1), &NOBODY).unwrap()
}

fn arrays(file: &str, x: &str, y: &str, more: &str) -> String {
    let part = format!("{{ file: {file}, names: [{x}, {y}] }}");
    format!("{{ arrays: {{ train: {part}, test: {part}{more} }} }}")
}

/// Training samples of these arrays.
fn samples(file: &str, x: &str, y: &str, more: &str) -> (Shape, Numbers, Vec<u16>) {
    let dir = reference("");
    let set = load(&plan(&dir, &arrays(file, x, y, more), "").unwrap());
    assert_eq!(set.train, set.test);
    (set.shape, set.train.numbers().clone(), set.train.labels().to_vec())
}

/// The formulas are those of the script that is told in `tests/reference/README.md`.
#[test]
fn arrays_of_numpy_become_samples_in_the_order_of_their_axes() {
    let floats =
        |count: u16, of: fn(f32) -> f32| Numbers::Floats((0..count).map(|n| of(f32::from(n))).collect());
    let shape = |channels, height, width| Shape { channels, height, width };
    for file in FILES {
        let check = |x: &str, more: &str, expected: Shape, numbers: Numbers| {
            assert_eq!(
                samples(file, x, "y", more),
                (expected, numbers, vec![0, 1, 2, 0, 1, 2]),
                "{file} {x}"
            );
        };
        check("bytes", "", shape(1, 2, 3), Numbers::Bytes((0..36).map(|n| (n * 7) as u8).collect()));
        check("floats", "", shape(4, 1, 1), floats(24, |n| n / 8.0 - 1.0));
        check("doubles", "", shape(1, 2, 3), floats(36, |n| n / 4.0));
        check("first", "", shape(3, 2, 4), floats(144, |n| n / 2.0));
        check("last", ", layout: channels_last", shape(3, 2, 4), floats(144, |n| n / 2.0));
        check("columns", "", shape(3, 2, 4), Numbers::Bytes((0..144).collect()));
    }
}

#[test]
fn labels_of_any_integers_become_classes_and_that_is_said() {
    for (y, classes, said) in [
        ("y", [0, 1, 2, 0, 1, 2], ""),
        ("y_signed", [1, 2, 1, 2, 3, 0], "the labels -128, -5, 7, 100 are the classes 0 to 3, in this order"),
        (
            "y_huge",
            [2, 0, 1, 0, 0, 2],
            "the labels 0, 9223372036854775808, 18446744073709551615 are the classes 0 to 2, in this order",
        ),
        ("y_column", [2, 0, 2, 0, 1, 1], "the labels 1, 2, 3 are the classes 0 to 2, in this order"),
        ("y_truth", [1, 0, 1, 1, 0, 0], ""),
    ] {
        assert_eq!(samples(FILES[0], "floats", y, "").2, classes, "{y}");
        let plan = plan(&reference(""), &arrays(FILES[1], "floats", y, ""), "").unwrap();
        let TaskSpec::Train { data, .. } = &plan.runs[0].spec.task else { panic!("a training task") };
        assert_eq!(data.measure().unwrap().join("; "), said, "{y}");
        assert_eq!(data.classes(), 1 + usize::from(*classes.iter().max().unwrap()));
    }
}

#[test]
fn pairs_of_files_are_read_in_every_version_of_the_format() {
    let numbers = Numbers::Floats((0..36_u8).map(|n| f32::from(n) / 4.0).collect());
    for version in 1..=3 {
        let part = format!("{{ x: own_version{version}.npy, y: own_labels.npy }}");
        let data = format!("{{ arrays: {{ train: {part}, test: {part} }} }}");
        let set = load(&plan(&reference(""), &data, "").unwrap());
        assert_eq!((set.train.numbers(), set.train.labels()), (&numbers, &[0, 1, 2, 0, 1, 2][..]));
        let names: Vec<&str> = set.sources.iter().map(|source| source.file.as_str()).collect();
        let pair = [format!("own_version{version}.npy"), "own_labels.npy".to_owned()];
        assert_eq!(names, [pair.clone(), pair].concat());
    }
}

/// What is said of arrays that are none, and where.
#[test]
fn arrays_that_cannot_be_samples_are_named_with_type_shape_and_file() {
    let complaint = |data: &str, more: &str| plan(&reference(""), data, more).unwrap_err().to_string();
    for (x, y, more, said) in [
        (
            "objects",
            "y",
            "",
            "is Python objects (a pickle) of the shape (6, 2); samples are uint8, float32 or float64",
        ),
        ("halves", "y", "", "is the kind `<f2` of the shape (6, 2); samples are uint8, float32 or float64"),
        ("y", "y", "", "array `y`: is int64 of the shape (6,); samples are uint8"),
        (
            "row",
            "y",
            "",
            "is float32 of the shape (6,); samples are N x features, N x H x W, or N x C x H x W",
        ),
        ("five", "y", "", "is float32 of the shape (6, 1, 1, 1, 2); samples are N x features"),
        ("floats", "y_floats", "", "array `y_floats`: is float64 of the shape (6,); labels are integers"),
        (
            "floats",
            "y_short",
            "",
            "is int32 of the shape (5,); labels of 6 samples have the shape (6,), and x has the shape",
        ),
        ("floats", "y_same", "", "array `y_same` holds the label 0 alone; a set needs two classes or more"),
        ("floats", "z", "", "array `z`: there is none of this name; the archive holds `bytes`, `floats`"),
        ("floats", "y", ", classes: 4", "the training labels are 0, 1, 2: 3 classes, not 4"),
        (
            "bytes",
            "y",
            ", layout: channels_last",
            "`layout` would have no effect: these samples have no axis of channels",
        ),
    ] {
        let found = complaint(&arrays(FILES[0], x, y, more), "");
        assert!(found.contains(said), "{x} {y}: {found}");
        assert!(
            found.contains("t.yaml:6:") && (y == "y" && !more.is_empty() || found.contains(FILES[0])),
            "{found}"
        );
    }
    let part = |x: &str, y: &str| format!("{{ file: {}, names: [{x}, {y}] }}", FILES[0]);
    for (train, test, said) in [
        (
            part("floats", "y_truth"),
            part("floats", "y"),
            "sample 2 (counted from 0) has the label 2, which no training sample has: those are 0, 1",
        ),
        (
            part("bytes", "y"),
            part("doubles", "y"),
            "training samples are uint8 of (2, 3) each and test samples floats of (2, 3)",
        ),
        (
            part("floats", "y"),
            part("doubles", "y"),
            "training samples are floats of (4,) each and test samples floats of (2, 3)",
        ),
        ("nowhere.npz".into(), part("floats", "y"), "nowhere.npz: No such file"),
        ("a.csv".into(), part("floats", "y"), "a.csv` is no .npz: write train.npz, "),
        ("{ x: a.npy }".into(), part("floats", "y"), "these keys do not name two arrays: write train.npz"),
    ] {
        let found = complaint(&format!("{{ arrays: {{ train: {train}, test: {test} }} }}"), "");
        assert!(found.contains(said) && found.contains("t.yaml:6:"), "{train} {test}: {found}");
    }
    let published = complaint(&arrays(FILES[0], "floats", "y", ""), ", normalize: published");
    assert!(published.contains("no constants are published with a data set of one's own"), "{published}");
    // What is no number is found when samples are read.
    let plan = plan(&reference(""), &arrays(FILES[0], "infinite", "y", ""), "").unwrap();
    let TaskSpec::Train { data, .. } = &plan.runs[0].spec.task else { panic!("a training task") };
    let found = data.load(Streams::new(1), &NOBODY).unwrap_err().to_string();
    assert!(
        found.contains(
            "number 3 (counted from 0, as they lie in the file) is not finite in single precision: inf; leave such"
        ),
        "{found}"
    );
}

/// An `.npy` of bytes.
fn npy(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    [&Header::rows(descr, shape).to_bytes()[..], bytes].concat()
}

fn npz(path: &Path, members: &[(&str, Vec<u8>)]) {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in members {
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    fs::write(path, archive.finish().unwrap().into_inner()).unwrap();
}

fn bytes_of(samples: &signsim::data::Samples) -> Vec<u8> {
    let Numbers::Bytes(bytes) = samples.numbers() else { panic!("digits are bytes") };
    bytes.clone()
}

/// The built-in digits written as arrays are the same data: the same run, to the bit.
#[test]
fn digits_in_arrays_are_digits() {
    let dir = tempfile::tempdir().unwrap();
    let digits = "{ digits: { train: 40, test: 10 } }";
    let built_in = plan(dir.path(), digits, "").unwrap();
    let set = load(&built_in);
    for (file, samples) in [("train.npz", &set.train), ("test.npz", &set.test)] {
        let labels: Vec<u8> =
            samples.labels().iter().flat_map(|label| i64::from(*label).to_le_bytes()).collect();
        let x = npy("|u1", &[samples.len(), 28, 28], &bytes_of(samples));
        npz(&dir.path().join(file), &[("x", x), ("y", npy("<i8", &[samples.len()], &labels))]);
    }
    let constants = ", normalize: { mean: [0.1342], std: [0.2258] }";
    let arrays = "{ arrays: { train: ./train.npz, test: test.npz } }";
    let own = plan(dir.path(), arrays, constants).unwrap();
    let digest = |plan: &Plan| simulate_alone(&plan.runs[0].spec, 1).unwrap().summary.digest;
    assert_eq!(digest(&own), digest(&built_in));
    assert!(own.resolved.contains("classes: 10"), "{}", own.resolved);
    // Unless told otherwise, of these samples.
    let standard = plan(dir.path(), arrays, "").unwrap();
    assert!(standard.resolved.contains("normalize: standard"), "{}", standard.resolved);
    assert_ne!(digest(&standard), digest(&built_in));
    // What has changed since the scenario was read is not learned from.
    fs::copy(dir.path().join("test.npz"), dir.path().join("train.npz")).unwrap();
    let TaskSpec::Train { data, .. } = &own.runs[0].spec.task else { panic!("a training task") };
    let why = data.load(Streams::new(1), &NOBODY).unwrap_err().to_string();
    assert_eq!(why, "the files of the data have changed since the scenario was read");
}

/// More classes than a byte can tell apart: all of them are learned and recorded.
#[test]
fn classes_may_be_more_than_bytes_have_values() {
    let dir = tempfile::tempdir().unwrap();
    let numbers: Vec<u8> = (0..600 * 3).flat_map(|n| (n as f32).to_le_bytes()).collect();
    let labels: Vec<u8> = (0..600_i32).flat_map(|n| (n % 300).to_le_bytes()).collect();
    npz(
        &dir.path().join("a.npz"),
        &[("x", npy("<f4", &[600, 3], &numbers)), ("y", npy("<i4", &[600], &labels))],
    );
    let text = "{ arrays: { train: a.npz, test: a.npz } }";
    let plan = plan(dir.path(), text, ", split: replicated").unwrap();
    let set = load(&plan);
    assert_eq!((set.classes, set.train.labels()[599]), (300, 299));
    let mut spec = plan.runs[0].spec.clone();
    spec.record.metrics.labels = true;
    let output = simulate_alone(&spec, 1).unwrap();
    let rows: Vec<u32> =
        output.tables.labels.iter().filter(|row| row.worker == 1).map(|row| row.label).collect();
    assert_eq!(rows, (0..300).collect::<Vec<u32>>());
    assert!(output.tables.labels.iter().all(|row| row.samples == 2));
    assert!(output.summary.final_accuracy.is_some());
}
