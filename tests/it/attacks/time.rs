//! Attacks that change with time, against the attacks they change between and against learned weights.

use super::{channel, errors, mean};

const L: u32 = 6;

/// Majority vote remembers nothing, so each round is that of the attack which is played in it, bit for bit.
fn check_alternation(attack: &str, rounds: u32, is_honest: impl Fn(usize) -> bool) {
    let of = |attack: &str, adversaries| errors(&channel(attack, adversaries, rounds, 0.2, "signsgd_mv", ""));
    let (honest, inverted) = (of("sign_inversion", 0), of("sign_inversion", L));
    let expected: Vec<f64> =
        (0..rounds as usize).map(|t| if is_honest(t) { honest[t] } else { inverted[t] }).collect();
    assert_eq!(of(attack, L), expected, "{attack}");
}

#[test]
fn sleepers_and_oscillators_are_what_they_alternate_between() {
    check_alternation("{ sleeper: { until: 7 } }", 12, |t| t < 7);
    check_alternation("{ sleeper: { until: 0 } }", 4, |_| false);
    check_alternation("{ oscillator: { period: 3 } }", 13, |t| t / 3 % 2 == 0);
}

#[test]
fn before_they_wake_sleepers_change_no_bit() {
    for method in ["signsgd_mv", "signsgd_fd"] {
        let digest = |attack: &str, adversaries, rounds| {
            channel(attack, adversaries, rounds, 0.2, method, "").summary.digest
        };
        let attack = "{ sleeper: { until: 10 } }";
        assert_eq!(digest(attack, L, 10), digest("sign_inversion", 0, 10));
        assert_ne!(digest(attack, L, 11), digest("sign_inversion", 0, 11));
    }
}

/// Enumerated for M = 15, p = 0.3, one weight per worker after a hundred rounds: an error of .05 becomes .365 when six
/// sleepers of fifteen wake.
#[test]
fn sleepers_spend_the_weight_they_have_earned() {
    let errors = errors(&channel("sleeper", L, 104, 0.3, "signsgd_fd", ""));
    let (before, after) = (mean(&errors[90..100]), mean(&errors[100..104]));
    assert!((before - 0.05).abs() < 0.005, "{before}");
    assert!((after - 0.365).abs() < 0.02, "{after}");
}

/// Four colluders of fifteen capture learned weights at p = 0.3, where four independent coins do nothing of the kind.
#[test]
fn colluders_capture_learned_weights() {
    let late = |attack| mean(&errors(&channel(attack, 4, 60, 0.3, "signsgd_fd", ""))[40..]);
    let (together, alone) = (late("colluders"), late("random"));
    assert!((together - 0.5).abs() < 0.02, "{together}");
    assert!(alone < 0.12, "{alone}");
}

/// With perfect honest channels decisions are always right, so the balance alternates between 0 and -1: after an even
/// number of rounds the server's estimate is exactly one half, and the weight zero.
#[test]
fn half_is_estimated_at_one_half() {
    let every = "metrics: { workers_every: 1 }";
    let output = channel("half", 3, 12, 0.0, "signsgd_fd", every);
    for row in output.workers.iter().filter(|row| row.adversary) {
        let estimate = row.crossover.expect("it has voted");
        let expected = row.round.div_ceil(2) as f64 / f64::from(row.round);
        assert!((estimate - expected).abs() < 1e-4, "round {}: {estimate} instead of {expected}", row.round);
    }
    // Behind channels a decision is now and then wrong; the estimate still tends to one half, the honest to p.
    let output = channel("half", 3, 150, 0.2, "signsgd_fd", "metrics: { workers_every: 150 }");
    for row in output.workers.iter().filter(|row| row.round == 150) {
        let (estimate, weight) = (row.crossover.unwrap(), row.weight);
        let expected = if row.adversary { 0.5 } else { 0.2 };
        assert!((estimate - expected).abs() < 0.02, "{row:?}");
        assert_eq!(weight.abs() < 0.1, row.adversary, "{row:?}");
    }
}
