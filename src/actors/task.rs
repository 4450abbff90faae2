//! What the workers work on: the source of votes, and of the numbers that tell how well it goes.

use std::ops::Range;
use std::sync::Arc;

use super::channel::Channel;
use crate::protocol::{Computation, Measurement, Parameters, WorkerId};
use crate::random::Streams;
use crate::time::Round;

/// A task, shared by everyone.
#[derive(Clone)]
pub enum Task {
    /// Votes straight from binary symmetric channels.
    Channel(Channel),
}

impl Task {
    /// The coordinates of a vote by layer, in order.
    #[must_use]
    pub fn layers(&self) -> Vec<Range<usize>> {
        match self {
            Self::Channel(channel) => vec![0..channel.coordinates],
        }
    }

    /// The model before the first round; every worker derives it from the seed, so that it costs no bytes.
    #[must_use]
    pub fn initial(&self, _streams: Streams) -> Parameters {
        match self {
            Self::Channel(_) => None,
        }
    }

    /// The work of an honest worker in a round, for the pool.
    #[must_use]
    pub fn work(
        &self,
        streams: Streams,
        worker: WorkerId,
        round: Round,
        _parameters: &Parameters,
    ) -> Computation {
        match self {
            Self::Channel(channel) => {
                let channel = *channel;
                Box::new(move |_| channel.vote(streams, worker, round))
            }
        }
    }

    /// The parts of a measurement of these parameters; none where nothing is learned.
    #[must_use]
    pub fn measurement(&self, _parameters: &Parameters) -> Vec<Measurement> {
        match self {
            Self::Channel(_) => Vec::new(),
        }
    }
}

/// Tasks are shared between actors and pool.
pub type SharedTask = Arc<Task>;
