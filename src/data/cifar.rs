//! The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of label bytes and 32 x 32 x 3 pixels.
//!
//! A record of CIFAR-10 has one label byte; one of CIFAR-100 has a coarse label (of twenty) and a fine one (of a hundred),
//! of which the scenario chooses. Pixels are red, green, blue planes, each row by row, which is the order kept here.

use serde::{Deserialize, Serialize};

use super::contents::{Claim, Contents};
use super::files::{DataFolder, Files, Published, beside_files};
use super::samples::{Dataset, Label, Normalisation, Samples, Shape};
use super::source::SourceFile;
use crate::error::{Error, Result};

/// A set in this layout.
pub(super) struct Layout {
    pub set: Published,
    /// Label bytes before the pixels.
    label_bytes: usize,
    /// Which of them is the class.
    label: usize,
    train: &'static [&'static str],
    test: &'static [&'static str],
}

pub(super) const CIFAR10: Layout = Layout {
    set: Published {
        title: "CIFAR-10",
        word: "cifar10",
        folder: "cifar10",
        inner: &["cifar-10-batches-bin"],
        origin: "the binary version of CIFAR-10 is published at www.cs.toronto.edu/~kriz/cifar.html",
        shape: SHAPE,
        classes: 10,
        train: 50_000,
        test: 10_000,
        mean: &[0.4914, 0.4822, 0.4465],
        std: &[0.2470, 0.2435, 0.2616],
    },
    label_bytes: 1,
    label: 0,
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: &["test_batch.bin"],
};

pub(super) const CIFAR100: Layout = cifar100(1, 100);
pub(super) const CIFAR100_COARSE: Layout = cifar100(0, 20);

/// The layout whose class is this label byte, of so many classes.
const fn cifar100(label: usize, classes: usize) -> Layout {
    Layout {
        set: Published {
            title: "CIFAR-100",
            word: "cifar100",
            folder: "cifar100",
            inner: &["cifar-100-binary"],
            origin: "the binary version of CIFAR-100 is published at www.cs.toronto.edu/~kriz/cifar.html",
            shape: SHAPE,
            classes,
            train: 50_000,
            test: 10_000,
            mean: &[0.5071, 0.4865, 0.4409],
            std: &[0.2673, 0.2564, 0.2762],
        },
        label_bytes: 2,
        label,
        train: &["train.bin"],
        test: &["test.bin"],
    }
}

/// What a scenario says of CIFAR-100.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Cifar100Words", into = "Cifar100Words")]
pub struct Cifar100 {
    /// Where its files are, and how much of them is used.
    pub files: Files,
    /// What is to be learned.
    pub labels: Labels,
}

/// Which of the two labels of an image is its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// One of a hundred: beaver, dolphin, otter, …
    #[default]
    Fine,
    /// One of twenty, five of the hundred each: aquatic mammals, …
    Coarse,
}

beside_files!(Cifar100Words, Cifar100, labels: Labels);

impl Cifar100 {
    pub(super) const fn layout(&self) -> &'static Layout {
        match self.labels {
            Labels::Fine => &CIFAR100,
            Labels::Coarse => &CIFAR100_COARSE,
        }
    }
}

const SHAPE: Shape = Shape { channels: 3, height: 32, width: 32 };

/// Reads a set in this layout.
pub(super) fn load(layout: &Layout, files: &Files) -> Result<Dataset> {
    let (folder, train, test) = find(layout, files)?;
    let mut sources = Vec::new();
    let train = train.read(&folder, layout, &mut sources)?;
    let test = test.read(&folder, layout, &mut sources)?;
    let Published { classes, mean, std, .. } = layout.set;
    Ok(Dataset { train, test, shape: SHAPE, classes, normalisation: Normalisation::new(mean, std), sources })
}

/// The folder with the files that are needed in it.
fn find<'a>(layout: &'a Layout, files: &Files) -> Result<(DataFolder<'a>, FilePart, FilePart)> {
    let folder = DataFolder::find(&layout.set, files.dir.as_deref())?;
    let train = FilePart::new(layout.train, layout.set.train, files.train)?;
    let test = FilePart::new(layout.test, layout.set.test, files.test)?;
    folder.require(&[train.files, test.files].concat())?;
    Ok((folder, train, test))
}

/// Whether the files that are needed hold no more than they may, and memory each of them; gives remarks about them.
pub(super) fn measure(layout: &Layout, files: &Files) -> Result<Vec<String>> {
    let (folder, train, test) = find(layout, files)?;
    for part in [&train, &test] {
        part.files.iter().try_for_each(|file| part.open(&folder, layout, file).map(drop))?;
    }
    Ok(folder.remarks(&[train.files, test.files].concat()))
}

/// The files that hold the first `samples` samples of the training or the test set, `records` in a whole file.
struct FilePart {
    files: &'static [&'static str],
    records: usize,
    samples: usize,
}

impl FilePart {
    /// `all` samples lie in equal parts in these files.
    fn new(files: &'static [&'static str], all: usize, first: Option<usize>) -> Result<Self> {
        let records = all / files.len();
        let samples = first.unwrap_or(all);
        if samples > all {
            return Err(Error::scenario(format!("{samples} samples were asked of {all}"))
                .help("ask for fewer, or leave the number out to use all"));
        }
        Ok(Self { files: &files[..samples.div_ceil(records)], records, samples })
    }

    /// One of the files, measured.
    fn open(&self, folder: &DataFolder, layout: &Layout, file: &str) -> Result<Contents> {
        let most = (self.records * (layout.label_bytes + SHAPE.features())) as u64;
        folder.open(file, 0, |_| Ok(Claim { bytes: (0, most), words: format!("{} images", self.records) }))
    }

    /// Reads file after file until there are enough samples; the last file may be cut after any image.
    fn read(&self, folder: &DataFolder, layout: &Layout, sources: &mut Vec<SourceFile>) -> Result<Samples> {
        let record = layout.label_bytes + SHAPE.features();
        let mut pixels = Vec::with_capacity(self.samples * SHAPE.features());
        let mut labels = Vec::with_capacity(self.samples);
        for &file in self.files {
            let (bytes, source) = self.open(folder, layout, file)?.read()?;
            sources.push(source);
            let (wanted, found) = ((self.samples - labels.len()).min(self.records), bytes.len() / record);
            if bytes.len() % record != 0 {
                let what =
                    format!("is cut short: its {} bytes are not whole records of {record}", bytes.len());
                return Err(folder.reject(file, &what));
            }
            if found < wanted {
                return Err(folder
                    .reject(file, &format!("has {found} images where {wanted} are wanted"))
                    .help("fetch the whole file, or ask for fewer samples with `train` and `test`"));
            }
            for (number, record) in bytes.chunks_exact(record).take(wanted).enumerate() {
                let (head, image) = record.split_at(layout.label_bytes);
                let label = head[layout.label];
                if usize::from(label) >= layout.set.classes {
                    let what = format!(
                        "image {number} (counted from 0) has label {label}, but there are {} classes",
                        layout.set.classes
                    );
                    return Err(folder.reject(file, &what));
                }
                labels.push(Label::from(label));
                pixels.extend_from_slice(image);
            }
        }
        Ok(Samples::new(pixels, labels, SHAPE.features()))
    }
}
