//! One run: from everything that determines it to its records.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::facts;
use super::fairness;
use super::recorder::{Recorder, RecorderConfig};
use crate::actors::{BatchesAhead, Channel, Quadratic, ReusedVectors, Task, Training};
use crate::data::{Dataset, HeldOut, Shard, SplitSpec};
use crate::error::{Error, Result};
use crate::learn::Initial;
use crate::protocol::{Ending, Parameters, WorkerId};
use crate::random::Streams;
use crate::record::{ChannelFacts, InputFacts, LabelRow, QuadraticFacts, Status, SummaryRow, Tables};
use crate::registry::failing;
use crate::scenario::{RunSpec, TaskSpec};
use crate::sim::{self, Checkpoints, Ended, IdleThreads, Observer, Tee, Threads};
use crate::time::SimTime;

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutput {
    /// The row without the run's id and wall time, which the caller knows.
    pub summary: SummaryRow,
    /// Read as the run's own: `output.rounds`.
    pub tables: Tables,
    /// Only on channels.
    pub channel: Option<ChannelFacts>,
    /// Only on a quadratic.
    pub quadratic: Option<QuadraticFacts>,
    /// Only in training.
    pub inputs: Option<InputFacts>,
    /// After the last round; `None` where nothing is learned.
    pub parameters: Parameters,
    /// What the engine counted; the summary says most of it.
    pub ended: Ended,
}

impl Deref for RunOutput {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

/// What a run may use and must heed.
pub struct RunControl<'a> {
    /// Threads that compute, at least one.
    pub threads: usize,
    /// Where it looks for more while it runs.
    pub spare: &'a IdleThreads,
    /// Once set, the run ends with [`Error::Interrupted`](crate::error::Error::Interrupted).
    pub interrupted: &'a AtomicBool,
    /// Called with the simulated time whenever a round has closed.
    pub on_round: &'a (dyn Fn(SimTime) + Sync),
}

/// Simulates `spec`; `data` is the data set of a training task.
///
/// # Errors
/// A scenario error when a worker would be left without data; a run error when nothing is left to happen before
/// the last round; [`Error::Interrupted`].
pub fn simulate(spec: &RunSpec, data: Option<Arc<Dataset>>, control: &RunControl<'_>) -> Result<RunOutput> {
    simulate_watched(spec, data, control, None)
}

/// [`simulate`] under the eyes of an observer, who changes nothing.
///
/// # Errors
/// Those of [`simulate`] and of the observer.
pub fn simulate_watched(
    spec: &RunSpec,
    data: Option<Arc<Dataset>>,
    control: &RunControl<'_>,
    observer: Option<&mut dyn Observer>,
) -> Result<RunOutput> {
    simulate_with(spec, data, control, observer, None)
}

/// [`simulate`] from where it was left, if it was; on the way it is written down.
///
/// # Errors
/// Those of [`simulate`] and of the checkpoints.
pub fn simulate_resumable(
    spec: &RunSpec,
    data: Option<Arc<Dataset>>,
    control: &RunControl<'_>,
    checkpoints: &mut dyn Checkpoints,
) -> Result<RunOutput> {
    simulate_with(spec, data, control, None, Some(checkpoints))
}

fn simulate_with(
    spec: &RunSpec,
    data: Option<Arc<Dataset>>,
    control: &RunControl<'_>,
    observer: Option<&mut dyn Observer>,
    checkpoints: Option<&mut dyn Checkpoints>,
) -> Result<RunOutput> {
    let streams = Streams::new(spec.seed);
    let task = Arc::new(task_of(spec, data, streams)?);
    let (inputs, quadratic) = (inputs(&task), facts::quadratic(spec, &task));
    let mut recorder = Recorder::new(RecorderConfig::new(spec, &task, control.on_round));
    if spec.record.metrics.labels {
        recorder.state.tables.labels = labels(&task);
    }
    let world = spec.world(task, streams);
    let threads = Threads { own: control.threads, spare: control.spare };
    let run = |observer| {
        let run = sim::run(world, threads, observer, control.interrupted, checkpoints);
        failing(|| actix::System::new().block_on(run))
    };
    let ended = match observer {
        Some(other) => run(&mut Tee(&mut recorder, other)),
        None => run(&mut recorder),
    }?;
    let absences = |worker, until| sim::absences(&spec.network.availability, streams, worker, until);
    Ok(RunOutput {
        summary: summary(spec, &recorder, &ended),
        tables: Tables {
            timeline: recorder.state.timeline.into_rows(spec.population.workers, absences),
            ..recorder.state.tables
        },
        channel: facts::channel(spec),
        quadratic,
        inputs,
        parameters: recorder.parameters,
        ended,
    })
}

