//! Methods against exact probabilities and against each other.

use std::collections::BTreeMap;

use signsim::catalogue::Entry;
use signsim::scenario::PRESETS;

use crate::engine::{channel, exact, run, tolerance};

const DRAWS: f64 = 60.0 * 2000.0;

fn error(text: &str) -> f64 {
    run(text, 1).unwrap().summary.decoding_error.unwrap()
}

/// Who is told the crossovers decodes as well with liars as without: an inverted worker with a negated weight has the
/// same law. Workers of pure noise are lost, no more.
#[test]
fn an_oracle_makes_exactly_as_many_errors_as_known_weights() {
    for (flip, attack) in [(1.0, "sign_inversion"), (0.5, "{ stochastic_flip: { probability: 0.5 } }")] {
        for crossover in [0.1, 0.2, 0.3] {
            for adversaries in [0, 3, 7] {
                let expected = exact(crossover, adversaries, flip).weighted;
                let text = channel(60, crossover, adversaries, "{ quantizer: sign, aggregator: oracle }");
                let error = error(&text.replace("sign_inversion", attack));
                assert!(
                    (error - expected).abs() < tolerance(expected, DRAWS) + 1e-3,
                    "p = {crossover}, L = {adversaries}, r = {flip}: {error} instead of {expected}"
                );
            }
        }
    }
}

/// Where everyone computes everything, every honest local vote is the majority, and seven liars of fifteen are outvoted.
#[test]
fn a_code_of_full_redundancy_is_a_majority_of_the_honest() {
    let election =
        "{ quantizer: sign, aggregator: { election: { code: { deterministic: { tolerated: 7 } } } } }";
    let coded = run(&channel(10, 0.2, 7, election), 1).unwrap();
    let honest = run(&channel(10, 0.2, 0, "signsgd_mv"), 1).unwrap();
    assert_eq!(coded.summary.digest, honest.summary.digest);
}

/// Against inverting liars, an election with redundancy makes fewer errors than plain majority.
#[test]
fn redundancy_protects_against_liars() {
    let bernoulli =
        "{ quantizer: sign, aggregator: { election: { code: { bernoulli: { redundancy: 3 } } } } }";
    let (coded, plain) = (error(&channel(60, 0.3, 3, bernoulli)), exact(0.3, 3, 1.0).majority);
    assert!(coded < plain - 0.01, "{coded} is not below {plain}");
}

/// Compute time grows with the number of partitions: with a deterministic code, somebody computes all of them.
#[test]
fn the_clock_pays_for_redundancy() {
    let timed = |method: &str| {
        let text =
            channel(4, 0.2, 0, method).replace("count: 15", "count: 15, compute_time: { constant: 5ms }");
        run(&text, 1).unwrap().ended.now.as_nanos()
    };
    let election =
        "{ quantizer: sign, aggregator: { election: { code: { deterministic: { tolerated: 2 } } } } }";
    assert_eq!(timed("signsgd_mv"), 4 * 5_000_000);
    assert_eq!(timed(election), 4 * 15 * 5_000_000);
}

/// Every method that has a name trains, on any number of threads, honest and under both of the paper's attacks, and what
/// it learns is its own: under attack no two methods end with the same parameters.
#[test]
fn every_named_method_trains_under_attack() {
    let digest = |word: &str, adversaries: u32, attack: &str, threads: usize| {
        let text = format!(
            "{{ name: t, rounds: 4, workers: {{ count: 7, batch: 14 }}, method: {word},
               task: {{ train: {{ data: {{ digits: {{ train: 210, test: 20 }} }}, model: logistic }} }},
               adversaries: {{ count: {adversaries}, attack: {attack} }} }}"
        );
        run(&text, threads).unwrap_or_else(|e| panic!("{word}: {e}")).summary.digest
    };
    let mut seen = BTreeMap::new();
    for Entry { word, .. } in PRESETS {
        // Longer than this run, signSGD-FV is a majority.
        let word = match *word {
            "signsgd_fv" => {
                "{ preset: signsgd_fv, aggregator: { federated_defense: { initial_phase: majority, t_in: 2 } } }"
            }
            word => word,
        };
        let honest = digest(word, 0, "sign_inversion", 1);
        for attack in ["sign_inversion", "{ stochastic_flip: { probability: 0.5 } }"] {
            let corrupted = digest(word, 2, attack, 1);
            assert_ne!(corrupted, honest, "{word}");
            assert_eq!(corrupted, digest(word, 2, attack, 2), "{word}");
        }
        let twin = seen.insert(digest(word, 2, "sign_inversion", 1), word);
        assert_eq!(twin, None, "{word} learns what another method learns");
    }
    assert_eq!(seen.len(), PRESETS.len());
}
