//! What papers prove about the error, where the exact number is more than one wants to know.
//!
//! Each bound holds for independent channels and ties by a fair coin; those on the weighted vote for true, unclipped weights.

use super::{EVEN, checked};

/// Weighted vote: P <= 1/2 prod 2 sqrt(q (1 - q)), Bhattacharyya's coefficient of the two hypotheses (Kailath 1967).
#[must_use]
pub fn weighted_bhattacharyya(crossovers: &[f64]) -> f64 {
    0.5 * crossovers.iter().map(|q| 2.0 * (checked(*q) * (1.0 - q)).sqrt()).product::<f64>()
}

/// Weighted vote: P <= exp(-Phi/2), Phi = sum (1/2 - q) ln((1 - q)/q), by the inequality of Kearns & Saul 1998
/// (Berend & Kontorovich, arXiv 1307.7302; Park & Lee, arXiv 2402.01340).
#[must_use]
pub fn weighted_kearns_saul(crossovers: &[f64]) -> f64 {
    let potential = |q: &f64| (0.5 - checked(*q)) * ((1.0 - q) / q).ln();
    (-0.5 * crossovers.iter().map(potential).sum::<f64>()).exp()
}

/// Majority vote: P <= exp(-(sum (1 - 2q))^2 / 2M), Hoeffding's inequality.
///
/// For L of M workers that flip with probability r this is exp(-(M/2)(1 - 2p)^2 (1 - 2rL/M)^2). `None` where the votes are
/// not right on average, sum (1 - 2q) <= 0 (for p < 1/2: 2rL >= M): there is nothing to prove then.
#[must_use]
pub fn majority_hoeffding(crossovers: &[f64]) -> Option<f64> {
    let margin: f64 = crossovers.iter().map(|q| 1.0 - 2.0 * checked(*q)).sum();
    let workers = crossovers.len() as f64;
    // A sum that is zero but for its rounding is zero.
    (margin > workers * f64::EPSILON).then(|| (-margin * margin / (2.0 * workers)).exp())
}

/// By what an error P stretches the bound on convergence: 1 / (1 - 2P); `None` for P >= 1/2, where nothing converges, and
/// where only rounding keeps P below it.
#[must_use]
pub fn slowdown(error: f64) -> Option<f64> {
    (0.5 - checked(error) > EVEN).then(|| 1.0 / (1.0 - 2.0 * error))
}

/// The mean of |grad|_1 over T rounds with learning rate 1/sqrt(T |S|_1) is at most
/// sqrt(|S|_1 / T) (f0 - f* + 1/2) / (1 - 2P) (Park & Lee, arXiv 2402.01340; Bernstein et al., arXiv 1802.04434).
///
/// `smoothness` is |S|_1, the sum of the coordinates' smoothness constants; `gap` is f0 - f*; `error` is P, the decoding
/// error of every coordinate. `None` for P >= 1/2.
///
/// # Panics
/// When `smoothness` or `gap` is negative, or there is no round.
#[must_use]
pub fn convergence_bound(smoothness: f64, rounds: u64, gap: f64, error: f64) -> Option<f64> {
    assert!(
        smoothness >= 0.0 && gap >= 0.0 && rounds > 0,
        "smoothness and gap are not negative, and there is a round"
    );
    slowdown(error).map(|factor| (smoothness / rounds as f64).sqrt() * (gap + 0.5) * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_by_hand() {
        // sqrt(4 / 100) * (2 + 1/2) / (1 - 1/2)
        assert!((convergence_bound(4.0, 100, 2.0, 0.25).unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(convergence_bound(4.0, 100, 2.0, 0.5), None);
        // 1 / (1 - 2P) of one rounding below 1/2 would be 2^52.
        assert_eq!(convergence_bound(4.0, 100, 2.0, 0.5 - f64::EPSILON / 4.0), None);
        assert!((slowdown(0.5 - 1e-6).unwrap() - 5e5).abs() < 1e-3);
    }

    #[test]
    fn certain_channels_have_bounds_of_zero() {
        assert_eq!(weighted_bhattacharyya(&[0.0, 0.3]), 0.0);
        assert_eq!(weighted_kearns_saul(&[1.0, 0.3]), 0.0);
    }

    #[test]
    fn no_bound_without_a_margin() {
        assert_eq!(majority_hoeffding(&[0.2, 0.8]), None);
        assert_eq!(majority_hoeffding(&[]), None);
        assert!((majority_hoeffding(&[0.25; 8]).unwrap() - (-1.0_f64).exp()).abs() < 1e-15);
    }
}
