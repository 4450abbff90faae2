//! An attack of one's own, used by its word: `cargo run --release --example own_attack`.
//!
//! *Lie in part*: corrupted workers invert the first coordinates and tell the truth about the others. A server that keeps one
//! weight per worker sees a worker that is mostly honest; one that keeps a weight per coordinate sees both.

use serde::Deserialize;
use signsim::attack::{self, Attack, AttackContext, OnVote, OwnAttack};
use signsim::catalogue::Entry;
use signsim::error::Result;
use signsim::protocol::Act;
use signsim::run::simulate_alone;
use signsim::scenario::Plan;
use signsim::sign::words_for;
use signsim::units::Probability;

/// The settings, as a scenario writes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LieInPart {
    /// The share of coordinates that are inverted, from the first on.
    share: Probability,
}

impl OnVote for LieInPart {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let coordinates = context.own_vote.coordinates();
        let lies = (self.share.get() * coordinates as f64).round() as usize;
        let mut flips = vec![0; words_for(coordinates)];
        (0..lies).for_each(|n| flips[n / 64] |= 1 << (n % 64));
        Act::cast(context.own_vote.flipped_where(&flips))
    }
}

const ENTRY: Entry = Entry {
    word: "lie_in_part",
    about: "{ share } inverts the first coordinates, is honest about the others; knows its own vote",
    source: "an example",
};

/// Makes `lie_in_part` a word of scenarios.
///
/// # Errors
/// When it was done before.
pub(crate) fn register() -> Result<()> {
    attack::register(OwnAttack::new(ENTRY, |settings: LieInPart| Ok(Attack::OnVote(Box::new(settings)))))
}

/// Seven of fifteen lie about a quarter of the coordinates.
pub(crate) const SCENARIO: &str = "
name: own_attack
rounds: 300
workers: { count: 15 }
task: { channel: { coordinates: 2000, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 7, attack: { lie_in_part: { share: 0.25 } } }
sweep: { method: [signsgd_mv, { preset: signsgd_fd, aggregator: { federated_defense: { t_in: 20 } } }] }
";

/// The decoding error of every method of the scenario, with its name.
///
/// # Errors
/// Those of the scenario and of the runs.
pub(crate) fn decoding_errors() -> Result<Vec<(String, f64)>> {
    let plan = Plan::parse("own_attack.yaml", SCENARIO, &[], None)?;
    let one = |run: &signsim::scenario::PlannedRun| {
        let summary = simulate_alone(&run.spec, 1)?.summary;
        Ok((summary.method, summary.decoding_error.unwrap_or(f64::NAN)))
    };
    plan.runs.iter().map(one).collect()
}

fn main() -> Result<()> {
    register()?;
    for (method, error) in decoding_errors()? {
        println!("{method:<16} decoding error {error:.4}");
    }
    Ok(())
}
