//! How fast steps of signs go down: bounds on the gradient norm, given how often the signs are wrong.
//!
//! A step of `rate` against decoded signs u changes a function with coordinate smoothness s by at most
//! -rate sum g_n u_n + rate^2 |S|_1 / 2, |S|_1 = sum s_n (a quadratic by exactly that). A sign that is wrong with probability
//! P_n gives E g_n u_n = |g_n| (1 - 2 P_n), and summed over T rounds
//!
//! ```text
//! 1/T sum_t E sum_n |g_n| (1 - 2 P_n) <= R,     R = (f(x_0) - f(x*)) / (rate T) + rate |S|_1 / 2
//! ```
//!
//! which at rate = 1 / sqrt(T |S|_1) is R = sqrt(|S|_1 / T) (f(x_0) - f(x*) + 1/2) (Bernstein et al. 2018, arXiv 1802.04434; Park
//! & Lee 2024, arXiv 2402.01340). Two bounds on 1/T sum E |g|_1 follow:
//!
//! * **At a known error**: R / (1 - 2P), where no sign is wrong more often than P; and also where P is the mean over all signs
//!   and the smaller a slope the more often its sign is wrong, since then the slopes that count most are wrong less often than
//!   P (Chebyshev's inequality for sums of oppositely ordered numbers).
//! * **Before any run**: near a minimum signs are coins, and no P below 1/2 holds for all. But P is a function of z =
//!   |g_n| / noise: Q(z) is the crossover of a worker, Q the upper tail of N(0, 1), and the rule makes its error of
//!   it. With h(z) = 1 - 2 P(z), which does not fall, and c(l) = max z (l - h(z)), l |g_n| <= |g_n| h + noise c(l),
//!   so that the mean norm is at most (R + D noise c(l)) / l for every l; the least of these is taken.

use statrs::distribution::{ContinuousCDF, Normal};

use super::bounds::slowdown;

/// Steps of signs on a function whose smoothness is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignDescent {
    /// D.
    pub coordinates: usize,
    /// |S|_1, the sum of the smoothness of all coordinates.
    pub smoothness: f64,
    /// f(x_0) - f(x*).
    pub start: f64,
    /// The length of a step on every coordinate, the same in all rounds.
    pub rate: f64,
    /// T.
    pub rounds: u32,
}

/// Where the tail of the normal law is looked at, in its standard deviations: up to 8 by ratios so small that the bound is hardly
/// one percent above the least of its kind.
const PLACES: i32 = 1024;
const FARTHEST: f64 = 8.0;
const RATIO: f64 = 1.006;

impl SignDescent {
    /// R, the bound where no sign is wrong.
    #[must_use]
    pub fn without_errors(&self) -> f64 {
        self.start / (self.rate * f64::from(self.rounds)) + 0.5 * self.rate * self.smoothness
    }

    /// The bound on the mean l1 norm at this decoding error; none from an error of 1/2 on.
    ///
    /// Example: |S|_1 = 100, f(x_0) - f(x*) = 2, T = 400, rate 1/200: R = 1.25, and with one sign of ten wrong 1.5625.
    #[must_use]
    pub fn bound_at(&self, error: f64) -> Option<f64> {
        slowdown(error).map(|factor| self.without_errors() * factor)
    }

    /// The bound where each sign of a gradient has normal noise of this standard deviation, and `error` makes of the
    /// crossover of an honest worker, from 0 to 1/2, the error of the decision. None where large slopes are decoded wrongly.
    #[must_use]
    pub fn bound_before(&self, noise: f64, error: impl Fn(f64) -> f64) -> Option<f64> {
        if noise <= 0.0 {
            return self.bound_at(error(0.0));
        }
        let normal = Normal::standard();
        let places: Vec<f64> =
            [0.0].into_iter().chain((0..=PLACES).map(|k| FARTHEST * RATIO.powi(k - PLACES))).collect();
        let mut kept: Vec<f64> = places.iter().map(|z| 1.0 - 2.0 * error(normal.sf(*z))).collect();
        // The least from here on: as h is taken to be.
        for k in (0..kept.len() - 1).rev() {
            kept[k] = kept[k].min(kept[k + 1]);
        }
        let scale = self.coordinates as f64 * noise;
        // Between two places h is at least what it is at the first, and z at most the second.
        let lost = |share: f64| {
            let between = places[1..].iter().zip(&kept).map(|(z, h)| z * (share - h));
            between.fold(0.0, f64::max)
        };
        let bounds = kept.iter().filter(|share| **share > 0.0);
        let bounds = bounds.map(|share| (self.without_errors() + scale * lost(*share)) / share);
        bounds.min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{convergence_bound, crossovers, majority_error};

    const DESCENT: SignDescent =
        SignDescent { coordinates: 100, smoothness: 100.0, start: 2.0, rate: 0.005, rounds: 400 };

    #[test]
    fn the_rate_of_the_theorem_gives_its_bound() {
        let rate = 1.0 / (400.0_f64 * 100.0).sqrt();
        assert!((rate - DESCENT.rate).abs() < 1e-15);
        for error in [0.0, 0.1, 0.4] {
            let theorem = convergence_bound(100.0, 400, 2.0, error).unwrap();
            assert!((DESCENT.bound_at(error).unwrap() - theorem).abs() < 1e-12);
        }
        assert!((DESCENT.bound_at(0.1).unwrap() - 1.5625).abs() < 1e-12);
        assert_eq!((DESCENT.bound_at(0.5), DESCENT.bound_at(0.9)), (None, None));
    }

    /// No mean of slopes with this R is larger: that of one size everywhere, and of two.
    #[test]
    fn slopes_that_meet_the_descent_are_below_the_bound() {
        let error = |p: f64| majority_error(&crossovers(15, 5, p, 1.0));
        let normal = Normal::standard();
        let kept = |slope: f64, noise: f64| slope * (1.0 - 2.0 * error(normal.sf(slope / noise)));
        for noise in [0.01, 0.05, 0.3] {
            let bound = DESCENT.bound_before(noise, error).unwrap() / 100.0;
            let most = DESCENT.without_errors() / 100.0;
            let mut largest: f64 = 0.0;
            for k in 0..400 {
                let small = f64::from(k) * noise / 50.0;
                for j in 0..=400 {
                    let large = small + f64::from(j) * noise / 10.0;
                    // So many are large that the descent is met.
                    let (low, high) = (kept(small, noise), kept(large, noise));
                    if low <= most {
                        let share = if high > most { (most - low) / (high - low) } else { 1.0 };
                        largest = largest.max((1.0 - share) * small + share * large);
                    }
                }
            }
            assert!(largest <= bound && bound < 1.015 * largest, "{noise}: {largest} and {bound}");
        }
    }

    /// The error of a majority does not fall with the crossover of its honest workers, whoever turns signs around.
    #[test]
    fn errors_rise_with_the_crossover() {
        for adversaries in 0..=7 {
            let error = |k: i32| majority_error(&crossovers(15, adversaries, f64::from(k) / 200.0, 1.0));
            assert!((0..100).all(|k| error(k) <= error(k + 1) + 1e-15), "{adversaries}");
            assert!((error(100) - 0.5).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_is_bounded_where_the_majority_lies() {
        let error = |p: f64| majority_error(&crossovers(15, 8, p, 1.0));
        assert_eq!(DESCENT.bound_before(0.1, error), None);
        assert_eq!(DESCENT.bound_before(0.0, |_| 0.0), DESCENT.bound_at(0.0));
    }
}
