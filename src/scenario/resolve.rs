//! From a scenario to one run: expressions evaluated, contradictions refused.

use serde::Serialize;

use super::{Adversaries, Metrics, Reference, Scenario, TaskSpec, Workers, combine, keys, single};
use crate::actors::{
    AdversaryPlan, Close, LearningRate, ReferenceKind, ReferenceSigns, ServerPlan, WorkerPlan,
};
use crate::attack::AttackSpec;
use crate::error::{Error, Result};
use crate::random::Streams;
use crate::sim::{Limits, NetworkSpec};
use crate::units::Population;

/// Everything that determines the result of one run, and nothing else: the sections of a scenario, with every expression
/// worth its number. What an actor is built from is its section here.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSpec {
    /// What all random draws of the run are keyed by.
    pub seed: u64,
    /// T.
    pub rounds: u32,
    /// M and L.
    pub population: Population,
    /// Workers that are asked in a round.
    pub asked: u32,
    /// What each worker does in a round.
    pub workers: WorkerPlan,
    /// What the server is told before the first round.
    pub server: ServerPlan,
    /// What the adversary is told; nobody asks it where L = 0.
    pub adversary: AdversaryPlan,
    /// Links, absences and cuts, with workers by number in the place of classes.
    pub network: NetworkSpec,
    /// What the votes are about.
    pub task: TaskSpec,
    /// What the record holds, and under which names.
    pub record: Record,
    /// Where the run is stopped with an error.
    pub limits: Limits,
}

/// What is recorded of a run, and under which names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The method's name; not part of what determines the result.
    #[serde(skip)]
    pub method: String,
    /// The word of the attack that was asked for; likewise.
    #[serde(skip)]
    pub attack: String,
    /// Steps between two measurements of the model.
    pub evaluate_every: u32,
    /// With `auto` decided.
    pub metrics: Metrics,
}

impl RunSpec {
    /// What decisions are compared with.
    #[must_use]
    pub fn reference_signs(&self) -> ReferenceSigns {
        let metrics = &self.record.metrics;
        let kind = match (&self.task, metrics.reference) {
            (TaskSpec::Channel { .. } | TaskSpec::Quadratic(_), _) => ReferenceKind::Truth,
            (TaskSpec::Train { .. }, Reference::HonestMean) => ReferenceKind::HonestMean,
            (TaskSpec::Train { .. }, Reference::FullBatch) => ReferenceKind::FullBatch,
            (TaskSpec::Train { .. }, Reference::Auto | Reference::None) => ReferenceKind::Nothing,
        };
        ReferenceSigns { kind, every: metrics.every, told: self.server.aggregator.needs_truth() }
    }
}

/// More workers than this are taken for a mistake.
const MOST_WORKERS: u32 = 100_000_000;

impl Scenario {
    /// The run of this point with `seed`.
    ///
    /// # Errors
    /// A scenario error with the key of the setting that is out of range or contradicts another.
    pub fn resolve(&self, seed: u64) -> Result<RunSpec> {
        self.check_counts()?;
        let population = self.population()?;
        let workers = self.resolve_workers(seed)?;
        let network = self.resolve_network()?;
        let declared = self.declared(population)?;
        let adversary = self.resolve_adversary(population)?;
        self.check_parts(&network)?;
        let asked = self.asked()?;
        let server = self.resolve_server(population, asked, declared)?;
        let coordinates = self.check_task()?;
        combine::check(self, population.adversaries, server.quorum == asked)?;
        single::check(self)?;
        combine::numbers(self, asked, declared)?;
        self.check_bytes(RunSpec::longest_message(coordinates), self.adversaries.attack.traits().copies)?;
        let record = self.resolve_record(coordinates);
        let (rounds, task, limits) = (self.rounds, self.task.clone(), self.limits);
        let run = RunSpec {
            seed,
            rounds,
            population,
            asked,
            workers,
            server,
            adversary,
            network,
            task,
            record,
            limits,
        };
        run.check_clock(coordinates)?;
        Ok(run)
    }

    /// Refuses counts of zero, and more workers than can be.
    fn check_counts(&self) -> Result<()> {
        let workers = self.workers.count;
        at_least_one("rounds", u64::from(self.rounds))?;
        at_least_one("repeats", u64::from(self.repeats))?;
        at_least_one("evaluate_every", u64::from(self.evaluate_every))?;
        at_least_one("workers.count", u64::from(workers))?;
        for batch in self.workers.batch.values() {
            at_least_one("workers.batch", u64::from(batch))?;
        }
        at_least_one("workers.local.steps", u64::from(self.workers.local.steps))?;
        at_least_one("metrics.every", u64::from(self.metrics.every))?;
        at_least_one("metrics.workers_every", u64::from(self.metrics.workers_every))?;
        if workers > MOST_WORKERS {
            let message = format!("{workers} workers are more than the {MOST_WORKERS} that can be simulated");
            let help = format!("write a number from 1 to {MOST_WORKERS}");
            return Err(Error::scenario(message).key("workers.count").help(help));
        }
        Ok(())
    }

