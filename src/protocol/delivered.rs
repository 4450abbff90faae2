//! What the transport below the messages knows without being told.

use std::cell::Cell;
use std::rc::Rc;

use super::WorkerId;
use crate::time::Round;

/// The newest opening that each worker has been delivered: what a transport layer that acknowledges tells the server, at
/// the instant of the delivery, for no bytes and no event. The engine writes it, the server reads it.
///
/// An empty record, the default, is told nothing.
#[derive(Debug, Clone, Default)]
pub struct Delivered(Rc<[Cell<Round>]>);

impl Delivered {
    /// Nobody has been delivered anything; all hold the model of the first round.
    #[must_use]
    pub fn to_nobody(workers: u32) -> Self {
        Self((0..workers).map(|_| Cell::new(Round::FIRST)).collect())
    }

    /// An opening has reached the worker. One that a newer one has overtaken tells nothing.
    pub fn note(&self, worker: WorkerId, round: Round) {
        if let Some(newest) = self.0.get(worker.index()) {
            newest.set(round.max(newest.get()));
        }
    }

    /// What stands on the record, by worker.
    #[must_use]
    pub fn all(&self) -> Vec<Round> {
        self.0.iter().map(Cell::get).collect()
    }

    /// Writes on the record what stood on another one.
    pub fn set_all(&self, rounds: &[Round]) {
        self.0.iter().zip(rounds).for_each(|(newest, round)| newest.set(*round));
    }

    /// The newest round whose opening has reached the worker; the first where nobody keeps the record.
    #[must_use]
    pub fn newest(&self, worker: WorkerId) -> Round {
        self.0.get(worker.index()).map_or(Round::FIRST, Cell::get)
    }
}
