//! The simulated world: one thread tells the story, a pool does the sums.
//!
//! [`run`] is the whole engine. It takes the next event, hands it to its actor, and carries out what the actor's outbox
//! asks for. Two rules order everything:
//!
//! 1. An event happens at its simulated time, in whole nanoseconds.
//! 2. Of two events at the same time, the one that was asked for first happens first.
//!
//! A computation is an event whose contents are not ready yet: it waits in the queue with its simulated finishing
//! time while the pool works, and the clock stops for it only when it gets there; then the engine's own thread works
//! along. What the pool does therefore never decides the order of anything, whatever its number of threads.

mod availability;
mod host;
mod kernel;
mod latency;
mod ledger;
mod limits;
pub(crate) mod measured;
mod network;
mod observer;
mod pool;
mod queue;
mod threads;
mod world;

pub use availability::{Availability, Crash, OnOff, Presence, absences};
pub use kernel::{Checkpoints, run};
pub use latency::{CATALOGUE, Empirical, Law, TimeUnit};
pub use ledger::Ledger;
pub use limits::Limits;
pub use network::{
    CutDirection, Direction, Exception, Link, Links, NetworkSpec, OrNone, Partition, Port, Reorder,
    Retransmit, ServerLink,
};
pub use observer::{Happening, Observer, Tee};
pub use threads::{IdleThreads, Threads};
pub use world::{Ended, World};
