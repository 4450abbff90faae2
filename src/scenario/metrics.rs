//! What is measured besides the result: how right decisions and votes are, round by round.

use serde::{Deserialize, Serialize};

/// The settings of `metrics`. None of them changes a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The signs that count as right in training. On channels it is always the truth.
    #[serde(default = "Reference::auto")]
    pub reference: Reference,
    /// Rounds between two comparisons with it.
    #[serde(default = "one")]
    pub every: u32,
    /// Steps between two records of every worker's weight and crossover.
    #[serde(default = "twenty")]
    pub workers_every: u32,
    /// Whether layers are compared one by one, too: `layers.csv`.
    #[serde(default)]
    pub layers: bool,
    /// The first rounds of which every span is recorded, for the figure `timeline`: `timeline.csv`.
    #[serde(default)]
    pub timeline: u32,
    /// Whether the labels that each worker holds are recorded, for the figure `label_partition`: `labels.csv`.
    #[serde(default)]
    pub labels: bool,
    /// Whether the accuracy on every class, and on every worker's own samples, is recorded with each measurement:
    /// `classes.csv`, `shards.csv`. Each then looks at all training samples.
    #[serde(default)]
    pub fairness: bool,
    /// Whether each measurement in training computes the gradient of the mean loss over all training samples, too, and its norms
    /// are recorded: `gradient_l1` and `gradient_l2` in `rounds.csv`. Of a quadratic they always are.
    #[serde(default)]
    pub gradient_norm: bool,
}

/// The signs that count as right in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// `honest_mean` where the gradients of a round fit 1 GiB, `none` where they do not.
    Auto,
    /// Nothing is compared: decoding errors and true crossovers stay empty.
    None,
    /// The mean gradient of the honest workers whose votes came in time.
    HonestMean,
    /// The gradient over the whole training set; as dear as many rounds.
    FullBatch,
}

impl Reference {
    const fn auto() -> Self {
        Self::Auto
    }

    /// `auto` decided for M workers and D coordinates.
    #[must_use]
    pub const fn decided(self, workers: u32, coordinates: usize) -> Self {
        match self {
            Self::Auto if 4 * workers as u64 * coordinates as u64 <= 1 << 30 => Self::HonestMean,
            Self::Auto => Self::None,
            other => other,
        }
    }
}

const fn one() -> u32 {
    1
}
const fn twenty() -> u32 {
    20
}

impl Metrics {
    pub(super) const fn usual() -> Self {
        Self {
            reference: Reference::Auto,
            every: one(),
            workers_every: twenty(),
            layers: false,
            timeline: 0,
            labels: false,
            fairness: false,
            gradient_norm: false,
        }
    }
}
