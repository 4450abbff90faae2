//! `signsim.decode`: votes that lie in an array, decoded where they lie.

use std::sync::Arc;

use ndarray::{Array2, Array3, ArrayView2, Axis};
use numpy::{IntoPyArray, PyArray2, PyArray3, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use signsim::aggregate::AggregatorSpec;
use signsim::decode::{Decoder, MOST_WORKERS, VotedRound, memory_bytes, parse_layers};
use signsim::error::{Error, Result};
use signsim::machine::{available_memory, gib};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::scenario::Part;
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::Vote;

use super::errors::raised;
use super::rules;

type Decoded<'py> = (Bound<'py, PyArray2<i8>>, Option<Bound<'py, PyArray3<f32>>>);

/// Decisions, rounds x coordinates, and where they are wanted the weights, rounds x workers x coordinates.
#[pyfunction]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    votes: PyReadonlyArray3<'py, i8>,
    voted: Option<PyReadonlyArray2<'py, bool>>,
    aggregator: &str,
    layers: Option<&str>,
    seed: u64,
    weights: bool,
) -> PyResult<Decoded<'py>> {
    let (rounds, workers, coordinates) = votes.as_array().dim();
    let (votes, voted) = (votes.as_array(), voted.as_ref().map(|voted| voted.as_array()));
    let work = || {
        let size = Size { rounds, workers, coordinates };
        let mut decoder = size.decoder(aggregator, layers, seed, weights)?;
        let mut decisions = Array2::zeros((rounds, coordinates));
        let mut all = Array3::zeros(if weights { (rounds, workers, coordinates) } else { (0, 0, 0) });
        for (round, of_round) in votes.axis_iter(Axis(0)).enumerate() {
            let present = |worker: usize| voted.as_ref().is_none_or(|voted| voted[(round, worker)]);
            let read = read(round, of_round, &present)?;
            for worker in (0..workers).filter(|_| weights) {
                let mut row = all.slice_mut(ndarray::s![round, worker, ..]);
                if present(worker) {
                    let of_worker = decoder.weights(&read, WorkerId(worker as u32));
                    row.assign(&ndarray::Array1::from(of_worker));
                } else {
                    // A vote that was not cast had no weight.
                    row.fill(f32::NAN);
                }
            }
            let decision = decoder.decode(&read)?;
            decisions.row_mut(round).assign(&ndarray::Array1::from(decision.to_signs()));
        }
        Ok((decisions, all))
    };
    rules::forget_exception();
    let (decisions, all) = py.detach(work).map_err(|error| with_cause(py, raised(py, &error)))?;
    Ok((decisions.into_pyarray(py), weights.then(|| all.into_pyarray(py))))
}

/// The exception of a rule of one's own behind the error that it became; there are no runs here that would begin anew.
fn with_cause(py: Python<'_>, error: PyErr) -> PyErr {
    if let Some(cause) = rules::exception(py) {
        error.set_cause(py, Some(PyErr::from_value(cause.into_bound(py))));
        let _ = error.value(py).setattr("help", py.None());
    }
    error
}

struct Size {
    rounds: usize,
    workers: usize,
    coordinates: usize,
}

impl Size {
    /// The rule, once it is clear that there is memory for what it will give.
    fn decoder(&self, aggregator: &str, layers: Option<&str>, seed: u64, weights: bool) -> Result<Decoder> {
        let Self { rounds, workers, coordinates } = *self;
        let workers =
            u32::try_from(workers).ok().filter(|m| *m > 0 && *m <= MOST_WORKERS).ok_or_else(|| {
                Error::input(format!("{workers} workers: there are 1 to {MOST_WORKERS}"))
                    .help("the axes are rounds, workers, coordinates")
            })?;
        let part = Part::<AggregatorSpec>::parse("aggregator", aggregator)?;
        let layers = layers.map_or_else(|| Ok(vec![0..coordinates]), parse_layers)?;
        if layers.last().is_none_or(|layer| layer.end != coordinates) {
            return Err(Error::input(format!(
                "the layers do not end at the {coordinates} coordinates of the votes"
            )));
        }
        let cells = (rounds as u64).saturating_mul(coordinates as u64);
        let answer = cells.saturating_mul(if weights { 1 + 4 * u64::from(workers) } else { 1 });
        let needed =
            answer.saturating_add(memory_bytes(&part.value, workers, coordinates, layers.len() as u64));
        let free = available_memory().unwrap_or(u64::MAX);
        if needed > free {
            return Err(Error::input(format!(
                "this takes {} of memory, and {} are free",
                gib(needed),
                gib(free)
            ))
            .help("decode fewer rounds at a time, or without weights"));
        }
        Decoder::new(&part.value, workers, &layers, seed).map_err(|error| part.locate(error))
    }
}

/// The votes of one round, workers x coordinates; rows that lie in one piece are read in place.
fn read(round: usize, votes: ArrayView2<'_, i8>, present: &dyn Fn(usize) -> bool) -> Result<VotedRound> {
    let mut counted = Vec::with_capacity(votes.nrows());
    for (worker, row) in votes.axis_iter(Axis(0)).enumerate().filter(|(worker, _)| present(*worker)) {
        if let Some(at) = row.iter().position(|vote| !(-1..=1).contains(vote)) {
            let message = format!("votes[{round}, {worker}, {at}] is {}: a vote is -1, 0 or 1", row[at]);
            return Err(
                Error::input(message).help("np.sign(gradients).astype(np.int8) makes votes of gradients")
            );
        }
        let signs = match row.as_slice() {
            Some(signs) => SignVector::from_signs(signs),
            None => SignVector::from_signs(&row.to_vec()),
        };
        let vote = Arc::new(Vote::Signs(signs));
        counted.push(CountedVote { worker: WorkerId(worker as u32), age: 0, weight: 1.0, vote });
    }
    let round = round as u32;
    Ok(VotedRound { number: u64::from(round), round: Round(round), votes: counted })
}
