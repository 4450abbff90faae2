//! IDX, the format of MNIST and Fashion-MNIST: a magic number, big-endian sizes, then bytes.
//!
//! Images start with 0x00000803 (unsigned bytes, three dimensions) and count, height, width; labels with 0x00000801
//! and count, or with 0x00000b01 or 0x00000c01 where they are big-endian integers of 16 or 32 bits. Everything a
//! header says is checked against what the file holds.

use super::contents::Claim;
use super::files::{DataFolder, Files, Published};
use super::samples::{Dataset, Label, Normalisation, Samples, Shape};
use super::source::SourceFile;
use crate::error::{Error, Result};

/// A set in this layout.
pub(super) struct Layout {
    pub set: Published,
    /// The file of images and the file of labels.
    train: [&'static str; 2],
    test: [&'static str; 2],
    /// The label of class 0.
    first_label: i64,
    /// Whether images lie column by column.
    transposed: bool,
}

impl Layout {
    /// A set whose files are called and made as those of MNIST.
    const fn plain(set: Published) -> Self {
        Self { set, train: TRAIN, test: TEST, first_label: 0, transposed: false }
    }

    /// A set of EMNIST, whose images lie column by column.
    pub(super) const fn transposed(
        set: Published,
        train: [&'static str; 2],
        test: [&'static str; 2],
        first_label: i64,
    ) -> Self {
        Self { set, train, test, first_label, transposed: true }
    }

    fn files(&self) -> Vec<&'static str> {
        [self.train, self.test].concat()
    }
}

pub(super) const MNIST: Layout = Layout::plain(Published {
    title: "MNIST",
    word: "mnist",
    folder: "mnist",
    inner: &["MNIST/raw"],
    origin: "MNIST is published at yann.lecun.com/exdb/mnist and on its mirrors; the folder MNIST/raw that torchvision \
             makes will do",
    shape: SHAPE,
    classes: CLASSES,
    train: 60_000,
    test: 10_000,
    mean: &[0.1307],
    std: &[0.3081],
});

pub(super) const FASHION_MNIST: Layout = Layout::plain(Published {
    title: "Fashion-MNIST",
    word: "fashion_mnist",
    folder: "fashion-mnist",
    inner: &["FashionMNIST/raw"],
    origin: "Fashion-MNIST is published at github.com/zalandoresearch/fashion-mnist",
    shape: SHAPE,
    classes: CLASSES,
    train: 60_000,
    test: 10_000,
    mean: &[0.2860],
    std: &[0.3530],
});

const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
const TEST: [&str; 2] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
pub(super) const SHAPE: Shape = Shape { channels: 1, height: 28, width: 28 };
const CLASSES: usize = 10;

/// Reads the four files of a set in this layout.
pub(super) fn load(layout: &Layout, files: &Files) -> Result<Dataset> {
    let folder = find(layout, files)?;
    let mut sources = Vec::new();
    let train = layout.samples(&folder, layout.train, files.train, &mut sources)?;
    let test = layout.samples(&folder, layout.test, files.test, &mut sources)?;
    let Published { classes, mean, std, .. } = layout.set;
    Ok(Dataset { train, test, shape: SHAPE, classes, normalisation: Normalisation::new(mean, std), sources })
}

/// The folder with all four files in it.
fn find<'a>(layout: &'a Layout, files: &Files) -> Result<DataFolder<'a>> {
    let folder = DataFolder::find(&layout.set, files.dir.as_deref())?;
    folder.require(&layout.files())?;
    Ok(folder)
}

/// Whether all four files can hold what they claim, and memory each of them; gives remarks about them.
pub(super) fn measure(layout: &Layout, files: &Files) -> Result<Vec<String>> {
    let folder = find(layout, files)?;
    for [images, labels] in [layout.train, layout.test] {
        folder.open(images, 16, image_claim)?;
        folder.open(labels, 8, label_claim)?;
    }
    let mut remarks = folder.remarks(&layout.files());
    if layout.first_label != 0 {
        let (first, last, classes) = (layout.first_label, layout.last_label(), layout.set.classes - 1);
        remarks.push(format!("the labels {first} to {last} are the classes 0 to {classes}, in this order"));
    }
    Ok(remarks)
}

/// How many training and test images the files say they hold, whether a scenario uses them all or not; `None` where they
/// cannot be asked.
pub(super) fn sizes(layout: &Layout, files: &Files) -> Option<(usize, usize)> {
    let folder = DataFolder::find(&layout.set, files.dir.as_deref()).ok()?;
    let count = |name| folder.header(name, 16).map(|header| word(&header, 4) as usize);
    Some((count(layout.train[0])?, count(layout.test[0])?))
}

impl Layout {
    /// The label of the last class.
    const fn last_label(&self) -> i64 {
        self.first_label + self.set.classes as i64 - 1
    }

