//! Who can say what to whom, on one screen.
//!
//! Actors answer, they do not act: a handler takes an [`Event`] and fills an [`Outbox`]. It holds no address, no
//! timer, no clock and no generator; the kernel carries out what it asks for. A round of voting is
//!
//! ```text
//! server -- Begin --> worker .. computes .. -- Vote --> server            (honest)
//!                     worker -- Consult --> adversary -- Orders --> worker -- Vote --> server   (corrupted)
//!                     worker -- Overheard --> adversary                   (honest, where the attack listens)
//! ```

mod delivered;
mod goal;
mod kind;
mod outbox;
mod score;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use delivered::Delivered;
pub use goal::{Ending, Goal, StopRule};
pub use kind::EventKind;
pub(crate) use outbox::KEPT_IN_MEMORY;
pub use outbox::{Action, Outbox};
pub use score::Score;

use crate::error::Result;
use crate::scratch::Scratch;
use crate::sign::SignVector;
use crate::time::{Round, SimTime};
use crate::vote::{Step, Vote};

/// The number of a worker, from zero. Workers 0 to L - 1 are the corrupted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(pub u32);

impl WorkerId {
    /// The number as an index into a list of all workers.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An actor's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Node {
    /// Counts votes and broadcasts steps; one per run.
    Server,
    /// The one mind behind all corrupted workers.
    Adversary,
    /// Honest or corrupted.
    Worker(WorkerId),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Adversary => f.write_str("adversary"),
            Self::Worker(id) => write!(f, "worker {}", id.0),
        }
    }
}

/// What happens to an actor.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// The run begins.
    Start,
    /// A message has arrived.
    Arrived(Message),
    /// The computation that the actor asked for has finished.
    Computed(ComputationResult),
    /// The worker leaves for a while, or forever, in the middle of its computation.
    Interrupted,
    /// The time that the actor asked to be woken at has come.
    Woken(Alarm),
}

/// Why an actor asked to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alarm {
    /// The round's time for voting is over; comes last in its instant.
    Deadline(Round),
    /// The adversary stops waiting for what it has not overheard of this round; comes last but for deadlines.
    Patience(Round),
    /// A corrupted worker casts the vote that it held back in this round.
    Speak(Round),
}

impl Alarm {
    /// The round it speaks of.
    #[must_use]
    pub const fn round(self) -> Round {
        match self {
            Self::Deadline(round) | Self::Patience(round) | Self::Speak(round) => round,
        }
    }
}

/// The parameters of one round; `None` where a task has none. Messages and workers hold them by reference, since all of
/// them take the same steps: each version exists once, in memory and in a [state](crate::state), for as long as anybody can
/// ask for it.
pub type Parameters = Option<Arc<[f32]>>;

/// A vector that is shown, not sent: a gradient to what measures and to an oracle, what a quantiser was given to an
/// adversary that reads gradients. It costs no bytes and no time.
pub type SharedVector = Option<Arc<[f32]>>;

/// What actors tell each other. [`crate::wire`] gives each the bytes it costs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Message {
    /// Server to worker: a round begins; here is what the worker's model lacks.
    Begin {
        /// The round that begins, from zero.
        round: Round,
        /// Steps, or all parameters: what decides the bytes of the message.
        update: Update,
        /// The model of this round, D numbers; handed over beside the message, for no bytes.
        #[serde(with = "crate::state::shared")]
        parameters: Parameters,
    },
    /// Worker to server: what one gradient has become.
    Vote {
        /// The round that the vote is for, from zero.
        round: Round,
        /// Who votes.
        worker: WorkerId,
        /// D coordinates.
        vote: Arc<Vote>,
        /// What an honest worker computed, D numbers, where the reference or an oracle needs it.
        #[serde(with = "crate::state::shared")]
        gradient: SharedVector,
    },
    /// Corrupted worker to adversary: what it would have voted, and the steps it has heard of. Never crosses the
    /// network, like the two that follow.
    Consult {
        /// The round that the vote would be for, from zero.
        round: Round,
        /// Its vote, and what else the attack may know.
        consult: Box<Consult>,
    },
    /// Honest worker to an adversary that listens: what was voted, and the vector that was quantised if the attack reads
    /// it.
    Overheard {
        /// The round that the vote is for, from zero.
        round: Round,
        /// Who has voted.
        worker: WorkerId,
        /// As it was sent to the server.
        vote: Arc<Vote>,
        /// D numbers; absent for an attack on votes.
        #[serde(with = "crate::state::shared")]
        vector: SharedVector,
    },
    /// Adversary to corrupted worker: what it shall do.
    Orders {
        /// The round of the consultation that is answered, from zero.
        round: Round,
        /// What becomes of the vote in that round.
        act: Box<Act>,
    },
}

impl Message {
    /// What kind of message it is, in a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Begin { .. } => "begin",
            Self::Vote { .. } => "vote",
            Self::Consult { .. } => "consult",
            Self::Overheard { .. } => "overheard",
            Self::Orders { .. } => "orders",
        }
    }

    /// The round it speaks of.
    #[must_use]
    pub const fn round(&self) -> Round {
        match self {
            Self::Begin { round, .. }
            | Self::Vote { round, .. }
            | Self::Consult { round, .. }
            | Self::Overheard { round, .. }
            | Self::Orders { round, .. } => *round,
        }
    }

    /// Whether it travels between the server and a worker, or is whispered beside the network.
    #[must_use]
    pub const fn crosses_the_network(&self) -> bool {
        matches!(self, Self::Begin { .. } | Self::Vote { .. })
    }
}

