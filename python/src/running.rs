//! `signsim.run`: a scenario into a folder.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use signsim::error::Result;
use signsim::run::{CheckpointOptions, PlanEvent, Report, RunOptions, execute, name_of, work};
use signsim::scenario::Plan;

use super::errors::raised;
use super::interruptible::interruptible;
use super::rules;

/// A scenario as Python names it: a path, or a text with a name for messages.
#[derive(FromPyObject)]
pub(crate) struct Question {
    /// A path, or what messages call the text.
    #[pyo3(item)]
    file: String,
    #[pyo3(item)]
    text: Option<String>,
    /// `path=value`
    #[pyo3(item)]
    sets: Vec<String>,
    #[pyo3(item)]
    seed: Option<u64>,
    #[pyo3(item)]
    threads: Option<usize>,
}

impl Question {
    /// The plan that it asks for.
    ///
    /// # Errors
    /// When the scenario is not as it should be.
    pub(crate) fn plan(&self) -> Result<Plan> {
        match &self.text {
            Some(text) => Plan::parse(&self.file, text, &self.sets, self.seed),
            None => Plan::read(Path::new(&self.file), &self.sets, self.seed),
        }
    }

    /// Threads that compute.
    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or_else(cores).max(1)
    }
}

/// What a user may choose about running.
#[derive(FromPyObject)]
pub(crate) struct Choices {
    #[pyo3(item)]
    out: Option<PathBuf>,
    #[pyo3(item)]
    force: bool,
    #[pyo3(item)]
    fresh: bool,
    #[pyo3(item)]
    wait: bool,
    #[pyo3(item)]
    retry_failed: bool,
    #[pyo3(item)]
    save_model: bool,
    /// Seconds of wall time.
    #[pyo3(item)]
    checkpoint_every: Option<f64>,
}

impl Choices {
    fn options(self, name: &str, threads: usize) -> RunOptions {
        let every = self.checkpoint_every.map(Duration::from_secs_f64);
        RunOptions {
            force: self.force,
            checkpoints: CheckpointOptions { every, fresh: self.fresh },
            wait: self.wait,
            retry_failed: self.retry_failed,
            save_model: self.save_model,
            ..RunOptions::new(self.out.unwrap_or_else(|| Path::new("plots").join(name)), threads)
        }
    }
}

/// How far a plan is.
#[derive(Default)]
struct Progress {
    runs: usize,
    ended: usize,
    work: f64,
    done: f64,
    /// What was said and is not shown yet.
    lines: Vec<String>,
    /// Runs that failed while this was looked at, in words; others have failed before.
    failed: Vec<String>,
    changed: bool,
}

impl Progress {
    fn hear(&mut self, event: &PlanEvent<'_>) {
        self.changed = true;
        match event {
            // As Python calls what the command line calls an option.
            PlanEvent::Remark(remark) => {
                let remark = remark.replace("--retry-failed", "retry_failed=True");
                self.lines.push(format!("note: {remark}"));
            }
            PlanEvent::Begins(begin) => {
                (self.runs, self.ended, self.work) = (begin.runs, begin.reused + begin.failed, begin.work);
            }
            PlanEvent::Round(_, work) => self.done += work,
            PlanEvent::Finished(run, row) => {
                self.ended += 1;
                // Rounds that a run did not need are no work that is left.
                self.done +=
                    f64::from(row.rounds.saturating_sub(row.rounds_done.unwrap_or(row.rounds))) * work(run);
            }
            PlanEvent::Failed(run, failure) => {
                self.ended += 1;
                self.failed.push(failure.run.clone());
                self.lines.push(format!("failed: {}: {}", name_of(run), failure.reason));
            }
            PlanEvent::Waits(_) => {}
        }
    }
}

fn locked(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what is missing; `told(fraction, ended, runs, lines)` hears how far it is. Gives a dictionary: `folder`, `remarks`,
/// `failures` (run, reason, help), `before`, those of them that had failed before and were not computed again, `elsewhere`,
/// `figures`, and `cause`, the exception of a rule of one's own.
#[pyfunction]
pub(crate) fn run<'py>(
    py: Python<'py>,
    question: Question,
    choices: Choices,
    told: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = question.plan().map_err(|error| raised(py, &error))?;
    let options = choices.options(&plan.name, question.threads());
    let (progress, mut remarks) = (Mutex::new(Progress::default()), plan.remarks.clone());
    locked(&progress).lines.extend(plan.remarks.iter().map(|remark| format!("note: {remark}")));
    let mut look = |_: Python<'_>| {
        let mut state = locked(&progress);
        if !std::mem::take(&mut state.changed) {
            return Ok(());
        }
        let lines = std::mem::take(&mut state.lines);
        let fraction = if state.work > 0.0 { (state.done / state.work).min(1.0) } else { 0.0 };
        let (ended, runs) = (state.ended, state.runs);
        // The callback may take its time; who computes does not wait for it.
        drop(state);
        remarks.extend(lines.iter().filter_map(|line| line.strip_prefix("note: ")).map(str::to_owned));
        told.call1((fraction, ended, runs, lines)).map(drop)
    };
    rules::forget_exception();
    let hear = |event: PlanEvent<'_>| locked(&progress).hear(&event);
    let report = interruptible(py, |flag| execute(&plan, &options, flag, &hear), &mut look)?;
    let Report { failures, figures, elsewhere, .. } = report;
    let answer = PyDict::new(py);
    answer.set_item("folder", options.out)?;
    answer.set_item("remarks", remarks)?;
    let now = std::mem::take(&mut locked(&progress).failed);
    let before = failures.iter().map(|f| &f.run).filter(|run| !now.contains(run));
    answer.set_item("before", before.cloned().collect::<Vec<_>>())?;
    let failures: Vec<_> = failures.into_iter().map(|f| (f.run, f.reason, f.help)).collect();
    answer.set_item("cause", if failures.is_empty() { None } else { rules::exception(py) })?;
    answer.set_item("failures", failures)?;
    answer.set_item("figures", figures)?;
    answer.set_item("elsewhere", elsewhere.iter().map(|run| run.words()).collect::<Vec<_>>())?;
    Ok(answer)
}
