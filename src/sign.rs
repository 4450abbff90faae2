//! One bit per coordinate: the sign vectors that travel between workers and server, 64 signs to a word.
//!
//! A [`SignVector`] of D coordinates holds ceil(D / 64) words in which a set bit means +1. A second, optional
//! plane makes it ternary: a coordinate whose bit is missing there says nothing at all (an abstaining worker, a
//! held step). Two rules keep every operation a plain loop over words: bits beyond D are zero in both planes, and
//! so is the sign of a coordinate that abstains.

mod plane;

use std::ops::Range;

pub use plane::Plane;

use crate::simd;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

/// A vector over {-1, +1}, or over {-1, 0, +1} when it has a mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignVector {
    coordinates: usize,
    positive: Plane,
    /// Set where the coordinate is not zero; absent when none can be.
    voted: Option<Plane>,
}

/// Number of words that hold `coordinates` bits.
#[must_use]
pub const fn words_for(coordinates: usize) -> usize {
    coordinates.div_ceil(64)
}

/// The bits of word `k` that belong to a vector of `coordinates` bits.
#[must_use]
pub const fn valid_bits(coordinates: usize, k: usize) -> u64 {
    let rest = coordinates - 64 * k;
    if rest >= 64 { u64::MAX } else { (1 << rest) - 1 }
}

/// The bits of word `k` that belong to a range of coordinates that begins before the word ends and ends after it begins.
#[must_use]
pub const fn bits_within(range: &Range<usize>, k: usize) -> u64 {
    u64::MAX << range.start.saturating_sub(64 * k) & valid_bits(range.end, k)
}

impl SignVector {
    /// Packs D signs from words in which a set bit is +1; bits beyond D are cleared.
    ///
    /// # Panics
    /// When the number of words is not ceil(D / 64).
    #[must_use]
    pub fn from_words(coordinates: usize, positive: Vec<u64>) -> Self {
        Self::from_plane(coordinates, positive.into())
    }

    /// [`SignVector::from_words`] of words that are a plane already.
    ///
    /// # Panics
    /// When the number of words is not ceil(D / 64).
    #[inline]
    #[must_use]
    pub fn from_plane(coordinates: usize, mut positive: Plane) -> Self {
        assert_eq!(positive.len(), words_for(coordinates), "one bit per coordinate");
        clear_padding(coordinates, &mut positive);
        Self { coordinates, positive, voted: None }
    }

    /// A binary vector where `voted` covers all coordinates, a ternary one otherwise.
    #[must_use]
    pub fn from_decision(coordinates: usize, positive: Vec<u64>, voted: Vec<u64>) -> Self {
        if voted.iter().enumerate().all(|(k, v)| *v == valid_bits(coordinates, k)) {
            Self::from_words(coordinates, positive)
        } else {
            Self::from_planes(coordinates, positive, voted)
        }
    }

    /// Packs D ternary signs: +1 where both bits are set, -1 where only `voted` is, 0 elsewhere.
    ///
    /// # Panics
    /// When the number of words of either plane is not ceil(D / 64).
    #[must_use]
    pub fn from_planes(coordinates: usize, positive: Vec<u64>, voted: Vec<u64>) -> Self {
        let (mut positive, mut voted) = (Plane::from(positive), Plane::from(voted));
        assert_eq!(positive.len(), words_for(coordinates), "one bit per coordinate");
        assert_eq!(voted.len(), positive.len(), "planes of equal length");
        clear_padding(coordinates, &mut voted);
        for (p, v) in positive.iter_mut().zip(&*voted) {
            *p &= v;
        }
        Self { coordinates, positive, voted: Some(voted) }
    }

    /// D zeros.
    #[must_use]
    pub fn zeros(coordinates: usize) -> Self {
        let plane = vec![0; words_for(coordinates)];
        Self::from_planes(coordinates, plane.clone(), plane)
    }

    /// Packs integers by their sign; any zero makes the vector ternary.
    #[must_use]
    pub fn from_signs(signs: &[i8]) -> Self {
        let pack = |of: fn(i8) -> bool| -> Vec<u64> {
            signs.chunks(64).map(|c| c.iter().rev().fold(0, |w, &s| w << 1 | u64::from(of(s)))).collect()
        };
        let positive = pack(|s| s > 0);
        if signs.contains(&0) {
            Self::from_planes(signs.len(), positive, pack(|s| s != 0))
        } else {
            Self::from_words(signs.len(), positive)
        }
    }

    /// Packs numbers by their sign; a zero, and what is not a number, makes the vector ternary.
    #[must_use]
    pub fn of_values<T: Copy + Default + PartialOrd>(values: &[T]) -> Self {
        let words = words_for(values.len());
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        let mut silent = 0;
        for (k, chunk) in values.chunks(64).enumerate() {
            let (plus, minus) = (bits(chunk, |x| x > T::default()), bits(chunk, |x| x < T::default()));
            silent |= valid_bits(values.len(), k) & !(plus | minus);
            positive.push(plus);
            voted.push(plus | minus);
        }
        if silent == 0 {
            Self::from_words(values.len(), positive)
        } else {
            Self::from_planes(values.len(), positive, voted)
        }
    }

