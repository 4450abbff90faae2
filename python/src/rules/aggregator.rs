//! An aggregator that is written in Python.

use ndarray::{ArrayView2, Ix1, Ix2};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use serde_json::Value;
use signsim::aggregate::{Aggregator, Ballot, Decision, Electorate, OwnAggregator, Voter};
use signsim::catalogue::Entry;
use signsim::error::Result;
use signsim::protocol::{WorkerEstimate, WorkerId};
use signsim::sign::SignVector;
use signsim::state::Resumable;
use signsim::time::Round;
use signsim::vote::Step;

use super::memory::Memory;
use super::{Family, begin, give_up, written_in};

/// The line of the library's registry.
pub(super) fn entry(entry: Entry) -> OwnAggregator {
    let build = move |settings: Value, electorate: Electorate<'_>| {
        PythonRule::begin(entry.word, &settings, electorate)
    };
    OwnAggregator::new(entry, build)
        .written_in(move || written_in(Family::Aggregator, entry.word))
        // The votes of a round as bytes.
        .remembers(|workers, coordinates| u64::from(workers).saturating_mul(coordinates as u64))
}

struct PythonRule {
    word: &'static str,
    running: Py<PyAny>,
    workers: u32,
    coordinates: usize,
    /// By worker: those of the last round in which it voted, D or one of them; none before.
    weights: Vec<Vec<f32>>,
    memory: Memory,
}

impl PythonRule {
    fn begin(word: &'static str, settings: &Value, electorate: Electorate<'_>) -> Result<Self> {
        let Electorate { workers, layers, .. } = electorate;
        let ranges = layers.iter().map(|layer| (layer.start, layer.end)).collect();
        let running = begin(Family::Aggregator, word, settings, (workers, ranges))?;
        let coordinates = layers.last().map_or(0, |layer| layer.end);
        let weights = vec![Vec::new(); workers as usize];
        Ok(Self { word, running, workers, coordinates, weights, memory: Memory::default() })
    }

    fn ask(&mut self, py: Python<'_>, ballot: &mut Ballot<'_>, voters: &[Voter<'_>]) -> PyResult<SignVector> {
        self.memory.remind(py, &self.running)?;
        let votes = PyArray1::from_vec(py, unpacked(voters, self.coordinates));
        let votes = votes.reshape([voters.len(), self.coordinates])?;
        let workers = PyArray1::from_iter(py, voters.iter().map(|voter| voter.worker as i64));
        let weights = PyArray1::from_iter(py, voters.iter().map(|voter| voter.weight));
        let key = (u128::from(ballot.coins.word(0)) << 64) | u128::from(ballot.coins.word(1));
        let arguments = (votes, ballot.round.0, workers, weights, key);
        let answer = self.running.call_method1(py, "decide", arguments)?;
        let (decision, weights) =
            answer.extract::<(PyReadonlyArray1<'_, i8>, Option<PyReadonlyArrayDyn<'_, f32>>)>(py)?;
        if let Some(weights) = weights {
            self.learn(voters, &weights)?;
        }
        Ok(SignVector::from_signs(decision.as_slice()?))
    }

    /// Keeps the weights that the rule has told, one or D for every vote.
    fn learn(&mut self, voters: &[Voter<'_>], weights: &PyReadonlyArrayDyn<'_, f32>) -> PyResult<()> {
        let array = weights.as_array();
        if let Ok(of_votes) = array.view().into_dimensionality::<Ix1>() {
            voters
                .iter()
                .zip(of_votes)
                .for_each(|(voter, weight)| self.weights[voter.worker] = vec![*weight]);
        } else if let Ok(all) = array.into_dimensionality::<Ix2>() {
            let all: ArrayView2<'_, f32> = all;
            voters
                .iter()
                .zip(all.outer_iter())
                .for_each(|(voter, row)| self.weights[voter.worker] = row.to_vec());
        }
        Ok(())
    }

    fn estimate(&self, worker: u32) -> WorkerEstimate {
        let known = &self.weights[worker as usize];
        let sum: f64 = known.iter().map(|weight| f64::from(*weight)).sum();
        let weight = if known.is_empty() { 1.0 } else { sum / known.len() as f64 };
        WorkerEstimate { worker: WorkerId(worker), weight, crossover: None }
    }
}

/// Votes x D, one byte each.
fn unpacked(voters: &[Voter<'_>], coordinates: usize) -> Vec<i8> {
    let mut all = vec![0_i8; voters.len() * coordinates];
    for (row, voter) in all.chunks_mut(coordinates.max(1)).zip(voters) {
        super::unpack(voter.signs, row);
    }
    all
}

impl Aggregator for PythonRule {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let voters = ballot.voters();
        let step = if voters.is_empty() {
            Step::Nothing(self.coordinates)
        } else {
            let answer = Python::attach(|py| self.ask(py, &mut ballot, &voters));
            let who = || format!("aggregator `{}` in round {}", self.word, ballot.round);
            Step::Signs(answer.unwrap_or_else(|error| give_up(&who(), error)))
        };
        let watched = (0..self.workers).filter(|_| ballot.watched);
        Decision { step, estimates: watched.map(|worker| self.estimate(worker)).collect() }
    }

    fn weights(&mut self, _: Round, worker: WorkerId) -> Vec<f32> {
        match &self.weights[worker.index()][..] {
            [] => vec![1.0; self.coordinates],
            [same] => vec![*same; self.coordinates],
            all => all.to_vec(),
        }
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(self)
    }

    fn lost_memory(&mut self) -> Option<String> {
        self.memory.take_down(&self.running, &format!("aggregator `{}`", self.word))
    }
}

impl Resumable for PythonRule {
    fn write(&self, to: &mut Vec<u8>) {
        self.memory.write(to);
        self.weights.write(to);
    }

    fn read(&mut self, from: &mut &[u8]) -> Result<()> {
        self.memory.read(from)?;
        self.weights.read(from)
    }
}
