//! An attack that is written in Python.

use std::sync::Arc;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use rand::RngCore;
use serde_json::Value;
use signsim::attack::{Attack, AttackContext, OnVote, OnWire, OwnAttack};
use signsim::catalogue::Entry;
use signsim::protocol::Act;
use signsim::random::Stream;
use signsim::sign::SignVector;
use signsim::state::Resumable;
use signsim::units::Population;
use signsim::vote::Vote;

use super::memory::Memory;
use super::{Family, begin, give_up, written_in};

/// The line of the library's registry.
pub(super) fn entry(entry: Entry, may_be_silent: bool) -> OwnAttack {
    let build = move |settings: Value| {
        let running = begin(Family::Attack, entry.word, &settings, (0, Vec::new()))?;
        let listens = Python::attach(|py| running.getattr(py, "listens")?.extract::<bool>(py));
        let attack = PythonAttack { word: entry.word, running, memory: Memory::default() };
        Ok(match listens {
            Ok(true) => Attack::OnWire(Box::new(attack)),
            _ => Attack::OnVote(Box::new(attack)),
        })
    };
    let attack = OwnAttack::new(entry, build).written_in(move || written_in(Family::Attack, entry.word));
    if may_be_silent { attack.may_be_silent() } else { attack }
}

struct PythonAttack {
    word: &'static str,
    running: Py<PyAny>,
    memory: Memory,
}

fn key(mut stream: Stream) -> u128 {
    (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64())
}

/// A vote as an array of D: signs, or where the method sends numbers these.
fn shown<'py>(py: Python<'py>, vote: &Vote) -> Bound<'py, PyAny> {
    match vote.signs() {
        Some(signs) => {
            let mut row = vec![0; signs.coordinates()];
            super::unpack(signs, &mut row);
            PyArray1::from_vec(py, row).into_any()
        }
        None => PyArray1::from_slice(py, &vote.to_dense()).into_any(),
    }
}

/// Honest votes x D, as [`shown`].
fn all_shown<'py>(py: Python<'py>, honest: &[Arc<Vote>], own: &Vote) -> PyResult<Bound<'py, PyAny>> {
    let shape = [honest.len(), own.coordinates()];
    if own.signs().is_some() {
        let mut all = vec![0_i8; shape[0] * shape[1]];
        for (row, vote) in all.chunks_mut(shape[1].max(1)).zip(honest) {
            super::unpack(vote.signs().expect("one kind of vote in a run"), row);
        }
        return Ok(PyArray1::from_vec(py, all).reshape(shape)?.into_any());
    }
    let rows: Vec<Vec<f32>> = honest.iter().map(|vote| vote.to_dense().into_owned()).collect();
    if rows.is_empty() {
        return Ok(PyArray2::<f32>::zeros(py, shape, false).into_any());
    }
    Ok(PyArray2::from_vec2(py, &rows)?.into_any())
}

impl PythonAttack {
    fn ask(
        &mut self,
        py: Python<'_>,
        context: AttackContext<'_>,
        heard: Option<(&[Arc<Vote>], Population)>,
    ) -> PyResult<Act> {
        self.memory.remind(py, &self.running)?;
        let own = context.own_vote;
        let honest = heard.map(|(honest, _)| all_shown(py, honest, own)).transpose()?;
        let population = heard.map(|(_, population)| (population.workers, population.adversaries));
        let keys = (key(context.stream()), key(context.shared_stream()));
        let arguments = (shown(py, own), honest, context.round.0, context.worker.0, population, keys);
        let answer = self.running.call_method1(py, "act", arguments)?;
        if answer.is_none(py) {
            return Ok(Act::silent());
        }
        let vote = match own {
            Vote::Dense(_) => {
                Vote::Dense(answer.extract::<PyReadonlyArray1<'_, f32>>(py)?.as_slice()?.to_vec())
            }
            Vote::Signs(_) | Vote::Scaled(_) => {
                let signs = answer.extract::<PyReadonlyArray1<'_, i8>>(py)?;
                own.with_signs(SignVector::from_signs(signs.as_slice()?))
            }
        };
        Ok(Act::cast(vote))
    }

    fn decide(&mut self, context: AttackContext<'_>, heard: Option<(&[Arc<Vote>], Population)>) -> Act {
        Python::attach(|py| self.ask(py, context, heard)).unwrap_or_else(|error| {
            let AttackContext { round, worker, .. } = context;
            give_up(&format!("attack `{}` of worker {} in round {round}", self.word, worker.0), error)
        })
    }
}

impl OnVote for PythonAttack {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        self.decide(context, None)
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.memory)
    }

    fn lost_memory(&mut self) -> Option<String> {
        self.memory.take_down(&self.running, &format!("attack `{}`", self.word))
    }
}

impl OnWire for PythonAttack {
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], population: Population) -> Act {
        self.decide(context, Some((honest, population)))
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.memory)
    }

    fn lost_memory(&mut self) -> Option<String> {
        self.memory.take_down(&self.running, &format!("attack `{}`", self.word))
    }
}
