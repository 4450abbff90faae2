//! Bulyan: choose by Krum again and again, then take the mean around the median of what was chosen.
//!
//! First theta = n - 2f vectors are chosen: the one with the lowest Krum score is taken out, the scores of those that are left
//! are formed anew, and so on. Then each coordinate of the step is the mean of the theta - 2f values there that are nearest to
//! their median. No vector that is far away in a single coordinate only can hide behind the others, as it can with Krum.
//!
//! Source: El Mhamdi, Guerraoui & Rouault, *The hidden vulnerability of distributed learning in Byzantium*, arXiv 1802.07927,
//! section 4. Needs 4f + 3 <= n. While vectors are chosen fewer and fewer are left; a score is then over the n' - f - 2 nearest
//! others, at least one. Cost O(n^2 D + n^3 log n).
//!
//! Example (n = 7, f = 1): 0, 1, 2, 3, 4, 5, 100: Krum chooses 2, 3, 1, 4 and 0; the mean of the three nearest to their median 2
//! is 2.

use serde::{Deserialize, Serialize};

use super::combined::Combined;
use super::meamed::around_median;
use super::sums::pairwise_squared;
use crate::catalogue::Entry;
use crate::units::Count;

pub(crate) const ENTRY: Entry = Entry {
    word: "bulyan",
    about: "mean around the median of n - 2f vectors that krum chooses; 4f + 3 <= n",
    source: "El Mhamdi et al. 2018, arXiv 1802.07927",
};

/// The settings; a count may be an expression in M, and `null` is the scenario's number of adversaries, L.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulyan {
    /// f; 4f + 3 <= n.
    #[serde(default)]
    pub byzantine: Option<Count>,
}

/// The step of Bulyan with f = `byzantine`, or the largest f with 4f + 3 <= n if that is less; every chosen vector counts the
/// same in the weights, whatever coordinates of it are taken.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn bulyan(vectors: &[&[f32]], byzantine: usize) -> Combined {
    let n = vectors.len();
    let f = byzantine.min(n.saturating_sub(3) / 4);
    let chosen = chosen(vectors, f, n - 2 * f);
    let few: Vec<&[f32]> = chosen.iter().map(|i| vectors[*i]).collect();
    let mut weights = vec![0.0; n];
    chosen.iter().for_each(|i| weights[*i] = 1.0 / chosen.len() as f64);
    Combined { vector: around_median(&few, few.len() - 2 * f), weights }
}

/// The numbers of `theta` vectors, in the order in which Krum chooses them; on equal scores the lower number goes first.
fn chosen(vectors: &[&[f32]], f: usize, theta: usize) -> Vec<usize> {
    let squares = pairwise_squared(vectors);
    let mut left: Vec<usize> = (0..vectors.len()).collect();
    let mut chosen = Vec::with_capacity(theta);
    while chosen.len() < theta {
        let neighbours = left.len().saturating_sub(f + 2).max(1);
        let score = |i: usize| -> f64 {
            let mut row: Vec<f64> = left.iter().filter(|j| **j != i).map(|j| squares[i][*j]).collect();
            row.sort_by(f64::total_cmp);
            row.iter().take(neighbours).sum()
        };
        let scores: Vec<f64> = left.iter().map(|i| score(*i)).collect();
        let best = (0..left.len()).fold(0, |best, at| if scores[at] < scores[best] { at } else { best });
        chosen.push(left.remove(best));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::multi_krum_weights;
    use super::super::samples::{attacked, close, fixed, mean_of, vectors, views};
    use super::*;

    #[test]
    fn hand_numbers() {
        let line = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 100.0].map(|x| vec![x]);
        assert_eq!(chosen(&views(&line), 1, 5), [2, 3, 1, 4, 0]);
        assert_eq!(bulyan(&views(&line), 1).vector, [2.0]);
        assert_eq!(bulyan(&views(&line), 1).weights, [0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0]);
    }

    /// Where nobody is to be tolerated everyone is chosen, and it is the mean.
    #[test]
    fn without_adversaries_it_is_the_mean() {
        let honest = &fixed()[..6];
        close(&bulyan(&views(honest), 0).vector, &mean_of(honest), 1e-6).unwrap();
    }

    proptest! {
        #[test]
        fn the_first_choice_is_krums(vectors in vectors(3..12, 1..40)) {
            let f = vectors.len().saturating_sub(3) / 4;
            let weights = multi_krum_weights(&views(&vectors), f, Some(1));
            prop_assert!(weights[chosen(&views(&vectors), f, 1)[0]] == 1.0);
        }

        /// At most a quarter of them is not finite, and none of it is in the step.
        #[test]
        fn what_is_not_finite_is_left_out((honest, all) in attacked()) {
            let bad = all.len() - honest.len();
            prop_assume!(4 * bad + 3 <= all.len());
            let Combined { vector, weights } = bulyan(&views(&all), bad);
            prop_assert!(vector.iter().all(|x| x.is_finite()), "{weights:?} {vector:?}");
        }
    }
}
