//! Every setting that something else can make meaningless, and what does.

use super::changed::{Changed, Reason};
use super::rules;
use crate::actors::{Acknowledge, Close, LateVotes, LearningRate, Local, Trusted};
use crate::aggregate::AggregatorSpec;
use crate::aggregate::dense::{Before, Bulyan, Krum, Meamed, MultiKrum, TrimmedMean};
use crate::attack::AttackSpec;
use crate::data::{DataSpec, Layout};
use crate::learn::Convolution;
use crate::quantize::{QuantizerSpec, VoteKind, ZeroRule};
use crate::scenario::{Metrics, Reference, RunSpec, Scenario, TaskSpec, at_speed_one, sixty_four, twenty};
use crate::sim::{Direction, Law, Link};
use crate::units::Span;

/// The watched settings of a point that are not as they are by default.
pub(crate) fn changed(point: &Scenario, run: &RunSpec) -> Vec<(String, Option<Reason>)> {
    let mut changed = Changed::default();
    task(&mut changed, point);
    workers(&mut changed, point);
    method(&mut changed, point);
    adversaries(&mut changed, point);
    server(&mut changed, point);
    trusted(&mut changed, point);
    network(&mut changed, point);
    metrics(&mut changed, point, run);
    changed.0
}

const TRAIN: &str = "omit it, or use a training task";

fn is_channel(point: &Scenario) -> bool {
    matches!(point.task, TaskSpec::Channel { .. })
}

fn is_quadratic(point: &Scenario) -> bool {
    matches!(point.task, TaskSpec::Quadratic(_))
}

/// A quadratic whose gradients have no noise: every batch gives the same one.
fn is_exact(point: &Scenario) -> bool {
    matches!(&point.task, TaskSpec::Quadratic(quadratic) if quadratic.noise == 0.0)
}

const SAME_BATCHES: &str = "without noise every batch has the same gradient, and here none takes time";
const NOISE: &str = "omit it, or write a noise above 0 below task.quadratic";

fn task(changed: &mut Changed, point: &Scenario) {
    let TaskSpec::Train { data, model, evaluation_batch, convolution, .. } = &point.task else { return };
    if let DataSpec::Arrays(set) = data {
        changed.watch(
            "task.train.data.arrays.layout",
            set.layout != Layout::default(),
            &[(
                !data.has_axes(),
                "these samples have no axis of channels: it orders those of N x C x H x W",
                "omit it, or save x with four axes",
            )],
        );
    }
    changed.watch(
        "task.train.evaluation_batch",
        evaluation_batch.is_some(),
        &[(
            !model.mixes_samples(),
            "this model looks at each sample by itself, however many are evaluated together",
            "omit it, or use a model that normalises over the batch, such as resnet",
        )],
    );
    let convolution = convolution.filter(|convolution| *convolution != Convolution::default());
    changed.watch(
        "task.train.convolution",
        convolution.is_some(),
        &[
            (!model.has_convolutions(), "this model has no convolutions", "omit it, or use cnn or resnet"),
            (
                convolution == Some(Convolution::Winograd6) && !model.takes_tiles(data.shape(), data.classes(), Convolution::Winograd6),
                "no convolution of this model can be cut into such tiles",
                "omit it; tiles need kernels of 3 x 3 or 5 x 5 one pixel apart, channels that are multiples of 16, and sides \
                 of the output that are multiples of 2 (5 x 5) or 4 (3 x 3)",
            ),
        ],
    );
}

fn workers(changed: &mut Changed, point: &Scenario) {
    let (channel, workers) = (is_channel(point), &point.workers);
    let untimed = workers.time_per_sample == Span::ZERO;
    changed.watch(
        "workers.batch",
        workers.batch != sixty_four(),
        &[
            (channel && untimed, "channels have no samples, and here none takes time", TRAIN),
            (is_exact(point) && untimed, SAME_BATCHES, NOISE),
        ],
    );
    changed.watch(
        "workers.local.rate",
        workers.local.rate != Local::default().rate,
        &[(
            workers.local.steps == 1,
            "a worker that takes one step moves with the server's learning rate",
            "omit it, or write 2 or more local steps",
        )],
    );
    changed.watch(
        "workers.speed",
        workers.speed != at_speed_one(),
        &[(
            untimed && workers.compute_time == Law::ZERO,
            "computing takes no time here, and a speed divides that time",
            "omit it, or write a compute_time or time_per_sample",
        )],
    );
}

