//! The sets that other people publish as files, whatever the layout of these.

use super::emnist::Emnist;
use super::files::{Files, Published};
use super::samples::Dataset;
use super::{cifar, idx};
use crate::error::Result;

/// A published set by its layout.
#[derive(Clone, Copy)]
pub(super) enum InFiles {
    Idx(&'static idx::Layout),
    Cifar(&'static cifar::Layout),
}

impl InFiles {
    /// The set as it is published.
    pub(super) const fn published(self) -> &'static Published {
        match self {
            Self::Idx(layout) => &layout.set,
            Self::Cifar(layout) => &layout.set,
        }
    }

    /// Reads the set.
    pub(super) fn load(self, files: &Files) -> Result<Dataset> {
        match self {
            Self::Idx(layout) => idx::load(layout, files),
            Self::Cifar(layout) => cifar::load(layout, files),
        }
    }

    /// Whether the files that loading would read are there and can be what they claim; gives remarks about them.
    pub(super) fn measure(self, files: &Files) -> Result<Vec<String>> {
        match self {
            Self::Idx(layout) => idx::measure(layout, files),
            Self::Cifar(layout) => cifar::measure(layout, files),
        }
    }

    /// How many training and test images the files say they hold; `None` where they cannot be asked.
    pub(super) fn sizes(self, files: &Files) -> Option<(usize, usize)> {
        match self {
            Self::Idx(layout) => idx::sizes(layout, files),
            Self::Cifar(_) => None,
        }
    }
}

/// The folder of a published set under `$SIGNSIM_DATA`, by the set's word.
#[must_use]
pub fn folder_of(word: &str) -> Option<&'static str> {
    let sets = [
        &idx::MNIST.set,
        &idx::FASHION_MNIST.set,
        &Emnist::default().layout().set,
        &cifar::CIFAR10.set,
        &cifar::CIFAR100.set,
    ];
    sets.into_iter().find(|set| set.word == word).map(|set| set.folder)
}