    /// Number of coordinates, D.
    #[must_use]
    pub fn coordinates(&self) -> usize {
        self.coordinates
    }

    /// The words of signs.
    #[must_use]
    pub fn positive(&self) -> &[u64] {
        &self.positive
    }

    /// The words of the second plane, where there is one.
    #[must_use]
    pub fn voted(&self) -> Option<&[u64]> {
        self.voted.as_deref()
    }

    /// The coordinates of word `k` that are not zero.
    #[must_use]
    pub fn voted_word(&self, k: usize) -> u64 {
        self.voted.as_ref().map_or_else(|| valid_bits(self.coordinates, k), |v| v[k])
    }

    /// The sign of one coordinate: -1, 0 or +1.
    ///
    /// # Panics
    /// When `coordinate` is not below D.
    #[must_use]
    pub fn sign(&self, coordinate: usize) -> i8 {
        assert!(coordinate < self.coordinates, "a coordinate of the vector");
        let (k, bit) = (coordinate / 64, 1 << (coordinate % 64));
        match (self.voted_word(k) & bit != 0, self.positive[k] & bit != 0) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => -1,
        }
    }

    /// All signs, one integer per coordinate.
    #[must_use]
    pub fn to_signs(&self) -> Vec<i8> {
        (0..self.coordinates).map(|i| self.sign(i)).collect()
    }

    /// All signs as numbers: -1, 0 or +1.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.coordinates];
        for (k, chunk) in dense.chunks_mut(64).enumerate() {
            let (positive, voted) = (self.positive[k], self.voted_word(k));
            for (i, x) in chunk.iter_mut().enumerate() {
                *x = 2.0 * (positive >> i & 1) as f32 - (voted >> i & 1) as f32;
            }
        }
        dense
    }

    /// Every sign negated; zeros stay.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        for k in 0..self.positive.len() {
            self.positive[k] ^= self.voted_word(k);
        }
        self
    }

    /// The signs negated where `flips` has a set bit; zeros stay.
    ///
    /// # Panics
    /// When `flips` has another number of words.
    #[must_use]
    pub fn flipped_where(mut self, flips: &[u64]) -> Self {
        assert_eq!(flips.len(), self.positive.len(), "one flip bit a coordinate");
        for (k, flip) in flips.iter().enumerate() {
            self.positive[k] ^= flip & self.voted_word(k);
        }
        self
    }

    /// Number of coordinates that are not zero.
    #[must_use]
    pub fn votes(&self) -> u64 {
        (0..self.positive.len()).map(|k| u64::from(self.voted_word(k).count_ones())).sum()
    }

    /// On how many coordinates the two differ, and on how many neither is zero.
    ///
    /// # Panics
    /// When `other` has another number of coordinates.
    #[must_use]
    pub fn disagreement(&self, other: &Self) -> (u64, u64) {
        self.disagreement_within(other, 0..self.coordinates)
    }

    /// [`SignVector::disagreement`] on a range of coordinates.
    ///
    /// # Panics
    /// When `other` has another number of coordinates, or the range ends beyond them.
    #[must_use]
    pub fn disagreement_within(&self, other: &Self, range: Range<usize>) -> (u64, u64) {
        assert_eq!(self.coordinates, other.coordinates, "vectors of equal length");
        assert!(range.end <= self.coordinates, "a range of the vector");
        simd::dispatch(Disagreement { ours: self, theirs: other, range })
    }

    /// x <- x - rate * sign, coordinate by coordinate; zeros hold.
    ///
    /// # Panics
    /// When `parameters` has another length.
    pub fn step(&self, parameters: &mut [f32], rate: f32) {
        assert_eq!(parameters.len(), self.coordinates, "one parameter per coordinate");
        simd::dispatch(Move { signs: self, parameters, rate });
    }
}

/// One bit for each of up to 64 entries: compared byte by byte, which vectorises, then packed eight at a time.
#[must_use]
#[inline(always)]
pub fn bits<T: Copy>(chunk: &[T], is: impl Fn(T) -> bool) -> u64 {
    let mut bytes = [0_u8; 64];
    let compare = |(byte, entry): (&mut u8, &T)| *byte = u8::from(is(*entry));
    match <&[T; 64]>::try_from(chunk) {
        // Most are full: of known length, they are compared without a loop.
        Ok(full) => bytes.iter_mut().zip(full).for_each(compare),
        Err(_) => bytes.iter_mut().zip(chunk).for_each(compare),
    }
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| {
        // The product moves bit 0 of byte j to bit 56 + j, and nothing carries into those bits.
        word << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// [`SignVector::step`], as many coordinates at a time as the processor can.
struct Move<'a> {
    signs: &'a SignVector,
    parameters: &'a mut [f32],
    rate: f32,
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (k, chunk) in self.parameters.chunks_mut(64).enumerate() {
            let (positive, voted) = (self.signs.positive[k], self.signs.voted_word(k));
            for (i, x) in chunk.iter_mut().enumerate() {
                // +1 gives -rate, -1 gives +rate, an abstention gives zero.
                let up = (positive >> i & 1) as f32;
                let counts = (voted >> i & 1) as f32;
                *x -= self.rate * (2.0 * up - counts);
            }
        }
    }
}

