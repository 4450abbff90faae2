//! The result folder of a scenario.
//!
//! ```text
//! DIR/scenario.yaml               what was asked for: `signsim run DIR/scenario.yaml --out DIR` asks for it again
//! DIR/manifest.json               the same in detail, by which build, and the digest of every run
//! DIR/summary.csv                 one row per run
//! DIR/runs/<id>/run.json          everything that determines this run, and its row of the summary
//! DIR/runs/<id>/{rounds,workers}.csv
//! DIR/runs/<id>/{layers,timeline,labels,classes,shards}.csv   where the scenario asks for them
//! DIR/runs/<id>/model.npz         the model with which it ended, where that was asked for
//! DIR/<figure>.{svg,png,pdf,csv}, and for a table .{md,tex} too
//! DIR/report.html                 one page about all of it, where that was asked for
//! DIR/runs/<id>.checkpoint        where a run is that was left before its end, and the file before it, `.previous`
//! DIR/runs/<id>.claim             which process computes this run
//! DIR/runs/<id>.failed/           a run that failed: error.txt, failure.json, scenario.yaml
//! DIR/{manifest,figures}.claim    which process writes manifest and summary, or draws, for as long as it does
//! DIR/.figures                    of which runs the figures were drawn last
//! DIR/submit.sbatch, DIR/logs/    what was given to a cluster's own engine, and what its tasks said
//! ```
//!
//! A run is written as `<id>.<writer>.pending/` and renamed when it is complete, so a folder `<id>/` is always whole. The
//! id is a hash of everything that determines the result: run again, finished runs are found and reused. The runs are
//! the truth: summary and figures come from them, whatever ended the program that wrote them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::manifest::Manifest;
use super::results::{Results, RunRecord};
use super::rows::SummaryRow;
use super::stored::{self, json};
use super::tables::{Tables, summary_to_csv};
use crate::atomic_file;
use crate::destination::{self, is_plain_name};
use crate::error::{Error, Named, Result};
use crate::files::{self, Kind};
use crate::plain_file::LARGEST_RECORD;

const MANIFEST: &str = "manifest.json";
const SCENARIO: &str = "scenario.yaml";
const SUMMARY: &str = "summary.csv";

/// Earlier versions left it in every folder that they filled.
const OLD_LOCK: &str = ".lock";

/// Which runs the figures show.
const FIGURES: &str = ".figures";

/// The ending of a checkpoint; the one before it has another behind it.
const CHECKPOINT: &str = ".checkpoint";

/// What is there of a run.
pub enum Stored {
    /// Its row of the summary.
    Whole(Box<SummaryRow>),
    /// It is there, and not as it was written; in words.
    Damaged(String),
    /// There is no folder of its id: it has not come to an end.
    Absent,
}

/// The sweep's settings of a run: path and value.
pub type Settings = Vec<(String, String)>;

/// A result folder.
#[derive(Debug, Clone)]
pub struct ResultFolder {
    dir: PathBuf,
}

impl ResultFolder {
    /// Makes a folder for results, or takes one that is there.
    ///
    /// # Errors
    /// When something that is no folder has that name, it holds other files, unless `force` is set, or the disk refuses.
    pub fn open(dir: &Path, force: bool) -> Result<Self> {
        let folder = Self { dir: dir.to_owned() };
        destination::check_folder(dir, "--out")?;
        let refused = |error| destination::refused(dir, "--out", error);
        let names = if files::kind(dir).map_err(refused)?.is_some() {
            files::list(dir).map_err(refused)?
        } else {
            Vec::new()
        };
        let foreign = names.iter().any(|name| name != OLD_LOCK)
            && files::kind(&folder.runs()).map_err(refused)? != Some(Kind::Folder)
            && !names.iter().any(|name| name == MANIFEST);
        if foreign && !force {
            return Err(Error::input(format!("{} is not empty and not a result folder", dir.named()))
                .help("choose another folder with --out, or pass --force to use this one all the same"));
        }
        destination::make_folder(&folder.dir.join("runs"), "--out")?;
        Ok(folder)
    }

