//! What corrupted workers vote instead.
//!
//! The adversary actor shows an [`Attack`] a [`Scene`], which holds what that attack may know and nothing else.
//! Adding one is a file with its formula and source, and an arm of [`AttackSpec`].

mod sign_inversion;
mod stochastic_flip;

use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::protocol::WorkerId;
use crate::random::Stream;
use crate::sign::SignVector;
use crate::time::Round;
use crate::units::Probability;

/// Every attack, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "sign_inversion",
        about: "y' = -y; knows its own vote",
        source: "Park & Lee 2024, arXiv 2402.01340 (SIA); Bernstein et al. 2019, arXiv 1810.05291",
    },
    Entry {
        word: "stochastic_flip",
        about: "every sign negated with probability `probability` (0.5); knows its own vote",
        source: "Park & Lee 2024, arXiv 2402.01340 (SSFA)",
    },
];

/// What an attack may look at when one corrupted worker has to vote.
pub struct Scene<'a> {
    pub round: Round,
    pub worker: WorkerId,
    /// What the worker would have voted.
    pub own_vote: &'a SignVector,
    /// Keyed by worker and round.
    pub stream: Stream,
}

/// A strategy of the adversary.
pub trait Attack: Send {
    /// The vote that one corrupted worker casts.
    fn vote(&mut self, scene: Scene<'_>) -> SignVector;
}

/// The attacks a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AttackSpec {
    /// Every sign negated (Park & Lee 2024, arXiv 2402.01340, SIA; Bernstein et al. 2019, arXiv 1810.05291).
    SignInversion {},
    /// Every sign negated with a probability (Park & Lee 2024, arXiv 2402.01340, SSFA).
    StochasticFlip {
        #[serde(default = "half")]
        probability: Probability,
    },
}

const fn half() -> Probability {
    Probability::HALF
}

impl AttackSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SignInversion {} => "sign_inversion",
            Self::StochasticFlip { .. } => "stochastic_flip",
        }
    }

    /// The strategy at the start of a run.
    #[must_use]
    pub fn build(&self) -> Box<dyn Attack> {
        match self {
            Self::SignInversion {} => Box::new(sign_inversion::SignInversion),
            Self::StochasticFlip { probability } => {
                Box::new(stochastic_flip::StochasticFlip { probability: probability.get() })
            }
        }
    }
}
