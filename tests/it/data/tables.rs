//! Data sets of one's own in tables and in folders of pictures, and samples that are held out for the test.

use std::fs;
use std::path::Path;

use signsim::data::{Dataset, Numbers, Shape};
use signsim::helpers::NOBODY;
use signsim::random::Streams;
use signsim::run::simulate_alone;
use signsim::scenario::{Plan, TaskSpec};

fn plan(dir: &Path, data: &str, more: &str) -> Result<Plan, signsim::error::Error> {
    let text = format!(
        "name: t\nrounds: 3\nevaluate_every: 1\nworkers: {{ count: 2, batch: 2 }}\nmethod: signsgd_mv\n\
         task: {{ train: {{ data: {data}, model: logistic{more} }} }}\n"
    );
    Plan::parse(dir.join("t.yaml").to_str().unwrap(), &text, &[], None)
}

fn load(plan: &Plan, seed: u64) -> Dataset {
    let TaskSpec::Train { data, .. } = &plan.runs[0].spec.task else { panic!("a training task") };
    assert_eq!(data.sizes(), {
        let set = data.load(Streams::new(seed), &NOBODY).unwrap();
        (set.train.len(), set.test.len())
    });
    data.load(Streams::new(seed), &NOBODY).unwrap()
}

/// A table is what its numbers are: the same run as the same numbers in arrays.
#[test]
fn a_table_is_the_array_of_its_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("a.csv", "length, kind ,width\n1.5,iris,-2\n0,rose,1e-3\n\"2\",iris,0.1\n");
    write("b.csv", "1.5,-2,0\n0,1e-3,1\n2,0.1,0\n");
    let named = plan(dir.path(), "{ csv: { train: a.csv, test: a.csv, label: kind } }", "").unwrap();
    let set = load(&named, 1);
    assert_eq!(set.shape, Shape { channels: 2, height: 1, width: 1 });
    assert_eq!(set.train.numbers(), &Numbers::Floats(vec![1.5, -2.0, 0.0, 1e-3, 2.0, 0.1]));
    assert_eq!((set.train.labels(), set.classes, &set.train), (&[0, 1, 0][..], 2, &set.test));
    let TaskSpec::Train { data, .. } = &named.runs[0].spec.task else { panic!("a training task") };
    assert_eq!(data.measure().unwrap(), ["the labels iris, rose are the classes 0 to 1, in this order"]);
    let digest = |plan: &Plan| simulate_alone(&plan.runs[0].spec, 1).unwrap().summary.digest;
    let numbered = "{ csv: { train: b.csv, test: ./b.csv, label: 2, header: false, classes: 2 } }";
    assert_eq!(digest(&plan(dir.path(), numbered, "").unwrap()), digest(&named));
}

#[test]
fn a_cell_that_is_no_number_is_named_with_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    for (text, more, said) in [
        ("a,y\n1,0\nx,1\n", "", "t.csv:3: column 0 (counted from 0) has `x`, which is no number"),
        ("a,y\n1,0\n,1\n", "", "t.csv:3: column 0 (counted from 0) has ``, which is no number"),
        ("a,y\n1,0\n1e999,1\n", "", "has `1e999`, which is not finite in single precision"),
        ("a,y\nnan,0\n", "", "has `nan`, which is not finite"),
        ("a,y\n1,\n", "", "column 1 (counted from 0) has ``, which is no label"),
        ("a,y\n1,0\n1,0,3\n", "", "line: 3"),
        ("a,z\n1,0\n", "", "t.csv: there is no column `y`; there are `a`, `z`"),
        ("a,y\n", "", "t.csv: holds no row"),
        ("", "", "t.csv: there is no column `y`"),
        ("y\n1\n2\n", "", "holds labels and no number to learn them from"),
        ("a,y\n1,0\n2,0\n", "", "holds the label 0 alone; a set needs two classes or more"),
        ("1,0\n2,1\n", ", header: false", "write the number of the column `y`, counted from 0"),
        ("a,y\n1,0\n2,1\n", ", classes: 3", "the training labels are 0, 1: 2 classes, not 3"),
    ] {
        fs::write(dir.path().join("t.csv"), text).unwrap();
        let found =
            plan(dir.path(), &format!("{{ csv: {{ train: t.csv, test: t.csv, label: y{more} }} }}"), "");
        let found = found.unwrap_err().to_string();
        assert!(found.contains(said) && found.contains("t.yaml:6:"), "{text:?}: {found}");
    }
    fs::write(dir.path().join("t.csv"), "1,0\n2,1\n").unwrap();
    let found = plan(dir.path(), "{ csv: { train: t.csv, test: t.csv, label: 2, header: false } }", "");
    assert!(
        found.unwrap_err().to_string().contains("there is no column 2 (counted from 0); there are 2 columns")
    );
    fs::write(dir.path().join("u.csv"), "b,y\n1,0\n").unwrap();
    fs::write(dir.path().join("t.csv"), "a,y\n1,0\n2,1\n").unwrap();
    let found =
        plan(dir.path(), "{ csv: { train: t.csv, test: u.csv, label: y } }", "").unwrap_err().to_string();
    assert!(found.contains("training samples are a each and test samples b"), "{found}");
}

