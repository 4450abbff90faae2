//! `signsim submit`: a scenario as an array of Slurm.

use std::env;
use std::path::{Path, PathBuf, absolute};

use clap::Args;
use signsim::error::{Error, Named, Result};
use signsim::machine::gib;
use signsim::run::{SbatchOption, Submission, SubmitOptions, TimeLimit, prepare_submission};
use signsim::scenario::Plan;

use super::input::{Question, tell_remark};
use super::output::say;
use super::program::program;
use super::signals::Signals;

/// What people ask `submit` for.
const EXAMPLES: &str = "Examples:
  signsim submit sweep.yaml --out results --time 4:00:00
  signsim submit sweep.yaml --out results --tasks 50 --cpus 4 --partition long --option --account=physics --option --mem=8G
  signsim submit sweep.yaml --out results --dry-run";

/// A tenth of a GiB.
const LEAST_TOLD: u64 = (1 << 30) / 10;

/// What to submit, and how.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Submit {
    #[command(flatten)]
    question: Question,
    /// The result folder, where all nodes of the cluster see it [default: plots/<scenario name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Tasks of the array [default: the runs that are left by --cpus, at most 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tasks: Option<u32>,
    /// Processors of a task, which computes as many runs at a time
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    cpus: u16,
    /// Time limit of a task, as sbatch takes it: 90 (minutes), 1:30:00, 2-12 (days-hours). A minute before, the task writes its
    /// runs down and comes again [default: the cluster's]
    #[arg(long, value_name = "T")]
    time: Option<TimeLimit>,
    /// Partition of the cluster [default: the cluster's]
    #[arg(long, value_name = "P", value_parser = on_one_line)]
    partition: Option<String>,
    /// Any other option of sbatch, for example --option --account=physics (again for more)
    #[arg(long = "option", value_name = "OPTION", allow_hyphen_values = true)]
    options: Vec<SbatchOption>,
    /// Print the script and the commands; write and submit nothing
    #[arg(long)]
    dry_run: bool,
}

fn on_one_line(text: &str) -> std::result::Result<String, String> {
    let wrong = text.is_empty() || text.contains(char::is_control);
    if wrong { Err("write the name of a partition".to_owned()) } else { Ok(text.to_owned()) }
}

impl Submit {
    /// Submits, and says what; the number is the exit code.
    ///
    /// # Errors
    /// A scenario that cannot be run, a folder of something else, or what sbatch refuses.
    pub(crate) fn execute(self) -> Result<u8> {
        let plan = self.question.plan()?;
        plan.remarks.iter().for_each(|remark| tell_remark(remark));
        let dry_run = self.dry_run;
        let options = self.options(&plan.name)?;
        let signals = Signals::catch()?;
        let submission = signals.told(prepare_submission(&plan, &options))?;
        submission.remarks.iter().for_each(|remark| tell_remark(remark));
        if submission.failed > 0 {
            let runs = many(submission.failed, "run");
            tell_remark(&format!(
                "{runs} failed before: not computed again without `signsim run --retry-failed`"
            ));
        }
        if submission.left == 0 {
            let ended = submission.finished + submission.failed;
            say(&format!(
                "nothing to submit: all {ended} runs have ended; `signsim run` draws the figures\n"
            ))?;
            return Ok(0);
        }
        let cpus = options.cpus;
        if dry_run { tell_all(&submission) } else { submit(&submission, &plan, cpus) }
    }

    /// The command that tasks run, with absolute paths, and how they are submitted.
    fn options(self, name: &str) -> Result<SubmitOptions> {
        let here = env::current_dir().map_err(|e| Error::io(Path::new("."), e))?;
        let program = program()?;
        let Question { scenario, sets, seed, simd } = self.question;
        let mut command = vec![text(&program)?, "run".to_owned(), text(&whole(&scenario)?)?];
        sets.into_iter().for_each(|set| command.extend(["--set".to_owned(), set]));
        seed.iter().for_each(|seed| command.extend(["--seed".to_owned(), seed.to_string()]));
        simd.iter().for_each(|level| command.extend(["--simd".to_owned(), level.word().to_owned()]));
        Ok(SubmitOptions {
            command,
            current_dir: here,
            out: whole(&self.out.unwrap_or_else(|| Path::new("plots").join(name)))?,
            tasks: self.tasks,
            cpus: self.cpus,
            time: self.time,
            partition: self.partition,
            options: self.options,
        })
    }
}

/// A path that means the same wherever it is read.
fn whole(path: &Path) -> Result<PathBuf> {
    absolute(path).map_err(|e| Error::io(path, e))
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Error::input(format!("{}: a script of Slurm can only name paths in UTF-8", path.named()))
            .help("choose another place")
    })
}

/// Prints what would be submitted.
fn tell_all(submission: &Submission) -> Result<u8> {
    let [array, last] = submission.commands();
    say(&format!(
        "{}\n# This would be {}, submitted with\n#   {array}\n#   {last}\n# where JOB is what the first one prints.\n",
        submission.text,
        submission.script.named()
    ))?;
    Ok(0)
}

fn many(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn submit(submission: &Submission, plan: &Plan, cpus: u16) -> Result<u8> {
    let submitted = submission.submit(plan)?;
    submitted.remarks.iter().for_each(|remark| tell_remark(remark));
    let (array, last) = (&submitted.array, &submitted.last);
    let dir = &submission.dir;
    say(&format!(
        "{}\njob {array}: {} of {} for {} left to compute, each with up to {} of memory\n\
         job {last}: comes after it, computes what is left even then, and draws the figures\n\
         `signsim status {dir}` tells how far they are, {dir}/logs what they say; `scancel {array} {last}` ends them\n",
        submission.script.named(),
        many(submission.tasks as usize, "task"),
        many(usize::from(cpus), "processor"),
        many(submission.left, "run"),
        // What is less is hardly worth asking for.
        gib(submission.memory.max(LEAST_TOLD)),
    ))?;
    Ok(0)
}
