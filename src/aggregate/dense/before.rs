//! What may stand before a rule: vectors are mixed with others first, or cut to a length.

use serde::{Deserialize, Serialize};

use super::arc::{arc_factors, scaled};
use super::bucketing::buckets;
use super::groups::{self, VectorGroup};
use super::neighbors::neighborhoods;
use super::number::tolerated;
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Stream;
use crate::units::Count;

/// Every pre-aggregation, for `signsim list`.
pub const BEFORE: &[Entry] = &[
    Entry {
        word: "nearest_neighbor_mixing",
        about: "every vector replaced by the mean of the n - f nearest to it",
        source: "Allouah et al. 2023, arXiv 2302.01772",
    },
    Entry {
        word: "bucketing",
        about: "shuffled vectors replaced by the means of buckets of `size` (2)",
        source: "Karimireddy et al. 2022, arXiv 2006.09365",
    },
    Entry {
        word: "arc",
        about: "the 2 f (n - f) / n longest vectors cut to the length of the next one",
        source: "Allouah et al. 2024, arXiv 2405.14432",
    },
];

/// The pre-aggregations a scenario can ask for; several are applied in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Before {
    /// NNM (Allouah et al. 2023, arXiv 2302.01772).
    NearestNeighborMixing {
        /// f; `null` is the scenario's number of adversaries.
        #[serde(default)]
        byzantine: Option<Count>,
    },
    /// s-bucketing (Karimireddy et al. 2022, arXiv 2006.09365).
    Bucketing {
        /// s, vectors in a bucket.
        #[serde(default = "default_size")]
        size: u32,
    },
    /// Adaptive robust clipping (Allouah et al. 2024, arXiv 2405.14432).
    Arc {
        /// f; `null` is the scenario's number of adversaries.
        #[serde(default)]
        byzantine: Option<Count>,
    },
}

/// The size that Karimireddy et al. recommend.
const fn default_size() -> u32 {
    2
}

/// A pre-aggregation with its numbers worked out.
#[derive(Debug, Clone, Copy)]
pub enum Mixing {
    NearestNeighbors { byzantine: usize },
    Buckets { size: usize },
    Clipped { byzantine: usize },
}

impl Before {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NearestNeighborMixing { .. } => "nearest_neighbor_mixing",
            Self::Bucketing { .. } => "bucketing",
            Self::Arc { .. } => "arc",
        }
    }

    /// The numbers for M = `workers` when `n` vectors come in, and how many go out.
    pub fn resolve(&self, n: u32, workers: u32, declared: u32) -> Result<(Mixing, u32)> {
        let minority = |byzantine: &Option<Count>| {
            let most = n.saturating_sub(1) / 2;
            tolerated("byzantine", byzantine.as_ref(), (n, "2f < n", Some(most)), workers, declared)
        };
        let resolved = match self {
            Self::NearestNeighborMixing { byzantine } => {
                minority(byzantine).map(|byzantine| (Mixing::NearestNeighbors { byzantine }, n))
            }
            Self::Arc { byzantine } => {
                minority(byzantine).map(|byzantine| (Mixing::Clipped { byzantine }, n))
            }
            Self::Bucketing { size } if *size == 0 || *size > n => {
                let message = format!("buckets of {size} out of {n} vectors");
                Err(Error::scenario(message).key("size").help(format!("write a number from 1 to {n}")))
            }
            Self::Bucketing { size } => Ok((Mixing::Buckets { size: *size as usize }, n.div_ceil(*size))),
        };
        resolved.map_err(|e| e.key(self.word()))
    }
}

/// How to have at least `least` vectors after `before`, of M = `workers`: what is to be written instead.
pub(crate) fn room(before: &[Before], workers: u32, least: u32) -> String {
    let sizes = |step: &Before| match step {
        Before::Bucketing { size } => Some(*size),
        Before::NearestNeighborMixing { .. } | Before::Arc { .. } => None,
    };
    // With the other steps as they are, the largest buckets of this one that leave enough.
    let left = |place: usize, size: u32| {
        let steps = before.iter().enumerate();
        let sizes = steps.filter_map(|(i, step)| sizes(step).map(|own| if i == place { size } else { own }));
        sizes.fold(workers, |n, size| n.div_ceil(size.max(1)))
    };
    let smaller = |place: usize| {
        let size = (1..sizes(&before[place])?).rev().find(|size| left(place, *size) >= least)?;
        Some(format!("write size: {size} at most in before.[{place}].bucketing"))
    };
    (0..before.len()).rev().find_map(smaller).unwrap_or_else(|| match workers < least {
        true => format!("let at least {least} workers vote in a round"),
        false => format!("leave bucketing away: the rule needs at least {least} vectors"),
    })
}

/// What became of each vector.
pub enum Mixed {
    /// The vectors of each group were replaced by their mean.
    Groups(Vec<VectorGroup>),
    /// Each was multiplied by a factor.
    Factors(Vec<f64>),
}

impl Mixing {
    /// What the rule is given instead of what the workers sent, and how the one comes from the other.
    pub fn apply(self, vectors: &[&[f32]], stream: &mut Stream) -> (Vec<Vec<f32>>, Mixed) {
        let groups = match self {
            Self::NearestNeighbors { byzantine } => neighborhoods(vectors, byzantine),
            Self::Buckets { size } => buckets(vectors.len(), size, stream),
            Self::Clipped { byzantine } => {
                let factors = arc_factors(vectors, byzantine);
                return (scaled(vectors, &factors), Mixed::Factors(factors));
            }
        };
        (groups::means(vectors, &groups), Mixed::Groups(groups))
    }
}

impl Mixed {
    /// The weight of each of `n` vectors when what became of them counts with `weights`.
    pub fn share(&self, n: usize, weights: &[f64]) -> Vec<f64> {
        match self {
            Self::Groups(groups) => groups::share(n, groups, weights),
            Self::Factors(factors) => {
                factors.iter().zip(weights).map(|(factor, weight)| factor * weight).collect()
            }
        }
    }
}
