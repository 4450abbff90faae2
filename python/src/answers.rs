//! `signsim.check`, `signsim.theory` and figures: answers without a run.

use std::cell::RefCell;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use signsim::cli::{Checked, checked};
use signsim::error::Error;
use signsim::figure::CATALOGUE;
use signsim::figure::options::{ARGUMENTS, FigureOptions};
use signsim::run::{PlotRequest, plot};
use signsim::theory::{Case, Descent, OwnVote, quantities};

use super::errors::raised;
use super::interruptible::interruptible;
use super::running::Question;

/// The text that `signsim check` prints, what is remarked, and the runs: sweep's settings and seed of each.
#[pyfunction]
pub(crate) fn check(py: Python<'_>, question: Question) -> PyResult<Bound<'_, PyDict>> {
    let plan = question.plan().map_err(|error| raised(py, &error))?;
    let answer = |_: &_| {
        let remarks = RefCell::new(plan.remarks.clone());
        let tell = |remark: &str| remarks.borrow_mut().push(remark.to_owned());
        let Checked { text, outcome } = checked(&plan, question.threads(), &tell)?;
        outcome.map(|()| (text, remarks.into_inner()))
    };
    let (text, remarks) = interruptible(py, answer, &mut |_| Ok(()))?;
    let answer = PyDict::new(py);
    answer.set_item("text", text)?;
    answer.set_item("resolved", &plan.resolved)?;
    answer.set_item("remarks", remarks)?;
    let runs = plan.runs.iter().map(|run| (run.settings.clone(), run.spec.seed));
    answer.set_item("runs", runs.collect::<Vec<_>>())?;
    Ok(answer)
}

/// Every number about one case, by its name; nothing where there is none to give.
#[pyfunction]
#[pyo3(signature = (workers, adversaries, crossover, flip, max_llr, own, descent))]
pub(crate) fn theory<'py>(
    py: Python<'py>,
    workers: u32,
    adversaries: u32,
    crossover: f64,
    flip: f64,
    max_llr: Option<f64>,
    own: Option<(f64, u64)>,
    descent: Option<(u64, f64, f64)>,
) -> PyResult<Bound<'py, PyDict>> {
    let descent = descent.map(|(rounds, smoothness, gap)| Descent { rounds, smoothness, gap });
    let own = own.map(|(crossover, coordinates)| OwnVote { crossover, coordinates });
    let case = Case { workers, adversaries, crossover, flip, max_llr, own, descent };
    let answer = PyDict::new(py);
    for quantity in py.detach(|| quantities(&case)) {
        answer.set_item(quantity.name, quantity.value)?;
    }
    Ok(answer)
}

/// Draws one figure of the runs in result folders into `out`; gives the files. What it was told in vain is a warning.
#[pyfunction]
pub(crate) fn draw(
    py: Python<'_>,
    folders: Vec<PathBuf>,
    kind: String,
    options: Vec<(String, String)>,
    out: PathBuf,
) -> PyResult<Vec<PathBuf>> {
    let request = || {
        let mut read = FigureOptions::NONE;
        for (word, text) in &options {
            let known = ARGUMENTS.iter().find(|argument| argument.key.word() == word);
            let key = known.ok_or_else(|| {
                let words: Vec<&str> = ARGUMENTS.iter().map(|argument| argument.key.word()).collect();
                Error::input(format!("`{word}` is no option of a figure"))
                    .help(format!("write one of {}", words.join(", ")))
            })?;
            read.set(key.key, text)?;
        }
        if !CATALOGUE.iter().any(|entry| entry.word == kind) {
            let words: Vec<&str> = CATALOGUE.iter().map(|entry| entry.word).collect();
            return Err(Error::input(format!("`{kind}` is no figure"))
                .help(format!("write one of {}", words.join(", "))));
        }
        let style = FigureOptions::NONE;
        Ok(PlotRequest { folders, figure: Some(kind), options: read, style, script: false, out: Some(out) })
    };
    let mut remarks: Vec<String> = Vec::new();
    let drawn = py.detach(|| plot(&request()?, &mut |remark| remarks.push(remark.to_owned())));
    let drawn = drawn.map_err(|error| raised(py, &error))?;
    for remark in remarks {
        py.import("warnings")?.call_method1("warn", (remark,))?;
    }
    Ok(drawn)
}
