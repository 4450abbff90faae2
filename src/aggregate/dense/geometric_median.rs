//! Geometric median: the point whose distances to all vectors have the smallest sum.
//!
//! Smoothed Weiszfeld: v <- sum of beta_i x_i / sum of beta_i with beta_i = 1 / max(nu, |x_i - v|), that is, a mean in
//! which a vector counts the less the further away it is. At the median the unit vectors towards all x_i add up to
//! zero; the iteration ends when their mean is at most `tolerance` long, whatever the scale of the gradients.
//!
//! A vector that v lies on holds it with a force of one at most, and with nu in its place would let go only in steps of
//! the size of nu. So where v lies on eta vectors at once and the unit vectors towards the others add up to R, longer than
//! eta, v leaves at once, to v + (1 - eta / |R|) R / (sum of the other 1 / |x_i - v|), if that is further. And close to a
//! vector that is the median steps are short: where they run out before `tolerance` is reached, the vector next to v takes its
//! place if the sum of distances, smoothed likewise, is smaller there.
//!
//! Source: Pillutla et al., *Robust aggregation for federated learning* (RFA), arXiv 1912.13445, algorithm 2; leaving a
//! vector as in Vardi and Zhang 2000, doi 10.1073/pnas.97.4.1423. RFA leaves
//! the first v open; ours is the coordinate-wise median, which fewer than half of the vectors cannot take away, where a
//! mean would start, and with few iterations end, as far out as an attacker likes. A vector with a coordinate that is
//! not finite counts nothing. Cost O(n D) an iteration; full gradients need a handful.
//!
//! Example: 0, 1, 10 have the median 1; the corners of a convex quadrilateral the crossing of its diagonals.

use serde::{Deserialize, Serialize};

use super::Combined;
use super::median::median;
use super::sums::{distances_from, pull, uniform};
use crate::catalogue::Entry;
use crate::interrupt;
use crate::units::Positive;

pub(crate) const ENTRY: Entry = Entry {
    word: "geometric_median",
    about: "least sum of distances, by Weiszfeld steps with `smoothing` (1e-6)",
    source: "Pillutla et al. 2019, arXiv 1912.13445 (RFA)",
};

/// The settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeometricMedian {
    /// nu, in units of the gradient.
    #[serde(default = "default_smoothing")]
    pub smoothing: Positive,
    /// The most steps taken.
    #[serde(default = "default_iterations")]
    pub iterations: u32,
    /// Length of the mean unit vector at which the steps end; 0 takes all of them.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
}

fn default_smoothing() -> Positive {
    Positive::try_from(1e-6).expect("above zero")
}

const fn default_iterations() -> u32 {
    100
}

const fn default_tolerance() -> f64 {
    1e-6
}

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
        if interrupt::asked() {
            break;
        }
        let distances = distances_from(&centre, vectors);
        let nearness = |d: &f64| d.max(constants.smoothing).recip();
        let betas: Vec<f64> = distances.iter().map(nearness).collect();
        let total: f64 = betas.iter().sum();
        if total == 0.0 {
            break;
        }
        weights = betas.into_iter().map(|beta| beta / total).collect();
        let leaving = departure(&centre, vectors, &distances);
        // The move times the sum of the betas is the sum of the unit vectors where it began.
        let began = leaving.as_ref().map(|_| centre.clone());
        let moved = pull(&mut centre, vectors, &weights);
        if let (Some((out, further)), Some(began)) = (leaving, began)
            && further > moved
        {
            centre = began;
            pull(&mut centre, vectors, &out);
            weights = out;
            continue;
        }
        if moved * total / vectors.len() as f64 <= constants.tolerance {
            return Combined { vector: rounded(&centre), weights };
        }
    }
    if constants.tolerance > 0.0
        && let Some(combined) = better_vector(&centre, vectors, constants.smoothing)
    {
        return combined;
    }
    Combined { vector: rounded(&centre), weights }
}

fn rounded(centre: &[f64]) -> Vec<f32> {
    centre.iter().map(|x| *x as f32).collect()
}

/// How a point pulls on what lies elsewhere: the weights 1 / |x_i - v|, zero for vectors at v itself.
fn unit_weights(distances: &[f64]) -> Vec<f64> {
    distances.iter().map(|d| if *d == 0.0 { 0.0 } else { d.recip() }).collect()
}

