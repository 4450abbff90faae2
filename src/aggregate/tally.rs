//! Counting votes many coordinates at a time, all at once or as they come in.
//!
//! A vertical counter keeps bit j of all counts in plane j, 64 counts to a word, as many words side by side as a register holds.
//! Fifteen votes at a time become a four-bit number by eleven full adders ([`adder`]), and that number is added to the
//! planes. No count ever leaves its bit column, so a majority needs no integers per coordinate, and no vote has to be kept:
//! D log2(M) bits, whatever M is. A few votes need no planes ([`few`]).

mod adder;
mod few;

use pulp::{Scalar, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::sign::{SignVector, words_for};
use crate::simd;
pub(crate) use adder::TOGETHER;
use adder::{add, compare_digit, fifteen};
pub(crate) use few::{Elected, elect_few};

/// Counts votes over D coordinates.
///
/// # Panics
/// When a vote has another number of coordinates.
pub(crate) fn elect(votes: &[&SignVector], coordinates: usize) -> Elected {
    elect_few(votes, coordinates).unwrap_or_else(|| {
        let mut count = RunningCount::new(coordinates);
        votes.chunks(TOGETHER).for_each(|votes| count.add(votes));
        count.take()
    })
}

/// A count that goes on while votes come in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunningCount {
    coordinates: usize,
    /// Votes that are in it.
    votes: u64,
    plus: Planes,
    /// Empty as long as nobody abstains. What it counts beyond D is of no account.
    abstained: Planes,
}

/// A number for every coordinate, a plane for every binary digit, the lowest first.
type Planes = Vec<Vec<u64>>;

impl RunningCount {
    /// Nobody has voted yet.
    pub(crate) const fn new(coordinates: usize) -> Self {
        Self { coordinates, votes: 0, plus: Vec::new(), abstained: Vec::new() }
    }

    /// Number of votes in it.
    pub(crate) const fn votes(&self) -> u64 {
        self.votes
    }

    /// Adds at most [`TOGETHER`] votes.
    ///
    /// # Panics
    /// When there are more, or one has another number of coordinates.
    pub(crate) fn add(&mut self, votes: &[&SignVector]) {
        simd::dispatch(Addition { count: self, votes });
    }

    /// What the votes have decided; the next count begins at zero.
    pub(crate) fn take(&mut self) -> Elected {
        let elected = simd::dispatch(MajorityPlanes { count: self });
        self.votes = 0;
        self.plus.iter_mut().for_each(|plane| plane.fill(0));
        self.abstained.clear();
        elected
    }
}

/// Binary digits of a number.
const fn digits(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()) as usize
}

/// [`RunningCount::add`].
struct Addition<'a> {
    count: &'a mut RunningCount,
    votes: &'a [&'a SignVector],
}

impl WithSimd for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { count: RunningCount { coordinates, votes: counted, plus, abstained }, votes } = self;
        assert!(votes.len() <= TOGETHER, "so many votes make a number of four digits");
        assert!(
            votes.iter().all(|vote| vote.coordinates() == *coordinates),
            "votes about the same coordinates"
        );
        *counted += votes.len() as u64;
        let (digits, words) = (digits(*counted), words_for(*coordinates));
        let extend = |planes: &mut Planes| {
            planes.resize_with(planes.len().max(digits), || vec![0; words]);
        };
        extend(plus);
        let positive: Vec<&[u64]> = votes.iter().map(|vote| vote.positive()).collect();
        add_bits(simd, plus, &positive, false);
        let voted: Vec<&[u64]> = votes.iter().filter_map(|vote| vote.voted()).collect();
        if !voted.is_empty() {
            extend(abstained);
            add_bits(simd, abstained, &voted, true);
        }
    }
}

/// Adds bits, `inverted` or as they are, to the numbers of their coordinates.
#[inline(always)]
fn add_bits<S: Simd>(simd: S, planes: &mut Planes, bits: &[&[u64]], inverted: bool) {
    let (mut wide, mut rest) = (Vec::with_capacity(planes.len()), Vec::with_capacity(planes.len()));
    for plane in planes {
        let (whole, tail) = S::as_mut_simd_u64s(plane);
        wide.push(whole);
        rest.push(tail);
    }
    let of = |m: usize| S::as_simd_u64s(bits.get(m).copied().unwrap_or_default());
    add_rows(simd, &mut wide, std::array::from_fn(|m| of(m).0), bits.len(), inverted);
    add_rows(Scalar, &mut rest, std::array::from_fn(|m| of(m).1), bits.len(), inverted);
}

/// [`add_bits`] of the first `given` rows, register by register.
#[inline(always)]
fn add_rows<S: Simd>(
    simd: S,
    planes: &mut [&mut [S::u64s]],
    bits: [&[S::u64s]; TOGETHER],
    given: usize,
    inverted: bool,
) {
    let (none, turn) = (simd.splat_u64s(0), simd.splat_u64s(if inverted { u64::MAX } else { 0 }));
    for i in 0..planes.first().map_or(0, |plane| plane.len()) {
        let mut row = [none; TOGETHER];
        for (m, (row, bits)) in row.iter_mut().zip(&bits).enumerate() {
            if m < given {
                *row = simd.xor_u64s(bits[i], turn);
            }
        }
        let number = fifteen(simd, row);
        let mut carry = none;
        for (j, plane) in planes.iter_mut().enumerate() {
            (plane[i], carry) = add(simd, plane[i], number.get(j).copied().unwrap_or(none), carry);
        }
    }
}

