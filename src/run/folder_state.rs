//! The state of a folder while runs go on: which runs there are, and what manifest and summary say of them.

use std::collections::BTreeMap;

use super::identity::{BUILD, COMMIT, Identified, VERSION};
use crate::error::{Error, Result};
use crate::machine;
use crate::record::{Manifest, ManifestRun, ResultFolder, Settings, Status, Stored, SummaryRow};
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

/// The state of everything that a folder is asked for.
pub struct FolderState<'a> {
    folder: &'a ResultFolder,
    plan: &'a Plan,
    known: Identified,
    /// Where in the plan the runs of an id stand.
    places: BTreeMap<String, Vec<usize>>,
    done: BTreeMap<String, SummaryRow>,
    failed: BTreeMap<String, Failure>,
}

impl<'a> FolderState<'a> {
    /// Looks for what is finished; gives also what was found and cannot be used, in words.
    pub fn open(folder: &'a ResultFolder, plan: &'a Plan, known: Identified) -> (Self, Vec<String>) {
        let told = digests(folder);
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, id) in known.ids.iter().enumerate() {
            places.entry(id.clone()).or_default().push(at);
        }
        let (mut done, mut remarks) = (BTreeMap::new(), Vec::new());
        for id in places.keys() {
            let other = |row: &SummaryRow| told.get(id).is_some_and(|digest| *digest != row.digest);
            let why = match folder.stored(id) {
                Stored::Absent => continue,
                Stored::Whole(row) if other(&row) => {
                    format!("runs/{id}: its digest is not the one in manifest.json")
                }
                Stored::Whole(row) => {
                    done.insert(id.clone(), *row);
                    continue;
                }
                Stored::Damaged(why) => why,
            };
            remarks.push(format!("{why}; this run is computed anew"));
        }
        (Self { folder, plan, known, places, done, failed: BTreeMap::new() }, remarks)
    }

    /// The row of a finished run.
    pub fn done(&self, id: &str) -> Option<&SummaryRow> {
        self.done.get(id)
    }

    /// Why runs failed, by id.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.failed.values()
    }

    /// Writes scenario, manifest and the summary of what is finished, before anything is computed and after all is.
    pub fn write(&self) -> Result<()> {
        self.folder.write_scenario(&self.plan.source)?;
        self.folder.write_manifest(&self.manifest())?;
        let axes: Vec<String> = self
            .plan
            .runs
            .first()
            .map_or(&[][..], |run| &run.settings)
            .iter()
            .map(|(path, _)| path.clone())
            .collect();
        self.folder.write_summary(&axes, &self.lines(0..self.plan.runs.len()))
    }

    /// A run has finished: its rows are in the summary from now on.
    pub fn finish(&mut self, id: &str, row: SummaryRow) -> Result<()> {
        self.done.insert(id.to_owned(), row);
        self.append(id)
    }

    /// A run has failed.
    pub fn fail(&mut self, id: &str, failure: Failure) -> Result<()> {
        self.failed.insert(id.to_owned(), failure);
        self.append(id)
    }

    fn append(&self, id: &str) -> Result<()> {
        let places = self.places.get(id).map_or(&[][..], Vec::as_slice);
        self.folder.append_summary(&self.lines(places.iter().copied()))
    }

    /// The rows of those runs of the plan that have ended in some way.
    fn lines(&self, runs: impl Iterator<Item = usize>) -> Vec<(SummaryRow, Settings)> {
        let run = |at: usize| (&self.plan.runs[at], self.known.ids[at].as_str());
        runs.map(run).filter_map(|(run, id)| Some((self.line(run, id)?, run.settings.clone()))).collect()
    }

    /// What the summary says of a run that has ended in some way.
    pub fn line(&self, run: &PlannedRun, id: &str) -> Option<SummaryRow> {
        let (method, attack) = (run.spec.record.method.clone(), run.spec.record.attack.clone());
        match self.done.get(id) {
            // A run that several points share carries the names of the point that asks.
            Some(row) => Some(SummaryRow { method, attack, ..row.clone() }),
            None if self.failed.contains_key(id) => Some(SummaryRow {
                run: id.to_owned(),
                status: Status::Failed,
                seed: run.spec.seed,
                method,
                attack,
                workers: run.spec.population.workers,
                adversaries: run.spec.population.adversaries,
                rounds: run.spec.rounds,
                ..SummaryRow::default()
            }),
            None => None,
        }
    }

    fn manifest(&self) -> Manifest {
        let plan = self.plan;
        let mut seeds: Vec<u64> = plan.runs.iter().map(|r| r.spec.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let figure = |f| serde_json::to_value(f).expect("a figure is plain data");
        let run = |(run, id): (&PlannedRun, &String)| ManifestRun {
            id: id.clone(),
            case: run.case.clone(),
            seed: run.spec.seed,
            method: run.spec.record.method.clone(),
            attack: run.spec.record.attack.clone(),
            workers: run.spec.population.workers,
            adversaries: run.spec.population.adversaries,
            settings: run.settings.clone(),
            apart: run.apart.clone(),
            remarks: run.remarks.iter().map(|remark| remark.words.clone()).collect(),
            digest: self.done.get(id).map(|row| row.digest.clone()),
            failure: self.failed.get(id).map(|failure| failure.reason.clone()),
            help: self.failed.get(id).and_then(|failure| failure.help.clone()),
        };
        Manifest {
            name: plan.name.clone(),
            signsim: VERSION.to_owned(),
            build: BUILD.to_owned(),
            commit: COMMIT.to_owned(),
            about: plan.about.clone(),
            resolved: plan.resolved.clone(),
            figures: plan.figures.iter().map(figure).collect(),
            seeds,
            data: self.known.data.clone(),
            cpu_features: machine::cpu_features(),
            runs: plan.runs.iter().zip(&self.known.ids).map(run).collect(),
        }
    }
}

/// The digests that the folder's manifest tells, by id.
fn digests(folder: &ResultFolder) -> BTreeMap<String, String> {
    let runs = folder.manifest().map(|manifest| manifest.runs).unwrap_or_default();
    runs.into_iter().filter_map(|run| Some((run.id, run.digest?))).collect()
}

/// Which run it is, in words: what the sweep varies, and the seed.
pub fn name_of(run: &PlannedRun) -> String {
    let spec = &run.spec;
    let settings: String = run.settings.iter().map(|(path, value)| format!("{path}={value} ")).collect();
    let usual = || {
        format!(
            "{} {} L={} of M={} ",
            spec.record.method, spec.record.attack, spec.population.adversaries, spec.population.workers
        )
    };
    let apart = if run.apart.is_empty() { String::new() } else { format!("({}) ", run.apart) };
    format!("{}{apart}seed {}", if settings.is_empty() { usual() } else { settings }, spec.seed)
}

/// What is left of an error in the state.
pub fn failure(run: &PlannedRun, error: &Error) -> Failure {
    let help = error.advice().map(str::to_owned);
    Failure { run: name_of(run), reason: error.to_string(), help }
}
