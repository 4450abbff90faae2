//! Every attack against something that is not the code: exact probabilities, other attacks, books that must balance.

mod accounting;
mod any;
mod channels;
mod hearing;
mod labels;
mod mixture;
mod search;
mod time;

use signsim::attack::AttackSpec;
use signsim::run::RunOutput;
use signsim::scenario::Plan;

use super::engine::{adversaries as whose, run};

/// M of all scenarios here.
const WORKERS: u32 = 15;

/// A channel scenario under `attack`; `more` are further settings.
fn channel(
    attack: &str,
    adversaries: u32,
    rounds: u32,
    crossover: f64,
    method: &str,
    more: &str,
) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: {WORKERS}, compute_time: {{ constant: 10ms }} }},
            method: {method}, task: {{ channel: {{ coordinates: 2000, crossover: {crossover} }} }},
            {}, {more} }}",
        whose(adversaries, attack, "1s")
    );
    run(&text, 2).unwrap_or_else(|e| panic!("{attack}: {e}"))
}

/// The decoding errors of all rounds.
fn errors(output: &RunOutput) -> Vec<f64> {
    output.rounds.iter().map(|row| row.decoding_error.expect("channels have a truth")).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How a scenario writes an attack of this word: bare, unless there is something that it must be told.
fn usual(word: &str) -> &str {
    if word == "mixture" { "{ mixture: { attacks: [minus_majority, sign_inversion] } }" } else { word }
}

/// The attack that a scenario writes like this.
fn spec(attack: &str) -> AttackSpec {
    let text = format!(
        "{{ name: t, rounds: 1, workers: {{ count: 15 }}, method: signsgd_mv, server: {{ close: {{ quorum: 1 }} }},
            task: {{ train: {{ data: digits, model: logistic }} }},
            {} }}",
        whose(1, attack, "1s")
    );
    let plan = Plan::parse("test.yaml", &text, &[], None).unwrap_or_else(|e| panic!("{attack}: {e}"));
    plan.runs[0].spec.adversary.attack.clone()
}

/// Bad settings and scenarios are refused, with the setting's path.
#[test]
fn mistakes_are_answered_with_their_place() {
    for (attack, more, answer) in [
        ("{ replay: { age: 0 } }", "", "at least 1 round"),
        ("{ oscillator: { period: 0 } }", "", "at least 1 round"),
        ("{ duplicate: { copies: 0 } }", "", "0 copies"),
        ("{ duplicate: { copies: 2, vote: loud } }", "", "`loud` is not known"),
        ("{ late: { by: 3 } }", "", "late.by"),
        ("{ gaussian: { std: 0 } }", "", "above 0"),
        ("{ ipm: { epsilon: -1 } }", "", "above 0"),
        ("{ alie: { z: .inf } }", "", "not a finite number"),
        ("{ dither: { std: 1e-50 } }", "", "1e-50 is 0 in single precision"),
        ("{ ipm: { epsilon: 1e40 } }", "", "infinite in single precision"),
        ("random", "server: { learning_rate: 1e-50 }", "0 in single precision"),
        ("{ crash_when_close: { margin: M/2 - 9 } }", "server: { close: { quorum: 1 } }", "is -2 for M = 15"),
        ("{ crash_when_close: { share: 2 } }", "", "not a probability"),
        ("{ all_plus: { sign: 1 } }", "", "unknown key"),
        ("label_flip", "", "no labels"),
        ("{ alie: { z: 1, search: 4 } }", "", "a search finds z itself"),
        ("{ alie: { search: 1 } }", "", "1 trials are no search"),
        ("{ ipm: { search: 4 } }", "", "do not depend on how long the forged vector is"),
        ("{ ipm: { epsilon: 2, search: 4 } }", "", "a search finds epsilon itself"),
        ("{ mixture: { attacks: [random] } }", "", "two attacks or more"),
        (
            "{ mixture: { attacks: [random, { mixture: { attacks: [half, silent] } }] } }",
            "",
            "no part of a mixture",
        ),
        ("{ mixture: { attacks: [random, { replay: { age: 0 } }] } }", "", "at least 1 round"),
        ("{ mixture: { attacks: [random, { gaussian: { std: 2 } }] } }", "", "do not depend on its size"),
        ("{ mixture: { attacks: [random, label_flip] } }", "", "no labels"),
        ("{ mixture: { attacks: [random, silent] } }", "", "never closes"),
        ("{ mixture: { attacks: [random, mimic] } }", "server: { close: { quorum: 12 } }", "patience"),
        ("silent", "", "never closes"),
        ("crash_when_close", "", "never closes"),
        ("minus_majority", "server: { close: { quorum: 12 } }", "patience"),
        ("{ late: { by: 8000h } }", "repeats: 1000", "simulated clock"),
    ] {
        let rounds = if attack.contains("8000h") { 1000 } else { 1 };
        let text = format!(
            "{{ name: t, rounds: {rounds}, workers: {{ count: 15 }}, method: signsgd_mv,
task: {{ channel: {{ coordinates: 9, crossover: 0.2 }} }},
adversaries: {{ count: 1, attack: {attack} }},
{more} }}"
        );
        let error = Plan::parse("bad.yaml", &text, &[], None).map(|plan| plan.points()).expect_err(attack);
        let shown = format!("{error} {}", error.advice().unwrap_or_default());
        assert!(shown.contains(answer) && shown.contains("bad.yaml:"), "{attack}: {shown}");
        assert_eq!(error.exit_code(), 2);
    }
}
