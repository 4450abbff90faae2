//! Theory against numbers made elsewhere, plain enumeration, statrs, and itself from another side.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde::Deserialize;
use signsim::theory::{self, OwnVote, crossovers};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal};

#[derive(Deserialize)]
struct Reference {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    workers: u32,
    adversaries: u32,
    crossover: f64,
    flip: f64,
    attacked_crossover: f64,
    majority: f64,
    weighted: f64,
    weighted_bhattacharyya: f64,
    weighted_kearns_saul: f64,
    majority_hoeffding: f64,
}

/// Relative, since the smallest errors of the reference are about 1e-11.
fn check(what: &str, value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{what}: {value} instead of {expected}");
}

/// Absolute, to the last digit of a number that was written down.
fn check_digits(what: &str, value: f64, written: f64) {
    assert!((value - written).abs() <= 0.6e-6, "{what}: {value} instead of {written}");
}

#[test]
fn every_number_of_the_reference() {
    let reference: Reference = serde_json::from_str(include_str!("../reference/theory.json")).unwrap();
    assert_eq!(reference.rows.len(), 345);
    for row in reference.rows {
        let q = crossovers(row.workers, row.adversaries, row.crossover, row.flip);
        let about = |what: &str| {
            format!("{what} M={} L={} p={} r={}", row.workers, row.adversaries, row.crossover, row.flip)
        };
        check(&about("q"), theory::attacked(row.crossover, row.flip), row.attacked_crossover);
        check(&about("majority"), theory::majority_error(&q), row.majority);
        let weighted = theory::weighted_error(&q, None);
        assert!(weighted.is_exact());
        check(&about("weighted"), weighted.middle(), row.weighted);
        check(&about("Bhattacharyya"), theory::weighted_bhattacharyya(&q), row.weighted_bhattacharyya);
        check(&about("Kearns-Saul"), theory::weighted_kearns_saul(&q), row.weighted_kearns_saul);
        // Where nothing is proved the reference says 1.
        check(&about("Hoeffding"), theory::majority_hoeffding(&q).unwrap_or(1.0), row.majority_hoeffding);
    }
}

#[test]
fn errors_that_were_written_down() {
    for (l, majority, noise) in
        [(0, 0.004240, 0.004240), (3, 0.044979, 0.011654), (5, 0.162136, 0.019581), (7, 0.419472, 0.033344)]
    {
        let q = crossovers(15, l, 0.2, 1.0);
        check_digits("majority", theory::majority_error(&q), majority);
        check_digits("inverted", theory::weighted_error(&q, None).middle(), 0.004240);
        check_digits("noise", theory::weighted_error(&crossovers(15, l, 0.2, 0.5), None).middle(), noise);
    }
}

#[test]
fn agreement_after_the_first_round_that_was_written_down() {
    for (p, l, attacker, attacker_weight, honest, honest_weight) in [
        (0.2, 3, 0.239503, -1.155379, 0.796219, 1.362790),
        (0.2, 6, 0.423424, -0.308725, 0.713821, 0.913994),
        (0.2, 7, 0.529567, 0.118405, 0.634214, 0.550326),
        (0.3, 3, 0.409422, -0.366348, 0.699142, 0.843198),
        (0.4, 3, 0.550707, 0.203525, 0.629740, 0.531090),
    ] {
        let q = crossovers(15, l, p, 1.0);
        for (worker, agreement, weight) in [(0, attacker, attacker_weight), (14, honest, honest_weight)] {
            let value = theory::agreement(&q, worker);
            check_digits("agreement", value, agreement);
            check_digits("weight", theory::first_round_weight(value, 1e-5), weight);
        }
        // Without its own vote nobody is mistaken; at L = (M - 1)/2 an honest worker meets even odds.
        assert!(
            theory::leave_one_out_agreement(&q, 0) < 0.5
                && theory::leave_one_out_agreement(&q, 14) > 0.5 - 1e-12
        );
    }
    assert_eq!(theory::most_identified(15, 0.2, 1.0), 6);
    assert!(theory::identification(15, 6, 0.2) > 1.0 && theory::identification(15, 7, 0.2) < 1.0);
}

