//! A majority in which votes have unequal weights: u_n = sign(sum over m of w_m y_{m,n}).
//!
//! Cost O(M D) additions, sixteen or eight of them at a time where the processor can. Each coordinate's sum is taken in the
//! order of the votes, in double precision, so its bits depend on nothing else; where single precision is certain of the
//! sign, that is enough.
//!
//! Example: weights 3 and -10, votes (+,+,+,-) and (-,-,-,-) decide (+,+,+,+).

use std::ops::{Neg, Range};

use pulp::{Simd, WithSimd};

use super::Ties;
use crate::interrupt;
use crate::random::Coins;
use crate::sign::{SignVector, bits, bits_within, words_for};
use crate::simd;

/// Scores this close to zero are ties: weights that cancel may leave a rounding error.
const TIE_TOLERANCE: f64 = 1e-6;

/// Decides D coordinates by one weight per vote.
pub(crate) fn weighted_majority(
    votes: &[(f32, &SignVector)],
    coordinates: usize,
    ties: Ties,
    coins: &mut Coins,
) -> SignVector {
    let (positive, voted) = simd::dispatch(WeightedMajority { votes, range: 0..coordinates, ties, coins });
    SignVector::from_decision(coordinates, positive, voted)
}

/// Decides the coordinates that `layers` cover in order, each layer by weights of its own: one row of weights, one a vote, for
/// each layer.
pub(crate) fn weighted_majority_by_layer(
    votes: &[&SignVector],
    weights: &[Vec<f32>],
    layers: &[Range<usize>],
    ties: Ties,
    coins: &mut Coins,
) -> SignVector {
    let coordinates = layers.last().map_or(0, |layer| layer.end);
    let (mut positive, mut voted) = (vec![0; words_for(coordinates)], vec![0; words_for(coordinates)]);
    for (layer, weights) in layers.iter().zip(weights) {
        let weighted: Vec<(f32, &SignVector)> = weights.iter().copied().zip(votes.iter().copied()).collect();
        let decision = WeightedMajority { votes: &weighted, range: layer.clone(), ties, coins };
        let (signs, counts) = simd::dispatch(decision);
        // Two layers may share a word; each decides its own bits of it.
        for (k, (signs, counts)) in (layer.start / 64..).zip(signs.into_iter().zip(counts)) {
            positive[k] |= signs;
            voted[k] |= counts;
        }
    }
    SignVector::from_decision(coordinates, positive, voted)
}

struct WeightedMajority<'a> {
    votes: &'a [(f32, &'a SignVector)],
    /// The coordinates to decide.
    range: Range<usize>,
    ties: Ties,
    coins: &'a mut Coins,
}

impl WithSimd for WeightedMajority<'_> {
    /// The words that the range touches as planes of signs and of votes; bits outside of it are zero.
    type Output = (Vec<u64>, Vec<u64>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let words = self.range.start / 64..words_for(self.range.end);
        let (mut positive, mut voted) = (Vec::with_capacity(words.len()), Vec::with_capacity(words.len()));
        let rough = RoundingFilter::of(self.votes.iter().copied(), TIE_TOLERANCE);
        for k in words.clone() {
            if interrupt::asked_at(k) {
                // Nobody looks at what comes of it.
                positive.resize(words.len(), 0);
                voted.resize(words.len(), 0);
                break;
            }
            let valid = bits_within(&self.range, k);
            if let Some(wins) = rough.as_ref().and_then(|rough| rough.wins(k, valid)) {
                positive.push(wins);
                voted.push(valid);
                continue;
            }
            let mut scores = Scores([0.0; 64]);
            for (weight, vote) in self.votes {
                add_one_weight(&mut scores, *weight, vote.positive()[k], vote.voted_word(k));
            }
            let (wins, tied) = outcome(&scores, TIE_TOLERANCE, valid);
            let (signs, counts) = self.ties.settle(k, tied, self.coins);
            positive.push(wins | signs);
            voted.push(valid & !tied | counts);
        }
        (positive, voted)
    }
}

