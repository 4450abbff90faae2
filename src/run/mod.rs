//! Running a plan: which runs are still to do, side by side on the cores, and what is left in the folder.

mod alone;
mod checkpoint;
mod comparison;
mod dataset_cache;
mod estimate;
mod folder_state;
mod gallery;
mod identity;
mod lock;
mod one;
mod plot;
mod progress;
mod recorder;
mod scheduler;
mod selfcheck;
mod settle;
#[cfg(test)]
mod sources;
mod timeline;
mod trace;
mod verify;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

pub use alone::simulate_alone;
pub use checkpoint::CheckpointOptions;
pub use dataset_cache::DatasetCache;
pub use estimate::{Estimates, RunTime};
pub use folder_state::{Failure, name_of};
pub use gallery::{GalleryEntry, gallery, readme};
pub use identity::{BUILD, COMMIT, VERSION};
pub use one::{RunControl, RunOutput, simulate, simulate_resumable, simulate_watched};
pub use plot::{Request as PlotRequest, plot};
pub use progress::{Begin, PlanEvent, work};
pub use selfcheck::{Difference, Verdict, selfcheck};
pub use trace::Trace;
pub use verify::{Verified, verify};

use checkpoint::is_of_another_build;
use folder_state::FolderState;
use identity::{Identified, identify};
use lock::Lock;
use scheduler::{ScheduledRun, Scheduler};
use settle::{Settled, settle};

use crate::destination;
use crate::error::{Error, Result};
use crate::figure;
use crate::interrupt;
use crate::machine::{available_memory, gib};
use crate::record::{ResultFolder, Settings, Status, SummaryRow};
use crate::scenario::{Plan, PlannedRun};

/// What a user may choose about running, none of which changes a result.
pub struct RunOptions {
    /// The result folder.
    pub out: PathBuf,
    /// Upper bound on the threads that compute.
    pub threads: usize,
    /// Use a folder that holds something else.
    pub force: bool,
    /// Where to write a trace of the plan's only run, which is then simulated even if it was finished before.
    pub trace: Option<PathBuf>,
    /// A traced run is never written down.
    pub checkpoints: CheckpointOptions,
}

/// What running a plan has come to.
pub struct Report {
    /// The runs that ended in some way, in the order of the plan.
    pub lines: Vec<ReportLine>,
    /// Runs that failed.
    pub failures: Vec<Failure>,
    /// The files that were drawn, `.csv` among them.
    pub figures: Vec<PathBuf>,
}

/// A run that ended in some way.
pub struct ReportLine {
    /// As it stands in `summary.csv`.
    pub row: SummaryRow,
    /// The sweep's settings: path and value.
    pub settings: Settings,
    /// What the run shares with those that differ from it in nothing but the seed.
    pub case: String,
    /// What tells its case from others that read the same; mostly empty.
    pub apart: String,
}

impl Report {
    /// The rows of the runs that came to their ends.
    pub fn rows(&self) -> impl Iterator<Item = &SummaryRow> + Clone {
        self.lines.iter().map(|line| &line.row).filter(|row| row.status != Status::Failed)
    }
}

