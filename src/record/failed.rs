//! A run that failed, kept as `runs/<id>.failed/`.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::stored::Machine;

/// `failure.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRun {
    /// Its id.
    pub id: String,
    /// Which run, in words.
    pub run: String,
    /// What kept it from going on.
    pub reason: String,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// SHA-256 of the sources of the program.
    pub build: String,
    /// What it was computed on.
    pub machine: Machine,
}

impl FailedRun {
    /// `error.txt`: the same for people.
    pub(super) fn text(&self) -> String {
        let help = self.help.as_ref().map_or_else(String::new, |help| format!("help: {help}\n"));
        format!("{}\n{}\n{help}", self.run, self.reason)
    }

    /// What is kept in `dir`; what cannot be read is said in place of the reason.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        if !dir.exists() {
            return None;
        }
        let path = dir.join("failure.json");
        let read = fs::read(&path).map_err(|e| e.to_string());
        let failed = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string()));
        Some(failed.unwrap_or_else(|why| {
            let name = dir.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Self {
                run: format!("run {name}"),
                id: name,
                reason: format!("{}: {why}", path.display()),
                help: Some("run the scenario again with --retry-failed".to_owned()),
                build: String::new(),
                machine: Machine::default(),
            }
        }))
    }
}
