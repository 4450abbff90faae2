//! The actix side of an actor: a mailbox around a [`Behaviour`], which answers and never acts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::{Actor, Context, Handler, Message as ActixMessage};

use crate::protocol::{Action, Behaviour, Event, Outbox};
use crate::time::SimTime;

/// An actor around a [`Behaviour`].
pub struct Host {
    pub behaviour: Box<dyn Behaviour>,
    pub answers: Answers,
}

impl Actor for Host {
    type Context = Context<Self>;
}

/// Events of one instant reach their actor, one after the other, until it stops the run.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Deliver {
    pub first: Event,
    /// Nothing for most actors: a message that stays small is quicker than one allocation fewer.
    #[expect(clippy::box_collection, reason = "a thin pointer, absent nearly always")]
    pub more: Option<Box<VecDeque<Event>>>,
    pub now: SimTime,
    /// Where the kernel looks for the answer.
    pub place: usize,
}

/// What an actor wants done: an outbox for every event that it was told.
pub struct Answer {
    pub first: Outbox,
    /// When there were several.
    pub rest: Option<Box<Rest>>,
}

/// The answer to the events after the first.
pub struct Rest {
    pub outboxes: Vec<Outbox>,
    /// The events after the one that stopped the run.
    pub untold: VecDeque<Event>,
}

/// The answers to what was handed over together, by place. They lie side by side instead of travelling back one by one:
/// the kernel waits for all of them anyway.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Lying>>);

#[derive(Default)]
struct Lying {
    answers: Vec<Option<Answer>>,
    there: usize,
}

impl Answers {
    fn lying(&self) -> MutexGuard<'_, Lying> {
        // Nothing that can fail happens under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for an answer.
    pub fn expect(&self) -> usize {
        let mut lying = self.lying();
        lying.answers.push(None);
        lying.answers.len() - 1
    }

    /// How many are still missing.
    pub fn missing(&self) -> usize {
        let lying = self.lying();
        lying.answers.len() - lying.there
    }

    /// Takes all answers, in the order of their places, into an empty list.
    pub fn take(&self, into: &mut Vec<Option<Answer>>) {
        let mut lying = self.lying();
        lying.there = 0;
        std::mem::swap(&mut lying.answers, into);
    }

    fn lay(&self, place: usize, answer: Answer) {
        let mut lying = self.lying();
        lying.answers[place] = Some(answer);
        lying.there += 1;
    }
}

impl Handler<Deliver> for Host {
    type Result = ();

    fn handle(&mut self, Deliver { first, more, now, place }: Deliver, _: &mut Self::Context) {
        let mut tell = |event| {
            let mut out = Outbox::default();
            self.behaviour.handle(event, now, &mut out);
            out
        };
        let first = tell(first);
        let rest = more.map(|mut untold| {
            let mut outboxes = Vec::with_capacity(untold.len());
            while !stops(outboxes.last().unwrap_or(&first)) {
                let Some(event) = untold.pop_front() else { break };
                outboxes.push(tell(event));
            }
            Box::new(Rest { outboxes, untold: *untold })
        });
        self.answers.lay(place, Answer { first, rest });
    }
}

fn stops(outbox: &Outbox) -> bool {
    matches!(outbox.actions().last(), Some(Action::Stop))
}

/// The question when nothing is left to happen.
#[derive(ActixMessage)]
#[rtype(result = "Option<String>")]
pub struct WhomDoYouWaitFor;

impl Handler<WhomDoYouWaitFor> for Host {
    type Result = Option<String>;

    fn handle(&mut self, _: WhomDoYouWaitFor, _: &mut Self::Context) -> Option<String> {
        self.behaviour.waits_for()
    }
}