fn method(changed: &mut Changed, point: &Scenario) {
    let (channel, method) = (is_channel(point), &point.method);
    let abstains = matches!(method.quantizer, QuantizerSpec::Sign { zero } if zero != ZeroRule::Coin);
    changed.watch(
        "method.quantizer.sign.zero",
        abstains,
        &[
            (channel, "channels have no gradients of zero", TRAIN),
            (
                is_quadratic(point) && !is_exact(point),
                "gradients with noise are never exactly zero",
                "omit it, or use a training task",
            ),
        ],
    );
    changed.watch(
        "method.learning_rate",
        method.learning_rate.is_some(),
        &[(channel, "channels have no model that moves", TRAIN)],
    );
    changed.watch(
        "method.weight_decay",
        method.weight_decay.is_some(),
        &[(channel, "channels have no model that moves", TRAIN)],
    );
    match &method.aggregator {
        AggregatorSpec::FederatedDefense(options) => rules::federated_defense(changed, options),
        AggregatorSpec::Spectral(options) => rules::spectral(changed, options),
        _ => {}
    }
}

fn adversaries(changed: &mut Changed, point: &Scenario) {
    let (adversaries, method) = (&point.adversaries, &point.method);
    changed.watch(
        "adversaries.declared",
        adversaries.declared.is_some(),
        &[(!asks_how_many(point), "nothing in this method is told how many adversaries to expect",
           "omit it, or use krum, trimmed_mean, meamed, bulyan or what else asks for a number, without one of its own")],
    );
    changed.watch(
        "adversaries.patience",
        adversaries.patience.is_some(),
        &[(
            !adversaries.attack.build().listen(),
            "this attack does not wait for honest workers",
            "omit it, or use an attack that listens, such as alie or minus_majority",
        )],
    );
    let signs = method.quantizer.vote_kind() != VoteKind::Dense;
    for (i, attack) in adversaries.attack.parts().iter().enumerate() {
        let key = |setting: &str| match &adversaries.attack {
            AttackSpec::Mixture { .. } => format!("adversaries.attack.mixture.attacks.[{i}].{setting}"),
            _ => format!("adversaries.attack.{setting}"),
        };
        match attack {
            AttackSpec::Gaussian(settings) => changed.watch(
                key("gaussian.std"),
                settings.std.get() != 1.0,
                &[(
                    signs,
                    "votes are signs, and those of noise do not depend on its size",
                    "omit it, or use quantizer: dense",
                )],
            ),
            AttackSpec::Ipm(settings) => {
                let why = "votes are signs, which do not depend on how long the forged vector is";
                let help = "omit it, or use a quantizer that sends numbers, such as dense or scaled_sign";
                let reasons = [(method.quantizer.word() == "sign", why, help)];
                changed.watch(key("ipm.epsilon"), settings.epsilon.get() != 0.5, &reasons);
                changed.watch(key("ipm.search"), settings.search.is_some(), &reasons);
            }
            _ => {}
        }
    }
}

/// Whether the method takes the number of adversaries from the scenario.
fn asks_how_many(point: &Scenario) -> bool {
    let mixes = |before: &Before| {
        matches!(before, Before::NearestNeighborMixing { byzantine: None } | Before::Arc { byzantine: None })
    };
    point.method.before.iter().any(mixes)
        || matches!(
            &point.method.aggregator,
            AggregatorSpec::TrimmedMean(TrimmedMean { trim: None })
                | AggregatorSpec::Krum(Krum { byzantine: None })
                | AggregatorSpec::Meamed(Meamed { byzantine: None })
                | AggregatorSpec::Bulyan(Bulyan { byzantine: None })
                | AggregatorSpec::MultiKrum(MultiKrum { byzantine: None, .. })
        )
}

fn server(changed: &mut Changed, point: &Scenario) {
    let server = &point.server;
    let all = server.close == Close::All {};
    // Copies of a vote are booked as late or as refused.
    let once = point.network.delivers_once() && point.adversaries.attack.traits().copies == 1;
    changed.watch(
        "server.learning_rate",
        server.learning_rate != LearningRate::paper(),
        &[
            (is_channel(point), "channels have no model that moves", TRAIN),
            (
                point.method.learning_rate.is_some(),
                "the method has a learning_rate of its own",
                "leave one of them away",
            ),
        ],
    );
    changed.watch(
        "server.weight_decay",
        server.weight_decay != 0.0,
        &[
            (is_channel(point), "channels have no model that moves", TRAIN),
            (
                point.method.weight_decay.is_some(),
                "the method has a weight_decay of its own",
                "leave one of them away",
            ),
        ],
    );
    changed.watch(
        "server.late",
        server.late != LateVotes::Drop {},
        &[(
            all && once,
            "with close: all a round waits for every vote, and none is late",
            "omit it, or close rounds by deadline, quorum or buffer",
        )],
    );
    changed.watch(
        "server.acknowledge",
        server.acknowledge != Acknowledge::Transport,
        &[(
            all,
            "with close: all everyone who is asked votes, and both ways know the same",
            "omit it, or close rounds by deadline, quorum or buffer",
        )],
    );
}

