//! Counting votes many coordinates at a time.
//!
//! A vertical counter keeps bit j of all counts in plane j, 64 counts to a word, eight words side by side. Seven votes at a
//! time become a three-bit number by four full adders (carry-save: no carry travels), and that number is added to the
//! planes, two or three of which it reaches. No count ever leaves its bit column, so a majority needs no integers per
//! coordinate: about six word operations a vote and 64 coordinates, whatever M is.

use pulp::{Arch, Simd, WithSimd};

use crate::sign::{SignVector, valid_bits, words_for};

/// Words that are counted side by side: one register of the widest kind.
const LANES: usize = 8;
type Block = [u64; LANES];
/// Enough for 2^32 - 1 votes.
const PLANES: usize = 32;

/// Where more voted plus than minus, and where as many did; 64 coordinates to a word, zero beyond D.
#[derive(Debug, PartialEq, Eq)]
pub struct Elected {
    pub wins: Vec<u64>,
    pub ties: Vec<u64>,
}

/// Counts votes over D coordinates.
///
/// # Panics
/// When a vote has another number of coordinates.
pub fn elect(votes: &[&SignVector], coordinates: usize) -> Elected {
    assert!(votes.iter().all(|vote| vote.coordinates() == coordinates), "votes about the same coordinates");
    Arch::new().dispatch(Election { votes, coordinates })
}

struct Election<'a> {
    votes: &'a [&'a SignVector],
    coordinates: usize,
}

impl WithSimd for Election<'_> {
    type Output = Elected;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Elected {
        let words = words_for(self.coordinates);
        let mut elected = Elected { wins: vec![0; words], ties: vec![0; words] };
        // Where nobody can abstain, one count says everything.
        let ternary = self.votes.iter().any(|vote| vote.voted().is_some());
        let (half, even) = (self.votes.len() as u64 / 2, self.votes.len().is_multiple_of(2));
        let blocks = elected.wins.chunks_mut(LANES).zip(elected.ties.chunks_mut(LANES));
        for (block, (wins, ties)) in blocks.enumerate() {
            let first = LANES * block;
            let plus = Counters::of(self.votes, |vote| load(vote.positive(), first));
            let (larger, mut equal) = if ternary {
                let minus = |vote: &SignVector| {
                    let (positive, voted) = (load(vote.positive(), first), vote.voted());
                    let voted = voted.map_or_else(|| valid(self.coordinates, first), |v| load(v, first));
                    std::array::from_fn(|j| positive[j] ^ voted[j])
                };
                plus.compare(&Counters::of(self.votes, minus))
            } else {
                plus.compare_with(half)
            };
            if !ternary && !even {
                equal = [0; LANES];
            }
            let valid = valid(self.coordinates, first);
            for (j, (win, tie)) in wins.iter_mut().zip(ties).enumerate() {
                (*win, *tie) = (larger[j], equal[j] & valid[j]);
            }
        }
        elected
    }
}

/// Words from `first` on; none beyond the last one.
#[inline(always)]
fn load(words: &[u64], first: usize) -> Block {
    let words = &words[first..];
    match words.first_chunk::<LANES>() {
        Some(block) => *block,
        None => std::array::from_fn(|j| words.get(j).copied().unwrap_or(0)),
    }
}

#[inline(always)]
fn valid(coordinates: usize, first: usize) -> Block {
    std::array::from_fn(|j| {
        let k = first + j;
        if k < words_for(coordinates) { valid_bits(coordinates, k) } else { 0 }
    })
}

/// Sum and carry of three bits in every column.
#[inline(always)]
fn add(a: Block, b: Block, c: Block) -> (Block, Block) {
    let (mut sum, mut carry) = ([0; LANES], [0; LANES]);
    for j in 0..LANES {
        let odd = a[j] ^ b[j];
        sum[j] = odd ^ c[j];
        carry[j] = (a[j] & b[j]) | (odd & c[j]);
    }
    (sum, carry)
}

/// A counter for every bit of a block.
struct Counters {
    planes: [Block; PLANES],
    /// Planes from here on are zero.
    used: usize,
}

impl Counters {
    /// Counts the set bits of `block` over all votes.
    #[inline(always)]
    fn of(votes: &[&SignVector], block: impl Fn(&SignVector) -> Block) -> Self {
        let mut counters = Self { planes: [[0; LANES]; PLANES], used: 3 };
        for seven in votes.chunks(7) {
            let v: [Block; 7] = std::array::from_fn(|i| match seven.get(i) {
                Some(vote) => block(vote),
                None => [0; LANES],
            });
            let (a, twos_a) = add(v[0], v[1], v[2]);
            let (b, twos_b) = add(v[3], v[4], v[5]);
            let (ones, twos_c) = add(a, b, v[6]);
            let (twos, fours) = add(twos_a, twos_b, twos_c);
            counters.add_number([ones, twos, fours]);
        }
        counters
    }

    /// Adds a three-bit number in every column.
    #[inline(always)]
    fn add_number(&mut self, number: [Block; 3]) {
        let mut carry = [0; LANES];
        for (plane, bits) in self.planes.iter_mut().zip(number) {
            (*plane, carry) = add(*plane, bits, carry);
        }
        let mut j = number.len();
        while carry.iter().fold(0, |any, word| any | word) != 0 {
            (self.planes[j], carry) = add(self.planes[j], carry, [0; LANES]);
            j += 1;
        }
        self.used = self.used.max(j);
    }

    /// Where this count is larger than the other's, and where both are equal.
    #[inline(always)]
    fn compare(&self, other: &Self) -> (Block, Block) {
        let (mut larger, mut equal) = ([0; LANES], [u64::MAX; LANES]);
        for plane in (0..self.used.max(other.used)).rev() {
            for j in 0..LANES {
                let (a, b) = (self.planes[plane][j], other.planes[plane][j]);
                larger[j] |= equal[j] & a & !b;
                equal[j] &= !(a ^ b);
            }
        }
        (larger, equal)
    }

    /// [`Counters::compare`] with the same number everywhere.
    #[inline(always)]
    fn compare_with(&self, number: u64) -> (Block, Block) {
        let (mut larger, mut equal) = ([0; LANES], [u64::MAX; LANES]);
        for plane in (0..PLANES).rev().skip_while(|j| *j >= self.used && number >> j == 0) {
            let bit = if number >> plane & 1 == 1 { u64::MAX } else { 0 };
            for j in 0..LANES {
                let count = self.planes[plane][j];
                larger[j] |= equal[j] & count & !bit;
                equal[j] &= !(count ^ bit);
            }
        }
        (larger, equal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        let election = || Election { votes: &votes_of, coordinates };
        assert_eq!(election().with_simd(pulp::Scalar), elected);
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
