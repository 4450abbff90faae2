//! Which parts of a scenario go together: quantiser with aggregator, attack with task and network.

use super::{Reference, Scenario, TaskSpec};
use crate::actors::{Close, LateVotes, Participants, Trusted};
use crate::aggregate::{AggregatorSpec, SpectralFit, dense};
use crate::data::Batches;
use crate::error::{Error, Result};
use crate::quantize::{Momentum, VoteKind};

/// Refuses combinations in which one part does not understand, or silently ignores, another.
///
/// `all` says that rounds close by count when everyone who was asked has voted.
pub(crate) fn check(scenario: &Scenario, adversaries: u32, all: bool) -> Result<()> {
    votes(scenario)?;
    trusted(scenario)?;
    late(scenario)?;
    let learns = matches!(scenario.task, TaskSpec::Train { .. });
    if let TaskSpec::Channel { .. } = scenario.task {
        channel(scenario)?;
    }
    if !learns {
        without_samples(scenario, adversaries)?;
    } else if scenario.method.aggregator.needs_truth() && scenario.metrics.reference == Reference::None {
        return Err(Error::scenario("an oracle is told the reference of every round, and `none` is none")
            .key("metrics.reference")
            .help("write honest_mean or full_batch"));
    }
    full_batch(scenario)?;
    if adversaries > 0 {
        listening(scenario, adversaries, all)?;
        rehearsing(scenario)?;
    }
    Ok(())
}

/// Whoever asks for the gradient over all training samples can have it.
fn full_batch(scenario: &Scenario) -> Result<()> {
    let metrics = &scenario.metrics;
    let asked = [
        (metrics.reference == Reference::FullBatch, "metrics.reference", "write honest_mean"),
        (metrics.gradient_norm, "metrics.gradient_norm", "omit it"),
    ];
    let Some((_, key, help)) = asked.into_iter().find(|(asked, ..)| *asked) else { return Ok(()) };
    let TaskSpec::Train { model, augmentation, .. } = &scenario.task else { return Ok(()) };
    let why = if model.mixes_samples() {
        "a model that normalises over the batch has another gradient for every batch, and none of the full one in parts"
    } else if augmentation.0.is_some() {
        "with augmentation a training sample is another one whenever it is drawn, and there is no full batch"
    } else {
        return Ok(());
    };
    Err(Error::scenario(why).key(key).help(help))
}

/// The aggregator reads what the quantiser writes.
fn votes(scenario: &Scenario) -> Result<()> {
    let method = &scenario.method;
    let (quantizer, aggregator) = (&method.quantizer, &method.aggregator);
    if aggregator.reads_signs_only() && quantizer.vote_kind() == VoteKind::Dense {
        let message =
            format!("`{}` counts signs, and `{}` sends numbers", aggregator.word(), quantizer.word());
        return Err(Error::scenario(message)
            .key("method.aggregator")
            .help("use a quantizer that sends signs, or an aggregator for numbers such as mean or median"));
    }
    if let AggregatorSpec::Election { .. } = aggregator
        && (quantizer.vote_kind() != VoteKind::Signs
            || quantizer.keeps_memory()
            || !method.momentum.is_none())
    {
        let message =
            "election coding votes on the signs of several partitions, without memory between rounds";
        return Err(Error::scenario(message)
            .key("method.quantizer")
            .help("use quantizer: sign, stochastic_sign or noisy_sign, and no momentum"));
    }
    if method.own_model.is_some()
        && (scenario.workers.local.steps > 1
            || !method.momentum.is_none()
            || quantizer.keeps_memory()
            || aggregator.code().is_some())
    {
        let message = "a worker with a model of its own takes one step a round on it, and its votes leave nothing for later ones";
        return Err(Error::scenario(message).key("method.own_model").help(
            "use a quantizer such as sign, no momentum, no code, and workers: { local: { steps: 1 } }",
        ));
    }
    let Momentum { beta1, beta2 } = method.momentum;
    if let Some(beta) = [beta1, beta2].into_iter().find(|beta| !(0.0..1.0).contains(beta)) {
        return Err(Error::scenario(format!("a momentum of {beta} is not in [0, 1)"))
            .key("method.momentum")
            .help("write 0.9, or 0 for none"));
    }
    Ok(())
}

