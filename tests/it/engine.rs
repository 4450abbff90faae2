//! The engine's invariants, and the channel task against exact probabilities.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use serde::Deserialize;
use signsim::actors::{Local, WorkerPlan};
use signsim::data::Batches;
use signsim::error::{Error, Result};
use signsim::quantize::{Momentum, QuantizerSpec};
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate_alone, simulate_watched};
use signsim::scenario::Plan;
use signsim::sim::{Happening, IdleThreads, Law, Observer};
use signsim::time::SimTime;
use signsim::units::{PerWorker, Positive, Span};

/// Runs the only run of a scenario on `threads` threads.
pub(crate) fn run(text: &str, threads: usize) -> Result<RunOutput> {
    let plan = Plan::parse("test.yaml", text, &[], None)?;
    simulate_alone(&plan.runs[0].spec, threads)
}

/// Workers that take no time and quantise the gradient of 16 fresh samples.
pub(crate) fn plan(quantizer: QuantizerSpec) -> WorkerPlan {
    WorkerPlan {
        batch: PerWorker::Same(16),
        batches: Batches::Fresh,
        compute_time: Law::ZERO,
        time_per_sample: Span::ZERO,
        speed: PerWorker::Same(Positive::try_from(1.0).unwrap()),
        local: Local::default(),
        quantizer,
        momentum: Momentum::NONE,
        own_model: None,
    }
}

/// The setting `adversaries`: an attack that listens waits for so long, and no other one may say that it does.
pub(crate) fn adversaries(count: u32, attack: &str, patience: &str) -> String {
    let words =
        ["alie", "ipm", "min_max", "min_sum", "minus_majority", "disguised", "mimic", "crash_when_close"];
    let listens = words.iter().any(|word| attack.contains(word));
    let patience = if listens { format!(", patience: {patience}") } else { String::new() };
    format!("adversaries: {{ count: {count}, attack: {attack}{patience} }}")
}

pub(crate) fn channel(rounds: u32, crossover: f64, adversaries: u32, method: &str) -> String {
    format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: 15 }}, method: {method},
            task: {{ channel: {{ coordinates: 2000, crossover: {crossover} }} }},
            adversaries: {{ count: {adversaries}, attack: sign_inversion }} }}"
    )
}

/// In rounds that nobody measures a majority counts votes as they come in and keeps none of them.
#[test]
fn votes_that_are_counted_at_once_decide_like_votes_that_are_kept() {
    for attack in ["sign_inversion", "abstain"] {
        let digest = |every: u32| {
            let scenario = format!(
                "{{ name: t, rounds: 12, workers: {{ count: 40 }}, method: signsgd_mv,
                    task: {{ channel: {{ coordinates: 300, crossover: 0.3 }} }}, metrics: {{ every: {every} }},
                    server: {{ close: {{ quorum: 33 }} }},
                    network: {{ links: {{ up: {{ latency: {{ exponential: {{ mean: 10ms }} }} }} }} }},
                    adversaries: {{ count: 9, attack: {attack} }} }}"
            );
            run(&scenario, 1).unwrap().summary.digest
        };
        assert_eq!(digest(1), digest(5), "{attack}");
    }
}

#[derive(Deserialize)]
struct Theory {
    rows: Vec<TheoryRow>,
}

#[derive(Deserialize)]
pub(crate) struct TheoryRow {
    workers: u32,
    adversaries: u32,
    crossover: f64,
    flip: f64,
    pub majority: f64,
    pub weighted: f64,
}

/// The exact errors for M = 15 and these parameters.
pub(crate) fn exact(crossover: f64, adversaries: u32, flip: f64) -> TheoryRow {
    let theory: Theory = serde_json::from_str(include_str!("../reference/theory.json")).unwrap();
    let wanted =
        |r: &TheoryRow| (r.workers, r.adversaries, r.crossover, r.flip) == (15, adversaries, crossover, flip);
    theory.rows.into_iter().find(wanted).expect("a row of the reference")
}

