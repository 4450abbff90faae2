//! Centred clipping: last round's step, moved by what the workers sent since, no worker further than a radius.
//!
//! v <- v + mean of (x_i - v) min(1, tau / |x_i - v|), a few times, beginning at the previous round's result (zero in
//! the first round). A round cannot move it by more than tau an iteration, whatever anybody sends; with a large tau one
//! iteration is the mean. A vector with a coordinate that is not finite has no direction and moves nothing.
//!
//! Source: Karimireddy et al., *Learning from history for Byzantine robust optimization*, arXiv 2012.10333, algorithm 1
//! and section 4. tau has the unit of the gradient; Karimireddy et al. 2022 (arXiv 2006.09365) take 10 / (1 - beta)
//! under worker momentum beta. Cost O(n D) an iteration, D floats remembered.
//!
//! Example (tau = 1, v = 0): 0.5, -0.2 and 30 move it by (0.5 - 0.2 + 1) / 3.

use serde::{Deserialize, Serialize};

use super::Combined;
use super::sums::{distances_from, pull};
use crate::catalogue::Entry;
use crate::interrupt;
use crate::units::Positive;

pub(crate) const ENTRY: Entry = Entry {
    word: "centered_clipping",
    about: "last step plus the mean of what differs, each clipped to `radius` (10)",
    source: "Karimireddy et al. 2021, arXiv 2012.10333",
};

/// The settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CenteredClipping {
    /// tau, in units of the gradient.
    #[serde(default = "default_radius")]
    pub radius: Positive,
    /// How often the centre is moved in a round, from 1 on.
    #[serde(default = "default_iterations")]
    pub iterations: u32,
}

fn default_radius() -> Positive {
    Positive::try_from(10.0).expect("above zero")
}

const fn default_iterations() -> u32 {
    1
}

/// The step, and the weights with which it is made of `vectors`; what they lack to one is the weight of `centre`.
///
/// `centre` is the previous round's step, D zeros in the first.
#[must_use]
pub fn centered_clipping(vectors: &[&[f32]], centre: &[f32], radius: f64, iterations: u32) -> Combined {
    let mut moving: Vec<f64> = centre.iter().copied().map(f64::from).collect();
    let mut weights = vec![0.0; vectors.len()];
    for _ in 0..iterations {
        if interrupt::asked() {
            break;
        }
        // A vector in the very centre is at distance zero: the quotient is infinite, the factor one.
        let clip = |distance: f64| (radius / distance).min(1.0) / vectors.len() as f64;
        let clips: Vec<f64> = distances_from(&moving, vectors).into_iter().map(clip).collect();
        pull(&mut moving, vectors, &clips);
        let kept = 1.0 - clips.iter().sum::<f64>();
        weights.iter_mut().zip(clips).for_each(|(weight, clip)| *weight = *weight * kept + clip);
    }
    Combined { vector: moving.into_iter().map(|x| x as f32).collect(), weights }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{attacked, close, fixed, vectors, views};
    use super::super::sums::mean;
    use super::*;

    fn wide(vector: &[f32]) -> Vec<f64> {
        vector.iter().copied().map(f64::from).collect()
    }

    #[test]
    fn hand_numbers() {
        let found = centered_clipping(&[&[0.5], &[-0.2], &[30.0]], &[0.0], 1.0, 1);
        close(&found.vector, &[1.3 / 3.0], 1e-7).unwrap();
        assert_eq!(found.weights, [1.0 / 3.0, 1.0 / 3.0, 1.0 / 30.0 / 3.0]);
        // The centre itself and what has no direction move nothing.
        let found =
            centered_clipping(&[&[2.0, 0.0], &[f32::NAN, 0.0], &[f32::INFINITY, 1.0]], &[2.0, 0.0], 1.0, 3);
        assert_eq!(found.vector, [2.0, 0.0]);
        assert_eq!(found.weights[1..], [0.0, 0.0]);
    }

    /// NumPy, radius 1, three iterations, two rounds of the same vectors.
    #[test]
    fn numpy_agrees() {
        let vectors = fixed();
        let first = centered_clipping(&views(&vectors), &[0.0; 5], 1.0, 3);
        let expected = [-0.14849295, -0.72419688, -0.00218802, -0.18191994, -0.28163724];
        close(&first.vector, &expected, 1e-7).unwrap();
        let second = centered_clipping(&views(&vectors), &first.vector, 1.0, 3);
        let expected = [-0.19525587, -0.91601443, -0.02050953, -0.28778469, -0.32657123];
        close(&second.vector, &expected, 1e-7).unwrap();
    }

    proptest! {
        #[test]
        fn a_large_radius_is_the_mean(vectors in vectors(1..8, 1..40), iterations in 1_u32..4) {
            let centre = vec![3.0; vectors[0].len()];
            let found = centered_clipping(&views(&vectors), &centre, 1e6, iterations);
            close(&found.vector, &wide(&mean(&views(&vectors))), 1e-6)?;
            prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }

        #[test]
        fn no_attack_moves_it_further_than_the_radius((_, all) in attacked(), iterations in 1_u32..4) {
            let centre = vec![-1.0; all[0].len()];
            let found = centered_clipping(&views(&all), &centre, 0.25, iterations).vector;
            let moved = found.iter().map(|x| (f64::from(*x) + 1.0).powi(2)).sum::<f64>().sqrt();
            prop_assert!(moved <= 0.25 * f64::from(iterations) * (1.0 + 1e-6), "{}", moved);
        }

        #[test]
        fn plain_loops_agree(vectors in vectors(1..8, 1..30), radius in 0.5_f64..30.0, steps in 1_u32..4) {
            let (n, d) = (vectors.len(), vectors[0].len());
            let centre: Vec<f32> = (0..d).map(|k| k as f32 / 8.0).collect();
            let found = centered_clipping(&views(&vectors), &centre, radius, steps);
            let mut v = wide(&centre);
            for _ in 0..steps {
                let from = v.clone();
                for x in &vectors {
                    let length =
                        (0..d).map(|k| (f64::from(x[k]) - from[k]).powi(2)).sum::<f64>().sqrt();
                    let factor = if length > radius { radius / length } else { 1.0 };
                    (0..d).for_each(|k| v[k] += factor * (f64::from(x[k]) - from[k]) / n as f64);
                }
            }
            close(&found.vector, &v, 1e-6)?;
            let rest = 1.0 - found.weights.iter().sum::<f64>();
            let made = |k: usize| {
                let sum: f64 = (0..n).map(|i| found.weights[i] * f64::from(vectors[i][k])).sum();
                sum + rest * f64::from(centre[k])
            };
            close(&found.vector, &(0..d).map(made).collect::<Vec<_>>(), 1e-5)?;
        }

        #[test]
        fn relabelling_workers_relabels_the_weights(mut vectors in vectors(1..8, 1..30)) {
            let centre = vec![0.0; vectors[0].len()];
            let before = centered_clipping(&views(&vectors), &centre, 5.0, 2);
            vectors.reverse();
            let after = centered_clipping(&views(&vectors), &centre, 5.0, 2);
            close(&after.vector, &wide(&before.vector), 1e-6)?;
            for (a, b) in after.weights.iter().rev().zip(&before.weights) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
