//! Turns what an observer of the simulation sees into the rows of a run, and into its digest.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::comparison::Comparison;
use super::fairness::Fairness;
use super::timeline::TimelineRecorder;
use crate::actors::Task;
use crate::error::Result;
use crate::hex::hex;
use crate::protocol::{Closed, Note, Parameters, Score, WorkerEstimate};
use crate::record::{LayerRow, RoundRow, Tables, WorkerRow};
use crate::scenario::RunSpec;
use crate::sim::{Happening, Ledger, Observer};
use crate::state::Resumable;
use crate::time::SimTime;
use crate::vote::Step;

/// What a recorder has to know of its run.
pub(crate) struct RecorderConfig<'a> {
    pub workers: u32,
    pub adversaries: u32,
    /// Whether there is a model to measure.
    pub trains: bool,
    /// The layers to compare one by one; none unless asked for.
    pub layers: Vec<(String, Range<usize>)>,
    /// The first rounds of which a timeline is recorded.
    pub timeline: u32,
    /// Whose accuracies are recorded, where that is asked.
    pub fairness: Option<Fairness>,
    /// Called whenever a round has closed.
    pub on_round: &'a (dyn Fn(SimTime) + Sync),
}

impl<'a> RecorderConfig<'a> {
    /// What a run and its task say.
    pub(crate) fn new(spec: &RunSpec, task: &Task, on_round: &'a (dyn Fn(SimTime) + Sync)) -> Self {
        let all = || task.layer_names().into_iter().zip(task.layers()).collect();
        Self {
            workers: spec.population.workers,
            adversaries: spec.population.adversaries,
            trains: matches!(task, Task::Train(_) | Task::Quadratic(_)),
            layers: if spec.record.metrics.layers { all() } else { Vec::new() },
            timeline: spec.record.metrics.timeline,
            fairness: Fairness::of(task, spec.population.adversaries)
                .filter(|_| spec.record.metrics.fairness),
            on_round,
        }
    }
}

/// The record of a run in the making.
pub(crate) struct Recorder<'a> {
    config: RecorderConfig<'a>,
    pub state: RecorderState,
    /// After the last round.
    pub parameters: Parameters,
}

/// What was recorded so far.
#[derive(Serialize, Deserialize)]
pub(crate) struct RecorderState {
    #[serde(with = "resumable")]
    hash: Sha256,
    errors: Vec<f64>,
    /// All but the timeline.
    pub tables: Tables,
    pub timeline: TimelineRecorder,
}

impl<'a> Recorder<'a> {
    /// An empty record.
    pub(crate) fn new(config: RecorderConfig<'a>) -> Self {
        // There is a row for the model before the first round; channels have no model.
        let rounds = if config.trains { vec![before_the_first_round()] } else { Vec::new() };
        let (hash, timeline) = (Sha256::new(), TimelineRecorder::new(config.timeline));
        let tables = Tables { rounds, ..Tables::default() };
        let state = RecorderState { hash, errors: Vec::new(), tables, timeline };
        Self { config, state, parameters: None }
    }

    /// SHA-256 of every decision, its time, and the final parameters.
    pub(crate) fn digest(&self) -> String {
        hex(&self.state.hash.clone().finalize())
    }

    /// The mean over all measured rounds.
    pub(crate) fn decoding_error(&self) -> Option<f64> {
        (!self.state.errors.is_empty())
            .then(|| self.state.errors.iter().sum::<f64>() / self.state.errors.len() as f64)
    }

    /// The mean over the measured models that a round began with, so that each counts that a step was taken from.
    pub(crate) fn mean_gradient_l1(&self) -> Option<f64> {
        let last = self.state.tables.rounds.last()?.round;
        let begun = self.state.tables.rounds.iter().filter(|row| row.round < last);
        let norms: Vec<f64> = begun.filter_map(|row| row.gradient_l1).collect();
        (!norms.is_empty()).then(|| norms.iter().sum::<f64>() / norms.len() as f64)
    }

    /// Rounds in which no vote counted.
    pub(crate) fn empty_rounds(&self) -> u64 {
        let empty = |row: &&RoundRow| row.held.is_some() && row.votes_received == 0;
        self.state.tables.rounds.iter().filter(empty).count() as u64
    }

    fn hash_decision(&mut self, now: SimTime, received: u32, decision: &Step) {
        self.state.hash.update(now.as_nanos().to_le_bytes());
        self.state.hash.update(received.to_le_bytes());
        match decision {
            Step::Signs(_) | Step::Nothing(_) => {
                let signs = decision.signs();
                let words = signs.positive().iter().chain(signs.voted().into_iter().flatten());
                words.for_each(|word| self.state.hash.update(word.to_le_bytes()));
            }
            Step::Dense(values) => {
                values.iter().for_each(|x| self.state.hash.update(x.to_bits().to_le_bytes()))
            }
        }
    }