/// Five standard deviations of the mean of that many draws.
pub(crate) fn tolerance(p: f64, draws: f64) -> f64 {
    5.0 * (p * (1.0 - p) / draws).sqrt()
}

#[test]
fn majority_makes_exactly_as_many_errors_as_enumeration_says() {
    for crossover in [0.1, 0.2, 0.3, 0.4] {
        for adversaries in [0, 3, 5, 7] {
            let expected = exact(crossover, adversaries, 1.0).majority;
            let output = run(&channel(60, crossover, adversaries, "signsgd_mv"), 1).unwrap();
            let error = output.summary.decoding_error.unwrap();
            assert!(
                (error - expected).abs() < tolerance(expected, 60.0 * 2000.0),
                "p = {crossover}, L = {adversaries}: {error} instead of {expected}"
            );
        }
    }
}

/// The server learns its weights; once it has, one weight per worker, it decodes like the one who is told them.
#[test]
fn learned_weights_make_as_many_errors_as_known_ones() {
    let method = "{ quantizer: sign, aggregator: { federated_defense: { granularity: worker } } }";
    for crossover in [0.1, 0.2] {
        for adversaries in [0, 3, 7] {
            let expected = exact(crossover, adversaries, 1.0).weighted;
            let output = run(&channel(90, crossover, adversaries, method), 1).unwrap();
            let learned: Vec<f64> = output.rounds[30..].iter().map(|r| r.decoding_error.unwrap()).collect();
            let error = learned.iter().sum::<f64>() / learned.len() as f64;
            assert!(
                (error - expected).abs() < tolerance(expected, 60.0 * 2000.0),
                "p = {crossover}, L = {adversaries}: {error} instead of {expected}"
            );
        }
    }
}

/// Expected agreement and weight of both groups after round 0, by enumeration (M = 15).
#[test]
fn agreement_after_round_zero_is_as_enumerated() {
    // p, L, agreement and weight of an attacker, agreement and weight of an honest worker.
    for (p, l, attacker, honest) in [
        (0.2, 3, (0.239_503, -1.155_379), (0.796_219, 1.362_790)),
        (0.2, 6, (0.423_424, -0.308_725), (0.713_821, 0.913_994)),
        (0.2, 7, (0.529_567, 0.118_405), (0.634_214, 0.550_326)),
        (0.3, 3, (0.409_422, -0.366_348), (0.699_142, 0.843_198)),
        (0.4, 3, (0.550_707, 0.203_525), (0.629_740, 0.531_090)),
    ] {
        let text =
            channel(2, p, l, "signsgd_fd").replace("rounds: 2", "rounds: 2, metrics: { workers_every: 2 }");
        let text = text.replace("coordinates: 2000", "coordinates: 100000");
        let output = run(&text, 1).unwrap();
        for (adversary, (agreement, weight)) in [(true, attacker), (false, honest)] {
            let of = |w: &&signsim::record::WorkerRow| w.round == 2 && w.adversary == adversary;
            let weights: Vec<f64> = output.workers.iter().filter(of).map(|w| w.weight).collect();
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            // An agreement a varies by at most 0.5 / sqrt(D), and d weight / d a is 1 / (a (1 - a)).
            let slope: f64 = 1.0 / (agreement * (1.0 - agreement));
            assert!(
                (mean - weight).abs() < 5.0 * slope * 0.5 / 1e5_f64.sqrt(),
                "{p} {l} {adversary}: {mean}"
            );
        }
    }
}

#[test]
fn at_half_and_beyond_the_estimator_converges_to_the_mirror() {
    let output = run(&channel(60, 0.2, 8, "signsgd_fd"), 1).unwrap();
    let late = output.rounds.last().unwrap().decoding_error.unwrap();
    assert!(late > 0.98, "{late}");
}

