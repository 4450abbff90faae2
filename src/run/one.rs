//! One run: from everything that determines it to its records.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::recorder::Recorder;
use crate::actors::{Adversary, Channel, Server, ServerPlan, Task, Training, Worker};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::protocol::{Behaviour, WorkerId};
use crate::random::Streams;
use crate::record::{RoundRow, SummaryRow, WorkerRow};
use crate::scenario::{RunSpec, TaskSpec};
use crate::sim::{self, Ended, World};
use crate::time::SimTime;

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The row without the run's id and wall time, which the caller knows.
    pub summary: SummaryRow,
    pub rounds: Vec<RoundRow>,
    pub workers: Vec<WorkerRow>,
    pub ended: Ended,
}

/// What a run may use and must heed.
pub struct Means<'a> {
    /// Threads of its pool.
    pub threads: usize,
    pub interrupted: &'a AtomicBool,
    /// Called with the simulated time whenever a round has closed.
    pub on_round: &'a (dyn Fn(SimTime) + Sync),
}

/// Simulates `spec`; `data` is the data set of a training task.
///
/// # Errors
/// A scenario error when a worker would be left without data; a run error when nothing is left to happen before
/// the last round; [`Error::Interrupted`].
pub fn simulate(spec: &RunSpec, data: Option<Arc<Dataset>>, means: &Means<'_>) -> Result<Output> {
    let streams = Streams::new(spec.seed);
    let task = task_of(spec, data, streams)?;
    let layers = task.layers();
    let coordinates = layers.last().map_or(0, |l| l.end);
    let shared = Arc::new(task.clone());
    let server = Server::new(ServerPlan {
        workers: spec.workers,
        rounds: spec.rounds,
        evaluate_every: spec.evaluate_every,
        learning_rate: spec.learning_rate as f32,
        quorum: spec.quorum,
        deadline: spec.close.deadline(),
        task: Arc::clone(&shared),
        aggregator: spec.aggregator.build(spec.workers, &layers),
        streams,
    });
    let worker = |m: u32| -> Box<dyn Behaviour> {
        let corrupted = m < spec.adversaries;
        let law = spec.compute_time.clone();
        Box::new(Worker::new(WorkerId(m), corrupted, Arc::clone(&shared), streams, law))
    };
    let world = World {
        server: Box::new(server),
        workers: (0..spec.workers).map(worker).collect(),
        adversary: Box::new(Adversary::new(spec.attack.1.build(), streams)),
        network: spec.network.clone(),
        streams,
        coordinates,
    };
    let mut recorder = Recorder::new(task, streams, spec.workers, spec.adversaries, means.on_round);
    let ended =
        actix::System::new().block_on(sim::run(world, means.threads, &mut recorder, means.interrupted))?;
    Ok(Output {
        summary: summary(spec, &recorder, &ended),
        rounds: recorder.rounds,
        workers: recorder.opinions,
        ended,
    })
}

fn task_of(spec: &RunSpec, data: Option<Arc<Dataset>>, streams: Streams) -> Result<Task> {
    match &spec.task {
        TaskSpec::Channel { coordinates, crossover } => {
            Ok(Task::Channel(Channel { coordinates: *coordinates, crossover: crossover.get() }))
        }
        TaskSpec::Train { split, model, .. } => {
            let data = data.ok_or_else(|| Error::run("a training task was started without its data"))?;
            let shards = split
                .split(data.train.labels(), data.classes, spec.workers as usize, streams)
                .map_err(|e| e.key("task.train.split"))?;
            Ok(Task::Train(Arc::new(Training {
                model: model.build(data.shape, data.classes)?,
                data,
                shards,
                batch: spec.batch,
                quantizer: spec.quantizer.clone(),
            })))
        }
    }
}

fn summary(spec: &RunSpec, recorder: &Recorder<'_>, ended: &Ended) -> SummaryRow {
    let last = recorder.rounds.last();
    let received = ended.ledger.votes_in;
    SummaryRow {
        run: String::new(),
        seed: spec.seed,
        method: spec.method.clone(),
        attack: spec.attack.1.word().to_owned(),
        workers: spec.workers,
        adversaries: spec.adversaries,
        rounds: spec.rounds,
        final_accuracy: last.and_then(|row| row.accuracy),
        final_loss: last.and_then(|row| row.loss),
        decoding_error: recorder.decoding_error(),
        sim_time_s: ended.now.as_secs_f64(),
        uplink_bytes: ended.ledger.uplink_bytes,
        downlink_bytes: ended.ledger.downlink_bytes,
        wasted_bytes: ended.ledger.wasted_bytes,
        votes_received: received,
        votes_missing: u64::from(spec.rounds) * u64::from(spec.workers) - received,
        digest: recorder.digest(),
        wall_s: 0.0,
    }
}
