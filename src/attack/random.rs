//! Random signs: y'_n a fair coin on every coordinate, lengths kept, so q = 1/2 whatever p is. On votes without zeros
//! the same law as [`super::StochasticFlip`] at 1/2. Source: the randomised signs of Bernstein et al., arXiv
//! 1810.05291. Knows nothing. Cost O(D / 64) draws.
//!
//! Example: of 10,000 signs about 5,000 are plus, whatever the vote was.

use rand::RngCore;

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::Stream;
use crate::sign::{SignVector, words_for};

pub(crate) const ENTRY: Entry = Entry {
    word: "random",
    about: "y' = a fair coin on every coordinate, lengths kept; knows nothing",
    source: "Bernstein et al. 2019, arXiv 1810.05291 (randomised signs)",
};

/// The strategy; it needs no memory.
pub(crate) struct Random;

impl OnVote for Random {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let coins = fair_signs(context.stream(), context.own_vote.coordinates());
        Act::cast(context.own_vote.with_signs(coins))
    }
}

/// D fair coins, 64 to a draw.
pub(super) fn fair_signs(mut stream: Stream, coordinates: usize) -> SignVector {
    let words = (0..words_for(coordinates)).map(|_| stream.next_u64()).collect();
    SignVector::from_words(coordinates, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, signs};
    use crate::vote::Vote;

    #[test]
    fn coins_are_fair_whatever_the_vote_was() {
        let d = 10_000;
        for own in ["+", "-", "0"] {
            let vote = says(&mut Random, 0, &signs(&own.repeat(d)));
            let sum: f32 = vote.to_dense().iter().sum();
            // Five standard deviations.
            assert!(sum.abs() < 5.0 * (d as f32).sqrt(), "{own}: {sum}");
        }
    }

    #[test]
    fn numbers_keep_their_lengths_and_workers_differ() {
        let own = numbers(&[2.0; 64]);
        let (a, b) = (says(&mut Random, 0, &own), says(&mut Random, 1, &own));
        let Vote::Dense(values) = &a else { panic!("not dense") };
        assert!(values.iter().all(|x| x.abs() == 2.0) && a != b);
    }
}
