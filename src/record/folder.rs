//! The result folder of a scenario.
//!
//! ```text
//! DIR/manifest.json               what was asked for, by which version, and the digest of every run
//! DIR/summary.csv                 a row a run
//! DIR/runs/<id>/run.json          everything that determines this run, and its row of the summary
//! DIR/runs/<id>/{rounds,workers}.csv
//! DIR/runs/<id>/{layers,timeline,labels}.csv   where the scenario asks for them
//! DIR/<figure>.{svg,png,pdf,csv}, and for a table .{md,tex} too
//! ```
//!
//! A run is written as `<id>.pending/` and renamed when it is complete, so a folder `<id>/` is always whole. The
//! id is a hash of everything that determines the result: run again, finished runs are found and reused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rows::{
    ChannelFacts, LabelRow, LayerRow, Results, RoundRow, RunRecord, SummaryLine, SummaryRow, TimelineRow,
    WorkerRow,
};
use super::tables::{from_csv, summary_from_csv, summary_to_csv, to_csv};
use crate::error::{Error, Result};

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The scenario's name.
    pub name: String,
    /// The version of this program.
    pub signsim: String,
    /// What the scenario's opening comment says to expect.
    pub about: String,
    /// The first point of the sweep with every default filled in, as YAML.
    pub resolved: String,
    /// Words of the figures to draw.
    pub figures: Vec<Value>,
    pub seeds: Vec<u64>,
    /// The files that the data came from: name, SHA-256 of the unpacked bytes, length.
    pub data: Vec<Value>,
    /// What the processor offered; floating-point sums may differ between machines that differ here.
    pub cpu_features: Vec<String>,
    /// Every run the scenario asks for, in the order of the sweep.
    pub runs: Vec<ManifestRun>,
}

/// One run of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestRun {
    pub id: String,
    /// What the run shares with those that differ from it in nothing but the seed; empty in older manifests.
    #[serde(default)]
    pub case: String,
    pub seed: u64,
    pub method: String,
    pub attack: String,
    pub workers: u32,
    pub adversaries: u32,
    /// The sweep's settings: path and value.
    pub settings: Vec<(String, String)>,
    /// Of the finished run.
    pub digest: Option<String>,
    /// Why the run is missing.
    pub failure: Option<String>,
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RunFile {
    spec: Value,
    /// Of a run on channels.
    #[serde(default)]
    channel: Option<ChannelFacts>,
    summary: SummaryRow,
}

/// A finished run on its way to the disk.
pub struct Finished<'a> {
    /// Everything that determines the result.
    pub spec: Value,
    pub summary: &'a SummaryRow,
    pub rounds: &'a [RoundRow],
    pub workers: &'a [WorkerRow],
    /// Only where layers are measured.
    pub layers: &'a [LayerRow],
    /// Only where a timeline is recorded.
    pub timeline: &'a [TimelineRow],
    /// Only where the partition of labels is recorded.
    pub labels: &'a [LabelRow],
    /// Only of a run on channels.
    pub channel: Option<ChannelFacts>,
}

