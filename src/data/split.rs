//! Who holds which training sample.
//!
//! A split is drawn once a run from its own random stream, so neither the model nor the method changes it. What
//! the splits differ in is *label skew*: how far the labels of one worker are from the labels of all.

use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Gamma, Open01};
use serde::{Deserialize, Serialize};

use super::samples::Label;
use crate::catalogue::Entry;
use crate::error::{Error, Result};
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
        about: "shares of every label drawn from a Dirichlet law",
        source: "Yurochkin et al. 2019, arXiv 1905.12022",
    },
    Entry {
        word: "minority",
        about: "{ workers: 3, labels: 2 }: the last workers alone hold the last labels, and nothing else",
        source: "this project",
    },
];

/// The numbers of the training samples a worker holds, in no particular order; never empty.
pub type Shard = Arc<[u32]>;

/// How the training set is dealt to the workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
        let shards = match *self {
            Self::Iid => deal((0..count(labels.len())).collect(), workers, &mut stream),
            Self::Replicated => vec![(0..count(labels.len())).collect(); workers],
            Self::LabelsPerWorker(limit) => {
                by_label(by_class(labels, classes, &mut stream), limit, workers, &mut stream)
            }
            Self::Dirichlet(concentration) => {
                dirichlet(by_class(labels, classes, &mut stream), concentration, workers, &mut stream)
            }
            Self::Minority { workers: few, labels: last } => {
                let (theirs, common) = (0..count(labels.len()))
                    .partition(|&i| usize::from(labels[i as usize]) >= classes - last);
                let mut shards = deal(common, workers - few, &mut stream);
                shards.extend(deal(theirs, few, &mut stream));
                shards
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
        matches!(self, Self::LabelsPerWorker(_) | Self::Dirichlet(_))
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
            Self::Iid if workers > samples => Err(self.empty(0, workers, samples)),
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
            Self::Dirichlet(concentration) if !(concentration.is_finite() && concentration > 0.0) => {
                Err(Error::scenario(format!(
                    "a Dirichlet concentration of {concentration} is not positive and finite"
                ))
                .key("dirichlet")
                .help("write a positive number: 0.1 is strongly skewed, 100 is nearly iid"))
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
            Self::Iid | Self::Replicated | Self::Minority { .. } => {
                "use fewer workers or more training samples"
            }
            Self::LabelsPerWorker(_) => "use fewer workers, more training samples, or more labels per worker",
            Self::Dirichlet(_) => "use a larger concentration, fewer workers, or another seed",
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

/// The `k`-th of `parts` nearly equal parts of `0..len`.
fn part(len: usize, k: usize, parts: usize) -> std::ops::Range<usize> {
    let cut = |k: usize| (len as u128 * k as u128 / parts as u128) as usize;
    cut(k)..cut(k + 1)
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

fn dirichlet(groups: Vec<Vec<u32>>, concentration: f64, workers: usize, stream: &mut Stream) -> Vec<Shard> {
    let mut shards = vec![Vec::new(); workers];
    for group in &groups {
        let shares = dirichlet_shares(concentration, workers, stream);
        let (mut sum, mut start) = (0.0, 0);
        for (worker, (shard, share)) in shards.iter_mut().zip(shares).enumerate() {
            sum += share;
            // The shares sum to one only up to rounding; the last worker takes what is left.
            let end =
                if worker + 1 == workers { group.len() } else { (sum * group.len() as f64).round() as usize };
            let end = end.clamp(start, group.len());
            shard.extend_from_slice(&group[start..end]);
            start = end;
        }
    }
    shards.into_iter().map(Shard::from).collect()
}

/// One draw from the symmetric Dirichlet distribution: gamma variates divided by their sum.
///
/// The variates are drawn as logarithms, ln G(a) = ln G(a + 1) + ln(U) / a (Marsaglia & Tsang 2000, section 6),
/// because at a concentration of 0.001 most of them are smaller than the smallest positive number.
fn dirichlet_shares(concentration: f64, workers: usize, stream: &mut Stream) -> Vec<f64> {
    let gamma = Gamma::new(concentration + 1.0, 1.0).expect("the concentration was checked");
    let logs: Vec<f64> = (0..workers)
        .map(|_| {
            let uniform: f64 = stream.sample(Open01);
            gamma.sample(stream).ln() + uniform.ln() / concentration
        })
        .collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}
