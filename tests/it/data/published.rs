//! The published sets themselves, where this machine has them: `$SIGNSIM_DATA` or `../shared/data`.

use std::env;
use std::path::{Path, PathBuf};

use signsim::data::{DataSpec, Files, Samples};

use super::load;

/// The folder of a set, or nothing and a line that says why the test is skipped.
fn folder(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = env::var_os("SIGNSIM_DATA").map_or(beside, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no {}; set SIGNSIM_DATA to the folder that holds {name}", folder.display());
    None
}

/// Mean and standard deviation of `pixel / 255` in one of the planes of every sample.
fn moments(samples: &Samples, plane: std::ops::Range<usize>) -> (f64, f64) {
    let (mut sum, mut squares) = (0_u64, 0_u64);
    for index in 0..samples.len() {
        for &pixel in &samples.pixels(index)[plane.clone()] {
            sum += u64::from(pixel);
            squares += u64::from(pixel).pow(2);
        }
    }
    let n = (samples.len() * plane.len()) as f64;
    let (mean, square) = (sum as f64 / n / 255.0, squares as f64 / n / 255.0_f64.powi(2));
    (mean, (square - mean * mean).sqrt())
}

#[test]
fn mnist_is_what_everybody_calls_mnist() {
    let Some(dir) = folder("mnist") else { return };
    let set = load(&DataSpec::Mnist(Files { dir: Some(dir), train: None, test: None }), 1);
    assert_eq!((set.train.len(), set.test.len()), (60_000, 10_000));
    assert_eq!(set.train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(set.test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // sha256sum of the unpacked files.
    let digests: Vec<&str> = set.sources.iter().map(|source| source.sha256.as_str()).collect();
    assert_eq!(
        digests,
        [
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ]
    );
    let (mean, std) = moments(&set.train, 0..784);
    assert!((mean - set.normalisation.mean()[0]).abs() < 5e-5, "{mean}");
    assert!((std - set.normalisation.std()[0]).abs() < 5e-5, "{std}");
}

#[test]
fn a_part_of_cifar10_is_read_in_planes() {
    let Some(dir) = folder("cifar10-jpeg-subset") else { return };
    let spec = DataSpec::Cifar10(Files { dir: Some(dir), train: Some(10_000), test: Some(2_000) });
    let set = load(&spec, 1);
    assert_eq!((set.train.len(), set.test.len(), set.sources.len()), (10_000, 2_000, 2));
    // A fifth of the training set has nearly the moments of the whole, which differ between the planes.
    for channel in 0..3 {
        let (mean, std) = moments(&set.train, 1024 * channel..1024 * (channel + 1));
        assert!((mean - set.normalisation.mean()[channel]).abs() < 0.006, "channel {channel}: {mean}");
        assert!((std - set.normalisation.std()[channel]).abs() < 0.006, "channel {channel}: {std}");
    }
}
