//! Colluders: one common vector of fair coins for all corrupted workers, new in every round. Each of them alone is
//! pure noise, q = 1/2, but they agree with each other, which breaks the independence that learned weights rest on:
//! FD may follow them far below M/2. With `noise` each of them flips that share of its copy by draws of its own, so
//! that no two votes are the same. Scaled signs keep each worker's scales; dense votes are the common signs as -1 and
//! +1, equal number by number. Source: this simulator, against arXiv 2402.01340. Knows its colluders and nothing
//! else. Cost O(D / 64) draws.
//!
//! Example: workers 0 and 5 both vote (-, +, +), whatever they have computed.

use serde::{Deserialize, Serialize};

use super::random::fair_signs;
use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::biased_bits;
use crate::units::Probability;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "colluders",
    about: "y' = one vector of fair coins for all corrupted workers, new in every round, flipped by each with probability `noise` \
            (0); knows its colluders",
    source: "this simulator; against the independence assumed in arXiv 2402.01340",
};

/// The settings, which are the strategy; what it shares comes from the context.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colluders {
    /// The probability with which each flips a sign of its copy.
    #[serde(default = "none")]
    pub noise: Probability,
}

const fn none() -> Probability {
    Probability::ZERO
}

impl OnVote for Colluders {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let coordinates = context.own_vote.coordinates();
        let mut common = fair_signs(context.shared_stream(), coordinates);
        if self.noise != Probability::ZERO {
            common = common.flipped_where(&biased_bits(&mut context.stream(), self.noise.get(), coordinates));
        }
        Act::cast(match context.own_vote {
            Vote::Dense(_) => Vote::Dense(common.to_dense()),
            signs => signs.with_signs(common),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, says_in, signs};

    #[test]
    fn all_say_the_same_and_something_new_in_every_round() {
        let (ours, theirs) = (signs(&"+0".repeat(50)), signs(&"-".repeat(100)));
        let first = says(&mut Colluders { noise: none() }, 0, &ours);
        assert_eq!(first, says(&mut Colluders { noise: none() }, 5, &theirs));
        assert_ne!(first, says_in(&mut Colluders { noise: none() }, 1, 0, &ours));
        let dense = says(&mut Colluders { noise: none() }, 3, &numbers(&[0.25; 100]));
        assert_eq!(dense, Vote::Dense(first.to_dense().into_owned()));
    }

    #[test]
    fn copies_with_noise_differ_in_its_share() {
        let own = signs(&"+".repeat(10_000));
        let mut noisy = Colluders { noise: Probability::try_from(0.1).unwrap() };
        let (one, other) = (says(&mut noisy, 0, &own), says(&mut noisy, 1, &own));
        let (differ, _) = one.signs().unwrap().disagreement(other.signs().unwrap());
        assert!((1600..2000).contains(&differ), "2 x .1 x .9 of 10,000: {differ}");
    }
}
