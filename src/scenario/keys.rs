//! The keys of a scenario: where each stands, and how its value is written.
//!
//! A wrong value is answered with the form of a right one, a key at the wrong place with the place it belongs to.

mod elsewhere;

use elsewhere::{ELSEWHERE, NOT_SWEPT};

/// A setting's path, with `[]` for an item of a list, and a value that it takes.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("name", "quickstart"),
    ("seed", "1"),
    ("repeats", "3"),
    ("rounds", "200"),
    ("evaluate_every", "20"),
    ("workers", "{ count: 15, batch: 64 }"),
    ("workers.count", "15"),
    ("workers.classes", "{ phones: 10, servers: 5 }"),
    ("workers.batch", "64"),
    ("workers.batches", "fresh"),
    ("workers.compute_time", "{ constant: 50ms }"),
    ("workers.time_per_sample", "1ms"),
    ("workers.speed", "2"),
    ("workers.local", "{ steps: 5, rate: 0.01 }"),
    ("workers.local.steps", "5"),
    ("workers.local.rate", "0.01"),
    ("task", "{ train: { data: digits, model: logistic } }"),
    ("task.channel", "{ coordinates: 10000, crossover: 0.2 }"),
    ("task.channel.coordinates", "10000"),
    ("task.channel.crossover", "0.2"),
    ("task.train", "{ data: digits, split: iid, model: logistic }"),
    ("task.train.data", "digits"),
    ("task.train.data.digits", "{ train: 6000, test: 1000 }"),
    ("task.train.data.digits.train", "6000"),
    ("task.train.data.digits.test", "1000"),
    ("task.train.data.digits.distortion", "1"),
    ("task.train.data.digits.noise", "0.1"),
    ("task.train.data.shapes", "{ train: 6000, test: 1000 }"),
    ("task.train.data.shapes.train", "6000"),
    ("task.train.data.shapes.test", "1000"),
    ("task.train.data.shapes.clutter", "3"),
    ("task.train.data.shapes.noise", "0.05"),
    ("task.train.data.mnist", "{ dir: ./data }"),
    ("task.train.data.mnist.dir", "./data"),
    ("task.train.data.fashion_mnist", "{ dir: ./data }"),
    ("task.train.data.cifar10", "{ dir: ./data }"),
    ("task.train.data.cifar100", "{ dir: ./data, labels: fine }"),
    ("task.train.data.cifar100.labels", "fine"),
    ("task.train.data.arrays", "{ train: train.npz, test: test.npz }"),
    ("task.train.data.arrays.train", "train.npz"),
    ("task.train.data.arrays.train.file", "all.npz"),
    ("task.train.data.arrays.train.names", "[x_train, y_train]"),
    ("task.train.data.arrays.train.x", "x.npy"),
    ("task.train.data.arrays.train.y", "y.npy"),
    ("task.train.data.arrays.test", "test.npz"),
    ("task.train.data.arrays.test_share", "0.1"),
    ("task.train.data.csv", "{ train: train.csv, test: test.csv, label: class }"),
    ("task.train.data.csv.train", "train.csv"),
    ("task.train.data.csv.test", "test.csv"),
    ("task.train.data.csv.test_share", "0.1"),
    ("task.train.data.csv.label", "class"),
    ("task.train.data.csv.header", "true"),
    ("task.train.data.csv.classes", "10"),
    ("task.train.data.folders", "{ train: train, test: test }"),
    ("task.train.data.folders.train", "train"),
    ("task.train.data.folders.test", "test"),
    ("task.train.data.folders.test_share", "0.1"),
    ("task.train.data.folders.classes", "10"),
    ("task.train.data.arrays.layout", "channels_last"),
    ("task.train.data.arrays.classes", "10"),
    ("task.train.normalize", "{ mean: [0.5], std: [0.25] }"),
    ("task.train.augmentation", "{ crop: 4, flip: true, rotate: 15 }"),
    ("task.train.augmentation.crop", "4"),
    ("task.train.augmentation.flip", "true"),
    ("task.train.augmentation.rotate", "15"),
    ("task.train.split", "iid"),
    ("task.train.split.labels_per_worker", "2"),
    ("task.train.split.dirichlet", "0.3"),
    ("task.train.split.dirichlet_labels", "0.3"),
    ("task.train.split.quantity_skew", "0.5"),
    ("task.train.split.gamma_similarity", "0.5"),
    ("task.train.split.file", "split.npy"),
    ("task.train.split.minority", "{ workers: 3, labels: 2 }"),
    ("task.train.initial", "pytorch"),
    ("task.train.evaluation_batch", "250"),
    ("task.train.model", "{ mlp: { hidden: [128] } }"),
    ("task.train.model.mlp", "{ hidden: [128] }"),
    ("task.train.model.mlp.hidden", "[128]"),
    ("task.train.model.resnet", "{ depth: 20 }"),
    ("task.train.model.resnet.depth", "20"),
    (
        "task.train.model.conv_net",
        "[{ conv: { filters: 16, padding: 1 } }, relu, max_pool, { dense: 64 }, relu]",
    ),
    ("task.train.model.conv_net.[].conv", "{ filters: 16, kernel: 3, stride: 1, padding: 1, bias: true }"),
    ("task.train.model.conv_net.[].conv.filters", "16"),
    ("task.train.model.conv_net.[].conv.kernel", "3"),
    ("task.train.model.conv_net.[].conv.stride", "1"),
    ("task.train.model.conv_net.[].conv.padding", "1"),
    ("task.train.model.conv_net.[].conv.bias", "true"),
    ("task.train.model.conv_net.[].dense", "64"),
    ("task.train.model.conv_net.[].residual", "[{ conv: { filters: 16, padding: 1 } }, batch_norm]"),
    ("method", "signsgd_fd"),
    ("method.name", "FD"),
    ("method.preset", "signsgd_fd"),
    ("method.quantizer", "sign"),
    ("method.quantizer.sign", "{ zero: coin }"),
    ("method.quantizer.sign.zero", "coin"),
    ("method.quantizer.stochastic_sign", "{ b: 0.012 }"),
    ("method.quantizer.stochastic_sign.b", "0.012"),
    ("method.quantizer.stochastic_sign.convention", "two_b"),
    ("method.quantizer.stochastic_sign.spoken", "0.5"),
    ("method.quantizer.noisy_sign", "{ std: 0.001, law: gaussian }"),
    ("method.quantizer.noisy_sign.std", "0.001"),
    ("method.quantizer.noisy_sign.law", "gaussian"),
    ("method.quantizer.top_k", "{ fraction: 0.1 }"),
    ("method.quantizer.top_k.fraction", "0.1"),
    ("method.quantizer.top_k.decay", "1"),
    ("method.quantizer.ternary", "{ norm: l2, per: layer }"),
    ("method.quantizer.scaled_sign", "{ per: vector }"),
    ("method.momentum", "0.9"),
    ("method.learning_rate", "0.1"),
    ("method.weight_decay", "0.01"),
    ("method.before", "[{ bucketing: { size: 2 } }]"),
    ("method.before.[].bucketing", "{ size: 2 }"),
    ("method.before.[].bucketing.size", "2"),
    ("method.before.[].nearest_neighbor_mixing", "{ byzantine: 2 }"),
    ("method.before.[].arc", "{ byzantine: 2 }"),
    ("method.aggregator", "majority"),
    ("method.aggregator.majority", "{ ties: coin }"),
    ("method.aggregator.majority.copies", "once"),
    ("method.aggregator.majority.copies.once", "{ excess: 0.45, forgetting: 0.9 }"),
    ("method.aggregator.majority.copies.once.excess", "0.45"),
    ("method.aggregator.majority.copies.once.forgetting", "0.9"),
    ("method.aggregator.federated_defense", "{ t_in: 100 }"),
    ("method.aggregator.federated_defense.t_in", "100"),
    ("method.aggregator.federated_defense.max_llr", "10"),
    ("method.aggregator.federated_defense.epsilon", "1e-5"),
    ("method.aggregator.federated_defense.forgetting", "1"),
    ("method.aggregator.federated_defense.granularity", "coordinate"),
    ("method.aggregator.federated_defense.reference", "decision"),
    ("method.aggregator.federated_defense.shrinkage", "0"),
    ("method.aggregator.federated_defense.initial_phase", "weighted"),
    ("method.aggregator.federated_defense.last_layer", "weighted"),
    ("method.aggregator.federated_defense.abstentions", "ignored"),
    ("method.aggregator.federated_defense.copies", "once"),
    ("method.aggregator.federated_defense.copies.once", "{ excess: 0.45, forgetting: 0.9 }"),
    ("method.aggregator.federated_defense.copies.once.excess", "0.45"),
    ("method.aggregator.federated_defense.copies.once.forgetting", "0.9"),
    ("method.aggregator.federated_defense.ties", "coin"),
    ("method.aggregator.federated_defense.tie_tolerance", "1e-6"),
    ("method.aggregator.oracle", "{ max_llr: 10 }"),
    ("method.aggregator.spectral", "{ copies: once, excess: 0.45, forgetting: 0.9 }"),
    ("method.aggregator.spectral.copies", "once"),
    ("method.aggregator.spectral.excess", "0.45"),
    ("method.aggregator.spectral.forgetting", "0.9"),
    ("method.aggregator.spectral.fit", "squares"),
    ("method.aggregator.spectral.shrinkage", "misfit"),
    ("method.aggregator.spectral.granularity", "worker"),
    ("method.aggregator.spectral.coordinates", "all"),
    ("method.aggregator.spectral.max_llr", "10"),
    ("method.aggregator.spectral.ties", "coin"),
    ("method.aggregator.fltrust", "{ ties: coin }"),
    ("method.aggregator.fltrust.ties", "coin"),
    ("method.aggregator.election", "{ code: { bernoulli: { redundancy: 2 } } }"),
    ("method.aggregator.election.code", "{ bernoulli: { redundancy: 2 } }"),
    ("method.aggregator.election.code.bernoulli", "{ redundancy: 2 }"),
    ("method.aggregator.election.code.deterministic", "{ tolerated: 2 }"),
    ("method.aggregator.trimmed_mean", "{ trim: 2 }"),
    ("method.aggregator.trimmed_mean.trim", "2"),
    ("method.aggregator.krum", "{ byzantine: 2 }"),
    ("method.aggregator.krum.byzantine", "2"),
    ("method.aggregator.multi_krum", "{ byzantine: 2, selected: 5 }"),
    ("method.aggregator.multi_krum.byzantine", "2"),
    ("method.aggregator.multi_krum.selected", "5"),
    ("method.aggregator.meamed", "{ byzantine: 2 }"),
    ("method.aggregator.meamed.byzantine", "2"),
    ("method.aggregator.bulyan", "{ byzantine: 2 }"),
    ("method.aggregator.bulyan.byzantine", "2"),
    ("method.aggregator.signguard", "{ lower: 0.1, upper: 3, coordinates: 0.1 }"),
    ("method.aggregator.signguard.lower", "0.1"),
    ("method.aggregator.signguard.upper", "3"),
    ("method.aggregator.signguard.coordinates", "0.1"),
    ("method.aggregator.geometric_median", "{ iterations: 100 }"),
    ("method.aggregator.centered_clipping", "{ radius: 10, iterations: 1 }"),
    ("method.aggregator.centered_clipping.radius", "10"),
    ("adversaries", "{ count: 3, attack: sign_inversion }"),
    ("adversaries.count", "M/2 - 1"),
    ("adversaries.declared", "3"),
    ("adversaries.patience", "100ms"),
    ("adversaries.attack", "sign_inversion"),
    ("adversaries.attack.stochastic_flip", "{ probability: 0.5 }"),
    ("adversaries.attack.stochastic_flip.probability", "0.5"),
    ("adversaries.attack.gaussian", "{ std: 1 }"),
    ("adversaries.attack.dither", "{ std: 1 }"),
    ("adversaries.attack.alie", "{ z: 1.5 }"),
    ("adversaries.attack.alie.z", "1.5"),
    ("adversaries.attack.ipm", "{ epsilon: 0.5 }"),
    ("adversaries.attack.ipm.epsilon", "0.5"),
    ("adversaries.attack.colluders", "{ noise: 0.1 }"),
    ("adversaries.attack.colluders.noise", "0.1"),
    ("adversaries.attack.whisper", "{ share: 0.3 }"),
    ("adversaries.attack.whisper.share", "0.3"),
    ("adversaries.attack.focus", "{ share: 0.1 }"),
    ("adversaries.attack.focus.share", "0.1"),
    ("adversaries.attack.min_max", "{ perturbation: std }"),
    ("adversaries.attack.min_max.perturbation", "std"),
    ("adversaries.attack.min_sum", "{ perturbation: std }"),
    ("adversaries.attack.min_sum.perturbation", "std"),
    ("adversaries.attack.late", "{ by: 100ms, vote: inverted }"),
    ("adversaries.attack.late.by", "100ms"),
    ("adversaries.attack.replay", "{ age: 10 }"),
    ("adversaries.attack.replay.age", "10"),
    ("adversaries.attack.duplicate", "{ copies: 2, vote: inverted }"),
    ("adversaries.attack.duplicate.copies", "2"),
    ("adversaries.attack.sleeper", "{ until: 100 }"),
    ("adversaries.attack.sleeper.until", "100"),
    ("server", "{ learning_rate: 0.001, close: all }"),
    ("server.learning_rate", "0.001"),
    ("server.weight_decay", "0.01"),
    ("server.close", "{ deadline: 500ms }"),
    ("server.close.quorum", "12"),
    ("server.close.deadline", "500ms"),
    ("server.close.quorum_or_deadline", "{ quorum: 12, deadline: 500ms }"),
    ("server.close.buffer", "8"),
    ("server.late", "drop"),
    ("server.late.count", "{ exponent: 0.5, within: 10 }"),
    ("server.late.count.exponent", "0.5"),
    ("server.late.count.within", "10"),
    ("server.acknowledge", "transport"),
    ("server.participants", "{ sample: 8 }"),
    ("server.participants.sample", "8"),
    ("server.trusted", "{ batch: 64, share: 0.01 }"),
    ("server.trusted.batch", "64"),
    ("server.trusted.share", "0.01"),
    ("server.trusted.crossover", "0.2"),
    ("server.trusted.speed", "4"),
    ("stop", "{ accuracy: 0.9 }"),
    ("stop.accuracy", "0.9"),
    ("stop.loss_above", "10"),
    ("stop.diverged", "true"),
    ("network", "{ links: { up: { latency: { constant: 20ms } } } }"),
    ("network.links", "{ up: { latency: { constant: 20ms } } }"),
    ("network.links.up", "{ latency: { constant: 20ms }, bandwidth: 10Mbit/s }"),
    ("network.links.up.latency", "{ constant: 20ms }"),
    ("network.links.up.bandwidth", "10Mbit/s"),
    ("network.links.up.overhead", "66B"),
    ("network.links.up.loss", "0.01"),
    ("network.links.up.retransmit", "{ after: 200ms, attempts: 5 }"),
    ("network.links.up.duplicate", "0.01"),
    ("network.links.up.reorder", "{ probability: 0.1, delay: 20ms }"),
    ("network.links.down", "{ latency: { constant: 20ms }, bandwidth: 100Mbit/s }"),
    ("network.links.down.latency", "{ constant: 20ms }"),
    ("network.links.down.bandwidth", "10Mbit/s"),
    ("network.links.down.overhead", "66B"),
    ("network.links.down.loss", "0.01"),
    ("network.links.down.retransmit", "{ after: 200ms, attempts: 5 }"),
    ("network.links.down.duplicate", "0.01"),
    ("network.links.down.reorder", "{ probability: 0.1, delay: 20ms }"),
    ("network.links.workers", "[{ workers: \"0..=4\", up: { bandwidth: 1Mbit/s } }]"),
    ("network.links.server", "{ up: { bandwidth: 1Gbit/s }, down: { bandwidth: 1Gbit/s } }"),
    ("network.links.server.up", "{ bandwidth: 1Gbit/s }"),
    ("network.links.server.up.bandwidth", "1Gbit/s"),
    ("network.links.server.down", "{ bandwidth: 1Gbit/s }"),
    ("network.links.server.down.bandwidth", "1Gbit/s"),
    ("network.availability", "{ drop_out: 0.1 }"),
    ("network.availability.drop_out", "0.1"),
    ("network.availability.crashes", "[{ workers: \"0..=4\", at: 1s, rejoin: 5s }]"),
    (
        "network.availability.on_off",
        "[{ up: { exponential: { mean: 60s } }, down: { exponential: { mean: 10s } } }]",
    ),
    ("network.availability.trace", "{ file: presence.csv }"),
    ("network.partitions", "[{ from: 1s, to: 2s, workers: \"0..=4\" }]"),
    ("metrics", "{ layers: true }"),
    ("metrics.reference", "honest_mean"),
    ("metrics.every", "1"),
    ("metrics.workers_every", "20"),
    ("metrics.layers", "true"),
    ("metrics.timeline", "3"),
    ("metrics.labels", "true"),
    ("metrics.fairness", "true"),
    ("limits", "{ sim_time: 1h }"),
    ("limits.sim_time", "1h"),
    ("limits.events", "1000000"),
    ("sweep", "{ adversaries.count: [0, 3, 7] }"),
    ("figures", "[accuracy_vs_adversaries]"),
    ("style", "{ theme: dark }"),
];