/// 64 scores that begin where a cache line does, so that no register of them lies across two.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Scores<T = f64>(pub [T; 64]);

/// Which of 64 scores are above the tolerance, and which within it; only valid ones count.
#[inline(always)]
pub(crate) fn outcome<T>(Scores(scores): &Scores<T>, tolerance: T, valid: u64) -> (u64, u64)
where
    T: Copy + PartialOrd + Neg<Output = T>,
{
    let wins = bits(scores, |score| score > tolerance) & valid;
    // Ties are rare: first whether there are any.
    let none = scores.iter().fold(true, |none, score| none & ((*score > tolerance) | (*score < -tolerance)));
    let tied =
        if none { 0 } else { bits(scores, |score| (score <= tolerance) & (score >= -tolerance)) & valid };
    (wins, tied)
}

/// score <- score + weight * sign, for one word of one vote.
#[inline(always)]
pub(crate) fn add_weighted(Scores(scores): &mut Scores, weights: &[f32; 64], positive: u64, voted: u64) {
    for i in 0..64 {
        scores[i] += signed(weights[i], positive >> i, voted >> i);
    }
}

/// [`add_weighted`] with one weight for all.
#[inline(always)]
pub(crate) fn add_one_weight(Scores(scores): &mut Scores, weight: f32, positive: u64, voted: u64) {
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

/// [`add_weighted`] in single precision.
#[inline(always)]
pub(crate) fn add_weighted_roughly(
    Scores(scores): &mut Scores<f32>,
    weights: &[f32; 64],
    positive: u64,
    voted: u64,
) {
    let (halves, _) = scores.as_chunks_mut::<32>();
    let (weights, _) = weights.as_chunks::<32>();
    for (half, (scores, weights)) in halves.iter_mut().zip(weights).enumerate() {
        let (minus, voted) = ((!positive >> (32 * half)) as u32, (voted >> (32 * half)) as u32);
        for (i, (score, weight)) in scores.iter_mut().zip(weights).enumerate() {
            let sign = (minus >> i) << 31;
            *score += f32::from_bits((weight.to_bits() ^ sign) & (voted >> i & 1).wrapping_neg());
        }
    }
}

/// How far from zero the sum of numbers of these sizes in single precision must be for its sign to be that of the exact
/// sum, and for the exact one to be no tie; `None` where the sum could be off by as much as its size.
///
/// A sum of n numbers in single precision is off by at most n u / (1 - n u) times the sum of their sizes, u = 2^-24
/// (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 4.2).
pub(crate) fn error_bound(sizes: impl ExactSizeIterator<Item = f64>, tolerance: f64) -> Option<f32> {
    let off = sizes.len() as f64 * f64::from(f32::EPSILON) / 2.0;
    let size: f64 = sizes.sum();
    let bound = ((tolerance + off / (1.0 - off) * size) as f32).next_up();
    (off < 0.5 && bound.is_finite()).then_some(bound)
}

/// Where plus wins, if every valid score is further than `error_bound` from zero.
#[inline(always)]
pub(crate) fn certain(scores: &Scores<f32>, error_bound: f32, valid: u64) -> Option<u64> {
    let (wins, doubtful) = outcome(scores, error_bound, valid);
    (doubtful == 0).then_some(wins)
}

/// Votes that are scored in one go, so that sums stay in registers.
const TOGETHER: usize = 5;

/// Votes of one weight each and without abstentions, scored in single precision: twice as many lanes a register. A score
/// that is [certain] has the sign of the exact one; only the rest has to be looked at in double precision.
pub(crate) struct RoundingFilter<'a> {
    /// The last group is filled up with votes that weigh nothing.
    groups: Vec<([u32; TOGETHER], [&'a [u64]; TOGETHER])>,
    /// Scores within this might be ties, or have the other sign.
    error_bound: f32,
}

impl<'a> RoundingFilter<'a> {
    /// `None` when somebody abstains, or the sum could be off by as much as its size.
    pub(crate) fn of(votes: impl Iterator<Item = (f32, &'a SignVector)>, tolerance: f64) -> Option<Self> {
        let votes = votes.map(|(weight, vote)| vote.voted().is_none().then(|| (weight, vote.positive())));
        let votes = votes.collect::<Option<Vec<_>>>()?;
        let sizes = votes.iter().map(|(weight, _)| f64::from(weight.abs()));
        let error_bound = error_bound(sizes, tolerance)?;
        let group = |votes: &[(f32, &'a [u64])]| {
            let of = |j: usize| votes.get(j).copied().unwrap_or((0.0, votes[0].1));
            (std::array::from_fn(|j| of(j).0.to_bits()), std::array::from_fn(|j| of(j).1))
        };
        Some(Self { groups: votes.chunks(TOGETHER).map(group).collect(), error_bound })
    }

    /// Where plus wins in word `k`; `None` when some valid coordinate is in doubt.
    #[inline(always)]
    pub(crate) fn wins(&self, k: usize, valid: u64) -> Option<u64> {
        let mut scores = Scores([0.0_f32; 64]);
        for (weights, votes) in &self.groups {
            let votes: [u64; TOGETHER] = std::array::from_fn(|j| !votes[j][k]);
            let (halves, _) = scores.0.as_chunks_mut::<32>();
            for (half, scores) in halves.iter_mut().enumerate() {
                let minus = votes.map(|vote| (vote >> (32 * half)) as u32);
                for (i, score) in scores.iter_mut().enumerate() {
                    let mut sum = *score;
                    for j in 0..TOGETHER {
                        sum += f32::from_bits(weights[j] ^ (minus[j] << (31 - i)) & 1 << 31);
                    }
                    *score = sum;
                }
            }
        }
        certain(&scores, self.error_bound, valid)
    }
}

/// The weight with the sign in the lowest bits.
#[inline(always)]
pub(crate) fn signed(weight: f32, positive: u64, voted: u64) -> f64 {
    // A minus turns the sign bit around, an abstention clears every bit: no branch, so that lanes stay together.
    f64::from_bits((f64::from(weight).to_bits() ^ !positive << 63) & (voted & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    /// Half of them from a few, so that scores cancel, exactly or to within the tolerance.
    fn weight() -> impl Strategy<Value = f32> {
        prop_oneof![-10.0_f32..10.0, prop::sample::select(vec![1.0, -1.0, 0.5, 2.0, 2.000_000_2, 1e-6, 0.0])]
    }

    proptest! {
        /// Against a plain loop over coordinates, which adds in the same order.
        #[test]
        fn scores_are_sums_in_the_order_of_the_votes(
            mut votes in (1_usize..150).prop_flat_map(|d| {
                prop::collection::vec((weight(), prop::collection::vec(-1_i8..=1, d)), 1..12)
            }),
            binary: bool,
        ) {
            let d = votes[0].1.len();
            if binary {
                // Whoever does not abstain is scored in single precision first.
                votes.iter_mut().flat_map(|(_, vote)| vote).filter(|sign| **sign == 0).for_each(|sign| *sign = 1);
            }
            let packed: Vec<SignVector> = votes.iter().map(|(_, v)| SignVector::from_signs(v)).collect();
            let weighted: Vec<(f32, &SignVector)> = votes.iter().map(|(w, _)| *w).zip(&packed).collect();
            let coins = || Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)));
            let decided = weighted_majority(&weighted, d, Ties::Hold, &mut coins());
            let plain: Vec<i8> = (0..d).map(|n| {
                let score = votes.iter().fold(0.0, |sum, (w, v)| sum + f64::from(*w) * f64::from(v[n]));
                if score.abs() <= TIE_TOLERANCE { 0 } else if score > 0.0 { 1 } else { -1 }
            }).collect();
            prop_assert_eq!(decided.to_signs(), plain);
            let twin = WeightedMajority { votes: &weighted, range: 0..d, ties: Ties::Coin, coins: &mut coins() };
            let (positive, voted) = twin.with_simd(pulp::Scalar);
            let scalar = SignVector::from_decision(d, positive, voted);
            prop_assert_eq!(scalar, weighted_majority(&weighted, d, Ties::Coin, &mut coins()));
        }
    }
}
