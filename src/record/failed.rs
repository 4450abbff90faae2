//! A run that failed, kept as `runs/<id>.failed/`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::stored::Machine;
use crate::error::{Error, Named, Result, one_line};
use crate::files;
use crate::plain_file::LARGEST_RECORD;

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

    /// What is kept in `dir`; where it is not as it was written, that is said in place of the reason.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>> {
        if files::kind(dir).map_err(|e| Error::io(dir, e))?.is_none() {
            return Ok(None);
        }
        let path = dir.join("failure.json");
        let read = match files::read(&path, LARGEST_RECORD) {
            Err(error) if !files::is_wrong_file(&path, &error) => return Err(Error::io(&path, error)),
            read => read.map_err(|e| e.to_string()),
        };
        let failed = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string()));
        Ok(Some(failed.map(Self::printable).unwrap_or_else(|why| {
            let name = dir.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Self {
                run: format!("run {name}"),
                id: name,
                reason: format!("{}: {why}", path.named()),
                help: Some("run the scenario again with --retry-failed".to_owned()),
                build: String::new(),
                machine: Machine::default(),
            }
        })))
    }
}
