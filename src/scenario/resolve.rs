//! From a scenario to one run: expressions evaluated, contradictions refused.

use serde::Serialize;

use super::{Scenario, TaskSpec};
use crate::actors::Close;
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::error::{Error, Result};
use crate::quantize::QuantizerSpec;
use crate::sim::{Law, NetworkSpec};

/// Everything that determines the result of one run, and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSpec {
    pub seed: u64,
    pub rounds: u32,
    pub evaluate_every: u32,
    /// M.
    pub workers: u32,
    pub batch: usize,
    pub compute_time: Law,
    pub task: TaskSpec,
    /// The method's name in records; not part of what determines the result.
    #[serde(skip)]
    pub method: String,
    pub quantizer: QuantizerSpec,
    pub aggregator: AggregatorSpec,
    /// L.
    pub adversaries: u32,
    /// What the adversaries do; nothing at all when there are none.
    #[serde(serialize_with = "attack_of_somebody")]
    pub attack: (u32, AttackSpec),
    pub learning_rate: f64,
    /// Votes that close a round.
    pub quorum: u32,
    pub close: Close,
    pub network: NetworkSpec,
}

/// Without adversaries every attack is the same run.
fn attack_of_somebody<S: serde::Serializer>(
    (adversaries, attack): &(u32, AttackSpec),
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    (*adversaries > 0).then_some(attack).serialize(serializer)
}

/// More workers than this are taken for a mistake.
const MOST_WORKERS: u32 = 100_000_000;
/// The simulated clock ends after 584 years.
const LONGEST_RUN_S: f64 = 500.0 * 365.0 * 86_400.0;

impl Scenario {
    /// The run of this point with `seed`.
    ///
    /// # Errors
    /// A scenario error with the key of the setting that is out of range or contradicts another.
    pub fn resolve(&self, seed: u64) -> Result<RunSpec> {
        let workers = self.workers.count;
        at_least_one("rounds", u64::from(self.rounds))?;
        at_least_one("repeats", u64::from(self.repeats))?;
        at_least_one("evaluate_every", u64::from(self.evaluate_every))?;
        at_least_one("workers.count", u64::from(workers))?;
        at_least_one("workers.batch", self.workers.batch as u64)?;
        if workers > MOST_WORKERS {
            let message = format!("{workers} workers are more than the {MOST_WORKERS} that can be simulated");
            return Err(Error::scenario(message).key("workers.count"));
        }
        let adversaries = self.adversaries.count.evaluate(workers).map_err(|why| {
            Error::scenario(why)
                .key("adversaries.count")
                .help("a count is 0 or above; for small M write it out")
        })?;
        if adversaries > workers {
            return Err(Error::scenario(format!(
                "{adversaries} adversaries are more than the {workers} workers"
            ))
            .key("adversaries.count")
            .help(format!("write a number from 0 to {workers}, or an expression such as M/2 - 1")));
        }
        self.workers.compute_time.validate().map_err(|e| e.key("workers.compute_time"))?;
        self.network.validate().map_err(|e| e.key("network"))?;
        self.method.aggregator.validate(self.rounds).map_err(|e| e.key("method.aggregator"))?;
        let quorum = self.quorum(workers)?;
        self.check_task()?;
        self.check_clock()?;
        Ok(RunSpec {
            seed,
            rounds: self.rounds,
            evaluate_every: self.evaluate_every,
            workers,
            batch: self.workers.batch,
            compute_time: self.workers.compute_time.clone(),
            task: self.task.clone(),
            method: self.method.name.clone(),
            quantizer: self.method.quantizer.clone(),
            aggregator: self.method.aggregator.clone(),
            adversaries,
            attack: (adversaries, self.adversaries.attack.clone()),
            learning_rate: self.server.learning_rate.get(),
            quorum,
            close: self.server.close.clone(),
            network: self.network.clone(),
        })
    }

    /// How many votes close a round.
    fn quorum(&self, workers: u32) -> Result<u32> {
        let close = &self.server.close;
        let error = |message: String| Error::scenario(message).key("server.close");
        if matches!(close, Close::All {}) && self.network.may_be_silent() {
            return Err(error("a round that waits for all votes never closes when messages are lost or workers drop out".into())
                .help("write close: { deadline: 500ms } or close: { quorum_or_deadline: { quorum: M/2, deadline: 500ms } }"));
        }
        if close.deadline().is_some_and(|d| d.get().is_zero()) {
            return Err(error("a deadline of 0s closes every round before a vote can arrive".into()));
        }
        let quorum = close.quorum(workers).map_err(error)?;
        if quorum == 0 || quorum > workers {
            return Err(error(format!("a quorum of {quorum} votes out of {workers} workers"))
                .help(format!("write a number from 1 to {workers}")));
        }
        Ok(quorum)
    }

    fn check_task(&self) -> Result<()> {
        match &self.task {
            TaskSpec::Channel { coordinates, .. } => {
                at_least_one("task.channel.coordinates", *coordinates as u64)?;
                // The header of a message counts coordinates in 32 bits.
                if u32::try_from(*coordinates).is_err() {
                    return Err(Error::scenario(format!("{coordinates} coordinates do not fit a message"))
                        .key("task.channel.coordinates"));
                }
                Ok(())
            }
            TaskSpec::Train { data, split, model } => {
                split.check(data.classes()).map_err(|e| e.key("task.train.split"))?;
                model.build(data.shape(), data.classes()).map_err(|e| e.key("task.train.model"))?;
                Ok(())
            }
        }
    }

    /// Refuses runs that could leave the simulated clock.
    fn check_clock(&self) -> Result<()> {
        let links = &self.network.links;
        let spans = [&links.up.latency, &links.down.latency, &self.workers.compute_time];
        let deadline = self.server.close.deadline().map_or(0.0, |d| d.as_secs_f64());
        let round: f64 = spans.iter().map(|law| law.reach_s()).sum::<f64>() + deadline;
        if round * f64::from(self.rounds) > LONGEST_RUN_S {
            return Err(Error::scenario(
                "so many rounds of this length may not fit the simulated clock of 584 years",
            )
            .key("rounds")
            .help("shorten latencies, compute times or the deadline"));
        }
        Ok(())
    }
}

fn at_least_one(key: &str, value: u64) -> Result<()> {
    if value == 0 { Err(Error::scenario("this must be at least 1").key(key)) } else { Ok(()) }
}
