//! What the workers learn from, and who holds which part of it.
//!
//! A scenario names a data set ([`DataSpec`]) and a split ([`SplitSpec`]). Loading gives a [`Dataset`]: bytes as
//! they lie in the files or as they were drawn, with the constants that turn them into network inputs. Splitting
//! gives every worker a [`Shard`], a list of sample numbers; in every round the worker draws a mini-batch from it
//! with [`draw_batch`] or [`walk_batch`] and turns it into floats with [`Samples::gather`], by the constants of [`Normalize`],
//! or with [`gather_augmented`].
//!
//! Pixels stay `u8` in memory because a simulation has one copy of the data and many readers; a batch becomes
//! `f32` only where a gradient is about to be taken. Sets of one's own may hold `f32` instead; their shape and classes are in
//! their files, which [`DataSpec::look`] opens before anybody asks for them.

mod augmentation;
mod batch;
mod cifar;
mod contents;
mod digits;
mod drawn;
mod emnist;
mod files;
mod held_out;
mod idx;
mod in_files;
mod normalize;
mod own;
mod samples;
mod shapes;
mod skew;
mod source;
mod split;
mod split_file;

pub use augmentation::{Augmentation, Change, Pixel, gather_augmented};
pub use batch::{Batches, draw_batch, walk_batch};
pub use cifar::{Cifar100, Labels};
pub use emnist::{Emnist, EmnistSplit};
pub use files::Files;
pub use held_out::HeldOut;
pub use in_files::folder_of;
pub use normalize::{Constants, Normalize};
pub use own::arrays::{ArrayFiles, Arrays, Layout};
pub use own::folders::Folders;
pub use own::table::{Column, Table};
pub use samples::{Dataset, Label, MOST_CLASSES, Normalisation, Numbers, Samples, Shape};
pub use source::SourceFile;
pub use split::{SPLITS, Shard, SplitSpec};
pub use split_file::SplitFile;

use in_files::InFiles;
use own::{Facts, OwnSet};
use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::helpers::Helpers;
use crate::random::Streams;

/// Every data set, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "digits",
        about: "procedural handwriting, 28 x 28, ten classes, built in, drawn from the seed",
        source: "this project",
    },
    Entry {
        word: "shapes",
        about: "procedural figures in colour, 32 x 32, ten classes (outline and texture), built in, drawn from the seed",
        source: "this project",
    },
    Entry { word: "mnist", about: "28 x 28 digits in four IDX files", source: "LeCun, Cortes & Burges 1998" },
    Entry {
        word: "fashion_mnist",
        about: "28 x 28 clothing in the layout of MNIST",
        source: "Xiao, Rasul & Vollgraf 2017, arXiv 1708.07747",
    },
    Entry {
        word: "emnist",
        about: "{ split: balanced } 28 x 28 letters and digits, IDX files, turned as those of MNIST; six splits",
        source: "Cohen, Afshar, Tapson & van Schaik 2017, arXiv 1702.05373",
    },
    Entry {
        word: "cifar10",
        about: "32 x 32 colour, ten classes, binary version",
        source: "Krizhevsky 2009",
    },
    Entry {
        word: "cifar100",
        about: "{ labels: fine } 32 x 32 colour, a hundred fine or twenty coarse classes, binary version",
        source: "Krizhevsky 2009",
    },
    Entry {
        word: "arrays",
        about: "{ train: train.npz, test: test.npz } NumPy arrays x and y: numbers or pictures, any integer labels",
        source: "your own; docs/data.md",
    },
    Entry {
        word: "csv",
        about: "{ train: train.csv, test: test.csv, label: class } a table of numbers, a sample a row",
        source: "your own; docs/data.md",
    },
    Entry {
        word: "folders",
        about: "{ train: train, test: test } PNG pictures in a folder for each class",
        source: "your own; docs/data.md",
    },
];

