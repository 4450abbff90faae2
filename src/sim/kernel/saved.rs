//! A run as bytes, between two of its events, and back: clock, queue, actors, network, ledger and what the observer has
//! seen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::error::{Error, Result};
use crate::protocol::Event;
use crate::sim::ledger::Ledger;
use crate::sim::queue::What;
use crate::state::{from_store, put, take, with_store};
use crate::time::{Round, SimTime};

/// Where a run is written down, and found again.
pub trait Checkpoints {
    /// The state in which the run goes on; `None` begins it.
    fn found(&mut self) -> Option<Vec<u8>>;

    /// Whether the run shall be written down now: asked after every round but the last.
    fn wanted(&mut self) -> bool;

    /// Keeps what was written.
    ///
    /// # Errors
    /// When the disk refuses, or the run shall end here.
    fn keep(&mut self, state: &[u8]) -> Result<()>;

    /// Is told that the run cannot be written down now, and why.
    ///
    /// # Errors
    /// When the run shall end here.
    fn refused(&mut self, why: &str) -> Result<()>;
}

/// The kernel's own part of a state, apart from its queue.
#[derive(Serialize, Deserialize)]
struct Clockwork {
    workers: usize,
    now: SimTime,
    events: u64,
    ledger: Ledger,
    /// What the transport has delivered, by worker.
    delivered: Vec<Round>,
}

impl Kernel<'_> {
    /// Why the run cannot be written down now: a rule of the program's own does not hand out what it remembers.
    pub(super) fn cannot_be_saved(&mut self) -> Option<String> {
        [&mut self.server, &mut self.adversary].into_iter().find_map(|actor| actor.cannot_be_saved())
    }

    /// The run as bytes; `None` while somebody looks who cannot go on later. It goes on here as if nothing had happened.
    pub(super) fn save(&mut self) -> Result<Option<Vec<u8>>> {
        if self.observer.memory().is_none() {
            return Ok(None);
        }
        while !self.measurements.is_empty() {
            self.tell_oldest()?;
        }
        self.settle()?;
        let mut state = Vec::new();
        with_store(&mut state, |to| {
            let (now, events, ledger, delivered) = (self.now, self.events, self.ledger, self.delivered.all());
            put(&Clockwork { workers: self.workers.len(), now, events, ledger, delivered }, to);
            put(&self.queue, to);
            self.network.save(to);
            let actors = [&mut self.server, &mut self.adversary].into_iter().chain(&mut self.workers);
            actors.for_each(|actor| actor.save(to));
            self.observer.memory().into_iter().for_each(|memory| memory.write(to));
        });
        Ok(Some(state))
    }

    /// Goes on where a run of the same world was saved.
    pub(super) fn restore(&mut self, state: Vec<u8>) -> Result<()> {
        let state = Arc::new(state);
        from_store(&state, |from| {
            let all = from.len();
            let Clockwork { workers, now, events, ledger, delivered } = take(from)?;
            if workers != self.workers.len() {
                return Err(Error::run(format!("a state of {workers} workers, not {}", self.workers.len())));
            }
            (self.now, self.events, self.ledger) = (now, events, ledger);
            self.delivered.set_all(&delivered);
            self.queue = take(from)?;
            self.network.restore(from)?;
            let first = all - from.len();
            let mut at = first;
            let mut actors = [&mut self.server, &mut self.adversary].into_iter().chain(&mut self.workers);
            actors.try_for_each(|actor| actor.restore(&state, &mut at))?;
            // A broken state may let actors read on into what lies behind them.
            *from = from.get(at - first..).ok_or_else(|| Error::run("a state ends before its actors do"))?;
            let memory = self.observer.memory().ok_or_else(|| Error::run("an observer begins anew"))?;
            memory.read(from)
        })
    }

    /// Waits for all computations: then the queue is plain data.
    fn settle(&mut self) -> Result<()> {
        for what in self.queue.pending() {
            let What::Pending(result) = std::mem::replace(what, What::Event(Event::Interrupted)) else {
                continue;
            };
            let panicked = |_| Error::run("a computation panicked; this is a bug");
            *what = What::Computed(self.pool.result(result).map_err(panicked)?);
        }
        Ok(())
    }
}
