//! s-bucketing: the vectors are shuffled, dealt into buckets of s, and every bucket replaced by its mean, so that a
//! rule sees fewer and more similar vectors. f bad vectors spoil at most f buckets.
//!
//! Source: Karimireddy, He & Jaggi, *Byzantine-robust learning on heterogeneous datasets via bucketing*, arXiv
//! 2006.09365, algorithm 1. Where s does not divide n the last bucket is smaller and its mean is over those it
//! holds. Cost O(n D), and ceil(n / s) x D floats.
//!
//! Example (n = 5, s = 2): the order 1, 0, 4, 2, 3 makes the buckets {1, 0}, {4, 2}, {3}, and 0, 10, 20, 30, 40 into
//! 5, 30, 30.

use rand::seq::SliceRandom;

use super::groups::VectorGroup;
use crate::random::Stream;

/// `n` numbers in random order, cut into buckets of `size`.
///
/// # Panics
/// When `size` is zero.
#[must_use]
pub fn buckets(n: usize, size: usize, stream: &mut Stream) -> Vec<VectorGroup> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(stream);
    order.chunks(size).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::super::groups::means;
    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    fn stream(round: u32) -> Stream {
        Streams::new(1).stream(Purpose::TieCoin, 0, Round(round))
    }

    #[test]
    fn everyone_is_in_one_bucket_of_the_size_asked_for() {
        for (n, size, sizes) in [
            (5, 2, vec![2, 2, 1]),
            (6, 3, vec![3, 3]),
            (3, 1, vec![1, 1, 1]),
            (2, 9, vec![2]),
            (0, 2, vec![]),
        ] {
            let groups = buckets(n, size, &mut stream(0));
            assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
            let mut all = groups.concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..n));
        }
    }

    /// The shuffle is part of every published result: another version of the library may not change it unnoticed.
    #[test]
    fn the_example() {
        let groups = buckets(5, 2, &mut stream(0));
        assert_eq!(groups, [vec![1, 0], vec![4, 2], vec![3]]);
        let line: [&[f32]; 5] = [&[0.0], &[10.0], &[20.0], &[30.0], &[40.0]];
        assert_eq!(means(&line, &groups), [[5.0], [30.0], [30.0]]);
    }

    /// Of 3,000 rounds a third puts vectors 0 and 1 of four into one bucket, give or take five deviations.
    #[test]
    fn every_pair_is_as_likely() {
        let together =
            |round| buckets(4, 2, &mut stream(round)).iter().any(|b| b.contains(&0) && b.contains(&1));
        let count = (0..3000).filter(|round| together(*round)).count();
        assert!((871..=1129).contains(&count), "{count}");
        assert_eq!(buckets(9, 2, &mut stream(7)), buckets(9, 2, &mut stream(7)));
    }
}
