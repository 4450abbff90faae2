//! Settings that are used in single precision, as models and votes are, and must survive it. Those of attacks are checked with
//! the attacks.

use super::Scenario;
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
    positive("server.learning_rate", scenario.server.learning_rate.get())?;
    if let Some(rate) = method.learning_rate {
        positive("method.learning_rate", rate.get())?;
    }
    positive("workers.local.rate", scenario.workers.local.rate.get())?;
    portion("method.momentum", method.momentum)?;
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
        // No other rule has a setting that single precision could swallow.
        _ => {}
    }
    late(&scenario.server.late)
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