/// A data set, as a scenario names it.
///
/// The sets that come from files look for them in `dir`, else in `$SIGNSIM_DATA/<name of the set>`, and use only
/// the first `train` and `test` samples of their files where these are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DataSpec {
    /// Procedural handwritten digits: 28 x 28 greyscale, ten classes, built in, drawn from the run's seed.
    ///
    /// A sample is a function of the seed and its number, so a larger set extends a smaller one. With the defaults
    /// logistic regression reaches about 84 % of the test set, an MLP with 128 hidden units 95 %, a small
    /// convolutional network 98 %.
    Digits {
        /// Number of training samples.
        #[serde(default = "default_train")]
        train: usize,
        /// Number of test samples; none of them is a training sample.
        #[serde(default = "default_test")]
        test: usize,
        /// How far handwriting strays from the copybook, 0 to 2: scales shift, turn, slant, stretch and wobble.
        /// At 0.5 a linear classifier is nearly perfect; at 2 a person cannot read every digit any more.
        #[serde(default = "default_distortion")]
        distortion: f64,
        /// Standard deviation of the pixel noise, 0 to 1 where 1 is the step from black to white.
        #[serde(default = "default_noise")]
        noise: f64,
    },
    /// Procedural figures in colour: 32 x 32, ten classes (five outlines, two textures each), built in, drawn from the run's
    /// seed as the digits are.
    Shapes {
        /// Number of training samples.
        #[serde(default = "default_train")]
        train: usize,
        /// Number of test samples; none of them is a training sample.
        #[serde(default = "default_test")]
        test: usize,
        /// Small discs behind the figure, 0 to 20.
        #[serde(default = "default_clutter")]
        clutter: u32,
        /// Standard deviation of the pixel noise, 0 to 1 where 1 is the step from black to white.
        #[serde(default = "default_grain")]
        noise: f64,
    },
    /// MNIST (LeCun, Cortes & Burges): 28 x 28 greyscale, 60,000 + 10,000 digits in four IDX files.
    Mnist(Files),
    /// Fashion-MNIST (Xiao, Rasul & Vollgraf 2017, 1708.07747): clothing in the layout of MNIST.
    FashionMnist(Files),
    /// EMNIST (Cohen, Afshar, Tapson & van Schaik 2017, 1702.05373): letters and digits in the layout of MNIST, transposed.
    Emnist(Box<Emnist>),
    /// CIFAR-10 (Krizhevsky 2009), binary version: 32 x 32 colour, 50,000 + 10,000 images of ten classes.
    ///
    /// `train: 10000` needs the first of the five training files only, and so on.
    Cifar10(Files),
    /// CIFAR-100, binary version: as CIFAR-10 with a hundred classes (fine labels) or twenty (coarse labels).
    Cifar100(Cifar100),
    /// Arrays of one's own.
    Arrays(Box<Arrays>),
    /// Tables of one's own.
    Csv(Box<Table>),
    /// Pictures of one's own.
    Folders(Box<Folders>),
}

fn default_train() -> usize {
    6000
}

fn default_test() -> usize {
    1000
}

fn default_distortion() -> f64 {
    1.0
}

fn default_noise() -> f64 {
    0.1
}

fn default_clutter() -> u32 {
    3
}

fn default_grain() -> f64 {
    0.05
}

impl DataSpec {
    /// Draws or reads the data set. `streams` matters to seeded sets only, and `helpers` help to draw.
    ///
    /// # Errors
    /// A scenario error for sizes out of range; an input error for files that are absent or not what they claim.
    pub fn load(&self, streams: Streams, helpers: &Helpers) -> Result<Dataset> {
        self.validate()?;
        match *self {
            Self::Digits { train, test, distortion, noise } => {
                let style = digits::HandStyle::new(distortion, noise)?;
                digits::load((train, test), &style, streams, helpers)
            }
            Self::Shapes { train, test, clutter, noise } => {
                shapes::load((train, test), shapes::Style::new(clutter, noise)?, streams, helpers)
            }
            _ => {
                if let Some((set, files)) = self.in_files() {
                    return set.load(files);
                }
                let (word, set) = self.own().expect("what is neither drawn nor published is one's own");
                own::load(set, streams).map_err(|e| e.key(word))
            }
        }
    }

    /// Opens the files of a set of one's own, which alone know its shape and its classes; nothing is done for other sets.
    ///
    /// # Errors
    /// A scenario error for files that are absent or not what they should be.
    pub fn look(&mut self) -> Result<()> {
        let word = self.own().map_or("", |(word, _)| word);
        let set: &mut dyn OwnSet = match self {
            Self::Arrays(set) => &mut **set,
            Self::Csv(set) => &mut **set,
            Self::Folders(set) => &mut **set,
            _ => return Ok(()),
        };
        own::look(set).map_err(|e| e.key(word))
    }

    /// The word and the set, where it is one's own.
    fn own(&self) -> Option<(&'static str, &dyn OwnSet)> {
        match self {
            Self::Arrays(set) => Some(("arrays", &**set)),
            Self::Csv(set) => Some(("csv", &**set)),
            Self::Folders(set) => Some(("folders", &**set)),
            _ => None,
        }
    }

    /// What is known of a set of one's own; nothing before its files were looked at.
    fn facts(&self) -> Option<&Facts> {
        self.own()?.1.facts().map(|facts| &**facts)
    }

