//! A run that failed, kept as `runs/<id>.failed/`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::stored::Machine;
use crate::error::{Named, one_line};
use crate::plain_file::{self, LARGEST_RECORD};

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

    /// Whoever wrote it: no line of it looks like one of ours.
    fn printable(self) -> Self {
        let indented = |text: String| {
            let lines = text.lines().map(|line| one_line(line.trim()).into_owned());
            lines.collect::<Vec<_>>().join("\n  ")
        };
        let (reason, help) = (indented(self.reason), self.help.map(indented));
        Self { run: one_line(&self.run).into_owned(), reason, help, ..self }
    }

    /// What is kept in `dir`; what cannot be read is said in place of the reason.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        if !dir.exists() {
            return None;
        }
        let path = dir.join("failure.json");
        let read = plain_file::read(&path, LARGEST_RECORD).map_err(|e| e.to_string());
        let failed = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string()));
        Some(failed.map(Self::printable).unwrap_or_else(|why| {
            let name = dir.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Self {
                run: format!("run {name}"),
                id: name,
                reason: format!("{}: {why}", path.named()),
                help: Some("run the scenario again with --retry-failed".to_owned()),
                build: String::new(),
                machine: Machine::default(),
            }
        }))
    }
}
