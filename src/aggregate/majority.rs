//! Majority vote: u_n = sign(sum over m of y_{m,n}), abstentions counting for neither side.
//!
//! Source: Bernstein et al., *signSGD: compressed optimisation for non-convex problems*, arXiv 1802.04434,
//! algorithm 2; fault tolerance in arXiv 1810.05291. Cost O(M D / 64) word operations a round.
//!
//! Example: votes (+, +), (+, -), (-, -) decide (+, -).

use super::tally::Counters;
use super::{Aggregator, Ballot, Decision, Ties};
use crate::protocol::{Opinion, WorkerId};
use crate::sign::{SignVector, valid_bits, words_for};
use crate::time::Round;

/// The rule with its tie-break; it remembers nothing.
pub struct Majority {
    coordinates: usize,
    ties: Ties,
}

impl Majority {
    /// A majority over D coordinates.
    #[must_use]
    pub const fn new(coordinates: usize, ties: Ties) -> Self {
        Self { coordinates, ties }
    }
}

impl Aggregator for Majority {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let words = words_for(self.coordinates);
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        let (mut plus, mut minus) = (Counters::default(), Counters::default());
        for k in 0..words {
            plus.clear();
            minus.clear();
            for vote in ballot.votes.iter().flatten() {
                let signs = vote.positive()[k];
                plus.add(signs);
                minus.add(signs ^ vote.voted_word(k));
            }
            let (wins, ties) = plus.compare(&minus);
            let valid = valid_bits(self.coordinates, k);
            let (signs, counts) = self.ties.settle(k, ties & valid, &mut ballot.coins);
            positive.push(wins | signs);
            voted.push(valid & !ties | counts);
        }
        let signs = pack(self.coordinates, positive, voted);
        Decision { signs, opinions: equal_opinions(&ballot) }
    }

    fn weights(&mut self, _: Round, _: WorkerId) -> Vec<f32> {
        vec![1.0; self.coordinates]
    }
}

/// A binary vector where nothing is held, a ternary one otherwise.
pub fn pack(coordinates: usize, positive: Vec<u64>, voted: Vec<u64>) -> SignVector {
    if voted.iter().enumerate().all(|(k, v)| *v == valid_bits(coordinates, k)) {
        SignVector::from_words(coordinates, positive)
    } else {
        SignVector::from_planes(coordinates, positive, voted)
    }
}

fn equal_opinions(ballot: &Ballot<'_>) -> Vec<Opinion> {
    let all = if ballot.watched { ballot.votes.len() as u32 } else { 0 };
    (0..all).map(|m| Opinion { worker: WorkerId(m), weight: 1.0, crossover: None }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::random::{Coins, Purpose, Streams};

    fn coins() -> Coins {
        Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)))
    }

    fn decide(votes: &[Vec<i8>], ties: Ties) -> Vec<i8> {
        let packed: Vec<_> = votes.iter().map(|v| Some(Arc::new(SignVector::from_signs(v)))).collect();
        let ballot = Ballot { round: Round(0), votes: &packed, coins: coins(), watched: false };
        Majority::new(votes[0].len(), ties).decode(ballot).signs.to_signs()
    }

    #[test]
    fn ties_hold_or_rise_or_fall_by_coin() {
        let votes = [vec![1; 4096], vec![-1; 4096]];
        assert_eq!(decide(&votes, Ties::Hold), vec![0; 4096]);
        assert_eq!(decide(&votes, Ties::Plus), vec![1; 4096]);
        let sum: i32 = decide(&votes, Ties::Coin).iter().map(|s| i32::from(*s)).sum();
        // Five standard deviations of a fair coin over 4,096 coordinates.
        assert!(sum.abs() < 5 * 64, "{sum}");
    }

    #[test]
    fn nobody_voting_is_a_tie_everywhere() {
        let ballot = Ballot { round: Round(0), votes: &[None, None], coins: coins(), watched: false };
        assert_eq!(Majority::new(3, Ties::Hold).decode(ballot).signs.to_signs(), [0, 0, 0]);
    }

    fn election() -> impl Strategy<Value = Vec<Vec<i8>>> {
        (1_usize..20, 1_usize..150)
            .prop_flat_map(|(m, d)| prop::collection::vec(prop::collection::vec(-1_i8..=1, d), m))
    }

    proptest! {
        #[test]
        fn packed_votes_agree_with_a_plain_sum(votes in election()) {
            let plain: Vec<i8> = (0..votes[0].len())
                .map(|n| votes.iter().map(|v| i32::from(v[n])).sum::<i32>().signum() as i8).collect();
            prop_assert_eq!(decide(&votes, Ties::Hold), plain);
        }

        #[test]
        fn relabelling_workers_changes_nothing(mut votes in election()) {
            let before = decide(&votes, Ties::Coin);
            votes.reverse();
            prop_assert_eq!(decide(&votes, Ties::Coin), before);
        }

        #[test]
        fn flipping_every_sign_flips_the_decision(votes in election()) {
            let flipped: Vec<Vec<i8>> = votes.iter().map(|v| v.iter().map(|s| -s).collect()).collect();
            let negated: Vec<i8> = decide(&votes, Ties::Hold).iter().map(|s| -s).collect();
            prop_assert_eq!(decide(&flipped, Ties::Hold), negated);
        }
    }
}
