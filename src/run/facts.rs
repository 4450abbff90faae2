//! What theory has to know of a run, for the curves behind its figures.

use crate::actors::{LearningRate, Task};
use crate::aggregate::AggregatorSpec;
use crate::quantize::QuantizerSpec;
use crate::record::{ChannelFacts, QuadraticFacts, VoteRule};
use crate::scenario::{RunSpec, TaskSpec};
use crate::units::PerWorker;

/// Of a run on channels.
pub(crate) fn channel(spec: &RunSpec) -> Option<ChannelFacts> {
    let TaskSpec::Channel { crossover, .. } = &spec.task else { return None };
    Some(ChannelFacts { crossover: crossover.get(), flip: flip(spec), rule: rule(spec) })
}

/// Of a run on a quadratic.
pub(crate) fn quadratic(spec: &RunSpec, task: &Task) -> Option<QuadraticFacts> {
    let (TaskSpec::Quadratic(settings), Task::Quadratic(quadratic)) = (&spec.task, task) else { return None };
    let (workers, server) = (&spec.workers, &spec.server);
    let plain = matches!(workers.quantizer, QuantizerSpec::Sign { .. })
        && workers.momentum.is_none()
        && workers.own_model.is_none()
        && workers.local.steps == 1;
    let batch = match &workers.batch {
        PerWorker::Same(batch) if plain => Some(f64::from(*batch)),
        _ => None,
    };
    let signs = server.aggregator.reads_signs_only() && server.weight_decay == 0.0;
    Some(QuadraticFacts {
        coordinates: settings.coordinates,
        smoothness: quadratic.smoothness(),
        start: quadratic.score(&vec![0.0; settings.coordinates]).loss(),
        rate: match &server.learning_rate {
            LearningRate::Constant(rate) if signs => Some(rate.get()),
            _ => None,
        },
        noise: batch.map(|batch| settings.noise / batch.sqrt()),
        measured: spec.record.evaluate_every == 1,
        flip: flip(spec),
        rule: rule(spec),
    })
}

/// The probability that an adversary flips a sign, where the attack is a channel.
fn flip(spec: &RunSpec) -> Option<f64> {
    if spec.population.adversaries > 0 { spec.adversary.attack.traits().flip } else { Some(0.0) }
}

fn rule(spec: &RunSpec) -> Option<VoteRule> {
    match &spec.server.aggregator {
        AggregatorSpec::Majority { .. } => Some(VoteRule::Majority),
        AggregatorSpec::FederatedDefense(options) => Some(VoteRule::Learned { max_llr: options.max_llr }),
        AggregatorSpec::Spectral(options) => Some(VoteRule::Learned { max_llr: options.max_llr.get() }),
        AggregatorSpec::Oracle { max_llr, .. } => Some(VoteRule::Weighted { max_llr: max_llr.get() }),
        // Theory knows no error of the others.
        _ => None,
    }
}