    /// Reads one file of images with its file of labels.
    fn samples(
        &self,
        folder: &DataFolder,
        [images, labels]: [&str; 2],
        first: Option<usize>,
        sources: &mut Vec<SourceFile>,
    ) -> Result<Samples> {
        let (mut pixels, pixel_source) = folder.open(images, 16, image_claim)?.read()?;
        let mut width = 1;
        let claim = |header: &[u8]| {
            width = label_bytes(header)?;
            label_claim(header)
        };
        let (bytes, label_source) = folder.open(labels, 8, claim)?.read()?;
        sources.extend([pixel_source, label_source]);
        let count = pixels.len() / SHAPE.features();
        if bytes.len() / width != count {
            let what = format!("has {} labels for {count} images", bytes.len() / width);
            return Err(folder.reject(labels, &what));
        }
        let mut classes: Vec<Label> = Vec::with_capacity(count);
        for (n, label) in bytes.chunks_exact(width).map(integer).enumerate() {
            let (least, most) = (self.first_label, self.last_label());
            if !(least..=most).contains(&label) {
                let what = format!("label {n} (counted from 0) is {label}, not {least} to {most}");
                return Err(folder.reject(labels, &what));
            }
            classes.push((label - least) as Label);
        }
        let first = first.unwrap_or(count);
        if first > count {
            return Err(Error::scenario(format!(
                "{first} samples were asked of {images}, which has {count}"
            ))
            .help("ask for fewer, or leave the number out to use all"));
        }
        pixels.truncate(first * SHAPE.features());
        classes.truncate(first);
        if self.transposed {
            pixels.chunks_exact_mut(SHAPE.features()).for_each(transpose);
        }
        Ok(Samples::new(pixels, classes, SHAPE.features()))
    }
}

/// Turns the columns of a square image into its rows.
fn transpose(image: &mut [u8]) {
    let side = SHAPE.width;
    for row in 0..side {
        for column in 0..row {
            image.swap(row * side + column, column * side + row);
        }
    }
}

/// What must follow the header of a file of images.
fn image_claim(header: &[u8]) -> std::result::Result<Claim, String> {
    let [magic, count, height, width] = [0, 4, 8, 12].map(|at| word(header, at));
    check_magic(magic, 0x0803, "images")?;
    if (height as usize, width as usize) != (SHAPE.height, SHAPE.width) {
        return Err(format!("has images of {height} x {width} pixels, not 28 x 28"));
    }
    claim(count, "images", SHAPE.features())
}

/// What must follow the header of a file of labels.
fn label_claim(header: &[u8]) -> std::result::Result<Claim, String> {
    claim(word(header, 4), "labels", label_bytes(header)?)
}

/// Bytes of a label: 1, or those of a short or an int.
fn label_bytes(header: &[u8]) -> std::result::Result<usize, String> {
    match word(header, 0) {
        0x0b01 => Ok(2),
        0x0c01 => Ok(4),
        magic => check_magic(magic, 0x0801, "labels").map(|()| 1),
    }
}

/// A byte, or the big-endian integer of 2 or 4 bytes.
fn integer(label: &[u8]) -> i64 {
    match *label {
        [byte] => i64::from(byte),
        [a, b] => i64::from(i16::from_be_bytes([a, b])),
        _ => i64::from(i32::from_be_bytes(label.try_into().expect("four bytes"))),
    }
}

fn word(header: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"))
}

fn check_magic(found: u32, expected: u32, what: &str) -> std::result::Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("is not an IDX file of {what}: it starts with {found:#010x}, not {expected:#010x}"))
}

fn claim(count: u32, what: &str, bytes: usize) -> std::result::Result<Claim, String> {
    if count == 0 {
        return Err(format!("holds no {what}"));
    }
    let exactly = u64::from(count) * bytes as u64;
    Ok(Claim { bytes: (exactly, exactly), words: format!("{count} {what}") })
}
