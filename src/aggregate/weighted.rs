//! A majority in which votes have unequal weights: u_n = sign(sum over m of w_m y_{m,n}).
//!
//! Cost O(M D) additions. Example: weights 3 and -10, votes (+,+,+,-) and (-,-,-,-) decide (+,+,+,+).

use super::Ties;
use super::majority::pack;
use crate::random::Coins;
use crate::sign::{SignVector, valid_bits, words_for};

/// Scores this close to zero are ties: weights that cancel may leave a rounding error.
const TIE_TOLERANCE: f64 = 1e-6;

/// Decides D coordinates by one weight a vote.
pub fn weighted_majority(
    votes: &[(f32, &SignVector)],
    coordinates: usize,
    ties: Ties,
    coins: &mut Coins,
) -> SignVector {
    let words = words_for(coordinates);
    let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
    for k in 0..words {
        let width = (coordinates - 64 * k).min(64);
        let mut scores = [0_f64; 64];
        for (weight, vote) in votes {
            add_weighted(&mut scores[..width], &[*weight; 64], vote.positive()[k], vote.voted_word(k));
        }
        let bits = |is: fn(f64) -> bool| {
            scores[..width].iter().rev().fold(0, |word, score| word << 1 | u64::from(is(*score)))
        };
        let tied = bits(|score| score.abs() <= TIE_TOLERANCE);
        let (signs, counts) = ties.settle(k, tied, coins);
        positive.push(bits(|score| score > TIE_TOLERANCE) | signs);
        voted.push(valid_bits(coordinates, k) & !tied | counts);
    }
    pack(coordinates, positive, voted)
}

/// score <- score + weight * sign, for one word of one vote.
pub fn add_weighted(scores: &mut [f64], weights: &[f32], positive: u64, voted: u64) {
    for (i, (score, weight)) in scores.iter_mut().zip(weights).enumerate() {
        *score += signed(*weight, positive >> i, voted >> i);
    }
}

/// The weight with the sign in the lowest bits.
pub fn signed(weight: f32, positive: u64, voted: u64) -> f64 {
    f64::from(weight) * (2.0 * (positive & 1) as f64 - (voted & 1) as f64)
}
