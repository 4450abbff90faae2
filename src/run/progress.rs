//! What a plan that runs tells its user.

use super::claim_text::ClaimText;
use super::failing::Failure;
use crate::error::one_line;
use crate::record::SummaryRow;
use crate::scenario::{PlannedRun, TaskSpec};
use crate::time::SimTime;

/// What happens while a plan runs; told from several threads.
pub enum PlanEvent<'a> {
    /// Something that the user has to know.
    Remark(&'a str),
    /// Before the first run.
    Begins(Begin),
    /// A round has closed at this simulated time; what it cost, in the units of [`work`].
    Round(SimTime, f64),
    /// A run has finished, here or in another process.
    Finished(&'a PlannedRun, &'a SummaryRow),
    /// A run has failed; the others go on.
    Failed(&'a PlannedRun, &'a Failure),
    /// Nothing is left to take, and others are still at work on these; told again and again.
    Waits(&'a [Elsewhere]),
}

/// A run that another process is at work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which run, in words.
    pub run: String,
    /// Who, and since when.
    pub holder: String,
    /// Rounds that have closed.
    pub round: u32,
    /// All its rounds.
    pub rounds: u32,
}

impl Elsewhere {
    /// What the claim of a run says.
    pub(super) fn of(run: String, claim: Option<&ClaimText>) -> Self {
        let holder = claim.map_or_else(
            || "another process".to_owned(),
            |claim| format!("{}, since {}", claim.holder.words(), one_line(&claim.since)),
        );
        let (round, rounds) = claim.map_or((0, 0), |claim| (claim.round, claim.rounds));
        Self { run, holder, round, rounds }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { run, holder, round, rounds } = self;
        format!("{run}: {holder}, round {round} of {rounds}")
    }
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Begin {
    /// Runs that are asked for, those that are the same counted once.
    pub runs: usize,
    /// How many of them were found finished.
    pub reused: usize,
    /// How many of them have failed before and are not computed again.
    pub failed: usize,
    /// The work of those that are left, in the units of [`work`].
    pub work: f64,
}

/// How much there is to compute in a round of a run, in signs that are taken and decoded; only proportions mean anything.
#[must_use]
pub fn work(run: &PlannedRun) -> f64 {
    let spec = &run.spec;
    let (coordinates, batch) = match &spec.task {
        TaskSpec::Channel { coordinates, .. } => (*coordinates as f64, 1.0),
        TaskSpec::Quadratic(quadratic) => (quadratic.coordinates as f64, f64::from(spec.workers.local.steps)),
        TaskSpec::Train { data, model, .. } => {
            let model = model.build(data.shape(), data.classes());
            let sum: f64 = spec.workers.batch.values().map(f64::from).sum();
            let mean = sum / spec.workers.batch.values().count().max(1) as f64;
            (
                model.map_or(1.0, |model| model.parameter_count() as f64),
                mean * f64::from(spec.workers.local.steps),
            )
        }
    };
    f64::from(spec.asked) * coordinates * batch
}
