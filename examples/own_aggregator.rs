//! An aggregator of one's own, used by its word: `cargo run --release --example own_aggregator`.
//!
//! *Supermajority*: the server moves a coordinate only where at least a share of the votes agree, and holds it elsewhere.

use serde::Deserialize;
use signsim::aggregate::{self, Aggregator, Ballot, Decision, OwnAggregator};
use signsim::catalogue::Entry;
use signsim::error::{Error, Result};
use signsim::protocol::{WorkerEstimate, WorkerId};
use signsim::run::simulate_alone;
use signsim::scenario::Plan;
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::Step;

/// The settings, as a scenario writes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Of the votes with a sign, how many must agree: above a half, at most 1.
    share: f64,
}

struct Supermajority {
    share: f64,
    coordinates: usize,
}

impl Aggregator for Supermajority {
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision {
        let voters = ballot.voters();
        let equal = |worker| WorkerEstimate { worker: WorkerId(worker), weight: 1.0, crossover: None };
        let estimates = if ballot.watched { (0..ballot.workers).map(equal).collect() } else { Vec::new() };
        if voters.is_empty() {
            return Decision { step: Step::Nothing(self.coordinates), estimates };
        }
        let sign = |coordinate| {
            let signs = voters.iter().map(|voter| voter.signs.sign(coordinate));
            let (sum, votes) =
                signs.fold((0, 0), |(sum, votes), s| (sum + i32::from(s), votes + i32::from(s != 0)));
            let agree = f64::from(votes + sum.abs()) / 2.0;
            if agree >= self.share * f64::from(votes) { sum.signum() as i8 } else { 0 }
        };
        let signs: Vec<i8> = (0..self.coordinates).map(sign).collect();
        Decision { step: Step::Signs(SignVector::from_signs(&signs)), estimates }
    }

    fn weights(&mut self, _: Round, _: WorkerId) -> Vec<f32> {
        vec![1.0; self.coordinates]
    }
}

const ENTRY: Entry = Entry {
    word: "supermajority",
    about: "{ share } moves where at least that share of the votes agree",
    source: "an example",
};

/// Makes `supermajority` a word of scenarios.
///
/// # Errors
/// When it was done before.
pub(crate) fn register() -> Result<()> {
    aggregate::register(OwnAggregator::new(ENTRY, |Settings { share }, electorate| {
        if share > 0.5 && share <= 1.0 {
            let coordinates = electorate.layers.last().map_or(0, |layer| layer.end);
            Ok(Supermajority { share, coordinates })
        } else {
            Err(Error::scenario(format!("a share of {share} is not above 0.5 and at most 1"))
                .help("write for example 0.7"))
        }
    }))
}

/// Ten of fifteen honest channels agree on most coordinates; on the others it is better to stand still.
pub(crate) const SCENARIO: &str = "
name: own_aggregator
rounds: 20
workers: { count: 15 }
task: { channel: { coordinates: 2000, crossover: 0.3 } }
method: { name: two thirds, quantizer: sign, aggregator: { supermajority: { share: 0.67 } } }
adversaries: { count: 5, attack: sign_inversion }
";

/// The share of coordinates that were decoded wrongly in a run of the scenario, those that were held counting a half.
///
/// # Errors
/// Those of the scenario and of the run.
pub(crate) fn decoding_error() -> Result<Option<f64>> {
    let plan = Plan::parse("own_aggregator.yaml", SCENARIO, &[], None)?;
    Ok(simulate_alone(&plan.runs[0].spec, 1)?.summary.decoding_error)
}

fn main() -> Result<()> {
    register()?;
    println!("decoding error: {:.4}", decoding_error()?.unwrap_or(f64::NAN));
    Ok(())
}
