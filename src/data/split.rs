//! Who holds which training sample.
//!
//! A split is drawn once a run from its own random stream, so neither the model nor the method changes it. What
//! the splits differ in is *label skew*: how far the labels of one worker are from the labels of all.

use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::samples::Label;
use super::skew::{by_label_shares, by_shares, part, partly_sorted};
use super::split_file::SplitFile;
use crate::catalogue::Entry;
use crate::error::{Error, Named, Result};
use crate::random::{Purpose, Stream, Streams};
use crate::time::Round;

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
        about: "shares of every label drawn from a Dirichlet law over workers",
        source: "Yurochkin et al. 2019, arXiv 1905.12022",
    },
    Entry {
        word: "dirichlet_labels",
        about: "equal parts, labels of every worker drawn from a Dirichlet law over labels",
        source: "Hsu, Qi & Brown 2019, arXiv 1909.06335",
    },
    Entry {
        word: "quantity_skew",
        about: "labels alike, amounts drawn from a Dirichlet law over workers",
        source: "Li et al. 2022, arXiv 2102.02079",
    },
    Entry {
        word: "gamma_similarity",
        about: "this share dealt at random, the others sorted by label and cut",
        source: "Karimireddy et al. 2020, arXiv 1910.06378; ByzFL",
    },
    Entry {
        word: "minority",
        about: "{ workers: 3, labels: 2 }: the last workers alone hold the last labels, and nothing else",
        source: "this project",
    },
    Entry {
        word: "file",
        about: "split.npy or split.csv: the number of a worker for every sample, -1 for nobody",
        source: "your own",
    },
];

/// The numbers of the training samples a worker holds, in no particular order; never empty.
pub type Shard = Arc<[u32]>;

/// How the training set is dealt to the workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitSpec {
    /// Shuffled and cut into parts whose sizes differ by at most one.
    Iid,
    /// Every worker holds the whole set, as in the published experiments of signSGD-FD.
    Replicated,
    /// Each worker holds at most this many labels.
    ///
    /// Worker after worker receives that many *different* labels, always the ones with the fewest holders so far
    /// (a random choice among equals), so that the numbers of holders differ by at most one. The samples of a
    /// label are then shuffled and cut among its holders into parts whose sizes differ by at most one. Samples of
    /// a label that nobody holds stay unused, which happens only when workers times labels per worker is below
    /// the number of labels in the set.
    ///
    /// McMahan et al. (2017, 1602.05629) cut the set sorted by label into equal runs instead and deal those; a
    /// run may straddle two labels there, so the limit on labels does not hold exactly.
    LabelsPerWorker(usize),
    /// The samples of each label are dealt in shares drawn from a symmetric Dirichlet distribution over workers.
    ///
    /// A small concentration puts a label into few hands, a large one approaches equal shares. Workers end up
    /// with different amounts of data. This is the partition of Yurochkin et al. (2019, 1905.12022); Hsu et al.
    /// (2019, 1909.06335) draw the same skew the other way round, a distribution over labels for each worker.
    Dirichlet(f64),
    /// Parts of nearly equal size. The labels of each worker are drawn from a distribution of its own, which is drawn
    /// from a Dirichlet distribution over labels: the shares of the labels in the set, times this concentration (Hsu,
    /// Qi & Brown 2019, 1909.06335, section 3). At 0 every worker would have one label, at infinity the shares of the
    /// set.
    ///
    /// Samples are dealt without replacement, worker after worker: what a worker wants of a label that is used up comes from its
    /// other labels, so the last ones have less of a choice.
    DirichletLabels(f64),
    /// Every worker has samples of all labels alike, and amounts drawn from a symmetric Dirichlet distribution with this
    /// concentration (Li et al. 2022, 2102.02079, quantity skew).
    QuantitySkew(f64),
    /// This share of the samples is dealt in equal parts as `iid` does; the others are sorted by label and cut into equal runs
    /// (Karimireddy et al. 2020, 1910.06378, section 7; ByzFL's `gamma_similarity_niid`). 1 is iid, 0 sorted.
    GammaSimilarity(f64),
    /// The last `workers` workers hold the last `labels` classes and nothing else; nobody else holds these. The samples of
    /// either group are shuffled and dealt to its workers in parts whose sizes differ by at most one.
    ///
    /// Corrupted workers are the first, so this is an honest minority that alone knows a part of the truth.
    Minority {
        /// How many workers, counted from the last one down; fewer than M.
        workers: usize,
        /// How many classes, counted from the last one down; fewer than C.
        labels: usize,
    },
    /// As a file says it.
    File(Box<SplitFile>),
}

