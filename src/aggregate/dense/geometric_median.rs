//! Geometric median: the point whose distances to all vectors have the smallest sum.
//!
//! Smoothed Weiszfeld: v <- sum of beta_i x_i / sum of beta_i with beta_i = 1 / max(nu, |x_i - v|), that is, a mean in
//! which a vector counts the less the further away it is. At the median the unit vectors towards all x_i add up to
//! zero; the iteration ends when their mean is at most `tolerance` long, whatever the scale of the gradients.
//!
//! Source: Pillutla et al., *Robust aggregation for federated learning* (RFA), arXiv 1912.13445, algorithm 2. It leaves
//! the first v open; ours is the coordinate-wise median, which fewer than half of the vectors cannot take away, where a
//! mean would start, and with few iterations end, as far out as an attacker likes. A vector with a coordinate that is
//! not finite counts nothing. Cost O(n D) an iteration; full gradients need a handful.
//!
//! Example: 0, 1, 10 have the median 1; the corners of a convex quadrilateral the crossing of its diagonals.

use super::Combined;
use super::median::median;
use super::sums::{distances_from, pull, uniform};

/// The constants of the iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weiszfeld {
    /// nu: no vector counts as nearer than this, in units of the gradient.
    pub smoothing: f64,
    /// The most steps taken.
    pub iterations: u32,
    /// Length of the mean unit vector at which the iteration ends; 0 takes all steps.
    pub tolerance: f64,
}

