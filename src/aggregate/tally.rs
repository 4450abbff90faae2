//! Counting votes 64 coordinates at a time.
//!
//! A vertical counter keeps bit j of all 64 counts in word j. Adding a vote is a ripple of half adders that stops
//! when no carry is left, two words on average; comparing two counters walks from the highest bit down. No count
//! ever leaves its word, so a majority needs no integers per coordinate.

/// 64 counters of up to 2^32 - 1.
#[derive(Default)]
pub struct Counters {
    planes: Vec<u64>,
}

impl Counters {
    /// All counts zero again.
    pub fn clear(&mut self) {
        self.planes.clear();
    }

    /// Adds one where a bit is set.
    pub fn add(&mut self, bits: u64) {
        let mut carry = bits;
        for plane in &mut self.planes {
            if carry == 0 {
                return;
            }
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
        if carry != 0 {
            self.planes.push(carry);
        }
    }

    /// Where this count is larger than the other's, and where both are equal.
    #[must_use]
    pub fn compare(&self, other: &Self) -> (u64, u64) {
        let (mut larger, mut equal) = (0, u64::MAX);
        let plane = |c: &Self, j: usize| c.planes.get(j).copied().unwrap_or(0);
        for j in (0..self.planes.len().max(other.planes.len())).rev() {
            let (a, b) = (plane(self, j), plane(other, j));
            larger |= equal & a & !b;
            equal &= !(a ^ b);
        }
        (larger, equal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counters_agree_with_integers(
            a in prop::collection::vec(any::<u64>(), 0..40),
            b in prop::collection::vec(any::<u64>(), 0..40),
        ) {
            let count = |words: &[u64]| {
                let mut counters = Counters::default();
                words.iter().for_each(|w| counters.add(*w));
                counters
            };
            let (larger, equal) = count(&a).compare(&count(&b));
            for i in 0..64 {
                let plain = |words: &[u64]| words.iter().filter(|w| *w >> i & 1 == 1).count();
                prop_assert_eq!(larger >> i & 1 == 1, plain(&a) > plain(&b));
                prop_assert_eq!(equal >> i & 1 == 1, plain(&a) == plain(&b));
            }
        }
    }
}
