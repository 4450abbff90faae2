//! Focus: honest, but inverted on a share of the coordinates, the same for all corrupted workers in all rounds. Whoever has one
//! weight for all coordinates sees a good worker. Source: this simulator, against one weight a worker (arXiv 2402.01340 before
//! T_in). Knows its own vote. Cost O(D) draws.
//!
//! Example: share 1/2 that falls on the second of (+, +): (+, -), in every round.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::biased_bits;
use crate::units::Probability;

pub(crate) const ENTRY: Entry = Entry {
    word: "focus",
    about: "y' = -y on a `share` (0.1) of the coordinates, the same in every round and for all; knows its own vote",
    source: "this simulator; against one weight a worker, arXiv 2402.01340",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Focus {
    /// The probability with which a coordinate is one of those.
    #[serde(default = "one_tenth")]
    pub share: Probability,
}

fn one_tenth() -> Probability {
    Probability::try_from(0.1).expect("a probability")
}

impl OnVote for Focus {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let (share, coordinates) = (self.share.get(), context.own_vote.coordinates());
        Act::cast(context.own_vote.flipped_where(&biased_bits(
            &mut context.lasting_stream(),
            share,
            coordinates,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, says_in, signs};

    #[test]
    fn the_same_coordinates_are_inverted_for_all_and_for_ever() {
        let own = signs(&"+".repeat(10_000));
        let mut focus = Focus { share: one_tenth() };
        let vote = says(&mut focus, 0, &own);
        let inverted = vote.to_dense().iter().filter(|s| **s < 0.0).count();
        assert!((850..1150).contains(&inverted), "{inverted}");
        assert_eq!(vote, says_in(&mut focus, 7, 3, &own));
        let mut all = Focus { share: Probability::try_from(1.0).unwrap() };
        assert_eq!(says(&mut all, 0, &numbers(&[2.0, -0.5])), numbers(&[-2.0, 0.5]));
    }
}
