//! What the workers work on: the source of votes, and of the numbers that tell how well it goes.

use std::ops::Range;
use std::sync::Arc;

use super::channel::{Channel, KnownTruth};
use super::partitions::Partitions;
use super::quadratic::Quadratic;
use super::sketch::Sketch;
use super::training::{MeasurementExtras, Training};
use crate::aggregate::local_vote;
use crate::helpers::Prefetch;
use crate::protocol::{
    BoxedMemory, Computation, ComputationResult, Measurement, Parameters, SharedVector, WorkerId,
    WorkerMemory,
};
use crate::quantize::{Draws, QuantizerSpec, ZeroRule};
use crate::random::Streams;
use crate::sign::SignVector;
use crate::time::Round;
use crate::units::Probability;
use crate::vote::Vote;

/// A task, shared by everyone.
#[derive(Clone)]
pub enum Task {
    /// Votes straight from binary symmetric channels.
    Channel(Channel),
    /// A function of known smoothness.
    Quadratic(Arc<Quadratic>),
    /// Supervised learning.
    Train(Arc<Training>),
    /// What stands for either where only the traffic matters.
    Sketch(Arc<Sketch>),
}

impl Task {
    /// How many coordinates a vote has on the wire, D.
    #[must_use]
    pub fn coordinates(&self) -> usize {
        match self {
            Self::Channel(channel) => channel.coordinates,
            Self::Quadratic(quadratic) => quadratic.coordinates(),
            Self::Train(training) => training.model.parameter_count(),
            Self::Sketch(sketch) => sketch.coordinates,
        }
    }

    /// Whether a vote takes less time than handing it to another thread and back, which are a few microseconds.
    #[must_use]
    pub const fn is_quick(&self) -> bool {
        match self {
            Self::Channel(channel) => channel.coordinates < 1024,
            Self::Quadratic(_) | Self::Train(_) => false,
            Self::Sketch(_) => true,
        }
    }

    /// What threads that would rest may do for later rounds.
    #[must_use]
    pub fn prefetch(&self) -> Option<Arc<dyn Prefetch>> {
        match self {
            Self::Channel(_) | Self::Quadratic(_) | Self::Sketch(_) => None,
            Self::Train(training) => Some(Arc::clone(training) as Arc<dyn Prefetch>),
        }
    }

    /// The coordinates of a vote by layer, in order.
    #[must_use]
    pub fn layers(&self) -> Vec<Range<usize>> {
        match self {
            Self::Channel(_) | Self::Quadratic(_) => std::iter::once(0..self.coordinates()).collect(),
            Self::Train(training) => training.layers().into_iter().map(|(_, range)| range).collect(),
            Self::Sketch(sketch) => sketch.tensors.clone(),
        }
    }

