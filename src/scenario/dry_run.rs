//! What runs will send, found by dry runs: the same server, workers, adversary and network, at work on a sketch of the
//! task ([`Sketch`]) whose messages count as long as the real ones. Nothing is computed twice, so no formula has to follow
//! what the engine does: who is silent, what is lost, sent again or copied, who must be sent everything anew.
//!
//! A dry run ends with the run, or earlier: after a few rounds where nothing is left to chance and they are all alike,
//! and when it has cost enough; what is left is then expected to go on like the second half of what was seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::traffic::{Certainty, Traffic};
use super::{Metrics, Reference, RunSpec, TaskSpec};
use crate::actors::{Channel, Close, LearningRate, ReferenceKind, Sketch, Task};
use crate::aggregate::AggregatorSpec;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::protocol::{Note, StopRule};
use crate::quantize::{Momentum, QuantizerSpec, ZeroRule};
use crate::random::Streams;
use crate::sim::{self, Happening, IdleThreads, Ledger, Observer, Threads};
use crate::time::SimTime;
use crate::units::Probability;

/// Coordinates of a sketch at least, where the task has as many: enough for ties to be met where the task meets them.
const COORDINATES: usize = 256;
/// More workers than this are represented by so many.
const WORKERS: u32 = 50_000;
/// Messages of one dry run, and of all of a plan: a second or two.
const MESSAGES: u64 = 150_000;
const MESSAGES_IN_ALL: u64 = 1_500_000;
/// A dry run goes on for this many times what it may cost while too few rounds have closed to learn from.
const PATIENCE: u64 = 20;
/// Rounds after which runs without chance are known.
const ALIKE: usize = 5;
/// How often the signs of gradients are wrong, about.
const USUAL_CROSSOVER: f64 = 0.3;
/// One coordinate in so many is zero for every worker of a sketched training with hidden layers, as a unit that nothing
/// activates makes it. Without them none is where inputs are normalised, so that not even a black pixel is 0.
const SILENT_EVERY: usize = 16;

/// The dry runs of a plan: one for all runs that send alike.
pub struct DryRuns {
    left: u64,
    known: BTreeMap<String, Traffic>,
}

impl Default for DryRuns {
    fn default() -> Self {
        Self { left: MESSAGES_IN_ALL, known: BTreeMap::new() }
    }
}

impl DryRuns {
    /// What a run will send; unknown when others have used up what dry runs may cost.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn traffic(&mut self, spec: &RunSpec) -> Result<Traffic> {
        let dry_run = DryRun::of(spec)?;
        let key = dry_run.key();
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        if self.left == 0 {
            return Ok(Traffic::unknown("too many different runs for a dry run of each"));
        }
        let mut watch = DryRunObserver::new(self.left.min(MESSAGES), dry_run.alike);
        let mut traffic = dry_run.perform(&mut watch);
        if let Some(spoken) = dry_run.where_all_speak() {
            let spoken = spoken.perform(&mut watch.anew());
            if traffic.known == Certainty::Expected && traffic.downlink_bytes > spoken.downlink_bytes {
                traffic.known = Certainty::AtMost;
            }
        }
        self.left = self.left.saturating_sub(watch.spent);
        self.known.insert(key, traffic.clone());
        Ok(traffic)
    }
}

/// A run made ready for its dry run.
struct DryRun {
    /// The run without what cannot change its traffic, and of fewer workers where there are very many.
    spec: RunSpec,
    sketch: Sketch,
    /// How many workers each of its workers stands for.
    each: f64,
    /// Nothing is left to chance: after the first rounds all are alike.
    alike: bool,
    /// Whether the sketch says all that decides about lengths.
    faithful: bool,
}