    /// M and L.
    fn population(&self) -> Result<Population> {
        let workers = self.workers.count;
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
            .help(format!("write a number from 0 to {workers}, or an expression such as M/2")));
        }
        Ok(Population { workers, adversaries })
    }

    fn resolve_workers(&self, seed: u64) -> Result<WorkerPlan> {
        let Workers { count, classes, batch, .. } = &self.workers;
        let wrong = |key: &str, why: String, help: &str| Error::scenario(why).key(key).help(help);
        batch
            .check(*count)
            .map_err(|why| wrong("workers.batch", why, "write one value, or one for every worker"))?;
        classes.check(*count).map_err(|why| {
            wrong("workers.classes", why, "let the numbers of all classes add up to workers.count")
        })?;
        let speed = self.workers.speed.resolve(*count, classes, Streams::new(seed)).map_err(|why| {
            let help = "write one value, one for every worker, or a law of `signsim list speeds`";
            wrong("workers.speed", why, help)
        })?;
        Ok(WorkerPlan {
            batch: batch.clone(),
            batches: self.workers.batches,
            compute_time: self.workers.compute_time.clone(),
            time_per_sample: self.workers.time_per_sample,
            speed,
            local: self.workers.local,
            quantizer: self.method.quantizer.clone(),
            momentum: self.method.momentum,
            own_model: self.method.own_model,
        })
    }

    fn resolve_network(&self) -> Result<NetworkSpec> {
        self.network.by_number(&self.workers.classes).map_err(|e| e.key("network"))
    }

    /// What the adversary does. Without corrupted workers every attack is the same run, so it is the same here.
    fn resolve_adversary(&self, population: Population) -> Result<AdversaryPlan> {
        let Adversaries { attack, patience, .. } = &self.adversaries;
        attack.validate(population.workers).map_err(|e| e.key("adversaries.attack"))?;
        if population.adversaries == 0 {
            return Ok(AdversaryPlan { attack: AttackSpec::SignInversion {}, patience: None });
        }
        Ok(AdversaryPlan { attack: attack.clone(), patience: *patience })
    }

    /// Asks every part that checks itself.
    fn check_parts(&self, network: &NetworkSpec) -> Result<()> {
        let workers = self.workers.count;
        self.workers.compute_time.validate().map_err(|e| e.key("workers.compute_time"))?;
        network.validate(workers).map_err(|e| e.key("network"))?;
        self.method.quantizer.validate().map_err(|e| e.key("method.quantizer"))?;
        self.server.trusted.0.map_or(Ok(()), |own| own.validate()).map_err(|e| e.key("server.trusted"))?;
        self.method.aggregator.validate(workers, self.rounds).map_err(|e| e.key("method.aggregator"))
    }

    /// Workers that are asked in a round.
    fn asked(&self) -> Result<u32> {
        let workers = self.workers.count;
        self.server.participants.asked(workers).map_err(|why| {
            Error::scenario(why)
                .key("server.participants")
                .help(format!("write all, or {{ sample: K }} with K from 1 to {workers}"))
        })
    }

    fn resolve_server(&self, population: Population, asked: u32, declared: u32) -> Result<ServerPlan> {
        Ok(ServerPlan {
            learning_rate: self.learning_rate().clone(),
            weight_decay: self.weight_decay(),
            quorum: self.quorum(population, asked)?,
            close: self.server.close.clone(),
            late: self.server.late.clone(),
            acknowledge: self.server.acknowledge,
            trusted: self.trusted(),
            declared,
            before: self.method.before.clone(),
            aggregator: self.method.aggregator.clone(),
            stop: self.stop,
        })
    }

    fn resolve_record(&self, coordinates: usize) -> Record {
        let reference = self.metrics.reference.decided(self.workers.count, coordinates);
        Record {
            method: self.method.name.clone(),
            attack: self.adversaries.attack.word().to_owned(),
            evaluate_every: self.evaluate_every,
            metrics: Metrics { reference, ..self.metrics.clone() },
        }
    }

    /// How many adversaries the server believes in.
    fn declared(&self, population: Population) -> Result<u32> {
        let Population { workers, adversaries } = population;
        let Some(count) = &self.adversaries.declared else { return Ok(adversaries) };
        let error = |why: String| {
            let help =
                format!("write a number from 0 to {workers}, or omit it for that of adversaries.count");
            Error::scenario(why).key("adversaries.declared").help(help)
        };
        let declared = count.evaluate(workers).map_err(error)?;
        if declared > workers {
            return Err(error(format!(
                "{declared} declared adversaries are more than the {workers} workers"
            )));
        }
        Ok(declared)
    }

    /// How many votes close a round.
    fn quorum(&self, population: Population, asked: u32) -> Result<u32> {
        let Population { workers, adversaries } = population;
        let close = &self.server.close;
        let error = |message: String| Error::scenario(message).key("server.close");
        let quorum = close.quorum(workers, asked);
        let silent = if self.adversaries.attack.traits().may_be_silent { adversaries } else { 0 };
        if close.deadline().is_none() {
            self.check_that_it_closes(*quorum.as_ref().unwrap_or(&asked), asked, silent)?;
        }
        if close.deadline().is_some_and(|d| d.get().is_zero()) {
            return Err(error("a deadline of 0s closes every round in the instant in which it opens".into())
                .help("write a longer one, or close: all where nothing takes time"));
        }
        let quorum =
            quorum.map_err(|why| error(why).help("a count is 0 or above; for small M write it out"))?;
        if quorum == 0 || quorum > asked {
            let sure = if close.deadline().is_some() { asked } else { self.sure_votes(asked, silent) };
            return Err(error(format!("a quorum of {quorum} votes out of {asked} workers that are asked"))
                .help(match sure {
                    0 => "write close: { deadline: 500ms }".to_owned(),
                    _ => format!("write a number from 1 to {sure}"),
                }));
        }
        Ok(quorum)
    }

    /// So many votes come in every round, sooner or later, as far as the settings say.
    fn sure_votes(&self, asked: u32, silent: u32) -> u32 {
        let mute = self.network.mute(self.workers.count);
        let lossy = u32::from(self.network.silence().is_some() && silent + mute == 0);
        asked.saturating_sub(silent).saturating_sub(mute).saturating_sub(lossy)
    }

    /// Refuses to wait, without a deadline, for votes that may never come.
    fn check_that_it_closes(&self, quorum: u32, asked: u32, silent: u32) -> Result<()> {
        // Who did not write how rounds close is shown what keeps them open.
        let unsaid = self.server.close == Close::All {};
        let error = |message: String, cause: &str| {
            Error::scenario(message).key(if unsaid { cause } else { "server.close" })
        };
        let everyone = quorum >= asked || self.server.close.is_buffer();
        let sure = self.sure_votes(asked, silent);
        if silent > 0 && (everyone || quorum > asked.saturating_sub(silent)) {
            return Err(error(format!(
                "a round that waits for {quorum} votes of {asked} workers never closes when the {silent} corrupted ones stay silent"
            ), "adversaries.attack")
            .help(match sure {
                0 => "write close: { deadline: 500ms }".to_owned(),
                _ => format!("write close: {{ deadline: 500ms }}, or close: {{ quorum: {sure} }} for those who are left"),
            }));
        }
        if let Some((why, key)) = self.network.silence().filter(|_| everyone) {
            return Err(error(format!("a round that waits for all its workers never closes when {why}"), &key)
                .help("write close: { deadline: 500ms } or close: { quorum_or_deadline: { quorum: M/2, deadline: 500ms } }"));
        }
        let mute = self.network.mute(self.workers.count);
        if mute > 0 && quorum > asked.saturating_sub(mute) {
            return Err(error(
                format!(
                    "a round that waits for {quorum} votes never closes when {mute} of the workers never vote"
                ),
                "network",
            )
            .help("write close: { deadline: 500ms }, or look at the losses and crashes under `network`"));
        }
        Ok(())
    }
}

