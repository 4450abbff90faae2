//! `signsim status`: how far a folder is.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::HumanDuration;
use signsim::error::{Result, one_line, short};
use signsim::run::{FolderStatus, status};

use super::output::printable_json;

/// Which folder, and how to print.
#[derive(Args)]
pub(crate) struct StatusArgs {
    /// A folder that `signsim run` has written, or is writing
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// For programs
    #[arg(long)]
    json: bool,
}

impl StatusArgs {
    /// What is printed.
    ///
    /// # Errors
    /// When this is no result folder.
    pub(crate) fn text(&self) -> Result<String> {
        let found = status(&self.dir)?;
        if self.json {
            let text = serde_json::to_string_pretty(&found).expect("a status is plain data");
            return Ok(printable_json(&text) + "\n");
        }
        Ok(words(&found))
    }
}

/// What somebody else has written, or some other machine, on one line and in part where it is long.
fn shown(text: &str) -> String {
    one_line(&short(text)).into_owned()
}

fn words(found: &FolderStatus) -> String {
    let diverged = if found.diverged > 0 { format!(" ({} diverged)", found.diverged) } else { String::new() };
    let mut text = format!("{}: {} of {} runs done{diverged}\n", shown(&found.name), found.done, found.runs);
    text += &format!("running  {}\n", found.running.len());
    for run in &found.running {
        text += &format!(
            "  {}: process {} on {}, since {}, round {} of {}, last heard of {:.0} s ago\n",
            shown(&run.words),
            run.pid,
            shown(&run.host),
            shown(&run.since),
            run.round,
            run.rounds,
            run.silent_s
        );
    }
    text += &format!("failed   {}\n", found.failed.len());
    for run in &found.failed {
        text += &format!("  {}: {}\n", shown(&run.words), short(&run.reason));
        text += &run.help.as_ref().map_or_else(String::new, |help| format!("    help: {}\n", short(help)));
    }
    text += &format!("left     {}\n", found.left);
    if let Some(seconds) = found.seconds_left {
        let about = HumanDuration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
        let runs = found.running.len().max(1);
        text += &format!("about {about} of computing left, with {runs} at a time\n");
    }
    text
}