impl DryRun {
    fn of(run: &RunSpec) -> Result<Self> {
        let sketch = sketch(run)?;
        let certain = run.server.close == (Close::All {})
            && run.asked == run.population.workers
            && run.network.delivers_once()
            && !run.adversary.attack.traits().may_be_silent;
        let depends = run.server.aggregator.may_hold()
            || run.server.aggregator.code().is_some()
            || run.adversary.attack.traits().watches_margins;
        let channel = matches!(run.task, TaskSpec::Channel { .. });
        let whole = channel && sketch.channel.coordinates == sketch.coordinates;
        let (mut spec, each) = of_fewer(run);
        let crossover = sketch.channel.crossover.try_into().expect("a probability");
        spec.record.metrics = unrecorded();
        // A rule that is told the signs of the honest mean is told nothing where no honest vote came in time.
        let told =
            run.server.aggregator.needs_truth() && run.reference_signs().kind == ReferenceKind::HonestMean;
        // Where no length depends on votes, it does not matter how often they are wrong.
        let crossover = if depends { crossover } else { Probability::HALF };
        if told {
            spec.record.metrics.reference = Reference::HonestMean;
        } else {
            spec.task = TaskSpec::Channel { coordinates: sketch.coordinates, crossover };
        }
        (spec.record.evaluate_every, spec.workers.momentum) = (u32::MAX, Momentum::NONE);
        spec.workers.own_model = None;
        (spec.server.learning_rate, spec.server.weight_decay) = (LearningRate::paper(), 0.0);
        spec.server.stop = StopRule::default();
        if !spec.server.aggregator.reads_signs_only() {
            (spec.server.aggregator, spec.server.before) = (AggregatorSpec::Mean {}, Vec::new());
        }
        if certain && !depends {
            spec.seed = 0;
        }
        Ok(Self { spec, sketch, each, alike: certain && !depends, faithful: whole || !depends })
    }

    /// Runs with the same key send the same.
    fn key(&self) -> String {
        let spec = serde_json::to_string(&self.spec).expect("a run is plain data");
        let Sketch { tensors, quantizer, silent_every, .. } = &self.sketch;
        format!("{spec} {} {quantizer:?} {silent_every}", tensors.len())
    }

    /// The same where somebody votes on every coordinate, if votes may abstain where gradients are zero: whether all are
    /// zero on some coordinate in a round, learning alone decides.
    fn where_all_speak(&self) -> Option<Self> {
        (self.sketch.silent_every > 0 && self.sketch.quantizer.is_ternary()).then(|| Self {
            spec: self.spec.clone(),
            sketch: Sketch { silent_every: 0, ..self.sketch.clone() },
            ..*self
        })
    }

    fn perform(&self, watch: &mut DryRunObserver) -> Traffic {
        let streams = Streams::new(self.spec.seed);
        let task = Arc::new(Task::Sketch(Arc::new(self.sketch.clone())));
        let world = self.spec.world(task, streams);
        let threads = Threads { own: 1, spare: &IdleThreads::default() };
        let ended = actix::System::new().block_on(sim::run(world, threads, watch, &interrupt::flag(), None));
        let (sums, complete) = match ended {
            Ok(ended) => (TrafficSums::new(watch.sent, &ended.ledger), true),
            Err(_) if watch.enough => match watch.extrapolated(self.spec.rounds) {
                Some(sums) => (sums, false),
                None => return Traffic::unknown("a round takes too many messages for a dry run"),
            },
            Err(error) => return Traffic::unknown(&error.to_string()),
        };
        let exact = self.each == 1.0 && self.faithful && (complete || self.alike);
        let [messages, uplink_bytes, downlink_bytes] = sums.times(self.each).0.map(|sum| sum.round() as u64);
        let known = if exact { Certainty::Exactly } else { Certainty::Expected };
        Traffic { messages, uplink_bytes, downlink_bytes, known, trouble: None }
    }
}

const fn unrecorded() -> Metrics {
    Metrics {
        reference: Reference::None,
        every: u32::MAX,
        workers_every: u32::MAX,
        layers: false,
        timeline: 0,
        labels: false,
        fairness: false,
        gradient_norm: false,
    }
}

/// What stands for the run's task.
fn sketch(run: &RunSpec) -> Result<Sketch> {
    match &run.task {
        TaskSpec::Channel { coordinates, crossover } => {
            let quantizer = QuantizerSpec::Sign { zero: ZeroRule::Coin };
            Ok(undivided(*coordinates, crossover.get(), quantizer))
        }
        TaskSpec::Quadratic(quadratic) => {
            Ok(undivided(quadratic.coordinates, USUAL_CROSSOVER, run.workers.quantizer.clone()))
        }
        TaskSpec::Train { data, normalize, model, .. } => {
            let silent = model.has_hidden_layers()
                || normalize.as_ref().is_some_and(|normalize| normalize.keeps_black() || data.is_own());
            let model = model.build(data.shape(), data.classes())?;
            let (coordinates, tensors) = (model.parameter_count(), model.tensors().len());
            let few = coordinates.min(COORDINATES.max(tensors));
            let channel = Channel { coordinates: few, crossover: USUAL_CROSSOVER };
            let tensors = (0..tensors).map(|i| i * few / tensors..(i + 1) * few / tensors).collect();
            let quantizer = run.workers.quantizer.clone();
            let silent_every = if silent { SILENT_EVERY } else { 0 };
            Ok(Sketch { coordinates, channel, tensors, quantizer, silent_every })
        }
    }
}