impl SplitSpec {
    /// Deals the samples with these labels to `workers` workers; shard `m` belongs to worker `m`.
    ///
    /// # Errors
    /// A scenario error for a parameter out of range and for a worker that would be left without a sample.
    ///
    /// # Panics
    /// When a label is not below `classes`.
    pub fn split(
        &self,
        labels: &[Label],
        classes: usize,
        workers: usize,
        streams: Streams,
    ) -> Result<Vec<Shard>> {
        self.check(classes)?;
        self.fits(workers, labels.len())?;
        if workers == 0 {
            return Err(Error::scenario("there is no worker to hold the training set"));
        }
        let mut stream = streams.stream(Purpose::Split, 0, Round(0));
        let shared = |shards: Vec<Vec<u32>>| shards.into_iter().map(Shard::from).collect();
        let shards: Vec<Shard> = match *self {
            Self::Iid => deal((0..count(labels.len())).collect(), workers, &mut stream),
            Self::Replicated => vec![(0..count(labels.len())).collect(); workers],
            Self::LabelsPerWorker(limit) => {
                by_label(by_class(labels, classes, &mut stream), limit, workers, &mut stream)
            }
            Self::Dirichlet(concentration) => {
                let groups = by_class(labels, classes, &mut stream);
                shared(by_shares(&groups, concentration, workers, &mut stream))
            }
            Self::DirichletLabels(concentration) => {
                let groups = by_class(labels, classes, &mut stream);
                shared(by_label_shares(groups, concentration, workers, &mut stream))
            }
            Self::QuantitySkew(concentration) => {
                let mut order: Vec<u32> = (0..count(labels.len())).collect();
                order.shuffle(&mut stream);
                shared(by_shares(&[order], concentration, workers, &mut stream))
            }
            Self::GammaSimilarity(share) => shared(partly_sorted(labels, share, workers, &mut stream)),
            Self::Minority { workers: few, labels: last } => {
                let (theirs, common) = (0..count(labels.len()))
                    .partition(|&i| usize::from(labels[i as usize]) >= classes - last);
                let mut shards = deal(common, workers - few, &mut stream);
                shards.extend(deal(theirs, few, &mut stream));
                shards
            }
            Self::File(ref file) => {
                let mut shards = vec![Vec::new(); workers];
                for (sample, holder) in (0..count(labels.len())).zip(file.holders()) {
                    holder.iter().for_each(|worker| shards[*worker as usize].push(sample));
                }
                shared(shards)
            }
        };
        match shards.iter().position(|shard| shard.is_empty()) {
            None => Ok(shards),
            Some(worker) => Err(self.empty(worker, workers, labels.len())),
        }
    }

    /// Whether [`SplitSpec::split`] succeeds; nothing is dealt where the number of samples says so.
    ///
    /// # Errors
    /// Those of [`SplitSpec::split`].
    ///
    /// # Panics
    /// When a label is not below `classes`.
    pub fn verify(&self, labels: &[Label], classes: usize, workers: usize, streams: Streams) -> Result<()> {
        match self {
            Self::Iid | Self::Replicated => {
                self.check(classes)?;
                self.fits(workers, labels.len())
            }
            _ => self.split(labels, classes, workers, streams).map(drop),
        }
    }

    /// Whether the seed may decide if a worker is left without a sample.
    #[must_use]
    pub const fn is_left_to_chance(&self) -> bool {
        matches!(self, Self::LabelsPerWorker(_) | Self::Dirichlet(_) | Self::QuantitySkew(_))
    }

    /// The same for these samples alone, in their order: what a file says of others is left out.
    pub(super) fn among(&self, samples: &[u32]) -> Self {
        if let Self::File(file) = self { Self::File(Box::new(file.among(samples))) } else { self.clone() }
    }

