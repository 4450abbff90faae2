//! EMNIST (Cohen, Afshar, Tapson & van Schaik 2017, arXiv 1702.05373): NIST's handwritten letters and digits in six splits.
//!
//! The files are IDX as those of MNIST are, but their images lie column by column: they are transposed when they are
//! read, so that a letter stands as a digit of MNIST does. Labels of `letters` are 1 to 26, and become the classes 0
//! to 25.

use serde::{Deserialize, Serialize};

use super::files::{Files, Published, beside_files};
use super::idx::{Layout, SHAPE};

/// What a scenario says of EMNIST.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "EmnistWords", into = "EmnistWords")]
pub struct Emnist {
    /// Where its files are, and how much of them is used.
    pub files: Files,
    /// Which of its sets is learned.
    pub split: EmnistSplit,
}

/// The sets that EMNIST makes of the same handwriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmnistSplit {
    /// 47 classes, equally often: digits, capitals, and the small letters that do not look like their capitals.
    #[default]
    Balanced,
    /// 26 classes, equally often: letters, small ones with their capitals.
    Letters,
    /// The ten digits, equally often.
    Digits,
    /// 62 classes as often as they were written: digits, capitals, small letters.
    Byclass,
    /// The images of `byclass` in the 47 classes of `balanced`.
    Bymerge,
    /// The ten digits, as many as MNIST has.
    Mnist,
}

beside_files!(EmnistWords, Emnist, split: EmnistSplit);

/// The layout of a split: its files, classes, training and test samples, and mean and deviation as the data modules of
/// Lightning Bolts publish them, three digits of each.
macro_rules! layout {
    ($split:literal, $classes:literal, $sizes:expr, $first_label:literal, $mean:literal, $std:literal) => {
        Layout::transposed(
            Published {
                title: concat!("EMNIST (", $split, ")"),
                word: "emnist",
                folder: "emnist",
                inner: &["EMNIST/raw", "gzip"],
                origin: "EMNIST is published at www.nist.gov/itl/products-and-services/emnist-dataset, of which gzip.zip is meant; \
                         the folder EMNIST/raw that torchvision makes will do",
                shape: SHAPE,
                classes: $classes,
                train: $sizes.0,
                test: $sizes.1,
                mean: &[$mean],
                std: &[$std],
            },
            [
                concat!("emnist-", $split, "-train-images-idx3-ubyte"),
                concat!("emnist-", $split, "-train-labels-idx1-ubyte"),
            ],
            [
                concat!("emnist-", $split, "-test-images-idx3-ubyte"),
                concat!("emnist-", $split, "-test-labels-idx1-ubyte"),
            ],
            $first_label,
        )
    };
}

static BALANCED: Layout = layout!("balanced", 47, (112_800, 18_800), 0, 0.175, 0.333);
static LETTERS: Layout = layout!("letters", 26, (124_800, 20_800), 1, 0.172, 0.331);
static DIGITS: Layout = layout!("digits", 10, (240_000, 40_000), 0, 0.173, 0.332);
static BYCLASS: Layout = layout!("byclass", 62, (697_932, 116_323), 0, 0.174, 0.332);
static BYMERGE: Layout = layout!("bymerge", 47, (697_932, 116_323), 0, 0.174, 0.332);
static MNIST: Layout = layout!("mnist", 10, (60_000, 10_000), 0, 0.173, 0.332);

impl Emnist {
    pub(super) fn layout(&self) -> &'static Layout {
        match self.split {
            EmnistSplit::Balanced => &BALANCED,
            EmnistSplit::Letters => &LETTERS,
            EmnistSplit::Digits => &DIGITS,
            EmnistSplit::Byclass => &BYCLASS,
            EmnistSplit::Bymerge => &BYMERGE,
            EmnistSplit::Mnist => &MNIST,
        }
    }
}
