//! Mean around the median: each coordinate of the step is the mean of the n - f values there that are nearest to its median.
//!
//! Source: Xie, Koyejo & Gupta, *Generalized Byzantine-tolerant SGD*, arXiv 1802.10116, definition 7. Needs 2f < n. Of two
//! values that are equally far the lower is nearer. NaN counts as +infinity. Cost O(n log^2(n) D).
//!
//! Example: with f = 1, (1, 5), (2, 9), (3, 7), (100, NaN) have the medians 2.5 and 8 and give (2, 7).

use serde::{Deserialize, Serialize};

use super::sorted::{LANES, LaneValues, by_sorted_columns};
use crate::catalogue::Entry;
use crate::units::Count;

pub(crate) const ENTRY: Entry = Entry {
    word: "meamed",
    about: "mean of every coordinate's n - f values nearest to its median; 2f < n",
    source: "Xie et al. 2018, arXiv 1802.10116",
};

/// The settings; a count may be an expression in M, and `null` is the scenario's number of adversaries, L.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meamed {
    /// f; 2f < n.
    #[serde(default)]
    pub byzantine: Option<Count>,
}

/// The mean around the median of every coordinate with f = `byzantine`, or the largest f with 2f < n if that is less.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn meamed(vectors: &[&[f32]], byzantine: usize) -> Vec<f32> {
    let n = vectors.len();
    around_median(vectors, n - byzantine.min((n - 1) / 2))
}

/// The mean of the `kept` values of every coordinate that are nearest to its median.
pub(super) fn around_median(vectors: &[&[f32]], kept: usize) -> Vec<f32> {
    by_sorted_columns(vectors, |rows| {
        let mut means = [0.0; LANES];
        means.iter_mut().enumerate().for_each(|(lane, mean)| *mean = mean_around(rows, lane, kept));
        means
    })
}

fn mean_around(rows: &[LaneValues], lane: usize, kept: usize) -> f32 {
    let value = |k: usize| f64::from(rows[k][lane]);
    let n = rows.len();
    let median = f64::midpoint(value((n - 1) / 2), value(n / 2));
    // In ascending order the nearest ones stand side by side: the window moves up while that brings it nearer.
    let further = |k: usize| (value(k) - median).abs() > (value(k + kept) - median).abs();
    let mut first = 0;
    while first + kept < n && further(first) {
        first += 1;
    }
    ((first..first + kept).map(value).sum::<f64>() / kept as f64) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{attacked, close, fixed, mean_of, vectors, views};
    use super::*;

    #[test]
    fn hand_numbers() {
        let vectors: [&[f32]; 4] = [&[1.0, 5.0], &[2.0, 9.0], &[3.0, 7.0], &[100.0, f32::NAN]];
        assert_eq!(meamed(&vectors, 1), [2.0, 7.0]);
        assert_eq!(meamed(&vectors[..3], 0), [2.0, 7.0]);
        assert_eq!(meamed(&[&[3.0], &[f32::NEG_INFINITY], &[5.0]], 1), [4.0]);
    }

    #[test]
    fn where_nobody_is_left_out_it_is_the_mean() {
        let honest = &fixed()[..6];
        close(&meamed(&views(honest), 0), &mean_of(honest), 1e-6).unwrap();
    }

    proptest! {
        /// `mean(take_along_axis(x, argsort(abs(x - median(x)), kind="stable")[:n - f]))` of a sorted column, as a plain loop.
        #[test]
        fn a_plain_sort_agrees(vectors in vectors(1..12, 1..100), f in 0_usize..6) {
            let n = vectors.len();
            let kept = n - f.min((n - 1) / 2);
            let plain = |k: usize| {
                let mut column: Vec<f64> = vectors.iter().map(|v| f64::from(v[k])).collect();
                column.sort_by(f64::total_cmp);
                let median = (column[(n - 1) / 2] + column[n / 2]) / 2.0;
                column.sort_by(|a, b| (a - median).abs().total_cmp(&(b - median).abs()));
                column[..kept].iter().sum::<f64>() / kept as f64
            };
            let expected: Vec<f64> = (0..vectors[0].len()).map(plain).collect();
            close(&meamed(&views(&vectors), f), &expected, 1e-6)?;
        }

        #[test]
        fn relabelling_workers_changes_nothing(mut vectors in vectors(1..9, 1..80), f in 0_usize..4) {
            let before = meamed(&views(&vectors), f);
            vectors.reverse();
            prop_assert_eq!(meamed(&views(&vectors), f), before);
        }

        #[test]
        fn what_is_not_finite_is_never_near((honest, all) in attacked()) {
            let result = meamed(&views(&all), all.len() - honest.len());
            prop_assert!(result.iter().all(|x| x.is_finite()), "{result:?}");
        }
    }
}
