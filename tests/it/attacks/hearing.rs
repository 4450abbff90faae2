//! Whom adversaries hear: those who were asked, and what they send; and what each attack does when there is nobody.

use std::sync::Arc;

use rand::seq::index;
use signsim::actors::{BatchesAhead, Local, Partitions, ReusedVectors, Task, Training, WorkerPlan};
use signsim::data::{DataSpec, SplitSpec};
use signsim::helpers::NOBODY;
use signsim::learn::{Initial, ModelSpec};
use signsim::protocol::{ComputationResult, WorkerId};
use signsim::quantize::{Momentum, Per, QuantizerSpec, ZeroRule};
use signsim::random::{Purpose, Streams};
use signsim::run::RunOutput;
use signsim::scratch::Scratch;
use signsim::time::Round;
use signsim::units::{Positive, Probability};

use super::{errors, mean};
use crate::engine::{adversaries as whose, plan, run, tolerance};

const P: f64 = 0.2;
const D: f64 = 2000.0;

/// A channel of crossover .2 on which `adversaries` of `workers` attack.
fn on_channel(workers: u32, adversaries: u32, rounds: u32, attack: &str, more: &str) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: {workers}, compute_time: {{ constant: 10ms }} }},
            method: signsgd_mv, task: {{ channel: {{ coordinates: {D}, crossover: {P} }} }},
            adversaries: {{ count: {adversaries}, attack: {attack} }}, {more} }}"
    );
    run(&text, 2).unwrap_or_else(|e| panic!("{attack}: {e}"))
}

fn binomial(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product()
}

/// The probability that `honest` votes, inverted by `corrupted` ones where these can, decide wrongly: those oppose the
/// sign of the honest margin, and toss one coin for all of them where it is 0.
fn opposed(honest: u32, corrupted: u32) -> f64 {
    let wrong = |right: u32| {
        let margin = 2.0 * f64::from(right) - f64::from(honest);
        let sum = margin - margin.signum() * f64::from(corrupted);
        let error = if margin == 0.0 { 0.5 } else { 0.5 - 0.5 * sum.clamp(-1.0, 1.0) };
        binomial(honest, right) * (1.0 - P).powi(right as i32) * P.powi((honest - right) as i32) * error
    };
    (0..=honest).map(wrong).sum()
}

/// Five of fifteen are asked, k of the five corrupted among them with the hypergeometric law; nobody waits for the others.
#[test]
fn who_is_not_asked_is_not_waited_for() {
    let chance = |k: u32| binomial(5, k) * binomial(10, 5 - k) / binomial(15, 5);
    let expected: f64 = (0..=5).map(|k| chance(k) * opposed(5 - k, k)).sum();
    assert!((expected - 0.331).abs() < 5e-4, "{expected}");
    assert!((opposed(3, 2) - 0.392).abs() < 5e-4 && (opposed(0, 5) - 0.5).abs() < 1e-12);

    let rounds = 300;
    let output = on_channel(15, 5, rounds, "minus_majority", "server: { participants: { sample: 5 } }");
    assert_eq!(output.ended.now.as_nanos(), u64::from(rounds) * 10_000_000, "only computing takes time");
    // The server's draw, made again.
    let asked = |round: u32| {
        let mut stream = Streams::new(1).stream(Purpose::Participants, 0, Round(round));
        index::sample(&mut stream, 15, 5).iter().filter(|m| *m < 5).count() as u32
    };
    let given: Vec<f64> = (0..rounds).map(|round| opposed(5 - asked(round), asked(round))).collect();
    let error = mean(&errors(&output));
    assert!((error - mean(&given)).abs() < tolerance(0.331, D * f64::from(rounds)), "{error}");
    let spread = (0..=5).map(|k| chance(k) * (opposed(5 - k, k) - expected).powi(2)).sum::<f64>().sqrt();
    assert!(
        (error - expected).abs() < 5.0 * spread / f64::from(rounds).sqrt(),
        "{error} instead of {expected}"
    );
}