impl Scenario {
    /// The method's own, else the server's.
    pub(super) fn learning_rate(&self) -> &LearningRate {
        self.method.learning_rate.as_ref().unwrap_or(&self.server.learning_rate)
    }

    /// The method's own, else the server's.
    pub(super) fn weight_decay(&self) -> f64 {
        self.method.weight_decay.unwrap_or(self.server.weight_decay)
    }

    /// Refuses runs whose bytes would not fit the counters.
    fn check_bytes(&self, message: u64, copies: u32) -> Result<()> {
        let (workers, rounds) = (u128::from(self.workers.count), u128::from(self.rounds));
        let messages = rounds.saturating_mul(workers).saturating_mul(2 * (1 + u128::from(copies)));
        let each = u128::from(message) + u128::from(self.network.overhead());
        if messages.saturating_mul(each) > u128::from(u64::MAX) {
            return Err(Error::scenario("the bytes of so many messages of this size may not fit 64 bits")
                .key("network")
                .help("lower the overhead, the rounds or the workers"));
        }
        Ok(())
    }
}

pub(super) fn at_least_one(key: &str, value: u64) -> Result<()> {
    if value > 0 {
        return Ok(());
    }
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    let help =
        keys::form(&path).map_or("write 1 or more".to_owned(), |form| format!("write for example {form}"));
    let last = path.last().expect("a key has a name");
    Err(Error::scenario(format!("`{last}` must be at least 1")).key(key).help(help))
}