    /// The names of the layers, in order.
    #[must_use]
    pub fn layer_names(&self) -> Vec<String> {
        match self {
            Self::Channel(_) => vec!["channel".to_owned()],
            Self::Quadratic(_) => vec!["quadratic".to_owned()],
            Self::Sketch(sketch) => (0..sketch.tensors.len()).map(|i| i.to_string()).collect(),
            Self::Train(training) => training.layers().into_iter().map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// The model before the first round; every worker derives it from the seed, so that it costs no bytes.
    #[must_use]
    pub fn initial(&self, streams: Streams) -> Parameters {
        match self {
            Self::Channel(_) | Self::Sketch(_) => None,
            Self::Quadratic(quadratic) => Some(vec![0.0; quadratic.coordinates()].into()),
            Self::Train(training) => training.initial(streams),
        }
    }

    /// The work of a worker in a round on these partitions of the batch, for the pool. The gradient, and the vector that
    /// was quantised, are handed back too when they are to be `shown`; on channels the vote stands for both.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "everything that a gradient depends on")]
    pub fn work(
        &self,
        streams: Streams,
        worker: WorkerId,
        partitions: Partitions,
        round: Round,
        parameters: &Parameters,
        memory: BoxedMemory,
        shown: bool,
    ) -> Computation {
        match self {
            Self::Channel(channel) => {
                let channel = *channel;
                Box::new(move |scratch| {
                    let truth = scratch.get::<KnownTruth>().of(&channel, streams, round);
                    let vote = |j: &u32| channel.vote_about(truth, streams, WorkerId(*j), round);
                    let signs = match &partitions[..] {
                        [one] => vote(one),
                        many => local_vote(&many.iter().map(vote).collect::<Vec<_>>()),
                    };
                    let gradient: SharedVector = shown.then(|| signs.to_dense().into());
                    let vector = gradient.clone();
                    ComputationResult::Vote { vote: Arc::new(Vote::Signs(signs)), memory, gradient, vector }
                })
            }
            Self::Quadratic(quadratic) => {
                let (quadratic, parameters) = (Arc::clone(quadratic), known(parameters).clone());
                Box::new(move |scratch| {
                    let place = (streams, round);
                    quadratic.vote(place, &partitions, &parameters, (memory, shown), scratch.get())
                })
            }
            Self::Train(training) => {
                let (training, parameters) = (Arc::clone(training), known(parameters).clone());
                Box::new(move |scratch| {
                    let place = (streams, worker, round);
                    training.vote(place, &partitions, &parameters, (memory, shown), scratch)
                })
            }
            Self::Sketch(sketch) => {
                let sketch = Arc::clone(sketch);
                Box::new(move |_| {
                    let mut memory = memory.unwrap_or_default();
                    let (vote, gradient) = sketch.vote((streams, round), &partitions, &mut memory, shown);
                    let vector = gradient.clone();
                    ComputationResult::Vote { vote: Arc::new(vote), memory: Some(memory), gradient, vector }
                })
            }
        }
    }

    /// The server's own vote in a round under the number behind the last worker's, for the pool; on channels with a
    /// `crossover` of its own.
    #[must_use]
    pub fn trusted_work(
        &self,
        streams: Streams,
        number: WorkerId,
        crossover: Option<Probability>,
        round: Round,
        parameters: &Parameters,
        memory: BoxedMemory,
    ) -> Computation {
        let own = match (self, crossover) {
            (Self::Channel(channel), Some(own)) => {
                &Self::Channel(Channel { crossover: own.get(), ..*channel })
            }
            _ => self,
        };
        own.work(streams, number, Partitions::Own(number), round, parameters, memory, false)
    }

    /// The vote that the quantiser makes of this vector, D numbers, as it is: without momentum, and with nothing left over
    /// from earlier votes or for later ones.
    #[must_use]
    pub fn vote_of(&self, vector: &[f32], streams: Streams, worker: WorkerId, round: Round) -> Vote {
        let draws = Draws { streams, owner: u64::from(worker.0), round };
        let memory = &mut WorkerMemory::default();
        match self {
            Self::Channel(_) => {
                QuantizerSpec::Sign { zero: ZeroRule::Coin }.quantize(vector, &[], memory, draws)
            }
            Self::Quadratic(quadratic) => quadratic.vote_of(vector, draws),
            Self::Train(training) => {
                training.plan.quantizer.quantize(vector, &training.tensors(), memory, draws)
            }
            Self::Sketch(sketch) => sketch.vote_of(vector, draws),
        }
    }

    /// The signs that are right by definition in a round that begins with these parameters, where there are such.
    #[must_use]
    pub fn truth(&self, streams: Streams, round: Round, parameters: &Parameters) -> Option<SignVector> {
        match self {
            Self::Channel(channel) => Some(channel.truth(streams, round)),
            Self::Quadratic(quadratic) => Some(quadratic.truth(known(parameters))),
            Self::Sketch(sketch) => Some(sketch.channel.truth(streams, round)),
            Self::Train(_) => None,
        }
    }

    /// The gradient over the whole training set, as a sum over parts for the pool; none without one.
    #[must_use]
    pub fn full_gradient(&self, parameters: &Parameters) -> Vec<Computation> {
        match self {
            Self::Channel(_) | Self::Quadratic(_) | Self::Sketch(_) => Vec::new(),
            Self::Train(training) => training.full_gradient(known(parameters)),
        }
    }

    /// The parts of a measurement of these parameters; none where nothing is learned.
    #[must_use]
    pub fn measurement(&self, parameters: &Parameters, extras: MeasurementExtras) -> Vec<Measurement> {
        match self {
            Self::Channel(_) | Self::Sketch(_) => Vec::new(),
            Self::Quadratic(quadratic) => quadratic.measurement(known(parameters)),
            Self::Train(training) => training.measurement(known(parameters), extras),
        }
    }
}

/// The parameters of a task that has some.
fn known(parameters: &Parameters) -> &Arc<[f32]> {
    parameters.as_ref().expect("what is learned has parameters")
}

/// Tasks are shared between actors and pool.
pub(crate) type SharedTask = Arc<Task>;
