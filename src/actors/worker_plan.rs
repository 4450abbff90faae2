//! What a worker does in a round: samples, steps, quantiser, and how long that takes on the simulated clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::own_model::OwnModel;
use crate::data::Batches;
use crate::protocol::WorkerId;
use crate::quantize::{Momentum, QuantizerSpec};
use crate::random::Stream;
use crate::sim::Law;
use crate::units::{LONGEST, PerWorker, Positive, Span};

/// What every worker is told before the first round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkerPlan {
    /// Samples of each worker's own partition of the round's batch.
    pub batch: PerWorker<u32>,
    /// How they are chosen.
    pub batches: Batches,
    /// Time of one gradient at speed 1, whatever its batch; drawn once a worker and round for all its partitions and local
    /// steps.
    pub compute_time: Law,
    /// Time of each sample at speed 1, on top.
    pub time_per_sample: Span,
    /// Divides both.
    pub speed: PerWorker<Positive>,
    /// Gradients on each partition, one after another.
    pub local: Local,
    /// What makes a vote of the gradient.
    pub quantizer: QuantizerSpec,
    /// The running mean of gradients that is quantised instead of the gradient.
    pub momentum: Momentum,
    /// How each moves a model of its own, from which the vector that is quantised leads to everybody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_model: Option<OwnModel>,
}

/// Local steps: more computing, fewer rounds (McMahan et al. 2017, arXiv 1602.05629).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// Gradient steps in a round, from 1 on; with more than one, the mean gradient along them is quantised.
    #[serde(default = "one_step")]
    pub steps: u32,
    /// Learning rate of these steps.
    #[serde(default = "paper_rate")]
    pub rate: Positive,
}

const fn one_step() -> u32 {
    1
}

/// The learning rate of Park & Lee, for the server's steps and for local ones.
///
/// # Panics
/// Never: it is above zero.
#[must_use]
pub fn paper_rate() -> Positive {
    Positive::try_from(0.001).expect("a positive number")
}

impl Default for Local {
    fn default() -> Self {
        Self { steps: one_step(), rate: paper_rate() }
    }
}

impl WorkerPlan {
    /// Whether what is quantised is more than the gradient.
    #[must_use]
    pub const fn remembers(&self) -> bool {
        !self.momentum.is_none() || self.quantizer.keeps_memory() || self.own_model.is_some()
    }

    /// Bytes that a worker keeps between votes on D coordinates.
    #[must_use]
    pub fn memory_bytes(&self, coordinates: usize) -> u64 {
        let vectors = u64::from(!self.momentum.is_none()) + u64::from(self.own_model.is_some());
        self.quantizer.memory_bytes(coordinates) + 4 * vectors * coordinates as u64
    }

    /// How long a round on these partitions takes a worker: every partition costs a gradient, drawn once, and its samples.
    ///
    /// # Panics
    /// Never after the scenario's checks.
    #[must_use]
    pub fn takes(&self, worker: WorkerId, partitions: &[u32], stream: impl FnOnce() -> Stream) -> Duration {
        let batches = partitions.iter().map(|partition| self.batch.of(*partition));
        self.time(batches, self.speed.of(worker.0), stream)
    }

    /// How long a round on partitions with so many samples takes at this speed.
    #[must_use]
    pub fn time(
        &self,
        batches: impl Iterator<Item = u32>,
        speed: Positive,
        stream: impl FnOnce() -> Stream,
    ) -> Duration {
        let each = self.compute_time.sample_from(stream);
        let speed = speed.get();
        let one = |batch: u32| each + self.time_per_sample.get() * batch;
        let whole: Duration = batches.map(one).sum::<Duration>() * self.local.steps;
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
        let plan = WorkerPlan {
            batch: "1x4 + 2x10".parse().unwrap(),
            batches: Batches::Fresh,
            compute_time: Law::Constant(span("5ms")),
            time_per_sample: span("100us"),
            speed: "2x1 + 1x4".parse().unwrap(),
            local: Local::default(),
            quantizer: QuantizerSpec::Dense {},
            momentum: Momentum::NONE,
            own_model: None,
        };
        let partitions: [&[u32]; 3] = [&[0], &[0, 1, 2], &[1]];
        let stream = || Streams::new(1).stream(Purpose::ComputeTime, 0, Round(0));
        let takes = |plan: &WorkerPlan, m: u32| plan.takes(WorkerId(m), partitions[m as usize], stream);
        assert_eq!(takes(&plan, 0), Duration::from_micros(5400));
        assert_eq!(takes(&plan, 1), Duration::from_micros(15_000 + 2400));
        assert_eq!(takes(&plan, 2), Duration::from_micros(1500));
        let thrice = WorkerPlan { local: Local { steps: 3, ..plan.local }, ..plan };
        assert_eq!(takes(&thrice, 0), Duration::from_micros(3 * 5400));
    }
}
