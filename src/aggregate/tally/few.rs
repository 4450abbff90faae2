//! A majority of a few votes: counted and compared register by register, and nothing is kept in between.

use pulp::{Scalar, Simd, WithSimd};

use super::adder::{TOGETHER, compare_digit, fifteen};
use crate::sign::{SignVector, valid_bits, words_for};
use crate::simd;

/// Where more voted plus than minus, and where as many did; 64 coordinates to a word, zero beyond D.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Elected {
    pub wins: Vec<u64>,
    pub ties: Vec<u64>,
}

impl Elected {
    /// Nowhere.
    pub(super) fn zeros(coordinates: usize) -> Self {
        let words = words_for(coordinates);
        Self { wins: vec![0; words], ties: vec![0; words] }
    }

    /// With nothing tied beyond the last coordinate.
    pub(super) fn end_at(mut self, coordinates: usize) -> Self {
        if let Some(last) = self.ties.last_mut() {
            *last &= valid_bits(coordinates, words_for(coordinates) - 1);
        }
        self
    }
}

/// The majority of all votes where there are at most [`TOGETHER`] votes and nobody abstains; `None` elsewhere.
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
        let mut elected = Elected::zeros(coordinates);
        let of = |m: usize| votes.get(m).map_or(&[][..], |vote| vote.positive());
        let (wins, last_wins) = S::as_mut_simd_u64s(&mut elected.wins);
        let (ties, last_ties) = S::as_mut_simd_u64s(&mut elected.ties);
        compare(simd, std::array::from_fn(|m| S::as_simd_u64s(of(m)).0), votes.len(), wins, ties);
        compare(Scalar, std::array::from_fn(|m| S::as_simd_u64s(of(m)).1), votes.len(), last_wins, last_ties);
        elected.end_at(coordinates)
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
        // Twice their number, whose first digit is 0, against the number of votes: the highest digit decides last.
        let (mut larger, mut equal) =
            compare_digit(simd, none, given & 1 == 1, (none, simd.splat_u64s(u64::MAX)));
        for (j, digit) in fifteen(simd, bits).into_iter().enumerate() {
            (larger, equal) = compare_digit(simd, digit, given >> (j + 1) & 1 == 1, (larger, equal));
        }
        (*win, *tie) = (larger, equal);
    }
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
