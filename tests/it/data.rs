//! Data sets and their splits.

mod augmentation;
mod batches;
mod digits;
mod emnist;
mod files;
mod normalize;
mod own;
mod published;
mod samples;
mod shapes;
mod skews;
mod splits;
mod tables;

use signsim::data::{Cifar100, DataSpec, Dataset, Emnist, EmnistSplit, Files, Labels, SplitSpec};
use signsim::error::Error;
use signsim::helpers::{Helpers, NOBODY};
use signsim::random::Streams;

fn yaml<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let document = serde_yaml::Deserializer::from_str(text);
    serde_yaml::with::singleton_map_recursive::deserialize(document).expect(text)
}

fn digits(train: usize, test: usize, distortion: f64, noise: f64) -> DataSpec {
    DataSpec::Digits { train, test, distortion, noise }
}

fn load(spec: &DataSpec, seed: u64) -> Dataset {
    spec.load(Streams::new(seed), &NOBODY).expect("the set can be loaded")
}

/// The message and the help of an error that is the user's to mend.
fn complaint<T>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(error @ (Error::Scenario { .. } | Error::Input { .. })) => {
            let message = error.to_string();
            let (Error::Scenario { help, .. } | Error::Input { help, .. }) = error else { unreachable!() };
            (message, help.unwrap_or_default())
        }
        Err(error) => panic!("not the user's to mend: {error}"),
        Ok(_) => panic!("this must be refused"),
    }
}

#[test]
fn a_scenario_names_data_and_splits_in_these_words() {
    assert_eq!(yaml::<DataSpec>("digits: {}"), digits(6000, 1000, 1.0, 0.1));
    assert_eq!(yaml::<DataSpec>("digits: { train: 50, noise: 0 }"), digits(50, 1000, 1.0, 0.0));
    let mnist = DataSpec::Mnist(Files { dir: Some("here".into()), train: None, test: Some(5) });
    assert_eq!(yaml::<DataSpec>("mnist: { dir: here, test: 5 }"), mnist);
    let fashion = DataSpec::FashionMnist(Files { dir: None, train: None, test: None });
    assert_eq!(yaml::<DataSpec>("fashion_mnist: {}"), fashion);
    let files = Files { dir: Some("here".into()), train: Some(7), test: None };
    let coarse = DataSpec::Cifar100(Cifar100 { files, labels: Labels::Coarse });
    assert_eq!(yaml::<DataSpec>("cifar100: { dir: here, labels: coarse, train: 7 }"), coarse);
    assert_eq!(yaml::<DataSpec>("cifar100: {}"), DataSpec::Cifar100(Cifar100::default()));
    assert_eq!(serde_json::to_value(Cifar100::default()).unwrap(), serde_json::json!({ "labels": "fine" }));
    let files = Files { dir: Some("here".into()), train: None, test: Some(9) };
    let letters = DataSpec::Emnist(Box::new(Emnist { files, split: EmnistSplit::Letters }));
    assert_eq!(yaml::<DataSpec>("emnist: { dir: here, split: letters, test: 9 }"), letters);
    assert_eq!(serde_json::to_value(Emnist::default()).unwrap(), serde_json::json!({ "split": "balanced" }));
    assert_eq!(yaml::<SplitSpec>("iid"), SplitSpec::Iid);
    assert_eq!(yaml::<SplitSpec>("replicated"), SplitSpec::Replicated);
    assert_eq!(yaml::<SplitSpec>("labels_per_worker: 2"), SplitSpec::LabelsPerWorker(2));
    assert_eq!(yaml::<SplitSpec>("dirichlet: 0.5"), SplitSpec::Dirichlet(0.5));
}

#[test]
fn an_unknown_word_is_refused() {
    for text in [
        "shapes: { distortion: 1 }",
        "digits: { trian: 50 }",
        "mnist: { root: here }",
        "mnist: { labels: fine }",
        "cifar11: {}",
        "cifar100: { lables: fine }",
        "cifar100: { labels: rough }",
        "emnist: { splits: letters }",
        "emnist: { split: capitals }",
    ] {
        let document = serde_yaml::Deserializer::from_str(text);
        let read = serde_yaml::with::singleton_map_recursive::deserialize::<DataSpec, _>(document);
        let message = read.expect_err(text).to_string();
        assert!(message.contains("expected") && message.contains("unknown"), "{text}: {message}");
    }
}

/// Who draws a sample does not matter, nor how many do.
#[test]
fn sets_that_several_threads_draw_are_those_of_one() {
    for spec in [digits(300, 129, 1.0, 0.1), yaml("shapes: { train: 129, test: 20 }")] {
        for helpers in [1, 3] {
            let set = spec.load(Streams::new(7), &Helpers::waiting(helpers)).unwrap();
            assert_eq!(set, load(&spec, 7), "{helpers} threads help");
        }
    }
}

#[test]
fn a_set_is_described_before_it_is_loaded() {
    let spec = digits(300, 20, 1.0, 0.1);
    let set = load(&spec, 1);
    assert_eq!((spec.shape(), spec.classes(), spec.sizes()), (set.shape, set.classes, (300, 20)));
    assert_eq!(spec.memory_bytes(), 320 * 786);
    assert!(spec.is_seeded());

    let spec: DataSpec = yaml("shapes: { train: 300, test: 20 }");
    let set = load(&spec, 1);
    assert_eq!((spec.shape(), spec.classes(), spec.sizes()), (set.shape, set.classes, (300, 20)));
    assert_eq!((spec.memory_bytes(), spec.is_seeded()), (320 * 3074, true));
    assert_eq!(spec.known_labels().as_deref(), Some(set.train.labels()));

    let cifar: DataSpec = yaml("cifar10: { train: 10000 }");
    assert_eq!(cifar.memory_bytes(), 20_000 * 3074);
    assert_eq!((cifar.shape().features(), cifar.classes(), cifar.is_seeded()), (3072, 10, false));
    assert_eq!(yaml::<DataSpec>("cifar100: {}").classes(), 100);
    assert_eq!(yaml::<DataSpec>("cifar100: { labels: coarse }").classes(), 20);
    assert_eq!(yaml::<DataSpec>("mnist: {}").memory_bytes(), 70_000 * 786);
    // Table II of the paper; of letters as many as the archive has, which the paper counts without its validation part.
    for (split, classes, train, test) in [
        ("balanced", 47, 112_800, 18_800),
        ("letters", 26, 124_800, 20_800),
        ("digits", 10, 240_000, 40_000),
        ("byclass", 62, 697_932, 116_323),
        ("bymerge", 47, 697_932, 116_323),
        ("mnist", 10, 60_000, 10_000),
    ] {
        let set: DataSpec = yaml(&format!("emnist: {{ split: {split} }}"));
        assert_eq!(
            (set.classes(), set.sizes(), set.shape().features()),
            (classes, (train, test), 784),
            "{split}"
        );
    }
}
