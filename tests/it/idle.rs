//! Settings that cannot matter are refused; each of these is shown to change nothing, and to change something elsewhere.

use signsim::actors::{Acknowledge, LateVotes, LearningRate};
use signsim::aggregate::{AggregatorSpec, InitialPhase, SpectralOptions, WeightOptions};
use signsim::attack::AttackSpec;
use signsim::protocol::StopRule;
use signsim::quantize::{QuantizerSpec, ZeroRule};
use signsim::run::{RunOutput, simulate_alone};
use signsim::scenario::{Plan, Reference, RunSpec};
use signsim::sim::{OrNone, Reorder, Retransmit};
use signsim::units::{PerWorker, Positive, Probability, Span};

const CHANNEL: &str = "\
name: t
rounds: 12
workers: { count: 9 }
task: { channel: { coordinates: 60, crossover: 0.2 } }
method: { quantizer: sign, aggregator: { federated_defense: { t_in: 4 } } }
adversaries: { count: 3, attack: sign_inversion }
metrics: { workers_every: 1 }
";

const TRAINING: &str = "\
name: t
rounds: 12
evaluate_every: 1
workers: { count: 9, batch: 8, compute_time: { exponential: { mean: 10ms } } }
task: { train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }
method: { quantizer: sign, aggregator: { federated_defense: { t_in: 4 } } }
adversaries: { count: 3, attack: sign_inversion }
network: { links: { up: { latency: { exponential: { mean: 20ms } } }, down: { latency: { exponential: { mean: 9ms } } } } }
metrics: { workers_every: 1 }
";

const QUADRATIC: &str = "\
name: t
rounds: 12
evaluate_every: 1
workers: { count: 9 }
task: { quadratic: { coordinates: 60, noise: 0 } }
method: { quantizer: sign, aggregator: { federated_defense: { t_in: 4 } } }
adversaries: { count: 3, attack: sign_inversion }
metrics: { workers_every: 1 }
";

/// A setting that is refused.
struct Row {
    base: &'static str,
    /// What else makes it idle.
    under: &'static [&'static str],
    setting: &'static str,
    words: &'static str,
    /// What else makes it matter, instead.
    unless: &'static [&'static str],
    /// The same as the setting.
    change: fn(&mut RunSpec),
}

fn positive(x: f64) -> Positive {
    Positive::try_from(x).unwrap()
}

fn span(text: &str) -> Span {
    text.parse().unwrap()
}

fn defense(spec: &mut RunSpec, change: impl FnOnce(&mut WeightOptions)) {
    let AggregatorSpec::FederatedDefense(options) = &mut spec.server.aggregator else {
        panic!("another rule")
    };
    change(options);
}

fn spectral(spec: &mut RunSpec, change: impl FnOnce(&mut SpectralOptions)) {
    let AggregatorSpec::Spectral(options) = &mut spec.server.aggregator else { panic!("another rule") };
    change(options);
}

