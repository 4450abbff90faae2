//! Who can say what to whom, on one screen.
//!
//! Actors answer, they do not act: a handler takes an [`Event`] and fills an [`Outbox`]. It holds no address, no
//! timer, no clock and no generator; the kernel carries out what it asks for. A round of voting is
//!
//! ```text
//! server -- Begin --> worker .. computes .. -- Vote --> server            (honest)
//!                     worker -- Consult --> adversary -- Orders --> worker -- Vote --> server   (corrupted)
//! ```

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::scratch::Scratch;
use crate::sign::SignVector;
use crate::time::{Round, SimTime};

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
    Server,
    /// The one mind behind all corrupted workers.
    Adversary,
    Worker(WorkerId),
}

/// What happens to an actor.
#[derive(Debug)]
pub enum Event {
    /// The run begins.
    Start,
    /// A message has arrived.
    Arrived(Message),
    /// The computation that the actor asked for has finished.
    Computed(SignVector),
    /// The time that the actor asked to be woken at has come.
    Woken(Alarm),
}

/// Why an actor asked to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alarm {
    /// The round's time for voting is over.
    Deadline(Round),
}

/// The parameters of one round; `None` where a task has none. Workers hold them by reference, since all of
/// them take the same steps.
pub type Parameters = Option<Arc<[f32]>>;

/// What actors tell each other. [`crate::wire`] gives each the bytes it costs.
#[derive(Debug, Clone)]
pub enum Message {
    /// Server to worker: a round begins; here is what the worker's model lacks.
    Begin { round: Round, update: Update, parameters: Parameters },
    /// Worker to server: the signs of one gradient.
    Vote { round: Round, worker: WorkerId, vote: Arc<SignVector> },
    /// Corrupted worker to adversary: what it would have voted. Never crosses the network.
    Consult { round: Round, worker: WorkerId, vote: SignVector },
    /// Adversary to corrupted worker: what it shall vote. Never crosses the network.
    Orders { round: Round, vote: SignVector },
}

/// What brings a worker's model up to date.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// The steps since the last round for which the worker has voted, oldest first.
    Steps(Vec<Arc<SignVector>>),
    /// All parameters, where the steps would be longer.
    Full,
}

/// Work for the pool; the clock waits for it only when it reaches its finish.
pub type Computation = Box<dyn FnOnce(&mut Scratch) -> SignVector + Send>;

/// A part of a measurement: sees the simulation from outside, takes no simulated time, changes nothing.
pub type Measurement = Box<dyn FnOnce(&mut Scratch) -> Score + Send>;

/// How a model does on a part of the test set; parts add up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// Samples classified correctly.
    pub correct: u64,
    /// Samples looked at.
    pub samples: u64,
    /// Sum of their cross-entropies, in nats.
    pub loss_sum: f64,
}

/// What an actor asks for.
pub enum Action {
    Send {
        to: Node,
        message: Message,
    },
    /// [`Event::Woken`] after that long.
    Wake {
        after: Duration,
        alarm: Alarm,
    },
    /// [`Event::Computed`] after that long on the simulated clock.
    Compute {
        takes: Duration,
        work: Computation,
    },
    /// Test-set parts whose sum describes the model after `steps` steps.
    Measure {
        steps: u32,
        parts: Vec<Measurement>,
    },
    /// Something for the record.
    Note(Note),
    /// The goal is reached: nothing after this matters.
    Stop,
}

/// What the record wants to know and no actor needs.
#[derive(Debug, Clone)]
pub enum Note {
    /// The server has decoded a round.
    Closed { round: Round, received: u32, decision: Arc<SignVector>, opinions: Vec<Opinion> },
    /// A vote came after its round had closed.
    Late { message: Message },
    /// The final parameters, bit for bit.
    Final(Parameters),
}

/// What the server thinks of one worker in one round, averaged over coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    pub worker: WorkerId,
    /// The weight with which its vote counted.
    pub weight: f64,
    /// Its estimated crossover probability after the round, once it has ever voted.
    pub crossover: Option<f64>,
}

/// The answer of a handler: actions in the order in which the actor asked for them.
#[derive(Default)]
pub struct Outbox {
    actions: Vec<Action>,
}

impl Outbox {
    /// Sends a message through the network (or, to and from the adversary, around it).
    pub fn send(&mut self, to: Node, message: Message) {
        self.actions.push(Action::Send { to, message });
    }

    /// Asks to be woken.
    pub fn wake(&mut self, after: Duration, alarm: Alarm) {
        self.actions.push(Action::Wake { after, alarm });
    }

    /// Gives work to the pool.
    pub fn compute(&mut self, takes: Duration, work: Computation) {
        self.actions.push(Action::Compute { takes, work });
    }

    /// Asks for a measurement of the model after `steps` steps.
    pub fn measure(&mut self, steps: u32, parts: Vec<Measurement>) {
        self.actions.push(Action::Measure { steps, parts });
    }

    /// Leaves something for the record.
    pub fn note(&mut self, note: Note) {
        self.actions.push(Action::Note(note));
    }

    /// Ends the run.
    pub fn stop(&mut self) {
        self.actions.push(Action::Stop);
    }

    /// What was asked for, in order.
    #[must_use]
    pub fn into_actions(self) -> Vec<Action> {
        self.actions
    }
}

/// An actor without its runtime: unit tests call this directly.
pub trait Behaviour {
    /// Reacts to one event at simulated time `now`.
    fn handle(&mut self, event: Event, now: SimTime, out: &mut Outbox);

    /// Whom the actor waits for, in words; asked when nothing is left to happen.
    fn waits_for(&self) -> Option<String> {
        None
    }
}
