//! Colluders: one common vector of fair coins for all corrupted workers, new in every round. Each of them alone is pure
//! noise, q = 1/2, but they agree with each other, which breaks the independence that learned weights rest on: FD may
//! follow them far below M/2. Scaled signs keep each worker's scales; dense votes are the common signs as -1 and +1,
//! equal number by number. Source: this simulator, against arXiv 2402.01340. Knows its colluders and nothing else. Cost
//! O(D / 64) draws.
//!
//! Example: workers 0 and 5 both vote (-, +, +), whatever they have computed.

use super::random::fair_signs;
use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "colluders",
    about: "y' = one vector of fair coins for all corrupted workers, new in every round; knows its colluders",
    source: "this simulator; against the independence assumed in arXiv 2402.01340",
};

/// The strategy; what it shares comes from the context.
pub(crate) struct Colluders;

impl OnVote for Colluders {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let common = fair_signs(context.shared_stream(), context.own_vote.coordinates());
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
        let first = says(&mut Colluders, 0, &ours);
        assert_eq!(first, says(&mut Colluders, 5, &theirs));
        assert_ne!(first, says_in(&mut Colluders, 1, 0, &ours));
        let dense = says(&mut Colluders, 3, &numbers(&[0.25; 100]));
        assert_eq!(dense, Vote::Dense(first.to_dense().into_owned()));
    }
}