    /// An existing result folder.
    ///
    /// # Errors
    /// When there is no manifest in it.
    pub fn existing(dir: &Path) -> Result<Self> {
        let folder = Self { dir: dir.to_owned() };
        folder.manifest()?;
        Ok(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was asked for.
    ///
    /// # Errors
    /// When the manifest is absent or unreadable.
    pub fn manifest(&self) -> Result<Manifest> {
        let path = self.dir.join(MANIFEST);
        let help = "name a folder that `signsim run` has written";
        let unread = |why: String| Error::input(format!("{}: {why}", path.named())).help(help);
        let what = match files::kind(&self.dir).map_err(|e| Error::io(&self.dir, e))? {
            Some(Kind::Folder) => None,
            Some(_) => Some("this is a file, not a folder"),
            None => Some("there is no such folder"),
        };
        if let Some(what) = what {
            return Err(Error::input(format!("{}: {what}", self.dir.named())).help(help));
        }
        let bytes = match files::read(&path, LARGEST_RECORD) {
            Err(error) if files::is_wrong_file(&path, &error) => return Err(unread(error.to_string())),
            bytes => bytes.map_err(|e| Error::io(&path, e))?,
        };
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| unread(e.to_string()))?;
        // Ids become names of files.
        match manifest.runs.iter().find(|run| !is_plain_name(&run.id)) {
            Some(run) => Err(unread(format!("`{}` is no id of a run", run.id))),
            None => Ok(manifest),
        }
    }

    /// Where the runs are.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.dir.join("runs")
    }

    pub(super) fn run_dir(&self, id: &str) -> PathBuf {
        self.dir.join("runs").join(id)
    }

    /// Where the claim is of who writes what the whole folder has once: scenario, manifest and summary.
    #[must_use]
    pub fn manifest_claim(&self) -> PathBuf {
        self.dir.join("manifest.claim")
    }

    /// Where the claim is of who draws the figures.
    #[must_use]
    pub fn figures_claim(&self) -> PathBuf {
        self.dir.join("figures.claim")
    }

    /// What was written of the figures when they were drawn last.
    #[must_use]
    pub fn drawn(&self) -> Option<Vec<u8>> {
        files::read(&self.dir.join(FIGURES), LARGEST_RECORD).ok()
    }

