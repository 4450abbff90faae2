//! Which two voters agree more than the others can explain.
//!
//! If votes err independently, c_ij = a_i a_j for every pair, and any two third parties k, l tell what the agreement of i and
//! j should be: c_ik c_jl / c_kl (Spearman's tetrads, 1904). Voters that copy one another agree more than that. Of all third
//! parties the lower quartile is taken: copies among them overstate it, and a pair that is explained by a quarter of them only
//! is not explained.

use ndarray::Array2;

/// So many third parties speak for a pair, evenly chosen among all others: 190 tetrads tell a quartile well enough.
const THIRD_PARTIES: usize = 20;

/// The agreement of voters i and j that third parties predict, in [-1, 1]; `None` where no two of them agree or disagree by
/// more than `noise`, what an agreement may be by chance.
pub(crate) fn predicted(agreements: &Array2<f64>, noise: f64, i: usize, j: usize) -> Option<f64> {
    let others: Vec<usize> = (0..agreements.nrows()).filter(|k| *k != i && *k != j).collect();
    let asked = others.len().min(THIRD_PARTIES);
    let others: Vec<usize> = (0..asked).map(|s| others[s * others.len() / asked]).collect();
    let mut told = Vec::with_capacity(asked * asked.saturating_sub(1) / 2);
    for (at, &l) in others.iter().enumerate() {
        for &k in &others[..at] {
            let between = agreements[[k, l]];
            if between.abs() > noise {
                let crossed =
                    agreements[[i, k]] * agreements[[j, l]] + agreements[[i, l]] * agreements[[j, k]];
                told.push(crossed / 2.0 / between);
            }
        }
    }
    (!told.is_empty()).then(|| lower_quartile(&mut told).clamp(-1.0, 1.0))
}

/// Of at least one value, interpolated between neighbours as NumPy does.
fn lower_quartile(values: &mut [f64]) -> f64 {
    let position = 0.25 * (values.len() - 1) as f64;
    let (at, share) = (position as usize, position.fract());
    let (_, &mut low, above) = values.select_nth_unstable_by(at, f64::total_cmp);
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    if share == 0.0 { low } else { low + share * (next - low) }
}

/// What makes copies of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resemblance {
    /// It agrees by more than this,
    pub agreement: f64,
    /// and exceeds what third parties predict by more than this.
    pub excess: f64,
}

impl Resemblance {
    /// The same threshold for both.
    pub(crate) const fn beyond(excess: f64) -> Self {
        Self { agreement: excess, excess }
    }
}

/// The pairs of voters that are copies: those whose excess is within [`BAND`] of the greatest. Copies of one voter stand out
/// alike, so they are found together.
pub(crate) fn outstanding(agreements: &Array2<f64>, noise: f64, least: Resemblance) -> Vec<(usize, usize)> {
    let n = agreements.nrows();
    let pairs = (1..n).flat_map(|j| (0..j).map(move |i| (i, j)));
    let candidates = pairs.filter(|&(i, j)| agreements[[i, j]] > least.agreement);
    let exceeding = candidates.filter_map(|(i, j)| {
        let excess = agreements[[i, j]] - predicted(agreements, noise, i, j)?;
        (excess > least.excess).then_some((excess, (i, j)))
    });
    let exceeding: Vec<(f64, (usize, usize))> = exceeding.collect();
    let greatest = exceeding.iter().map(|(excess, _)| *excess).fold(f64::NEG_INFINITY, f64::max);
    exceeding.into_iter().filter(|(excess, _)| *excess >= greatest - BAND).map(|(_, pair)| pair).collect()
}

/// Excesses this close are taken for the same: four times what 10,000 coordinates leave uncertain.
const BAND: f64 = 0.04;

#[cfg(test)]
mod tests {
    use super::*;

    const ALIKE: Resemblance = Resemblance::beyond(0.45);

    fn matrix(n: usize, of: impl Fn(usize, usize) -> f64) -> Array2<f64> {
        Array2::from_shape_fn((n, n), |(i, j)| if i == j { 0.0 } else { of(i.min(j), i.max(j)) })
    }

    #[test]
    fn independent_voters_are_explained_by_the_others() {
        let a = [0.9, 0.8, -0.7, 0.6, 0.5];
        let c = matrix(5, |i, j| a[i] * a[j]);
        for j in 1..5 {
            for i in 0..j {
                assert!((predicted(&c, 0.02, i, j).unwrap() - c[[i, j]]).abs() < 1e-12);
            }
        }
        assert!(outstanding(&c, 0.02, ALIKE).is_empty());
        // Where all but two are coins nobody can tell whether these copy each other.
        let coins = matrix(5, |i, j| if (i, j) == (0, 1) { 1.0 } else { 0.01 });
        assert!(predicted(&coins, 0.02, 0, 1).is_none() && outstanding(&coins, 0.02, ALIKE).is_empty());
    }

    #[test]
    fn copies_stand_out_together() {
        // Three identical coins beside five honest voters.
        let c = matrix(8, |i, j| {
            if j < 3 {
                1.0
            } else if i < 3 {
                0.0
            } else {
                0.36
            }
        });
        assert_eq!(outstanding(&c, 0.02, ALIKE), [(0, 1), (0, 2), (1, 2)]);
    }

    #[test]
    fn the_quartile_is_interpolated() {
        assert_eq!(lower_quartile(&mut [4.0, 1.0, 3.0, 2.0]), 1.75);
        assert_eq!(lower_quartile(&mut [5.0]), 5.0);
    }
}