impl Scenario {
    /// What the server's own vote is made of; a rule that does not read it is as if there were none.
    pub(super) fn trusted(&self) -> Option<Trusted> {
        self.server.trusted.0.filter(|_| self.method.aggregator.reads_trusted())
    }

    /// The training samples that workers hold of so many, which are those that the server does not.
    pub(super) fn dealt(&self, samples: usize) -> usize {
        samples - self.trusted().map_or(0, |trusted| trusted.samples(samples))
    }
}

/// A rule that weighs votes by the server's own is given one, and that is made of signs.
fn trusted(scenario: &Scenario) -> Result<()> {
    let (aggregator, quantizer) = (&scenario.method.aggregator, &scenario.method.quantizer);
    if aggregator.needs_trusted() && scenario.server.trusted.0.is_none() {
        let message =
            format!("`{}` compares votes with one of the server's own, and it has none", aggregator.word());
        return Err(Error::scenario(message)
            .key("method.aggregator")
            .help("write server: { trusted: { batch: 64, share: 0.01 } }"));
    }
    if let AggregatorSpec::Spectral(options) = aggregator
        && options.fit == Some(SpectralFit::Anchored)
        && scenario.server.trusted.0.is_none()
    {
        return Err(Error::scenario("a fit is anchored to the server's own vote, and it has none")
            .key("method.aggregator.spectral.fit")
            .help("write server: { trusted: { batch: 64, share: 0.01 } }, or fit: squares or capped"));
    }
    if scenario.trusted().is_some() && quantizer.vote_kind() == VoteKind::Dense {
        let message =
            format!("the server's own vote is made of signs, and `{}` sends numbers", quantizer.word());
        return Err(Error::scenario(message)
            .key("server.trusted")
            .help("omit it, or use a quantizer that sends signs"));
    }
    Ok(())
}

/// A rule on numbers, and what stands before it, fit the workers that are asked.
pub(crate) fn numbers(scenario: &Scenario, asked: u32, declared: u32) -> Result<()> {
    let method = &scenario.method;
    let other = &method.aggregator;
    match other.rule() {
        Some(rule) => dense::validate(&rule, &method.before, asked, declared).map_err(|e| e.key("method")),
        None if method.before.is_empty() => Ok(()),
        None => {
            Err(Error::scenario(format!("`{}` counts signs: nothing can be mixed before it", other.word()))
                .key("method.before")
                .help("leave `before` away, or use an aggregator for numbers such as krum or trimmed_mean"))
        }
    }
}

/// Late votes need a rule that can weigh them, and a buffer counts nothing else.
fn late(scenario: &Scenario) -> Result<()> {
    let (server, aggregator) = (&scenario.server, &scenario.method.aggregator);
    let counted = matches!(server.late, LateVotes::Count { .. });
    if server.close.is_buffer() && !counted {
        return Err(Error::scenario(
            "a buffer counts votes of any round, and this drops those that come late",
        )
        .key("server.close")
        .help("write late: count beside close: { buffer: … }"));
    }
    if server.close.is_buffer() && server.participants != (Participants::All {}) {
        return Err(Error::scenario("in a buffer every worker goes on by itself; none are sampled")
            .key("server.participants")
            .help("write participants: all, or another rule for close"));
    }
    if let LateVotes::Count { exponent, .. } = server.late
        && !(exponent.is_finite() && exponent >= 0.0)
    {
        let error = Error::scenario("an exponent is a finite number, 0 or above");
        return Err(error.key("server.late.count.exponent").help("0 lets late votes count in full"));
    }
    if counted && !aggregator.weighs_votes() {
        return Err(Error::scenario(format!("`{}` cannot count late votes for less", aggregator.word()))
            .key("server.late")
            .help("use majority, federated_defense, spectral, oracle or mean, or write late: drop"));
    }
    if counted && matches!(scenario.task, TaskSpec::Channel { .. }) {
        return Err(Error::scenario(
            "a late vote on a channel speaks of other signs than those of this round",
        )
        .key("server.late")
        .help("write late: drop, or use a training task"));
    }
    Ok(())
}

