//! The command line: parse, call, print. With `main.rs` the only place that prints or knows a terminal.

mod closing;
mod decode;
mod gallery;
mod list;
mod plot;
mod progress;
mod selfcheck;
mod table;
mod theory;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Parser, Subcommand};
use signsim::error::{Error, Result};
use signsim::interrupt;
use signsim::run::{self, Options};
use signsim::scenario::Plan;

/// Simulate distributed learning with one-bit gradient signs under Byzantine workers.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
pub struct Cli {
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

#[derive(Args)]
struct Input {
    /// A scenario file, for example scenarios/quickstart.yaml
    scenario: PathBuf,
    /// Change a setting, for example --set adversaries.count=3 (again for more)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// The first seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Threads that compute; never changes a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Input {
    fn plan(&self) -> Result<Plan> {
        Plan::read(&self.scenario, &self.sets, self.seed)
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}

#[derive(Args)]
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
    /// Follow the scenario's only run: every event in FILE.jsonl, and a timeline for Perfetto in FILE.perfetto.json
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl Cli {
    /// Does what was asked for; the number is the exit code.
    pub fn execute(self) -> Result<u8> {
        match self.command {
            Command::Run(run) => run.execute(),
            Command::Check(input) => check(&input),
            Command::Selfcheck(input) => selfcheck::execute(&input),
            Command::Plot(plot) => {
                print_paths(&run::plot(&plot.request()?)?);
                Ok(0)
            }
            Command::Gallery(gallery) => {
                say(&gallery.text()?);
                Ok(0)
            }
            Command::Decode(decode) => decode.execute(),
            Command::Theory(theory) => {
                say(&theory.text()?);
                Ok(0)
            }
            Command::List { kind } => {
                say(&list::text(kind.as_deref())?);
                Ok(0)
            }
        }
    }
}

impl Run {
    fn execute(self) -> Result<u8> {
        let plan = self.input.plan()?;
        if !self.quiet {
            say_repeated(&plan);
        }
        let out = self.out.unwrap_or_else(|| Path::new("plots").join(&plan.name));
        if self.resume && !out.join("runs").is_dir() {
            return Err(Error::input(format!("{}: nothing to resume here", out.display()))
                .help("leave --resume away to begin"));
        }
        let interrupted = catch_interrupt()?;
        let threads = self.input.threads();
        let options = Options { out, threads, force: self.force, trace: self.trace };
        let display = progress::Display::new(&plan, self.quiet);
        let result = run::execute(&plan, &options, &interrupted, &|event| display.show(&event));
        display.end();
        let report = result?;
        if !self.quiet {
            say(&closing::closing(&report.lines));
            say(&closing::statistics(report.rows()));
            print_paths(&report.figures);
        }
        for failure in &report.failures {
            eprintln!("failed: {failure}");
        }
        Ok(u8::from(!report.failures.is_empty()))
    }
}

/// The first Ctrl-C asks the runs to stop, the second ends the program.
fn catch_interrupt() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        interrupt::ask();
    })
    .map_err(|e| Error::run(format!("Ctrl-C cannot be caught: {e}")))?;
    Ok(interrupted)
}

fn check(input: &Input) -> Result<u8> {
    let plan = input.plan()?;
    say_repeated(&plan);
    let threads = input.threads();
    say(&format!("{}\n{}", plan.resolved.trim_end(), table::costs(&plan, threads)?));
    Ok(0)
}

/// Says which points of a sweep are counted once.
fn say_repeated(plan: &Plan) {
    for remark in &plan.repeated {
        // Whoever does not read this loses nothing.
        let _ = writeln!(std::io::stderr(), "note: {remark}");
    }
}

fn print_paths(paths: &[PathBuf]) {
    for path in paths {
        say(&format!("{}\n", path.display()));
    }
}

/// Prints; a reader that has closed the pipe has seen enough.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
