//! `signsim run`: a scenario into a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use signsim::error::{Error, Named, Result};
use signsim::report as pages;
use signsim::run::{CheckpointOptions, Elsewhere, Report, RunOptions, execute};
use signsim::units::Span;

use super::input::{Input, tell_remark};
use super::output::{say, say_figures, say_paths, tell, width};
use super::signals::Signals;
use super::{closing, progress};

/// What people ask `run` for.
const EXAMPLES: &str = "Examples:
  signsim run scenarios/quickstart.yaml
  signsim run scenarios/quickstart.yaml --set adversaries.count=7 --out plots/seven
  signsim run plots/quickstart/scenario.yaml --out plots/quickstart --set repeats=5";

/// What to run, and how.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    #[command(flatten)]
    input: Input,
    /// The result folder [default: plots/<scenario name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Use the result folder even if it holds something else
    #[arg(long)]
    force: bool,
    /// Only go on with a result folder that is already there
    #[arg(long)]
    resume: bool,
    /// Wall time between two checkpoints of a run, for example 30s or 5m, or `never`. The same command goes on from the last;
    /// Ctrl-C writes one at the end of the running round. Neither changes a result
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = checkpoint_interval)]
    checkpoint_every: CheckpointInterval,
    /// Begin unfinished runs anew, even those that have a checkpoint
    #[arg(long)]
    fresh: bool,
    /// Take over the run of another process that gave no sign for so long; one that has ended on this machine is not waited for
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = wall_span)]
    claim_timeout: Duration,
    /// Do not wait for runs that other processes are at work on
    #[arg(long)]
    no_wait: bool,
    /// Compute runs again that have failed before
    #[arg(long)]
    retry_failed: bool,
    /// Save the model with which each run ends as runs/<id>/model.npz, for NumPy, PyTorch, or `initial` of another scenario
    #[arg(long)]
    save_model: bool,
    /// Write DIR/report.html, one page about the folder for a browser, when the runs are done
    #[arg(long)]
    report: bool,
    /// Follow the scenario's only run, from its beginning to its end: every event in FILE.jsonl, and a timeline for
    /// Perfetto in FILE.perfetto.json
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Wall time between checkpoints; `None` is `never`.
#[derive(Clone, Copy)]
struct CheckpointInterval(Option<Duration>);

fn checkpoint_interval(text: &str) -> std::result::Result<CheckpointInterval, String> {
    if text == "never" {
        return Ok(CheckpointInterval(None));
    }
    wall_span(text).map(|span| CheckpointInterval(Some(span))).map_err(|why| format!("{why}; or write never"))
}

fn wall_span(text: &str) -> std::result::Result<Duration, String> {
    // Minutes are `m` where people give them to programs; in a scenario that would be taken for a slip of `ms`.
    let minutes = text.strip_suffix('m').filter(|number| number.ends_with(|c: char| c.is_ascii_digit()));
    let written = minutes.map_or_else(|| text.to_owned(), |minutes| format!("{minutes}min"));
    written.parse().map(Span::get)
}

impl Run {
    /// Runs, and says what has come of it; the number is the exit code.
    ///
    /// # Errors
    /// Those of [`execute`].
    pub(crate) fn execute(self) -> Result<u8> {
        let plan = self.input.plan()?;
        let (quiet, page) = (self.quiet, self.report);
        if !quiet {
            plan.remarks.iter().for_each(|remark| tell_remark(remark));
        }
        let signals = Signals::catch()?;
        let options = self.options(&plan.name)?;
        let display = progress::Display::new(&plan, quiet);
        let result = execute(&plan, &options, signals.flag(), &|event| display.show(&event));
        display.end();
        let report = signals.told(result)?;
        let page = page.then(|| pages::report(&pages::Request { folders: vec![options.out], out: None }));
        let page = page.transpose()?;
        if !quiet {
            say(&closing::closing(&report.lines, width()))?;
            say(&closing::statistics(report.rows()))?;
            say_figures(&report.figures)?;
            say_paths(page.as_slice())?;
            tell_elsewhere(&report.elsewhere);
        }
        tell_failures(&report);
        Ok(u8::from(!report.failures.is_empty()))
    }

    fn options(self, name: &str) -> Result<RunOptions> {
        let threads = self.input.threads();
        let out = self.out.unwrap_or_else(|| Path::new("plots").join(name));
        if self.resume && !out.join("runs").is_dir() {
            return Err(Error::input(format!("{}: nothing to resume here", out.named()))
                .help("leave --resume away to begin"));
        }
        Ok(RunOptions {
            out,
            threads,
            force: self.force,
            trace: self.trace,
            checkpoints: CheckpointOptions { every: self.checkpoint_every.0, fresh: self.fresh },
            claim_timeout: self.claim_timeout,
            wait: !self.no_wait,
            retry_failed: self.retry_failed,
            save_model: self.save_model,
        })
    }
}

/// Who leaves is told what goes on without it.
fn tell_elsewhere(elsewhere: &[Elsewhere]) {
    if elsewhere.is_empty() {
        return;
    }
    let runs =
        if elsewhere.len() == 1 { "1 run is".to_owned() } else { format!("{} runs are", elsewhere.len()) };
    tell_remark(&format!(
        "{runs} still with other processes, and who finishes the last one draws the figures"
    ));
    elsewhere.iter().for_each(|run| tell(&format!("  {}", run.words())));
}

fn tell_failures(report: &Report) {
    for failure in &report.failures {
        tell(&format!("failed: {}: {}", failure.run, failure.reason));
        if let Some(help) = &failure.help {
            tell(&format!("help: {help}"));
        }
    }
}