/// Where v = `centre` lies on some vectors that cannot hold it: the weights of the step that leaves them, and its length.
fn departure(centre: &[f64], vectors: &[&[f32]], distances: &[f64]) -> Option<(Vec<f64>, f64)> {
    let here = distances.iter().filter(|d| **d == 0.0).count() as f64;
    if here == 0.0 {
        return None;
    }
    let units = unit_weights(distances);
    let force = pull(&mut centre.to_vec(), vectors, &units);
    let total: f64 = units.iter().sum();
    // Vectors elsewhere share what the vectors here, with 1 / |R| each, leave over.
    let share =
        |(unit, d): (f64, &f64)| if *d == 0.0 { force.recip() } else { (1.0 - here / force) * unit / total };
    let weights = || units.iter().copied().zip(distances).map(share).collect();
    (force > here).then(|| (weights(), (1.0 - here / force) * force / total))
}

/// The vector next to v = `centre`, if the smoothed sum of distances is smaller there.
fn better_vector(centre: &[f64], vectors: &[&[f32]], smoothing: f64) -> Option<Combined> {
    let smoothed = |d: &f64| if *d < smoothing { (d * d / smoothing + smoothing) / 2.0 } else { *d };
    // Vectors that are not finite are far away from either.
    let sum = |distances: &[f64]| distances.iter().filter(|d| d.is_finite()).map(smoothed).sum::<f64>();
    let distances = distances_from(centre, vectors);
    let nearest = (0..vectors.len()).min_by(|i, j| distances[*i].total_cmp(&distances[*j]))?;
    let vector = vectors[nearest].to_vec();
    let there: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
    let from_there = distances_from(&there, vectors);
    let here = from_there.iter().filter(|d| **d == 0.0).count() as f64;
    let weight = |d: &f64| if *d == 0.0 { here.recip() } else { 0.0 };
    let better = distances[nearest].is_finite() && sum(&from_there) < sum(&distances);
    better.then(|| Combined { vector, weights: from_there.iter().map(weight).collect() })
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

    /// The sum of the distances from `v`.
    fn objective(points: &[Vec<f32>], v: &[f64]) -> f64 {
        let distance =
            |x: &Vec<f32>| x.iter().zip(v).map(|(x, v)| (f64::from(*x) - v).powi(2)).sum::<f64>().sqrt();
        points.iter().map(distance).sum()
    }

    /// As the rule comes when nothing is set.
    const USUAL: Weiszfeld = Weiszfeld { smoothing: 1e-6, iterations: 100, tolerance: 1e-6 };

    /// Begins on (1, -2), pulled by 2.2; SciPy's optimum.
    #[test]
    fn a_vector_that_is_not_the_median_is_left_at_once() {
        let points = [[2.0, -2.0], [3.0, 2.0], [1.0, 0.0], [2.0, -2.0], [-1.0, -2.0]].map(|p| p.to_vec());
        let found = geometric_median(&views(&points), USUAL);
        close(&found.vector, &[1.7226, -1.5618], 1e-4).unwrap();
        let v: Vec<f64> = found.vector.iter().map(|x| f64::from(*x)).collect();
        assert!((objective(&points, &v) - 9.2997).abs() < 5e-5, "{}", objective(&points, &v));
        close(&weighted_sum(&views(&points), &found.weights), &v, 1e-6).unwrap();
    }

    proptest! {
        /// Few whole numbers, so that vectors coincide and lie on medians, against a search that halves its step whenever no
        /// neighbour on the grid is better; the objective is convex.
        #[test]
        fn no_search_finds_a_better_point(
            points in prop::collection::vec(prop::collection::vec(-3_i8..=3, 2), 1..9),
            again in prop::collection::vec(0_usize..8, 0..3),
        ) {
            let mut points: Vec<Vec<f32>> =
                points.iter().map(|p| p.iter().map(|x| f32::from(*x)).collect()).collect();
            again.iter().for_each(|i| points.push(points[i % points.len()].clone()));
            let found = geometric_median(&views(&points), USUAL);
            let at: Vec<f64> = found.vector.iter().map(|x| f64::from(*x)).collect();
            let (mut best, mut step) = (vec![0.0, 0.0], 4.0);
            while step > 1e-7 {
                let moves = (0..16).map(|k| f64::from(k) * std::f64::consts::TAU / 16.0);
                let next = moves.map(|a| vec![best[0] + step * a.cos(), best[1] + step * a.sin()])
                    .min_by(|a, b| objective(&points, a).total_cmp(&objective(&points, b))).unwrap();
                if objective(&points, &next) < objective(&points, &best) { best = next } else { step /= 2.0 }
            }
            let (ours, theirs) = (objective(&points, &at), objective(&points, &best));
            // On almost a line steps are short everywhere, and a hundred of them are not quite enough.
            prop_assert!(ours <= theirs + 1e-3 * (1.0 + theirs), "{ours} where {theirs} is possible");
            close(&weighted_sum(&views(&points), &found.weights), &at, 1e-5)?;
        }

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
            // Who begins on a vector leaves it in another way.
            prop_assume!(!vectors.contains(&median(&views(&vectors))));
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
