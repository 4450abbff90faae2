//! Turns what an observer of the simulation sees into the rows of a run, and into its digest.

use sha2::{Digest, Sha256};

use crate::actors::Task;
use crate::protocol::{Note, Opinion, Score};
use crate::random::Streams;
use crate::record::{RoundRow, WorkerRow};
use crate::sim::{Ledger, Observer};
use crate::time::SimTime;

/// The record of a run in the making.
pub struct Recorder<'a> {
    task: Task,
    streams: Streams,
    workers: u32,
    adversaries: u32,
    on_round: &'a (dyn Fn(SimTime) + Sync),
    hash: Sha256,
    errors: Vec<f64>,
    pub rounds: Vec<RoundRow>,
    pub opinions: Vec<WorkerRow>,
}

impl<'a> Recorder<'a> {
    /// An empty record; `on_round` is called whenever a round has closed.
    pub fn new(
        task: Task,
        streams: Streams,
        workers: u32,
        adversaries: u32,
        on_round: &'a (dyn Fn(SimTime) + Sync),
    ) -> Self {
        let mut rounds = Vec::new();
        // Training has a row for the model before the first round; channels have no model.
        if matches!(task, Task::Train(_)) {
            rounds.push(RoundRow {
                round: 0,
                sim_time_s: 0.0,
                votes_received: 0,
                votes_missing: 0,
                uplink_bytes: 0,
                downlink_bytes: 0,
                held: None,
                decoding_error: None,
                accuracy: None,
                loss: None,
            });
        }
        let hash = Sha256::new();
        Self {
            task,
            streams,
            workers,
            adversaries,
            on_round,
            hash,
            errors: Vec::new(),
            rounds,
            opinions: Vec::new(),
        }
    }

    /// SHA-256 of every decision, its time, and the final parameters.
    pub fn digest(&self) -> String {
        self.hash.clone().finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The mean over all rounds, for tasks that know the truth.
    pub fn decoding_error(&self) -> Option<f64> {
        (!self.errors.is_empty()).then(|| self.errors.iter().sum::<f64>() / self.errors.len() as f64)
    }

    fn row_of(&self, steps: u32, opinion: &Opinion) -> WorkerRow {
        WorkerRow {
            round: steps,
            worker: opinion.worker.0,
            adversary: opinion.worker.0 < self.adversaries,
            weight: opinion.weight,
            crossover: opinion.crossover,
        }
    }
}

impl Observer for Recorder<'_> {
    fn note(&mut self, now: SimTime, note: Note, ledger: &Ledger) {
        match note {
            Note::Closed { round, received, decision, opinions } => {
                self.hash.update(now.as_nanos().to_le_bytes());
                self.hash.update(received.to_le_bytes());
                let words = decision.positive().iter().chain(decision.voted().into_iter().flatten());
                words.for_each(|word| self.hash.update(word.to_le_bytes()));
                let decoding_error = match &self.task {
                    Task::Channel(channel) => Some(channel.error(self.streams, round, &decision)),
                    Task::Train(_) => None,
                };
                self.errors.extend(decoding_error);
                let steps = round.next().0;
                self.rounds.push(RoundRow {
                    round: steps,
                    sim_time_s: now.as_secs_f64(),
                    votes_received: received,
                    votes_missing: self.workers - received,
                    uplink_bytes: ledger.uplink_bytes,
                    downlink_bytes: ledger.downlink_bytes,
                    held: Some(decision.coordinates() as u64 - decision.votes()),
                    decoding_error,
                    accuracy: None,
                    loss: None,
                });
                let rows: Vec<WorkerRow> = opinions.iter().map(|o| self.row_of(steps, o)).collect();
                self.opinions.extend(rows);
                (self.on_round)(now);
            }
            Note::Late { .. } => {}
            Note::Final(parameters) => {
                for x in parameters.iter().flat_map(|p| p.iter()) {
                    self.hash.update(x.to_bits().to_le_bytes());
                }
            }
        }
    }

    fn measured(&mut self, steps: u32, score: Score) {
        let first = self.rounds.first().map_or(0, |row| row.round);
        let row = &mut self.rounds[(steps - first) as usize];
        assert_eq!(row.round, steps, "a row for every step");
        row.accuracy = Some(score.correct as f64 / score.samples as f64);
        row.loss = Some(score.loss_sum / score.samples as f64);
    }
}
