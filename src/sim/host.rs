//! The actix side of an actor: it waits for what happens around its [`Behaviour`], which answers and never acts, and reads its
//! mailbox when it is asked something beside the run.
//!
//! The kernel is the executor of its actors. It polls the one that it has just told something and no other, so who runs
//! when is decided by the event queue alone, and an actor's answer lies there before the next event is looked at.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{self, Poll};

use actix::dev::ContextFut;
use actix::{Actor, ActorFuture, AsyncContext as _, Context, Handler, Message as ActixMessage};

use crate::error::{Error, Result};
use crate::helpers::Helpers;
use crate::protocol::{Behaviour, Event, EventKind, Node, Outbox};
use crate::time::SimTime;

/// An actor around a [`Behaviour`].
struct Host {
    behaviour: Box<dyn Behaviour>,
    slot: Rc<ExchangeSlot>,
}

impl Actor for Host {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.wait(Attention);
    }
}

/// What goes to an actor and comes back from it; one goes back and forth during a whole run, so that nothing is allocated.
#[derive(Default)]
pub(crate) struct Exchange {
    /// When it happens.
    pub now: SimTime,
    /// What happens to the actor at this instant; what it leaves for later is still there afterwards.
    pub events: VecDeque<Event>,
    /// The kinds of the events that it has taken.
    pub taken: Vec<EventKind>,
    /// What it asks for.
    pub out: Outbox,
}

impl Exchange {
    /// One for actors that `helpers` help.
    pub(crate) fn with(helpers: Helpers) -> Self {
        Self { out: Outbox::with(helpers), ..Self::default() }
    }
}

/// One for all actors: the kernel puts an exchange there for the one that it polls next, and takes the answer before it tells
/// another anything.
#[derive(Default)]
pub(crate) struct ExchangeSlot {
    told: Cell<Option<Box<Exchange>>>,
    answer: Cell<Option<Box<Exchange>>>,
    /// A question lies in the mailbox of the actor that is polled next.
    asked: Cell<bool>,
}

/// An actor that attends to the run: it takes what the slot holds for it, and looks into its mailbox when it is asked.
///
/// What happens does not come through the mailbox, where it would be packed twice, in an envelope and in a link of a chain. While
/// an actor waits for a future, actix polls that alone, which is a third of the work of looking everywhere.
struct Attention;

impl ActorFuture<Host> for Attention {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        host: &mut Host,
        _: &mut Context<Host>,
        _: &mut task::Context<'_>,
    ) -> Poll<()> {
        if let Some(exchange) = host.slot.told.take() {
            host.attend(exchange);
        }
        if host.slot.asked.take() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Host {
    /// One event after the other, until the actor has something to say.
    fn attend(&mut self, mut exchange: Box<Exchange>) {
        let Exchange { now, events, taken, out } = &mut *exchange;
        while out.is_empty()
            && let Some(event) = events.pop_front()
        {
            taken.push(event.kind());
            self.behaviour.handle(event, *now, out);
        }
        self.slot.answer.set(Some(exchange));
    }
}

/// A question beside the events of the run: whom the actor waits for, what it has become, what it shall become.
///
/// The answer comes back through a channel of the standard library. That of actix belongs to tokio, which lets a task that
/// never waits read 128 answers and then tells it that the next one has not come yet.
#[derive(ActixMessage)]
#[rtype(result = "()")]
struct Ask<T> {
    question: Question<T>,
    answer: mpsc::Sender<T>,
}

type Question<T> = Box<dyn FnOnce(&mut dyn Behaviour) -> T + Send>;

impl<T: Send + 'static> Handler<Ask<T>> for Host {
    type Result = ();

    fn handle(&mut self, Ask { question, answer }: Ask<T>, context: &mut Self::Context) {
        // Who asks is there until the answer has come.
        let _ = answer.send(question(&mut *self.behaviour));
        context.wait(Attention);
    }
}

/// An actor in the hands of its executor. What it waits for keeps it alive, so it has an address only while somebody asks it
/// something: an address is two allocations more, and there may be a million actors.
pub(crate) struct Hosted {
    context: ContextFut<Host, Context<Host>>,
    slot: Rc<ExchangeSlot>,
}

impl Hosted {
    /// An actor that is told through `slot`, and answers there.
    pub(crate) fn new(behaviour: Box<dyn Behaviour>, slot: &Rc<ExchangeSlot>) -> Self {
        let context = Context::new().into_future(Host { behaviour, slot: Rc::clone(slot) });
        Self { context, slot: Rc::clone(slot) }
    }

    /// Tells the actor what happens to it, and takes its answer.
    ///
    /// # Errors
    /// When there is no answer, a broken promise of this program.
    pub(crate) fn tell(&mut self, node: Node, mut exchange: Box<Exchange>) -> Result<Box<Exchange>> {
        exchange.out.shrink();
        self.slot.told.set(Some(exchange));
        self.poll();
        self.slot.answer.take().ok_or_else(|| Error::run(format!("{node} does not answer; this is a bug")))
    }

    /// Whom the actor waits for, in words.
    pub(crate) fn waits_for(&mut self) -> Option<String> {
        self.ask(|behaviour| behaviour.waits_for())
    }

    /// Why the actor cannot be saved now, in words.
    pub(crate) fn cannot_be_saved(&mut self) -> Option<String> {
        self.ask(|behaviour| behaviour.cannot_be_saved())
    }

    /// Adds what the actor has become to what was written.
    pub(crate) fn save(&mut self, to: &mut Vec<u8>) {
        let mut state = std::mem::take(to);
        *to = self.ask(move |behaviour| {
            behaviour.save(&mut state);
            state
        });
    }

    /// Makes the actor what stands in `state` from `at` on, and moves there behind it.
    ///
    /// # Errors
    /// When the bytes are no state of such an actor.
    pub(crate) fn restore(&mut self, state: &Arc<Vec<u8>>, at: &mut usize) -> Result<()> {
        let (state, begin) = (Arc::clone(state), *at);
        *at = self.ask(move |behaviour| {
            let mut from = &state[begin..];
            behaviour.restore(&mut from)?;
            Ok::<_, Error>(state.len() - from.len())
        })?;
        Ok(())
    }

    fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut dyn Behaviour) -> T + Send + 'static,
    ) -> T {
        let (answer, answered) = mpsc::channel();
        self.context.address().do_send(Ask { question: Box::new(question), answer });
        self.slot.asked.set(true);
        self.poll();
        answered.try_recv().expect("an actor answers when it has read its mail")
    }

    fn poll(&mut self) {
        // Nobody has to wake an actor: it is polled when something has come for it.
        let mut context = task::Context::from_waker(task::Waker::noop());
        let ended = Pin::new(&mut self.context).poll(&mut context).is_ready();
        debug_assert!(!ended, "an actor that waits is alive");
    }
}