    /// Whether it is a set of one's own, of which nobody has published anything.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own().is_some()
    }

    /// Whether the order of axes that the scenario may name says anything of these files.
    #[must_use]
    pub fn has_axes(&self) -> bool {
        self.facts().is_some_and(|facts| facts.has_axes)
    }

    /// The same without where its files lie: what they hold is what matters.
    #[must_use]
    pub fn without_places(&self) -> Self {
        let mut set = self.clone();
        match &mut set {
            Self::Digits { .. } | Self::Shapes { .. } => {}
            Self::Mnist(files) | Self::FashionMnist(files) | Self::Cifar10(files) => files.dir = None,
            Self::Cifar100(set) => set.files.dir = None,
            Self::Emnist(set) => set.files.dir = None,
            Self::Arrays(set) => set.forget_places(),
            Self::Csv(set) => set.forget_places(),
            Self::Folders(set) => set.forget_places(),
        }
        set
    }

    /// Whether the files that loading would read are there, and can be what their headers claim; only headers are read.
    /// Gives what a reader of the results should know about them, a sentence each.
    ///
    /// # Errors
    /// A scenario error that says what is missing and where; an input error for a file that is longer or shorter than it
    /// claims, or that claims more than memory can hold.
    pub fn measure(&self) -> Result<Vec<String>> {
        match self.in_files() {
            Some((set, files)) => set.measure(files),
            None => Ok(self.facts().map(|facts| facts.remarks.clone()).unwrap_or_default()),
        }
    }

    /// The set that other people publish, and what the scenario says of its files; `None` for what is drawn or one's own.
    fn in_files(&self) -> Option<(InFiles, &Files)> {
        match self {
            Self::Mnist(files) => Some((InFiles::Idx(&idx::MNIST), files)),
            Self::FashionMnist(files) => Some((InFiles::Idx(&idx::FASHION_MNIST), files)),
            Self::Emnist(set) => Some((InFiles::Idx(set.layout()), &set.files)),
            Self::Cifar10(files) => Some((InFiles::Cifar(&cifar::CIFAR10), files)),
            Self::Cifar100(set) => Some((InFiles::Cifar(set.layout()), &set.files)),
            _ => None,
        }
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// A scenario error for sizes and looks out of range.
    pub fn validate(&self) -> Result<()> {
        let (train, test) = self.sizes();
        if train == 0 || test == 0 {
            return Err(Error::scenario("a data set needs at least one training and one test sample")
                .help("give `train` and `test` a positive number, or leave them out"));
        }
        if train.max(test) > u32::MAX as usize {
            return Err(Error::scenario("samples are numbered with 32 bits").help("ask for fewer samples"));
        }
        match *self {
            Self::Digits { distortion, noise, .. } => digits::HandStyle::new(distortion, noise).map(drop),
            Self::Shapes { clutter, noise, .. } => shapes::Style::new(clutter, noise).map(drop),
            _ => Ok(()),
        }
    }

    /// The shape of one sample; of a set of one's own that was not [looked at](DataSpec::look) there is none.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Shapes { .. } => shapes::SHAPE,
            _ if self.is_own() => self.facts().map_or(own::NO_SHAPE, |facts| facts.shape),
            _ => self.in_files().map_or(digits::SHAPE, |(set, _)| set.published().shape),
        }
    }

    /// Number of classes; 0 of a set of one's own that does not say it and was not [looked at](DataSpec::look).
    #[must_use]
    pub fn classes(&self) -> usize {
        match self {
            Self::Shapes { .. } => usize::from(shapes::CLASSES),
            _ if self.is_own() => self.own().and_then(|(_, set)| set.classes()).unwrap_or(0),
            _ => self.in_files().map_or(usize::from(digits::CLASSES), |(set, _)| set.published().classes),
        }
    }

    /// Number of training and of test samples. For files: as published, unless the scenario asks for fewer; of one's own, as
    /// they were when they were [looked at](DataSpec::look).
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        if let Self::Digits { train, test, .. } | Self::Shapes { train, test, .. } = self {
            return (*train, *test);
        }
        let Some((set, files)) = self.in_files() else {
            return self.facts().map_or((0, 0), |facts| (facts.sizes[0], facts.sizes[1]));
        };
        let set = set.published();
        (files.train.unwrap_or(set.train), files.test.unwrap_or(set.test))
    }

    /// The labels of the training samples, where they are known before the set is loaded.
    #[must_use]
    pub fn known_labels(&self) -> Option<Vec<Label>> {
        match self {
            Self::Digits { train, .. } => Some(drawn::labels(digits::CLASSES, *train).collect()),
            Self::Shapes { train, .. } => Some(drawn::labels(shapes::CLASSES, *train).collect()),
            _ => None,
        }
    }

    /// What the loaded set will occupy: one byte per pixel, or four, and two per label, of everything that its files hold.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        if let Some(facts) = self.facts() {
            return facts.memory_bytes();
        }
        let found = self.in_files().and_then(|(set, files)| set.sizes(files));
        let (train, test) = found.unwrap_or_else(|| self.sizes());
        (train as u64).saturating_add(test as u64).saturating_mul(self.shape().features() as u64 + 2)
    }

    /// Whether the samples depend on the run's seed: they are drawn, or which of them are held out for the test is.
    #[must_use]
    pub fn is_seeded(&self) -> bool {
        self.is_drawn() || self.facts().is_some_and(|facts| facts.share.is_some())
    }

    /// Whether it is a set that others have published as files.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.in_files().is_some()
    }

    /// Whether the samples are drawn, and no files are read.
    #[must_use]
    pub const fn is_drawn(&self) -> bool {
        matches!(self, Self::Digits { .. } | Self::Shapes { .. })
    }
}
