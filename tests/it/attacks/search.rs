//! Attacks that are optimised against the rule in use.

use signsim::run::RunOutput;

use crate::engine::run;

fn trained(rounds: u32, method: &str, attack: &str, threads: usize) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: 9, batch: 4 }}, method: {method},
           task: {{ train: {{ data: {{ digits: {{ train: 300, test: 50 }} }}, model: logistic }} }},
           server: {{ learning_rate: 0.01 }}, metrics: {{ reference: honest_mean }},
           adversaries: {{ count: 4, attack: {attack} }} }}"
    );
    run(&text, threads).unwrap_or_else(|e| panic!("{method}, {attack}: {e}"))
}

/// In a round of its own a search is at least as bad as both shifts that it always tries; the harm that it looks for is the
/// decoding error that is recorded.
#[test]
fn no_shift_that_was_tried_does_more_harm() {
    for method in ["signsgd_mv", "signsgd_fd", "{ quantizer: sign, aggregator: spectral }"] {
        let error = |attack: &str| trained(1, method, attack, 1).rounds[1].decoding_error.unwrap();
        let found = error("{ alie: { search: 16 } }");
        for z in ["0", "1", "3"] {
            let fixed = error(&format!("{{ alie: {{ z: {z} }} }}"));
            assert!(found >= fixed, "{method}: {found}, and {fixed} with z = {z}");
        }
        assert!(found > error("{ alie: { z: 0 } }"), "{method}");
    }
}

/// Under a mean the harm grows with the length, so that six trials end at 1 + 2 + 4 + 8 + 16.
#[test]
fn a_mean_is_led_as_far_as_the_trials_reach() {
    let digest = |attack: &str| trained(3, "sgd", attack, 2).summary.digest;
    assert_eq!(digest("{ ipm: { search: 6 } }"), digest("{ ipm: { epsilon: 31 } }"));
    assert_ne!(digest("{ ipm: { search: 6 } }"), digest("{ ipm: { epsilon: 15 } }"));
}

/// A vote of the server's own, and the truth of an oracle, are guessed.
#[test]
fn rules_that_know_more_are_tried_out_on_a_guess() {
    for (aggregator, trusted) in
        [("fltrust", true), ("{ spectral: { fit: anchored } }", true), ("oracle", false)]
    {
        let method = format!("{{ quantizer: sign, aggregator: {aggregator} }}");
        let more = if trusted { "trusted: { batch: 8, share: 0.1 }, " } else { "" };
        let text = format!(
            "{{ name: t, rounds: 6, workers: {{ count: 9, batch: 4 }}, method: {method},
               task: {{ train: {{ data: {{ digits: {{ train: 300, test: 50 }} }}, model: logistic }} }},
               server: {{ {more}learning_rate: 0.01 }},
               adversaries: {{ count: 4, attack: ATTACK }} }}"
        );
        let error =
            |attack: &str| run(&text.replace("ATTACK", attack), 2).unwrap().summary.decoding_error.unwrap();
        assert!(error("{ alie: { search: 16 } }") > error("{ alie: { z: 0 } }"), "{aggregator}");
    }
}

/// With what it has learned in ten rounds a copy of the rule still says what the server will do: what was found to be worst in the
/// eleventh is worse than no shift at all, and than what would have been sent without a search.
#[test]
fn the_copy_learns_what_the_server_learns() {
    for method in
        ["signsgd_fd", "{ quantizer: sign, aggregator: { federated_defense: { granularity: worker } } }"]
    {
        let found = trained(12, method, "{ alie: { search: 16 } }", 1);
        let usual = trained(12, method, "alie", 1);
        let sum =
            |output: &RunOutput| output.rounds[1..].iter().filter_map(|row| row.decoding_error).sum::<f64>();
        assert!(sum(&found) > sum(&usual), "{method}: {} {}", sum(&found), sum(&usual));
        assert_eq!(trained(12, method, "{ alie: { search: 16 } }", 2).summary.digest, found.summary.digest);
    }
}
