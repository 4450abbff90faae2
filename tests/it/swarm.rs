//! A swarm of random scenarios: whatever is combined, votes and bytes add up, time goes on, and threads change nothing.
//!
//! Each scenario is a function of one number. A failure prints it; `SIGNSIM_SWARM=<number> cargo test --release swarm`
//! runs that scenario alone.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signsim::run::RunOutput;
use signsim::scenario::Plan;

use crate::engine::{self, run};

const SCENARIOS: u64 = 80;

fn pick<'a>(rng: &mut ChaCha8Rng, of: &[&'a str]) -> &'a str {
    of.choose(rng).expect("something to choose from")
}

fn law(rng: &mut ChaCha8Rng) -> String {
    let ms = rng.random_range(1..40);
    match rng.random_range(0..7) {
        0 => format!("{{ constant: {ms}ms }}"),
        1 => format!("{{ uniform: {{ from: 1ms, to: {ms}ms }} }}"),
        2 => format!("{{ exponential: {{ mean: {ms}ms }} }}"),
        3 => format!("{{ log_normal: {{ median: {ms}ms, sigma: 0.7 }} }}"),
        4 => format!("{{ gamma: {{ mean: {ms}ms, shape: 2 }} }}"),
        5 => format!("{{ pareto: {{ minimum: {ms}ms, shape: 2.5 }} }}"),
        _ => format!("{{ weibull: {{ scale: {ms}ms, shape: 0.8 }} }}"),
    }
}

fn link(rng: &mut ChaCha8Rng) -> String {
    let mut parts = vec![format!("latency: {}", law(rng))];
    let lossy = rng.random_bool(0.4);
    if lossy {
        parts.push(format!("loss: {:.2}", rng.random_range(0.0..0.4)));
    }
    if rng.random_bool(0.3) {
        parts.push(format!("bandwidth: {}kbit/s, overhead: 40B", rng.random_range(20..400)));
    }
    if rng.random_bool(0.3) && lossy {
        parts.push("retransmit: { after: 30ms, attempts: 3 }".to_owned());
    }
    if rng.random_bool(0.2) {
        parts.push("duplicate: 0.2".to_owned());
    }
    if rng.random_bool(0.2) {
        parts.push("reorder: { probability: 0.3, delay: 25ms }".to_owned());
    }
    format!("{{ {} }}", parts.join(", "))
}

fn availability(rng: &mut ChaCha8Rng) -> String {
    let mut parts = Vec::new();
    if rng.random_bool(0.4) {
        parts.push(format!("drop_out: {:.2}", rng.random_range(0.0..0.4)));
    }
    if rng.random_bool(0.4) {
        let (at, back) = (rng.random_range(0..300), rng.random_range(301..900));
        parts.push(format!("crashes: [{{ workers: 0, at: {at}ms, rejoin: {back}ms }}]"));
    }
    if rng.random_bool(0.4) {
        parts.push(format!("on_off: [{{ up: {{ exponential: {{ mean: 300ms }} }}, down: {} }}]", law(rng)));
    }
    format!("{{ {} }}", parts.join(", "))
}

fn close(rng: &mut ChaCha8Rng, workers: u32, trains: bool) -> String {
    let (quorum, ms) = (rng.random_range(1..=workers), rng.random_range(20..150));
    // A late vote on a channel speaks of other signs.
    match rng.random_range(0..if trains { 3 } else { 2 }) {
        0 => format!("close: {{ deadline: {ms}ms }}"),
        1 => format!("close: {{ quorum_or_deadline: {{ quorum: {quorum}, deadline: {ms}ms }} }}"),
        _ => format!(
            "close: {{ quorum_or_deadline: {{ quorum: {quorum}, deadline: {ms}ms }} }}, late: {{ count: {{ exponent: 0.5 }} }}"
        ),
    }
}