/// What stands for a task of one tensor.
fn undivided(coordinates: usize, crossover: f64, quantizer: QuantizerSpec) -> Sketch {
    let few = coordinates.min(COORDINATES);
    let tensors = std::iter::once(0..few).collect();
    let channel = Channel { coordinates: few, crossover };
    Sketch { coordinates, channel, tensors, quantizer, silent_every: 0 }
}

/// The same run of fewer workers where there are very many, and how many each of them stands for.
fn of_fewer(run: &RunSpec) -> (RunSpec, f64) {
    let mut spec = run.clone();
    if run.population.workers <= WORKERS {
        return (spec, 1.0);
    }
    let each = f64::from(run.population.workers) / f64::from(WORKERS);
    let fewer = |of: u32| if of == 0 { 0 } else { ((f64::from(of) / each).round() as u32).max(1) };
    spec.population.workers = WORKERS;
    (spec.population.adversaries, spec.server.declared) =
        (fewer(run.population.adversaries), fewer(run.server.declared));
    spec.asked = fewer(run.asked);
    spec.server.quorum = fewer(run.server.quorum).min(spec.asked);
    (spec, each)
}

/// Messages, bytes up, bytes down.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TrafficSums([f64; 3]);

impl TrafficSums {
    fn new(sent: u64, ledger: &Ledger) -> Self {
        Self([sent, ledger.uplink_bytes, ledger.downlink_bytes].map(|sum| sum as f64))
    }

    fn times(self, factor: f64) -> Self {
        Self(self.0.map(|sum| sum * factor))
    }

    fn since(self, before: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - before.0[i]))
    }

    fn plus(self, more: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + more.0[i]))
    }
}

/// Counts what is sent, and ends a dry run that has shown or cost enough.
struct DryRunObserver {
    /// Messages over the network, each as often as it was sent.
    sent: u64,
    /// The same with those beside it.
    spent: u64,
    most: u64,
    alike: bool,
    /// When a round had closed.
    closed: Vec<TrafficSums>,
    enough: bool,
}

impl DryRunObserver {
    const fn new(most: u64, alike: bool) -> Self {
        Self { sent: 0, spent: 0, most, alike, closed: Vec::new(), enough: false }
    }

    /// One that has seen nothing, for a dry run of the same cost.
    const fn anew(&self) -> Self {
        Self::new(self.most, self.alike)
    }

    fn stop(&mut self, enough: bool) -> Result<()> {
        self.enough = enough;
        if enough { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// The sums after all `rounds`, if what is left goes on like the second half of what was seen.
    fn extrapolated(&self, rounds: u32) -> Option<TrafficSums> {
        let (last, seen) = (*self.closed.last()?, self.closed.len());
        let from = seen / 2;
        if from + 1 >= seen {
            return None;
        }
        let rate = last.since(self.closed[from]).times(1.0 / (seen - 1 - from) as f64);
        Some(last.plus(rate.times(f64::from(rounds) - seen as f64)))
    }

    /// Whether the rounds after the first are one like the other.
    fn goes_on_alike(&self) -> bool {
        let mut rounds = self.closed.windows(2).map(|pair| pair[1].since(pair[0]));
        let first = rounds.next();
        self.alike && self.closed.len() == ALIKE && rounds.all(|round| Some(round) == first)
    }
}

impl Observer for DryRunObserver {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::Sent { message, .. } = happening {
            self.spent += 1;
            self.sent += u64::from(message.crosses_the_network());
        }
        self.stop(self.spent > self.most.saturating_mul(PATIENCE))
    }

    fn note(&mut self, _: SimTime, note: &Note, ledger: &Ledger) -> Result<()> {
        if let Note::Closed(_) = note {
            self.closed.push(TrafficSums::new(self.sent, ledger));
            let learned = self.closed.len() >= ALIKE && self.spent > self.most;
            return self.stop(learned || self.goes_on_alike());
        }
        Ok(())
    }
}