/// What nothing reads of the server's own vote.
fn trusted(changed: &mut Changed, point: &Scenario) {
    let Some(own) = &point.server.trusted.0 else { return };
    let (channel, usual) = (is_channel(point), Trusted::default());
    let untimed = point.workers.time_per_sample == Span::ZERO;
    changed.watch(
        "server.trusted",
        true,
        &[(
            !point.method.aggregator.reads_trusted(),
            "this aggregator does not read a vote of the server's own",
            "omit it, or use aggregator: spectral or fltrust",
        )],
    );
    changed.watch(
        "server.trusted.batch",
        own.batch != usual.batch,
        &[
            (channel && untimed, "channels have no samples, and here none takes time", TRAIN),
            (is_exact(point) && untimed, SAME_BATCHES, NOISE),
        ],
    );
    changed.watch(
        "server.trusted.share",
        own.share != usual.share,
        &[
            (channel, "channels have no samples", TRAIN),
            (is_quadratic(point), "a quadratic has no training set to hold a share of", TRAIN),
        ],
    );
    changed.watch(
        "server.trusted.crossover",
        own.crossover.is_some(),
        &[(!channel, "the server's vote is as wrong as its gradient is", "omit it, or use task: channel")],
    );
    changed.watch(
        "server.trusted.speed",
        own.speed != usual.speed,
        &[(
            untimed && point.workers.compute_time == Law::ZERO,
            "computing takes no time here, and a speed divides that time",
            "omit it, or write a compute_time or time_per_sample below workers",
        )],
    );
}

fn network(changed: &mut Changed, point: &Scenario) {
    let (links, network) = (&point.network.links, &point.network);
    for (word, way) in [("up", Direction::Up), ("down", Direction::Down)] {
        let own = links.workers.iter().enumerate().map(|(i, own)| {
            let link = if way == Direction::Up { &own.up } else { &own.down };
            (format!("network.links.workers.[{i}].{word}"), link)
        });
        let general = if way == Direction::Up { &links.up } else { &links.down };
        let loses = network.may_lose(way);
        for (key, link) in std::iter::once((format!("network.links.{word}"), general)).chain(own) {
            link_faults(changed, &key, link, loses);
        }
    }
}

fn link_faults(changed: &mut Changed, key: &str, link: &Link, loses: bool) {
    changed.watch(
        format!("{key}.retransmit"),
        link.retransmit.0.is_some(),
        &[(!loses, "nothing is ever lost in this direction", "omit it, or write a loss")],
    );
    let never = link.reorder.0.is_some_and(|reorder| reorder.probability.get() == 0.0);
    changed.watch(
        format!("{key}.reorder"),
        link.reorder.0.is_some(),
        &[(
            never,
            "with a probability of 0 no message takes the detour",
            "omit it, or write a probability above 0",
        )],
    );
}

fn metrics(changed: &mut Changed, point: &Scenario, run: &RunSpec) {
    let (channel, metrics) = (is_channel(point), &point.metrics);
    let usual = Metrics::usual();
    let trains = matches!(point.task, TaskSpec::Train { .. });
    let nothing = trains && run.record.metrics.reference == Reference::None;
    changed.watch(
        "evaluate_every",
        point.evaluate_every != twenty(),
        &[(
            channel,
            "channels have no model to evaluate; metrics.every says how often decisions are compared",
            TRAIN,
        )],
    );
    for (key, set) in [
        ("stop.accuracy", point.stop.accuracy.is_some()),
        ("stop.loss_above", point.stop.loss_above.is_some()),
        ("stop.diverged", point.stop.diverged),
    ] {
        let accuracy = key == "stop.accuracy" && is_quadratic(point);
        changed.watch(
            key,
            set,
            &[
                (channel, "channels have no model to evaluate", TRAIN),
                (accuracy, "a quadratic has no accuracy", "omit it, or write stop: { loss_above: 10 }"),
            ],
        );
    }
    changed.watch(
        "metrics.reference",
        metrics.reference != usual.reference,
        &[
            (channel, "the right signs of a channel are known, and always the reference", TRAIN),
            (
                is_quadratic(point),
                "the gradient of a quadratic is known, and its signs are always the reference",
                TRAIN,
            ),
        ],
    );
    let compare = "omit it, or write metrics.reference: honest_mean or full_batch";
    let why = "without a reference no decision is compared with anything";
    changed.watch("metrics.every", metrics.every != usual.every, &[(nothing, why, compare)]);
    changed.watch("metrics.layers", metrics.layers, &[(nothing, why, compare)]);
}
