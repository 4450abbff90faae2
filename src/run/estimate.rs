//! How long a plan will take, told from the first rounds of the real thing.
//!
//! Of every kind of run the first rounds are computed, two of them where one is like the other, ten where the network decides,
//! or as many as a fraction of a second has. Each is computed on one thread, as many side by side as there will be runs, and,
//! of drawn data, on a part of them. What that took for a vote and a round is multiplied; a sample that is evaluated takes a
//! third of one that is learned from. Kinds differ in what costs time: task, model, batches, rule. Seeds, rounds and the
//! number of adversaries only multiply. Expect the right order of magnitude, mostly within a factor of two.

mod clock;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clock::{Clock, Limits, MeasuredTime};

use super::dataset_cache::{self, DatasetCache};
use super::one::{RunControl, simulate_watched};
use crate::actors::{Close, LearningRate};
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::data::DataSpec;
use crate::error::{Error, Result};
use crate::helpers::{Helpers, NOBODY};
use crate::interrupt;
use crate::protocol::StopRule;
use crate::random::Streams;
use crate::scenario::{Plan, Reference, RunSpec, TaskSpec};
use crate::sim::{IdleThreads, NetworkSpec};

/// What all measurements of a plan take together, about.
const BUDGET: Duration = Duration::from_millis(900);
/// More kinds than this are not measured one by one.
const KINDS: usize = 30;
/// Among so many runs kinds are counted before any is measured.
const LOOKED_AT: usize = 10_000;
/// So many rounds after the first tell the pace of the others, once they have lasted longer than a moment: one where everybody
/// is heard in each, more where that depends on the network.
const ENOUGH: [usize; 2] = [1, 10];
/// A moment: a process that has just begun is slow; once it has measured a kind, a shorter one will do.
const MOMENTS: [Duration; 2] = [Duration::from_millis(3), Duration::from_millis(1)];
/// Rounds that are never reached; counters hold more.
const ROUNDS: u32 = 60_000;
/// Samples of drawn data that are enough to measure with.
const SAMPLES: usize = 300;
/// Samples that tell how long drawing them takes.
const DRAWN: usize = 50;

/// What a run takes on one thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunTime {
    /// Before its first round: data, shards, actors.
    pub setup_s: f64,
    /// All its rounds, measurements of the model included.
    pub rounds_s: f64,
}

impl RunTime {
    /// All of it.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.setup_s + self.rounds_s
    }
}

/// A measurement, or why there is none.
type Pace = std::result::Result<MeasuredTime, String>;

/// Measurements of the kinds of a plan.
pub struct Estimates<'a> {
    cache: &'a DatasetCache,
    /// The work of the first kind that could be measured, and its pace.
    example: Option<(f64, MeasuredTime)>,
    paces: BTreeMap<String, Pace>,
    /// What drawing or reading a data set takes.
    loads: Vec<(DataSpec, f64)>,
    /// What the runs so far will have left in their cache.
    kept: Vec<dataset_cache::CacheKey>,
}

impl<'a> Estimates<'a> {
    /// Measures every kind of a plan, `jobs` of them side by side, as many as there will be runs; data sets come from the cache.
    #[must_use]
    pub fn of(plan: &Plan, cache: &'a DatasetCache, jobs: usize) -> Self {
        let (mut kinds, mut specs) = (Vec::new(), Vec::new());
        for run in plan.runs.iter().take(LOOKED_AT) {
            let kind = kind(&run.spec);
            if !kinds.contains(&kind) {
                kinds.push(kind);
                specs.push(&run.spec);
            }
            if kinds.len() == KINDS {
                break;
            }
        }
        let jobs = jobs.clamp(1, kinds.len().max(1));
        let budget = BUDGET * jobs as u32 / kinds.len().max(1) as u32;
        let measure = |(at, spec): (usize, &RunSpec)| {
            let moment = MOMENTS[usize::from(at >= jobs)];
            measured(spec, (budget, moment), cache).map_err(|error| error.to_string())
        };
        let helpers = Helpers::waiting(jobs - 1);
        let paces = helpers.lend(jobs - 1).map(specs.iter().copied().enumerate().collect(), measure);
        let seen = |(spec, pace): (&&RunSpec, &Pace)| Some((work(spec), pace.clone().ok()?));
        let example = specs.iter().zip(&paces).find_map(seen);
        let paces = kinds.into_iter().zip(paces).collect();
        Self { cache, example, paces, loads: Vec::new(), kept: Vec::new() }
    }

    /// What a run will take on one thread, after those that were asked about before.
    ///
    /// # Errors
    /// Why that cannot be told, in words.
    pub fn took(&mut self, spec: &RunSpec) -> std::result::Result<RunTime, String> {
        let pace = self.paces.get(&kind(spec)).cloned().unwrap_or_else(|| self.like_another(spec))?;
        let load_s = self.load(spec).map_err(|error| error.to_string())?;
        let took = told(spec, pace);
        Ok(RunTime { setup_s: took.setup_s + load_s, ..took })
    }

