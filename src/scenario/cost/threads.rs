//! Memory that comes with the threads of a run.

use super::super::{Reference, RunSpec, TaskSpec};
use crate::actors::{BatchesAhead, GRADIENT_PART};
use crate::data::DataSpec;
use crate::learn::{EVALUATION_BATCH, Model};
use crate::wire;

impl RunSpec {
    /// What a thread of the pool keeps between gradients.
    pub(super) fn thread_bytes(&self, model: &Model, data: &DataSpec, threads: usize) -> u64 {
        let batch = self.largest_batch();
        let parts =
            self.record.metrics.reference == Reference::FullBatch || self.record.metrics.gradient_norm;
        let together = if parts { batch.max(GRADIENT_PART.min(data.sizes().0)) } else { batch };
        // And one sample as it is changed.
        let inputs = (4 * together + 2) * data.shape().features();
        let evaluated = match &self.task {
            TaskSpec::Train { evaluation_batch: Some(batch), .. } => *batch as usize,
            _ => EVALUATION_BATCH,
        };
        model.workspace_bytes(together, evaluated.min(data.sizes().1), threads)
            + inputs as u64
            + self.gradient_vectors() * wire::full_len(model.parameter_count())
    }

    /// Vectors of D numbers that a thread keeps: the gradient, what stands for it while it is quantised, and with local steps
    /// where they lead.
    pub(super) fn gradient_vectors(&self) -> u64 {
        if self.workers.local.steps > 1 { 4 } else { 2 }
    }

    /// Batches that threads which would rest have made for the next round.
    pub(super) fn made_ahead_bytes(&self, data: &DataSpec, threads: usize) -> u64 {
        let batch = 4 * self.largest_batch() * data.shape().features();
        BatchesAhead::memory_bytes(threads, u64::from(self.asked) * batch as u64)
    }

    /// Samples of the largest batch that anybody draws.
    fn largest_batch(&self) -> usize {
        let own = self.server.trusted.map_or(0, |own| own.batch);
        self.workers.batch.values().max().unwrap_or(0).max(own) as usize
    }
}
