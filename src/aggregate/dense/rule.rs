//! The rules a scenario can ask for, and what each needs.

use serde::{Deserialize, Serialize};

use super::geometric_median::Weiszfeld;
use super::number::{evaluate, tolerated};
use super::sums::{uniform, weighted_sum};
use super::{Combined, centered_clipping, geometric_median, median, multi_krum_weights, trimmed_mean};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::units::{Count, Positive};

/// Every rule on full-precision gradients, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "mean",
        about: "mean of all vectors; one attacker moves it anywhere",
        source: "parallel SGD; Blanchard et al. 2017, arXiv 1703.02757 (lemma 1: not robust)",
    },
    Entry {
        word: "median",
        about: "median of every coordinate",
        source: "Yin et al. 2018, arXiv 1803.01498",
    },
    Entry {
        word: "trimmed_mean",
        about: "mean of every coordinate without its `trim` (L) largest and smallest values; 2 trim < n",
        source: "Yin et al. 2018, arXiv 1803.01498",
    },
    Entry {
        word: "krum",
        about: "the vector with the nearest neighbours, `byzantine` (L) expected bad; 2f + 2 < n",
        source: "Blanchard et al. 2017, arXiv 1703.02757",
    },
    Entry {
        word: "multi_krum",
        about: "mean of the `selected` (n - f) best vectors of krum",
        source: "Blanchard et al. 2017, arXiv 1703.02757",
    },
    Entry {
        word: "geometric_median",
        about: "least sum of distances, by Weiszfeld steps with `smoothing` (1e-6)",
        source: "Pillutla et al. 2019, arXiv 1912.13445 (RFA)",
    },
    Entry {
        word: "centered_clipping",
        about: "last step plus the mean of what differs, each clipped to `radius` (10)",
        source: "Karimireddy et al. 2021, arXiv 2012.10333",
    },
];

/// The rules on full-precision gradients.
///
/// Counts may be expressions in M; `null` is the scenario's number of adversaries, L.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Every vector counts the same; NaN and infinities of one worker reach everyone.
    Mean {},
    /// Median of every coordinate (Yin et al. 2018, arXiv 1803.01498).
    Median {},
    /// Trimmed mean of every coordinate (Yin et al. 2018, arXiv 1803.01498).
    TrimmedMean {
        /// Values cut at either end; 2 trim < n.
        #[serde(default)]
        trim: Option<Count>,
    },
    /// The vector with the lowest score (Blanchard et al. 2017, arXiv 1703.02757).
    Krum {
        /// f; 2f + 2 < n.
        #[serde(default)]
        byzantine: Option<Count>,
    },
    /// The mean of the vectors with the lowest scores (Blanchard et al. 2017, arXiv 1703.02757).
    MultiKrum {
        /// f; 2f + 2 < n.
        #[serde(default)]
        byzantine: Option<Count>,
        /// m, at most n; `null` is n - f.
        #[serde(default)]
        selected: Option<Count>,
    },
    /// Smoothed Weiszfeld (Pillutla et al. 2019, arXiv 1912.13445).
    GeometricMedian {
        /// nu, in units of the gradient.
        #[serde(default = "default_smoothing")]
        smoothing: Positive,
        /// The most steps taken.
        #[serde(default = "default_steps")]
        iterations: u32,
        /// Length of the mean unit vector at which the steps end; 0 takes all of them.
        #[serde(default = "default_tolerance")]
        tolerance: f64,
    },
    /// Centred clipping around the previous step (Karimireddy et al. 2021, arXiv 2012.10333).
    CenteredClipping {
        /// tau, in units of the gradient.
        #[serde(default = "default_radius")]
        radius: Positive,
        #[serde(default = "default_clippings")]
        iterations: u32,
    },
}

fn default_smoothing() -> Positive {
    Positive::try_from(1e-6).expect("above zero")
}
const fn default_steps() -> u32 {
    100
}
const fn default_tolerance() -> f64 {
    1e-6
}
fn default_radius() -> Positive {
    Positive::try_from(10.0).expect("above zero")
}
const fn default_clippings() -> u32 {
    1
}

/// A rule with its numbers worked out.
#[derive(Debug, Clone, Copy)]
pub enum Resolved {
    Mean,
    Median,
    TrimmedMean { trim: usize },
    MultiKrum { byzantine: usize, selected: Option<usize> },
    GeometricMedian(Weiszfeld),
    CenteredClipping { radius: f64, iterations: u32 },
}

