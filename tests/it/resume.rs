//! A run that is written down, ended, and goes on in a world of its own is the run that was never disturbed.

use std::sync::atomic::AtomicBool;

use signsim::error::{Error, Result};
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate_resumable};
use signsim::scenario::{Plan, RunSpec};
use signsim::sim::{Checkpoints, IdleThreads};

use crate::swarm;

/// Keeps the state after some rounds, and ends the run after the last of them.
struct Keeper {
    found: Option<Vec<u8>>,
    /// Rounds that have closed.
    rounds: u32,
    /// Whether the run is written down then.
    keeps: fn(u32) -> bool,
    ends: Option<u32>,
    kept: Vec<Vec<u8>>,
}

impl Keeper {
    fn new(found: Option<Vec<u8>>, rounds: u32, keeps: fn(u32) -> bool, ends: Option<u32>) -> Self {
        Self { found, rounds, keeps, ends, kept: Vec::new() }
    }
}

impl Checkpoints for Keeper {
    fn found(&mut self) -> Option<Vec<u8>> {
        self.found.take()
    }

    fn wanted(&mut self) -> bool {
        self.rounds += 1;
        (self.keeps)(self.rounds) || self.ends == Some(self.rounds)
    }

    fn keep(&mut self, state: &[u8]) -> Result<()> {
        self.kept.push(state.to_vec());
        if self.ends == Some(self.rounds) { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn refused(&mut self, why: &str) -> Result<()> {
        unreachable!("{why}")
    }
}

fn go_on(spec: &RunSpec, threads: usize, keeper: &mut Keeper) -> Result<RunOutput> {
    let means = RunControl {
        threads,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    simulate_resumable(spec, DatasetCache::default().of(spec, 1)?, &means, keeper)
}

/// Ends the run after each of these rounds, and then goes on.
fn check(text: &str, stops: impl IntoIterator<Item = u32>) {
    let plan = Plan::parse("test.yaml", text, &[], None).unwrap_or_else(|e| panic!("{e}: {text}"));
    let spec = &plan.runs[0].spec;
    let undisturbed = go_on(spec, 1, &mut Keeper::new(None, 0, |_| false, None)).unwrap();
    let mut keeper = Keeper::new(None, 0, |_| true, None);
    assert_eq!(
        go_on(spec, 1, &mut keeper).unwrap(),
        undisturbed,
        "being written down changes nothing: {text}"
    );
    assert_eq!(keeper.kept.len() as u32, spec.rounds - 1);
    let (largest, told) = (keeper.kept.iter().map(Vec::len).max().unwrap(), spec.checkpoint_bytes().unwrap());
    assert!(largest as u64 <= told + 2000, "{largest} bytes, not {told} at most: {text}");
    for stop in stops {
        let mut keeper = Keeper::new(None, 0, |_| false, Some(stop));
        assert!(matches!(go_on(spec, 2, &mut keeper), Err(Error::Interrupted)));
        let mut next = Keeper::new(keeper.kept.pop(), stop, |_| false, None);
        let resumed = go_on(spec, 1, &mut next).unwrap_or_else(|e| panic!("round {stop}: {e}; {text}"));
        assert_eq!(resumed, undisturbed, "ended after round {stop}: {text}");
    }
}

#[test]
fn every_round_of_a_swarm_of_scenarios_is_a_place_to_stop() {
    (0..30).for_each(|number| check(&swarm::scenario(number), 1..10));
}

/// Nobody waits for anything in such a run, however long: whoever is asked must not need a pause to answer.
#[test]
fn a_run_is_written_down_as_often_as_one_likes() {
    let channel = "task: { channel: { coordinates: 8, crossover: 0.2 } }, method: signsgd_fd";
    check(&format!("{{ name: t, rounds: 500, workers: {{ count: 3 }}, {channel} }}"), [499]);
    check(&format!("{{ name: t, rounds: 3, workers: {{ count: 400 }}, {channel} }}"), [1, 2]);
}

/// What the swarm does not ask for: everything that remembers something, and whatever may be on its way.
#[test]
fn everything_that_remembers_goes_on_with_it() {
    let network = "network: { links: { up: { latency: { exponential: { mean: 30ms } }, duplicate: 0.2 },
                                       down: { latency: { exponential: { mean: 10ms } } } },
                              availability: { on_off: [{ up: { exponential: { mean: 200ms } }, down: { constant: 20ms } },
                                                       { workers: 1, up: { constant: 90ms }, down: { exponential: { mean: 20ms } } }] } }";
    let close = "close: { quorum_or_deadline: { quorum: 4, deadline: 80ms } }";
    let learning = |method: &str, attack: &str, more: &str| {
        format!(
            "{{ name: t, rounds: 9, method: {method}, workers: {{ count: 6, batch: 4 }}, evaluate_every: 2,
                task: {{ train: {{ data: {{ digits: {{ train: 120, test: 10 }} }}, model: logistic }} }},
                adversaries: {{ count: 2, attack: {attack} }}, {more} }}"
        )
    };
    let late = format!("server: {{ {close}, late: {{ count: {{ within: 3 }} }} }}, {network}");
    let plain = format!("server: {{ {close} }}, {network}");
    for method in [
        "signum",
        "d_lion_mavo",
        "ef_signsgd",
        "s3gd",
        "centered_clipping",
        "trimmed_mean",
        "sto_signsgd",
        "ternary_vote",
        "election_signsgd",
    ] {
        check(&learning(method, "sign_inversion", &plain), [1, 4, 8]);
    }
    let own = plain.replace("server: { ", "server: { trusted: { batch: 4, share: 0.1, speed: 0.5 }, ");
    let own = own.replace("network: {", "seed: 5, network: {");
    let method = "{ quantizer: sign, momentum: 0.9, aggregator: spectral }";
    let slow = "workers: { count: 6, batch: 4, compute_time: { exponential: { mean: 30ms } } }";
    let text = learning(method, "sign_inversion", &own).replace("workers: { count: 6, batch: 4 }", slow);
    check(&text, [1, 2, 4, 8]);
    for attack in ["half", "{ replay: { age: 3 } }", "{ dither: { std: 0.01 } }", "label_flip", "oscillator"]
    {
        check(&learning("signsgd_fd", attack, &late), [1, 4, 8]);
    }
    let old = "{ count: 2, attack: { mimic: { age: 2 } }, patience: 20ms }";
    let text = learning("signsgd_fd", "mimic", &late);
    check(&text.replace("{ count: 2, attack: mimic }", old), [1, 4, 8]);
    for attack in ["alie", "ipm", "minus_majority", "crash_when_close"] {
        let patient = format!("{{ count: 2, attack: {attack}, patience: 20ms }}");
        let text = learning("signsgd_mv", attack, &late);
        check(&text.replace(&format!("{{ count: 2, attack: {attack} }}"), &patient), [1, 4, 8]);
    }
    let metrics = "metrics: { reference: full_batch, gradient_norm: true, layers: true, timeline: 6, labels: true, every: 2 }";
    check(&learning("signsgd_mv", "sign_inversion", &format!("{metrics}, {plain}")), 1..9);
    let search = "{ count: 2, attack: { alie: { search: 4 } }, patience: 20ms }";
    let text = learning("signsgd_fd", "alie", &late);
    check(&text.replace("{ count: 2, attack: alie }", search), [1, 4, 8]);
    let links = "network: { links: { up: { latency: { exponential: { mean: 30ms } }, duplicate: 0.2 } } }";
    let buffer = format!("server: {{ close: {{ buffer: 3 }}, late: {{ count: {{}} }} }}, {links}");
    for method in ["signsgd_mv", "sgd"] {
        check(&learning(method, "sign_inversion", &buffer), 1..9);
    }
    let sampled = plain
        .replace("quorum: 4", "quorum: 2")
        .replace("server: {", "server: { participants: { sample: 3 },");
    check(&learning("signsgd_mv", "sign_inversion", &sampled), 1..9);
}