const TRAINING: &str = "{ name: t, rounds: 12, evaluate_every: 4, workers: { count: 5, batch: 16 },
    task: { train: { data: { digits: { train: 300, test: 120 } }, split: replicated, model: { mlp: { hidden: [16] } } } },
    method: signsgd_fd, adversaries: { count: 2, attack: { stochastic_flip: { probability: 0.5 } } }";

fn training(more: &str) -> String {
    format!("{TRAINING}{more} }}")
}

#[test]
fn threads_change_no_bit() {
    for text in [training(""), channel(20, 0.2, 3, "signsgd_fd")] {
        let outputs: Vec<RunOutput> = [1, 2, 4].iter().map(|threads| run(&text, *threads).unwrap()).collect();
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(outputs[0].summary.digest.len(), 64);
    }
}

/// An observer is told of every event, also of those that are handed over together.
#[test]
fn being_watched_changes_nothing() {
    struct Witness(u64);
    impl Observer for Witness {
        fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
            self.0 += u64::from(matches!(happening, Happening::Handled { .. }));
            Ok(())
        }
    }
    let colluding = channel(20, 0.2, 3, "signsgd_fd").replace("sign_inversion", "minus_majority");
    for text in [training(""), channel(20, 0.2, 3, "signsgd_fd"), colluding] {
        let plan = Plan::parse("test.yaml", &text, &[], None).unwrap();
        let spec = &plan.runs[0].spec;
        let data = DatasetCache::default().of(spec, 1).unwrap();
        let mut witness = Witness(0);
        let control = RunControl {
            threads: 2,
            interrupted: &AtomicBool::new(false),
            on_round: &|_| {},
            spare: &IdleThreads::default(),
        };
        let watched = simulate_watched(spec, data, &control, Some(&mut witness)).unwrap();
        assert_eq!(watched, run(&text, 1).unwrap());
        assert_eq!(witness.0, watched.ended.events);
    }
}

#[test]
fn another_seed_is_another_run() {
    let digest = |text: &str| run(text, 1).unwrap().summary.digest;
    assert_ne!(digest(&training("")), digest(&training(", seed: 2")));
}

/// With everyone present and no deadline, what is learned does not depend on when messages arrive.
#[test]
fn latency_changes_no_accuracy() {
    let slow = ", network: { links: { up: { latency: { exponential: { mean: 30ms } } }, down: { latency: { uniform: { from: 1ms, to: 9ms } } } } }";
    let (ideal, delayed) = (run(&training(""), 1).unwrap(), run(&training(slow), 2).unwrap());
    let learned = |o: &RunOutput| o.rounds.iter().map(|r| (r.accuracy, r.loss, r.held)).collect::<Vec<_>>();
    assert_eq!(learned(&ideal), learned(&delayed));
    assert!(delayed.summary.sim_time_s > 0.1 && ideal.summary.sim_time_s == 0.0);
}

#[test]
fn a_round_with_a_deadline_takes_exactly_as_long_as_computed_by_hand() {
    // Down 10 ms, compute 5 ms, up 20 ms: 35 ms a round when nobody is silent.
    let network =
        "network: { links: { up: { latency: { constant: 20ms } }, down: { latency: { constant: 10ms } } } }";
    let base =
        "name: t, rounds: 3, task: { channel: { coordinates: 64, crossover: 0.1 } }, method: signsgd_mv";
    let workers = "workers: { count: 3, compute_time: { constant: 5ms } }";
    let all = run(&format!("{{ {base}, {workers}, {network} }}"), 1).unwrap();
    assert_eq!(all.ended.now.as_nanos(), 3 * 35_000_000);
    // A deadline before the votes: every round closes empty, and all votes of earlier rounds come late.
    let early = format!("{{ {base}, {workers}, {network}, server: {{ close: {{ deadline: 30ms }} }} }}");
    let early = run(&early, 1).unwrap();
    assert_eq!(early.ended.now.as_nanos(), 3 * 30_000_000);
    assert_eq!((early.summary.votes_received, early.ended.ledger.votes_late), (0, 6));
    assert_eq!(early.summary.decoding_error.map(|e| (e - 0.5).abs() < 0.2), Some(true));
}