impl Rule {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mean {} => "mean",
            Self::Median {} => "median",
            Self::TrimmedMean { .. } => "trimmed_mean",
            Self::Krum { .. } => "krum",
            Self::MultiKrum { .. } => "multi_krum",
            Self::GeometricMedian { .. } => "geometric_median",
            Self::CenteredClipping { .. } => "centered_clipping",
        }
    }

    /// Bytes that the rule remembers between rounds for D coordinates.
    #[must_use]
    pub const fn memory_bytes(&self, coordinates: usize) -> u64 {
        match self {
            Self::CenteredClipping { .. } => 4 * coordinates as u64,
            _ => 0,
        }
    }

    /// The rule needs so many vectors, even where nobody is to be tolerated.
    pub const fn least_vectors(&self) -> u32 {
        match self {
            // 2f + 2 < n.
            Self::Krum { .. } | Self::MultiKrum { .. } => 3,
            _ => 1,
        }
    }

    /// The numbers for M = `workers` when the rule sees `n` vectors.
    pub fn resolve(&self, n: u32, workers: u32, declared: u32) -> Result<Resolved> {
        let krum = |byzantine: &Option<Count>| {
            let most = n.checked_sub(self.least_vectors()).map(|n| n / 2);
            tolerated("byzantine", byzantine.as_ref(), (n, "2f + 2 < n", most), workers, declared)
        };
        let resolved = match self {
            Self::Mean {} => Ok(Resolved::Mean),
            Self::Median {} => Ok(Resolved::Median),
            Self::TrimmedMean { trim } => {
                let most = n.checked_sub(self.least_vectors()).map(|n| n / 2);
                tolerated("trim", trim.as_ref(), (n, "2 trim < n", most), workers, declared)
                    .map(|trim| Resolved::TrimmedMean { trim })
            }
            Self::Krum { byzantine } => {
                krum(byzantine).map(|byzantine| Resolved::MultiKrum { byzantine, selected: Some(1) })
            }
            Self::MultiKrum { byzantine, selected } => krum(byzantine).and_then(|byzantine| {
                let selected = selected.as_ref().map(|m| selection(m, n, workers)).transpose()?;
                Ok(Resolved::MultiKrum { byzantine, selected })
            }),
            Self::GeometricMedian { smoothing, iterations, tolerance } => {
                let smoothing = smoothing.get();
                let constants = Weiszfeld { smoothing, iterations: *iterations, tolerance: *tolerance };
                at_least_one(*iterations)
                    .and_then(|()| finite_tolerance(*tolerance))
                    .map(|()| Resolved::GeometricMedian(constants))
            }
            Self::CenteredClipping { radius, iterations } => at_least_one(*iterations)
                .map(|()| Resolved::CenteredClipping { radius: radius.get(), iterations: *iterations }),
        };
        resolved.map_err(|e| e.key(self.word()))
    }
}

fn selection(m: &Count, n: u32, workers: u32) -> Result<usize> {
    let selected = evaluate("selected", m, workers)?;
    if selected == 0 || selected > n {
        let message = format!("multi_krum selects {selected} out of {n} vectors");
        return Err(Error::scenario(message).key("selected").help(format!("write a number from 1 to {n}")));
    }
    Ok(selected as usize)
}

fn at_least_one(iterations: u32) -> Result<()> {
    match iterations {
        0 => Err(Error::scenario("without an iteration nothing is learned from the vectors")
            .key("iterations")
            .help("write 1 or more")),
        _ => Ok(()),
    }
}

fn finite_tolerance(tolerance: f64) -> Result<()> {
    if tolerance.is_finite() && tolerance >= 0.0 {
        return Ok(());
    }
    Err(Error::scenario(format!("a tolerance of {tolerance}"))
        .key("tolerance")
        .help("write a finite number, 0 or above"))
}

impl Resolved {
    /// The step from at least one vector; `centre` is the previous one.
    pub fn combine(self, vectors: &[&[f32]], centre: &[f32]) -> Combined {
        let equal = |vector| Combined { vector, weights: uniform(vectors.len()) };
        let weighted = |weights: Vec<f64>| Combined { vector: weighted_sum(vectors, &weights), weights };
        match self {
            Self::Mean => weighted(uniform(vectors.len())),
            Self::Median => equal(median(vectors)),
            Self::TrimmedMean { trim } => equal(trimmed_mean(vectors, trim)),
            Self::MultiKrum { byzantine, selected } => {
                weighted(multi_krum_weights(vectors, byzantine, selected))
            }
            Self::GeometricMedian(constants) => geometric_median(vectors, constants),
            Self::CenteredClipping { radius, iterations } => {
                centered_clipping(vectors, centre, radius, iterations)
            }
        }
    }

    pub const fn remembers(self) -> bool {
        matches!(self, Self::CenteredClipping { .. })
    }
}
