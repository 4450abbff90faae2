//! The command line: parse, call, print. The only place that prints or knows a terminal.
//!
//! It stands in the library so that the program and the Python package are the same command; for a program of one's own the
//! rest of the library is made.

mod closing;
mod costs;
mod decode;
mod fetch;
mod gallery;
mod input;
mod list;
mod new;
mod output;
mod plot;
mod program;
mod progress;
mod report;
mod run;
mod same;
mod selfcheck;
mod shells;
mod signals;
mod status;
mod submit;
mod table;
mod theory;

use std::ffi::OsString;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use signsim::error::{Named, Result};
use signsim::near::nearest;
use signsim::run::{BUILD, COMMIT, DatasetCache, VERSION};
use signsim::scenario::{Plan, explain, reference_page, schema_text};

pub use program::started_by;

use input::{Input, tell_remark};
use output::{printed, say, say_paths, tell};
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
    Run(Box<run::Run>),
    /// Validate a scenario; print it resolved, and what it will cost
    Check(Input),
    /// Run a scenario with one thread and with several, and compare event by event
    Selfcheck(Input),
    /// How far a result folder is: runs done, running, failed and left
    Status(status::StatusArgs),
    /// Submit a scenario to a cluster's own engine, Slurm, as an array of tasks that share one folder
    Submit(Box<submit::Submit>),
    /// Draw figures from the records of result folders, without simulating
    Plot(Box<plot::Plot>),
    /// Draw the figures of many scenarios from their results into one folder, with a page about them
    Gallery(gallery::Gallery),
    /// One page about result folders, for a browser: warnings, figures that tell their numbers, tables that sort, every run
    Report(report::ReportArgs),
    /// Decode the votes of any system: a table of votes in, decisions and weights out
    Decode(decode::Decode),
    /// Exact decoding errors, bounds and first-round agreement of M workers, without a simulation
    Theory(theory::Theory),
    /// Published data sets, from where they are published
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
    /// Write a scenario with comments to begin with, as NAME.yaml; never over another file
    New(new::New),
    /// What a setting, a word or a column means, with default, legal words and an example; without a name, every setting
    Explain {
        /// A setting (adversaries.count, or count), a word (sign_inversion), or a column (decoding_error)
        name: Option<String>,
    },
    /// What a scenario can name: one line and its source each
    List {
        /// Only this kind
        kind: Option<String>,
    },
    /// The JSON Schema of scenarios, with which an editor completes and checks them
    Schema,
    /// A script that teaches a shell to complete commands, arguments, files and words
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The manual page, for `signsim man | man -l -`
    Man {
        /// Of this command alone
        command: Option<String>,
    },
}

/// What is done with data sets.
#[derive(Subcommand)]
enum DataCommand {
    /// Fetch a published data set, check it, and say where it lies: the only command that touches a network
    Fetch(fetch::FetchArgs),
}

impl Cli {
    /// Does what was asked for; the number is the exit code.
    pub(crate) fn execute(self) -> Result<u8> {
        match self.command {
            Command::Run(run) => run.execute(),
            Command::Check(input) => check(&input),
            Command::Selfcheck(input) => selfcheck::execute(&input),
            Command::Status(status) => {
                say(&status.text()?)?;
                Ok(0)
            }
            Command::Submit(submit) => submit.execute(),
            Command::Plot(plot) => {
                say_paths(&signsim::run::plot(&plot.request()?, &mut tell_remark)?)?;
                Ok(0)
            }
            Command::Gallery(gallery) => {
                say(&gallery.text()?)?;
                Ok(0)
            }
            Command::Report(report) => {
                say_paths(&[report.written()?])?;
                Ok(0)
            }
            Command::Decode(decode) => decode.execute(),
            Command::Theory(theory) => {
                say(&theory.text()?)?;
                Ok(0)
            }
            Command::Data { command: DataCommand::Fetch(fetch) } => fetch.execute(),
            Command::List { kind } => {
                say(&list::text(kind.as_deref())?)?;
                Ok(0)
            }
            Command::New(new) => say(&format!("{}\n", new.write()?.named())).map(|()| 0),
            Command::Explain { name: Some(name) } => say(&explain(&name)?).map(|()| 0),
            Command::Explain { name: None } => say(&reference_page()).map(|()| 0),
            Command::Schema => say(&schema_text()).map(|()| 0),
            Command::Completions { shell } => say(&shells::completions(Self::command(), shell)).map(|()| 0),
            Command::Man { command } => say(&shells::man(Self::command(), command.as_deref())?).map(|()| 0),
        }
    }
}

fn check(input: &Input) -> Result<u8> {
    let plan = input.plan()?;
    plan.remarks.iter().for_each(|remark| tell_remark(remark));
    let signals = Signals::catch()?;
    let answer = || {
        let Checked { text, outcome } = checked(&plan, input.threads(), &tell_remark)?;
        say(&text)?;
        outcome.map(|()| 0)
    };
    signals.told(answer())
}

/// What `signsim check` prints, and what it thinks of it.
pub struct Checked {
    /// The first point of the sweep with every default, a scenario again, and below it as comments what all runs will cost.
    pub text: String,
    /// Whether the plan can begin on this machine.
    pub outcome: Result<()>,
}

/// Checks a plan, its data included; what a user should know of that is told. Costs are there for a plan that cannot begin,
/// too, as far as they are known.
///
/// # Errors
/// When a cost cannot be found, or somebody asked to end.
pub fn checked(plan: &Plan, threads: usize, tell: &dyn Fn(&str)) -> Result<Checked> {
    let cache = DatasetCache::default();
    let verified = signsim::run::verify(plan, threads, &cache);
    verified.iter().flat_map(|verified| &verified.remarks).for_each(|remark| tell(remark));
    let costs = costs::text(plan, threads, &cache)?;
    // As comments, so that what is printed is a scenario again.
    let costs: String = costs.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect();
    let text = format!("{}{}\n{costs}", which_point(plan), plan.alone.trim_end());
    Ok(Checked { text, outcome: verified.map(drop) })
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

/// Version, build and commit.
fn version() -> &'static str {
    static WORDS: LazyLock<String> = LazyLock::new(|| {
        let commit = if COMMIT.is_empty() { String::new() } else { format!(", commit {COMMIT}") };
        format!("{VERSION} (build {}{commit})", &BUILD[..12])
    });
    &WORDS
}

/// Reads the arguments, the name of the program first, and does what they ask for; the number is the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let outcome = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.execute(),
        Err(wrong) => usage(&wrong),
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
fn usage(usage: &clap::Error) -> Result<u8> {
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
        if let Some(meant) = nearest(word, &known).filter(|_| !text.contains("tip:")) {
            tell(&format!("help: did you mean `signsim {meant}`?"));
        }
    }
    Ok(2)
}
