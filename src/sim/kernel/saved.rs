//! A run as bytes, between two of its events, and back: clock, queue, actors, network, ledger and what the observer has
//! seen.

use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::error::{Error, Result};
use crate::protocol::Event;
use crate::sim::ledger::Ledger;
use crate::sim::queue::{Queue, What};
use crate::state::{Store, from_bytes, from_store, to_bytes, with_store};
use crate::time::{Round, SimTime};

/// Where a run is written down, and found again.
pub trait Checkpoints {
    /// The state in which the run goes on; `None` begins it.
    fn found(&mut self) -> Option<Vec<u8>>;

    /// Whether the run shall be written down now: asked after every round but the last.
    fn wanted(&mut self) -> bool;

    /// AttackMemory what was written.
    ///
    /// # Errors
    /// When the disk refuses, or the run shall end here.
    fn keep(&mut self, state: &[u8]) -> Result<()>;
}

/// The kernel's part of a state.
#[derive(Serialize, Deserialize)]
struct Saved {
    now: SimTime,
    events: u64,
    ledger: Ledger,
    queue: Queue,
    /// What the transport has delivered, by worker.
    delivered: Vec<Round>,
    network: Vec<u8>,
    /// Server, adversary, workers in their order.
    actors: Vec<Vec<u8>>,
    observer: Vec<u8>,
}

impl Kernel<'_> {
    /// The run as bytes; `None` while somebody looks who cannot go on later. It goes on here as if nothing had happened.
    pub(super) fn save(&mut self) -> Result<Option<Vec<u8>>> {
        while !self.measurements.is_empty() {
            self.collect_oldest()?;
        }
        self.settle()?;
        let (state, store) = with_store(|| {
            let observer = self.observer.memory()?.write();
            let actors = [&mut self.server, &mut self.adversary].into_iter().chain(&mut self.workers);
            let saved = Saved {
                now: self.now,
                events: self.events,
                ledger: self.ledger,
                delivered: self.delivered.all(),
                network: self.network.save(),
                actors: actors.map(|actor| actor.save()).collect(),
                observer,
                queue: std::mem::take(&mut self.queue),
            };
            let bytes = to_bytes(&saved);
            self.queue = saved.queue;
            Some(bytes)
        });
        Ok(state.map(|state| to_bytes(&(store, state))))
    }

    /// Goes on where a run of the same world was saved.
    pub(super) fn restore(&mut self, state: &[u8]) -> Result<()> {
        let (store, state): (Store, Vec<u8>) = from_bytes(state)?;
        from_store(store, || {
            let saved: Saved = from_bytes(&state)?;
            let observer = self.observer.memory().ok_or_else(|| Error::run("an observer begins anew"))?;
            observer.read(&saved.observer)?;
            if saved.actors.len() != 2 + self.workers.len() {
                return Err(Error::run("a state is of another number of workers"));
            }
            let actors = [&mut self.server, &mut self.adversary].into_iter().chain(&mut self.workers);
            actors.zip(saved.actors).try_for_each(|(actor, state)| actor.restore(state))?;
            self.network.restore(&saved.network)?;
            self.delivered.set_all(&saved.delivered);
            (self.now, self.events, self.ledger, self.queue) =
                (saved.now, saved.events, saved.ledger, saved.queue);
            Ok(())
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