/// Values of families that stand at several places, by the last keys of their paths.
const FAMILIES: &[(&str, &str)] = &[
    ("up.latency", "{ constant: 20ms }"),
    ("down.latency", "{ constant: 20ms }"),
    ("constant", "20ms"),
    ("uniform", "{ from: 10ms, to: 30ms }"),
    ("exponential", "{ mean: 20ms }"),
    ("log_normal", "{ median: 20ms, sigma: 0.5 }"),
    ("normal", "{ mean: 20ms, std: 5ms }"),
    ("gamma", "{ mean: 20ms, shape: 4 }"),
    ("pareto", "{ minimum: 5ms, shape: 2.5 }"),
    ("weibull", "{ scale: 20ms, shape: 0.7 }"),
    ("empirical", "{ file: delays.csv, unit: ms }"),
    ("workers.speed.log_normal", "{ median: 1, sigma: 0.5 }"),
    ("workers.speed.uniform", "{ from: 0.5, to: 2 }"),
    ("workers.speed.classes", "{ phones: 1, servers: 4 }"),
    ("workers.speed.trace", "{ file: speeds.csv }"),
    ("learning_rate.step", "{ from: 0.01, every: 100, factor: 0.1 }"),
    ("learning_rate.step.at", "[1500, 2250]"),
    ("learning_rate.cosine", "{ from: 0.01, to: 0 }"),
    ("learning_rate.inverse_sqrt", "{ from: 0.01, scale: 1 }"),
    ("learning_rate.warm_up", "{ rounds: 20, from: 0, then: 0.01 }"),
    ("bandwidth", "10Mbit/s"),
    ("overhead", "66B"),
    ("retransmit", "{ after: 200ms, attempts: 5 }"),
    ("reorder", "{ probability: 0.1, delay: 20ms }"),
    ("loss", "0.01"),
    ("[].workers", "\"0..=4\""),
];

