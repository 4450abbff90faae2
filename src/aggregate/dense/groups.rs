//! What both pre-aggregations come down to: groups of vectors, each replaced by its mean.
//!
//! Example: the groups {0, 1} and {2} make (1, 3, 8) into (2, 8); if those count with weights 1/2 and 1/2, the
//! three vectors count with 1/4, 1/4 and 1/2.

use super::sums::mean;

/// The numbers of the vectors in a group; never none.
pub(crate) type VectorGroup = Vec<usize>;

/// The mean of every group.
pub(crate) fn means(vectors: &[&[f32]], groups: &[VectorGroup]) -> Vec<Vec<f32>> {
    let members = |group: &VectorGroup| group.iter().map(|i| vectors[*i]).collect::<Vec<_>>();
    groups.iter().map(|group| mean(&members(group))).collect()
}

/// The weight of each of `n` vectors when the mean of each group counts with `weights`.
pub(crate) fn share(n: usize, groups: &[VectorGroup], weights: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; n];
    for (group, weight) in groups.iter().zip(weights) {
        group.iter().for_each(|i| shares[*i] += weight / group.len() as f64);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example() {
        let groups = [vec![0, 1], vec![2]];
        assert_eq!(means(&[&[1.0], &[3.0], &[8.0]], &groups), [[2.0], [8.0]]);
        assert_eq!(share(3, &groups, &[0.5, 0.5]), [0.25, 0.25, 0.5]);
    }
}