#[test]
fn a_noise_worker_agrees_with_a_majority_of_noise() {
    assert!((theory::noise_agreement(15) - 0.60474).abs() < 0.6e-5);
    for workers in [1, 2, 3, 4, 15, 16, 501] {
        let exact = theory::agreement(&vec![0.5; workers as usize], 0);
        check("noise", theory::noise_agreement(workers), exact);
    }
}

#[test]
fn past_one_half_everything_is_mirrored() {
    check(
        "mirror",
        theory::learned_error(&crossovers(15, 8, 0.2, 1.0)),
        1.0 - theory::majority_error(&crossovers(15, 0, 0.2, 1.0)),
    );
    assert!((theory::learned_error(&crossovers(15, 8, 0.2, 1.0)) - 0.996).abs() < 5e-4);
    check_digits("true", theory::learned_error(&crossovers(15, 7, 0.2, 1.0)), 0.004240);
    assert_eq!(theory::learned_error(&crossovers(16, 8, 0.2, 1.0)), 0.5);
}

/// Two thousand equal workers are one binomial law, and large enough for the central limit.
#[test]
fn thousands_of_workers_are_fast_and_exact() {
    let begin = Instant::now();
    for p in [0.2, 0.45, 0.49] {
        let exact = Binomial::new(p, 2001).unwrap().sf(1000);
        let error = theory::majority_error(&crossovers(2001, 0, p, 1.0));
        if exact > 1e-9 {
            // statrs adds its tail up through an incomplete beta function, to about ten digits.
            assert!((error - exact).abs() < 1e-8 * exact, "{error} instead of {exact}");
        }
        for l in [0, 600, 1000] {
            let q = crossovers(2001, l, p, 1.0);
            check("invariance", theory::weighted_error(&q, None).middle(), error);
            let (mean, variance) = q.iter().fold((0.0, 0.0), |(m, v), q| (m + q, v + q * (1.0 - q)));
            let normal = Normal::new(0.0, 1.0).unwrap().cdf((mean - 1000.5) / f64::sqrt(variance));
            assert!((theory::majority_error(&q) - normal).abs() < 1e-3, "p = {p}, L = {l}");
        }
    }
    // Two blocks whose weights have no common measure.
    let q = crossovers(2001, 667, 0.49, 0.25);
    let weighted = theory::weighted_error(&q, None);
    assert!(weighted.is_exact() && weighted.middle() < theory::majority_error(&q));
    assert!(begin.elapsed() < Duration::from_secs(20));
}

/// All 2^M votes, one after the other.
fn enumerated(q: &[f64], weights: &[f64]) -> f64 {
    let mut error = 0.0;
    for pattern in 0..1_u32 << q.len() {
        let (mut p, mut score) = (1.0, 0.0);
        for (m, (q, w)) in q.iter().zip(weights).enumerate() {
            let wrong = pattern >> m & 1 == 1;
            p *= if wrong { *q } else { 1.0 - q };
            score += if wrong { -w } else { *w };
        }
        error += p * if score.abs() < 1e-9 { 0.5 } else { f64::from(score < 0.0) };
    }
    error
}

/// The same for what a worker sees of the decision.
fn enumerated_agreement(q: &[f64], worker: usize) -> f64 {
    let mut agreement = 0.0;
    for pattern in 0..1_u32 << q.len() {
        let bit = |m: usize| pattern >> m & 1 == 1;
        let p: f64 = q.iter().enumerate().map(|(m, q)| if bit(m) { *q } else { 1.0 - q }).product();
        let twice = 2 * pattern.count_ones() as usize;
        agreement += p * if twice == q.len() { 0.5 } else { f64::from((twice > q.len()) == bit(worker)) };
    }
    agreement
}

fn true_weights(q: &[f64], clip: f64) -> Vec<f64> {
    q.iter().map(|q| ((1.0 - q) / q).ln().clamp(-clip, clip)).collect()
}

