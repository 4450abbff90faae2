//! A submission: prepared and checked, then written and sent.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::claim::Claims;
use super::super::dataset_cache::DatasetCache;
use super::super::folder_state::FolderState;
use super::super::identity::{VERSION, identify};
use super::super::settle::{Settled, settle};
use super::super::verify::verify_for_elsewhere;
use super::left::{Left, left};
use super::limit::TimeLimit;
use super::quote::{for_bash, line_for_bash};
use super::sbatch_option::SbatchOption;
use super::script::{LAST, Script};
use super::slurm::{self, Job};
use crate::atomic_file;
use crate::destination;
use crate::error::{Error, Named, Result};
use crate::record::ResultFolder;
use crate::scenario::Plan;

/// Unasked, an array has no more tasks than this.
const MOST_TASKS: u32 = 32;

/// How long the folder is waited for while somebody else writes what it has once.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to submit, and how.
pub struct SubmitOptions {
    /// What every task runs, as words: this program, `run`, and everything but `--out`, threads and waiting.
    pub command: Vec<String>,
    /// Where the command's relative paths begin.
    pub current_dir: PathBuf,
    /// The result folder, as an absolute path.
    pub out: PathBuf,
    /// Tasks of the array; as many as the runs that are left need if nothing is said, at most 32.
    pub tasks: Option<u32>,
    /// Processors of a task.
    pub cpus: u16,
    /// How long a task may take, if not as long as the cluster says.
    pub time: Option<TimeLimit>,
    /// Where tasks run, if not where the cluster says.
    pub partition: Option<String>,
    /// More options for sbatch.
    pub options: Vec<SbatchOption>,
}

/// What is to be submitted.
pub struct Submission {
    /// Runs that nobody has finished; where there is none, there is nothing to submit.
    pub left: usize,
    /// Runs that came to their ends.
    pub finished: usize,
    /// Runs that failed.
    pub failed: usize,
    /// Tasks of the array.
    pub tasks: u32,
    /// Upper bound on the bytes of memory of a task.
    pub memory: u64,
    /// What the user has to know, a sentence each.
    pub remarks: Vec<String>,
    /// The result folder, as bash would take it.
    pub dir: String,
    /// Where the script goes.
    pub script: PathBuf,
    /// The script.
    pub text: String,
    out: PathBuf,
}

/// What was submitted.
pub struct Submitted {
    /// The number of the array.
    pub array: String,
    /// The number of the job that comes after it.
    pub last: String,
    /// What sbatch had to say, a sentence each.
    pub remarks: Vec<String>,
}

/// Checks that the runs of `plan` can begin, but for the memory of this machine, and that the folder takes them; writes nothing.
///
/// # Errors
/// What a run would be refused with, a folder of something else, or a place that Slurm cannot name.
pub fn prepare_submission(plan: &Plan, options: &SubmitOptions) -> Result<Submission> {
    let cache = DatasetCache::default();
    let mut remarks = verify_for_elsewhere(plan, &cache)?;
    let Left { left, finished, failed, remarks: of_folder } = left(plan, &options.out, &cache)?;
    remarks.extend(of_folder);
    let tasks = tasks(options, left, &mut remarks)?;
    let out = written(&options.out)?;
    let command = [&options.command[..], &["--out".to_owned(), out.clone()]].concat();
    let logs = options.out.join("logs").display().to_string();
    let script = Script {
        name: &plan.name,
        by: &format!("signsim {VERSION}"),
        current_dir: options.current_dir.to_str().ok_or_else(|| no_text(&options.current_dir))?,
        command: &command,
        logs: &logs,
        tasks,
        cpus: options.cpus,
        time: options.time.as_ref(),
        partition: options.partition.as_deref(),
        options: &options.options,
    };
    let bytes = plan.runs.iter().map(|run| run.spec.memory_bytes(1).map_err(|e| run.locate(e)));
    let largest = bytes.collect::<Result<Vec<u64>>>()?.into_iter().max().unwrap_or(0);
    let memory = largest.saturating_mul(u64::from(options.cpus).min(plan.runs.len() as u64));
    Ok(Submission {
        left,
        finished,
        failed,
        tasks,
        memory,
        remarks,
        dir: for_bash(&out),
        script: options.out.join("submit.sbatch"),
        text: script.text(),
        out: options.out.clone(),
    })
}

