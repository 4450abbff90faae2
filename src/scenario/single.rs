//! Settings that are used in single precision, as models and votes are, and must survive it. Those of attacks are checked with
//! the attacks.

use super::{Scenario, TaskSpec};
use crate::actors::LateVotes;
use crate::aggregate::AggregatorSpec;
use crate::error::{Error, Result};
use crate::quantize::QuantizerSpec;
use crate::units::single::{above_zero, share};

/// Refuses numbers that single precision cannot hold.
pub(crate) fn check(scenario: &Scenario) -> Result<()> {
    let method = &scenario.method;
    let positive = |key: &str, x: f64| above_zero(x).map_err(|e| e.key(key));
    let portion = |key: &str, x: f64| share(x).map_err(|e| e.key(key));
    steps(scenario)?;
    if let TaskSpec::Quadratic(quadratic) = &scenario.task {
        quadratic.check_single().map_err(|e| e.key("task.quadratic"))?;
    }
    positive("workers.local.rate", scenario.workers.local.rate.get())?;
    if let Some(own) = method.own_model {
        positive("method.own_model.penalty", own.penalty.get())?;
        positive("method.own_model.rate", own.rate.get())?;
    }
    portion("method.momentum", method.momentum.beta1)?;
    portion("method.momentum", method.momentum.beta2)?;
    if let QuantizerSpec::TopK { decay, .. } = &method.quantizer {
        portion("method.quantizer.top_k.decay", decay.get())?;
    }
    match &method.aggregator {
        AggregatorSpec::FederatedDefense(options) => {
            positive("method.aggregator.federated_defense.max_llr", options.max_llr)?;
            portion("method.aggregator.federated_defense.forgetting", options.forgetting)?;
        }
        AggregatorSpec::Oracle { max_llr, .. } => {
            positive("method.aggregator.oracle.max_llr", max_llr.get())?
        }
        AggregatorSpec::Spectral(options) => {
            positive("method.aggregator.spectral.max_llr", options.max_llr.get())?;
        }
        // No other rule has a setting that single precision could swallow.
        _ => {}
    }
    late(&scenario.server.late)
}

/// Rates and decays that move what they are said to move.
fn steps(scenario: &Scenario) -> Result<()> {
    let (server, method, rounds) = (&scenario.server, &scenario.method, scenario.rounds);
    server.learning_rate.validate(rounds).map_err(|e| e.key("server.learning_rate"))?;
    let own = method.learning_rate.as_ref().map_or(Ok(()), |rate| rate.validate(rounds));
    own.map_err(|e| e.key("method.learning_rate"))?;
    let highest = scenario.learning_rate().highest(rounds);
    decay(server.weight_decay, highest).map_err(|e| e.key("server.weight_decay"))?;
    method.weight_decay.map_or(Ok(()), |own| decay(own, highest)).map_err(|e| e.key("method.weight_decay"))
}

/// In a step of the highest rate a parameter loses something, and not all of itself.
fn decay(decay: f64, rate: f64) -> Result<()> {
    let help = "write a number such as 0.01, or 0 for none";
    if !(decay.is_finite() && decay >= 0.0) {
        return Err(Error::scenario(format!("a weight decay of {decay} is not a finite number, 0 or above"))
            .help(help));
    }
    let lost = rate * decay;
    if lost >= 1.0 {
        let message = format!(
            "a step of {rate} with a weight decay of {decay} would take {lost} times a parameter away from it"
        );
        return Err(Error::scenario(message).help("let learning_rate times weight_decay be below 1"));
    }
    if decay > 0.0 && rate > 0.0 && (1.0 - lost) as f32 >= 1.0 {
        let message = format!(
            "a step takes {lost:e} of a parameter, which is 0 in single precision, in which models are held"
        );
        return Err(
            Error::scenario(message).help("let learning_rate times weight_decay be 1e-7 or more, or write 0")
        );
    }
    Ok(())
}

/// The oldest vote that counts must weigh something.
fn late(late: &LateVotes) -> Result<()> {
    let LateVotes::Count { exponent, within } = late else { return Ok(()) };
    if late.weight(*within).is_some_and(|weight| weight < f32::MIN_POSITIVE) {
        let message =
            format!("a vote that is {within} rounds late would weigh (1 + {within})^-{exponent}, which is 0");
        return Err(Error::scenario(message)
            .key("server.late.count.exponent")
            .help("write a smaller exponent, or a smaller `within` to drop such votes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_vote_that_counts_weighs_something() {
        for (exponent, within, fine) in
            [(0.5, 10, true), (0.0, u32::MAX, true), (1000.0, 10, false), (40.0, 8, false)]
        {
            assert_eq!(late(&LateVotes::Count { exponent, within }).is_ok(), fine, "{exponent}, {within}");
        }
        assert!(late(&LateVotes::Drop {}).is_ok());
    }
}