/// Asks everything that the command line asks; rounding must not push a probability out of [0, 1].
fn all_are_probabilities(workers: u32, adversaries: u32, p: f64, r: f64, clip: Option<f64>) {
    let q = crossovers(workers, adversaries, p, r);
    let (majority, weighted) = (theory::majority(&q), theory::weighted_error(&q, clip));
    let mut all =
        vec![majority.wrong, majority.tie, majority.error(), weighted.middle(), theory::learned_error(&q)];
    for worker in [0, workers as usize - 1] {
        let own = theory::agreement(&q, worker);
        all.extend([own, theory::leave_one_out_agreement(&q, worker)]);
        assert!(theory::first_round_weight(own, 1e-5).is_finite());
    }
    all.push(theory::noise_agreement(workers));
    assert!(all.iter().all(|p| (0.0..=1.0).contains(p)), "M={workers} L={adversaries} p={p} r={r}: {all:?}");
    assert!(theory::most_identified(workers, p, r) <= workers);
    assert!(theory::slowdown(majority.error()).is_none_or(|s| (1.0..1e12).contains(&s)));
}

/// Sums that came out as 1.0000000000000002.
#[test]
fn rounding_does_not_make_a_certainty_more_than_certain() {
    let mut cases = vec![(13, 13, 0.001234), (21, 21, 0.01), (85, 79, 0.1), (21, 0, 0.99)];
    cases.extend((0..=160).map(|l| (160, l, 0.2)));
    for (workers, adversaries, p) in cases {
        all_are_probabilities(workers, adversaries, p, 1.0, None);
    }
    // Three inverters of six: the error is 1/2 whatever p is, and rounding leaves no margin to divide by.
    for p in [0.01, 0.1, 0.25, 0.3, 0.49] {
        let error = theory::majority_error(&crossovers(6, 3, p, 1.0));
        assert!((error - 0.5).abs() < 1e-15);
        assert_eq!((theory::slowdown(error), theory::convergence_bound(1.0, 100, 1.0, error)), (None, None));
    }
}

fn some_crossovers() -> impl Strategy<Value = Vec<f64>> {
    // Hundredths meet each other and their mirror images, so that blocks and ties occur.
    prop::collection::vec((1..100_u32).prop_map(|c| f64::from(c) / 100.0), 1..=10)
}

proptest! {
    #[test]
    fn exact_errors_are_what_enumeration_says(q in some_crossovers(), clip in 0.2..5.0_f64) {
        let ones = vec![1.0; q.len()];
        prop_assert!((theory::majority_error(&q) - enumerated(&q, &ones)).abs() < 1e-12);
        for clip in [clip, 100.0] {
            let expected = enumerated(&q, &true_weights(&q, clip));
            prop_assert!((theory::weighted_error(&q, Some(clip)).middle() - expected).abs() < 1e-9);
        }
        for worker in 0..q.len() {
            let difference = theory::agreement(&q, worker) - enumerated_agreement(&q, worker);
            prop_assert!(difference.abs() < 1e-12);
        }
    }

    #[test]
    fn any_weights_are_what_enumeration_says(
        votes in prop::collection::vec((0.0..=1.0_f64, -3..=3_i32), 1..=10)
    ) {
        let (q, w): (Vec<f64>, Vec<f64>) = votes.into_iter().map(|(q, w)| (q, f64::from(w))).unzip();
        prop_assert!((theory::vote_error(&q, &w).middle() - enumerated(&q, &w)).abs() < 1e-12);
    }

    #[test]
    fn no_error_exceeds_its_bounds(q in some_crossovers()) {
        let (majority, weighted) = (theory::majority_error(&q), theory::weighted_error(&q, None).middle());
        let slack = 1.0 + 1e-12;
        prop_assert!(weighted <= majority * slack);
        prop_assert!(weighted <= theory::weighted_bhattacharyya(&q) * slack);
        prop_assert!(weighted <= theory::weighted_kearns_saul(&q) * slack);
        prop_assert!(theory::majority_hoeffding(&q).is_none_or(|bound| majority <= bound * slack));
    }

    #[test]
    fn names_do_not_matter_and_mirrors_turn_errors_around(q in some_crossovers()) {
        let reversed: Vec<f64> = q.iter().rev().copied().collect();
        let mirrored: Vec<f64> = q.iter().map(|q| theory::mirror(*q)).collect();
        let (majority, weighted) = (theory::majority_error(&q), theory::weighted_error(&q, None).middle());
        prop_assert_eq!(theory::majority_error(&reversed), majority);
        prop_assert_eq!(theory::weighted_error(&reversed, None).middle(), weighted);
        prop_assert!((theory::majority_error(&mirrored) - (1.0 - majority)).abs() < 1e-12);
        // Known weights turn around with the channels.
        prop_assert!((theory::weighted_error(&mirrored, None).middle() - weighted).abs() < 1e-12);
    }

    #[test]
    fn more_adversaries_never_help_a_majority(workers in 1..40_u32, p in 0.0..0.5_f64, r in 0.0..=1.0_f64) {
        let error = |l| theory::majority_error(&crossovers(workers, l, p, r));
        for l in 1..=workers {
            prop_assert!(error(l) >= error(l - 1) - 1e-12);
        }
    }

    #[test]
    fn everything_is_a_probability_for_any_workers(
        workers in 1..200_u32, share in 0.0..=1.0_f64, p in 0.0..=1.0_f64, r in prop_oneof![Just(1.0), Just(0.5), 0.0..=1.0_f64],
        clip in prop::option::of(0.1..12.0_f64),
    ) {
        all_are_probabilities(workers, (share * f64::from(workers)).round() as u32, p, r, clip);
    }

    #[test]
    fn an_attack_is_a_channel_in_series(p in 0.0..=1.0_f64, r in 0.0..=1.0_f64) {
        let q = theory::attacked(p, r);
        prop_assert!((q - (r + p - 2.0 * r * p)).abs() < 1e-15);
        prop_assert!((1.0 - 2.0 * q - (1.0 - 2.0 * p) * (1.0 - 2.0 * r)).abs() < 1e-15);
    }
}

