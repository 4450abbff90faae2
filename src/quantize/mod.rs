//! From a gradient to a vote: what a worker puts on the wire.
//!
//! A quantiser is a pure function of the gradient and a keyed stream. Adding one is a file with its formula and
//! source, and an arm of [`QuantizerSpec`].

mod sign;

use serde::{Deserialize, Serialize};

pub use sign::ZeroRule;

use crate::catalogue::Entry;
use crate::random::Stream;
use crate::sign::SignVector;

/// Every quantiser, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[Entry {
    word: "sign",
    about: "sign of every coordinate; zero: coin, plus or abstain",
    source: "Bernstein et al. 2018, arXiv 1802.04434",
}];

/// The quantisers a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QuantizerSpec {
    /// The sign of every coordinate (Bernstein et al. 2018, arXiv 1802.04434).
    Sign {
        #[serde(default = "ZeroRule::coin")]
        zero: ZeroRule,
    },
}

impl QuantizerSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
        }
    }

    /// Whether votes may abstain and so carry a second plane of bits.
    #[must_use]
    pub const fn is_ternary(&self) -> bool {
        matches!(self, Self::Sign { zero: ZeroRule::Abstain })
    }

    /// The vote for a gradient of D entries; `stream` is keyed by worker and round.
    #[must_use]
    pub fn quantize(&self, gradient: &[f32], stream: Stream) -> SignVector {
        match self {
            Self::Sign { zero } => sign::quantize(gradient, *zero, stream),
        }
    }
}
