//! One run on the disk: `runs/<id>/` with `run.json` and its tables.
//!
//! `run.json` names the SHA-256 of every table beside it and ends with a seal over itself, so that a number that was
//! changed, a table that was cut and a folder that was renamed are all noticed when the run is to be used again.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use sha2::{Digest, Sha256};

use super::rows::{ChannelFacts, InputFacts, QuadraticFacts, SummaryRow};
use super::tables::Tables;
use crate::atomic_file::write_new;
use crate::destination::is_plain_name;
use crate::error::{Error, Named, Result, one_line};
use crate::files;
use crate::hex::hex;
use crate::machine::cpu_features;
use crate::plain_file::LARGEST_RECORD;
use crate::simd;

/// A finished run on its way to the disk.
pub struct Finished<'a> {
    /// The version of this program, and the SHA-256 of its sources.
    pub by: (&'a str, &'a str),
    /// What it was computed on ([`Machine`]).
    pub machine: Machine,
    /// Everything that determines the result.
    pub spec: Value,
    /// Its row of `summary.csv`, `run` and `wall_s` included.
    pub summary: &'a SummaryRow,
    /// Its tables, each of which becomes a file.
    pub tables: &'a Tables,
    /// Only of a run on channels.
    pub channel: Option<ChannelFacts>,
    /// Only of a run on a quadratic.
    pub quadratic: Option<QuadraticFacts>,
    /// Only of a run in training.
    pub inputs: Option<&'a InputFacts>,
}

/// The processor under a run: sums of floating-point numbers may differ between those that differ here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its name; empty in older records.
    #[serde(default)]
    pub host: String,
    /// The architecture and the vector extensions that it offers.
    pub cpu_features: Vec<String>,
    /// Those that were used: avx512, avx2 or portable.
    pub simd: String,
}

impl Machine {
    /// The machine of this name, which is this one, with the instructions that this process uses.
    #[must_use]
    pub fn here(host: &str) -> Self {
        Self { host: host.to_owned(), cpu_features: cpu_features(), simd: simd::level().word().to_owned() }
    }
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunFile {
    #[serde(default)]
    signsim: String,
    #[serde(default)]
    build: String,
    /// What it was computed on; empty in older records.
    #[serde(default)]
    pub machine: Machine,
    /// Everything that determines the result.
    pub spec: Value,
    /// Of a run on channels.
    #[serde(default)]
    pub channel: Option<ChannelFacts>,
    /// Of a run on a quadratic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quadratic: Option<QuadraticFacts>,
    /// Of a run in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inputs: Option<InputFacts>,
    pub summary: SummaryRow,
    /// SHA-256 of every table.
    #[serde(default)]
    tables: BTreeMap<String, String>,
    /// SHA-256 of this file before it was sealed.
    #[serde(default)]
    seal: String,
}

/// Which build computed a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct MadeBy {
    #[serde(default)]
    signsim: String,
    #[serde(default)]
    build: String,
}

impl MadeBy {
    /// In words.
    pub(crate) fn words(&self) -> String {
        let build =
            if self.build.is_empty() { "unknown" } else { self.build.get(..12).unwrap_or(&self.build) };
        let version = if self.signsim.is_empty() { "an earlier version" } else { &self.signsim };
        one_line(&format!("signsim {version}, build {build}")).into_owned()
    }

    /// Whether it is this build.
    pub(crate) fn is(&self, build: &str) -> bool {
        self.build == build
    }
}

impl RunFile {
    /// Which build computed it.
    pub(super) fn made_by(&self) -> MadeBy {
        MadeBy { signsim: self.signsim.clone(), build: self.build.clone() }
    }

    fn sealed(mut self) -> Self {
        self.seal = String::new();
        self.seal = digest(&json(&self));
        self
    }
}

/// Writes `run.json` and the tables of a run into `dir`, which is new.
pub(crate) fn write(dir: &Path, run: &Finished<'_>) -> Result<()> {
    let mut tables = BTreeMap::new();
    for (name, bytes) in run.tables.files() {
        tables.insert(name.to_owned(), digest(&bytes));
        write_new(&dir.join(name), &bytes)?;
    }
    let file = RunFile {
        signsim: run.by.0.to_owned(),
        build: run.by.1.to_owned(),
        machine: run.machine.clone(),
        spec: run.spec.clone(),
        channel: run.channel,
        quadratic: run.quadratic,
        inputs: run.inputs.cloned(),
        summary: run.summary.clone(),
        tables,
        seal: String::new(),
    };
    write_new(&dir.join("run.json"), &json(&file.sealed()))
}

/// Which build wrote the record in `dir`; `None` where nothing there is one.
pub(crate) fn made_by(dir: &Path) -> Option<MadeBy> {
    serde_json::from_slice(&files::read(&dir.join("run.json"), LARGEST_RECORD).ok()?).ok()
}

