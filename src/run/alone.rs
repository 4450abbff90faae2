//! One run by itself, for programs that use the library.

use std::sync::atomic::AtomicBool;

use super::dataset_cache::DatasetCache;
use super::one::{RunControl, RunOutput, simulate};
use crate::error::Result;
use crate::scenario::RunSpec;
use crate::sim::IdleThreads;

/// Simulates a run on `threads` threads, at least one, with the data that it asks for; nothing is written anywhere.
///
/// # Errors
/// When the data cannot be loaded, and those of [`simulate`].
pub fn simulate_alone(run: &RunSpec, threads: usize) -> Result<RunOutput> {
    let control = RunControl {
        threads,
        spare: &IdleThreads::default(),
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
    };
    simulate(run, DatasetCache::default().of(run, threads)?, &control)
}