/// A result folder.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// Opens or makes the result folder of the scenario called `name`.
    ///
    /// # Errors
    /// When the folder holds something else, unless `force` is set.
    pub fn open(dir: &Path, name: &str, force: bool) -> Result<Self> {
        let folder = Self { dir: dir.to_owned() };
        let occupied = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
        if occupied && !force {
            let help = "choose another folder with --out, or pass --force to use this one all the same";
            match folder.manifest() {
                Ok(manifest) if manifest.name == name => {}
                Ok(manifest) => {
                    let other = manifest.name;
                    let message =
                        format!("{} holds the results of `{other}`, not of `{name}`", dir.display());
                    return Err(Error::input(message).help(help));
                }
                Err(_) if folder.dir.join("runs").is_dir() && !folder.dir.join("manifest.json").exists() => {}
                Err(_) => {
                    let message = format!("{} is not empty and not a result folder", dir.display());
                    return Err(Error::input(message).help(help));
                }
            }
        }
        let runs = folder.dir.join("runs");
        fs::create_dir_all(&runs).map_err(|e| Error::io(&runs, e))?;
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
        let path = self.dir.join("manifest.json");
        let help = "name a folder that `signsim run` has written";
        let bytes =
            fs::read(&path).map_err(|e| Error::input(format!("{}: {e}", path.display())).help(help))?;
        serde_json::from_slice(&bytes)
            .map_err(|e| Error::input(format!("{}: {e}", path.display())).help(help))
    }

    fn run_dir(&self, id: &str) -> PathBuf {
        self.dir.join("runs").join(id)
    }

    /// The row of a finished run; `None` when it is not there.
    #[must_use]
    pub fn finished(&self, id: &str) -> Option<SummaryRow> {
        self.run_file(id).map(|run| run.summary)
    }

    fn run_file(&self, id: &str) -> Option<RunFile> {
        let bytes = fs::read(self.run_dir(id).join("run.json")).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes a finished run, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_run(&self, run: &Finished<'_>) -> Result<()> {
        let id = &run.summary.run;
        let (pending, complete) = (self.run_dir(&format!("{id}.pending")), self.run_dir(id));
        for old in [&pending, &complete] {
            if old.exists() {
                fs::remove_dir_all(old).map_err(|e| Error::io(old, e))?;
            }
        }
        fs::create_dir_all(&pending).map_err(|e| Error::io(&pending, e))?;
        let file = RunFile { spec: run.spec.clone(), channel: run.channel, summary: run.summary.clone() };
        write(&pending.join("run.json"), &json(&file))?;
        write(&pending.join("rounds.csv"), &to_csv(run.rounds))?;
        write(&pending.join("workers.csv"), &to_csv(run.workers))?;
        let asked = [
            ("layers.csv", (!run.layers.is_empty()).then(|| to_csv(run.layers))),
            ("timeline.csv", (!run.timeline.is_empty()).then(|| to_csv(run.timeline))),
            ("labels.csv", (!run.labels.is_empty()).then(|| to_csv(run.labels))),
        ];
        for (name, table) in asked {
            table.map_or(Ok(()), |table| write(&pending.join(name), &table))?;
        }
        fs::rename(&pending, &complete).map_err(|e| Error::io(&complete, e))
    }

    /// Writes the manifest and the summary of the runs that are there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_summary(
        &self,
        manifest: &Manifest,
        rows: &[(SummaryLine, Vec<(String, String)>)],
    ) -> Result<()> {
        replace(&self.dir.join("manifest.json"), &json(manifest))?;
        replace(&self.dir.join("summary.csv"), &summary_to_csv(rows))
    }

    /// Everything that figures are drawn from.
    ///
    /// # Errors
    /// When a table is absent or unreadable.
    pub fn results(&self) -> Result<Results> {
        let manifest = self.manifest()?;
        let mut rows = summary_from_csv(&self.dir.join("summary.csv"))?.into_iter();
        let mut results = Results { name: manifest.name, runs: Vec::new(), missing: Vec::new() };
        let mut specs: BTreeMap<String, Arc<Value>> = BTreeMap::new();
        for run in manifest.runs {
            if run.digest.is_none() {
                let why = run.failure.as_deref().unwrap_or("not run");
                let (method, attack, l, m) = (&run.method, &run.attack, run.adversaries, run.workers);
                let seed = run.seed;
                results.missing.push(format!("{method}, {attack}, L = {l} of M = {m}, seed {seed}: {why}"));
                continue;
            }
            let summary = rows.next().filter(|row| row.run == run.id).ok_or_else(|| {
                Error::input(format!("{}: summary.csv and manifest.json disagree", self.dir.display()))
                    .help("run the scenario again to write them anew; finished runs are reused")
            })?;
            let file = self.run_file(&run.id);
            let channel = file.as_ref().and_then(|file| file.channel);
            let spec = || Arc::new(file.map_or(Value::Null, |file| file.spec));
            let spec = Arc::clone(specs.entry(run.case.clone()).or_insert_with(spec));
            results.runs.push(RunRecord {
                summary,
                case: run.case,
                settings: run.settings,
                rounds: from_csv(&self.run_dir(&run.id).join("rounds.csv"))?,
                workers: self.table(&run.id, "workers.csv")?,
                layers: self.table(&run.id, "layers.csv")?,
                timeline: self.table(&run.id, "timeline.csv")?,
                labels: self.table(&run.id, "labels.csv")?,
                channel,
                spec,
            });
        }
        Ok(results)
    }
}

impl Folder {
    /// A table that a run may have; without a row where it has none.
    fn table<T: serde::de::DeserializeOwned>(&self, id: &str, name: &str) -> Result<Vec<T>> {
        let path = self.run_dir(id).join(name);
        if path.exists() { from_csv(&path) } else { Ok(Vec::new()) }
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("records are plain data");
    text.push(b'\n');
    text
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|e| Error::io(path, e))
}

/// Replaces a file in one step, so that nobody ever sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let pending = path.with_extension("pending");
    write(&pending, bytes)?;
    fs::rename(&pending, path).map_err(|e| Error::io(path, e))
}
