//! What a vote of the server's own is worth: which of two mirrors is the truth.
//!
//! How often workers agree with each other tells their weights up to one sign for all: from M/2 inverters on, most workers
//! stand on the wrong side. With true weights up to that sign the decision errs with probability P, its mirror with 1 - P. The
//! server's own vote, wrong with probability q0, agrees with the decision on a coordinate with probability
//!
//! ```text
//! a = (1 - q0)(1 - P) + q0 P,        a - 1/2 = (1 - 2 q0)(1 - 2 P) / 2
//! ```
//!
//! and the sign with which it agrees more often over D coordinates is taken. Where few coordinates are compared, whether a decision
//! is wrong and whether the mirror is taken are not independent: its own agreement is one of those that are counted. L does not matter
//! but through P, and P is the same for L inverters and for M - L: the error is flat up to M.
//!
//! Example: P = .1, q0 = .2. By one coordinate the own vote is what is taken, and the error is .2; by two it is .254.

use super::checked;
use super::counts::{EqualWorkers, binomial};

/// The server's own vote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnVote {
    /// q0, the probability that one of its signs is wrong.
    pub crossover: f64,
    /// D, the coordinates on which it is compared, at least one.
    pub coordinates: u64,
}

/// The decoding error of weights that are true up to one sign for all, which the server's own vote chooses: exact, a tie by a coin.
/// With m1 and m0 the probability that the mirror is taken where the coordinate itself agrees, or does not,
///
/// ```text
/// P (q0 (1 - m1) + (1 - q0)(1 - m0)) + (1 - P)((1 - q0) m1 + q0 m0)
/// ```
///
/// `error` is P, with the right sign. Rounds are taken one by one: what is remembered of earlier ones makes it smaller. O(D).
#[must_use]
pub fn anchored_error(error: f64, own: OwnVote) -> f64 {
    let (q0, agrees) = (own.crossover, 0.5 + margin(error, own.crossover));
    let others = binomial(EqualWorkers { crossover: agrees, count: own.coordinates as usize - 1 });
    let mirror = |agreements: u64| match (2 * agreements).cmp(&own.coordinates) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    };
    let taken = |itself: u64| super::summed((itself..).zip(&others).map(|(k, p)| p * mirror(k)).sum());
    let (with, without) = (taken(1), taken(0));
    let wrong = q0 * (1.0 - with) + (1.0 - q0) * (1.0 - without);
    error * wrong + (1.0 - error) * ((1.0 - q0) * with + q0 * without)
}

/// At most B + exp(-D (1 - 2 q0)^2 (1 - 2B)^2 / 2) for every bound B < 1/2 on P, by Hoeffding's inequality; `None` where B or q0 is
/// 1/2 or above, where the vote says nothing, or the wrong thing.
#[must_use]
pub fn anchored_bound(bound: f64, own: OwnVote) -> Option<f64> {
    let says = bound < 0.5 && own.crossover < 0.5;
    says.then(|| {
        (bound + (-2.0 * own.coordinates as f64 * margin(bound, own.crossover).powi(2)).exp()).min(1.0)
    })
}

/// a - 1/2.
fn margin(error: f64, crossover: f64) -> f64 {
    (1.0 - 2.0 * checked(crossover)) * (1.0 - 2.0 * checked(error)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{crossovers, weighted_error, weighted_kearns_saul};

    const OWN: OwnVote = OwnVote { crossover: 0.2, coordinates: 1 };

    #[test]
    fn few_coordinates_by_hand() {
        assert!((anchored_error(0.1, OWN) - 0.2).abs() < 1e-12);
        // Of two with a = .74: m1 = .13, m0 = .63, .1 (.174 + .296) + .9 (.104 + .126).
        assert!((anchored_error(0.1, OwnVote { coordinates: 2, ..OWN }) - 0.254).abs() < 1e-12);
        // Of many nothing is left but P.
        assert!((anchored_error(0.1, OwnVote { coordinates: 1000, ..OWN }) - 0.1).abs() < 1e-12);
        assert!((anchored_error(0.5, OwnVote { coordinates: 1000, ..OWN }) - 0.5).abs() < 0.02);
        // A vote that is always wrong takes the mirror.
        assert!((anchored_error(0.0, OwnVote { crossover: 1.0, coordinates: 9 }) - 1.0).abs() < 1e-12);
        assert_eq!(anchored_bound(0.1, OwnVote { crossover: 0.5, ..OWN }), None);
        assert_eq!(anchored_bound(0.5, OWN), None);
    }

    /// Every L from 0 to M has the error of its mirror, below its bound.
    #[test]
    fn inverters_past_the_half_cost_nothing_and_the_bound_holds() {
        for (p, own, coordinates) in [(0.2, 0.3, 500), (0.3, 0.4, 2000), (0.45, 0.45, 100)] {
            let own = OwnVote { crossover: own, coordinates };
            let known: Vec<(f64, Option<f64>)> = (0..=15)
                .map(|l| {
                    let q = crossovers(15, l, p, 1.0);
                    let error = weighted_error(&q, None).middle();
                    (anchored_error(error, own), anchored_bound(weighted_kearns_saul(&q), own))
                })
                .collect();
            for (l, (error, bound)) in known.iter().enumerate() {
                assert!(
                    (error - known[15 - l].0).abs() < 1e-9 && (error - known[0].0).abs() < 1e-9,
                    "L = {l}"
                );
                assert!(bound.is_none_or(|bound| *error <= bound), "{error} above {bound:?}");
            }
        }
    }
}