fn all(row: &Row, set: &[&'static str], setting: &str) -> Vec<String> {
    let mut sets: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    if !setting.is_empty() {
        sets.push(row.setting.to_owned());
    }
    sets
}

fn spec(row: &Row, set: &[&'static str], setting: &str) -> RunSpec {
    let sets = all(row, set, setting);
    let plan = Plan::parse("t.yaml", row.base, &sets, None).unwrap_or_else(|e| panic!("{sets:?}: {e}"));
    plan.runs[0].spec.clone()
}

/// Everything that a run tells.
fn told(spec: &RunSpec) -> String {
    let RunOutput { summary, tables, .. } = simulate_alone(spec, 1).unwrap();
    format!("{summary:?}{tables:?}")
}

const ROWS: &[Row] = &[
    Row {
        base: QUADRATIC,
        under: &[],
        setting: "workers.batch=8",
        words: "every batch has the same gradient",
        unless: &["task.quadratic.noise=3"],
        change: |spec| spec.workers.batch = PerWorker::Same(8),
    },
    Row {
        base: QUADRATIC,
        under: &["task.quadratic.noise=3"],
        setting: "method.quantizer={ sign: { zero: plus } }",
        words: "never exactly zero",
        unless: &[
            "task={ train: { data: { digits: { train: 90, test: 20 } }, model: { mlp: { hidden: [8] } } } }",
        ],
        change: |spec| spec.workers.quantizer = QuantizerSpec::Sign { zero: ZeroRule::Plus },
    },
    Row {
        base: QUADRATIC,
        under: &[],
        setting: "stop.accuracy=0.05",
        words: "a quadratic has no accuracy",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| {
            spec.server.stop = StopRule { accuracy: Some(Probability::HALF), ..StopRule::default() }
        },
    },
    Row {
        base: QUADRATIC,
        under: &[],
        setting: "metrics.reference=none",
        words: "its signs are always the reference",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.record.metrics.reference = Reference::None,
    },
    Row {
        base: QUADRATIC,
        under: &["method.aggregator=spectral", "server.trusted={}"],
        setting: "server.trusted.share=0.1",
        words: "no training set to hold a share of",
        unless: &[
            "method.aggregator=spectral",
            "server.trusted={}",
            "task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }",
        ],
        change: |spec| spec.server.trusted.as_mut().unwrap().share = 0.1,
    },
    Row {
        base: QUADRATIC,
        under: &["method.aggregator=spectral", "server.trusted={}"],
        setting: "server.trusted.batch=8",
        words: "every batch has the same gradient",
        unless: &["method.aggregator=spectral", "server.trusted={}", "task.quadratic.noise=3"],
        change: |spec| spec.server.trusted.as_mut().unwrap().batch = 8,
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "workers.batch=8",
        words: "channels have no samples",
        unless: &["workers.time_per_sample=1ms"],
        change: |spec| spec.workers.batch = PerWorker::Same(8),
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "evaluate_every=3",
        words: "no model to evaluate",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.record.evaluate_every = 3,
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "server.learning_rate=0.5",
        words: "no model that moves",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.server.learning_rate = LearningRate::Constant(positive(0.5)),
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "method.learning_rate=0.5",
        words: "no model that moves",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.server.learning_rate = LearningRate::Constant(positive(0.5)),
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "server.weight_decay=0.5",
        words: "no model that moves",
        unless: &[
            "task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }",
            "server.learning_rate=0.1",
        ],
        change: |spec| spec.server.weight_decay = 0.5,
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "method.weight_decay=0.5",
        words: "no model that moves",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.server.weight_decay = 0.5,
    },
    Row {
        base: TRAINING,
        under: &["method.weight_decay=0.01"],
        setting: "server.weight_decay=0.5",
        words: "has a weight_decay of its own",
        unless: &[],
        change: |_| {},
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "stop.accuracy=0.05",
        words: "no model to evaluate",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| {
            spec.server.stop = StopRule { accuracy: Some(Probability::HALF), ..StopRule::default() }
        },
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "stop.loss_above=2",
        words: "no model to evaluate",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.server.stop = StopRule { loss_above: Some(positive(2.0)), ..StopRule::default() },
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "stop.diverged=true",
        words: "no model to evaluate",
        unless: &[
            "task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }",
            "method=sgd",
            "server.learning_rate=1e38",
            "evaluate_every=1",
        ],
        change: |spec| spec.server.stop.diverged = true,
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "metrics.reference=none",
        words: "always the reference",
        unless: &["task={ train: { data: { digits: { train: 90, test: 20 } }, model: logistic } }"],
        change: |spec| spec.record.metrics.reference = Reference::None,
    },
    Row {
        base: CHANNEL,
        under: &[],
        setting: "workers.speed=2",
        words: "computing takes no time here",
        unless: &["workers.compute_time={ constant: 5ms }"],
        change: |spec| spec.workers.speed = PerWorker::Same(positive(2.0)),
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "workers.local.rate=0.5",
        words: "takes one step",
        unless: &["workers.local.steps=3"],
        change: |spec| spec.workers.local.rate = positive(0.5),
    },
    Row {
        base: TRAINING,
        under: &["workers.compute_time={ constant: 0s }"],
        setting: "workers.speed=2",
        words: "a speed divides that time",
        unless: &["workers.time_per_sample=1ms"],
        change: |spec| spec.workers.speed = PerWorker::Same(positive(2.0)),
    },
    Row {
        base: TRAINING,
        under: &["method.learning_rate=0.01"],
        setting: "server.learning_rate=0.5",
        words: "has a learning_rate of its own",
        unless: &[],
        change: |_| {},
    },
    Row {
        base: TRAINING,
        under: &["method.aggregator.federated_defense={ granularity: worker }"],
        setting: "method.aggregator.federated_defense.t_in=4",
        words: "weighted like those after it",
        unless: &["method.aggregator.federated_defense={ granularity: worker, initial_phase: majority }"],
        change: |spec| defense(spec, |options| options.t_in = 4),
    },
    Row {
        base: CHANNEL,
        under: &["method.aggregator.federated_defense={ granularity: worker }"],
        setting: "method.aggregator.federated_defense.shrinkage=3",
        words: "there is no other",
        unless: &["method.aggregator.federated_defense={ granularity: coordinate, t_in: 2 }"],
        change: |spec| defense(spec, |options| options.shrinkage = 3.0),
    },
    Row {
        base: CHANNEL,
        under: &["method={ quantizer: sign, aggregator: { spectral: { copies: each } } }"],
        setting: "method.aggregator.spectral.excess=0.2",
        words: "nobody looks for copies",
        unless: &[
            "method={ quantizer: sign, aggregator: { spectral: {} } }",
            "adversaries.attack={ colluders: { noise: 0.2 } }",
        ],
        change: |spec| spectral(spec, |options| options.excess = 0.2),
    },
    Row {
        base: CHANNEL,
        under: &["method={ quantizer: sign, aggregator: { spectral: { shrinkage: none } } }"],
        setting: "method.aggregator.spectral.misfit_agreement=0.6",
        words: "no majority is mixed in",
        unless: &[],
        change: |spec| spectral(spec, |options| options.misfit_agreement = 0.6),
    },
    Row {
        base: CHANNEL,
        under: &["method.aggregator.federated_defense={ t_in: 0 }"],
        setting: "method.aggregator.federated_defense.initial_phase=majority",
        words: "there is no initial phase",
        unless: &["method.aggregator.federated_defense={ t_in: 6 }"],
        change: |spec| defense(spec, |options| options.initial_phase = InitialPhase::Majority),
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "adversaries.declared=1",
        words: "is told how many adversaries",
        unless: &["method=trimmed_mean"],
        change: |spec| spec.server.declared = 1,
    },
    Row {
        base: TRAINING,
        under: &["method={ quantizer: dense, aggregator: { krum: { byzantine: 2 } } }"],
        setting: "adversaries.declared=1",
        words: "is told how many adversaries",
        unless: &["method={ quantizer: dense, before: [{ nearest_neighbor_mixing: {} }], aggregator: mean }"],
        change: |spec| spec.server.declared = 1,
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "adversaries.patience=1ms",
        words: "does not wait for honest workers",
        unless: &["adversaries.attack=minus_majority"],
        change: |spec| spec.adversary.patience = Some(span("1ms")),
    },
    Row {
        base: TRAINING,
        under: &["adversaries.attack=gaussian"],
        setting: "adversaries.attack.gaussian.std=3",
        words: "do not depend on its size",
        unless: &["adversaries.attack=gaussian", "method=sgd"],
        change: |spec| {
            let AttackSpec::Gaussian(settings) = &mut spec.adversary.attack else { panic!("another attack") };
            settings.std = positive(3.0);
        },
    },
    Row {
        base: TRAINING,
        under: &["adversaries.attack=ipm"],
        setting: "adversaries.attack.ipm.epsilon=3",
        words: "how long the forged vector is",
        unless: &["adversaries.attack=ipm", "method=ef_signsgd"],
        change: |spec| {
            let AttackSpec::Ipm(settings) = &mut spec.adversary.attack else { panic!("another attack") };
            settings.epsilon = positive(3.0);
        },
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "server.late=count",
        words: "none is late",
        unless: &["network.links.up.duplicate=0.5"],
        change: |spec| spec.server.late = LateVotes::Count { exponent: 0.5, within: 10 },
    },
    Row {
        base: TRAINING,
        under: &["network.links.down.bandwidth=100kbit/s", "server.participants={ sample: 5 }"],
        setting: "server.acknowledge=vote",
        words: "both ways know the same",
        unless: &["network.links.down.bandwidth=1Mbit/s", "server.close={ quorum: 6 }"],
        change: |spec| spec.server.acknowledge = Acknowledge::Vote,
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "network.links.up.retransmit={ after: 5ms, attempts: 4 }",
        words: "nothing is ever lost",
        unless: &["network.links.up.loss=0.3", "server.close={ deadline: 90ms }"],
        change: |spec| {
            spec.network.links.up.retransmit = OrNone(Some(Retransmit { after: span("5ms"), attempts: 4 }));
        },
    },
    Row {
        base: TRAINING,
        under: &["network.availability.drop_out=0.3", "server.close={ deadline: 90ms }"],
        setting: "network.links.up.retransmit={ after: 5ms, attempts: 4 }",
        words: "nothing is ever lost",
        unless: &[
            "network.partitions=[{ from: 10ms, to: 400ms, workers: \"0..=4\" }]",
            "server.close={ deadline: 90ms }",
        ],
        change: |spec| {
            spec.network.links.up.retransmit = OrNone(Some(Retransmit { after: span("5ms"), attempts: 4 }));
        },
    },
    Row {
        base: TRAINING,
        under: &[],
        setting: "network.links.down.reorder={ probability: 0, delay: 500ms }",
        words: "takes the detour",
        unless: &[],
        change: |spec| {
            let never = Reorder { probability: Probability::ZERO, delay: span("500ms") };
            spec.network.links.down.reorder = OrNone(Some(never));
        },
    },
    Row {
        base: TRAINING,
        under: &["metrics.reference=none"],
        setting: "metrics.every=3",
        words: "without a reference",
        unless: &["metrics.reference=honest_mean"],
        change: |spec| spec.record.metrics.every = 3,
    },
    Row {
        base: TRAINING,
        under: &["metrics.reference=none"],
        setting: "metrics.layers=true",
        words: "without a reference",
        unless: &["metrics.reference=honest_mean"],
        change: |spec| spec.record.metrics.layers = true,
    },
];

#[test]
fn what_cannot_matter_is_refused() {
    for row in ROWS {
        let sets = all(row, row.under, row.setting);
        let error = Plan::parse("t.yaml", row.base, &sets, None).map(|_| ()).expect_err(row.setting);
        let text = error.to_string();
        assert!(text.contains("would have no effect: ") && text.contains(row.words), "{sets:?}: {text}");
        assert!(text.starts_with("--set:1:") && error.advice().is_some(), "{text}");
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn what_is_refused_changes_nothing_indeed() {
    for row in ROWS {
        let without = spec(row, row.under, "");
        let mut with = without.clone();
        (row.change)(&mut with);
        assert_eq!(told(&without), told(&with), "{}", row.setting);
    }
}

#[test]
fn where_it_matters_it_is_accepted_and_does() {
    for row in ROWS.iter().filter(|row| !row.unless.is_empty()) {
        let (without, with) = (spec(row, row.unless, ""), spec(row, row.unless, row.setting));
        assert_ne!(told(&without), told(&with), "{}", row.setting);
    }
}

#[test]
fn what_some_points_of_a_sweep_read_is_accepted() {
    let answer = |text: &str| match Plan::parse("t.yaml", text, &[], None) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    let channel = |more: &str| format!("{CHANNEL}{more}\n");
    for fine in [
        "evaluate_every: 20",
        "sweep: { adversaries.attack: [silent, minus_majority], server.close: [{ deadline: 90ms }], adversaries.patience: [50ms] }",
        "server: { late: count, learning_rate: 0.5 }\nsweep: { server.close: [all, { quorum: 6 }], \
         task: [{ train: { data: digits, model: logistic } }] }",
    ] {
        assert_eq!(answer(&channel(fine)), "accepted", "{fine}");
    }
    for (refused, place) in [
        ("sweep: { workers.speed: [1, 2, 3] }", "t.yaml:8:29"),
        ("sweep: { adversaries.patience: [50ms, 60ms] }", "t.yaml:8:33"),
        ("evaluate_every: 5\nsweep: { adversaries.count: [0, 3] }", "t.yaml:8:17"),
        // Each item of an axis answers for itself.
        (
            "sweep: { method: [{ quantizer: sign, aggregator: { federated_defense: { t_in: 0, initial_phase: majority } } }, \
             { quantizer: sign, aggregator: { federated_defense: { t_in: 5, initial_phase: majority } } }] }",
            "t.yaml:8:97",
        ),
    ] {
        let got = answer(&channel(refused));
        assert!(got.starts_with(&format!("{place}: ")), "{refused}: {got}");
    }
}
