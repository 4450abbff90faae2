//! IDX, the format of MNIST and Fashion-MNIST: a magic number, big-endian sizes, then bytes.
//!
//! Images start with 0x00000803 (unsigned bytes, three dimensions) and count, height, width; labels with
//! 0x00000801 and count, or with 0x00000b01 or 0x00000c01 where they are big-endian integers of 16 or 32 bits. Everything a header says is checked against what the file holds.

use super::contents::Claim;
use super::files::{DataFolder, Files, Published};
use super::samples::{Dataset, Label, Normalisation, Samples, Shape};
use super::source::SourceFile;
use crate::error::{Error, Result};

pub(super) const MNIST: Published = Published {
    title: "MNIST",
    word: "mnist",
    folder: "mnist",
    inner: "MNIST/raw",
    origin: "MNIST is published at yann.lecun.com/exdb/mnist and on its mirrors; the folder MNIST/raw that torchvision \
             makes will do",
    shape: SHAPE,
    classes: CLASSES,
    train: 60_000,
    test: 10_000,
    mean: &[0.1307],
    std: &[0.3081],
};

pub(super) const FASHION_MNIST: Published = Published {
    title: "Fashion-MNIST",
    word: "fashion_mnist",
    folder: "fashion-mnist",
    inner: "FashionMNIST/raw",
    origin: "Fashion-MNIST is published at github.com/zalandoresearch/fashion-mnist",
    shape: SHAPE,
    classes: CLASSES,
    train: 60_000,
    test: 10_000,
    mean: &[0.2860],
    std: &[0.3530],
};

/// The file of images and the file of labels.
const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
const TEST: [&str; 2] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
const SHAPE: Shape = Shape { channels: 1, height: 28, width: 28 };
const CLASSES: usize = 10;

/// Reads the four files of a set in this layout.
pub(super) fn load(set: &Published, files: &Files) -> Result<Dataset> {
    let folder = find(set, files)?;
    let mut sources = Vec::new();
    let train = samples(&folder, TRAIN, files.train, &mut sources)?;
    let test = samples(&folder, TEST, files.test, &mut sources)?;
    let normalisation = Normalisation::new(set.mean, set.std);
    Ok(Dataset { train, test, shape: SHAPE, classes: CLASSES, normalisation, sources })
}

/// The folder with all four files in it.
fn find<'a>(set: &'a Published, files: &Files) -> Result<DataFolder<'a>> {
    let folder = DataFolder::find(set, files.dir.as_deref())?;
    folder.require(&[TRAIN, TEST].concat())?;
    Ok(folder)
}

/// Whether all four files can hold what they claim, and memory each of them; gives remarks about them.
pub(super) fn measure(set: &Published, files: &Files) -> Result<Vec<String>> {
    let folder = find(set, files)?;
    for [images, labels] in [TRAIN, TEST] {
        folder.open(images, 16, image_claim)?;
        folder.open(labels, 8, label_claim)?;
    }
    Ok(folder.remarks(&[TRAIN, TEST].concat()))
}

/// How many training and test images the files say they hold, whether a scenario uses them all or not; `None` where they
/// cannot be asked.
pub(super) fn sizes(set: &Published, files: &Files) -> Option<(usize, usize)> {
    let folder = DataFolder::find(set, files.dir.as_deref()).ok()?;
    let count = |name| folder.header(name, 16).map(|header| word(&header, 4) as usize);
    Some((count(TRAIN[0])?, count(TEST[0])?))
}

/// Reads one file of images with its file of labels.
fn samples(
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
        return Err(folder.reject(labels, &format!("has {} labels for {count} images", bytes.len() / width)));
    }
    let mut classes: Vec<Label> = Vec::with_capacity(count);
    for (n, label) in bytes.chunks_exact(width).map(integer).enumerate() {
        let class = Label::try_from(label).ok().filter(|class| usize::from(*class) < CLASSES);
        let what = || format!("label {n} (counted from 0) is {label}, not 0 to {}", CLASSES - 1);
        classes.push(class.ok_or_else(|| folder.reject(labels, &what()))?);
    }
    let first = first.unwrap_or(count);
    if first > count {
        return Err(Error::scenario(format!("{first} samples were asked of {images}, which has {count}"))
            .help("ask for fewer, or leave the number out to use all"));
    }
    pixels.truncate(first * SHAPE.features());
    classes.truncate(first);
    Ok(Samples::new(pixels, classes, SHAPE.features()))
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
