//! Runs that fail: what is said of them, and what is kept.

use super::holder::Holder;
use super::identity::{BUILD, key_of};
use crate::error::{Error, Result};
use crate::record::{FailedRun, Machine, ManifestRun, ResultFolder};
use crate::scenario::{Plan, PlannedRun};

/// Why a run failed, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which run, in words.
    pub run: String,
    /// What kept it from going on.
    pub reason: String,
    /// What can be done about it.
    pub help: Option<String>,
}

impl Failure {
    /// What is left of an error that ended a run.
    pub(super) fn new(run: &PlannedRun, error: &Error) -> Self {
        let help = error.advice().map(str::to_owned);
        Self { run: name_of(run), reason: error.to_string(), help }
    }

    /// What a folder has kept.
    pub(super) fn of(failed: FailedRun) -> Self {
        Self { run: failed.run, reason: failed.reason, help: failed.help }
    }
}

/// Which run it is, in words.
#[must_use]
pub fn name_of(run: &PlannedRun) -> String {
    listed(run, "").words()
}

/// What a manifest says of a run before anything is known of its end.
pub(super) fn listed(run: &PlannedRun, id: &str) -> ManifestRun {
    let spec = &run.spec;
    ManifestRun {
        id: id.to_owned(),
        case: run.case.clone(),
        seed: spec.seed,
        method: spec.record.method.clone(),
        attack: spec.record.attack.clone(),
        workers: spec.population.workers,
        adversaries: spec.population.adversaries,
        settings: run.settings.clone(),
        apart: run.apart.clone(),
        remarks: run.remarks.iter().map(|remark| remark.words.clone()).collect(),
        digest: None,
        failure: None,
        help: None,
    }
}

/// Keeps a failed run in its folder; `text`: the scenario that asks for it among others, `writer`: a word that no other
/// process has.
pub(crate) fn keep(
    folder: &ResultFolder,
    (run, id): (&PlannedRun, &str),
    failure: &Failure,
    (text, writer): (&str, &str),
) -> Result<()> {
    let Failure { run: words, reason, help } = failure.clone();
    let machine = Machine::here(&Holder::me().host);
    let failed = FailedRun { id: id.to_owned(), run: words, reason, help, build: BUILD.to_owned(), machine };
    folder.place_failure(&failed, &scenario_of(run, text), writer)
}

/// A scenario that asks for this run and no other; where that cannot be written down, the one that asks for it among others.
fn scenario_of(run: &PlannedRun, text: &str) -> String {
    let held = run.settings.iter().map(|(path, value)| format!("{path}={value}"));
    let sets: Vec<String> = held.chain(["repeats=1".to_owned()]).collect();
    match Plan::parse("scenario.yaml", text, &sets, Some(run.spec.seed)) {
        Ok(alone) if alone.runs.len() == 1 && key_of(&alone.runs[0]) == key_of(run) => alone.source,
        _ => format!("# One of these runs failed: {}\n{text}", name_of(run).replace(char::is_control, " ")),
    }
}
