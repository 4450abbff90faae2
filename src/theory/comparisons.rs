//! How many comparisons tell a crossover: what spectral decoding knows after N coordinates.
//!
//! N coordinates (those of several rounds together) give every pair's mean product c_ij = a^2 + e_ij, a = 1 - 2p, for
//! M workers of one quality. Var e_ij = (1 - a^4)/N, and the errors of two pairs that share a worker have the
//! covariance (a^2 - a^4)/N. Least squares over i < j answer to first order with
//!
//! a_i - a = (E_i - E/(M - 1)) / (a (M - 2)), E_i the sum of the errors of worker i's pairs and E that of all,
//!
//! whose variance, with u = 1 - a^4 and v = a^2 - a^4, is V/N,
//!
//! V = (u (M - 3 + M/(2(M - 1))) + v (M - 2)(M - 5 + M/(M - 1))) / (a (M - 2))^2.
//!
//! The standard deviation of p is half of its root. Exact as N grows; checked against simulation in the tests.

use super::checked;

/// Comparisons, rounds times coordinates, after which the crossover of a worker is known to within `tolerance`, one standard
/// deviation, among M workers of crossover p. None for fewer than three workers and at p = 1/2, where nothing tells it.
#[must_use]
pub fn comparisons(workers: u32, crossover: f64, tolerance: f64) -> Option<f64> {
    let (m, a) = (f64::from(workers), 1.0 - 2.0 * checked(crossover));
    if workers < 3 || a == 0.0 {
        return None;
    }
    let (square, fourth) = (a.powi(2), a.powi(4));
    let (u, v) = (1.0 - fourth, square - fourth);
    let of_pairs = u * (m - 3.0 + m / (2.0 * (m - 1.0)));
    let of_shared = v * (m - 2.0) * (m - 5.0 + m / (m - 1.0));
    let variance = (of_pairs + of_shared) / (a * (m - 2.0)).powi(2);
    Some(variance.max(0.0) / (4.0 * tolerance.powi(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_tells_coins_apart_and_perfect_workers_need_no_comparison() {
        assert!(comparisons(15, 0.5, 0.01).is_none() && comparisons(2, 0.2, 0.01).is_none());
        assert!(comparisons(15, 0.0, 0.01).is_some_and(|n| n.abs() < 1e-12));
    }

    /// Of very many workers each is compared with the truth itself: p(1 - p)/tolerance^2 coordinates, as a coin is told.
    #[test]
    fn many_workers_tell_as_much_as_the_truth() {
        let found = comparisons(1_000_000, 0.2, 0.01).unwrap();
        assert!((found / (0.2 * 0.8 / 1e-4) - 1.0).abs() < 1e-4, "{found}");
    }
}
