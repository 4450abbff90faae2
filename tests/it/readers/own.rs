//! Data sets of one's own, and who holds which of their samples.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};
use signsim::data::{DataSpec, Dataset, Label, Samples, Shard, SplitFile, SplitSpec};
use signsim::helpers::NOBODY;
use signsim::random::Streams;

use super::{choice, put, read, scratch};

/// A set as a scenario names it.
fn spec(words: Value) -> DataSpec {
    serde_json::from_value(words).expect("words of a scenario")
}

/// What is read of a set whose training and test samples are the same files: what was found when they were opened.
pub(super) fn own(mut spec: DataSpec) -> Option<Dataset> {
    read(spec.look())?;
    let set = read(spec.load(Streams::new(1), &NOBODY))?;
    assert_eq!((set.shape, set.classes, set.train.len()), (spec.shape(), spec.classes(), spec.sizes().0));
    assert!(set.train.labels().iter().all(|label| usize::from(*label) < set.classes));
    assert_eq!(set.train, set.test);
    Some(set)
}

/// A table; written anew with its classes as labels it is read to the same.
pub(super) fn csv(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    let label = [json!(0), json!("label"), json!(1)][which % 3].clone();
    let table = |dir: &Path, bytes: &[u8], label: Value, header: bool| {
        let file = dir.join("own.csv");
        put(&file, bytes);
        own(spec(json!({ "csv": { "train": file, "test": file, "label": label, "header": header } })))
    };
    scratch("csv", |dir| {
        let Some(set) = table(dir, bytes, label, which & 4 == 0) else { return };
        let written = rows(&set.train, set.shape.features());
        let again = table(dir, written.as_bytes(), json!(0), false).expect("what was written");
        assert_eq!(again.train, set.train);
    });
}

/// Labels and numbers, a sample a line.
fn rows(samples: &Samples, width: usize) -> String {
    let mut text = String::new();
    let mut inputs = vec![0.0; width];
    let plain = signsim::data::Normalisation::new(&vec![0.0; width], &vec![1.0; width]);
    for n in 0..samples.len() {
        write!(text, "{}", samples.labels()[n]).unwrap();
        samples.gather(&[n as u32], &plain, &mut inputs);
        inputs.iter().for_each(|x| write!(text, ",{x}").unwrap());
        text.push('\n');
    }
    text
}

/// A picture beside itself, or beside a sound one of two pixels by two in grey.
pub(super) fn folders(bytes: &[u8]) {
    const SOUND: &[u8] = include_bytes!("sound.png");
    let (which, bytes) = choice(bytes);
    scratch("folders", |dir| {
        let other = if which & 1 == 0 { bytes } else { SOUND };
        for (class, picture) in [("a", bytes), ("b", other)] {
            std::fs::create_dir_all(dir.join(class)).unwrap();
            put(&dir.join(class).join("1.png"), picture);
        }
        let Some(set) = own(spec(json!({ "folders": { "train": dir, "test": dir } }))) else { return };
        assert_eq!((set.classes, set.train.labels()), (2, &[0, 1][..]));
        let pixels = set.shape.features();
        assert!(set.train.pixels(0).len() == pixels && set.train.pixels(1).len() == pixels);
        assert!(which & 1 == 1 || set.train.pixels(0) == set.train.pixels(1));
    });
}

/// Who holds which sample; written anew as a text it says the same.
pub(super) fn split(bytes: &[u8]) {
    let parsed = |bytes: &[u8]| {
        let mut file: SplitFile = serde_json::from_value(json!("split.npy")).expect("a path");
        file.take(bytes).map(|()| SplitSpec::File(Box::new(file)))
    };
    let spec = match parsed(bytes) {
        Ok(spec) => spec,
        Err(why) => {
            assert!(why.starts_with("split.npy: ") && why.chars().count() < 600, "{why}");
            return;
        }
    };
    for samples in 1..40 {
        let deal = |spec: &SplitSpec| read(spec.split(&vec![0 as Label; samples], 1, 3, Streams::new(1)));
        let Some(shards) = deal(&spec) else { continue };
        let holder = |n: u32| shards.iter().position(|shard: &Shard| shard.contains(&n));
        let text: String = (0..samples as u32)
            .map(|n| format!("{}\n", holder(n).map_or(-1, |worker| worker as i64)))
            .collect();
        let again = parsed(text.as_bytes()).expect("what was written");
        assert_eq!(deal(&again), Some(shards));
    }
}