/// Pictures that Pillow has written; the formulas stand in `tests/reference/README.md`.
#[test]
fn pictures_are_read_class_by_class_and_channel_by_channel() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/pictures");
    let part = |name: &str| format!("{{ folders: {{ train: {name}, test: {name} }} }}");
    let set = load(&plan(&root, &part("colour"), "").unwrap(), 1);
    assert_eq!((set.shape, set.train.labels()), (Shape { channels: 3, height: 2, width: 3 }, &[0, 0, 1][..]));
    let planes = |k: usize| -> Vec<u8> {
        (0..3).flat_map(|c| (0..6).map(move |pixel| ((3 * pixel + c) * 7 + k) as u8)).collect()
    };
    assert_eq!(
        [set.train.pixels(0), set.train.pixels(1), set.train.pixels(2)],
        [planes(0), planes(1), planes(2)]
    );
    // Numbers are sorted as numbers, 16 bits are cut to 8, and what is no picture is said.
    let grey = plan(&root, &part("grey"), "").unwrap();
    let set = load(&grey, 1);
    assert_eq!(set.train.labels(), [1, 1, 0]);
    assert_eq!(set.train.pixels(0), [1, 41, 81, 121, 161, 201]);
    assert_eq!(set.train.pixels(1), (0..6).map(|n: u32| ((n * 10_000 + 77) >> 8) as u8).collect::<Vec<_>>());
    assert_eq!(set.train.pixels(2), [0, 40, 80, 120, 160, 200]);
    assert_eq!(set.sources[0].file, "grey/: 3 pictures");
    let TaskSpec::Train { data, .. } = &grey.runs[0].spec.task else { panic!("a training task") };
    let said = data.measure().unwrap().join("; ");
    assert!(said.contains("1 of the files in") && said.contains("no .png pictures: left out"), "{said}");
    for (name, said) in [
        ("clear", "a.png: has transparency; save it as grey or as RGB"),
        ("grey/10", "holds no folder of pictures, one for each class"),
        ("nowhere", "nowhere: "),
    ] {
        let found = plan(&root, &part(name), "").unwrap_err().to_string();
        assert!(found.contains(said) && found.contains("t.yaml:6:"), "{name}: {found}");
    }
    let odd = plan(&root, &part("odd"), "").unwrap();
    let TaskSpec::Train { data, .. } = &odd.runs[0].spec.task else { panic!("a training task") };
    let found = data.load(Streams::new(1), &NOBODY).unwrap_err().to_string();
    assert!(
        found.contains("has 3 x 3 pixels in grey, and ")
            && found.ends_with("3 x 2 pixels in grey: all must be alike"),
        "{found}"
    );
}

/// The samples of two parts are all samples; which are held out is drawn by the seed and by nothing else.
#[test]
fn a_share_is_held_out_by_the_seed_alone() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..50).map(|n| format!("{n},{}\n", n % 2)).collect();
    fs::write(dir.path().join("t.csv"), format!("a,y\n{rows}")).unwrap();
    let data = "{ csv: { train: t.csv, test_share: 0.2, label: y } }";
    let numbers = |set: &signsim::data::Samples| match set.numbers() {
        Numbers::Floats(floats) => floats.clone(),
        Numbers::Bytes(_) => panic!("a table has floats"),
    };
    let plain = plan(dir.path(), data, "").unwrap();
    let mut held = Vec::new();
    for seed in 1..=4 {
        let set = load(&plain, seed);
        let (train, test) = (numbers(&set.train), numbers(&set.test));
        assert_eq!((train.len(), test.len()), (40, 10));
        assert!(train.is_sorted() && test.is_sorted());
        let mut all = [train, test.clone()].concat();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, (0..50_u8).map(f32::from).collect::<Vec<_>>());
        for samples in [&set.train, &set.test] {
            let fits = numbers(samples).iter().zip(samples.labels()).all(|(x, y)| *x as u16 % 2 == *y);
            assert!(fits, "a sample keeps its label");
        }
        held.push(test);
    }
    held.dedup();
    assert_eq!(held.len(), 4, "another seed holds out others");
    let other = plan(dir.path(), data, ", split: replicated").unwrap();
    assert_eq!(load(&other, 1).test, load(&plain, 1).test);
    for (more, said) in [
        ("test_share: 0", "a share of 0 of the samples cannot be held out"),
        ("test_share: 1", "a share of 1 of the samples cannot be held out"),
        ("test_share: 0.1, test: t.csv", "there are test samples already"),
        ("header: true", "a data set needs test samples, and nothing says which they are"),
    ] {
        let found =
            plan(dir.path(), &format!("{{ csv: {{ train: t.csv, label: y, {more} }} }}"), "").unwrap_err();
        assert!(found.to_string().contains(said), "{more}: {found}");
    }
}