/// Counted with the widest instructions of the processor: the baseline has none for it.
struct Disagreement<'a> {
    ours: &'a SignVector,
    theirs: &'a SignVector,
    range: Range<usize>,
}

impl WithSimd for Disagreement<'_> {
    type Output = (u64, u64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (u64, u64) {
        let Self { ours, theirs, range } = self;
        let within = |k: usize| bits_within(&range, k);
        let words = range.start / 64..range.end.div_ceil(64);
        if ours.voted.is_none() && theirs.voted.is_none() && !words.is_empty() {
            let (first, last) = (words.start, words.end - 1);
            let differing = |k: usize| (ours.positive[k] ^ theirs.positive[k]) & within(k);
            let ends =
                differing(first).count_ones() + if last > first { differing(last).count_ones() } else { 0 };
            let inner = first + 1..last.max(first + 1);
            let pairs = ours.positive[inner.clone()].iter().zip(&theirs.positive[inner]);
            let inner: u64 = pairs.map(|(a, b)| u64::from((a ^ b).count_ones())).sum();
            return (u64::from(ends) + inner, range.len() as u64);
        }
        let (mut wrong, mut compared) = (0, 0);
        for k in words {
            let both = ours.voted_word(k) & theirs.voted_word(k) & within(k);
            wrong += u64::from(((ours.positive[k] ^ theirs.positive[k]) & both).count_ones());
            compared += u64::from(both.count_ones());
        }
        (wrong, compared)
    }
}

fn clear_padding(coordinates: usize, words: &mut [u64]) {
    if let Some(last) = words.last_mut() {
        *last &= valid_bits(coordinates, words_for(coordinates) - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signs() -> impl Strategy<Value = Vec<i8>> {
        prop::collection::vec(-1_i8..=1, 1..200)
    }

    proptest! {
        #[test]
        fn packing_round_trips(s in signs()) {
            prop_assert_eq!(SignVector::from_signs(&s).to_signs(), s);
        }

        #[test]
        fn numbers_have_the_signs_they_were_made_from(s in signs()) {
            let v = SignVector::from_signs(&s);
            prop_assert_eq!(SignVector::of_values(&v.to_dense()), v);
        }

        #[test]
        fn inversion_negates_and_counts_stay(s in signs()) {
            let v = SignVector::from_signs(&s);
            let negated: Vec<i8> = s.iter().map(|x| -x).collect();
            prop_assert_eq!(v.votes(), s.iter().filter(|x| **x != 0).count() as u64);
            prop_assert_eq!(v.inverted(), SignVector::from_signs(&negated));
        }

        #[test]
        fn disagreement_counts_like_a_plain_loop(
            pairs in prop::collection::vec((-1_i8..=1, -1_i8..=1), 1..400), a in 0_usize..400, b in 0_usize..400,
            binary: bool,
        ) {
            let sign = |x: i8| if binary && x == 0 { 1 } else { x };
            let pairs: Vec<(i8, i8)> = pairs.into_iter().map(|(x, y)| (sign(x), sign(y))).collect();
            let (ours, theirs): (Vec<i8>, Vec<i8>) = pairs.iter().copied().unzip();
            let range = a.min(b).min(pairs.len())..a.max(b).min(pairs.len());
            let both: Vec<_> = pairs[range.clone()].iter().filter(|(x, y)| x * y != 0).collect();
            let wrong = both.iter().filter(|(x, y)| x != y).count() as u64;
            let (ours, theirs) = (SignVector::from_signs(&ours), SignVector::from_signs(&theirs));
            prop_assert_eq!(ours.disagreement_within(&theirs, range), (wrong, both.len() as u64));
        }

        #[test]
        fn a_step_moves_against_the_sign(s in signs()) {
            let mut x = vec![1.0_f32; s.len()];
            SignVector::from_signs(&s).step(&mut x, 0.25);
            let expected: Vec<f32> = s.iter().map(|&v| 1.0 - 0.25 * f32::from(v)).collect();
            prop_assert_eq!(x, expected);
        }

        #[test]
        fn flips_touch_only_the_marked_votes(s in signs(), seed: u64) {
            let flips: Vec<u64> = (0..words_for(s.len()) as u64).map(|k| seed.rotate_left(k as u32) ^ k).collect();
            let expected: Vec<i8> = s.iter().enumerate()
                .map(|(i, &v)| if flips[i / 64] >> (i % 64) & 1 == 1 { -v } else { v }).collect();
            prop_assert_eq!(SignVector::from_signs(&s).flipped_where(&flips).to_signs(), expected);
        }
    }
}