/// Runs what is missing of `plan`, writes every finished run at once, and draws the figures at the end.
///
/// # Errors
/// Bad input found while loading, a folder of something else or in use, a disk that refuses, or [`Error::Interrupted`];
/// finished runs stay on disk. A run that fails, or panics, does not stop the others: it is in the report.
pub fn execute(
    plan: &Plan,
    options: &RunOptions,
    interrupted: &AtomicBool,
    progress: &(dyn Fn(PlanEvent<'_>) + Sync),
) -> Result<Report> {
    if options.trace.is_some() && plan.runs.len() != 1 {
        let message = format!("--trace follows one run, and this scenario asks for {}", plan.runs.len());
        return Err(Error::input(message)
            .help("choose one: --set sweep={} --set repeats=1, and what else tells it from the others"));
    }
    options.trace.as_deref().map_or(Ok(()), Trace::check)?;
    destination::check_folder(&options.out, "--out")?;
    let cache = DatasetCache::default();
    let Verified { jobs, remarks: files } = verify(plan, options.threads, &cache)?;
    let Identified { ids, .. } = identify(plan, &cache)?;
    let folder = ResultFolder::open(&options.out, options.force)?;
    let _lock = Lock::take(folder.dir())?;
    folder.sweep_up()?;
    let Settled { whole, remarks } = settle(&folder, plan, options.force)?;
    let (folder_state, found) = FolderState::open(&folder, &whole, identify(&whole, &cache)?);
    folder_state.write()?;
    for remark in files.into_iter().chain(remarks).chain(others(&folder)).chain(found) {
        progress(PlanEvent::Remark(&remark));
    }
    let (mut todo, mut seen) = (Vec::new(), BTreeSet::new());
    for (run, id) in plan.runs.iter().zip(&ids) {
        let finished = folder_state.done(id).is_some();
        if seen.insert(id) && (options.trace.is_some() || !finished) {
            todo.push(ScheduledRun { run, id, finished });
        }
    }
    let left = todo.iter().map(|task| work(task.run) * f64::from(task.run.spec.rounds)).sum();
    progress(PlanEvent::Begins(Begin { runs: seen.len(), reused: seen.len() - todo.len(), work: left }));

    let scheduler = Scheduler {
        cache: &cache,
        folder: &folder,
        trace: options.trace.as_deref(),
        checkpoints: options.checkpoints,
        interrupted,
        progress,
    };
    let (folder_state, stopped) = scheduler.compute(&todo, folder_state, (jobs, options.threads));
    folder_state.write()?;
    if let Some(error) = stopped {
        return Err(error);
    }
    if interrupted.load(Ordering::Relaxed) || interrupt::ending() {
        return Err(Error::Interrupted);
    }
    let results = folder.results()?;
    let figures = if results.runs.is_empty() {
        Vec::new()
    } else {
        figure::draw_all(&whole.figures, &results, folder.dir())?
    };
    let line = |(run, id): (&PlannedRun, &String)| {
        let (settings, case, apart) = (run.settings.clone(), run.case.clone(), run.apart.clone());
        Some(ReportLine { row: folder_state.line(run, id)?, settings, case, apart })
    };
    let lines = plan.runs.iter().zip(&ids).filter_map(line).collect();
    Ok(Report { lines, failures: folder_state.failures().cloned().collect(), figures })
}

/// Says which runs of a folder another build computed, or began.
fn others(folder: &ResultFolder) -> Vec<String> {
    let remark = |(build, count): (String, usize)| {
        let runs = if count == 1 { "1 run".to_owned() } else { format!("{count} runs") };
        format!("{runs} in {} are of another build ({build}) and are left alone", folder.dir().display())
    };
    let mut remarks: Vec<String> = folder.of_other_builds(BUILD).into_iter().map(remark).collect();
    let left = folder.checkpoints().iter().filter(|path| is_of_another_build(path)).count();
    if left > 0 {
        let checkpoints = if left == 1 { "1 checkpoint".to_owned() } else { format!("{left} checkpoints") };
        remarks.push(format!(
            "{checkpoints} in {} are of another build, which may compute other bits: they are left alone, and runs begin anew",
            folder.dir().display()
        ));
    }
    remarks
}

/// How many runs go side by side: as many as there are threads, fewer where memory does not last, each with its share of
/// the threads.
///
/// # Errors
/// When a run does not fit the memory of this machine even alone.
pub fn side_by_side(plan: &Plan, threads: usize) -> Result<usize> {
    let most = threads.min(plan.runs.len()).max(1);
    let Some(available) = available_memory() else { return Ok(most) };
    for jobs in (1..=most).rev() {
        let memory = |run: &PlannedRun| run.spec.memory_bytes(threads / jobs);
        let needed = plan.runs.iter().map(memory).collect::<Result<Vec<_>>>()?;
        let mut runs = plan.runs.iter().zip(needed);
        match runs.find(|(_, needed)| needed.saturating_mul(jobs as u64) > available) {
            None => return Ok(jobs),
            Some((run, needed)) if jobs == 1 => {
                let message =
                    format!("a run needs about {}, this machine has {} free", gib(needed), gib(available));
                let error = Error::scenario(message);
                return Err(run.locate(error.help("use fewer --threads, fewer workers, or a smaller task")));
            }
            Some(_) => {}
        }
    }
    unreachable!("one run fits or is refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic inside a run is that run's failure; the others finish, and the manifest knows all.
    #[test]
    fn a_run_that_panics_leaves_the_others_alone() {
        let text = "name: t\nrounds: 4\nrepeats: 3\nworkers: { count: 3 }\nmethod: signsgd_mv\n\
                    task: { channel: { coordinates: 10, crossover: 0.2 } }\n";
        let plan = Plan::parse("t.yaml", text, &[], None).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let options = RunOptions {
            out: dir.path().join("t"),
            threads: 1,
            force: false,
            trace: None,
            checkpoints: CheckpointOptions::default(),
        };
        let broken = AtomicBool::new(false);
        let progress = |event: PlanEvent<'_>| {
            if let PlanEvent::Round(..) = event
                && !broken.swap(true, Ordering::Relaxed)
            {
                panic!("on purpose");
            }
        };
        let report = execute(&plan, &options, &AtomicBool::new(false), &progress).unwrap();
        assert_eq!((report.lines.len(), report.rows().count(), report.failures.len()), (3, 2, 1));
        let failure = &report.failures[0];
        assert!(failure.reason.contains("on purpose") && failure.help.is_some(), "{failure:?}");
        let folder = ResultFolder::existing(&options.out).unwrap();
        assert_eq!(folder.results().unwrap().missing.len(), 1);
        assert_eq!(folder.manifest().unwrap().build, BUILD);
        // Once more: what failed is tried again.
        let report = execute(&plan, &options, &AtomicBool::new(false), &|_| {}).unwrap();
        assert_eq!((report.rows().count(), report.failures.len()), (3, 0));
    }
}