/// The geometric median, and the weights with which it is the mean of `vectors`.
///
/// Where too many vectors are not finite for their coordinate-wise median to be, that is the result, every vector
/// weighing the same.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn geometric_median(vectors: &[&[f32]], constants: Weiszfeld) -> Combined {
    let mut centre: Vec<f64> = median(vectors).into_iter().map(f64::from).collect();
    let mut weights = uniform(vectors.len());
    for _ in 0..constants.iterations {
        let nearness = |d: f64| d.max(constants.smoothing).recip();
        let betas: Vec<f64> = distances_from(&centre, vectors).into_iter().map(nearness).collect();
        let total: f64 = betas.iter().sum();
        if total == 0.0 {
            break;
        }
        weights = betas.into_iter().map(|beta| beta / total).collect();
        // The move times the sum of the betas is the sum of the unit vectors where it began.
        let pulled = pull(&mut centre, vectors, &weights) * total / vectors.len() as f64;
        if pulled <= constants.tolerance {
            break;
        }
    }
    Combined { vector: centre.into_iter().map(|x| x as f32).collect(), weights }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{attacked, close, fixed, vectors, views};
    use super::super::sums::weighted_sum;
    use super::*;

    const EXACT: Weiszfeld = Weiszfeld { smoothing: 1e-9, iterations: 20_000, tolerance: 1e-12 };

    fn check(points: &[[f32; 2]], expected: [f64; 2]) {
        let vectors: Vec<Vec<f32>> = points.iter().map(|p| p.to_vec()).collect();
        close(&geometric_median(&views(&vectors), EXACT).vector, &expected, 1e-6).unwrap();
    }

    /// Closed forms of plane geometry: crossing diagonals, Fermat's point of an equilateral triangle, a triangle
    /// whose obtuse corner (above 120 degrees) is the median itself.
    #[test]
    fn the_plane() {
        check(&[[0.0, 0.0], [4.0, 1.0], [6.0, 6.0], [1.0, 4.0]], [2.5, 2.5]);
        check(&[[0.0, 0.0], [2.0, 0.0], [1.0, 3.0_f32.sqrt()]], [1.0, 1.0 / 3.0_f64.sqrt()]);
        check(&[[0.0, 0.0], [1.0, 0.1], [-1.0, 0.1]], [0.0, 0.0]);
    }

    /// The coordinate-wise median, where the iteration begins, is a vector that is not the geometric median.
    #[test]
    fn it_leaves_a_vector_that_it_begins_at() {
        // By symmetry on the diagonal; there all three angles are 120 degrees.
        let (b, c) = ([1.0_f32, -0.1], [-0.1_f32, 1.0]);
        // Half the distance from b to c is 1.1 / sqrt 2, and the point is 1 / sqrt 3 of that before their middle.
        let along = 0.45 - 0.55 / 3.0_f64.sqrt();
        check(&[[0.0, 0.0], b, c], [along, along]);
    }

    /// NumPy: Weiszfeld from the mean, 200,000 iterations.
    #[test]
    fn numpy_agrees() {
        let vectors = fixed();
        let found = geometric_median(&views(&vectors), Weiszfeld { smoothing: 1e-6, ..EXACT });
        let expected = [-0.21751768, -0.9990643, -0.03506776, -0.37424212, -0.32450849];
        close(&found.vector, &expected, 1e-7).unwrap();
        let weights = [0.15394023, 0.14076905, 0.1649709, 0.15264873, 0.25003493, 0.13361506, 0.00402109];
        for (found, expected) in found.weights.iter().zip(weights) {
            assert!((found - expected).abs() < 1e-8);
        }
    }

    #[test]
    fn too_many_infinities_are_shown_not_hidden() {
        let found = geometric_median(&[&[1.0], &[f32::NAN], &[f32::INFINITY]], EXACT);
        assert_eq!((found.vector, found.weights), (vec![f32::INFINITY], vec![1.0 / 3.0; 3]));
    }

    proptest! {
        #[test]
        fn one_dimension_has_the_median(mut line in prop::collection::vec(-1000_i32..1000, 1..12)) {
            line.sort_unstable();
            line.dedup();
            if line.len() % 2 == 0 {
                line.pop();
            }
            let vectors: Vec<Vec<f32>> = line.iter().map(|x| vec![*x as f32]).collect();
            let found = geometric_median(&views(&vectors), EXACT).vector[0];
            prop_assert!((found - line[line.len() / 2] as f32).abs() < 1e-6, "{found}");
        }

        /// The condition of optimality, computed coordinate by coordinate.
        #[test]
        fn unit_vectors_add_up_to_zero(vectors in vectors(3..9, 3..40)) {
            let constants = Weiszfeld { smoothing: 1e-6, iterations: 5000, tolerance: 1e-7 };
            let found = geometric_median(&views(&vectors), constants);
            let mut sum = vec![0.0; vectors[0].len()];
            for x in &vectors {
                let away: Vec<f64> =
                    x.iter().zip(&found.vector).map(|(x, v)| f64::from(*x) - f64::from(*v)).collect();
                let length = away.iter().map(|a| a * a).sum::<f64>().sqrt();
                // A vector at the median itself pulls as much as is needed, up to one.
                prop_assume!(length > 1e-2);
                sum.iter_mut().zip(&away).for_each(|(sum, a)| *sum += a / length);
            }
            let rest = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
            prop_assert!(rest < 1e-3, "{}", rest);
            let mean = weighted_sum(&views(&vectors), &found.weights);
            close(&mean, &found.vector.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), 1e-5)?;
        }

        /// The iteration in plain loops, a fixed number of steps.
        #[test]
        fn plain_loops_agree(vectors in vectors(1..7, 1..30), steps in 1_u32..5) {
            let constants = Weiszfeld { smoothing: 0.5, iterations: steps, tolerance: 0.0 };
            let found = geometric_median(&views(&vectors), constants);
            let (n, d) = (vectors.len(), vectors[0].len());
            let mut v: Vec<f64> = median(&views(&vectors)).into_iter().map(f64::from).collect();
            for _ in 0..steps {
                let beta = |i: usize| {
                    let square: f64 = (0..d).map(|k| (f64::from(vectors[i][k]) - v[k]).powi(2)).sum();
                    1.0 / square.sqrt().max(0.5)
                };
                let betas: Vec<f64> = (0..n).map(beta).collect();
                let total: f64 = betas.iter().sum();
                v = (0..d)
                    .map(|k| (0..n).map(|i| betas[i] * f64::from(vectors[i][k])).sum::<f64>() / total)
                    .collect();
            }
            close(&found.vector, &v, 1e-6)?;
        }

        #[test]
        fn relabelling_workers_relabels_the_weights(mut vectors in vectors(1..7, 2..30)) {
            let constants = Weiszfeld { smoothing: 1e-6, iterations: 100, tolerance: 0.0 };
            let before = geometric_median(&views(&vectors), constants);
            vectors.reverse();
            let after = geometric_median(&views(&vectors), constants);
            close(&after.vector, &before.vector.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), 1e-5)?;
            for (a, b) in after.weights.iter().rev().zip(&before.weights) {
                prop_assert!((a - b).abs() < 1e-6);
            }
        }

        /// Honest vectors at most r long keep the median v within 2 (n - f) / (n - 2 f) r, wherever f others are:
        /// beyond, going from v to zero would gain (n - f) (|v| - 2 r) at least and lose f |v| at most.
        #[test]
        fn it_does_not_break_down_below_half((honest, all) in attacked()) {
            let constants = Weiszfeld { smoothing: 1e-6, iterations: 200, tolerance: 1e-6 };
            let found = geometric_median(&views(&all), constants);
            let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let radius = honest.iter().map(|h| norm(h)).fold(0.0, f64::max);
            let (n, f) = (all.len() as f64, (all.len() - honest.len()) as f64);
            prop_assert!(norm(&found.vector) <= 2.0 * (n - f) / (n - 2.0 * f) * radius * 1.001);
        }
    }
}