/// A legal scenario: what does not go together is omitted by the order of choices.
pub(crate) fn scenario(number: u64) -> String {
    let rng = &mut ChaCha8Rng::seed_from_u64(number);
    let workers = rng.random_range(3..9);
    let adversaries = rng.random_range(0..=workers / 2);
    let on_signs = [
        "signsgd_mv",
        "signsgd_fd",
        "signsgd_fv",
        "{ quantizer: sign, aggregator: oracle }",
        "{ quantizer: sign, aggregator: { spectral: { granularity: layer } } }",
        "{ preset: signsgd_fd, aggregator: { federated_defense: { copies: once, granularity: worker } } }",
        "{ preset: signsgd_fd, aggregator: { federated_defense: { reference: leave_one_out, t_in: 3, forgetting: 0.9 } } }",
    ];
    let method = pick(rng, &on_signs);
    let trains = rng.random_bool(0.3);
    let descends = trains && number.is_multiple_of(3);
    let task = if descends {
        "{ quadratic: { coordinates: 90, condition: 10 } }"
    } else if trains {
        "{ train: { data: { digits: { train: 120, test: 10 } }, model: logistic } }"
    } else {
        "{ channel: { coordinates: 70, crossover: 0.2 } }"
    };
    let attacks = [
        "sign_inversion",
        "random",
        "colluders",
        "{ late: { by: 20ms } }",
        "silent",
        "{ replay: { age: 2 } }",
        "{ duplicate: { copies: 3 } }",
        "{ sleeper: { until: 4 } }",
        "abstain",
        "minus_majority",
        "crash_when_close",
    ];
    let attack = pick(rng, &attacks);
    let speed = pick(rng, &["1", "0.5", "4"]);
    let partition = match rng.random_range(0..3) {
        0 => "partitions: [{ from: 100ms, to: 250ms, workers: \"0..=1\", direction: up }]",
        _ => "partitions: []",
    };
    let (close, up, down) = (close(rng, workers, trains), link(rng), link(rng));
    let (availability, compute) = (availability(rng), law(rng));
    let mut port = || match rng.random_range(0..3) {
        0 => format!("{{ bandwidth: {}kbit/s }}", rng.random_range(50..800)),
        _ => "{ bandwidth: unlimited }".to_owned(),
    };
    let shared = format!("{{ up: {}, down: {} }}", port(), port());
    let rule = pick(rng, &["transport", "transport", "vote"]);
    let batches = if trains { pick(rng, &["fresh", "epoch"]) } else { "fresh" };
    let batches = if descends { "fresh" } else { batches };
    let whose = engine::adversaries(adversaries, attack, "40ms");
    let batch = if trains { "batch: 4, " } else { "" };
    format!(
        "{{ name: swarm, seed: {number}, rounds: 10,
            workers: {{ count: {workers}, {batch}batches: {batches}, compute_time: {compute}, speed: {speed} }},
            task: {task}, method: {method},
            {whose},
            server: {{ {close}, acknowledge: {rule} }},
            network: {{ links: {{ up: {up}, down: {down}, server: {shared} }}, availability: {availability}, {partition} }} }}"
    )
}

fn check(number: u64, output: &RunOutput) {
    let context = || format!("SIGNSIM_SWARM={number}: {}", scenario(number));
    let (ended, ledger) = (&output.ended, output.ended.ledger);
    let found =
        ledger.votes_in + ledger.votes_lost + ledger.votes_late + ledger.votes_refused + ended.votes_pending;
    assert_eq!(ledger.votes_sent, found, "votes sent = in + lost + late + refused + pending; {}", context());
    let spent = ledger.uplink_bytes + ledger.downlink_bytes;
    assert!(ledger.wasted_bytes <= spent, "bytes add up; {}", context());
    assert!(
        output.rounds.windows(2).all(|w| w[0].sim_time_s <= w[1].sim_time_s),
        "time goes on; {}",
        context()
    );
    assert_eq!(output.rounds.last().map(|r| r.round), Some(10), "{}", context());
}

#[test]
fn a_swarm_of_scenarios_keeps_the_books() {
    let replayed = std::env::var("SIGNSIM_SWARM").ok();
    let numbers = match replayed {
        Some(number) => {
            let number: u64 = number.parse().expect("SIGNSIM_SWARM is a whole number");
            number..number + 1
        }
        None => 0..SCENARIOS,
    };
    let mut kinds = std::collections::BTreeSet::new();
    for number in numbers.clone() {
        let text = scenario(number);
        let plan = Plan::parse("swarm.yaml", &text, &[], None);
        let plan = plan.unwrap_or_else(|e| panic!("SIGNSIM_SWARM={number}: {e}; {text}"));
        let output = run(&text, 1).unwrap_or_else(|e| panic!("SIGNSIM_SWARM={number}: {e}; {text}"));
        check(number, &output);
        assert_eq!(output, run(&text, 2).unwrap(), "threads change nothing; SIGNSIM_SWARM={number}: {text}");
        kinds.insert((plan.runs[0].spec.record.method.clone(), plan.runs[0].spec.record.attack.clone()));
    }
    assert!(numbers.end - numbers.start == 1 || kinds.len() > 30, "only {} combinations", kinds.len());
}
