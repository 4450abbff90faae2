//! Who watches the engine.

use super::ledger::Ledger;
use crate::error::Result;
use crate::protocol::{ComputationResult, EventKind, Message, Node, Note, Score, WorkerId};
use crate::state::Resumable;
use crate::time::SimTime;

/// What the engine does, for who watches it.
pub enum Happening<'a> {
    /// An actor has taken an event, and what it asks for comes next; events are numbered from zero.
    Handled {
        /// Its place in the order of all events of the run.
        number: u64,
        /// The actor that has taken it.
        to: Node,
        /// What it was, without what it carried.
        event: EventKind,
    },
    /// A computation has finished; its actor is given the product next.
    Computed {
        /// Who asked for it.
        actor: Node,
        /// What it has come to.
        product: &'a ComputationResult,
    },
    /// A message has been handed over to be sent, its overhead included in its bytes; it leaves and arrives then (at
    /// the server's own link, where there is one), or is lost. Attempts count from zero; a copy that the network
    /// makes is told as a message of its own.
    Sent {
        /// The sender.
        from: Node,
        /// The receiver.
        to: Node,
        /// What is sent, in full.
        message: &'a Message,
        /// Those of this transmission, overhead included.
        bytes: u64,
        /// 0 for the first transmission of the message.
        attempt: u32,
        /// When its link begins to send it.
        starts: SimTime,
        /// When it is there, or at the server's own link where there is one; `None` when it is lost.
        arrives: Option<SimTime>,
    },
    /// A message has come to the server's own link, where it queues until `begins`; the server has it at `ends`.
    AtPort {
        /// What comes: a vote.
        message: &'a Message,
        /// Overhead included.
        bytes: u64,
        /// When the port is free for it.
        begins: SimTime,
        /// When the last byte is through.
        ends: SimTime,
    },
    /// A computation has begun; it ends then, unfinished if its worker leaves.
    Computes {
        /// Who computes.
        actor: Node,
        /// When it ends, on the simulated clock.
        until: SimTime,
    },
    /// A worker is away, or will be: told when an absence first costs it a message or a computation.
    Away {
        /// Who is away.
        worker: WorkerId,
        /// The first instant away.
        from: SimTime,
        /// The first instant back; [`SimTime::NEVER`] for never.
        until: SimTime,
    },
}

/// Sees everything, changes nothing. Every method does nothing until an observer gives its own.
pub trait Observer {
    /// The engine did something.
    ///
    /// # Errors
    /// When the observer cannot go on, a full disk for example; the run ends with it.
    fn happened(&mut self, _now: SimTime, _happening: &Happening<'_>) -> Result<()> {
        Ok(())
    }

    /// An actor left a note.
    ///
    /// # Errors
    /// As for [`Observer::happened`].
    fn note(&mut self, _now: SimTime, _note: &Note, _ledger: &Ledger) -> Result<()> {
        Ok(())
    }

    /// The model after `steps` steps was measured; called in the order of the steps.
    fn measured(&mut self, _steps: u32, _score: &Score) {}

    /// What it has seen so far, for a run that is interrupted and goes on later. While somebody looks who has no such thing,
    /// a run is not written down.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }
}

/// Two observers of one run; of everything the first is told first.
pub struct Tee<'a>(pub &'a mut dyn Observer, pub &'a mut dyn Observer);

impl Observer for Tee<'_> {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        self.0.happened(now, happening)?;
        self.1.happened(now, happening)
    }

    fn note(&mut self, now: SimTime, note: &Note, ledger: &Ledger) -> Result<()> {
        self.0.note(now, note, ledger)?;
        self.1.note(now, note, ledger)
    }

    fn measured(&mut self, steps: u32, score: &Score) {
        self.0.measured(steps, score);
        self.1.measured(steps, score);
    }
}
