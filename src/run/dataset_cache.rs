//! Loaded data sets, shared by the runs that need them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::data::{DataSpec, Dataset};
use crate::error::Result;
use crate::random::Streams;
use crate::scenario::{RunSpec, TaskSpec};

/// More data sets than this are not kept at once; repeats of a seeded set come and go.
pub(super) const KEPT: usize = 4;

/// A data set, and the seed that it is drawn from, if it is.
pub(super) type CacheKey = (DataSpec, Option<u64>);
type Cached = (CacheKey, Arc<Dataset>);

/// The latest data sets.
#[derive(Default)]
pub struct DatasetCache(Mutex<Vec<Cached>>);

impl DatasetCache {
    /// The data set for a run with `seed`, loaded once however many runs ask at the same time.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn get(&self, spec: &DataSpec, seed: u64) -> Result<Arc<Dataset>> {
        let key = key(spec, seed);
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, data)) = cache.iter().find(|(k, _)| *k == key) {
            return Ok(Arc::clone(data));
        }
        let data = Arc::new(spec.load(Streams::new(seed)).map_err(|e| e.key("task.train.data"))?);
        if cache.len() == KEPT {
            cache.remove(0);
        }
        cache.push((key, Arc::clone(&data)));
        Ok(data)
    }

    /// The data set that a run learns from, if it does.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn of(&self, run: &RunSpec) -> Result<Option<Arc<Dataset>>> {
        match &run.task {
            TaskSpec::Channel { .. } | TaskSpec::Quadratic(_) => Ok(None),
            TaskSpec::Train { data, .. } => self.get(data, run.seed).map(Some),
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
