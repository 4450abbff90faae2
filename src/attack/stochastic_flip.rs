//! Stochastic sign flip (SSFA): every sign negated with probability r, independently. In series with the worker's
//! own channel: q = r + p - 2 r p; r = 1/2 leaves pure noise. Source: Park & Lee, arXiv 2402.01340. Knows the
//! worker's own vote. Cost O(D) draws.
//!
//! Example: r = 1 makes (+, -) of (-, +); r = 0 changes nothing.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::biased_bits;
use crate::units::Probability;

pub(crate) const ENTRY: Entry = Entry {
    word: "stochastic_flip",
    about: "every sign negated with `probability` (0.5); knows its own vote",
    source: "Park & Lee 2024, arXiv 2402.01340 (SSFA)",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StochasticFlip {
    /// r.
    #[serde(default = "fair")]
    pub probability: Probability,
}

const fn fair() -> Probability {
    Probability::HALF
}

impl OnVote for StochasticFlip {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let flips =
            biased_bits(&mut context.stream(), self.probability.get(), context.own_vote.coordinates());
        Act::cast(context.own_vote.flipped_where(&flips))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says, signs};

    #[test]
    fn as_many_signs_flip_as_asked() {
        let own = signs(&"+".repeat(100_000));
        for (r, low, high) in [(0.0, 0, 0), (0.25, 24_300, 25_700), (1.0, 100_000, 100_000)] {
            let mut attack = StochasticFlip { probability: Probability::try_from(r).unwrap() };
            let vote = says(&mut attack, 0, &own);
            let flipped = vote.to_dense().iter().filter(|s| **s < 0.0).count();
            assert!((low..=high).contains(&flipped), "{r}: {flipped}");
        }
    }
}