    /// Seconds until the run has its data: none where an earlier run has left it.
    fn load(&mut self, spec: &RunSpec) -> Result<f64> {
        let TaskSpec::Train { data, .. } = &spec.task else { return Ok(0.0) };
        let key = dataset_cache::key(data, spec.seed);
        if self.kept.contains(&key) {
            return Ok(0.0);
        }
        if self.kept.len() == dataset_cache::KEPT {
            self.kept.remove(0);
        }
        self.kept.push(key);
        if let Some((_, seconds)) = self.loads.iter().find(|(known, _)| known == data) {
            return Ok(*seconds);
        }
        let mut few = data.clone();
        shrink(&mut few, DRAWN);
        let (all, part) = (data.sizes(), few.sizes());
        let started = Instant::now();
        // What was read to verify the plan is there; what is drawn is drawn for this alone.
        let loaded = if few.is_seeded() {
            few.load(Streams::new(spec.seed), &NOBODY).map(drop)
        } else {
            self.cache.get(&few, 0).map(drop)
        };
        loaded?;
        let more = (all.0 + all.1) as f64 / (part.0 + part.1).max(1) as f64;
        let seconds = started.elapsed().as_secs_f64() * more;
        self.loads.push((data.clone(), seconds));
        Ok(seconds)
    }

    /// A kind that is not measured any more takes as much longer than the first as there is more to do.
    fn like_another(&self, spec: &RunSpec) -> Pace {
        let (done, pace) = self.example.ok_or("no run could be measured")?;
        let factor = work(spec) / done;
        Ok(MeasuredTime {
            setup_s: pace.setup_s,
            round_s: pace.round_s * factor,
            vote_s: pace.vote_s * factor,
        })
    }
}

/// What there is to do in a round, in steps of no certain length: votes times coordinates times samples.
fn work(spec: &RunSpec) -> f64 {
    let samples = match &spec.task {
        TaskSpec::Channel { .. } => 1.0,
        TaskSpec::Quadratic(_) => f64::from(spec.workers.local.steps),
        TaskSpec::Train { .. } => {
            f64::from(spec.workers.batch.values().max().unwrap_or(1)) * f64::from(spec.workers.local.steps)
        }
    };
    let votes = f64::from(if spec.server.close.is_buffer() { spec.server.quorum } else { spec.asked });
    votes * samples * spec.coordinates().unwrap_or(1).max(1) as f64
}

/// Runs of one kind take the same time a round.
fn kind(spec: &RunSpec) -> String {
    let mut spec = probe(spec);
    (spec.seed, spec.rounds, spec.population.adversaries) = (0, 0, spec.population.adversaries.min(1));
    // Follows L unless it is told otherwise, and only multiplies, if it matters at all.
    spec.server.declared = spec.server.declared.min(1);
    (spec.server.learning_rate, spec.server.weight_decay) = (LearningRate::paper(), 0.0);
    let mut words: Vec<&str> = spec.adversary.attack.parts().iter().map(AttackSpec::word).collect();
    words.extend(spec.adversary.attack.build().rehearse().then_some("rehearsed"));
    let attack = if spec.population.adversaries > 0 { words.join("+") } else { String::new() };
    if spec.adversary.attack.traits().copies == 1 {
        spec.adversary.attack = AttackSpec::SignInversion {};
    }
    // Where everyone is heard, when does not matter.
    if spec.network.delivers_once() {
        spec.network = NetworkSpec::ideal();
    }
    attack + &serde_json::to_string(&spec).expect("a run is plain data")
}

/// The run as it is measured: of few samples, never evaluated, and in the phase in which it spends most of its rounds.
fn probe(spec: &RunSpec) -> RunSpec {
    let mut probe = spec.clone();
    (probe.record.evaluate_every, probe.record.metrics.workers_every) = (u32::MAX, u32::MAX);
    (probe.record.metrics.fairness, probe.record.metrics.gradient_norm) = (false, false);
    if probe.record.metrics.reference == Reference::FullBatch && !probe.server.aggregator.needs_truth() {
        probe.record.metrics.reference = Reference::None;
    }
    if let AggregatorSpec::FederatedDefense(options) = &mut probe.server.aggregator {
        options.t_in = if spec.rounds / 2 >= options.t_in { options.t_in.min(1) } else { options.t_in };
    }
    if let TaskSpec::Train { data, .. } = &mut probe.task {
        shrink(data, SAMPLES.max(20 * spec.population.workers as usize));
    }
    (probe.rounds, probe.server.stop) = (ROUNDS, StopRule::default());
    probe
}

/// Drawn data of at most so many samples to learn from, and one to test.
fn shrink(data: &mut DataSpec, most: usize) {
    if let DataSpec::Digits { train, test, .. } | DataSpec::Shapes { train, test, .. } = data {
        (*train, *test) = ((*train).min(most), (*test).min(1));
    }
}