#[test]
fn silence_is_a_named_error_not_a_hang() {
    let text = "{ name: t, rounds: 5, workers: { count: 4 }, method: signsgd_mv, server: { close: { quorum: 3 } },
        task: { channel: { coordinates: 64, crossover: 0.1 } }, network: { availability: { drop_out: 0.8 } } }";
    let error = run(text, 1).unwrap_err();
    assert!(matches!(error, Error::Run { .. }));
    let message = error.to_string();
    assert!(
        message.contains("of the 3 votes that close round") && message.contains("waits for workers"),
        "{message}"
    );
    // However many are asked whom they wait for.
    let crowd = text.replace("count: 4", "count: 400").replace("quorum: 3", "quorum: 399");
    let message = run(&crowd, 1).unwrap_err().to_string();
    assert!(message.contains("of the 399 votes that close round"), "{message}");
}

#[test]
fn a_worker_without_data_is_named() {
    let text = training("").replace("split: replicated", "split: iid").replace("train: 300", "train: 3");
    let message = run(&text, 1).unwrap_err().to_string();
    assert!(message.contains("worker ") && message.contains("without"), "{message}");
}

/// The encoded length of every vote and opening, added up by hand for an ideal network.
#[test]
fn the_ledger_is_the_sum_of_encoded_lengths() {
    let output = run(&channel(4, 0.2, 0, "signsgd_mv"), 1).unwrap();
    let (m, rounds, plane) = (15, 4, 250);
    assert_eq!(output.summary.uplink_bytes, rounds * m * (16 + plane));
    // The first round brings no step, the others one.
    assert_eq!(output.summary.downlink_bytes, m * (rounds * 16 + (rounds - 1) * (1 + plane)));
    assert_eq!(output.summary.wasted_bytes, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Votes sent = in + lost + late + pending, whatever the network does; any thread count, same bits.
    #[test]
    fn every_vote_is_somewhere(
        seed in 0_u64..1000,
        workers in 1_u32..8,
        loss in 0.0..0.5_f64,
        drop_out in 0.0..0.5_f64,
        mean_ms in 1_u32..60,
        deadline_ms in 5_u32..80,
        quorum in 1_u32..8,
    ) {
        let quorum = quorum.min(workers);
        let text = format!(
            "{{ name: t, seed: {seed}, rounds: 8, workers: {{ count: {workers}, compute_time: {{ exponential: {{ mean: 10ms }} }} }},
               task: {{ channel: {{ coordinates: 70, crossover: 0.2 }} }}, method: signsgd_fd,
               server: {{ close: {{ quorum_or_deadline: {{ quorum: {quorum}, deadline: {deadline_ms}ms }} }} }},
               network: {{ links: {{ up: {{ latency: {{ exponential: {{ mean: {mean_ms}ms }} }}, loss: {loss} }},
                                     down: {{ latency: {{ exponential: {{ mean: {mean_ms}ms }} }}, loss: {loss} }} }},
                           availability: {{ drop_out: {drop_out} }} }} }}"
        );
        let output = run(&text, 1).unwrap();
        let ledger = output.ended.ledger;
        prop_assert_eq!(
            ledger.votes_sent,
            ledger.votes_in + ledger.votes_lost + ledger.votes_late + output.ended.votes_pending
        );
        prop_assert!(ledger.wasted_bytes <= ledger.uplink_bytes + ledger.downlink_bytes);
        prop_assert!(output.rounds.windows(2).all(|w| w[0].sim_time_s <= w[1].sim_time_s));
        prop_assert_eq!(output, run(&text, 2).unwrap());
    }
}
