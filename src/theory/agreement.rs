//! What a server sees of a worker in the first round: how often it agrees with a decision that all took with equal weights.
//!
//! The decision contains the worker's own vote, which pulls every agreement above what the worker deserves: even pure noise
//! agrees more often than not ([`noise_agreement`]), and near p = 1/2 an inverting worker passes for an honest one.
//! The decision of the others does not have this bias ([`leave_one_out_agreement`]). Weights that are learned from
//! agreement cannot tell a world from its mirror image ([`learned_error`]).

use super::majority::joined;
use super::{EVEN, attacked, checked, crossovers, majority_error, summed, weighted_error};

/// Takes `worker` out of `crossovers`.
fn others(crossovers: &[f64], worker: usize) -> Vec<f64> {
    let kept = crossovers.iter().enumerate().filter(|(m, _)| *m != worker);
    kept.map(|(_, q)| *q).collect()
}

/// The probability that a worker's vote equals the majority decision of everyone, itself included; ties by a fair coin.
///
/// # Panics
/// When there is no such worker.
#[must_use]
pub fn agreement(crossovers: &[f64], worker: usize) -> f64 {
    let (q, others) = (checked(crossovers[worker]), others(crossovers, worker));
    let decided_wrong = |own_is_wrong| joined(&others, own_is_wrong).error();
    summed((1.0 - q) * (1.0 - decided_wrong(false)) + q * decided_wrong(true))
}

/// The probability that a worker's vote equals the majority decision of the others; a worker alone meets a coin.
///
/// # Panics
/// When there is no such worker.
#[must_use]
pub fn leave_one_out_agreement(crossovers: &[f64], worker: usize) -> f64 {
    let (q, wrong) = (checked(crossovers[worker]), majority_error(&others(crossovers, worker)));
    summed((1.0 - q) * (1.0 - wrong) + q * wrong)
}

/// The weight that follows from an expected agreement a: ln((a + epsilon) / (1 - a + epsilon)), before any clipping.
///
/// signSGD-FD has epsilon = 1e-5 (arXiv 2402.01340, authors' code).
#[must_use]
pub fn first_round_weight(agreement: f64, epsilon: f64) -> f64 {
    ((checked(agreement) + epsilon) / (1.0 - agreement + epsilon)).ln()
}

/// How often one of M pure-noise workers agrees with their common majority: 1/2 + C(M - 1, floor(M/2)) / 2^M.
///
/// # Panics
/// When there is no worker.
#[must_use]
pub fn noise_agreement(workers: u32) -> f64 {
    assert!(workers > 0, "there is a worker");
    // C(n, k) / 2^(n+1) as a product of factors near 1: nothing overflows.
    let (n, k) = (workers - 1, workers / 2);
    let smaller = k.min(n - k.min(n));
    let mut share = 0.5;
    let mut halvings = n;
    for i in 1..=smaller {
        share *= f64::from(n - smaller + i) / f64::from(i);
        while share > 1.0 && halvings > 0 {
            share *= 0.5;
            halvings -= 1;
        }
    }
    0.5 + share * 0.5_f64.powi(halvings as i32)
}

/// (1 - 2p)^2 (M - 2L): above 1, one round of equal weights is about enough to recognise inverting workers.
///
/// A rule of thumb; [`most_identified`] is exact.
#[must_use]
pub fn identification(workers: u32, adversaries: u32, crossover: f64) -> f64 {
    (1.0 - 2.0 * checked(crossover)).powi(2) * (f64::from(workers) - 2.0 * f64::from(adversaries))
}

/// The largest L whose attackers are all expected to get a negative weight after the first round; 0 where even one is not.
///
/// Exact, by bisection: for p < 1/2 an attacker agrees the more the more of them there are.
#[must_use]
pub fn most_identified(workers: u32, crossover: f64, flip: f64) -> u32 {
    // Noise at best, or no attack at all: the own vote alone lifts agreement to 1/2.
    if crossover >= 0.5 || attacked(crossover, flip) <= 0.5 {
        return 0;
    }
    let identified = |l: u32| agreement(&crossovers(workers, l, crossover, flip), 0) < 0.5;
    let (mut known, mut unknown) = (0, workers + 1);
    while unknown - known > 1 {
        let middle = known + (unknown - known) / 2;
        if identified(middle) { known = middle } else { unknown = middle }
    }
    known
}

/// The error at which weights learned from agreement with their own decisions come to rest.
///
/// Agreement does not know the truth, so that the true weights and their negatives are both at rest, with errors P and
/// 1 - P. The first majority chooses: right more often than not, the weights become true; wrong, everything is
/// mirrored, certain ascent; even, a coin decides. An expectation, for many coordinates that share one weight per worker.
#[must_use]
pub fn learned_error(crossovers: &[f64]) -> f64 {
    let (first, error) = (majority_error(crossovers), weighted_error(crossovers, None).middle());
    if (first - 0.5).abs() < EVEN {
        0.5
    } else if first < 0.5 {
        error
    } else {
        1.0 - error
    }
}
