//! A majority of a few votes: counted and compared register by register, and nothing is kept in between.

use pulp::{Scalar, Simd, WithSimd};

use super::{Elected, TOGETHER};
use crate::sign::{SignVector, valid_bits, words_for};
use crate::simd;

/// [`elect`](super::elect) where there are at most [`TOGETHER`] votes and nobody abstains; `None` elsewhere.
///
/// # Panics
/// When a vote has another number of coordinates.
pub(crate) fn elect_few(votes: &[&SignVector], coordinates: usize) -> Option<Elected> {
    let few = votes.len() <= TOGETHER && votes.iter().all(|vote| vote.voted().is_none());
    few.then(|| simd::dispatch(FewVotes { votes, coordinates }))
}

struct FewVotes<'a> {
    votes: &'a [&'a SignVector],
    coordinates: usize,
}

impl WithSimd for FewVotes<'_> {
    type Output = Elected;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Elected {
        let Self { votes, coordinates } = self;
        assert!(
            votes.iter().all(|vote| vote.coordinates() == coordinates),
            "votes about the same coordinates"
        );
        let words = words_for(coordinates);
        let mut elected = Elected { wins: vec![0; words], ties: vec![0; words] };
        let of = |m: usize| votes.get(m).map_or(&[][..], |vote| vote.positive());
        let (wins, last_wins) = S::as_mut_simd_u64s(&mut elected.wins);
        let (ties, last_ties) = S::as_mut_simd_u64s(&mut elected.ties);
        compare(simd, std::array::from_fn(|m| S::as_simd_u64s(of(m)).0), votes.len(), wins, ties);
        compare(Scalar, std::array::from_fn(|m| S::as_simd_u64s(of(m)).1), votes.len(), last_wins, last_ties);
        if let Some(last) = elected.ties.last_mut() {
            *last &= valid_bits(coordinates, words - 1);
        }
        elected
    }
}

/// Where more than half of the first `given` votes are set, and where half of them are.
#[inline(always)]
fn compare<S: Simd>(
    simd: S,
    votes: [&[S::u64s]; TOGETHER],
    given: usize,
    wins: &mut [S::u64s],
    ties: &mut [S::u64s],
) {
    let none = simd.splat_u64s(0);
    for (i, (win, tie)) in wins.iter_mut().zip(ties).enumerate() {
        let mut bits = [none; TOGETHER];
        for (m, (bits, vote)) in bits.iter_mut().zip(&votes).enumerate() {
            if m < given {
                *bits = vote[i];
            }
        }
        // Twice their number, from its second digit on, against the number of votes: the highest digit decides last.
        let odd = given % 2 == 1;
        let (mut larger, mut equal) = (none, if odd { none } else { simd.splat_u64s(u64::MAX) });
        for (j, digit) in fifteen(simd, bits).into_iter().enumerate() {
            if given >> (j + 1) & 1 == 1 {
                larger = simd.and_u64s(digit, larger);
                equal = simd.and_u64s(digit, equal);
            } else {
                larger = simd.or_u64s(digit, larger);
                equal = simd.and_u64s(simd.not_u64s(digit), equal);
            }
        }
        (*win, *tie) = (larger, equal);
    }
}

/// The number of set bits in every column, lowest digit first: eleven full adders.
#[inline(always)]
fn fifteen<S: Simd>(simd: S, v: [S::u64s; TOGETHER]) -> [S::u64s; 4] {
    let low = seven(simd, [v[0], v[1], v[2], v[3], v[4], v[5], v[6]]);
    let high = seven(simd, [v[7], v[8], v[9], v[10], v[11], v[12], v[13]]);
    let (ones, carry) = add(simd, low[0], high[0], v[14]);
    let (twos, carry) = add(simd, low[1], high[1], carry);
    let (fours, eights) = add(simd, low[2], high[2], carry);
    [ones, twos, fours, eights]
}

#[inline(always)]
fn seven<S: Simd>(simd: S, v: [S::u64s; 7]) -> [S::u64s; 3] {
    let (a, twos_a) = add(simd, v[0], v[1], v[2]);
    let (b, twos_b) = add(simd, v[3], v[4], v[5]);
    let (ones, twos_c) = add(simd, a, b, v[6]);
    let (twos, fours) = add(simd, twos_a, twos_b, twos_c);
    [ones, twos, fours]
}

/// Sum and carry of three bits in every column.
#[inline(always)]
fn add<S: Simd>(simd: S, a: S::u64s, b: S::u64s, c: S::u64s) -> (S::u64s, S::u64s) {
    let odd = simd.xor_u64s(a, b);
    let both = simd.and_u64s(a, b);
    (simd.xor_u64s(odd, c), simd.or_u64s(both, simd.and_u64s(odd, c)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Sums of integers, with and without vector instructions.
        #[test]
        fn a_few_votes_agree_with_integers(
            (d, votes) in (1_usize..1100).prop_flat_map(|d| {
                let vote = prop::collection::vec(prop::bool::ANY, d);
                (Just(d), prop::collection::vec(vote, 0..=TOGETHER))
            }),
        ) {
            let signs = |vote: &Vec<bool>| -> Vec<i8> { vote.iter().map(|v| if *v { 1 } else { -1 }).collect() };
            let packed: Vec<SignVector> = votes.iter().map(|v| SignVector::from_signs(&signs(v))).collect();
            let votes_of: Vec<&SignVector> = packed.iter().collect();
            let elected = elect_few(&votes_of, d).unwrap();
            let scalar = FewVotes { votes: &votes_of, coordinates: d }.with_simd(Scalar);
            prop_assert_eq!(&scalar, &elected);
            for n in 0..64 * words_for(d) {
                let sum: i32 = if n < d { votes.iter().map(|v| if v[n] { 1 } else { -1 }).sum() } else { -1 };
                let bit = |words: &[u64]| words[n / 64] >> (n % 64) & 1 == 1;
                prop_assert_eq!((bit(&elected.wins), bit(&elected.ties)), (sum > 0, sum == 0), "coordinate {}", n);
            }
        }
    }
}
