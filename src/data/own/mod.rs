//! Data sets of one's own: what all of them have in common, whatever their files are.
//!
//! The shape of a sample and the classes are in the files and not in the scenario, so these are opened when a scenario is loaded
//! ([`Facts`]): a model has to be built for them. The samples themselves are read when a run needs them, as those of published
//! sets are; if the files have changed in between, that is an error.
//!
//! Where there are no test samples, a share of all is held out for them, drawn by the seed of the run and by nothing else.

/// What a set answers from fields that every kind has under the same names. They stand in each kind, and not in one struct within
/// it, so that an error in a scenario still finds the place of its key.
macro_rules! answers_of_fields {
    () => {
        fn share(&self) -> Option<f64> {
            self.test_share
        }

        fn classes(&self) -> Option<usize> {
            self.classes
        }

        fn facts(&self) -> Option<&Arc<Facts>> {
            self.facts.as_ref()
        }

        fn know(&mut self, facts: Facts) {
            self.classes = Some(facts.labels.classes());
            self.facts = Some(Arc::new(facts));
        }

        fn has_test(&self) -> bool {
            self.test.is_some()
        }
    };
}

pub(super) mod arrays;
pub(super) mod folders;
pub(super) mod labels;
pub(super) mod table;

use std::io;
use std::sync::Arc;

use super::held_out;
use super::samples::{Dataset, Label, Normalisation, Numbers, Samples, Shape};
use super::source::SourceFile;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::random::{Purpose, Streams};
use crate::time::Round;
use labels::{LabelMap, Labels};

/// Of what was not looked at.
pub(super) const NO_SHAPE: Shape = Shape { channels: 0, height: 0, width: 0 };

/// What the files of a set turn out to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub shape: Shape,
    pub labels: LabelMap,
    /// Training and test samples.
    pub sizes: [usize; 2],
    /// Of one number in memory: 1 of bytes, 4 of others.
    pub bytes: usize,
    /// Whether the scenario's order of axes says anything.
    pub has_axes: bool,
    /// The share of the samples that is held out for the test.
    pub share: Option<f64>,
    /// What a reader of the results should know of the files, a sentence each.
    pub remarks: Vec<String>,
}

impl Facts {
    /// Bytes of the loaded set; of one that is parted while it is loaded twice as many.
    pub(super) fn memory_bytes(&self) -> u64 {
        let sample = self.shape.features() as u64 * self.bytes as u64 + 2;
        let once: u64 = self.sizes.iter().map(|samples| *samples as u64 * sample).sum();
        if self.share.is_some() { 2 * once } else { once }
    }
}

/// One part of a set when its files are opened.
pub(super) struct Found {
    pub labels: Labels,
    /// What two parts of a set must have in common, and how it is called: type and shape of a sample.
    pub kind: String,
    pub shape: Shape,
    pub bytes: usize,
    pub has_axes: bool,
    pub remarks: Vec<String>,
}

/// One part of a set, as read.
pub(super) struct Part {
    pub numbers: Numbers,
    pub shape: Shape,
    pub labels: Labels,
    pub sources: Vec<SourceFile>,
}

/// The two parts that a set has or may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Train,
    Test,
}

