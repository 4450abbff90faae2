//! The state of a folder while runs go on: which runs there are, and what manifest and summary say of them.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset_cache::DatasetCache;
use super::failing::{Failure, listed, name_of};
use super::identity::{BUILD, COMMIT, Identified, VERSION, identify};
use crate::error::Result;
use crate::machine;
use crate::record::{Listing, Manifest, ManifestRun, ResultFolder, Settings, Status, Stored, SummaryRow};
use crate::scenario::{Plan, PlannedRun};

/// The state of everything that a folder is asked for.
pub(crate) struct FolderState {
    folder: ResultFolder,
    /// All that it is asked for, and the text that says so in the folder.
    plan: Plan,
    text: String,
    known: Identified,
    done: BTreeMap<String, SummaryRow>,
    failed: BTreeMap<String, Failure>,
    /// Runs that were not worth keeping as failed: another time, or another machine, may finish them.
    broken: Vec<Failure>,
    /// The digests that the manifest told when the folder was opened.
    told: BTreeMap<String, String>,
    /// Runs of whose end the user knows.
    known_ends: BTreeSet<String>,
    /// Runs whose ends are looked for: all that the folder was ever asked for as far as this process knows.
    watched: BTreeSet<String>,
    /// Runs that stood in their places and could not be used.
    damaged: BTreeSet<String>,
}

impl FolderState {
    /// Looks for what has ended; gives also what was found and cannot be used, in words. `text`: the plan as it stands in the
    /// folder.
    pub(crate) fn open(
        folder: &ResultFolder,
        (plan, text): (Plan, String),
        known: Identified,
    ) -> Result<(Self, Vec<String>)> {
        let told = digests(folder);
        let (mut done, mut remarks, mut damaged) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let listing = folder.listing()?;
        for id in known.ids.iter().filter(|id| listing.finished.contains(*id)).collect::<BTreeSet<_>>() {
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
            damaged.insert(id.clone());
        }
        let folder = folder.clone();
        let (failed, broken, known_ends) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let watched = known.ids.iter().cloned().collect();
        let mut state =
            Self { folder, plan, text, known, done, failed, broken, told, known_ends, watched, damaged };
        state.failures_of(&listing)?;
        Ok((state, remarks))
    }

    /// The row of a finished run.
    pub(crate) fn done(&self, id: &str) -> Option<&SummaryRow> {
        self.done.get(id)
    }

    /// Why a run has failed.
    pub(crate) fn failed(&self, id: &str) -> Option<&Failure> {
        self.failed.get(id)
    }

    /// The digest that the manifest told of a run.
    pub(crate) fn told(&self, id: &str) -> Option<&str> {
        self.told.get(id).map(String::as_str)
    }

    /// Runs of this process that failed in ways that are not kept.
    pub(crate) fn broken(&self) -> &[Failure] {
        &self.broken
    }

    /// Whether this run is one of them.
    pub(crate) fn is_broken(&self, run: &PlannedRun) -> bool {
        !self.broken.is_empty() && self.broken.iter().any(|failure| failure.run == name_of(run))
    }

    /// Takes over what others have asked of the folder meanwhile, if this program can read it.
    pub(crate) fn catch_up(&mut self, cache: &DatasetCache) -> Result<()> {
        let Some(text) = self.folder.scenario()?.filter(|text| *text != self.text) else { return Ok(()) };
        let file = self.folder.dir().join("scenario.yaml").display().to_string();
        let plan = Plan::parse(&file, &text, &[], None)?;
        self.known = identify(&plan, cache)?;
        self.watched.extend(self.known.ids.iter().cloned());
        (self.plan, self.text) = (plan, text);
        Ok(())
    }

    /// Whether a run has ended in another process and this was not asked before.
    pub(crate) fn is_news(&mut self, id: &str) -> bool {
        (self.done.contains_key(id) || self.failed.contains_key(id)) && self.known_ends.insert(id.to_owned())
    }

    /// The row of a run that stands in its place and can be used, as far as its record says: who wrote it a moment ago wrote it
    /// whole. What was found damaged is looked at as a whole.
    pub(crate) fn found(&self, id: &str) -> Option<SummaryRow> {
        let row = if self.damaged.contains(id) {
            let Stored::Whole(row) = self.folder.stored(id) else { return None };
            *row
        } else {
            self.folder.row(id).ok()?
        };
        self.told.get(id).is_none_or(|told| *told == row.digest).then_some(row)
    }

    /// Looks for runs that have ended since the last look.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        let listing = self.folder.listing()?;
        let new =
            self.watched.iter().filter(|id| listing.finished.contains(*id) && !self.done.contains_key(*id));
        let new: Vec<_> = new.filter_map(|id| Some((id.clone(), self.found(id)?))).collect();
        self.done.extend(new);
        self.failures_of(&listing)
    }

    fn failures_of(&mut self, listing: &Listing) -> Result<()> {
        self.failed.clear();
        for id in &self.watched {
            if listing.failed.contains(id)
                && !self.done.contains_key(id)
                && let Some(failed) = self.folder.failure(id)?
            {
                self.failed.insert(id.clone(), Failure::of(failed));
            }
        }
        Ok(())
    }

    /// Writes manifest and the summary of what is finished. Only for who holds the claim to.
    pub(crate) fn write(&self) -> Result<()> {
        self.folder.write_manifest(&self.manifest())?;
        self.write_summary()
    }

    /// Writes the summary alone.
    pub(crate) fn write_summary(&self) -> Result<()> {
        let settings = self.plan.runs.first().map_or(&[][..], |run| &run.settings);
        let axes: Vec<String> = settings.iter().map(|(path, _)| path.clone()).collect();
        self.folder.write_summary(&axes, &self.lines())
    }

    /// The text that asks for all of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A run has finished.
    pub(crate) fn finish(&mut self, id: &str, row: SummaryRow) {
        self.failed.remove(id);
        self.known_ends.insert(id.to_owned());
        self.done.insert(id.to_owned(), row);
    }

    /// A run has failed, and is kept so.
    pub(crate) fn fail(&mut self, id: &str, failure: Failure) {
        self.known_ends.insert(id.to_owned());
        self.failed.insert(id.to_owned(), failure);
    }

    /// A run has failed, and is not kept.
    pub(crate) fn break_off(&mut self, failure: Failure) {
        self.broken.push(failure);
    }

    /// The rows of those runs of the plan that have ended in some way.
    fn lines(&self) -> Vec<(SummaryRow, Settings)> {
        let runs = self.plan.runs.iter().zip(&self.known.ids);
        runs.filter_map(|(run, id)| Some((self.line(run, id)?, run.settings.clone()))).collect()
    }

    /// What the summary says of a run that has ended in some way.
    pub(crate) fn line(&self, run: &PlannedRun, id: &str) -> Option<SummaryRow> {
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
        let plan = &self.plan;
        let mut seeds: Vec<u64> = plan.runs.iter().map(|r| r.spec.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let figure = |f| serde_json::to_value(f).expect("a figure is plain data");
        let run = |(run, id): (&PlannedRun, &String)| ManifestRun {
            digest: self.done.get(id).map(|row| row.digest.clone()),
            failure: self.failed.get(id).map(|failure| failure.reason.clone()),
            help: self.failed.get(id).and_then(|failure| failure.help.clone()),
            ..listed(run, id)
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
