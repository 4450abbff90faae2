//! Attacks on a majority vote over channels against exact probabilities.
//!
//! Of h = M - L honest votes, k ~ Bin(h, 1 - p) are right; what the corrupted ones add to the honest margin 2k - h is
//! written down for each attack, and the sum's sign decides, a tie by a coin.

use super::{WORKERS, channel, errors, mean};
use crate::engine::{exact, tolerance};

pub(super) const P: f64 = 0.2;
const ROUNDS: u32 = 60;
/// Coordinates times rounds.
const DRAWS: f64 = 60.0 * 2000.0;

/// What the corrupted votes add, right less wrong, with its probability.
pub(super) type Added = Vec<(f64, f64)>;

pub(super) fn binomial(n: u32, k: u32, p: f64) -> f64 {
    let ways: f64 = (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product();
    ways * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)
}

/// The probability of a wrong decision.
pub(super) fn error(adversaries: u32, added: impl Fn(f64) -> Added) -> f64 {
    let honest = WORKERS - adversaries;
    let wrong = |k: u32| {
        let margin = 2.0 * f64::from(k) - f64::from(honest);
        let of = |(p, sum): (f64, f64)| p * (0.5 - 0.5 * (margin + sum).clamp(-1.0, 1.0));
        binomial(honest, k, 1.0 - P) * added(margin).into_iter().map(of).sum::<f64>()
    };
    (0..=honest).map(wrong).sum()
}

/// Independent votes that are wrong with probability q.
pub(super) fn independent(adversaries: u32, q: f64) -> Added {
    (0..=adversaries)
        .map(|k| (binomial(adversaries, k, q), f64::from(adversaries) - 2.0 * f64::from(k)))
        .collect()
}

pub(super) fn check(attack: &str, adversaries: u32, expected: f64, more: &str) {
    let output = channel(attack, adversaries, ROUNDS, P, "signsgd_mv", more);
    let error = mean(&errors(&output));
    assert!(
        (error - expected).abs() < tolerance(expected, DRAWS),
        "{attack}, L = {adversaries}: {error} instead of {expected}"
    );
}

/// Whatever a worker computes, a vote that is a coin has q = 1/2.
#[test]
fn noise_is_noise_however_it_is_made() {
    for adversaries in [3, 7] {
        let expected = exact(P, adversaries, 0.5).majority;
        let own = error(adversaries, |_| independent(adversaries, 0.5));
        assert!((own - expected).abs() < 1e-9, "the sum of this file against the reference");
        for attack in ["gaussian", "random", "stochastic_flip"] {
            check(attack, adversaries, expected, "");
        }
    }
}

/// A corrupted vote that is one of all corrupted votes' is right or wrong with all of them.
#[test]
fn votes_that_agree_do_more_than_votes_that_do_not() {
    for adversaries in [3, 7] {
        let l = f64::from(adversaries);
        let expected = error(adversaries, |_| vec![(0.5, l), (0.5, -l)]);
        check("all_plus", adversaries, expected, "");
        check("colluders", adversaries, expected, "");
        assert!(expected > exact(P, adversaries, 0.5).majority);
    }
}

#[test]
fn who_knows_the_honest_majority_turns_it_where_l_votes_can() {
    for adversaries in [3, 6] {
        let l = f64::from(adversaries);
        let against = |margin: f64| match margin {
            0.0 => vec![(0.5, l), (0.5, -l)],
            _ => vec![(1.0, -margin.signum() * l)],
        };
        let expected = error(adversaries, against);
        let known = signsim::theory::omniscient_error(WORKERS, adversaries, P);
        assert!((known - expected).abs() < 1e-12, "{known} {expected}");
        check("minus_majority", adversaries, expected, "");
        // On channels the honest mean is zero where votes tie; each worker then tosses its own coin, which is as even.
        check("ipm", adversaries, expected, "");
    }
}

/// With votes for gradients, mean - z std is positive where the mean margin is above z / sqrt(1 + z^2).
#[test]
fn alie_votes_minus_unless_the_honest_margin_is_large() {
    // z by scipy.stats.norm.ppf, except where it is given.
    for (attack, adversaries, z) in [
        ("alie", 3, 0.210_428_394_247_924_85),
        ("alie", 7, 1.150_349_380_376_007_9),
        ("{ alie: { z: 0.5 } }", 3, 0.5),
    ] {
        let (l, z): (f64, f64) = (f64::from(adversaries), z);
        let bar = z / (1.0 + z * z).sqrt();
        let added = |margin: f64| {
            let share = margin / f64::from(WORKERS - adversaries);
            let if_plus_is_right = if share > bar { l } else { -l };
            let if_minus_is_right = if -share > bar { -l } else { l };
            vec![(0.5, if_plus_is_right), (0.5, if_minus_is_right)]
        };
        check(attack, adversaries, error(adversaries, added), "");
    }
}

/// One sign under noise of deviation one flips with probability Phi(-1), behind the worker's own channel.
#[test]
fn dither_is_one_more_channel() {
    let r = 0.158_655_253_931_457_07;
    let q = r + P - 2.0 * r * P;
    check("{ dither: { std: 1 } }", 7, error(7, |_| independent(7, q)), "");
    // Phi(-20) is nothing.
    check("dither", 7, error(7, |_| independent(7, P)), "");
}

#[test]
fn who_says_nothing_leaves_the_rest_to_decide() {
    for adversaries in [3, 6] {
        let expected = error(adversaries, |_| vec![(1.0, 0.0)]);
        check("abstain", adversaries, expected, "");
        check(
            "silent",
            adversaries,
            expected,
            "server: { close: { quorum: M - 6 } }".replace('6', &adversaries.to_string()).as_str(),
        );
    }
}

/// The truth of a round ago is the truth of now on half of the coordinates, where replayed votes are honest ones, and its
/// opposite on the others, where they are inverted ones.
#[test]
fn replayed_votes_are_honest_or_inverted_by_chance() {
    let output = channel("{ replay: { age: 1 } }", 7, ROUNDS + 1, P, "signsgd_mv", "");
    let honest = channel("sign_inversion", 0, 1, P, "signsgd_mv", "");
    let (first, rest) = (errors(&output)[0], mean(&errors(&output)[1..]));
    assert_eq!(first, errors(&honest)[0]);
    let expected = (exact(P, 0, 1.0).majority + exact(P, 7, 1.0).majority) / 2.0;
    assert!((rest - expected).abs() < tolerance(expected, DRAWS), "{rest} instead of {expected}");
}
