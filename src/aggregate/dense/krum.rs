//! Krum and Multi-Krum: trust the vectors that have near neighbours.
//!
//! The score of a vector is the sum of its squared distances to the n - f - 2 nearest other vectors. Krum is the
//! vector with the lowest score, Multi-Krum the mean of the m lowest; on equal scores the lower worker number goes
//! first. A vector with a coordinate that is not finite is infinitely far from all others.
//!
//! Source: Blanchard et al., *Machine learning with adversaries: Byzantine tolerant gradient descent*, NeurIPS 2017,
//! arXiv 1703.02757. Needs 2f + 2 < n; Multi-Krum with m = n - f as in their experiments. Cost O(n^2 D). They count
//! n - f - 2 neighbours, and so does the code of Karimireddy et al.; ByzFL counts n - f - 1 and now and then picks another
//! vector.
//!
//! Example (n = 5, f = 1): 0, 0.1, 0.2, 0.3, 10 score 0.05, 0.02, 0.02, 0.05, 190.13; Krum is 0.1, Multi-Krum of the
//! best four 0.15.

use serde::{Deserialize, Serialize};

use super::sums::pairwise_squared;
use crate::catalogue::Entry;
use crate::units::Count;

pub(crate) const KRUM: Entry = Entry {
    word: "krum",
    about: "the vector with the nearest neighbours, `byzantine` (L) expected bad; 2f + 2 < n",
    source: "Blanchard et al. 2017, arXiv 1703.02757",
};

pub(crate) const MULTI_KRUM: Entry = Entry {
    word: "multi_krum",
    about: "mean of the `selected` (n - f) best vectors of krum",
    source: "Blanchard et al. 2017, arXiv 1703.02757",
};

/// The settings of Krum; a count may be an expression in M, and `null` is the scenario's number of adversaries, L.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Krum {
    /// f; 2f + 2 < n.
    #[serde(default)]
    pub byzantine: Option<Count>,
}

/// The settings of Multi-Krum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiKrum {
    /// f; 2f + 2 < n.
    #[serde(default)]
    pub byzantine: Option<Count>,
    /// m, at most n; `null` is n - f.
    #[serde(default)]
    pub selected: Option<Count>,
}

/// The score of every vector.
///
/// Where n is too small for f = `byzantine`, f is lowered to the largest with 2f + 2 < n; below three vectors a
/// score is the distance to the only other one.
#[must_use]
pub fn krum_scores(vectors: &[&[f32]], byzantine: usize) -> Vec<f64> {
    let neighbours = vectors.len().saturating_sub(bearable(vectors.len(), byzantine) + 2).max(1);
    let score = |(i, mut row): (usize, Vec<f64>)| {
        row.remove(i);
        row.sort_by(f64::total_cmp);
        row.iter().take(neighbours).sum()
    };
    pairwise_squared(vectors).into_iter().enumerate().map(score).collect()
}

/// The weight of every vector in the step: 1 / m for the m with the lowest scores, else 0.
///
/// m is `selected`, at most n; without it n - f. `byzantine` is lowered as in [`krum_scores`].
#[must_use]
pub fn multi_krum_weights(vectors: &[&[f32]], byzantine: usize, selected: Option<usize>) -> Vec<f64> {
    let n = vectors.len();
    let selected = selected.unwrap_or_else(|| n - bearable(n, byzantine)).min(n);
    let scores = krum_scores(vectors, byzantine);
    let mut order: Vec<usize> = (0..n).collect();
    // Stable: equal scores keep the order of the workers.
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut weights = vec![0.0; n];
    order[..selected].iter().for_each(|i| weights[*i] = 1.0 / selected as f64);
    weights
}