fn task_of(spec: &RunSpec, data: Option<Arc<Dataset>>, streams: Streams) -> Result<Task> {
    match &spec.task {
        TaskSpec::Channel { coordinates, crossover } => {
            Ok(Task::Channel(Channel { coordinates: *coordinates, crossover: crossover.get() }))
        }
        TaskSpec::Quadratic(quadratic) => {
            let trusted = spec.server.trusted.map(|own| (spec.population.workers, own.batch));
            let plan = Arc::new(spec.workers.clone());
            Ok(Task::Quadratic(Arc::new(Quadratic::draw(quadratic, plan, trusted, streams))))
        }
        TaskSpec::Train {
            normalize,
            augmentation,
            split,
            model,
            initial,
            evaluation_batch,
            convolution,
            ..
        } => {
            let data = data.ok_or_else(|| Error::run("a training task was started without its data"))?;
            let (shards, trusted) =
                deal(spec, split, &data, streams).map_err(|e| e.key("task.train.split"))?;
            Ok(Task::Train(Arc::new(Training {
                model: model.build_with(data.shape, data.classes, convolution.unwrap_or_default())?,
                initial: initial.clone().unwrap_or_else(|| Initial::of(model).into()),
                normalisation: normalize
                    .clone()
                    .unwrap_or_default()
                    .of(&data)
                    .map_err(|e| e.key("task.train.normalize"))?,
                augmentation: augmentation.0,
                evaluation_batch: evaluation_batch.map(|batch| batch as usize),
                data,
                shards,
                trusted,
                plan: Arc::new(spec.workers.clone()),
                poisoned: {
                    let strategies = spec.adversary.attack.build();
                    let poisons = |m: u32| strategies.of(WorkerId(m)).poisons_labels();
                    (0..spec.population.adversaries).map(poisons).collect()
                },
                ahead: BatchesAhead::default(),
                vectors: ReusedVectors::default(),
            })))
        }
    }
}

/// Who holds which samples: every worker, and the server where it votes itself, with the batch that it draws.
type Dealt = (Vec<Shard>, Option<(Shard, usize)>);

fn deal(spec: &RunSpec, split: &SplitSpec, data: &Dataset, streams: Streams) -> Result<Dealt> {
    let (labels, workers) = (data.train.labels(), spec.population.workers as usize);
    let Some(trusted) = spec.server.trusted else {
        return Ok((split.split(labels, data.classes, workers, streams)?, None));
    };
    let parts = HeldOut::draw(labels.len(), trusted.samples(labels.len()), streams);
    let shards = parts.deal(split, labels, data.classes, workers, streams)?;
    Ok((shards, Some((parts.held, trusted.batch as usize))))
}

/// How many training samples of each label every worker holds; none on channels.
fn labels(task: &Task) -> Vec<LabelRow> {
    let Task::Train(training) = task else { return Vec::new() };
    let all = training.data.train.labels();
    let row = |(worker, shard): (usize, &Shard)| {
        let mut samples = vec![0; training.data.classes];
        shard.iter().for_each(|&sample| samples[usize::from(all[sample as usize])] += 1);
        let of = move |(label, samples)| LabelRow { worker: worker as u32, label: label as u32, samples };
        samples.into_iter().enumerate().map(of)
    };
    training.shards.iter().enumerate().flat_map(row).collect()
}

/// What turned pixels into inputs.
fn inputs(task: &Task) -> Option<InputFacts> {
    let Task::Train(training) = task else { return None };
    let normalisation = &training.normalisation;
    Some(InputFacts { mean: normalisation.mean().to_vec(), std: normalisation.std().to_vec() })
}

fn summary(spec: &RunSpec, recorder: &Recorder<'_>, ended: &Ended) -> SummaryRow {
    let last = recorder.state.tables.rounds.last();
    let (done, received) = (last.map_or(0, |row| row.round), ended.ledger.votes_in);
    let final_loss = last.and_then(|row| row.loss);
    let parameters = recorder.parameters.iter().flat_map(|p| p.iter());
    let finite = final_loss.is_none_or(f64::is_finite) && parameters.copied().all(f32::is_finite);
    let mut summary = SummaryRow {
        run: String::new(),
        status: if finite && ended.ending != Some(Ending::Diverged) {
            Status::Finished
        } else {
            Status::Diverged
        },
        seed: spec.seed,
        method: spec.record.method.clone(),
        attack: spec.record.attack.clone(),
        workers: spec.population.workers,
        adversaries: spec.population.adversaries,
        rounds: spec.rounds,
        final_accuracy: last.and_then(|row| row.accuracy),
        final_loss,
        decoding_error: recorder.decoding_error(),
        sim_time_s: ended.now.as_secs_f64(),
        uplink_bytes: ended.ledger.uplink_bytes,
        downlink_bytes: ended.ledger.downlink_bytes,
        wasted_bytes: ended.ledger.wasted_bytes,
        votes_received: received,
        votes_missing: (u64::from(done) * u64::from(spec.asked)).saturating_sub(received),
        digest: recorder.digest(),
        wall_s: 0.0,
        events: ended.events,
        queue_peak: ended.queue_peak,
        messages_lost: ended.ledger.messages_lost,
        votes_late: ended.ledger.votes_late,
        votes_refused: ended.ledger.votes_refused,
        useful_bytes: ended.ledger.useful_bytes(),
        retransmissions: ended.ledger.retransmissions,
        duplicates: ended.ledger.duplicates,
        empty_rounds: Some(recorder.empty_rounds()),
        rounds_done: Some(done),
        mean_gradient_l1: recorder.mean_gradient_l1(),
        final_gradient_l1: last.and_then(|row| row.gradient_l1),
        final_gradient_l2: last.and_then(|row| row.gradient_l2),
        ..SummaryRow::default()
    };
    fairness::summarise(&recorder.state.tables, &mut summary);
    summary
}