impl Which {
    const fn key(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// A kind of set.
pub(super) trait OwnSet {
    /// The share of the training files that is held out for the test, where there are no test files.
    fn share(&self) -> Option<f64>;
    /// The number of classes, as written or as found.
    fn classes(&self) -> Option<usize>;
    /// None before the files were looked at.
    fn facts(&self) -> Option<&Arc<Facts>>;
    /// Takes in what was found, the number of classes with it.
    fn know(&mut self, facts: Facts);
    /// Whether there are files of test samples.
    fn has_test(&self) -> bool;
    /// Opens the files of a part, which is there.
    fn open(&self, which: Which) -> io::Result<Found>;
    /// Reads a part.
    fn read(&self, which: Which) -> io::Result<Part>;
    /// The labels of a part, as a message calls them.
    fn shown(&self, which: Which) -> String;
    /// Forgets where the files lie.
    fn forget_places(&mut self);
}

/// An error about the files of a part.
fn refused(which: Which, why: &io::Error) -> Error {
    if interrupt::asked() {
        return Error::Interrupted;
    }
    Error::scenario(why.to_string()).key(which.key())
}

/// Whether there are test samples, one way or the other.
fn check_test(set: &dyn OwnSet) -> Result<()> {
    let help =
        "write the files of test samples under `test`, or test_share: 0.1 to hold out a tenth of the others";
    match (set.has_test(), set.share()) {
        (true, None) => Ok(()),
        (true, Some(_)) => {
            let message = "`test_share` holds out training samples, and there are test samples already";
            Err(Error::scenario(message).key("test_share").help("leave one of the two away"))
        }
        (false, Some(share)) if share > 0.0 && share < 1.0 => Ok(()),
        (false, Some(share)) => {
            let message = format!("a share of {share} of the samples cannot be held out for the test");
            Err(Error::scenario(message)
                .key("test_share")
                .help("write a number between 0 and 1, for example test_share: 0.1"))
        }
        (false, None) => {
            Err(Error::scenario("a data set needs test samples, and nothing says which they are").help(help))
        }
    }
}

/// Opens the files of a set: what they hold is read as far as shape and classes need it.
pub(super) fn look(set: &mut dyn OwnSet) -> Result<()> {
    check_test(set)?;
    let train = set.open(Which::Train).map_err(|why| refused(Which::Train, &why))?;
    let labels = train.labels.map();
    if labels.classes() < 2 {
        let (shown, label) = (set.shown(Which::Train), labels.words());
        let message = format!("{shown} holds the label {label} alone; a set needs two classes or more");
        return Err(Error::scenario(message).key(Which::Train.key()));
    }
    let sizes = match set.share() {
        None => [train.labels.len(), open_test(set, &train, &labels)?],
        Some(share) => {
            let held = held_out(train.labels.len(), share);
            [train.labels.len() - held, held]
        }
    };
    if let Some(written) = set.classes().filter(|written| *written != labels.classes()) {
        let found = labels.classes();
        let message = format!("the training labels are {}: {found} classes, not {written}", labels.words());
        let help = format!("write classes: {found}, or leave it out");
        return Err(Error::scenario(message).key("classes").help(help));
    }
    set.know(Facts {
        shape: train.shape,
        sizes,
        bytes: train.bytes,
        has_axes: train.has_axes,
        share: set.share(),
        remarks: train.remarks.into_iter().chain(labels.remark()).collect(),
        labels,
    });
    Ok(())
}

/// Opens the files of test samples, which must be like those of training; gives their number.
fn open_test(set: &dyn OwnSet, train: &Found, labels: &LabelMap) -> Result<usize> {
    let test = set.open(Which::Test).map_err(|why| refused(Which::Test, &why))?;
    let error = |message: String| Error::scenario(message).key(Which::Test.key());
    if train.kind != test.kind {
        let (train, test) = (&train.kind, &test.kind);
        let message = format!("training samples are {train} each and test samples {test}; save both alike");
        return Err(error(message));
    }
    let checked = test.labels.check(labels);
    checked.map_err(|why| error(format!("{}: {why}", set.shown(Which::Test))))?;
    Ok(test.labels.len())
}

/// So many of the samples are held out: at least one, and not the last.
fn held_out(samples: usize, share: f64) -> usize {
    ((samples as f64 * share).round() as usize).clamp(1, samples.saturating_sub(1).max(1))
}

/// Reads the whole set, if it is still what it was when it was looked at.
pub(super) fn load(set: &dyn OwnSet, streams: Streams) -> Result<Dataset> {
    check_test(set)?;
    let read = |which| set.read(which).map_err(|why| refused(which, &why));
    let mut train = read(Which::Train)?;
    let test = if set.has_test() { Some(read(Which::Test)?) } else { None };
    let (map, shape, mut sources) = (train.labels.map(), train.shape, std::mem::take(&mut train.sources));
    let classes = map.classes();
    let (train, test) = match test {
        Some(mut test) => {
            if test.shape != shape {
                let message = "training and test samples have different shapes";
                return Err(Error::scenario(message).key(Which::Test.key()));
            }
            sources.append(&mut test.sources);
            (samples(train, &map)?, samples(test, &map)?)
        }
        None => {
            let share = set.share().expect("it was checked");
            let all = samples(train, &map)?;
            parted(&all, held_out(all.len(), share), streams)
        }
    };
    let known = set.facts().map(|facts| (facts.shape, &facts.labels, facts.sizes));
    if known.is_some_and(|known| known != (shape, &map, [train.len(), test.len()])) {
        let message = "the files of the data have changed since the scenario was read";
        return Err(Error::scenario(message).help("run the same command again"));
    }
    // Nobody has published constants of this set: those that are asked for come from `Normalize`.
    let normalisation = Normalisation::new(&vec![0.0; shape.channels], &vec![1.0; shape.channels]);
    Ok(Dataset { train, test, shape, classes, normalisation, sources })
}

fn samples(part: Part, map: &LabelMap) -> Result<Samples> {
    let labels = part.labels.mapped(map).map_err(Error::scenario)?;
    Ok(Samples::of(part.numbers, labels, part.shape.features()))
}

/// All samples but `held` of them, and these; either in the order of the files.
fn parted(all: &Samples, held: usize, streams: Streams) -> (Samples, Samples) {
    let mut stream = streams.stream(Purpose::HoldOut, 0, Round(0));
    let (held, rest) = held_out::parted(all.len(), held.min(all.len()), &mut stream);
    let part = |chosen: Vec<u32>| {
        let chosen: Vec<usize> = chosen.into_iter().map(|sample| sample as usize).collect();
        let labels: Vec<Label> = chosen.iter().map(|&i| all.labels()[i]).collect();
        let features = all.range(0).len();
        let numbers = match all.numbers() {
            Numbers::Bytes(bytes) => {
                Numbers::Bytes(chosen.iter().flat_map(|&i| &bytes[all.range(i)]).copied().collect())
            }
            Numbers::Floats(floats) => {
                Numbers::Floats(chosen.iter().flat_map(|&i| &floats[all.range(i)]).copied().collect())
            }
        };
        Samples::of(numbers, labels, features)
    };
    (part(rest), part(held))
}
