//! Counting votes many coordinates at a time, all at once or as they come in.
//!
//! A vertical counter keeps bit j of all counts in plane j, 64 counts to a word, eight words side by side. Fifteen votes at
//! a time become a four-bit number by eleven full adders (carry-save: no carry travels), and that number is added to the
//! planes. No count ever leaves its bit column, so a majority needs no integers per coordinate, and no vote has to be kept:
//! D log2(M) bits, whatever M is.

mod few;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::sign::{SignVector, valid_bits, words_for};
use crate::simd;
pub(crate) use few::elect_few;

/// Words that are counted side by side: one register of the widest kind.
const LANES: usize = 8;
type LaneBlock = [u64; LANES];
/// Votes that are added to a count in one pass.
pub(crate) const TOGETHER: usize = 15;

/// Where more voted plus than minus, and where as many did; 64 coordinates to a word, zero beyond D.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Elected {
    pub wins: Vec<u64>,
    pub ties: Vec<u64>,
}

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
    /// Empty as long as nobody abstains.
    abstained: Planes,
}

/// A number for every coordinate, a plane for every binary digit, the lowest first.
type Planes = Vec<Vec<LaneBlock>>;

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
        self.plus.iter_mut().for_each(|plane| plane.fill([0; LANES]));
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
    fn with_simd<S: Simd>(self, _: S) {
        let Self { count: RunningCount { coordinates, votes: counted, plus, abstained }, votes } = self;
        assert!(votes.len() <= TOGETHER, "so many votes make a number of four digits");
        assert!(
            votes.iter().all(|vote| vote.coordinates() == *coordinates),
            "votes about the same coordinates"
        );
        *counted += votes.len() as u64;
        let (digits, blocks) = (digits(*counted), words_for(*coordinates).div_ceil(LANES));
        let extend = |planes: &mut Planes| {
            planes.resize_with(planes.len().max(digits), || vec![[0; LANES]; blocks]);
        };
        extend(plus);
        add_bits(plus, votes, |vote, first| load(vote.positive(), first));
        if votes.iter().any(|vote| vote.voted().is_some()) {
            extend(abstained);
            add_bits(abstained, votes, |vote, first| {
                let (valid, voted) =
                    (valid(*coordinates, first), vote.voted().map(|voted| load(voted, first)));
                voted.map_or([0; LANES], |voted| std::array::from_fn(|j| valid[j] & !voted[j]))
            });
        }
    }
}

/// Adds the bits that votes have from a word on to the numbers of their coordinates.
#[inline(always)]
fn add_bits(planes: &mut Planes, votes: &[&SignVector], bits: impl Fn(&SignVector, usize) -> LaneBlock) {
    for block in 0..planes.first().map_or(0, Vec::len) {
        let number = fifteen(std::array::from_fn(|i| match votes.get(i) {
            Some(vote) => bits(vote, LANES * block),
            None => [0; LANES],
        }));
        let mut carry = [0; LANES];
        for (j, plane) in planes.iter_mut().enumerate() {
            let digit = number.get(j).copied().unwrap_or([0; LANES]);
            (plane[block], carry) = add(plane[block], digit, carry);
        }
    }
}

/// Where 2 plus + abstained, the surplus of plus on top of the number of votes, is above that number or equals it.
struct MajorityPlanes<'a> {
    count: &'a RunningCount,
}

impl WithSimd for MajorityPlanes<'_> {
    type Output = Elected;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Elected {
        let RunningCount { coordinates, votes, plus, abstained } = self.count;
        let words = words_for(*coordinates);
        let mut elected = Elected { wins: vec![0; words], ties: vec![0; words] };
        let digits = abstained.len().max(plus.len() + 1) + 1;
        let blocks = elected.wins.chunks_mut(LANES).zip(elected.ties.chunks_mut(LANES));
        for (block, (wins, ties)) in blocks.enumerate() {
            let digit = |planes: &Planes, j: usize| planes.get(j).map_or([0; LANES], |plane| plane[block]);
            let (mut larger, mut equal, mut carry) = ([0; LANES], [u64::MAX; LANES], [0; LANES]);
            let mut twice = [0; LANES];
            for j in 0..digits {
                let sum;
                (sum, carry) = add(twice, digit(abstained, j), carry);
                twice = digit(plus, j);
                let bit = if votes >> j & 1 == 1 { u64::MAX } else { 0 };
                for lane in 0..LANES {
                    let same = !(sum[lane] ^ bit);
                    larger[lane] = sum[lane] & !bit | same & larger[lane];
                    equal[lane] &= same;
                }
            }
            let valid = valid(*coordinates, LANES * block);
            for (lane, (win, tie)) in wins.iter_mut().zip(ties).enumerate() {
                (*win, *tie) = (larger[lane], equal[lane] & valid[lane]);
            }
        }
        elected
    }
}

/// Words from `first` on; none beyond the last one.
#[inline(always)]
fn load(words: &[u64], first: usize) -> LaneBlock {
    let words = &words[first..];
    match words.first_chunk::<LANES>() {
        Some(block) => *block,
        None => std::array::from_fn(|j| words.get(j).copied().unwrap_or(0)),
    }
}

#[inline(always)]
fn valid(coordinates: usize, first: usize) -> LaneBlock {
    std::array::from_fn(|j| {
        let k = first + j;
        if k < words_for(coordinates) { valid_bits(coordinates, k) } else { 0 }
    })
}

/// Sum and carry of three bits in every column.
#[inline(always)]
fn add(a: LaneBlock, b: LaneBlock, c: LaneBlock) -> (LaneBlock, LaneBlock) {
    let (mut sum, mut carry) = ([0; LANES], [0; LANES]);
    for j in 0..LANES {
        let odd = a[j] ^ b[j];
        sum[j] = odd ^ c[j];
        carry[j] = (a[j] & b[j]) | (odd & c[j]);
    }
    (sum, carry)
}

/// The number of set bits in every column, lowest digit first.
#[inline(always)]
fn fifteen(v: [LaneBlock; TOGETHER]) -> [LaneBlock; 4] {
    let (low, high) = (
        seven([v[0], v[1], v[2], v[3], v[4], v[5], v[6]]),
        seven([v[7], v[8], v[9], v[10], v[11], v[12], v[13]]),
    );
    let (ones, carry) = add(low[0], high[0], v[14]);
    let (twos, carry) = add(low[1], high[1], carry);
    let (fours, eights) = add(low[2], high[2], carry);
    [ones, twos, fours, eights]
}

#[inline(always)]
fn seven(v: [LaneBlock; 7]) -> [LaneBlock; 3] {
    let (a, twos_a) = add(v[0], v[1], v[2]);
    let (b, twos_b) = add(v[3], v[4], v[5]);
    let (ones, twos_c) = add(a, b, v[6]);
    let (twos, fours) = add(twos_a, twos_b, twos_c);
    [ones, twos, fours]
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
