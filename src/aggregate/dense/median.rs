//! Coordinate-wise median: each coordinate of the step is the median of what the workers sent there, the mean of
//! the two in the middle when their number is even.
//!
//! Source: Yin et al., *Byzantine-robust distributed learning: towards optimal statistical rates*, arXiv 1803.01498,
//! definition 1. Needs no estimate of the number of attackers; fewer than half of the vectors, whatever they hold,
//! cannot take it out of the range of the others. NaN counts as +infinity. Cost O(n log^2(n) D).
//!
//! Example: (1, 5), (2, 9), (NaN, 7) give (2, 7).

use std::array;

use super::sorted::by_sorted_columns;
use crate::catalogue::Entry;

pub(crate) const ENTRY: Entry = Entry {
    word: "median",
    about: "median of every coordinate",
    source: "Yin et al. 2018, arXiv 1803.01498",
};

/// The median of every coordinate.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn median(vectors: &[&[f32]]) -> Vec<f32> {
    let (low, high) = ((vectors.len() - 1) / 2, vectors.len() / 2);
    by_sorted_columns(vectors, |rows| {
        array::from_fn(|k| f64::midpoint(rows[low][k].into(), rows[high][k].into()) as f32)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{attacked, close, fixed, in_range, vectors, views};
    use super::*;

    #[test]
    fn hand_numbers() {
        assert_eq!(median(&[&[1.0, 5.0], &[2.0, 9.0], &[f32::NAN, 7.0]]), [2.0, 7.0]);
        assert_eq!(median(&[&[1.0], &[4.0], &[2.0], &[f32::NEG_INFINITY]]), [1.5]);
        assert_eq!(median(&[&[f32::MAX], &[f32::MAX]]), [f32::MAX]);
        assert_eq!(median(&[&[3.0, -0.5]]), [3.0, -0.5]);
    }

    /// `numpy.median(x, axis=0)`, NumPy 2.4.6.
    #[test]
    fn numpy_agrees() {
        assert_eq!(median(&views(&fixed())), [-0.34375, -1.375, 0.0625, -0.625, -0.46875]);
    }

    proptest! {
        #[test]
        fn a_plain_sort_agrees(vectors in vectors(1..12, 1..150)) {
            let n = vectors.len();
            let plain = |k: usize| {
                let mut column: Vec<f32> = vectors.iter().map(|v| v[k]).collect();
                column.sort_by(f32::total_cmp);
                (f64::from(column[(n - 1) / 2]) + f64::from(column[n / 2])) / 2.0
            };
            let expected: Vec<f64> = (0..vectors[0].len()).map(plain).collect();
            close(&median(&views(&vectors)), &expected, 1e-6)?;
        }

        #[test]
        fn relabelling_workers_changes_nothing(mut vectors in vectors(1..9, 1..80)) {
            let before = median(&views(&vectors));
            vectors.reverse();
            prop_assert_eq!(median(&views(&vectors)), before);
        }

        #[test]
        fn fewer_than_half_cannot_leave_the_honest_range((honest, all) in attacked()) {
            let result = median(&views(&all));
            prop_assert!(in_range(&result, &honest), "{result:?}");
        }
    }
}
