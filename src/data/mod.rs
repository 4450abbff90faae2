//! What the workers learn from, and who holds which part of it.
//!
//! A scenario names a data set ([`DataSpec`]) and a split ([`SplitSpec`]). Loading gives a [`Dataset`]: bytes as
//! they lie in the files or as they were drawn, with the constants that turn them into network inputs. Splitting
//! gives every worker a [`Shard`], a list of sample numbers; in every round the worker draws a mini-batch from it
//! with [`draw_batch`] or [`walk_batch`] and turns it into floats with [`Samples::gather`].
//!
//! Pixels stay `u8` in memory because a simulation has one copy of the data and many readers; a batch becomes
//! `f32` only where a gradient is about to be taken.

mod batch;
mod cifar;
mod contents;
mod digits;
mod files;
mod idx;
mod samples;
mod source;
mod spec;
mod split;

pub use batch::{Batches, draw_batch, walk_batch};
pub use files::Files;
pub use samples::{Dataset, Normalisation, Samples, Shape};
pub use source::SourceFile;
pub use spec::DataSpec;
pub use split::{Shard, SplitSpec};

use crate::catalogue::Entry;

/// Every data set, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "digits",
        about: "procedural handwriting, 28 x 28, ten classes, built in, drawn from the seed",
        source: "this project",
    },
    Entry { word: "mnist", about: "28 x 28 digits in four IDX files", source: "LeCun, Cortes & Burges 1998" },
    Entry {
        word: "fashion_mnist",
        about: "28 x 28 clothing in the layout of MNIST",
        source: "Xiao, Rasul & Vollgraf 2017, arXiv 1708.07747",
    },
    Entry {
        word: "cifar10",
        about: "32 x 32 colour, ten classes, binary version",
        source: "Krizhevsky 2009",
    },
    Entry {
        word: "cifar100",
        about: "32 x 32 colour, a hundred classes, binary version",
        source: "Krizhevsky 2009",
    },
];

/// Every split, for `signsim list`.
pub const SPLITS: &[Entry] = &[
    Entry {
        word: "iid",
        about: "shuffled, then dealt in equal parts",
        source: "McMahan et al. 2017, arXiv 1602.05629",
    },
    Entry {
        word: "replicated",
        about: "every worker holds the whole training set",
        source: "what the code behind arXiv 2402.01340 does",
    },
    Entry {
        word: "labels_per_worker",
        about: "every worker holds at most this many labels",
        source: "McMahan et al. 2017, arXiv 1602.05629",
    },
    Entry {
        word: "dirichlet",
        about: "shares of every label drawn from a Dirichlet law",
        source: "Yurochkin et al. 2019, arXiv 1905.12022",
    },
    Entry {
        word: "minority",
        about: "{ workers: 3, labels: 2 }: the last workers alone hold the last labels, and nothing else",
        source: "this project",
    },
];
