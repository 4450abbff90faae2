//! How many rounds the simulated clock can bear, at the worst of every latency, computation and wait.

use super::RunSpec;
use crate::error::{Error, Result};
use crate::units::Positive;
use crate::wire;

/// The simulated clock ends after 584 years.
const LONGEST_RUN_S: f64 = 500.0 * 365.0 * 86_400.0;

impl RunSpec {
    /// No message is longer: numbers take 4 D bytes, two planes and a scale for every coordinate less than 12 D.
    pub(super) const fn longest_message(coordinates: usize) -> u64 {
        wire::HEADER as u64 + 3 * wire::full_len(coordinates)
    }

    /// Rounds that surely end before the simulated clock does; a run has no more of them.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn rounds_of_clock(&self) -> Result<u32> {
        let round = self.longest_round_s(self.coordinates()?);
        Ok((LONGEST_RUN_S / round) as u32)
    }

    /// Refuses runs that could leave the simulated clock.
    pub(super) fn check_clock(&self, coordinates: usize) -> Result<()> {
        if self.longest_round_s(coordinates) * f64::from(self.rounds) > LONGEST_RUN_S {
            return Err(Error::scenario(
                "so many rounds of this length may not fit the simulated clock of 584 years",
            )
            .key("rounds")
            .help("shorten latencies, compute times, deadline, patience or how late votes come, or widen bandwidths"));
        }
        Ok(())
    }

    /// Simulated seconds that a round takes at most.
    fn longest_round_s(&self, coordinates: usize) -> f64 {
        let workers = &self.workers;
        let deadline = self.server.close.deadline().map_or(0.0, |d| d.as_secs_f64());
        let slowest = workers.speed.values().map(Positive::get).fold(f64::INFINITY, f64::min);
        let most = workers.batch.values().max().unwrap_or(0);
        let compute =
            workers.compute_time.reach_s() + workers.time_per_sample.as_secs_f64() * f64::from(most);
        // Under a code a worker may compute every partition.
        let steps = f64::from(workers.local.steps);
        let gradients = self.server.aggregator.code().map_or(1.0, |_| f64::from(self.population.workers));
        let bytes = Self::longest_message(coordinates);
        let copies = self.adversary.attack.traits().copies;
        let travel = self.network.reach_s(bytes, bytes, copies, self.population.workers);
        let held_back = self.adversary.attack.traits().delay.as_secs_f64()
            + self.adversary.patience.map_or(0.0, |span| span.as_secs_f64());
        travel + compute * steps * gradients / slowest + deadline + held_back
    }
}