/// What was read of `run.json`.
fn parsed(path: &str, bytes: &[u8]) -> Result<RunFile> {
    serde_json::from_slice(bytes).map_err(|e| match e.classify() {
        Category::Data => Error::input(format!("{path}: this version of signsim cannot read this record: {e}")).help(
            "an earlier version may have written it: run its scenario again, into another folder with --out, or into this one \
             with --force",
        ),
        _ => damaged(path, &e.to_string()),
    })
}

/// The seal of a record: SHA-256 of its text without the seal, so that it holds whatever fields the record has.
fn seal_of(bytes: &[u8], seal: &str) -> String {
    let written = format!("\"seal\": \"{seal}\"");
    digest(String::from_utf8_lossy(bytes).replacen(&written, "\"seal\": \"\"", 1).as_bytes())
}

/// `run.json` of the run in `dir`, when it is what the run has written.
pub(crate) fn read_sealed(dir: &Path) -> Result<RunFile> {
    let at = |name: &str| dir.join(name).named();
    let path = dir.join("run.json");
    let bytes = files::read(&path, LARGEST_RECORD).map_err(|e| unread(&path, e))?;
    let file = parsed(&at("run.json"), &bytes)?;
    // Early versions sealed nothing.
    if file.seal.is_empty() {
        return Ok(file);
    }
    if seal_of(&bytes, &file.seal) != file.seal {
        return Err(damaged(&at("run.json"), "it is not what the run has written"));
    }
    if dir.file_name().is_none_or(|name| name.to_string_lossy() != file.summary.run) {
        return Err(damaged(&at("run.json"), &format!("it belongs to the run {}", file.summary.run)));
    }
    Ok(file)
}

/// The same, when the tables beside it are what the run has written, too.
pub(crate) fn read_whole(dir: &Path) -> Result<RunFile> {
    let (at, file) = (|name: &str| dir.join(name).named(), read_sealed(dir)?);
    for (name, sum) in &file.tables {
        if !is_plain_name(name) {
            return Err(damaged(&at("run.json"), &format!("`{name}` is no name of a table")));
        }
        let path = dir.join(name);
        if digest_of(&path).map_err(|e| unread(&path, e))? != *sum {
            return Err(damaged(&at(name), "it is not what the run has written"));
        }
    }
    Ok(file)
}

/// Whether it is the record that is wrong, or the disk.
fn unread(path: &Path, error: io::Error) -> Error {
    if files::is_wrong_file(path, &error) {
        return damaged(&path.named(), &error.to_string());
    }
    Error::io(path, error)
}

fn damaged(what: &str, why: &str) -> Error {
    Error::input(format!("{what}: {why}"))
        .help("run the scenario again: it computes this run anew, and only this one")
}

/// Plain data as the folder writes it.
pub(crate) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("records are plain data");
    text.push(b'\n');
    text
}

/// SHA-256 of a table, which may be larger than memory.
fn digest_of(path: &Path) -> io::Result<String> {
    let (mut hash, mut table) = (Sha256::new(), BufReader::with_capacity(1 << 16, files::open(path)?));
    loop {
        let piece = table.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece);
        let length = piece.len();
        table.consume(length);
    }
}

/// SHA-256 in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Versions add fields and leave some away; what was sealed stays whole all the same.
    #[test]
    fn records_of_other_versions_are_whole_and_changed_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("ab12");
        fs::create_dir(&run).unwrap();
        let summary = SummaryRow { run: "ab12".to_owned(), digest: "d".to_owned(), ..SummaryRow::default() };
        let mut file =
            serde_json::json!({ "spec": { "seed": 1 }, "summary": summary, "later": [1, 2], "seal": "" });
        let seal = digest(&json(&file));
        file["seal"] = Value::from(seal);
        let text = String::from_utf8(json(&file)).unwrap();
        let read = |text: &str| {
            fs::write(run.join("run.json"), text).unwrap();
            read_whole(&run)
                .map(|file| file.summary.run)
                .map_err(|e| (e.to_string(), e.advice().unwrap().to_owned()))
        };
        assert_eq!(read(&text), Ok("ab12".to_owned()));
        for changed in [text.replace("\"seed\": 1", "\"seed\": 2"), text.replace("\"later\"", "\"never\"")] {
            assert!(read(&changed).unwrap_err().0.ends_with("it is not what the run has written"));
        }
        // Before there was a status.
        let (why, help) = read(&text.replace("\"status\"", "\"state\"")).unwrap_err();
        assert!(
            why.contains("this version of signsim cannot read this record: missing field `status`"),
            "{why}"
        );
        assert!(help.contains("--out") && help.contains("--force"), "{help}");
        assert!(
            made_by(&run).is_some_and(|made| made.words() == "signsim an earlier version, build unknown")
        );
    }
}