    fn closed(&mut self, now: SimTime, closed: &Closed, ledger: &Ledger) {
        self.hash_decision(now, closed.received, &closed.decision);
        let steps = closed.round.next().0;
        let decision = closed.decision.signs();
        let counts = (self.config.workers, self.config.adversaries);
        let compared = closed.reference.as_ref().map(|r| Comparison::new(closed, &decision, r, counts));
        let whole = compared.as_ref().map(|c| c.within(0..decision.coordinates()));
        self.state.errors.extend(whole.as_ref().and_then(|w| w.decoding_error));
        self.state.tables.rounds.push(RoundRow {
            round: steps,
            sim_time_s: now.as_secs_f64(),
            votes_received: closed.received,
            votes_missing: closed.asked.saturating_sub(closed.received),
            uplink_bytes: ledger.uplink_bytes,
            downlink_bytes: ledger.downlink_bytes,
            held: Some(decision.coordinates() as u64 - decision.votes()),
            decoding_error: whole.as_ref().and_then(|w| w.decoding_error),
            accuracy: None,
            loss: None,
            honest_crossover: whole.as_ref().and_then(|w| w.honest_crossover),
            adversary_crossover: whole.as_ref().and_then(|w| w.adversary_crossover),
            gradient_l1: None,
            gradient_l2: None,
        });
        for (layer, range) in &self.config.layers {
            let Some(part) = compared.as_ref().map(|c| c.within(range.clone())) else { break };
            self.state.tables.layers.push(LayerRow {
                round: steps,
                layer: layer.clone(),
                compared: part.compared,
                decoding_error: part.decoding_error,
                honest_crossover: part.honest_crossover,
                adversary_crossover: part.adversary_crossover,
            });
        }
        let row = |estimate: &WorkerEstimate| WorkerRow {
            round: steps,
            worker: estimate.worker.0,
            adversary: estimate.worker.0 < counts.1,
            weight: estimate.weight,
            crossover: estimate.crossover,
            true_crossover: whole.as_ref().and_then(|w| w.crossovers[estimate.worker.index()]),
        };
        self.state.tables.workers.extend(closed.estimates.iter().map(row));
        (self.config.on_round)(now);
    }
}

const fn before_the_first_round() -> RoundRow {
    RoundRow {
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
        honest_crossover: None,
        adversary_crossover: None,
        gradient_l1: None,
        gradient_l2: None,
    }
}

impl Observer for Recorder<'_> {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        self.state.timeline.happened(now, happening);
        Ok(())
    }

    fn note(&mut self, now: SimTime, note: &Note, ledger: &Ledger) -> Result<()> {
        self.state.timeline.noted(now, note);
        match note {
            Note::Closed(closed) => self.closed(now, closed, ledger),
            Note::Late { .. } | Note::Refused { .. } => {}
            Note::Final(parameters) => {
                for x in parameters.iter().flat_map(|p| p.iter()) {
                    self.state.hash.update(x.to_bits().to_le_bytes());
                }
                self.parameters.clone_from(parameters);
            }
        }
        Ok(())
    }

    fn measured(&mut self, steps: u32, score: &Score) {
        let first = self.state.tables.rounds.first().map_or(0, |row| row.round);
        let row = &mut self.state.tables.rounds[(steps - first) as usize];
        assert_eq!(row.round, steps, "a row for every step");
        row.accuracy = score.accuracy();
        row.loss = Some(score.loss());
        (row.gradient_l1, row.gradient_l2) = score.gradient_norms().unzip();
        if let Some(fairness) = &self.config.fairness {
            fairness.record(steps, score, &mut self.state.tables);
        }
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.state)
    }
}

/// A hash in the middle of its input as bytes: digests do not tell whether a run was interrupted.
mod resumable {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use sha2::Sha256;
    use sha2::digest::common::hazmat::{SerializableState, SerializedState};

    pub(crate) fn serialize<S: Serializer>(hash: &Sha256, to: S) -> Result<S::Ok, S::Error> {
        SerializableState::serialize(hash).as_slice().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sha256, D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        let state = SerializedState::<Sha256>::try_from(&bytes[..]).map_err(D::Error::custom)?;
        SerializableState::deserialize(&state).map_err(D::Error::custom)
    }
}
