//! Whisper: on a share of the coordinates, new in every round, all corrupted workers vote one common vector of fair
//! coins; on the others each votes as it has computed. Two of them agree by share + (1 - share) c, c what honest
//! workers agree by: too little to be taken for copies of one another if the share is small enough, and yet L votes
//! in one direction. Source: this simulator, against decoders that merge copies. Knows its colluders and its own
//! vote. Cost O(D) draws.
//!
//! Example: share 1/2 that falls on the second of (+, +), the coin there a minus: (+, -), and (-, -) of a colluder with (-, +).

use serde::{Deserialize, Serialize};

use super::random::fair_signs;
use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::biased_bits;
use crate::sign::SignVector;
use crate::units::Probability;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "whisper",
    about: "y' = a common vector of fair coins on a `share` (0.3) of the coordinates, new in every round, y elsewhere; knows \
            its colluders and its own vote",
    source: "this simulator; against decoders that merge copies",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whisper {
    /// The probability with which a coordinate is voted in common.
    #[serde(default = "three_tenths")]
    pub share: Probability,
}

fn three_tenths() -> Probability {
    Probability::try_from(0.3).expect("a probability")
}

impl OnVote for Whisper {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let own = context.own_vote;
        let mut shared = context.shared_stream();
        let common = biased_bits(&mut shared, self.share.get(), own.coordinates());
        let coins = fair_signs(shared, own.coordinates());
        let signs = |of: &SignVector| {
            let mix = |k: usize| common[k] & coins.positive()[k] | !common[k] & of.positive()[k];
            let said = |k: usize| common[k] | of.voted_word(k);
            let words = 0..common.len();
            SignVector::from_decision(
                own.coordinates(),
                words.clone().map(mix).collect(),
                words.map(said).collect(),
            )
        };
        Act::cast(own.with_signs(match own {
            Vote::Dense(values) => signs(&SignVector::of_values(values)),
            Vote::Signs(_) | Vote::Scaled(_) => signs(own.signs().expect("signs")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says, says_in, signs};

    #[test]
    fn colluders_agree_on_the_share_and_nowhere_else() {
        let (plus, minus) = (signs(&"+".repeat(10_000)), signs(&"-".repeat(10_000)));
        let mut whisper = Whisper { share: three_tenths() };
        let (one, other) =
            (says(&mut whisper, 0, &plus).to_dense().into_owned(), says(&mut whisper, 1, &minus));
        let same = one.iter().zip(&*other.to_dense()).filter(|(x, y)| x == y).count();
        assert!((2750..3250).contains(&same), "{same}");
        let honest = one.iter().filter(|s| **s > 0.0).count();
        assert!((8300..8700).contains(&honest), "half of the coins are a plus: {honest}");
        assert_ne!(says(&mut whisper, 0, &plus), says_in(&mut whisper, 1, 0, &plus));
        let mut none = Whisper { share: Probability::ZERO };
        assert_eq!(says(&mut none, 0, &signs("+-0")), signs("+-0"));
    }
}