    /// Whether so many samples may be enough for so many workers, before it is known which label each has.
    ///
    /// # Errors
    /// A scenario error that says who would be left without a sample.
    pub fn fits(&self, workers: usize, samples: usize) -> Result<()> {
        match *self {
            Self::Minority { workers: few, .. } if few >= workers => Err(Error::scenario(format!(
                "{few} of {workers} workers are no minority with others beside it"
            ))
            .key("minority.workers")
            .help(match workers {
                1 => "write split: iid, or use at least two workers".to_owned(),
                _ => format!("write a number of workers from 1 to {}", workers - 1),
            })),
            Self::Iid | Self::DirichletLabels(_) | Self::GammaSimilarity(_) if workers > samples => {
                Err(self.empty(0, workers, samples))
            }
            Self::File(ref file) if file.holders().len() != samples => Err(Error::scenario(format!(
                "{} has the workers of {} samples, and {samples} are to be dealt",
                file.file.named(),
                file.holders().len()
            ))
            .key("file")
            .help("write a number for every training sample, -1 for one that nobody holds")),
            Self::File(ref file) => match file.holders().iter().flatten().find(|m| **m as usize >= workers) {
                Some(worker) => Err(Error::scenario(format!(
                    "{} names worker {worker}, and there are {workers}, counted from 0",
                    file.file.named()
                ))
                .key("file")
                .help("use more workers, or write -1 for samples that nobody holds")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Whether the parameter of the split makes sense for a set with this many classes.
    ///
    /// # Errors
    /// A scenario error that says what is allowed.
    pub fn check(&self, classes: usize) -> Result<()> {
        match *self {
            Self::LabelsPerWorker(limit) if !(1..=classes).contains(&limit) => {
                Err(Error::scenario(format!("a worker cannot hold {limit} labels of {classes}"))
                    .key("labels_per_worker")
                    .help(format!("write a number from 1 to {classes}")))
            }
            Self::Dirichlet(concentration)
            | Self::DirichletLabels(concentration)
            | Self::QuantitySkew(concentration)
                if !(concentration.is_finite() && concentration > 0.0) =>
            {
                Err(Error::scenario(format!(
                    "a Dirichlet concentration of {concentration} is not positive and finite"
                ))
                .key(match self {
                    Self::Dirichlet(_) => "dirichlet",
                    Self::DirichletLabels(_) => "dirichlet_labels",
                    _ => "quantity_skew",
                })
                .help("write a positive number: 0.1 is strongly skewed, 100 is nearly iid"))
            }
            Self::GammaSimilarity(share) if !(0.0..=1.0).contains(&share) => {
                Err(Error::scenario(format!("a share of {share} of the samples cannot be dealt at random"))
                    .key("gamma_similarity")
                    .help("write a number from 0, sorted by label, to 1, iid"))
            }
            Self::Minority { workers: 0, .. } => {
                Err(Error::scenario("a minority of no workers is the split iid")
                    .key("minority.workers")
                    .help("write split: iid, or at least one worker"))
            }
            Self::Minority { labels, .. } if !(1..classes).contains(&labels) => Err(Error::scenario(
                format!("a minority cannot hold {labels} labels of {classes} for itself"),
            )
            .key("minority.labels")
            .help(format!("write a number of labels from 1 to {}", classes.saturating_sub(1)))),
            _ => Ok(()),
        }
    }

    fn empty(&self, worker: usize, workers: usize, samples: usize) -> Error {
        let help = match self {
            Self::Iid
            | Self::Replicated
            | Self::Minority { .. }
            | Self::DirichletLabels(_)
            | Self::GammaSimilarity(_) => "use fewer workers or more training samples",
            Self::LabelsPerWorker(_) => "use fewer workers, more training samples, or more labels per worker",
            Self::File(_) => "let the file give every worker a sample, or use fewer workers",
            Self::Dirichlet(_) | Self::QuantitySkew(_) => {
                "use a larger concentration, fewer workers, or another seed"
            }
        };
        Error::scenario(format!(
            "worker {worker} of {workers} (counted from 0) is left without any of the {samples} training samples"
        ))
        .help(help)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("samples are numbered with 32 bits")
}

/// Shuffled and cut into nearly equal parts.
fn deal(mut order: Vec<u32>, workers: usize, stream: &mut Stream) -> Vec<Shard> {
    order.shuffle(stream);
    (0..workers).map(|worker| order[part(order.len(), worker, workers)].into()).collect()
}

/// The sample numbers of each class, shuffled.
fn by_class(labels: &[Label], classes: usize, stream: &mut Stream) -> Vec<Vec<u32>> {
    let mut groups = vec![Vec::new(); classes];
    for (index, &label) in (0..count(labels.len())).zip(labels) {
        groups[usize::from(label)].push(index);
    }
    for group in &mut groups {
        group.shuffle(stream);
    }
    groups
}

fn by_label(groups: Vec<Vec<u32>>, limit: usize, workers: usize, stream: &mut Stream) -> Vec<Shard> {
    // A prefix of a set may lack a label altogether; nobody is given that one to hold.
    let groups: Vec<_> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for worker in 0..workers {
        let mut order: Vec<(usize, u32, usize)> =
            holders.iter().enumerate().map(|(label, held)| (held.len(), stream.random(), label)).collect();
        order.sort_unstable();
        for (_, _, label) in order.into_iter().take(limit) {
            holders[label].push(worker);
        }
    }
    let mut shards = vec![Vec::new(); workers];
    for (group, holders) in groups.iter().zip(&holders) {
        for (k, &worker) in holders.iter().enumerate() {
            shards[worker].extend_from_slice(&group[part(group.len(), k, holders.len())]);
        }
    }
    shards.into_iter().map(Shard::from).collect()
}
