//! What an actor answers with: a list of what it asks for.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Alarm, Computation, Goal, Measurement, Message, Node, Note};
use crate::helpers::Helpers;

/// Actions, and events of an instant, for which memory is kept when they have passed.
pub(crate) const KEPT_IN_MEMORY: usize = 1 << 12;

/// What an actor asks for.
pub enum Action {
    /// [`Event::Arrived`](super::Event::Arrived) at another actor: through the network, or around it to and from the
    /// adversary.
    Send {
        /// Who is told.
        to: Node,
        /// What it is told; the network counts the bytes of its encoded form.
        message: Message,
    },
    /// [`Event::Woken`](super::Event::Woken) after that long.
    Wake {
        /// Simulated time from now on; zero is later in this instant.
        after: Duration,
        /// Why, given back as it is.
        alarm: Alarm,
    },
    /// [`Event::Computed`](super::Event::Computed) after that long on the simulated clock.
    Compute {
        /// Simulated time until the result is there, however long the work takes in truth.
        takes: Duration,
        /// Runs on any thread, with the same result on each.
        work: Computation,
    },
    /// Test-set parts whose sum describes the model after `steps` steps.
    Measure {
        /// Steps taken so far; 0 is the model before the first round.
        steps: u32,
        /// Scores to be added up in this order, each over its own samples.
        parts: Vec<Measurement>,
        /// What it decides, if anything: then the engine waits for it, and carries out nothing behind it where it ends the run.
        goal: Option<Box<Goal>>,
    },
    /// Something for the record.
    Note(Note),
    /// The goal is reached: nothing after this matters.
    Stop,
}

/// The answer of a handler: actions in the order in which the actor asked for them.
#[derive(Default)]
pub struct Outbox {
    actions: VecDeque<Action>,
    helpers: Helpers,
}

impl Outbox {
    /// Empty, for actors that `helpers` help with what they do at once.
    #[must_use]
    pub fn with(helpers: Helpers) -> Self {
        Self { actions: VecDeque::new(), helpers }
    }

    /// Who helps with what is done at once.
    #[must_use]
    pub const fn helpers(&self) -> &Helpers {
        &self.helpers
    }

    /// Sends a message through the network (or, to and from the adversary, around it).
    #[inline]
    pub fn send(&mut self, to: Node, message: Message) {
        self.actions.push_back(Action::Send { to, message });
    }

    /// Asks to be woken.
    pub fn wake(&mut self, after: Duration, alarm: Alarm) {
        self.actions.push_back(Action::Wake { after, alarm });
    }

    /// Gives work to the pool.
    #[inline]
    pub fn compute(&mut self, takes: Duration, work: Computation) {
        self.actions.push_back(Action::Compute { takes, work });
    }

    /// Asks for a measurement of the model after `steps` steps; nothing that is asked for after it happens where it meets
    /// the goal.
    pub fn measure(&mut self, steps: u32, parts: Vec<Measurement>, goal: Option<Box<Goal>>) {
        self.actions.push_back(Action::Measure { steps, parts, goal });
    }

    /// Leaves something for the record.
    pub fn note(&mut self, note: Note) {
        self.actions.push_back(Action::Note(note));
    }

    /// Ends the run.
    pub fn stop(&mut self) {
        self.actions.push_back(Action::Stop);
    }

    /// Whether nothing was asked for so far.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Takes out what was asked for first.
    #[inline]
    pub fn take(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Gives back the memory of an answer that was much longer than most, once it was taken out.
    #[inline]
    pub fn shrink(&mut self) {
        if self.actions.capacity() > KEPT_IN_MEMORY {
            self.actions.shrink_to(KEPT_IN_MEMORY);
        }
    }
}

// A million of them are asked for at once, and moved.
const _: () = assert!(size_of::<Action>() <= 72);