/// Every listening attack, samples of every size, and no patience; with patience the same bits and no later.
#[test]
fn samples_and_listening_go_together() {
    for attack in ["minus_majority", "alie", "ipm"] {
        for sample in [1, 4, 15] {
            let text = |more: &str| format!("server: {{ participants: {{ sample: {sample} }} }}{more}");
            let at_once = on_channel(15, 6, 30, attack, &text(""));
            assert_eq!(at_once.summary.votes_received, 30 * sample);
            let patient = text("").replace("server:", "seed: 1, server:");
            let patient = run(
                &format!(
                    "{{ name: t, rounds: 30, workers: {{ count: 15, compute_time: {{ constant: 10ms }} }},
                        method: signsgd_mv, task: {{ channel: {{ coordinates: {D}, crossover: {P} }} }},
                        adversaries: {{ count: 6, attack: {attack}, patience: 1s }}, {patient} }}"
                ),
                1,
            );
            assert_eq!(at_once.summary.digest, patient.unwrap().summary.digest, "{attack}, {sample} asked");
        }
    }
}

/// L = M = 5: what each attack does with nobody honest to hear, by enumeration.
#[test]
fn nobody_honest_is_not_no_attack() {
    let rounds = 40;
    // All five own votes right, or wrong.
    let (all_right, all_wrong) = (0.8_f64.powi(5), 0.2_f64.powi(5));
    for (attack, expected) in [
        // No honest votes are a tie: a common coin.
        ("minus_majority", 0.5),
        // Minus the sign of the coalition's mean.
        ("ipm", 1.0 - opposed(5, 0)),
        // z = Phi^-1(.9): plus only where all five computed plus.
        ("alie", 0.5 * (1.0 - all_right) + 0.5 * all_wrong),
    ] {
        let error = mean(&errors(&on_channel(5, 5, rounds, attack, "")));
        let draws = D * f64::from(rounds);
        assert!(
            (error - expected).abs() < tolerance(expected, draws),
            "{attack}: {error} instead of {expected}"
        );
    }
    let output =
        on_channel(5, 5, 6, "crash_when_close", "server: { close: { deadline: 50ms } }, seed: 2").summary;
    assert_eq!((output.decoding_error, output.empty_rounds, output.votes_received), (Some(0.5), Some(6), 0));
}

/// Whatever else it does, no attack that listens looks like honest workers when nobody honest is there.
#[test]
fn no_listener_falls_back_to_honesty() {
    let learned = |attack: &str, adversaries: u32, quantizer: &str| {
        let text = format!(
            "{{ name: t, rounds: 6, workers: {{ count: 4, batch: 8 }}, server: {{ close: {{ deadline: 50ms }} }},
               method: {{ quantizer: {quantizer}, aggregator: mean }},
               task: {{ train: {{ data: {{ digits: {{ train: 200, test: 20 }} }}, model: logistic }} }},
               {} }}",
            whose(adversaries, attack, "10ms")
        );
        run(&text, 1).unwrap_or_else(|e| panic!("{attack}: {e}")).summary.digest
    };
    for quantizer in ["sign", "scaled_sign", "dense"] {
        let honest = learned("sign_inversion", 0, quantizer);
        for attack in ["minus_majority", "disguised", "alie", "ipm", "min_max", "min_sum", "crash_when_close"]
        {
            assert_ne!(learned(attack, 4, quantizer), honest, "{attack}, {quantizer}");
        }
    }
}

fn trained(method: &str, attack: &str, rate: &str, rounds: u32, more: &str) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: {rounds}, evaluate_every: 1, workers: {{ count: 15, batch: 16 {more} }},
           method: {method}, server: {{ learning_rate: {rate} }},
           task: {{ train: {{ data: {{ digits: {{ train: 600, test: 100 }} }}, model: logistic }} }},
           adversaries: {{ count: 3, attack: {attack} }} }}"
    );
    run(&text, 2).unwrap_or_else(|e| panic!("{attack}: {e}"))
}