/// Where 2 plus + abstained, the surplus of plus on top of the number of votes, is above that number or equals it.
struct MajorityPlanes<'a> {
    count: &'a RunningCount,
}

impl<'a> WithSimd for MajorityPlanes<'a> {
    type Output = Elected;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Elected {
        let RunningCount { coordinates, votes, plus, abstained } = self.count;
        let mut elected = Elected::zeros(*coordinates);
        let (wins, last_wins) = S::as_mut_simd_u64s(&mut elected.wins);
        let (ties, last_ties) = S::as_mut_simd_u64s(&mut elected.ties);
        let of = |planes: &'a Planes| -> (Vec<&'a [S::u64s]>, Vec<&'a [u64]>) {
            planes.iter().map(|plane| S::as_simd_u64s(plane)).unzip()
        };
        let ((plus, last_plus), (abstained, last_abstained)) = (of(plus), of(abstained));
        compare_rows(simd, &plus, &abstained, *votes, wins, ties);
        compare_rows(Scalar, &last_plus, &last_abstained, *votes, last_wins, last_ties);
        elected.end_at(*coordinates)
    }
}

#[inline(always)]
fn compare_rows<S: Simd>(
    simd: S,
    plus: &[&[S::u64s]],
    abstained: &[&[S::u64s]],
    votes: u64,
    wins: &mut [S::u64s],
    ties: &mut [S::u64s],
) {
    let none = simd.splat_u64s(0);
    let digits = abstained.len().max(plus.len() + 1) + 1;
    for (i, (win, tie)) in wins.iter_mut().zip(ties).enumerate() {
        let digit = |planes: &[&[S::u64s]], j: usize| planes.get(j).map_or(none, |plane| plane[i]);
        let (mut larger, mut equal) = (none, simd.splat_u64s(u64::MAX));
        let (mut twice, mut carry) = (none, none);
        for j in 0..digits {
            let sum;
            (sum, carry) = add(simd, twice, digit(abstained, j), carry);
            twice = digit(plus, j);
            (larger, equal) = compare_digit(simd, sum, votes >> j & 1 == 1, (larger, equal));
        }
        (*win, *tie) = (larger, equal);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sign::valid_bits;

    fn sum(votes: &[Vec<i8>], n: usize) -> i32 {
        votes.iter().map(|vote| i32::from(vote[n])).sum()
    }

    fn check(votes: &[Vec<i8>], coordinates: usize) {
        let packed: Vec<SignVector> = votes.iter().map(|vote| SignVector::from_signs(vote)).collect();
        let votes_of: Vec<&SignVector> = packed.iter().collect();
        let elected = elect(&votes_of, coordinates);
        for n in 0..coordinates {
            let bit = |words: &[u64]| words[n / 64] >> (n % 64) & 1 == 1;
            assert_eq!(bit(&elected.wins), sum(votes, n) > 0, "coordinate {n} of {votes:?}");
            assert_eq!(bit(&elected.ties), sum(votes, n) == 0, "coordinate {n} of {votes:?}");
        }
        let mut scalar = RunningCount::new(coordinates);
        for votes in votes_of.chunks(TOGETHER) {
            Addition { count: &mut scalar, votes }.with_simd(pulp::Scalar);
        }
        assert_eq!(MajorityPlanes { count: &scalar }.with_simd(pulp::Scalar), elected);
        assert_eq!(scalar.take(), elected);
        assert_eq!(scalar.take(), elect(&[], coordinates), "a count begins anew");
        if let Some(last) = elected.ties.last() {
            assert_eq!(last & !valid_bits(coordinates, words_for(coordinates) - 1), 0, "nothing beyond D");
        }
    }

    proptest! {
        /// Sums of integers, and the same code without vector instructions.
        #[test]
        fn counters_agree_with_integers(
            (d, votes) in (1_usize..700).prop_flat_map(|d| {
                let vote = |signs: std::ops::RangeInclusive<i8>| prop::collection::vec(signs, d);
                let binary = vote(0..=1).prop_map(|v| v.into_iter().map(|s| 2 * s - 1).collect());
                let votes = prop::collection::vec(prop_oneof![vote(-1..=1), binary], 0..40);
                (Just(d), votes)
            }),
            ternary: bool,
        ) {
            let binary = |v: &Vec<i8>| v.iter().map(|s| if *s == 0 { 1 } else { *s }).collect();
            let votes: Vec<Vec<i8>> = if ternary { votes } else { votes.iter().map(binary).collect() };
            check(&votes, d);
        }
    }

    #[test]
    fn hundreds_of_votes_reach_the_high_planes() {
        for m in [255, 256, 257, 1000] {
            let sign =
                |i: usize, n: usize| if (i * 2_654_435_761 + n * 40_503) % 97 < 45 + n % 8 { 1 } else { -1 };
            let votes: Vec<Vec<i8>> = (0..m).map(|i| (0..130).map(|n| sign(i, n)).collect()).collect();
            check(&votes, 130);
        }
    }
}