    /// Writes of the figures, when they are drawn.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_drawn(&self, bytes: &[u8]) -> Result<()> {
        atomic_file::write(&self.dir.join(FIGURES), bytes)
    }

    /// Where a run is written down before its end.
    #[must_use]
    pub fn checkpoint(&self, id: &str) -> PathBuf {
        self.dir.join("runs").join(format!("{id}{CHECKPOINT}"))
    }

    /// The checkpoints that are here, whoever left them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>> {
        let names = self.names()?;
        Ok(names.iter().filter(|name| name.ends_with(CHECKPOINT)).map(|name| self.run_dir(name)).collect())
    }

    /// The names in `runs/`.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let dir = self.runs();
        files::list(&dir).map_err(|e| Error::io(&dir, e))
    }

    /// Whether something stands in the place of a run that may be one: a folder, and no file or link to nothing.
    #[must_use]
    pub fn has_run(&self, id: &str) -> bool {
        matches!(files::kind(&self.run_dir(id)), Ok(Some(Kind::Folder)))
    }

    /// What is there of a run.
    #[must_use]
    pub fn stored(&self, id: &str) -> Stored {
        let dir = self.run_dir(id);
        let read = match files::kind(&dir).map_err(|e| Error::io(&dir, e)) {
            Ok(None) => return Stored::Absent,
            Ok(Some(_)) => stored::read_whole(&dir),
            Err(error) => Err(error),
        };
        match read {
            Ok(file) => Stored::Whole(Box::new(file.summary)),
            Err(error) => Stored::Damaged(error.to_string()),
        }
    }

    /// Whether any run is finished here, whoever asked for it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn has_runs(&self) -> Result<bool> {
        for name in self.names()? {
            let record = self.run_dir(&name).join("run.json");
            if files::kind(&record).map_err(|e| Error::io(&record, e))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many runs here are not of this build, by the words for theirs.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn of_other_builds(&self, build: &str) -> Result<BTreeMap<String, usize>> {
        let mut found = BTreeMap::new();
        for name in self.names()? {
            if let Some(made) = stored::made_by(&self.run_dir(&name)).filter(|made| !made.is(build)) {
                *found.entry(made.words()).or_default() += 1;
            }
        }
        Ok(found)
    }

    /// Removes what processes that are gone have left behind. Only for who holds the claim to write the manifest.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sweep_up(&self) -> Result<()> {
        self.sweep_runs()?;
        atomic_file::remove_leftovers(&self.dir, &[MANIFEST, SCENARIO, SUMMARY])
    }

    /// Writes what was asked for.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<()> {
        atomic_file::write(&self.dir.join(MANIFEST), &json(manifest))
    }

    /// The scenario that was asked for; `None` where the folder does not say.
    ///
    /// # Errors
    /// When it cannot be read: it may ask for more than whoever comes now.
    pub fn scenario(&self) -> Result<Option<String>> {
        let path = self.dir.join(SCENARIO);
        match files::read(&path, LARGEST_RECORD) {
            Err(error) if files::is_wrong_file(&path, &error) => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
            Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
        }
    }

    /// Writes the scenario that is asked for.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_scenario(&self, text: &str) -> Result<()> {
        atomic_file::write(&self.dir.join(SCENARIO), text.as_bytes())
    }

    /// Keeps manifest and scenario under other names, because others will take their places.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn set_aside(&self) -> Result<Vec<PathBuf>> {
        let mut kept = Vec::new();
        for (name, ending) in [("manifest", "json"), ("scenario", "yaml")] {
            let from = self.dir.join(format!("{name}.{ending}"));
            if files::kind(&from).map_err(|e| Error::io(&from, e))?.is_none() {
                continue;
            }
            let free = |n: u32| {
                let number = if n == 1 { String::new() } else { format!("-{n}") };
                self.dir.join(format!("{name}.previous{number}.{ending}"))
            };
            let mut to = free(1);
            for n in 2.. {
                if files::kind(&to).map_err(|e| Error::io(&to, e))?.is_none() {
                    break;
                }
                to = free(n);
            }
            files::rename(&from, &to).map_err(|e| Error::io(&to, e))?;
            kept.push(to);
        }
        // Before anything takes their places.
        atomic_file::sync_folder(&self.dir)?;
        Ok(kept)
    }

    /// Writes the summary of the runs that have ended; `axes` are the settings of the sweep.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_summary(&self, axes: &[String], lines: &[(SummaryRow, Settings)]) -> Result<()> {
        atomic_file::write(&self.dir.join(SUMMARY), &summary_to_csv(axes, lines))
    }

    /// What the summary says of runs that have ended, by id: whether they diverged, and the seconds that they took. While runs
    /// go on, it may be a moment behind.
    #[must_use]
    pub fn ends(&self) -> BTreeMap<String, (bool, f64)> {
        let Ok(bytes) = files::read(&self.dir.join(SUMMARY), LARGEST_RECORD) else { return BTreeMap::new() };
        let mut rows = csv::Reader::from_reader(bytes.as_slice());
        let Ok(header) = rows.headers().cloned() else { return BTreeMap::new() };
        let place = |name: &str| header.iter().position(|column| column == name);
        let (Some(run), Some(status), Some(wall)) = (place("run"), place("status"), place("wall_s")) else {
            return BTreeMap::new();
        };
        let end = |row: csv::StringRecord| {
            let diverged = row.get(status)? == "diverged";
            Some((row.get(run)?.to_owned(), (diverged, row.get(wall)?.parse().ok()?)))
        };
        rows.into_records().filter_map(|row| end(row.ok()?)).collect()
    }

    /// Everything that figures are drawn from.
    ///
    /// # Errors
    /// When a run that is there is not as it was written.
    pub fn results(&self) -> Result<Results> {
        let manifest = self.manifest()?;
        let mut results = Results { name: manifest.name, runs: Vec::new(), missing: Vec::new() };
        let mut specs: BTreeMap<String, Arc<Value>> = BTreeMap::new();
        for run in manifest.runs {
            let dir = self.run_dir(&run.id);
            if files::kind(&dir).map_err(|e| Error::io(&dir, e))?.is_none() {
                let kept = self.failure(&run.id)?;
                let why = kept.map(|kept| kept.reason).or_else(|| run.failure.clone());
                let why = why.as_deref().unwrap_or("not run");
                results.missing.push(format!("{}: {why}", run.words()));
                continue;
            }
            let file = stored::read_whole(&dir)?;
            if run.digest.as_ref().is_some_and(|told| *told != file.summary.digest) {
                let message = format!("{}: its digest is not the one in manifest.json", dir.named());
                return Err(Error::input(message).help("run the scenario again to compute it anew"));
            }
            let made_by = file.made_by().words();
            let spec = Arc::clone(specs.entry(run.case.clone()).or_insert_with(|| Arc::new(file.spec)));
            results.runs.push(RunRecord {
                // A run that several points share carries the names of the point that asks.
                summary: SummaryRow { method: run.method, attack: run.attack, ..file.summary },
                case: run.case,
                settings: run.settings,
                tables: Tables::read(&dir)?,
                channel: file.channel,
                quadratic: file.quadratic,
                remarks: run.remarks,
                spec,
                made_by,
                machine: file.machine,
            });
        }
        Ok(results)
    }
}

/// Removes a folder, or what stands in its place.
pub(super) fn remove(path: &Path) -> Result<()> {
    files::remove(path).map_err(|e| Error::io(path, e))
}
