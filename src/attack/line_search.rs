//! The length of a forged vector that hurts most, found by trying.
//!
//! From 0 on, steps of doubling length are taken as long as each is better than all before; then the best point is
//! approached from both sides by steps that shrink by .8. Where the harm has one maximum the search comes near it; it takes
//! the best point that it has seen in any case. Source: `line_maximize` of El Mhamdi's and Rouault's experiments (Rouault, EPFL
//! thesis 2022), which ByzFL's optimised ALIE and IPM use (arXiv 2505.24802), with the same constants.
//!
//! Example: harm -(x - 2.3)^2 by 6 trials: 0, 1, 3, 7, and then 7 - 3.2 and 3.8 - 2.56: the best is 3.

use serde::{Deserialize, Serialize};

/// How many vectors are tried in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Trials(u32);

/// By how much a step shrinks that has not helped.
const SHRINKS: f64 = 0.8;

impl TryFrom<u32> for Trials {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        let legal = (2..=1000).contains(&number);
        legal.then_some(Self(number)).ok_or_else(|| {
            format!("{number} trials are no search: write a number from 2 to 1000, for example 16")
        })
    }
}

impl From<Trials> for u32 {
    fn from(Trials(number): Trials) -> Self {
        number
    }
}

/// The best of so many lengths from 0 on.
pub(super) fn worst_length(Trials(trials): Trials, mut harm: impl FnMut(f64) -> f64) -> f64 {
    let (mut best, mut most) = (0.0, harm(0.0));
    let (mut at, mut step) = (0.0, 1.0);
    let mut left = trials - 1;
    let mut try_at = |at: f64, best: &mut f64| {
        let found = harm(at);
        let better = found > most;
        if better {
            (*best, most) = (at, found);
        }
        better
    };
    while left > 0 {
        at = best + step;
        left -= 1;
        if !try_at(at, &mut best) {
            break;
        }
        step *= 2.0;
    }
    while left > 0 {
        step *= SHRINKS;
        if at < best {
            at += step;
        } else {
            let mut below = at - step;
            while below < 0.0 {
                below = (below + at) / 2.0;
            }
            at = below;
        }
        left -= 1;
        try_at(at, &mut best);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(trials: u32, harm: impl Fn(f64) -> f64) -> (f64, Vec<f64>) {
        let mut seen = Vec::new();
        let best = worst_length(Trials(trials), |at| {
            seen.push(at);
            harm(at)
        });
        (best, seen)
    }

    #[test]
    fn steps_double_and_then_shrink() {
        let (best, seen) = tried(6, |x| -(x - 2.3).powi(2));
        let expected = [0.0, 1.0, 3.0, 7.0, 3.8, 1.24];
        assert!(seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{seen:?}");
        assert!((best - 3.0).abs() < 1e-12);
        let (best, seen) = tried(40, |x| -(x - 2.3).powi(2));
        assert!((best - 2.3).abs() < 0.05 && seen.len() == 40, "{best}");
    }

    #[test]
    fn the_best_of_what_was_seen_is_taken() {
        for peak in [0.0, 0.3, 1.0, 5.5, 40.0] {
            let harm = |x: f64| 1.0 / (1.0 + (x - peak).abs());
            let (best, seen) = tried(30, harm);
            assert!(seen.iter().all(|x| harm(*x) <= harm(best) && *x >= 0.0), "{peak}: {best} of {seen:?}");
        }
        assert_eq!(tried(5, |_| 1.0).0, 0.0, "where nothing helps, nothing is changed");
        assert!(Trials::try_from(1).is_err() && Trials::try_from(16).is_ok());
    }
}
