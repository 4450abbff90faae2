//! `signsim new`: a scenario to begin with.

use std::path::PathBuf;

use clap::Args;
use signsim::atomic_file;
use signsim::error::{Error, Named, Result, in_part};
use signsim::near::nearest;
use signsim::scenario::{PRESETS, Plan};

/// What is written; `NAME` and `METHOD` stand for what the user says.
const TEMPLATE: &str = include_str!("new.yaml");

/// What to write.
#[derive(Args)]
pub(crate) struct New {
    /// Names the scenario, its file NAME.yaml, and its result folder plots/NAME
    #[arg(default_value = "mine")]
    name: String,
    /// The method to begin with (`signsim list methods`)
    #[arg(long, value_name = "METHOD", default_value = "signsgd_fd")]
    from: String,
}

impl New {
    /// Writes the file and gives its place; a file that is there stays.
    ///
    /// # Errors
    /// When the name names no folder, the method is unknown, or there is such a file.
    pub(crate) fn write(&self) -> Result<PathBuf> {
        let words: Vec<&str> = PRESETS.iter().map(|entry| entry.word).collect();
        if !words.contains(&self.from.as_str()) {
            let meant = nearest(&self.from, &words)
                .map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
            return Err(Error::input(format!("`{}` is no method", in_part(&self.from)))
                .help(format!("{meant}write one of {}", words.join(", "))));
        }
        let path = PathBuf::from(format!("{}.yaml", self.name));
        let text = TEMPLATE.replace("NAME", &self.name).replace("METHOD", &self.from);
        // Names that a scenario cannot have are answered as in a scenario.
        Plan::parse(&path.named(), &text, &[], None)?;
        if path.exists() {
            return Err(Error::input(format!("{} is there already", path.named()))
                .help("give the new scenario another name"));
        }
        atomic_file::write_new(&path, text.as_bytes())?;
        Ok(path)
    }
}
