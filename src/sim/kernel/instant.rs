//! Handing over: the events of an instant go to their actors, as many at a time as the order allows.
//!
//! A turn ends where the next event could depend on an answer: after those of the server, which may end the run, and before
//! the second of a worker, whose mailbox is read in turns. Everything else of the instant is on its way before the first
//! answer is waited for.

use std::collections::VecDeque;
use std::task::Poll;

use super::{Handed, Kernel};
use crate::error::{Error, Result};
use crate::protocol::{Event, Node, Product};
use crate::sim::host::Deliver;
use crate::sim::observer::Happening;
use crate::sim::pool::Awaited;
use crate::sim::queue::{Entry, What};

/// Events of one instant that are handed over together, at most: enough to share the turn of the actor system, few enough
/// that messages and answers stay in the nearest cache. An actor that is told several in a row counts once.
const TOGETHER: u64 = 64;

/// Events of one instant that an actor is told in a row, at most.
const IN_A_ROW: u64 = 4096;

impl Kernel<'_> {
    /// Tells actors what happens in this instant, beginning with `entry`: a worker one event, and nobody after the server or
    /// the adversary, since the server may end the run.
    pub(super) fn hand_over(&mut self, entry: Entry) -> Result<()> {
        let most = if self.observer.follows_events() { 1 } else { TOGETHER };
        let most = most.min(self.limits.events_left(self.events));
        self.turn += 1;
        let mut next = Some(entry);
        for told in 1.. {
            let Some(Entry { to, what, .. }) = next else { break };
            match what {
                What::Resend { from, message, attempt } => {
                    self.handed.push_back(Handed::Resend { from, to, message, attempt });
                }
                What::Event(event) => self.tell(to, event, told)?,
                What::Pending(result) => {
                    let event = self.computed(to, result)?;
                    self.tell(to, event, told)?;
                }
            }
            if told == most || !matches!(to, Node::Worker(_)) {
                break;
            }
            let (turn, told_in) = (self.turn, &self.told_in);
            let fresh = |to: Node| !matches!(to, Node::Worker(id) if told_in[id.index()] == turn);
            next = self.queue.pop_also(|to, what| matches!(what, What::Resend { .. }) || fresh(to));
        }
        Ok(())
    }

    /// Tells an actor of an event, the `told`th of this turn, and, unless it is a worker, of those that follow and are for
    /// it too.
    fn tell(&mut self, node: Node, first: Event, told: u64) -> Result<()> {
        let now = self.now;
        let mut more = None::<Box<VecDeque<Event>>>;
        if self.observer.follows_events() {
            let happening = Happening::Handled { number: self.events, to: node, event: &first };
            self.observer.happened(now, &happening)?;
        } else if !matches!(node, Node::Worker(_)) {
            let left = self.limits.events_left(self.events).saturating_sub(told);
            for _ in 0..left.min(IN_A_ROW) {
                let also = |to, what: &What| to == node && matches!(what, What::Event(_));
                let Some(Entry { what: What::Event(event), .. }) = self.queue.pop_also(also) else { break };
                more.get_or_insert_default().push_back(event);
            }
        }
        if let Node::Worker(id) = node {
            self.told_in[id.index()] = self.turn;
        }
        let place = self.answers.expect();
        self.address(node).do_send(Deliver { first, more, now, place });
        self.handed.push_back(Handed::Told(node));
        Ok(())
    }

    /// Lets actors work until all have answered.
    pub(super) async fn all_answers(&self) -> Result<()> {
        // Every turn of the actor system serves dozens of actors; in the first one all of them start.
        for _ in 0..1000 + self.workers.len() {
            if self.answers.missing() == 0 {
                return Ok(());
            }
            let mut turned = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut turned, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        Err(Error::run(format!("{} actors do not answer; this is a bug", self.answers.missing())))
    }

    /// The result of a computation, once it is there.
    fn computed(&mut self, actor: Node, result: Awaited<Product>) -> Result<Event> {
        let panicked = |_| Error::run(format!("a computation of {actor:?} panicked; this is a bug"));
        self.pool.result(result).map(Event::Computed).map_err(panicked)
    }
}
