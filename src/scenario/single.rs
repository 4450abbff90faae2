//! Settings that are used in single precision, as parameters and votes are: one that becomes 0, infinite or another number
//! there would silently be another scenario.

use super::Scenario;
use crate::actors::Late;
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::error::{Error, Result};
use crate::quantize::QuantizerSpec;

/// Refuses numbers that single precision cannot hold.
pub fn check(scenario: &Scenario, adversaries: u32) -> Result<()> {
    let method = &scenario.method;
    above_zero("server.learning_rate", scenario.server.learning_rate.get())?;
    if let Some(rate) = method.learning_rate {
        above_zero("method.learning_rate", rate.get())?;
    }
    above_zero("workers.local.rate", scenario.workers.local.rate.get())?;
    share("method.momentum", method.momentum)?;
    if let QuantizerSpec::TopK { decay, .. } = &method.quantizer {
        share("method.quantizer.top_k.decay", decay.get())?;
    }
    match &method.aggregator {
        AggregatorSpec::FederatedDefense(options) => {
            above_zero("method.aggregator.federated_defense.max_llr", options.max_llr)?;
            share("method.aggregator.federated_defense.forgetting", options.forgetting)?;
        }
        AggregatorSpec::Oracle { max_llr, .. } => {
            above_zero("method.aggregator.oracle.max_llr", max_llr.get())?;
        }
        AggregatorSpec::Majority { .. } | AggregatorSpec::Election { .. } | AggregatorSpec::Dense(_) => {}
    }
    if adversaries > 0 {
        attack(&scenario.adversaries.attack)?;
    }
    late(&scenario.server.late)
}

fn attack(attack: &AttackSpec) -> Result<()> {
    match attack {
        AttackSpec::Gaussian(settings) => above_zero("adversaries.attack.gaussian.std", settings.std.get()),
        AttackSpec::Dither(settings) => above_zero("adversaries.attack.dither.std", settings.std.get()),
        AttackSpec::Ipm(settings) => above_zero("adversaries.attack.ipm.epsilon", settings.epsilon.get()),
        AttackSpec::Alie(settings) if settings.z.is_some_and(|z| (z as f32).is_infinite()) => {
            Err(beyond("adversaries.attack.alie.z", settings.z.unwrap_or_default(), "infinite"))
        }
        AttackSpec::SignInversion {}
        | AttackSpec::StochasticFlip(_)
        | AttackSpec::AllPlus {}
        | AttackSpec::Random {}
        | AttackSpec::Abstain {}
        | AttackSpec::Colluders {}
        | AttackSpec::Alie(_)
        | AttackSpec::MinusMajority {}
        | AttackSpec::LabelFlip {}
        | AttackSpec::Late(_)
        | AttackSpec::Silent {}
        | AttackSpec::Replay(_)
        | AttackSpec::Duplicate(_)
        | AttackSpec::CrashWhenClose(_)
        | AttackSpec::Sleeper(_)
        | AttackSpec::Oscillator(_)
        | AttackSpec::Half {} => Ok(()),
    }
}

/// The oldest vote that counts must weigh something.
fn late(late: &Late) -> Result<()> {
    let Late::Count { exponent, within } = late else { return Ok(()) };
    if late.weight(*within).is_some_and(|weight| weight < f32::MIN_POSITIVE) {
        let message =
            format!("a vote that is {within} rounds late would weigh (1 + {within})^-{exponent}, which is 0");
        return Err(Error::scenario(message)
            .key("server.late.count.exponent")
            .help("write a smaller exponent, or a smaller `within` to drop such votes"));
    }
    Ok(())
}

/// A number above 0 stays one.
fn above_zero(key: &str, x: f64) -> Result<()> {
    match x as f32 {
        single if single < f32::MIN_POSITIVE => Err(beyond(key, x, "0")),
        f32::INFINITY => Err(beyond(key, x, "infinite")),
        _ => Ok(()),
    }
}

/// A number from 0 to 1 that is neither stays neither.
fn share(key: &str, x: f64) -> Result<()> {
    if x > 0.0 && (x as f32) < f32::MIN_POSITIVE {
        return Err(beyond(key, x, "0"));
    }
    if x < 1.0 && x as f32 >= 1.0 {
        return Err(beyond(key, x, "1"));
    }
    Ok(())
}

fn beyond(key: &str, x: f64, becomes: &str) -> Error {
    let message = format!("{x:e} is {becomes} in single precision, in which models and votes are held");
    let help = match becomes {
        "1" => "write a number of at most 0.9999999, or 1 where that is allowed",
        "infinite" => "write a number below 3.4e38",
        _ => "write a number above 1.2e-38",
    };
    Error::scenario(message).key(key).help(help)
}
