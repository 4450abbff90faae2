//! What all actors of a run know of it.

use rand::seq::index;

use super::reference_signs::ReferenceSigns;
use super::task::SharedTask;
use super::training::MeasurementExtras;
use crate::protocol::WorkerId;
use crate::random::{Purpose, Streams};
use crate::time::Round;
use crate::units::Population;

/// One run, as its actors see it: every actor has its own plan and this.
#[derive(Clone)]
pub struct RunContext {
    /// M and L; workers 0 to L - 1 are corrupted.
    pub population: Population,
    /// T.
    pub rounds: u32,
    /// Workers that the server asks in a round.
    pub asked: u32,
    /// Keyed by the run's seed: where all its random draws come from.
    pub streams: Streams,
    /// What a vote is about: a channel, a training task, or a sketch of either.
    pub task: SharedTask,
    /// What goes into the record besides the result.
    pub watch: Measured,
}

/// What is measured on the way, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// The model is measured every so many steps, before the first and after the last.
    pub evaluate_every: u32,
    /// What else is measured with it.
    pub extras: MeasurementExtras,
    /// The server's estimates of the workers are recorded every so many steps, after the first and after the last.
    pub estimates_every: u32,
    /// What decisions are compared with, and how often.
    pub reference_signs: ReferenceSigns,
}

impl RunContext {
    /// Whether the server draws whom it asks, instead of asking everyone.
    #[must_use]
    pub const fn samples(&self) -> bool {
        self.asked < self.population.workers
    }

    /// Whom the server asks in a round where it [samples](Self::samples): a keyed draw, which everyone can repeat.
    pub fn drawn(&self, round: Round) -> impl Iterator<Item = WorkerId> {
        let mut stream = self.streams.stream(Purpose::Participants, 0, round);
        let drawn = index::sample(&mut stream, self.population.workers as usize, self.asked as usize);
        drawn.into_iter().map(|m| WorkerId(m as u32))
    }
}
