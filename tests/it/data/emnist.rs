//! EMNIST's files: images that lie column by column, labels that begin at one, a name for every split.

use std::fs;
use std::path::Path;

use signsim::data::{DataSpec, Emnist, EmnistSplit, Files};
use signsim::helpers::NOBODY;
use tempfile::TempDir;

use super::files::{gzip, idx};
use super::{complaint, load};

/// Pixel of image `n` as a reader sees it: another one in every place, so that no turn and no mirror leaves the image as it is.
fn seen(n: usize, row: usize, column: usize) -> u8 {
    ((31 * n + 7 * row + 3 * column + row * column) % 251) as u8
}

/// The images as EMNIST's files hold them: a column after the other.
fn images(count: usize) -> Vec<u8> {
    let places =
        (0..count).flat_map(|n| (0..28).flat_map(move |column| (0..28).map(move |row| (n, row, column))));
    let body: Vec<u8> = places.map(|(n, row, column)| seen(n, row, column)).collect();
    idx(0x803, &[count as u32, 28, 28], &body)
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(0x801, &[labels.len() as u32], labels)
}

/// A split with these labels below `inner`, of which some files are packed.
fn write(dir: &Path, inner: &str, split: &str, train: &[u8], test: &[u8]) {
    let dir = dir.join(inner);
    fs::create_dir_all(&dir).unwrap();
    for (part, of_samples) in [("train", train), ("test", test)] {
        let name = |kind: &str| dir.join(format!("emnist-{split}-{part}-{kind}-ubyte"));
        fs::write(name("images-idx3").with_extension("gz"), gzip(&images(of_samples.len()))).unwrap();
        fs::write(name("labels-idx1"), labels(of_samples)).unwrap();
    }
}

fn emnist(dir: &Path, split: EmnistSplit, train: Option<usize>) -> DataSpec {
    DataSpec::Emnist(Box::new(Emnist {
        files: Files { dir: Some(dir.to_owned()), train, test: None },
        split,
    }))
}

#[test]
fn images_are_turned_as_those_of_mnist() {
    // As torchvision unpacks them, as the archive does, and beside each other.
    for inner in ["EMNIST/raw", "gzip", ""] {
        let dir = TempDir::new().unwrap();
        write(dir.path(), inner, "balanced", &[0, 46, 10], &[7, 7]);
        let set = load(&emnist(dir.path(), EmnistSplit::Balanced, None), 1);
        assert_eq!((set.train.labels(), set.test.labels(), set.classes), (&[0, 46, 10][..], &[7, 7][..], 47));
        for n in 0..3 {
            for (at, pixel) in set.train.pixels(n).iter().enumerate() {
                assert_eq!(
                    *pixel,
                    seen(n, at / 28, at % 28),
                    "image {n}, row {}, column {}",
                    at / 28,
                    at % 28
                );
            }
        }
        assert_eq!(set.test.pixels(1), set.train.pixels(1));
        assert_eq!((set.normalisation.mean(), set.normalisation.std()), (&[0.175][..], &[0.333][..]));
    }
}

#[test]
fn letters_begin_at_one_and_that_is_said() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "", "letters", &[1, 26, 3], &[26]);
    let spec = emnist(dir.path(), EmnistSplit::Letters, Some(2));
    let set = load(&spec, 1);
    assert_eq!((set.train.labels(), set.test.labels(), set.classes), (&[0, 25][..], &[25][..], 26));
    assert_eq!(spec.measure().unwrap(), ["the labels 1 to 26 are the classes 0 to 25, in this order"]);
    for wrong in [0, 27] {
        write(dir.path(), "", "letters", &[1, wrong, 3], &[26]);
        let (message, _) =
            complaint(emnist(dir.path(), EmnistSplit::Letters, None).load(super::Streams::new(1), &NOBODY));
        let words = format!(
            "emnist-letters-train-labels-idx1-ubyte: label 1 (counted from 0) is {wrong}, not 1 to 26"
        );
        assert!(message.ends_with(&words), "{message}");
    }
}

#[test]
fn every_split_has_files_and_classes_of_its_own() {
    let dir = TempDir::new().unwrap();
    for (split, word, last) in [
        (EmnistSplit::Digits, "digits", 9),
        (EmnistSplit::Byclass, "byclass", 61),
        (EmnistSplit::Bymerge, "bymerge", 46),
        (EmnistSplit::Mnist, "mnist", 9),
    ] {
        let spec = emnist(dir.path(), split, None);
        let (message, help) = complaint(spec.measure());
        assert!(message.contains(&format!("EMNIST ({word}) is incomplete in ")), "{message}");
        assert!(message.contains(&format!("missing emnist-{word}-train-images-idx3-ubyte, ")), "{message}");
        assert!(help.contains("EMNIST/raw") && help.contains("gzip.zip"), "{help}");
        write(dir.path(), "", word, &[0, last], &[last]);
        assert_eq!(spec.measure().unwrap(), [""; 0]);
        assert_eq!(load(&spec, 1).train.labels(), [0, last.into()]);
        write(dir.path(), "", word, &[0, last + 1], &[last]);
        let (message, _) = complaint(spec.load(super::Streams::new(1), &NOBODY));
        assert!(message.ends_with(&format!("is {}, not 0 to {last}", last + 1)), "{message}");
    }
}
