//! The result folder of a scenario.
//!
//! ```text
//! DIR/scenario.yaml               what was asked for: `signsim run DIR/scenario.yaml --out DIR` asks for it again
//! DIR/manifest.json               the same in detail, by which build, and the digest of every run
//! DIR/summary.csv                 one row per run
//! DIR/runs/<id>/run.json          everything that determines this run, and its row of the summary
//! DIR/runs/<id>/{rounds,workers}.csv
//! DIR/runs/<id>/{layers,timeline,labels}.csv   where the scenario asks for them
//! DIR/<figure>.{svg,png,pdf,csv}, and for a table .{md,tex} too
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
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::failed::FailedRun;
use super::manifest::Manifest;
use super::results::{Results, RunRecord};
use super::rows::SummaryRow;
use super::stored::{self, json};
use super::tables::{Tables, summary_to_csv};
use crate::atomic_file;
use crate::destination::{self, is_plain_name};
use crate::error::{Error, Named, Result};
use crate::plain_file::{self, LARGEST_RECORD};

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
        let mut entries = fs::read_dir(dir).into_iter().flatten().filter_map(std::result::Result::ok);
        let foreign = entries.any(|entry| entry.file_name() != OLD_LOCK)
            && !folder.dir.join("runs").is_dir()
            && !folder.dir.join("manifest.json").exists();
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
        if !self.dir.is_dir() {
            let what =
                if self.dir.exists() { "this is a file, not a folder" } else { "there is no such folder" };
            return Err(Error::input(format!("{}: {what}", self.dir.named())).help(help));
        }
        let bytes = plain_file::read(&path, LARGEST_RECORD).map_err(|e| unread(e.to_string()))?;
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
        plain_file::read(&self.dir.join(FIGURES), LARGEST_RECORD).ok()
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
    #[must_use]
    pub fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.join("runs")).into_iter().flatten().flatten();
        entries.map(|e| e.path()).filter(|path| path.to_string_lossy().ends_with(CHECKPOINT)).collect()
    }

    /// What is there of a run.
    #[must_use]
    pub fn stored(&self, id: &str) -> Stored {
        if !self.run_dir(id).exists() {
            return Stored::Absent;
        }
        match stored::read_whole(&self.run_dir(id)) {
            Ok(file) => Stored::Whole(Box::new(file.summary)),
            Err(error) => Stored::Damaged(error.to_string()),
        }
    }

    /// Whether any run is finished here, whoever asked for it.
    #[must_use]
    pub fn has_runs(&self) -> bool {
        let mut entries = fs::read_dir(self.dir.join("runs")).into_iter().flatten().flatten();
        entries.any(|entry| entry.path().join("run.json").exists())
    }

    /// How many runs here are not of this build, by the words for theirs.
    #[must_use]
    pub fn of_other_builds(&self, build: &str) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.dir.join("runs")).into_iter().flatten().flatten() {
            if let Some(made) = stored::made_by(&entry.path()).filter(|made| !made.is(build)) {
                *found.entry(made.words()).or_default() += 1;
            }
        }
        found
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
    #[must_use]
    pub fn scenario(&self) -> Option<String> {
        String::from_utf8(plain_file::read(&self.dir.join(SCENARIO), LARGEST_RECORD).ok()?).ok()
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
            if !from.exists() {
                continue;
            }
            let free = |n: u32| {
                let number = if n == 1 { String::new() } else { format!("-{n}") };
                self.dir.join(format!("{name}.previous{number}.{ending}"))
            };
            let to = (1..).map(free).find(|to| !to.exists()).expect("numbers do not end");
            fs::rename(&from, &to).map_err(|e| Error::io(&to, e))?;
            kept.push(to);
        }
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
        let path = self.dir.join(SUMMARY);
        let file =
            plain_file::check(&path, LARGEST_RECORD).ok().and_then(|()| csv::Reader::from_path(path).ok());
        let Some(mut rows) = file else { return BTreeMap::new() };
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
            if !dir.exists() {
                let kept = FailedRun::read(&self.run_dir(&format!("{}.failed", run.id)));
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
            let spec = Arc::clone(specs.entry(run.case.clone()).or_insert_with(|| Arc::new(file.spec)));
            results.runs.push(RunRecord {
                // A run that several points share carries the names of the point that asks.
                summary: SummaryRow { method: run.method, attack: run.attack, ..file.summary },
                case: run.case,
                settings: run.settings,
                tables: Tables::read(&dir)?,
                channel: file.channel,
                remarks: run.remarks,
                spec,
            });
        }
        Ok(results)
    }
}

/// Removes a folder, or what stands in its place.
pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(it) if it.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    match removed {
        // Somebody else was faster.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|e| Error::io(path, e)),
    }
}
