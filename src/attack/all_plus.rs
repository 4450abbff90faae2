//! All plus: y'_n = +1 on every coordinate, lengths kept. Half of all signs are right by chance, but all corrupted
//! workers are right or wrong together. Source: the same-value attack of Li et al., arXiv 1811.03761, on signs. Knows
//! nothing. Cost O(D / 64) word operations.
//!
//! Example: (+, -, 0) becomes (+, +, +), and the dense vote (2, -0.5) becomes (2, 0.5).

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::sign::{SignVector, words_for};

pub(crate) const ENTRY: Entry = Entry {
    word: "all_plus",
    about: "y' = +1 on every coordinate, lengths kept; knows nothing",
    source: "Li et al. 2019, arXiv 1811.03761 (same-value attack)",
};

/// The strategy; it needs no memory.
pub(crate) struct AllPlus;

impl OnVote for AllPlus {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let coordinates = context.own_vote.coordinates();
        let plus = SignVector::from_words(coordinates, vec![u64::MAX; words_for(coordinates)]);
        Act::cast(context.own_vote.with_signs(plus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, scaled, signs};

    #[test]
    fn every_sign_is_plus() {
        for (own, expected) in [
            (signs("+-0"), signs("+++")),
            (scaled("-0-", 0.5), scaled("+++", 0.5)),
            (numbers(&[2.0, -0.5]), numbers(&[2.0, 0.5])),
        ] {
            assert_eq!(says(&mut AllPlus, 0, &own), expected);
        }
    }
}
