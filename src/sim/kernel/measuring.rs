//! What is measured of the model while the run goes on.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::protocol::{Measurement, Score};
use crate::sim::observer::Observer;
use crate::sim::pool::{PendingResult, ThreadPool};
use crate::time::SimTime;

/// Measurements that may wait to be told of; they keep their parameters until then.
const BACKLOG: usize = 4;

/// Measurements that the pool may still be working on, the oldest first.
#[derive(Default)]
pub(super) struct Measurements(VecDeque<Measuring>);

struct Measuring {
    steps: u32,
    parts: Vec<PendingResult<Score>>,
}

impl Measurements {
    /// Whether all of them have been told of.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the pool what describes the model after `steps` steps.
    pub(super) fn begin(
        &mut self,
        now: SimTime,
        steps: u32,
        parts: Vec<Measurement>,
        pool: &mut ThreadPool<'_>,
    ) {
        let parts = parts.into_iter().map(|part| pool.submit_aside(now, part)).collect();
        self.0.push_back(Measuring { steps, parts });
    }

    /// Tells of measurements while the run goes on, so that they do not pile up.
    ///
    /// # Errors
    /// When one has panicked, a broken promise of this program.
    #[inline]
    pub(super) fn tell_old_ones(
        &mut self,
        pool: &mut ThreadPool<'_>,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        while self.0.len() > BACKLOG {
            self.tell_oldest(pool, observer)?;
        }
        Ok(())
    }

    /// Tells of the oldest measurement that is not told of yet; a score of nothing where there is none.
    ///
    /// # Errors
    /// When it has panicked, a broken promise of this program.
    pub(super) fn tell_oldest(
        &mut self,
        pool: &mut ThreadPool<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Score> {
        let mut sum = Score::default();
        let Some(Measuring { steps, parts }) = self.0.pop_front() else { return Ok(sum) };
        for part in parts {
            let panicked = |_| Error::run("a measurement panicked; this is a bug");
            sum.add(pool.result(part).map_err(panicked)?);
        }
        observer.measured(steps, &sum);
        Ok(sum)
    }
}
