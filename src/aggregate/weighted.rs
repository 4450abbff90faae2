//! A majority in which votes have unequal weights: u_n = sign(sum over m of w_m y_{m,n}).
//!
//! Cost O(M D) additions, eight of them at a time where the processor can. Each coordinate's sum is taken in the order of
//! the votes, in double precision, so its bits depend on nothing else.
//!
//! Example: weights 3 and -10, votes (+,+,+,-) and (-,-,-,-) decide (+,+,+,+).

use pulp::{Arch, Simd, WithSimd};

use super::Ties;
use super::majority::pack;
use crate::random::Coins;
use crate::sign::{SignVector, bits, valid_bits, words_for};

/// Scores this close to zero are ties: weights that cancel may leave a rounding error.
const TIE_TOLERANCE: f64 = 1e-6;

/// Decides D coordinates by one weight a vote.
pub fn weighted_majority(
    votes: &[(f32, &SignVector)],
    coordinates: usize,
    ties: Ties,
    coins: &mut Coins,
) -> SignVector {
    Arch::new().dispatch(WeightedMajority { votes, coordinates, ties, coins })
}

struct WeightedMajority<'a> {
    votes: &'a [(f32, &'a SignVector)],
    coordinates: usize,
    ties: Ties,
    coins: &'a mut Coins,
}

impl WithSimd for WeightedMajority<'_> {
    type Output = SignVector;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> SignVector {
        let words = words_for(self.coordinates);
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        for k in 0..words {
            let mut scores = Scores([0.0; 64]);
            for (weight, vote) in self.votes {
                add_one_weight(&mut scores, *weight, vote.positive()[k], vote.voted_word(k));
            }
            let valid = valid_bits(self.coordinates, k);
            let (wins, tied) = outcome(&scores, TIE_TOLERANCE, valid);
            let (signs, counts) = self.ties.settle(k, tied, self.coins);
            positive.push(wins | signs);
            voted.push(valid & !tied | counts);
        }
        pack(self.coordinates, positive, voted)
    }
}

/// 64 scores that begin where a cache line does, so that no register of them lies across two.
#[derive(Clone)]
#[repr(align(64))]
pub struct Scores(pub [f64; 64]);

/// Which of 64 scores are above the tolerance, and which within it; only valid ones count.
#[inline(always)]
pub fn outcome(Scores(scores): &Scores, tolerance: f64, valid: u64) -> (u64, u64) {
    let wins = bits(scores, |score| score > tolerance) & valid;
    // Ties are rare: first whether there are any.
    let none = scores.iter().fold(true, |none, score| none & (score.abs() > tolerance));
    let tied = if none { 0 } else { bits(scores, |score| score.abs() <= tolerance) & valid };
    (wins, tied)
}

/// score <- score + weight * sign, for one word of one vote.
#[inline(always)]
pub fn add_weighted(Scores(scores): &mut Scores, weights: &[f32; 64], positive: u64, voted: u64) {
    for i in 0..64 {
        scores[i] += signed(weights[i], positive >> i, voted >> i);
    }
}

/// [`add_one_weight`] for several votes without abstentions, one after the other, while their scores stay in registers.
#[inline(always)]
pub fn add_weights<const N: usize>(Scores(scores): &mut Scores, weights: [f32; N], positive: [u64; N]) {
    let weights = weights.map(|weight| f64::from(weight).to_bits());
    for (i, score) in scores.iter_mut().enumerate() {
        let mut sum = *score;
        for j in 0..N {
            sum += f64::from_bits(weights[j] ^ (!positive[j] >> i) << 63);
        }
        *score = sum;
    }
}

/// [`add_weighted`] with one weight for all.
#[inline(always)]
pub fn add_one_weight(Scores(scores): &mut Scores, weight: f32, positive: u64, voted: u64) {
    if voted == u64::MAX {
        let weight = f64::from(weight).to_bits();
        for (i, score) in scores.iter_mut().enumerate() {
            *score += f64::from_bits(weight ^ (!positive >> i) << 63);
        }
    } else {
        for (i, score) in scores.iter_mut().enumerate() {
            *score += signed(weight, positive >> i, voted >> i);
        }
    }
}

/// The weight with the sign in the lowest bits.
#[inline(always)]
pub fn signed(weight: f32, positive: u64, voted: u64) -> f64 {
    // A minus turns the sign bit around, an abstention clears every bit: no branch, so that lanes stay together.
    f64::from_bits((f64::from(weight).to_bits() ^ !positive << 63) & (voted & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    proptest! {
        /// Against a plain loop over coordinates, which adds in the same order.
        #[test]
        fn scores_are_sums_in_the_order_of_the_votes(
            votes in (1_usize..150).prop_flat_map(|d| {
                prop::collection::vec((-10.0_f32..10.0, prop::collection::vec(-1_i8..=1, d)), 1..12)
            }),
        ) {
            let d = votes[0].1.len();
            let packed: Vec<SignVector> = votes.iter().map(|(_, v)| SignVector::from_signs(v)).collect();
            let weighted: Vec<(f32, &SignVector)> = votes.iter().map(|(w, _)| *w).zip(&packed).collect();
            let coins = || Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)));
            let decided = weighted_majority(&weighted, d, Ties::Hold, &mut coins());
            let plain: Vec<i8> = (0..d).map(|n| {
                let score = votes.iter().fold(0.0, |sum, (w, v)| sum + f64::from(*w) * f64::from(v[n]));
                if score.abs() <= TIE_TOLERANCE { 0 } else if score > 0.0 { 1 } else { -1 }
            }).collect();
            prop_assert_eq!(decided.to_signs(), plain);
            let twin = WeightedMajority { votes: &weighted, coordinates: d, ties: Ties::Coin, coins: &mut coins() };
            let scalar = twin.with_simd(pulp::Scalar);
            prop_assert_eq!(scalar, weighted_majority(&weighted, d, Ties::Coin, &mut coins()));
        }
    }
}
