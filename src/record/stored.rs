//! One run on the disk: `runs/<id>/` with `run.json` and its tables.
//!
//! `run.json` names the SHA-256 of every table beside it and ends with a seal over itself, so that a number that was
//! changed, a table that was cut and a folder that was renamed are all noticed when the run is to be used again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::rows::{ChannelFacts, SummaryRow};
use super::tables::Tables;
use crate::atomic_file;
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::machine::cpu_features;
use crate::simd;

/// A finished run on its way to the disk.
pub struct Finished<'a> {
    /// The version of this program, and the SHA-256 of its sources.
    pub by: (&'a str, &'a str),
    /// What it was computed on ([`Machine`]).
    pub machine: Machine,
    /// Everything that determines the result.
    pub spec: Value,
    pub summary: &'a SummaryRow,
    pub tables: &'a Tables,
    /// Only of a run on channels.
    pub channel: Option<ChannelFacts>,
}

/// The processor under a run: sums of floating-point numbers may differ between those that differ here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The architecture and the vector extensions that it offers.
    pub cpu_features: Vec<String>,
    /// Those that were used: avx512, avx2 or portable.
    pub simd: String,
}

impl Machine {
    /// This machine, with the instructions that this process uses.
    #[must_use]
    pub fn here() -> Self {
        Self { cpu_features: cpu_features(), simd: simd::level().word().to_owned() }
    }
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    #[serde(default)]
    signsim: String,
    #[serde(default)]
    build: String,
    /// What it was computed on; empty in older records.
    #[serde(default)]
    machine: Machine,
    /// Everything that determines the result.
    pub spec: Value,
    /// Of a run on channels.
    #[serde(default)]
    pub channel: Option<ChannelFacts>,
    pub summary: SummaryRow,
    /// SHA-256 of every table.
    #[serde(default)]
    tables: BTreeMap<String, String>,
    /// SHA-256 of this file before it was sealed.
    #[serde(default)]
    seal: String,
}

impl RunFile {
    /// Which build computed it, in words.
    pub fn build(&self) -> String {
        let build = if self.build.is_empty() { "unknown" } else { &self.build[..self.build.len().min(12)] };
        let version = if self.signsim.is_empty() { "an earlier version" } else { &self.signsim };
        format!("signsim {version}, build {build}")
    }

    /// Whether this build computed it.
    pub fn is_of(&self, build: &str) -> bool {
        self.build == build
    }

    fn sealed(mut self) -> Self {
        self.seal = String::new();
        self.seal = digest(&json(&self));
        self
    }
}

/// Writes `run.json` and the tables of a run into `dir`.
pub fn write(dir: &Path, run: &Finished<'_>) -> Result<()> {
    let mut tables = BTreeMap::new();
    for (name, bytes) in run.tables.files() {
        tables.insert(name.to_owned(), digest(&bytes));
        atomic_file::write(&dir.join(name), &bytes)?;
    }
    let file = RunFile {
        signsim: run.by.0.to_owned(),
        build: run.by.1.to_owned(),
        machine: run.machine.clone(),
        spec: run.spec.clone(),
        channel: run.channel,
        summary: run.summary.clone(),
        tables,
        seal: String::new(),
    };
    atomic_file::write(&dir.join("run.json"), &json(&file.sealed()))
}

/// `run.json` of the run in `dir`, as it is.
pub fn read(dir: &Path) -> Result<RunFile> {
    let path = dir.join("run.json");
    let bytes = fs::read(&path).map_err(|e| Error::io(&path, e))?;
    serde_json::from_slice(&bytes).map_err(|e| damaged(&path.display().to_string(), &e.to_string()))
}

/// `run.json` of the run in `dir`, when it and the tables beside it are what the run has written.
pub fn read_whole(dir: &Path) -> Result<RunFile> {
    let file = read(dir)?;
    let at = |name: &str| dir.join(name).display().to_string();
    // Early versions sealed nothing.
    if file.seal.is_empty() {
        return Ok(file);
    }
    if file.clone().sealed().seal != file.seal {
        return Err(damaged(&at("run.json"), "it is not what the run has written"));
    }
    if dir.file_name().is_none_or(|name| name.to_string_lossy() != file.summary.run) {
        return Err(damaged(&at("run.json"), &format!("it belongs to the run {}", file.summary.run)));
    }
    for (name, sum) in &file.tables {
        let bytes = fs::read(dir.join(name)).map_err(|e| damaged(&at(name), &e.to_string()))?;
        if digest(&bytes) != *sum {
            return Err(damaged(&at(name), "it is not what the run has written"));
        }
    }
    Ok(file)
}

fn damaged(what: &str, why: &str) -> Error {
    Error::input(format!("{what}: {why}"))
        .help("run the scenario again: it computes this run anew, and only this one")
}

/// Plain data as the folder writes it.
pub fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("records are plain data");
    text.push(b'\n');
    text
}

/// SHA-256 in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