/// The largest difference of the final parameters.
fn apart(a: &RunOutput, b: &RunOutput) -> f32 {
    let (a, b) = (a.parameters.as_ref().unwrap(), b.parameters.as_ref().unwrap());
    a.iter().zip(&**b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// In round 0 momentum .9 sends a tenth of the gradient. A forged vector is made of what is sent, so the whole step is a
/// tenth of the one without momentum: (12 - 1.5) / 15 of the honest mean, times .1.
#[test]
fn forged_vectors_are_made_of_what_is_sent() {
    for attack in ["{ ipm: { epsilon: 0.5 } }", "{ alie: { z: 1.5 } }"] {
        for rule in ["mean", "median", "geometric_median"] {
            let with = format!("{{ quantizer: dense, momentum: 0.9, aggregator: {rule} }}");
            let without = format!("{{ quantizer: dense, aggregator: {rule} }}");
            for local in ["", ", local: { steps: 3, rate: 0.01 }"] {
                let slow = trained(&with, attack, "1.0", 1, local);
                let plain = trained(&without, attack, "0.1", 1, local);
                assert!(apart(&slow, &plain) < 1e-5, "{attack}, {rule}: {}", apart(&slow, &plain));
            }
        }
    }
    let losses = trained(
        "{ quantizer: dense, momentum: 0.9, aggregator: mean }",
        "{ ipm: { epsilon: 0.5 } }",
        "0.1",
        1,
        "",
    );
    let losses: Vec<f64> = losses.rounds.iter().map(|row| row.loss.unwrap()).collect();
    assert!(losses[1] < losses[0] - 1e-3, "{losses:?}");
    // Noise on a tenth of the gradient is ten times the noise.
    let signs = |momentum, std| {
        let method = format!("{{ quantizer: sign, momentum: {momentum}, aggregator: majority }}");
        trained(&method, &format!("{{ dither: {{ std: {std} }} }}"), "0.001", 1, "")
    };
    let differ = |a: RunOutput, b: RunOutput| {
        let (a, b) = (a.parameters.unwrap(), b.parameters.unwrap());
        a.iter().zip(&*b).filter(|(a, b)| (*a - *b).abs() > 1e-6).count()
    };
    let few = differ(signs("0.9", "0.005"), signs("0", "0.05"));
    assert!(few < 10, "{few} of 7850 coordinates");
    assert!(differ(signs("0.9", "0.05"), signs("0", "0.05")) > 100, "and the noise matters");
}

/// The vector that adversaries are shown, quantised by who remembers nothing, is the very vote that is sent: with momentum,
/// with what earlier votes left unsaid, along local steps.
#[test]
fn what_is_shown_is_what_is_quantised() {
    let streams = Streams::new(3);
    let data = Arc::new(
        DataSpec::Digits { train: 300, test: 10, distortion: 1.0, noise: 0.1 }
            .load(streams, &NOBODY)
            .unwrap(),
    );
    let one = Probability::try_from(1.0).unwrap();
    let tenth = Probability::try_from(0.1).unwrap();
    let half = Probability::HALF;
    for quantizer in [
        QuantizerSpec::Sign { zero: ZeroRule::Coin },
        QuantizerSpec::TopK { fraction: tenth, decay: one },
        QuantizerSpec::TopK { fraction: tenth, decay: half },
        QuantizerSpec::ScaledSign { per: Per::Layer, zero: ZeroRule::Coin },
        QuantizerSpec::Dense {},
    ] {
        for (momentum, steps) in [(0.0, 1), (0.9, 1), (0.9, 3), (0.0, 3)] {
            let task = Task::Train(Arc::new(Training {
                model: ModelSpec::Logistic.build(data.shape, data.classes).unwrap(),
                initial: Initial::KaimingNormal.into(),
                normalisation: data.normalisation.clone(),
                augmentation: None,
                evaluation_batch: None,
                data: Arc::clone(&data),
                shards: SplitSpec::Replicated.split(data.train.labels(), data.classes, 2, streams).unwrap(),
                trusted: None,
                plan: Arc::new(WorkerPlan {
                    momentum: Momentum::of(momentum),
                    local: Local { steps, rate: Positive::try_from(0.01).unwrap() },
                    ..plan(quantizer.clone())
                }),
                poisoned: Vec::new(),
                ahead: BatchesAhead::default(),
                vectors: ReusedVectors::default(),
            }));
            let (parameters, worker) = (task.initial(streams), WorkerId(1));
            let mut kept = None;
            let mut raw = 0;
            for round in (0..4).map(Round) {
                let work =
                    task.work(streams, worker, Partitions::Own(worker), round, &parameters, kept, true);
                let ComputationResult::Vote { vote, memory, gradient, vector } =
                    work(&mut Scratch::default())
                else {
                    panic!("not a vote");
                };
                let vector = vector.unwrap();
                assert_eq!(task.vote_of(&vector, streams, worker, round), *vote, "{quantizer:?}, {momentum}");
                raw += u32::from(vector == gradient.unwrap());
                kept = memory;
            }
            let remembers = (quantizer.keeps_memory(), momentum > 0.0);
            // Without momentum nothing is owed in the first round.
            let expected = [[4, 0], [1, 0]][usize::from(remembers.0)][usize::from(remembers.1)];
            assert_eq!(raw, expected, "{quantizer:?}, {momentum}: rounds in which it is the bare gradient");
        }
    }
}
