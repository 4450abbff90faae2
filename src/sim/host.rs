//! The actix side of an actor: a mailbox around a [`Behaviour`], which answers and never acts.
//!
//! The kernel is the executor of its actors. It polls the one that it has just told something and no other, so who runs
//! when is decided by the event queue alone, and an actor's answer lies there before the next event is looked at.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task;

use actix::dev::ContextFut;
use actix::{Actor, Addr, Context, Handler, Message as ActixMessage};

use crate::error::{Error, Result};
use crate::protocol::{Behaviour, Event, Node, Outbox};
use crate::time::SimTime;

/// An actor around a [`Behaviour`].
struct Host {
    behaviour: Box<dyn Behaviour>,
    desk: Rc<Desk>,
}

impl Actor for Host {
    type Context = Context<Self>;
}

/// Events of one instant that an actor is told in a row; nothing for most of them, and then nothing is allocated.
pub type More = Option<Box<VecDeque<Event>>>;

/// What is happening to an actor.
#[derive(ActixMessage)]
#[rtype(result = "()")]
struct Deliver {
    first: Event,
    more: More,
    now: SimTime,
}

/// Where actors leave their answers: one at a time, since the kernel takes each before it tells the next actor anything.
#[derive(Default)]
pub struct Desk {
    answer: Cell<Option<Outbox>>,
    /// The events that come after the one that was answered.
    rest: Cell<More>,
    /// An empty outbox, used again and again.
    blank: Cell<Outbox>,
}

impl Desk {
    /// Gives an outbox back after its actions were carried out.
    pub fn give_back(&self, outbox: Outbox) {
        debug_assert!(outbox.actions().is_empty(), "its actions were carried out");
        self.blank.set(outbox);
    }
}

impl Handler<Deliver> for Host {
    type Result = ();

    fn handle(&mut self, Deliver { first, mut more, now }: Deliver, _: &mut Self::Context) {
        let mut out = self.desk.blank.take();
        self.behaviour.handle(first, now, &mut out);
        while out.actions().is_empty()
            && let Some(event) = more.as_mut().and_then(|more| more.pop_front())
        {
            self.behaviour.handle(event, now, &mut out);
        }
        self.desk.answer.set(Some(out));
        self.desk.rest.set(more.filter(|more| !more.is_empty()));
    }
}

/// The question when nothing is left to happen.
#[derive(ActixMessage)]
#[rtype(result = "Option<String>")]
struct WhomDoYouWaitFor;

impl Handler<WhomDoYouWaitFor> for Host {
    type Result = Option<String>;

    fn handle(&mut self, _: WhomDoYouWaitFor, _: &mut Self::Context) -> Option<String> {
        self.behaviour.waits_for()
    }
}

/// An actor with its address, in the hands of its executor.
pub struct Hosted {
    address: Addr<Host>,
    context: ContextFut<Host, Context<Host>>,
    desk: Rc<Desk>,
}

impl Hosted {
    /// An actor that answers on `desk`.
    pub fn new(behaviour: Box<dyn Behaviour>, desk: &Rc<Desk>) -> Self {
        let context = Context::new().into_future(Host { behaviour, desk: Rc::clone(desk) });
        Self { address: context.address(), context, desk: Rc::clone(desk) }
    }

    /// Tells the actor what happens to it at `now`, one event after the other until it has something to say. Takes its
    /// answer, which [`Desk::give_back`] wants back, and the events that it has not been told.
    ///
    /// # Errors
    /// When there is no answer, a broken promise of this program.
    pub fn tell(&mut self, node: Node, first: Event, more: More, now: SimTime) -> Result<(Outbox, More)> {
        self.address.do_send(Deliver { first, more, now });
        self.read_mail();
        let answer = self.desk.answer.take();
        let answer = answer.ok_or_else(|| Error::run(format!("{node} does not answer; this is a bug")))?;
        Ok((answer, self.desk.rest.take()))
    }

    /// Whom the actor waits for, in words.
    pub async fn waits_for(&mut self) -> Option<String> {
        let answer = self.address.send(WhomDoYouWaitFor);
        self.read_mail();
        answer.await.ok().flatten()
    }

    fn read_mail(&mut self) {
        // Nobody has to wake an actor: it is polled when it has mail.
        let mut context = task::Context::from_waker(task::Waker::noop());
        let ended = Pin::new(&mut self.context).poll(&mut context).is_ready();
        debug_assert!(!ended, "an actor lives as long as its address");
    }
}
