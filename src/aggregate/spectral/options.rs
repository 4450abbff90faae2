//! The options of spectral decoding.

use serde::{Deserialize, Serialize};

use crate::aggregate::copies::{self, Compared};
use crate::aggregate::{Ties, oracle};
use crate::error::Result;
use crate::units::Positive;

/// The options of spectral decoding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpectralOptions {
    /// Whether voters that copy one another count as one.
    #[serde(default = "once")]
    pub copies: SpectralCopies,
    /// How much more than third parties explain a pair must agree, and how much it must agree at all, to be copies.
    #[serde(default = "copies::default_excess")]
    pub excess: f64,
    /// Factor on all agreements before each round's are added; 1 never forgets.
    #[serde(default = "copies::default_forgetting")]
    pub forgetting: f64,
    /// How agreements are explained; `anchored` beside a vote of the server's own and `capped` without one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<SpectralFit>,
    /// Whether weights are pulled toward equal ones where agreements are not what independent voters' would be.
    #[serde(default = "misfit")]
    pub shrinkage: SpectralShrinkage,
    /// By how much copies agree that count once in the majority that is then mixed in.
    #[serde(default = "default_misfit_agreement")]
    pub misfit_agreement: f64,
    /// What shares one weight.
    #[serde(default = "worker")]
    pub granularity: SpectralGranularity,
    /// On how many coordinates votes are compared.
    #[serde(default = "all")]
    pub coordinates: Compared,
    /// Weights are clipped to +- this.
    #[serde(default = "oracle::default_max_llr")]
    pub max_llr: Positive,
    /// What is done where the weighted votes cancel.
    #[serde(default = "Ties::coin")]
    pub ties: Ties,
}

/// What becomes of voters that copy one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpectralCopies {
    /// They count as one voter.
    Once,
    /// Each counts.
    Each,
}

/// How agreements are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpectralFit {
    /// By least squares over all pairs.
    Squares,
    /// By most pairs: those that cannot be explained are left out.
    Capped,
    /// As the server's own vote agrees with everyone; pairs that cannot be explained so are left out.
    Anchored,
}

/// Whether weights are pulled toward equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpectralShrinkage {
    /// As far as pairs are not explained: not at all where three quarters are, wholly where three fifths are.
    Misfit,
    /// Never.
    None,
}

/// What shares one weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpectralGranularity {
    /// All coordinates of a worker.
    Worker,
    /// The coordinates of a layer.
    Layer,
}

const fn once() -> SpectralCopies {
    SpectralCopies::Once
}
const fn misfit() -> SpectralShrinkage {
    SpectralShrinkage::Misfit
}
/// Above what workers agree by that share a label, and below what a coalition with one vote does.
pub(crate) const fn default_misfit_agreement() -> f64 {
    0.9
}
const fn worker() -> SpectralGranularity {
    SpectralGranularity::Worker
}
const fn all() -> Compared {
    Compared::All
}

impl SpectralFit {
    /// What is used where nothing is written.
    pub(crate) const fn usual(trusted: bool) -> Self {
        if trusted { Self::Anchored } else { Self::Capped }
    }
}

impl SpectralOptions {
    /// Writes out what is left to whether the server has a vote of its own.
    pub(crate) fn decide(&mut self, trusted: bool) {
        self.fit.get_or_insert(SpectralFit::usual(trusted));
    }

    /// Only a fit that is anchored reads the server's own vote.
    pub(crate) const fn reads_trusted(&self) -> bool {
        matches!(self.fit, None | Some(SpectralFit::Anchored))
    }

    /// Names the option that is out of range.
    pub(crate) fn validate(&self) -> Result<()> {
        copies::in_range(self.excess, self.forgetting)?;
        copies::between_0_and_1("misfit_agreement", self.misfit_agreement)
    }

    /// Sixteen bytes a pair and layer.
    pub(crate) fn memory_bytes(&self, workers: u32, layers: u64) -> u64 {
        let tables = if self.granularity == SpectralGranularity::Layer { layers } else { 1 };
        copies::pair_bytes(workers) * tables
    }
}
