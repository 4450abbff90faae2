//! The arithmetic that the rules share: weighted sums and distances, in double precision, block by block so that
//! what is being summed stays in the first cache.
//!
//! Every sum has one fixed order, whatever the instruction set, so its bits depend on the inputs alone.
//!
//! Example: 0.25 (4, 8) + 0.75 (0, 4) = (1, 5); the squared distance of (0, 3) and (4, 0) is 25.

/// Coordinates summed at a time: 15 blocks of 512 floats are 30 kB.
const BLOCK: usize = 512;
/// Partial sums of a distance; more than a register holds, so that additions overlap.
const LANES: usize = 16;

/// Sum of `weights[i]` * `vectors[i]`. A vector of weight zero is not looked at, so its infinities stay outside.
///
/// # Panics
/// When there is no vector.
pub(crate) fn weighted_sum(vectors: &[&[f32]], weights: &[f64]) -> Vec<f32> {
    let mut out = vec![0.0; vectors[0].len()];
    let mut sums = [0.0_f64; BLOCK];
    for (start, out) in (0..).step_by(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let sums = &mut sums[..out.len()];
        sums.fill(0.0);
        for (vector, &weight) in counted(vectors, weights) {
            let block = &vector[start..start + sums.len()];
            sums.iter_mut().zip(block).for_each(|(sum, x)| *sum += weight * f64::from(*x));
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = *sum as f32);
    }
    out
}

/// Mean of the vectors.
///
/// # Panics
/// When there is no vector.
pub(crate) fn mean(vectors: &[&[f32]]) -> Vec<f32> {
    weighted_sum(vectors, &uniform(vectors.len()))
}

/// The weights of a mean of n.
pub(crate) fn uniform(n: usize) -> Vec<f64> {
    vec![1.0 / n as f64; n]
}

/// centre <- centre + sum of `weights[i]` * (`vectors[i]` - centre); returns the length of that move.
pub(crate) fn pull(centre: &mut [f64], vectors: &[&[f32]], weights: &[f64]) -> f64 {
    let mut sums = [0.0_f64; BLOCK];
    let mut moved = 0.0;
    for (start, centre) in (0..).step_by(BLOCK).zip(centre.chunks_mut(BLOCK)) {
        let sums = &mut sums[..centre.len()];
        sums.fill(0.0);
        for (vector, &weight) in counted(vectors, weights) {
            let block = &vector[start..start + sums.len()];
            for ((sum, x), c) in sums.iter_mut().zip(block).zip(&*centre) {
                *sum += weight * (f64::from(*x) - c);
            }
        }
        centre.iter_mut().zip(&*sums).for_each(|(c, step)| *c += step);
        moved += sums.iter().map(|step| step * step).sum::<f64>();
    }
    moved.sqrt()
}

/// Distance of every vector from `centre`; infinite where a coordinate is not finite.
pub(crate) fn distances_from(centre: &[f64], vectors: &[&[f32]]) -> Vec<f64> {
    let distance = |vector: &&[f32]| infinite_if_nan(squared_distance(vector, centre).sqrt());
    vectors.iter().map(distance).collect()
}

/// Squared distances of all pairs, as rows of a symmetric matrix with zeros on its diagonal; infinite where a
/// coordinate of either vector is not finite. Costs n (n - 1) / 2 passes over D coordinates.
pub(crate) fn pairwise_squared(vectors: &[&[f32]]) -> Vec<Vec<f64>> {
    let (n, coordinates) = (vectors.len(), vectors.first().map_or(0, |v| v.len()));
    // Only the half above the diagonal is summed.
    let mut upper = vec![vec![0.0; n]; n];
    for start in (0..coordinates).step_by(BLOCK) {
        let block = start..coordinates.min(start + BLOCK);
        for (i, row) in upper.iter_mut().enumerate() {
            for (j, square) in row.iter_mut().enumerate().skip(i + 1) {
                *square += squared_distance(&vectors[i][block.clone()], &vectors[j][block.clone()]);
            }
        }
    }
    let square = |i: usize, j: usize| infinite_if_nan(upper[i.min(j)][i.max(j)]);
    (0..n).map(|i| (0..n).map(|j| square(i, j)).collect()).collect()
}

