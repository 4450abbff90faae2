//! The server's own vote: what it makes of a little data that it holds itself, and that no worker has.
//!
//! Nobody can forge it, so it tells truth from mirror where liars are the majority. It costs what it costs a worker: samples,
//! and time on the simulated clock, which the round waits for unless a deadline closes it first.

use std::iter;

use serde::{Deserialize, Serialize};

use crate::actors::context::RunContext;
use crate::actors::worker_plan::WorkerPlan;
use crate::error::{Error, Result};
use crate::protocol::{BoxedMemory, ComputationResult, Outbox, Parameters, WorkerId};
use crate::random::Purpose;
use crate::sign::SignVector;
use crate::time::Round;
use crate::units::{Positive, Probability};

/// What the server's own vote is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trusted {
    /// Samples that it draws in a round, as a worker draws its own.
    #[serde(default = "sixty_four")]
    pub batch: u32,
    /// The share of the training set that it holds, drawn evenly; no worker has these samples.
    #[serde(default = "one_percent")]
    pub share: f64,
    /// On channels, the probability that a sign of its vote is wrong; that of honest workers when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossover: Option<Probability>,
    /// Divides the time that the vote takes, which is else that of a worker at speed 1 with this batch.
    #[serde(default = "speed_one")]
    pub speed: Positive,
}

const fn sixty_four() -> u32 {
    64
}
const fn one_percent() -> f64 {
    0.01
}
fn speed_one() -> Positive {
    Positive::try_from(1.0).expect("a positive number")
}

impl Default for Trusted {
    fn default() -> Self {
        Self { batch: sixty_four(), share: one_percent(), crossover: None, speed: speed_one() }
    }
}

impl Trusted {
    /// Names the option that is out of range.
    ///
    /// # Errors
    /// A scenario error with the option's key.
    pub fn validate(&self) -> Result<()> {
        if self.batch == 0 {
            return Err(Error::scenario("`batch` must be at least 1")
                .key("batch")
                .help("write for example 64"));
        }
        if !(self.share > 0.0 && self.share < 1.0) {
            let why = format!("a share of {} of the training set is not between 0 and 1", self.share);
            return Err(Error::scenario(why).key("share").help("write for example 0.01"));
        }
        Ok(())
    }

    /// The samples that it holds of so many, at least one.
    #[must_use]
    pub fn samples(&self, of: usize) -> usize {
        ((of as f64 * self.share).round() as usize).clamp(1, of.max(1))
    }
}

/// How the server comes to a vote of its own.
pub struct OwnVote {
    /// What it is made of.
    pub settings: Trusted,
    /// What workers do with a batch, and so does the server.
    pub plan: std::sync::Arc<WorkerPlan>,
}

/// The server's own vote of the running round, if it is to have one.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct OwnVoteState {
    /// What it keeps between gradients; with the computation while one runs.
    memory: BoxedMemory,
    /// The round that it computes for.
    busy: Option<Round>,
    /// The signs for the running round, once they are there.
    signs: Option<SignVector>,
}

impl OwnVoteState {
    /// Begins with the vote for `round`, unless the one for an earlier round is still under way: then this round has none.
    pub(super) fn begin(
        &mut self,
        own: &OwnVote,
        context: &RunContext,
        (round, parameters): (Round, &Parameters),
        out: &mut Outbox,
    ) {
        self.signs = None;
        if self.busy.is_some() {
            return;
        }
        self.busy = Some(round);
        let RunContext { streams, task, population, .. } = context;
        // The number behind the last worker's: nobody else draws from its streams.
        let number = WorkerId(population.workers);
        let stream = || streams.stream(Purpose::ComputeTime, u64::from(number.0), round);
        let takes = own.plan.time(iter::once(own.settings.batch), own.settings.speed, stream);
        let memory = std::mem::take(&mut self.memory);
        let crossover = own.settings.crossover;
        out.compute(takes, task.trusted_work(*streams, number, crossover, round, parameters, memory));
    }

    /// Takes in what was computed.
    ///
    /// # Panics
    /// When it is not made of signs: a scenario with such votes is refused.
    pub(super) fn computed(&mut self, result: ComputationResult, running: Round) {
        let ComputationResult::Vote { vote, memory, .. } = result else {
            unreachable!("a vote was asked for");
        };
        self.memory = memory;
        if self.busy.take() == Some(running) {
            self.signs = Some(vote.signs().expect("rules with a trusted vote read signs").clone());
        }
    }

    /// Whether the vote for this round is under way.
    pub(super) fn is_awaited(&self, running: Round) -> bool {
        self.busy == Some(running)
    }

    /// The vote for the running round, where it is there.
    pub(super) fn signs(&self) -> Option<&SignVector> {
        self.signs.as_ref()
    }
}