/// What a corrupted worker brings the adversary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consult {
    /// Who asks, one of 0 to L - 1.
    pub worker: WorkerId,
    /// What it would have voted.
    pub vote: Arc<Vote>,
    /// What its quantiser was given, if the attack reads it.
    #[serde(with = "crate::state::shared")]
    pub vector: SharedVector,
    /// The steps that came with the round, oldest first.
    pub news: Vec<Arc<Step>>,
}

/// What a corrupted worker does in a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The vote; `None` stays silent.
    pub vote: Option<Vote>,
    /// How often the vote is sent; the server accepts one.
    pub copies: u32,
    /// How long it is held back.
    pub after: Duration,
}

impl Act {
    /// Casts this vote at once, and once.
    #[must_use]
    pub const fn cast(vote: Vote) -> Self {
        Self { vote: Some(vote), copies: 1, after: Duration::ZERO }
    }

    /// Says nothing.
    #[must_use]
    pub const fn silent() -> Self {
        Self { vote: None, copies: 0, after: Duration::ZERO }
    }
}

/// What brings a worker's model up to date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Update {
    /// The steps since a round whose model the worker is known to hold, oldest first; the last is that of the round before.
    Steps(Arc<[Arc<Step>]>),
    /// All parameters, where the steps would be longer.
    Full,
}

/// What a worker keeps between its gradients, D numbers each; empty until its method needs them.
///
/// Every number is finite, whatever the gradients were, so any format can write it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerMemory {
    /// m of Signum and Lion.
    pub momentum: Vec<f32>,
    /// What earlier votes left unsaid: a of S3GD, e of EF-signSGD.
    pub error: Vec<f32>,
    /// The worker's own model, x_m of RSA.
    pub model: Vec<f32>,
}

/// A worker's memory on its way through messages, which stay small; nothing while it is empty.
pub type BoxedMemory = Option<Box<WorkerMemory>>;

/// What the pool hands back.
#[derive(Debug, Serialize, Deserialize)]
pub enum ComputationResult {
    /// A worker's vote and its memory after it; and where somebody may see them, the gradient, and the vector that was
    /// quantised in its place: with momentum and what earlier votes left unsaid.
    Vote {
        /// D coordinates.
        vote: Arc<Vote>,
        /// D numbers for each thing that the method remembers.
        memory: BoxedMemory,
        /// The mean over the worker's partitions, D numbers.
        #[serde(with = "crate::state::shared")]
        gradient: SharedVector,
        /// D numbers; the gradient itself where the method remembers nothing.
        #[serde(with = "crate::state::shared")]
        vector: SharedVector,
    },
    /// A sum of gradients over a part of the training set, D numbers.
    GradientSum(Vec<f32>),
}

/// Work for the pool; the clock waits for it only when it reaches its finish.
pub type Computation = Box<dyn FnOnce(&mut Scratch) -> ComputationResult + Send>;

/// A part of a measurement: sees the simulation from outside, takes no simulated time, changes nothing.
pub type Measurement = Box<dyn FnOnce(&mut Scratch) -> Score + Send>;

/// What the record wants to know and no actor needs.
#[derive(Debug, Clone)]
pub enum Note {
    /// The server has decoded a round.
    Closed(Box<Closed>),
    /// A vote came after its round had closed.
    Late {
        /// The vote, as the server received it.
        message: Message,
    },
    /// A second vote of a worker in a round.
    Refused {
        /// The vote, as the server received it.
        message: Message,
    },
    /// The final parameters, bit for bit.
    Final(Parameters),
}

/// A vote that counts in a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountedVote {
    /// Who cast it.
    pub worker: WorkerId,
    /// Rounds that it is late.
    pub age: u32,
    /// The share of a vote that it is: 1 unless it is late.
    pub weight: f32,
    /// D coordinates.
    pub vote: Arc<Vote>,
}

/// A decided round.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The round that was decided, from zero.
    pub round: Round,
    /// Number of workers that were asked.
    pub asked: u32,
    /// Number of votes that were counted.
    pub received: u32,
    /// What was counted, in the rounds that are measured: by worker, and of one worker the latest round last.
    pub votes: Vec<CountedVote>,
    /// The step that follows, D coordinates.
    pub decision: Arc<Step>,
    /// The signs that would have been right, in the rounds that are measured; zero where neither is.
    pub reference: Option<Arc<SignVector>>,
    /// One for every worker in the rounds that record them, else empty.
    pub estimates: Vec<WorkerEstimate>,
}

/// What the server thinks of one worker in one round, averaged over coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WorkerEstimate {
    /// One of 0 to M - 1.
    pub worker: WorkerId,
    /// The weight with which its vote counted.
    pub weight: f64,
    /// Its estimated crossover probability after the round, once it has ever voted.
    pub crossover: Option<f64>,
}

/// An actor without its runtime: unit tests call this directly.
pub trait Behaviour {
    /// Reacts to one event at simulated time `now`.
    fn handle(&mut self, event: Event, now: SimTime, out: &mut Outbox);

    /// Adds what it has become to what was written; what it was told before the first round is not a part of it.
    fn save(&mut self, to: &mut Vec<u8>);

    /// Becomes what was saved, and leaves what comes behind it.
    ///
    /// # Errors
    /// When the bytes are no state of such an actor.
    fn restore(&mut self, from: &mut &[u8]) -> Result<()>;

    /// Why it cannot be saved now, in words; asked before it is.
    fn cannot_be_saved(&mut self) -> Option<String> {
        None
    }

    /// Whom the actor waits for, in words; asked when nothing is left to happen.
    fn waits_for(&self) -> Option<String> {
        None
    }
}