/// Far too many different workers to enumerate: the interval is narrow and lies where the bounds allow.
#[test]
fn many_different_workers_get_an_interval() {
    let q: Vec<f64> = (0..60).map(|m| 0.2 + 0.004 * f64::from(m)).collect();
    let known = theory::weighted_error(&q, None);
    assert!(
        !known.is_exact() && known.lower > 0.0 && known.upper - known.lower < 0.05 * known.middle(),
        "{known:?}"
    );
    assert!(known.upper < theory::weighted_bhattacharyya(&q));
    assert!(known.lower < theory::majority_error(&q));
}

/// Votes thrown one by one: true weights up to one sign for all, which the server's own vote chooses round by round.
#[test]
fn a_vote_of_the_servers_own_chooses_the_sign_as_often_as_it_is_said_to() {
    use rand::{Rng, SeedableRng};
    let mut coins = rand_chacha::ChaCha8Rng::seed_from_u64(4);
    for (adversaries, p, own, coordinates) in [(4, 0.3, 0.4, 15_u32), (1, 0.4, 0.3, 8), (5, 0.2, 0.45, 40)] {
        let q = crossovers(5, adversaries, p, 1.0);
        let weights: Vec<f64> = q.iter().map(|q| ((1.0 - q) / q).ln()).collect();
        let (rounds, mut wrong, mut all) = (4000, 0.0, 0.0);
        for _ in 0..rounds {
            let (mut decisions, mut agreements) = (Vec::new(), 0.0);
            for _ in 0..coordinates {
                // The truth is +1.
                let mut vote = |q: f64| if coins.random_bool(q) { -1.0 } else { 1.0 };
                let sum: f64 = q.iter().zip(&weights).map(|(q, weight)| weight * vote(*q)).sum();
                agreements += vote(own) * sum.signum();
                decisions.push(sum.signum());
            }
            let chosen = if agreements == 0.0 { vote_of_a_coin(&mut coins) } else { f64::signum(agreements) };
            wrong += decisions.iter().filter(|decision| **decision * chosen < 0.0).count() as f64;
            all += f64::from(coordinates);
        }
        let error = theory::weighted_error(&q, None).middle();
        let expected =
            theory::anchored_error(error, OwnVote { crossover: own, coordinates: u64::from(coordinates) });
        // Errors of a round come together where its sign is the wrong one: the deviation of a round is at most 1/2.
        assert!(
            (wrong / all - expected).abs() < 4.0 * 0.5 / f64::from(rounds).sqrt(),
            "{}: {expected}",
            wrong / all
        );
    }
}

fn vote_of_a_coin(coins: &mut rand_chacha::ChaCha8Rng) -> f64 {
    if rand::Rng::random_bool(coins, 0.5) { 1.0 } else { -1.0 }
}
