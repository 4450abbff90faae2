//! Coordinate-wise trimmed mean: each coordinate of the step is the mean of what is left there after the b largest
//! and the b smallest values are cut.
//!
//! Source: Yin et al., arXiv 1803.01498, definition 2 (with b = beta n). Up to b vectors, whatever they hold, cannot
//! take it out of the range of the others. NaN counts as +infinity. Cost O(n log^2(n) D).
//!
//! Example: with b = 1, (1, 5), (2, 9), (3, 7), (100, NaN) give (2.5, 8).

use serde::{Deserialize, Serialize};

use super::sorted::{LANES, by_sorted_columns};
use crate::catalogue::Entry;
use crate::units::Count;

pub(crate) const ENTRY: Entry = Entry {
    word: "trimmed_mean",
    about: "mean of every coordinate without its `trim` (L) largest and smallest values; 2 trim < n",
    source: "Yin et al. 2018, arXiv 1803.01498",
};

/// The settings; a count may be an expression in M, and `null` is the scenario's number of adversaries, L.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrimmedMean {
    /// Values cut at either end; 2 trim < n.
    #[serde(default)]
    pub trim: Option<Count>,
}

/// The trimmed mean of every coordinate with b = `trim`, or the largest b that leaves a value if that is less.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn trimmed_mean(vectors: &[&[f32]], trim: usize) -> Vec<f32> {
    let n = vectors.len();
    let trim = trim.min((n - 1) / 2);
    let kept = (n - 2 * trim) as f64;
    by_sorted_columns(vectors, |rows| {
        let mut sums = [0.0_f64; LANES];
        for row in &rows[trim..n - trim] {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
        }
        sums.map(|sum| (sum / kept) as f32)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::median;
    use super::super::samples::{attacked, close, fixed, in_range, vectors, views};
    use super::*;

    #[test]
    fn hand_numbers() {
        let vectors: [&[f32]; 4] = [&[1.0, 5.0], &[2.0, 9.0], &[3.0, 7.0], &[100.0, f32::NAN]];
        assert_eq!(trimmed_mean(&vectors, 1), [2.5, 8.0]);
        assert_eq!(trimmed_mean(&vectors[..3], 0), [2.0, 7.0]);
    }

    /// `mean(sort(x, axis=0)[1:-1], axis=0)`, NumPy 2.4.6.
    #[test]
    fn numpy_agrees() {
        let found = trimmed_mean(&views(&fixed()), 1);
        close(&found, &[-0.4, -0.8125, 0.0375, -0.45625, -0.48125], 1e-7).unwrap();
    }

    /// Where the number of vectors does not allow `trim`, one or two values are left: the median.
    #[test]
    fn trimming_too_much_leaves_the_median() {
        let vectors: [&[f32]; 4] = [&[1.0], &[2.0], &[30.0], &[4.0]];
        for n in 1..=4 {
            assert_eq!(trimmed_mean(&vectors[..n], 9), median(&vectors[..n]), "{n}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_sort_agrees(vectors in vectors(1..12, 1..150), trim in 0_usize..7) {
            let n = vectors.len();
            let trim = trim.min((n - 1) / 2);
            let plain = |k: usize| {
                let mut column: Vec<f32> = vectors.iter().map(|v| v[k]).collect();
                column.sort_by(f32::total_cmp);
                let kept = &column[trim..n - trim];
                kept.iter().map(|x| f64::from(*x)).sum::<f64>() / kept.len() as f64
            };
            let expected: Vec<f64> = (0..vectors[0].len()).map(plain).collect();
            close(&trimmed_mean(&views(&vectors), trim), &expected, 1e-6)?;
        }

        #[test]
        fn relabelling_workers_changes_nothing(mut vectors in vectors(1..9, 1..80), trim in 0_usize..5) {
            let before = trimmed_mean(&views(&vectors), trim);
            vectors.reverse();
            prop_assert_eq!(trimmed_mean(&views(&vectors), trim), before);
        }

        #[test]
        fn those_it_trims_cannot_leave_the_honest_range((honest, all) in attacked()) {
            let result = trimmed_mean(&views(&all), all.len() - honest.len());
            prop_assert!(in_range(&result, &honest), "{result:?}");
        }
    }
}