/// Makes the folder as its tasks will find it, so that it can be asked how far it is before the first of them starts.
fn begin(out: &Path, plan: &Plan) -> Result<()> {
    let folder = ResultFolder::open(out, false)?;
    // Whoever has it for so long is writing the same.
    let Some(_claim) = Claims::new(PATIENCE).wait(&folder.manifest_claim(), PATIENCE)? else { return Ok(()) };
    let Settled { whole, .. } = settle(&folder, plan, false)?;
    let text = whole.source.clone();
    folder.write_scenario(&text)?;
    let known = identify(&whole, &DatasetCache::default())?;
    let (state, _) = FolderState::open(&folder, (whole, text), known)?;
    state.write()
}

/// How many tasks the array has, no more than the cluster allows.
fn tasks(options: &SubmitOptions, left: usize, remarks: &mut Vec<String>) -> Result<u32> {
    let needed = u32::try_from(left.div_ceil(usize::from(options.cpus.max(1)))).unwrap_or(u32::MAX);
    let tasks = options.tasks.unwrap_or(needed.clamp(1, MOST_TASKS));
    match slurm::highest_task() {
        Ok(0) => Err(Error::input("this cluster takes no arrays (MaxArraySize)")
            .help("start `signsim run` with one --out as often as you like, with srun or sbatch")),
        Ok(most) if tasks > most => {
            remarks.push(format!(
                "{most} tasks instead of {tasks}: this cluster has no larger arrays (MaxArraySize)"
            ));
            Ok(most)
        }
        Ok(_) => Ok(tasks),
        Err(why) => {
            remarks.push(format!(
                "how large an array may be here is unknown ({why}); sbatch refuses one that is too large"
            ));
            Ok(tasks)
        }
    }
}

/// The result folder as Slurm can be told of it.
fn written(out: &Path) -> Result<String> {
    let text = out.to_str().ok_or_else(|| no_text(out))?;
    if text.contains(char::is_control) || text.contains('\\') {
        let message = format!(
            "--out {}: Slurm cannot name logs in a folder with a backslash or a line end in its name",
            out.named()
        );
        return Err(Error::input(message).help("choose another folder with --out"));
    }
    Ok(text.to_owned())
}

fn no_text(path: &Path) -> Error {
    Error::input(format!("{}: a script of Slurm can only name paths in UTF-8", path.named()))
        .help("choose another place")
}

impl Submission {
    /// The arguments of sbatch for the array.
    fn array(&self) -> Vec<String> {
        vec![self.script.display().to_string()]
    }

    /// The arguments of sbatch for the task that comes after the array.
    fn last(&self, array: &str) -> Vec<String> {
        let after = [format!("--array={LAST}"), format!("--dependency=afterany:{array}")];
        [&after[..], &self.array()].concat()
    }

    /// The commands that submit it, as bash would take them.
    #[must_use]
    pub fn commands(&self) -> [String; 2] {
        let line = |words: Vec<String>| format!("sbatch --parsable {}", line_for_bash(&words));
        [line(self.array()), line(self.last("JOB"))]
    }

    /// Writes the script and submits it: the array, and the task that comes after it. `plan` is what it was prepared for.
    ///
    /// # Errors
    /// When there is no sbatch here, it refuses, or the disk does.
    pub fn submit(&self, plan: &Plan) -> Result<Submitted> {
        if !slurm::is_there("sbatch") {
            return Err(Error::input(
                "there is no sbatch on the PATH, so nothing can be submitted to Slurm here",
            )
            .help("run this where jobs of the cluster are submitted, or see with --dry-run what would be"));
        }
        begin(&self.out, plan)?;
        destination::make_folder(&self.out.join("logs"), "--out")?;
        atomic_file::write(&self.script, self.text.as_bytes())?;
        let Job { number: array, said } = slurm::sbatch(&self.array())?;
        let Job { number: last, said: more } =
            slurm::sbatch(&self.last(&array)).map_err(|error| self.half(&array, &error))?;
        let remarks = [said, more].into_iter().filter(|said| !said.is_empty()).collect();
        Ok(Submitted { array, last, remarks })
    }

    /// The array is in the queue, and nothing comes after it.
    fn half(&self, array: &str, error: &Error) -> Error {
        let message =
            format!("the array is submitted as job {array}, the task that comes after it is not: {error}");
        let again = line_for_bash(&self.last(array));
        let help = format!("submit it with: sbatch {again}; or end the array with: scancel {array}");
        if error.exit_code() == 2 { Error::input(message).help(help) } else { Error::run(message).help(help) }
    }
}
