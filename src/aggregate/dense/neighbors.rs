//! Nearest-neighbour mixing (NNM): every vector is replaced by the mean of the n - f vectors nearest to it, itself
//! included, so that honest vectors move together before a rule compares them.
//!
//! Source: Allouah et al., *Fixing by mixing: a recipe for optimal Byzantine ML under heterogeneity*, arXiv
//! 2302.01772, algorithm 2. Needs 2f < n. On equal distances the lower worker number is nearer; a vector with a
//! coordinate that is not finite is infinitely far from all others. Cost O(n^2 D), and n x D floats.
//!
//! Example (f = 1): 0, 1, 3, 10 have the neighbours {0, 1, 3} thrice and {10, 3, 1}: they become 4/3 thrice and 14/3.

use super::groups::VectorGroup;
use super::sums::pairwise_squared;

/// The n - f nearest neighbours of every vector, f = `byzantine` or the largest f with 2f < n if that is less.
#[must_use]
pub fn neighborhoods(vectors: &[&[f32]], byzantine: usize) -> Vec<VectorGroup> {
    let n = vectors.len();
    let size = n - byzantine.min(n.saturating_sub(1) / 2);
    let nearest = |(i, squares): (usize, Vec<f64>)| {
        let mut order: Vec<usize> = (0..n).collect();
        // Stable: equal distances keep the order of the workers. The vector itself comes first.
        order.sort_by(|a, b| (*a != i).cmp(&(*b != i)).then(squares[*a].total_cmp(&squares[*b])));
        order.truncate(size);
        order
    };
    pairwise_squared(vectors).into_iter().enumerate().map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::groups::means;
    use super::super::median;
    use super::super::samples::{attacked, close, fixed, vectors, views};
    use super::*;

    #[test]
    fn hand_numbers() {
        let line: [&[f32]; 4] = [&[0.0], &[1.0], &[3.0], &[10.0]];
        let groups = neighborhoods(&line, 1);
        assert_eq!(groups, [vec![0, 1, 2], vec![1, 0, 2], vec![2, 1, 0], vec![3, 2, 1]]);
        let mixed = means(&line, &groups).concat();
        close(&mixed, &[4.0 / 3.0, 4.0 / 3.0, 4.0 / 3.0, 14.0 / 3.0], 1e-6).unwrap();
    }

    #[test]
    fn equal_distances_prefer_the_lower_worker_after_the_vector_itself() {
        assert_eq!(neighborhoods(&[&[5.0], &[5.0], &[5.0]], 1), [[0, 1], [1, 0], [2, 0]]);
        assert_eq!(neighborhoods(&[&[1.0], &[2.0], &[3.0]], 1), [[0, 1], [1, 0], [2, 1]]);
    }

    #[test]
    fn few_vectors_lower_the_number_of_byzantine_ones() {
        assert_eq!(neighborhoods(&[&[1.0]], 4), [[0]]);
        assert_eq!(neighborhoods(&[&[1.0], &[2.0]], 4), [[0, 1], [1, 0]]);
    }

    /// `mean(x[argsort(d[i], kind="stable")[:5]], axis=0)` for every i, then `median`.
    #[test]
    fn numpy_agrees() {
        let vectors = fixed();
        let mixed = means(&views(&vectors), &neighborhoods(&views(&vectors), 2));
        close(&mixed[5], &[0.0625, -0.80625, -0.4625, -0.11875, -0.38125], 1e-7).unwrap();
        close(&mixed[6], &[-5.5625, -12.26875, 5.88125, -1.43125, -8.1375], 1e-7).unwrap();
        close(&median(&views(&mixed)), &[-0.3125, -0.80625, -0.09375, -0.3875, -0.18125], 1e-7).unwrap();
    }

    proptest! {
        #[test]
        fn nobody_left_out_is_nearer(vectors in vectors(1..9, 1..20), f in 0_usize..4) {
            let n = vectors.len();
            let square = |i: usize, j: usize| -> f64 {
                vectors[i].iter().zip(&vectors[j]).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
            };
            for (i, group) in neighborhoods(&views(&vectors), f).into_iter().enumerate() {
                prop_assert_eq!(group.len(), n - f.min((n - 1) / 2));
                prop_assert_eq!(group[0], i);
                for out in (0..n).filter(|j| !group.contains(j)) {
                    prop_assert!(group.iter().all(|j| square(i, *j) <= square(i, out) + 1e-9));
                }
            }
        }

        /// Honest vectors have n - f - 1 honest neighbours and never take in one that is not finite.
        #[test]
        fn what_is_not_finite_stays_alone((honest, all) in attacked()) {
            let groups = neighborhoods(&views(&all), all.len() - honest.len());
            let finite = |i: &usize| all[*i].iter().all(|x| x.is_finite());
            for (i, group) in groups.iter().enumerate() {
                prop_assert!(!finite(&i) || group.iter().all(finite));
            }
        }
    }
}