/// The setting at or above `path` that no sweep varies, and what to write instead.
#[must_use]
pub(crate) fn not_swept(path: &[String]) -> Option<(&'static str, &'static str)> {
    NOT_SWEPT.iter().find(|(whole, _)| path.first().is_some_and(|key| key == whole)).copied()
}

/// A value that the setting at `path` takes.
#[must_use]
pub(crate) fn example(path: &[String]) -> Option<&'static str> {
    let at = general(path).join(".");
    KEYS.iter().find(|(key, _)| *key == at).map(|(_, value)| *value)
}

/// A path with `[]` for every item of a list.
fn general(path: &[String]) -> Vec<&str> {
    path.iter().map(|key| if key.starts_with('[') { "[]" } else { key.as_str() }).collect()
}

/// How the value at `path`, or at what holds it, is written: the key and a value.
#[must_use]
pub(crate) fn form(path: &[String]) -> Option<String> {
    let whole = general(path);
    (1..=whole.len()).rev().take(2).find_map(|n| {
        let at = whole[..n].join(".");
        let written = |value: &str| match whole[n - 1] {
            "[]" => value.to_owned(),
            key => format!("{key}: {value}"),
        };
        let exact = KEYS.iter().find(|(key, _)| *key == at);
        let ends =
            |key: &str| at.strip_suffix(key).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let family = || FAMILIES.iter().filter(|(key, _)| ends(key)).max_by_key(|(key, _)| key.len());
        exact.or_else(family).map(|(_, value)| written(value))
    })
}

/// The settings called `key`, or known under that name elsewhere; those that share most keys with `path`, and of these the least deep.
#[must_use]
pub(crate) fn homes(key: &str, path: &[String]) -> Vec<&'static str> {
    let path = general(path);
    let shared = |home: &str| home.split('.').zip(&path).take_while(|(a, b)| a == *b).count();
    let last = |home: &&str| home.rsplit('.').next() == Some(key);
    let mut homes: Vec<&str> = KEYS.iter().map(|(home, _)| *home).filter(last).collect();
    if homes.is_empty() {
        let known = |(word, _): &&(&str, &str)| word.eq_ignore_ascii_case(key);
        homes.extend(ELSEWHERE.iter().find(known).map(|(_, home)| *home));
    }
    let most = homes.iter().map(|home| shared(home)).max().unwrap_or(0);
    homes.retain(|home| shared(home) == most);
    // What stands nearer to the top is met by more people: `batch` is the workers', not that of the server's own vote.
    let depth = |home: &str| home.split('.').count();
    let least = homes.iter().map(|home| depth(home)).min().unwrap_or(0);
    homes.retain(|home| depth(home) == least);
    homes.truncate(3);
    homes
}

#[cfg(test)]
mod tests;
