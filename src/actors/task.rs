//! What the workers work on: the source of votes, and of the numbers that tell how well it goes.

use std::ops::Range;
use std::sync::Arc;

use super::channel::Channel;
use super::training::Training;
use crate::protocol::{Computation, Measurement, Parameters, WorkerId};
use crate::random::Streams;
use crate::time::Round;

/// A task, shared by everyone.
#[derive(Clone)]
pub enum Task {
    /// Votes straight from binary symmetric channels.
    Channel(Channel),
    /// Supervised learning.
    Train(Arc<Training>),
}

impl Task {
    /// The coordinates of a vote by layer, in order.
    #[must_use]
    pub fn layers(&self) -> Vec<Range<usize>> {
        match self {
            Self::Channel(channel) => std::iter::once(0..channel.coordinates).collect(),
            Self::Train(training) => training.layers(),
        }
    }

    /// The model before the first round; every worker derives it from the seed, so that it costs no bytes.
    #[must_use]
    pub fn initial(&self, streams: Streams) -> Parameters {
        match self {
            Self::Channel(_) => None,
            Self::Train(training) => training.initial(streams),
        }
    }

    /// The work of an honest worker in a round, for the pool.
    #[must_use]
    pub fn work(
        &self,
        streams: Streams,
        worker: WorkerId,
        round: Round,
        parameters: &Parameters,
    ) -> Computation {
        match self {
            Self::Channel(channel) => {
                let channel = *channel;
                Box::new(move |_| channel.vote(streams, worker, round))
            }
            Self::Train(training) => {
                let training = Arc::clone(training);
                let parameters = parameters.clone().expect("training has parameters");
                Box::new(move |scratch| training.vote(streams, worker, round, &parameters, scratch))
            }
        }
    }

    /// The parts of a measurement of these parameters; none where nothing is learned.
    #[must_use]
    pub fn measurement(&self, parameters: &Parameters) -> Vec<Measurement> {
        match self {
            Self::Channel(_) => Vec::new(),
            Self::Train(training) => {
                training.measurement(parameters.as_ref().expect("training has parameters"))
            }
        }
    }
}

/// Tasks are shared between actors and pool.
pub type SharedTask = Arc<Task>;
