//! Loaded data sets, shared by the runs that need them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::data::{DataSpec, Dataset};
use crate::error::Result;
use crate::helpers::Helpers;
use crate::random::Streams;
use crate::scenario::{RunSpec, TaskSpec};

/// More data sets than this are not kept at once; repeats of a seeded set come and go.
pub(super) const KEPT: usize = 4;

/// A data set, and the seed that it is drawn from, if it is.
pub(super) type CacheKey = (DataSpec, Option<u64>);
/// Where a data set lies once somebody has loaded it.
type Slot = Arc<Mutex<Option<Arc<Dataset>>>>;

/// The latest data sets.
#[derive(Default)]
pub struct DatasetCache(Mutex<Vec<(CacheKey, Slot)>>);

impl DatasetCache {
    /// The data set for a run with `seed`, loaded once however many runs ask at the same time; others are loaded meanwhile. Until
    /// it is there, nothing else is for `threads` threads to do.
    ///
    /// # Errors
    /// When it cannot be loaded.
    fn loaded(&self, spec: &DataSpec, seed: u64, threads: usize) -> Result<Arc<Dataset>> {
        let slot = self.slot(key(spec, seed));
        let mut loaded = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(data) = &*loaded {
            return Ok(Arc::clone(data));
        }
        let helpers = Helpers::waiting(threads.saturating_sub(1));
        let data = spec.load(Streams::new(seed), &helpers).map_err(|e| e.key("task.train.data"))?;
        Ok(Arc::clone(loaded.insert(Arc::new(data))))
    }

    /// The data set for a run with `seed`, loaded on one thread.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn get(&self, spec: &DataSpec, seed: u64) -> Result<Arc<Dataset>> {
        self.loaded(spec, seed, 1)
    }

    /// The slot of a data set; a new one takes the place of the oldest.
    fn slot(&self, key: CacheKey) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = slots.iter().find(|(known, _)| *known == key) {
            return Arc::clone(slot);
        }
        if slots.len() == KEPT {
            slots.remove(0);
        }
        let slot = Slot::default();
        slots.push((key, Arc::clone(&slot)));
        slot
    }

    /// The data set that a run on `threads` threads learns from, if it does.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn of(&self, run: &RunSpec, threads: usize) -> Result<Option<Arc<Dataset>>> {
        match &run.task {
            TaskSpec::Channel { .. } | TaskSpec::Quadratic(_) => Ok(None),
            TaskSpec::Train { data, .. } => self.loaded(data, run.seed, threads).map(Some),
        }
    }

    /// Keeps nothing, for another set that is to have the memory.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Runs with the same key learn from the same data.
pub(super) fn key(spec: &DataSpec, seed: u64) -> CacheKey {
    (spec.clone(), spec.is_seeded().then_some(seed))
}
