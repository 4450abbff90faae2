//! The actix side of an actor: a mailbox around a [`Behaviour`], which answers and never acts.
//!
//! The kernel is the executor of its actors. It polls the one that it has just told something and no other, so who runs
//! when is decided by the event queue alone, and an actor's answer lies there before the next event is looked at.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Poll};

use actix::dev::ContextFut;
use actix::{Actor, Addr, Context, Handler, Message as ActixMessage};

use crate::error::{Error, Result};
use crate::protocol::{Behaviour, Event, EventKind, Node, Outbox};
use crate::time::SimTime;

/// An actor around a [`Behaviour`].
struct Host {
    behaviour: Box<dyn Behaviour>,
    reply: Reply,
}

impl Actor for Host {
    type Context = Context<Self>;
}

/// What goes to an actor and comes back from it; one goes back and forth during a whole run, so that nothing is allocated.
#[derive(Default)]
pub(crate) struct Exchange {
    /// What happens to the actor at this instant; what it leaves for later is still there afterwards.
    pub events: VecDeque<Event>,
    /// The kinds of the events that it has taken.
    pub taken: Vec<EventKind>,
    /// What it asks for.
    pub out: Outbox,
}

/// What is happening to an actor.
#[derive(ActixMessage)]
#[rtype(result = "()")]
struct Deliver {
    exchange: Exchange,
    now: SimTime,
}

/// The reply buffer: one for all actors, since the kernel takes each reply before it tells the next actor anything.
pub(crate) type Reply = Rc<Cell<Option<Exchange>>>;

impl Handler<Deliver> for Host {
    type Result = ();

    /// One event after the other, until the actor has something to say.
    fn handle(&mut self, Deliver { mut exchange, now }: Deliver, _: &mut Self::Context) {
        let Exchange { events, taken, out } = &mut exchange;
        while out.actions().is_empty()
            && let Some(event) = events.pop_front()
        {
            taken.push(event.kind());
            self.behaviour.handle(event, now, out);
        }
        self.reply.set(Some(exchange));
    }
}

/// The question when nothing is left to happen.
#[derive(ActixMessage)]
#[rtype(result = "Option<String>")]
struct PendingDependency;

impl Handler<PendingDependency> for Host {
    type Result = Option<String>;

    fn handle(&mut self, _: PendingDependency, _: &mut Self::Context) -> Option<String> {
        self.behaviour.waits_for()
    }
}

/// The question what the actor has become, which it adds to what was written.
#[derive(ActixMessage)]
#[rtype(result = "Vec<u8>")]
struct Save(Vec<u8>);

impl Handler<Save> for Host {
    type Result = Vec<u8>;

    fn handle(&mut self, Save(mut to): Save, _: &mut Self::Context) -> Vec<u8> {
        self.behaviour.save(&mut to);
        to
    }
}

/// What the actor shall become, from this place of a state on; answered with where it ends.
#[derive(ActixMessage)]
#[rtype(result = "Result<usize>")]
struct Restore(Arc<Vec<u8>>, usize);

impl Handler<Restore> for Host {
    type Result = Result<usize>;

    fn handle(&mut self, Restore(state, at): Restore, _: &mut Self::Context) -> Result<usize> {
        let mut from = &state[at..];
        self.behaviour.restore(&mut from)?;
        Ok(state.len() - from.len())
    }
}

/// An actor with its address, in the hands of its executor.
pub(crate) struct Hosted {
    address: Addr<Host>,
    context: ContextFut<Host, Context<Host>>,
    reply: Reply,
}

impl Hosted {
    /// An actor that leaves its answers in `reply`.
    pub(crate) fn new(behaviour: Box<dyn Behaviour>, reply: &Reply) -> Self {
        let context = Context::new().into_future(Host { behaviour, reply: Rc::clone(reply) });
        Self { address: context.address(), context, reply: Rc::clone(reply) }
    }

    /// Tells the actor what happens to it at `now`, and takes its answer.
    ///
    /// # Errors
    /// When there is no answer, a broken promise of this program.
    pub(crate) fn tell(&mut self, node: Node, exchange: Exchange, now: SimTime) -> Result<Exchange> {
        self.address.do_send(Deliver { exchange, now });
        self.read_mail();
        self.reply.take().ok_or_else(|| Error::run(format!("{node} does not answer; this is a bug")))
    }

    /// Whom the actor waits for, in words.
    pub(crate) fn waits_for(&mut self) -> Option<String> {
        self.ask(PendingDependency)
    }

    /// Adds what the actor has become to what was written.
    pub(crate) fn save(&mut self, to: &mut Vec<u8>) {
        *to = self.ask(Save(std::mem::take(to)));
    }

    /// Makes the actor what stands in `state` from `at` on, and moves there behind it.
    ///
    /// # Errors
    /// When the bytes are no state of such an actor.
    pub(crate) fn restore(&mut self, state: &Arc<Vec<u8>>, at: &mut usize) -> Result<()> {
        *at = self.ask(Restore(Arc::clone(state), *at))?;
        Ok(())
    }

    fn ask<M>(&mut self, question: M) -> M::Result
    where
        M: ActixMessage<Result: Send> + Send + 'static,
        Host: Handler<M>,
    {
        let mut answer = pin!(self.address.send(question));
        self.read_mail();
        match answer.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop())) {
            Poll::Ready(Ok(answer)) => answer,
            Poll::Ready(Err(_)) | Poll::Pending => unreachable!("an actor answers when it has read its mail"),
        }
    }

    fn read_mail(&mut self) {
        // Nobody has to wake an actor: it is polled when it has mail.
        let mut context = task::Context::from_waker(task::Waker::noop());
        let ended = Pin::new(&mut self.context).poll(&mut context).is_ready();
        debug_assert!(!ended, "an actor lives as long as its address");
    }
}
