//! The command line: parse, call, print. With `main.rs` the only place that prints or knows a terminal.

mod closing;
mod costs;
mod decode;
mod gallery;
mod input;
mod list;
mod near;
mod output;
mod plot;
mod progress;
mod same;
mod selfcheck;
mod signals;
mod table;
mod theory;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand};
use signsim::error::{Error, Result};
use signsim::run::{self, BUILD, COMMIT, CheckpointOptions, DatasetCache, RunOptions, VERSION};
use signsim::scenario::Plan;
use signsim::units::Span;

use input::{Input, tell_remark};
use output::{printed, say, tell};
use signals::Signals;

/// Simulate distributed learning with one-bit gradient signs under Byzantine workers.
#[derive(Parser)]
#[command(version = version(), propagate_version = true, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario, record it, and draw its figures
    Run(Run),
    /// Validate a scenario; print it resolved, and what it will cost
    Check(Input),
    /// Run a scenario with one thread and with several, and compare event by event
    Selfcheck(Input),
    /// Draw figures from the records of result folders, without simulating
    Plot(Box<plot::Plot>),
    /// Draw the figures of many scenarios from their results into one folder, with a page about them
    Gallery(gallery::Gallery),
    /// Decode the votes of any system: a table of votes in, decisions and weights out
    Decode(decode::Decode),
    /// Exact decoding errors, bounds and first-round agreement of M workers, without a simulation
    Theory(theory::Theory),
    /// What a scenario can name: one line and its source each
    List {
        /// Only this kind
        kind: Option<String>,
    },
}

/// What people ask `run` for.
const EXAMPLES: &str = "Examples:
  signsim run scenarios/quickstart.yaml
  signsim run scenarios/quickstart.yaml --set adversaries.count=7 --out plots/seven
  signsim run plots/quickstart/scenario.yaml --out plots/quickstart --set repeats=5";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
struct Run {
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
    /// Follow the scenario's only run, from its beginning to its end: every event in FILE.jsonl, and a timeline for Perfetto in FILE.perfetto.json
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
    // Minutes are `m` where people give them to programs; in a scenario that would be taken for a slip of `ms`.
    let minutes = text.strip_suffix('m').filter(|number| number.ends_with(|c: char| c.is_ascii_digit()));
    let written = minutes.map_or_else(|| text.to_owned(), |minutes| format!("{minutes}min"));
    let span: Span = written.parse().map_err(|why| format!("{why}; or write never"))?;
    Ok(CheckpointInterval(Some(span.get())))
}

impl Cli {
    /// Does what was asked for; the number is the exit code.
    pub(crate) fn execute(self) -> Result<u8> {
        match self.command {
            Command::Run(run) => run.execute(),
            Command::Check(input) => check(&input),
            Command::Selfcheck(input) => selfcheck::execute(&input),
            Command::Plot(plot) => {
                say_paths(&run::plot(&plot.request()?)?)?;
                Ok(0)
            }
            Command::Gallery(gallery) => {
                say(&gallery.text()?)?;
                Ok(0)
            }
            Command::Decode(decode) => decode.execute(),
            Command::Theory(theory) => {
                say(&theory.text()?)?;
                Ok(0)
            }
            Command::List { kind } => {
                say(&list::text(kind.as_deref())?)?;
                Ok(0)
            }
        }
    }
}

impl Run {
    fn execute(self) -> Result<u8> {
        let plan = self.input.plan()?;
        if !self.quiet {
            plan.remarks.iter().for_each(|remark| tell_remark(remark));
        }
        let out = self.out.unwrap_or_else(|| Path::new("plots").join(&plan.name));
        if self.resume && !out.join("runs").is_dir() {
            return Err(Error::input(format!("{}: nothing to resume here", out.display()))
                .help("leave --resume away to begin"));
        }
        let signals = Signals::catch()?;
        let threads = self.input.threads();
        let checkpoints = CheckpointOptions { every: self.checkpoint_every.0, fresh: self.fresh };
        let options = RunOptions { out, threads, force: self.force, trace: self.trace, checkpoints };
        let display = progress::Display::new(&plan, self.quiet);
        let result = run::execute(&plan, &options, signals.flag(), &|event| display.show(&event));
        display.end();
        let report = signals.told(result)?;
        if !self.quiet {
            say(&closing::closing(&report.lines))?;
            say(&closing::statistics(report.rows()))?;
            say_paths(&report.figures)?;
        }
        for failure in &report.failures {
            tell(&format!("failed: {}: {}", failure.run, failure.reason));
            if let Some(help) = &failure.help {
                tell(&format!("help: {help}"));
            }
        }
        Ok(u8::from(!report.failures.is_empty()))
    }
}

fn check(input: &Input) -> Result<u8> {
    let plan = input.plan()?;
    plan.remarks.iter().for_each(|remark| tell_remark(remark));
    let signals = Signals::catch()?;
    signals.told(checked(&plan, input.threads()))
}

/// Costs are told of a plan that cannot begin, too, as far as they are known.
fn checked(plan: &Plan, threads: usize) -> Result<u8> {
    let cache = DatasetCache::default();
    let verified = run::verify(plan, threads, &cache);
    verified.iter().flat_map(|verified| &verified.remarks).for_each(|remark| tell_remark(remark));
    let costs = costs::text(plan, threads, &cache)?;
    // As comments, so that what is printed is a scenario again.
    let costs: String = costs.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect();
    say(&format!("{}{}\n{costs}", which_point(plan), plan.alone.trim_end()))?;
    verified.map(|_| 0)
}

/// Says which point of a sweep is printed resolved.
fn which_point(plan: &Plan) -> String {
    let settings = plan.runs.first().map_or(&[][..], |run| &run.settings);
    if plan.points() < 2 {
        return String::new();
    }
    let settings: Vec<String> = settings.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    format!("# The first of {} points of the sweep: {}\n", plan.points(), settings.join("; "))
}

/// Says what a reader of the results should know.
fn say_paths(paths: &[PathBuf]) -> Result<()> {
    paths.iter().try_for_each(|path| say(&format!("{}\n", path.display())))
}

/// Version, build and commit.
fn version() -> &'static str {
    static WORDS: LazyLock<String> = LazyLock::new(|| {
        let commit = if COMMIT.is_empty() { String::new() } else { format!(", commit {COMMIT}") };
        format!("{VERSION} (build {}{commit})", &BUILD[..12])
    });
    &WORDS
}

/// Reads the arguments and does what they ask for; the number is the exit code.
pub(crate) fn main() -> u8 {
    let outcome = match Cli::try_parse() {
        Ok(cli) => cli.execute(),
        Err(usage) => explain(&usage),
    };
    outcome.unwrap_or_else(|error| {
        tell(&format!("error: {error}"));
        if let Some(help) = error.advice() {
            tell(&format!("help: {help}"));
        }
        error.exit_code()
    })
}

/// What clap has to say: help and version, or what is wrong with the arguments.
fn explain(usage: &clap::Error) -> Result<u8> {
    if !usage.use_stderr() {
        printed(usage.print())?;
        return Ok(0);
    }
    let text = usage.render().to_string();
    tell(text.trim_end());
    if let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) =
        (usage.kind(), usage.get(ContextKind::InvalidSubcommand))
    {
        let program = Cli::command();
        let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
        if let Some(meant) = near::nearest(word, &known).filter(|_| !text.contains("tip:")) {
            tell(&format!("help: did you mean `signsim {meant}`?"));
        }
    }
    Ok(2)
}
