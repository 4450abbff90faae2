//! Rules of one's own that are written in Python, seen from the library: `signsim/_rules.py` calls them.
//!
//! The library knows each word once; behind it stands whatever Python has registered under it last, so that a cell of a
//! notebook may be run again. The text of that rule is part of the id of its runs.

mod aggregator;
mod attack;
mod memory;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;
use signsim::catalogue::Entry;
use signsim::error::Error;
use signsim::registry;
use signsim::sign::SignVector;
use signsim::{aggregate, attack as attacks};

use super::errors::raised;

/// What a rule decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Aggregator,
    Attack,
}

/// A rule, and what the library was told about its word for good.
struct Known {
    rule: Py<PyAny>,
    may_be_silent: bool,
}

static KNOWN: Mutex<BTreeMap<(Family, String), Known>> = Mutex::new(BTreeMap::new());

/// The exception that a rule has raised last.
static RAISED: Mutex<Option<PyErr>> = Mutex::new(None);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes `word` one of scenarios, or puts another rule behind it.
#[pyfunction]
pub(crate) fn register(
    py: Python<'_>,
    family: &str,
    word: String,
    about: String,
    rule: Py<PyAny>,
    may_be_silent: bool,
) -> PyResult<()> {
    let kind = if family == "aggregator" { Family::Aggregator } else { Family::Attack };
    let mut known = locked(&KNOWN);
    if let Some(known) = known.get_mut(&(kind, word.clone())) {
        if known.may_be_silent != may_be_silent {
            let message =
                format!("`{word}` was registered before with another may_be_silent; choose another word");
            return Err(PyValueError::new_err(message));
        }
        known.rule = rule;
        return Ok(());
    }
    // Words are known as long as the process lives.
    let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let entry = Entry { word: leaked(&word), about: leaked(&about), source: "this Python program" };
    let added = match kind {
        Family::Aggregator => aggregate::register(aggregator::entry(entry)),
        Family::Attack => attacks::register(attack::entry(entry, may_be_silent)),
    };
    added.map_err(|error| raised(py, &error))?;
    known.insert((kind, word), Known { rule, may_be_silent });
    Ok(())
}

/// The rule behind a word.
fn rule(py: Python<'_>, family: Family, word: &str) -> Py<PyAny> {
    locked(&KNOWN)[&(family, word.to_owned())].rule.clone_ref(py)
}

/// What the rule behind a word is written in.
fn written_in(family: Family, word: &str) -> String {
    let text = |py: Python<'_>| rule(py, family, word).getattr(py, "source")?.extract::<String>(py);
    Python::attach(text).expect("a rule has a text")
}

/// A rule at the start of a run, with its settings.
fn begin(
    family: Family,
    word: &str,
    settings: &Value,
    electorate: (u32, Vec<(usize, usize)>),
) -> signsim::error::Result<Py<PyAny>> {
    Python::attach(|py| {
        let settings = if settings.is_null() { "{}".to_owned() } else { settings.to_string() };
        rule(py, family, word).call_method1(py, "begin", (settings, electorate.0, electorate.1)).map_err(
            |error| {
                let refused = Error::scenario(described(py, &error));
                locked(&RAISED).replace(error);
                refused
            },
        )
    })
}

/// An exception in words, with the line of the rule that raised it.
fn described(py: Python<'_>, error: &PyErr) -> String {
    let words = || {
        py.import("signsim._rules")?
            .call_method1("described", (error.clone_ref(py).into_value(py),))?
            .extract::<String>()
    };
    words().unwrap_or_else(|_| error.to_string())
}

/// Ends the run: `who` has raised this exception.
fn give_up(who: &str, error: PyErr) -> ! {
    let message = Python::attach(|py| format!("{who} raised {}", described(py, &error)));
    locked(&RAISED).replace(error);
    registry::fail(
        Error::run(message).help("mend the rule: its text is part of the id, so its runs begin anew"),
    )
}

/// Forgets what was raised before.
pub(crate) fn forget_exception() {
    locked(&RAISED).take();
}

/// The exception that a rule has raised last.
pub(crate) fn exception(py: Python<'_>) -> Option<Py<PyAny>> {
    locked(&RAISED).as_ref().map(|error| error.clone_ref(py).into_value(py).into_any())
}

/// D signs, one byte each.
fn unpack(signs: &SignVector, row: &mut [i8]) {
    for (k, chunk) in row.chunks_mut(64).enumerate() {
        let (positive, voted) = (signs.positive()[k], signs.voted_word(k));
        for (i, sign) in chunk.iter_mut().enumerate() {
            let (up, cast) = ((positive >> i & 1) as i8, (voted >> i & 1) as i8);
            *sign = cast * (2 * up - 1);
        }
    }
}
