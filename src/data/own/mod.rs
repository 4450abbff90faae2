//! Data sets of one's own: what all of them have in common, whatever their files are.
//!
//! The shape of a sample and the classes are in the files and not in the scenario, so these are opened when a scenario is loaded
//! ([`Facts`]): a model has to be built for them. The samples themselves are read when a run needs them, as those of published
//! sets are; if the files have changed in between, that is an error.

pub(super) mod arrays;
pub(super) mod labels;

use std::sync::Arc;

use super::samples::{Dataset, MOST_CLASSES, Normalisation, Numbers, Samples, Shape};
use super::source::SourceFile;
use crate::error::{Error, Result};
use labels::LabelMap;

/// Of what was not looked at.
pub(super) const NO_SHAPE: Shape = Shape { channels: 0, height: 0, width: 0 };

/// What the files of a set turn out to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub shape: Shape,
    pub labels: LabelMap,
    /// Training and test samples.
    pub sizes: [usize; 2],
    /// Of one number in memory: 1 of bytes, 4 of others.
    pub bytes: usize,
    /// Whether the scenario's order of axes says anything.
    pub has_axes: bool,
    /// What a reader of the results should know of the files, a sentence each.
    pub remarks: Vec<String>,
}

impl Facts {
    /// Whether what a scenario says of the number of classes is so.
    pub(super) fn check(&self, classes: Option<usize>) -> Result<()> {
        let found = self.labels.classes();
        if let Some(written) = classes.filter(|written| *written != found) {
            return Err(Error::scenario(format!(
                "the training labels are {}: {found} classes, not {written}",
                self.labels.words()
            ))
            .key("classes")
            .help(format!("write classes: {found}, or leave it out")));
        }
        Ok(())
    }

    /// Bytes of the loaded set.
    pub(super) fn memory_bytes(&self) -> u64 {
        let sample = self.shape.features() as u64 * self.bytes as u64 + 2;
        self.sizes.iter().map(|samples| *samples as u64 * sample).sum()
    }
}

/// One part of a set, as read.
pub(super) struct Part {
    pub numbers: Numbers,
    /// By the order in which labels were seen.
    pub labels: labels::Labels,
    pub sources: Vec<SourceFile>,
}

/// The whole set of its parts, if it is still what it was when the scenario was loaded.
pub(super) fn assemble(
    [train, test]: [Part; 2],
    shape: Shape,
    known: Option<&Arc<Facts>>,
) -> Result<Dataset> {
    let map = train.labels.map();
    let classes = map.classes();
    let sizes = [train.labels.len(), test.labels.len()];
    if let Some(known) = known
        && (known.shape, &known.labels, known.sizes) != (shape, &map, sizes)
    {
        let message = "the files of the data have changed since the scenario was read".to_owned();
        return Err(Error::scenario(message).help("run the same command again"));
    }
    let sources = train.sources.into_iter().chain(test.sources).collect();
    let of = |numbers, labels: labels::Labels| -> Result<Samples> {
        Ok(Samples::of(numbers, labels.mapped(&map).map_err(Error::scenario)?, shape.features()))
    };
    let (train, test) = (of(train.numbers, train.labels)?, of(test.numbers, test.labels)?);
    // Nobody has published constants of this set: those that are asked for come from `Normalize`.
    let neutral = Normalisation::new(&vec![0.0; shape.channels], &vec![1.0; shape.channels]);
    Ok(Dataset { train, test, shape, classes, normalisation: neutral, sources })
}

/// A set needs two classes, and no more than labels can tell apart.
pub(super) fn check_classes(map: &LabelMap, of: &str) -> std::result::Result<(), String> {
    match map.classes() {
        0 | 1 => Err(format!("{of} holds the label {} alone; a set needs two classes or more", map.words())),
        n if n > MOST_CLASSES => Err(format!("{of} holds {n} different labels")),
        _ => Ok(()),
    }
}
