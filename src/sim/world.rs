//! What a run is made of, which threads it has, and how it ended.

use std::sync::Arc;

use super::ledger::Ledger;
use super::limits::Limits;
use super::network::NetworkSpec;
use crate::helpers::Prefetch;
use crate::protocol::{Behaviour, Delivered, Ending};
use crate::random::Streams;
use crate::time::SimTime;

/// Everything a run is made of.
pub struct World {
    /// Counts votes and broadcasts steps; the first to be told anything.
    pub server: Box<dyn Behaviour>,
    /// In the order of their numbers.
    pub workers: Vec<Box<dyn Behaviour>>,
    /// The mind behind workers 0 to L - 1; never asked where L = 0.
    pub adversary: Box<dyn Behaviour>,
    /// Links, absences and cuts between the server and the workers.
    pub network: NetworkSpec,
    /// Keyed by the run's seed: what chance in the network is drawn from.
    pub streams: Streams,
    /// Number of coordinates of every vote.
    pub coordinates: usize,
    /// Whether a computation takes less time than handing it to another thread.
    pub quick: bool,
    /// What threads that would rest may do for later rounds.
    pub prefetch: Option<Arc<dyn Prefetch>>,
    /// Where the run is stopped with an error.
    pub limits: Limits,
    /// Where deliveries are noted, for a server that is told of them.
    pub delivered: Delivered,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ended {
    /// When, on the simulated clock.
    pub now: SimTime,
    /// Bytes, messages and votes up to then.
    pub ledger: Ledger,
    /// Votes still on their way when the goal was reached.
    pub votes_pending: u64,
    /// Events handled.
    pub events: u64,
    /// The most events that waited at one time.
    pub queue_peak: u64,
    /// Why it did so at a measurement; `None` where it came to its last round.
    pub ending: Option<Ending>,
}