/// `byzantine`, or the largest f with 2f + 2 < n if that is less.
fn bearable(n: usize, byzantine: usize) -> usize {
    byzantine.min(n.saturating_sub(3) / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{attacked, close, fixed, vectors, views};
    use super::super::sums::weighted_sum;
    use super::*;

    fn chosen(vectors: &[Vec<f32>], byzantine: usize) -> Vec<usize> {
        let weights = multi_krum_weights(&views(vectors), byzantine, Some(1));
        (0..vectors.len()).filter(|i| weights[*i] > 0.0).collect()
    }

    #[test]
    fn the_oracle_in_one_dimension() {
        let line = [0.0, 0.1, 0.2, 0.3, 10.0].map(|x| vec![x]);
        let expected = [0.05, 0.02, 0.02, 0.05, 190.13];
        for (score, expected) in krum_scores(&views(&line), 1).iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6, "{score} is not {expected}");
        }
        // In single precision 0.1 to 0.3 are not quite equidistant; whole numbers are.
        assert_eq!(chosen(&[0.0, 1.0, 2.0, 3.0, 100.0].map(|x| vec![x]), 1), [1]);
        let weights = multi_krum_weights(&views(&line), 1, None);
        assert_eq!(weights, [0.25, 0.25, 0.25, 0.25, 0.0]);
        assert!((weighted_sum(&views(&line), &weights)[0] - 0.15).abs() < 1e-7);
    }

    /// Scores and choices by NumPy: `sort(delete(d[i], i))[:n-f-2].sum()`, `argsort(kind="stable")`.
    #[test]
    fn numpy_agrees() {
        let (vectors, f2) =
            (fixed(), [28.3525391, 26.2685547, 20.0537109, 24.1025391, 16.2978516, 21.8427734]);
        let scores = krum_scores(&views(&vectors), 2);
        for (score, expected) in scores.iter().zip(f2) {
            assert!((score - expected).abs() < 1e-7, "{score} is not {expected}");
        }
        assert!((scores[6] - 18_729.352_5).abs() < 1e-4);
        assert_eq!(chosen(&vectors, 2), [4]);
        let mean = weighted_sum(&views(&vectors), &multi_krum_weights(&views(&vectors), 2, None));
        close(&mean, &[0.15, -0.5125, 0.0375, -0.01875, -0.075], 1e-7).unwrap();
    }

    #[test]
    fn few_vectors_lower_the_number_of_byzantine_ones() {
        for (line, f, expected) in
            [(&[7.0][..], 3, 0), (&[7.0, 9.0], 3, 0), (&[0.0, 5.0, 6.0], 3, 1), (&[0.0, 5.0, 7.0, 8.0], 3, 2)]
        {
            let vectors: Vec<Vec<f32>> = line.iter().map(|x| vec![*x]).collect();
            assert_eq!(chosen(&vectors, f), [expected], "{line:?}");
        }
    }

    /// Everything is infinitely far: the choice is still made, by worker number.
    #[test]
    fn without_a_finite_score_the_first_are_chosen() {
        let vectors = vec![vec![f32::NAN]; 5];
        assert_eq!(chosen(&vectors, 1), [0]);
        assert_eq!(multi_krum_weights(&views(&vectors), 1, Some(2)), [0.5, 0.5, 0.0, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn a_plain_search_agrees(vectors in vectors(3..10, 1..20), f in 0_usize..4, m in 1_usize..4) {
            let n = vectors.len();
            let f = f.min((n - 3) / 2);
            let square = |i: usize, j: usize| -> f64 {
                vectors[i].iter().zip(&vectors[j]).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
            };
            let score = |i: usize| -> f64 {
                let mut others: Vec<f64> = (0..n).filter(|j| *j != i).map(|j| square(i, j)).collect();
                others.sort_by(f64::total_cmp);
                others[..n - f - 2].iter().sum()
            };
            let scores = krum_scores(&views(&vectors), f);
            for (i, found) in scores.iter().enumerate() {
                prop_assert!((found - score(i)).abs() < 1e-9 * (1.0 + score(i)));
            }
            let weights = multi_krum_weights(&views(&vectors), f, Some(m));
            for (i, weight) in weights.into_iter().enumerate() {
                let before = (0..n).filter(|j| (scores[*j], *j) < (scores[i], i)).count();
                prop_assert_eq!(weight, if before < m { 1.0 / m as f64 } else { 0.0 });
            }
        }

        #[test]
        fn relabelling_workers_relabels_the_choice(mut vectors in vectors(3..9, 2..20), f in 0_usize..3) {
            let mut before = multi_krum_weights(&views(&vectors), f, None);
            before.reverse();
            vectors.reverse();
            prop_assert_eq!(multi_krum_weights(&views(&vectors), f, None), before);
        }

        /// f vectors that are not finite are never chosen, and neither is one as long as a float can be.
        #[test]
        fn what_is_absurd_is_not_chosen((honest, all) in attacked()) {
            let f = all.len() - honest.len();
            prop_assume!(2 * f + 2 < all.len());
            let weights = multi_krum_weights(&views(&all), f, None);
            for (vector, weight) in all.iter().zip(weights) {
                prop_assert!(weight == 0.0 || vector.iter().all(|x| x.abs() <= 10.0));
            }
        }
    }
}
