//! What an attack may know, held by types: each trait is shown its scene and nothing else.

use std::sync::Arc;

use crate::protocol::{Act, WorkerId};
use crate::random::{Purpose, Stream, Streams};
use crate::time::Round;
use crate::vote::{Step, Vote};

/// What every corrupted worker knows when it has to vote.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub round: Round,
    pub worker: WorkerId,
    /// What the worker would have voted.
    pub own_vote: &'a Vote,
    /// The latest steps that the server has sent this worker, oldest first; the last one is that of the round before.
    /// Empty in the first round, and where the worker was sent a whole model.
    pub news: &'a [Arc<Step>],
    streams: Streams,
}

impl<'a> Scene<'a> {
    /// A scene with the draws of `streams`.
    #[must_use]
    pub const fn new(
        round: Round,
        worker: WorkerId,
        own_vote: &'a Vote,
        news: &'a [Arc<Step>],
        streams: Streams,
    ) -> Self {
        Self { round, worker, own_vote, news, streams }
    }

    /// The worker's own draws in this round.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.streams.stream(Purpose::Attack, u64::from(self.worker.0), self.round)
    }

    /// The draws that all corrupted workers share in this round.
    #[must_use]
    pub fn shared_stream(&self) -> Stream {
        self.streams.stream(Purpose::Collusion, 0, self.round)
    }
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// M.
    pub workers: u32,
    /// L, as many as there really are.
    pub adversaries: u32,
}

/// An attack that needs to know its own vote, or nothing at all.
pub trait OnVote: Send {
    /// What one corrupted worker does.
    fn act(&mut self, scene: Scene<'_>) -> Act;
}

/// An attack on its own gradient, before it becomes a vote.
pub trait OnGradient: Send {
    /// Changes the gradient, D numbers (on channels the worker's own vote, -1 and +1).
    fn change(&mut self, gradient: &mut [f32], scene: Scene<'_>);
}

/// An attack that listens to the honest votes of the round.
pub trait OnWire: Send {
    /// What one corrupted worker does; `honest` is in the order of the workers, never empty, and in a network with
    /// losses or haste may lack some of them.
    fn act(&mut self, scene: Scene<'_>, honest: &[Arc<Vote>], census: Census) -> Act;
}

/// An attack that reads the honest gradients of the round.
pub trait OnGradients: Send {
    /// The gradient that every corrupted worker pretends to have, D numbers; `honest` is in the order of the workers and
    /// never empty (on channels: the honest votes, -1 and +1).
    fn gradient(&mut self, honest: &[&[f32]], census: Census) -> Vec<f32>;
}

/// A strategy, by what it needs to know.
pub enum Attack {
    OnVote(Box<dyn OnVote>),
    OnGradient(Box<dyn OnGradient>),
    OnWire(Box<dyn OnWire>),
    OnGradients(Box<dyn OnGradients>),
    /// The worker votes as it computes, on labels that are turned around.
    OnLabels,
}
