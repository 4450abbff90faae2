//! One run by itself, for programs that use the library.

use std::sync::atomic::AtomicBool;

use super::one::{Means, Output, simulate};
use super::shelf::Shelf;
use crate::error::Result;
use crate::scenario::RunSpec;
use crate::sim::Spare;

/// Simulates a run on `threads` threads, at least one, with the data that it asks for; nothing is written anywhere.
///
/// # Errors
/// When the data cannot be loaded, and those of [`simulate`].
pub fn simulate_alone(run: &RunSpec, threads: usize) -> Result<Output> {
    let means =
        Means { threads, spare: &Spare::default(), interrupted: &AtomicBool::new(false), on_round: &|_| {} };
    simulate(run, Shelf::default().of(run)?, &means)
}