/// Computes and counts votes of a run until `budget` is spent, or enough rounds have lasted longer than a moment.
fn measured(
    spec: &RunSpec,
    (budget, moment): (Duration, Duration),
    cache: &DatasetCache,
) -> Result<MeasuredTime> {
    let mut probe = probe(spec);
    // The clock may bear fewer rounds, but as many as the run has.
    probe.rounds = ROUNDS.min(spec.rounds_of_clock()?.max(spec.rounds));
    let data = cache.of(&probe, 1)?;
    let (interrupted, spare) = (interrupt::flag(), IdleThreads::default());
    let control = RunControl { threads: 1, spare: &spare, interrupted: &interrupted, on_round: &|_| {} };
    let rounds = ENOUGH[usize::from(!spec.network.delivers_once() || spec.server.close != Close::All {})];
    let mut clock = Clock::new(Limits { budget, moment, rounds });
    match simulate_watched(&probe, data, &control, Some(&mut clock)) {
        Ok(_) | Err(Error::Interrupted) => {}
        Err(error) => return Err(error),
    }
    let together = if spec.server.close.is_buffer() { spec.server.quorum } else { spec.asked };
    clock.pace(together).ok_or_else(|| {
        Error::input(format!("no vote and no round was seen in {:.1} s", clock.elapsed().as_secs_f64()))
    })
}

/// From a pace to the whole run.
fn told(spec: &RunSpec, pace: MeasuredTime) -> RunTime {
    let rounds = f64::from(spec.rounds);
    let evaluations = (rounds / f64::from(spec.record.evaluate_every)).ceil() + 1.0;
    let samples = match &spec.task {
        TaskSpec::Channel { .. } => 0.0,
        // Of its batch a worker knows the mean alone, and a measurement reads each coordinate once, too.
        TaskSpec::Quadratic(_) => {
            evaluations * f64::from(spec.workers.batch.values().max().unwrap_or(1)) / 3.0
        }
        TaskSpec::Train { data, .. } => {
            let (train, test) = data.sizes();
            let full = spec.record.metrics.reference == Reference::FullBatch;
            let compared = if full { (rounds / f64::from(spec.record.metrics.every)).ceil() } else { 0.0 };
            let own = if spec.record.metrics.fairness { train } else { 0 };
            let measured = if spec.record.metrics.gradient_norm { evaluations } else { 0.0 };
            evaluations * (test + own) as f64 / 3.0 + (compared + measured) * train as f64
        }
    };
    let batch =
        f64::from(spec.workers.batch.values().max().unwrap_or(1)) * f64::from(spec.workers.local.steps);
    let rounds_s = rounds * pace.round_s + samples * pace.vote_s / batch;
    RunTime { setup_s: pace.setup_s, rounds_s }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Seeds, rounds and numbers of adversaries from 1 on are of one kind, also where the server is told their number.
    #[test]
    fn what_only_multiplies_is_one_kind() {
        let text = "{ name: t, rounds: 3, repeats: 2, workers: { count: 9 }, task: { channel: { coordinates: 9, crossover: 0.2 } },
                adversaries: { count: 1, attack: sign_inversion }, method: signsgd_mv,
                sweep: { adversaries.count: [0, 1, 3, 4], rounds: [3, 4], method: [signsgd_mv, trimmed_mean] } }";
        let text = text.replace("trimmed_mean", "{ quantizer: sign, aggregator: trimmed_mean }");
        let plan = Plan::parse("t.yaml", &text, &[], None).unwrap();
        let kinds: BTreeSet<String> = plan.runs.iter().map(|run| kind(&run.spec)).collect();
        assert_eq!((plan.runs.len(), kinds.len()), (32, 4));
    }

    /// As the cache of real runs: three seeds stay in it, five come and go.
    #[test]
    fn data_that_earlier_runs_leave_is_not_drawn_again() {
        for (repeats, drawn) in [(3, 3), (5, 10)] {
            let text = format!(
                "{{ name: t, rounds: 1, repeats: {repeats}, sweep: {{ method: [signsgd_mv, signsgd_fd] }},
                    workers: {{ count: 2 }},
                    task: {{ train: {{ data: {{ digits: {{ train: 20, test: 5 }} }}, model: logistic }} }} }}"
            );
            let plan = Plan::parse("t.yaml", &text, &[], None).unwrap();
            let cache = DatasetCache::default();
            let mut estimates = Estimates::of(&plan, &cache, 1);
            let seconds: Vec<f64> = plan.runs.iter().map(|run| estimates.load(&run.spec).unwrap()).collect();
            assert_eq!(seconds.iter().filter(|s| **s > 0.0).count(), drawn, "{seconds:?}");
            assert!(seconds[..drawn].iter().all(|s| *s == seconds[0]), "{seconds:?}");
        }
    }
}
