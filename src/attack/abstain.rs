//! Abstention: y'_n = 0. The vote arrives, counts towards a quorum and says nothing: signs become a ternary vote of zeros
//! (and pay for its second plane), scaled signs keep their scales, numbers are all zero. Source: this simulator. Knows
//! nothing. Cost O(D / 64) word operations.
//!
//! Example: (+, -, 0) becomes (0, 0, 0).

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::sign::{SignVector, words_for};
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "abstain",
    about: "y' = 0: a vote that arrives and says nothing; knows nothing",
    source: "this simulator",
};

/// The strategy; it needs no memory.
pub(crate) struct Abstain;

impl OnVote for Abstain {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let coordinates = context.own_vote.coordinates();
        let none = vec![0; words_for(coordinates)];
        Act::cast(match context.own_vote {
            Vote::Dense(_) => Vote::Dense(vec![0.0; coordinates]),
            signs => signs.with_signs(SignVector::from_planes(coordinates, none.clone(), none)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, scaled, signs};

    #[test]
    fn nothing_is_said() {
        for (own, expected) in [
            (signs("+-0"), signs("000")),
            (scaled("+-", 0.5), scaled("00", 0.5)),
            (numbers(&[f32::INFINITY, -0.5]), numbers(&[0.0, 0.0])),
        ] {
            assert_eq!(says(&mut Abstain, 0, &own), expected);
        }
    }
}