fn counted<'v, 'a>(
    vectors: &'v [&'a [f32]],
    weights: &'v [f64],
) -> impl Iterator<Item = (&'v &'a [f32], &'v f64)> {
    vectors.iter().zip(weights).filter(|(_, weight)| **weight != 0.0)
}

/// Two infinities of one sign are a NaN apart; nobody shall look near for that.
const fn infinite_if_nan(distance: f64) -> f64 {
    if distance.is_nan() { f64::INFINITY } else { distance }
}

fn squared_distance<B: Copy + Into<f64>>(a: &[f32], b: &[B]) -> f64 {
    let square = |a: &f32, b: &B| (f64::from(*a) - (*b).into()).powi(2);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f64; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += square(a, b);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| square(a, b)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{close, vectors, views};
    use super::*;

    #[test]
    fn sums_and_distances_of_the_example() {
        let views: [&[f32]; 2] = [&[4.0, 8.0], &[0.0, 4.0]];
        assert_eq!(weighted_sum(&views, &[0.25, 0.75]), [1.0, 5.0]);
        assert_eq!(pairwise_squared(&[&[0.0, 3.0], &[4.0, 0.0]]), [[0.0, 25.0], [25.0, 0.0]]);
        assert_eq!(distances_from(&[4.0, 0.0], &[&[0.0, 3.0]]), [5.0]);
    }

    #[test]
    fn what_is_not_finite_is_infinitely_far_and_weighs_nothing() {
        let bad: [&[f32]; 4] =
            [&[0.0, 1.0], &[f32::NAN, 0.0], &[f32::INFINITY, 0.0], &[f32::INFINITY, f32::NEG_INFINITY]];
        let squares = pairwise_squared(&bad);
        for (i, row) in squares.into_iter().enumerate() {
            let mut expected = vec![f64::INFINITY; 4];
            expected[i] = 0.0;
            assert_eq!(row, expected);
        }
        assert_eq!(distances_from(&[0.0, 0.0], &bad), [1.0, f64::INFINITY, f64::INFINITY, f64::INFINITY]);
        assert_eq!(weighted_sum(&bad, &[2.0, 0.0, 0.0, 0.0]), [0.0, 2.0]);
    }

    /// The largest floats are further apart than a float can say, and yet at a distance.
    #[test]
    fn huge_is_not_infinite() {
        let squares = pairwise_squared(&[&[f32::MAX; 3], &[f32::MIN; 3]]);
        let expected = 12.0 * f64::from(f32::MAX).powi(2);
        assert!((squares[0][1] / expected - 1.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn blocks_and_lanes_change_no_sum(vectors in vectors(1..6, 1..1200)) {
            let views = views(&vectors);
            let (n, d) = (views.len(), views[0].len());
            let weights: Vec<f64> = (0..n).map(|i| 0.5 - 0.25 * i as f64).collect();
            let x = |i: usize, k: usize| f64::from(views[i][k]);
            let sum = |k: usize| (0..n).map(|i| weights[i] * x(i, k)).sum::<f64>();
            close(&weighted_sum(&views, &weights), &(0..d).map(sum).collect::<Vec<_>>(), 1e-6)?;

            let start: Vec<f64> = (0..d).map(|k| 0.1 * (k % 7) as f64).collect();
            let mut centre = start.clone();
            let length = pull(&mut centre, &views, &weights);
            let step = |k: usize| (0..n).map(|i| weights[i] * (x(i, k) - start[k])).sum::<f64>();
            for k in 0..d {
                prop_assert!((centre[k] - start[k] - step(k)).abs() < 1e-12);
            }
            prop_assert!((length - (0..d).map(|k| step(k).powi(2)).sum::<f64>().sqrt()).abs() < 1e-9);

            let squares = pairwise_squared(&views);
            for (i, row) in squares.iter().enumerate() {
                for (j, square) in row.iter().enumerate() {
                    let plain: f64 = (0..d).map(|k| (x(i, k) - x(j, k)).powi(2)).sum();
                    prop_assert!((square - plain).abs() <= 1e-12 * (1.0 + plain));
                }
            }
        }
    }
}
