//! Who computes how much in a round, and how long that takes on the simulated clock.

use std::time::Duration;

use crate::protocol::WorkerId;
use crate::random::Stream;
use crate::sim::Law;
use crate::units::{LONGEST, PerWorker, Positive, Span};

/// The work of every worker in a round.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Samples of each worker's own partition of the round's batch.
    pub batches: PerWorker<u32>,
    /// The partitions that each worker computes; its own alone when absent.
    pub partitions: Option<Vec<Vec<u32>>>,
    /// Gradients on each partition, one after another.
    pub local_steps: u32,
    /// Time of one gradient at speed 1, whatever its batch; drawn once a worker and round for all its partitions and local
    /// steps.
    pub per_gradient: Law,
    /// Time of each sample at speed 1, on top.
    pub per_sample: Span,
    /// Divides both.
    pub speed: PerWorker<Positive>,
}

impl Workload {
    /// The partitions that a worker computes in a round.
    #[must_use]
    pub fn of(&self, worker: WorkerId) -> Vec<u32> {
        self.partitions.as_ref().map_or_else(|| vec![worker.0], |rows| rows[worker.index()].clone())
    }

    /// How long a worker's round takes: every partition costs a gradient, drawn once, and its samples.
    ///
    /// # Panics
    /// Never after the scenario's checks.
    #[must_use]
    pub fn takes(&self, worker: WorkerId, stream: impl FnOnce() -> Stream) -> Duration {
        let each = self.per_gradient.sample_from(stream);
        let speed = self.speed.of(worker.0).get();
        let one = |partition: &u32| each + self.per_sample.get() * self.batches.of(*partition);
        let whole: Duration = self.of(worker).iter().map(one).sum::<Duration>() * self.local_steps;
        if speed == 1.0 {
            return whole.min(LONGEST);
        }
        Duration::from_secs_f64((whole.as_secs_f64() / speed).min(LONGEST.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    #[test]
    fn redundancy_samples_and_speed_cost_what_they_cost() {
        let span = |s: &str| s.parse::<Span>().unwrap();
        let load = Workload {
            batches: "1x4 + 2x10".parse().unwrap(),
            partitions: Some(vec![vec![0], vec![0, 1, 2], vec![1]]),
            local_steps: 1,
            per_gradient: Law::Constant(span("5ms")),
            per_sample: span("100us"),
            speed: "2x1 + 1x4".parse().unwrap(),
        };
        let stream = || Streams::new(1).stream(Purpose::ComputeTime, 0, Round(0));
        let takes = |m| load.takes(WorkerId(m), stream);
        assert_eq!(takes(0), Duration::from_micros(5400));
        assert_eq!(takes(1), Duration::from_micros(15_000 + 2400));
        assert_eq!(takes(2), Duration::from_micros(1500));
        let thrice = Workload { local_steps: 3, ..load.clone() };
        assert_eq!(thrice.takes(WorkerId(0), stream), Duration::from_micros(3 * 5400));
    }
}
