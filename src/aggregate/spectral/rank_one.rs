//! How good each voter is, told by how often it agrees with the others.
//!
//! Votes that err independently agree by c_ij = E[y_i y_j] = a_i a_j with a_i = 1 - 2 p_i, so that the agreements off the
//! diagonal are of rank one (Dawid & Skene 1979; for two classes Parisi et al. 2014, PNAS 111, 1253, and Ghosh et al. 2011).
//! The fit is least squares over i < j: it begins at the leading eigenvector and then solves for one a_i after the other,
//! each of which is a division, until none moves. What stands on the diagonal says nothing and is not read.
//!
//! All of a can be turned around: -a explains as much. [`oriented`] takes the side of most voters that carry information.

use ndarray::{Array1, Array2};

/// Voters closer to a coin than this carry no information when the sign is chosen.
const NOISE: f64 = 0.02;

/// Sweeps and steps after which a fit is taken as it is.
const MOST_SWEEPS: usize = 500;
/// No a_i has moved further than this in a sweep.
const SETTLED: f64 = 1e-9;

/// a for n >= 3 voters with the given agreements, in [-1, 1]; its sign is not settled.
pub(crate) fn fit(agreements: &Array2<f64>) -> Vec<f64> {
    let mut a = leading(agreements);
    descend(agreements, &mut a, |_, _| true);
    a
}

/// Solves for one a_i after the other, over the pairs that count, until none moves.
pub(crate) fn descend(agreements: &Array2<f64>, a: &mut [f64], counts: impl Fn(usize, usize) -> bool) {
    let n = a.len();
    for _ in 0..MOST_SWEEPS {
        let mut moved: f64 = 0.0;
        for i in 0..n {
            let (mut product, mut others) = (0.0, 0.0);
            for j in (0..n).filter(|j| *j != i && counts(i, *j)) {
                product += agreements[[i, j]] * a[j];
                others += a[j] * a[j];
            }
            if others > 0.0 {
                let better = (product / others).clamp(-1.0, 1.0);
                moved = moved.max((better - a[i]).abs());
                a[i] = better;
            }
        }
        if moved < SETTLED {
            break;
        }
    }
}

/// The eigenvector of the greatest eigenvalue, times the root of it; zeros where no eigenvalue is above 0.
///
/// Power iteration on the matrix plus half its greatest row sum, which no negative eigenvalue can outgrow. It begins at the
/// greatest column: of a rank-one matrix that is the answer.
fn leading(agreements: &Array2<f64>) -> Vec<f64> {
    let n = agreements.nrows();
    let row_sum = |i: usize| -> f64 { (0..n).filter(|j| *j != i).map(|j| agreements[[i, j]].abs()).sum() };
    let sums: Vec<f64> = (0..n).map(row_sum).collect();
    let greatest = (0..n).fold(0, |best, i| if sums[i] > sums[best] { i } else { best });
    let shift = sums[greatest] / 2.0;
    if shift == 0.0 {
        return vec![0.0; n];
    }
    let times = |v: &Array1<f64>| -> Array1<f64> {
        (0..n).map(|i| (0..n).filter(|j| *j != i).map(|j| agreements[[i, j]] * v[j]).sum::<f64>()).collect()
    };
    let mut v: Array1<f64> = (0..n)
        .map(|i| if i == greatest { sums[greatest] / n as f64 } else { agreements[[i, greatest]] })
        .collect();
    v /= v.dot(&v).sqrt();
    for _ in 0..MOST_SWEEPS {
        let mut next = times(&v) + &v * shift;
        next /= next.dot(&next).sqrt();
        let moved = (&next - &v).iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        v = next;
        if moved < SETTLED {
            break;
        }
    }
    let eigenvalue = v.dot(&times(&v)).max(0.0);
    (v * eigenvalue.sqrt()).to_vec()
}

/// a or -a: the one in which more voters that carry information are honest; where they are as many, the one with the
/// greater sum.
pub(crate) fn oriented(a: Vec<f64>) -> Vec<f64> {
    let informed = a.iter().filter(|x| x.abs() > NOISE).map(|x| x.signum()).sum::<f64>();
    let sum: f64 = a.iter().sum();
    if informed < 0.0 || informed == 0.0 && sum < 0.0 { a.into_iter().map(|x| -x).collect() } else { a }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn products(a: &[f64]) -> Array2<f64> {
        Array2::from_shape_fn((a.len(), a.len()), |(i, j)| if i == j { 0.0 } else { a[i] * a[j] })
    }

    fn check(a: &[f64], expected: &[f64]) {
        let found = oriented(fit(&products(a)));
        let far = found.iter().zip(expected).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(far < 1e-6, "{found:?} for {expected:?}");
    }

    #[test]
    fn exact_products_give_their_factors() {
        check(&[0.6, 0.6, 0.6], &[0.6, 0.6, 0.6]);
        check(&[0.9, 0.5, 0.1, -0.3, 0.7], &[0.9, 0.5, 0.1, -0.3, 0.7]);
        // Most are liars: the mirror.
        check(&[0.6, -0.6, -0.6, -0.6], &[-0.6, 0.6, 0.6, 0.6]);
        // As many on both sides, and those that say nothing do not decide.
        check(&[0.8, 0.8, -0.5, -0.5, 0.0], &[0.8, 0.8, -0.5, -0.5, 0.0]);
        check(&[0.0; 4], &[0.0; 4]);
    }

    proptest! {
        /// No single a_i can be better: what least squares asks for, whatever the matrix.
        #[test]
        fn nothing_moves_that_would_fit_better(
            upper in prop::collection::vec(-1.0_f64..1.0, 21), a in prop::collection::vec(0.2_f64..0.9, 7),
        ) {
            let noisy = Array2::from_shape_fn((7, 7), |(i, j)| {
                let (low, high) = (i.min(j), i.max(j));
                if i == j { 0.0 } else { a[i] * a[j] + 0.05 * upper[high * (high - 1) / 2 + low] }
            });
            let found = fit(&noisy);
            let loss = |a: &[f64]| -> f64 {
                (0..7).flat_map(|j| (0..j).map(move |i| (i, j)))
                    .map(|(i, j)| (noisy[[i, j]] - a[i] * a[j]).powi(2)).sum()
            };
            for i in 0..7 {
                for step in [-1e-3, 1e-3] {
                    let mut other = found.clone();
                    other[i] = (other[i] + step).clamp(-1.0, 1.0);
                    prop_assert!(loss(&other) >= loss(&found) - 1e-12);
                }
            }
        }
    }
}