/// Channels and quadratics have no data set: no samples, labels, layers or classes.
fn without_samples(scenario: &Scenario, adversaries: u32) -> Result<()> {
    let tasks = format!("a {} task", scenario.task.word());
    let refused = |key: &str, what: &str, help: &str| {
        Err(Error::scenario(format!("{tasks} has no {what}")).key(key).help(help))
    };
    if scenario.workers.batches != Batches::Fresh {
        let help = "write batches: fresh, or use a training task";
        return refused("workers.batches", "samples to walk through", help);
    }
    let metrics = &scenario.metrics;
    let asked = [
        (metrics.labels, "labels", "labels to record"),
        (metrics.layers, "layers", "layers to record"),
        (metrics.fairness, "fairness", "classes whose accuracy could be recorded"),
        (metrics.gradient_norm, "gradient_norm", "training samples whose gradient could be measured"),
    ];
    if let Some((_, key, what)) = asked.into_iter().find(|(asked, ..)| *asked) {
        return refused(&format!("metrics.{key}"), what, "omit it, or use a training task");
    }
    if adversaries > 0 && scenario.adversaries.attack.build().poison_labels() {
        let help = "use an attack on votes such as sign_inversion, or a training task";
        return refused("adversaries.attack", "labels to turn around", help);
    }
    Ok(())
}

/// Channels have signs and no gradients or memory.
fn channel(scenario: &Scenario) -> Result<()> {
    let method = &scenario.method;
    if scenario.workers.local.steps > 1 {
        return Err(Error::scenario("channels have no gradients, so local steps would have no effect there")
            .key("workers.local.steps")
            .help("write steps: 1, or use a training task"));
    }
    if method.own_model.is_some() {
        return Err(Error::scenario("channels have no model that a worker could have of its own")
            .key("method.own_model")
            .help("omit it, or use a training task"));
    }
    if method.quantizer.word() != "sign" || !method.momentum.is_none() {
        let what = if !method.momentum.is_none() { "momentum" } else { method.quantizer.word() };
        return Err(Error::scenario(format!("channels send signs: `{what}` would have no effect there"))
            .key("method.quantizer")
            .help("use quantizer: sign and no momentum on channels, or a training task"));
    }
    Ok(())
}

/// An attack that tries votes out on a copy of the rule needs a rule of which there can be one.
fn rehearsing(scenario: &Scenario) -> Result<()> {
    let aggregator = &scenario.method.aggregator;
    if !matches!(aggregator, AggregatorSpec::Own(_)) || !scenario.adversaries.attack.build().rehearse() {
        return Ok(());
    }
    let word = aggregator.word();
    let why = format!(
        "a search tries votes out on a copy of the rule, and of `{word}`, the program's own, there is none"
    );
    Err(Error::scenario(why).key("adversaries.attack").help("leave `search` away, or use another aggregator"))
}

/// An attack that listens must not wait forever for workers that may stay silent or skip rounds. It waits for those who
/// are asked, so whom the server samples makes no difference.
fn listening(scenario: &Scenario, adversaries: u32, all: bool) -> Result<()> {
    let by_count = matches!(scenario.server.close, Close::All {} | Close::Quorum(_));
    // Where nobody is honest only who forges gradients waits for anybody: for the coalition.
    let strategies = scenario.adversaries.attack.build();
    let nobody = adversaries == scenario.workers.count && !strategies.forge();
    let sure = nobody || by_count && all && !scenario.network.may_be_silent();
    if strategies.listen() && !sure && scenario.adversaries.patience.is_none() {
        let word = scenario.adversaries.attack.word();
        return Err(Error::scenario(format!(
            "`{word}` waits for all honest votes of a round, and here some may never be cast"
        ))
        .key("adversaries.attack")
        .help("say how long it waits, for example adversaries: { patience: 100ms, … }"));
    }
    Ok(())
}
