//! The runs of a plan side by side on the cores.
//!
//! A run that fails, or breaks a promise of this program and panics, is noted and leaves the others alone. What no run can
//! go on after, a disk that refuses for example, stops all of them; what is finished is on the disk by then.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::checkpoint::{CheckpointOptions, RunCheckpoints};
use super::dataset_cache::DatasetCache;
use super::folder_state::{FolderState, failure, name_of};
use super::identity::{BUILD, VERSION};
use super::one::{RunControl, RunOutput, simulate_resumable, simulate_watched};
use super::progress::{PlanEvent, work};
use super::trace::Trace;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::record::{Finished, Machine, ResultFolder, SummaryRow};
use crate::scenario::PlannedRun;
use crate::sim::{IdleThreads, Observer};
use crate::time::SimTime;

/// What all runs of a plan share.
pub struct Scheduler<'a> {
    pub cache: &'a DatasetCache,
    pub folder: &'a ResultFolder,
    /// Where to write a trace of the only run, which is not written down then.
    pub trace: Option<&'a Path>,
    pub checkpoints: CheckpointOptions,
    pub interrupted: &'a AtomicBool,
    pub progress: &'a (dyn Fn(PlanEvent<'_>) + Sync),
}

/// A run to compute.
#[derive(Clone, Copy)]
pub struct ScheduledRun<'a> {
    pub run: &'a PlannedRun,
    pub id: &'a str,
    /// It has a record, which stays: only its trace is wanted.
    pub finished: bool,
}

/// What the threads share.
struct SchedulerState<'a> {
    folder_state: FolderState<'a>,
    stopped: Option<Error>,
}

impl Scheduler<'_> {
    /// Computes runs, `jobs` of them at a time on `threads` threads, and keeps the state of the folder; gives also what stopped them.
    pub fn compute<'b>(
        &self,
        todo: &[ScheduledRun<'_>],
        folder_state: FolderState<'b>,
        (jobs, threads): (usize, usize),
    ) -> (FolderState<'b>, Option<Error>) {
        let state = Mutex::new(SchedulerState { folder_state, stopped: None });
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let jobs = jobs.min(todo.len()).max(1);
        let each = threads / jobs;
        // A run that is still going when no other is left to begin takes over the threads of those that have finished.
        let spare = IdleThreads::default();
        spare.give(threads - jobs * each);
        let work = || {
            while let Some(task) = todo.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                let asked = self.interrupted.load(Ordering::Relaxed) || interrupt::ending();
                if stop.load(Ordering::Relaxed) || asked {
                    return;
                }
                let result = catch_unwind(AssertUnwindSafe(|| self.one(task, each, &spare)));
                let result = result.unwrap_or_else(|panic| Err(broken(panic.as_ref())));
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = self.note(&mut state.folder_state, task, result) {
                    stop.store(true, Ordering::Relaxed);
                    state.stopped.get_or_insert(error);
                }
            }
            spare.give(each);
        };
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(work);
            }
        });
        let SchedulerState { folder_state, stopped } =
            state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (folder_state, stopped)
    }

    /// Puts what has become of a run into the state of the folder; an error is one that ends all runs.
    fn note(
        &self,
        folder_state: &mut FolderState<'_>,
        task: ScheduledRun<'_>,
        result: Result<SummaryRow>,
    ) -> Result<()> {
        let ScheduledRun { run, id, .. } = task;
        match result {
            // A trace of a finished run changes nothing about it.
            Ok(row) => {
                let known = folder_state.done(id).map(|known| known.digest != row.digest);
                if known == Some(true) {
                    (self.progress)(PlanEvent::Remark(
                        "the traced run differs from its record, which stays: it may be another processor's",
                    ));
                }
                (self.progress)(PlanEvent::Finished(run, &row));
                if known.is_none() { folder_state.finish(id, row) } else { Ok(()) }
            }
            Err(error @ Error::Run { .. }) => {
                let failure = failure(run, &error);
                (self.progress)(PlanEvent::Failed(run, &failure));
                // A finished run whose trace failed is finished all the same.
                if folder_state.done(id).is_none() { folder_state.fail(id, failure) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// Simulates a run and writes its records.
    fn one(&self, task: ScheduledRun<'_>, threads: usize, spare: &IdleThreads) -> Result<SummaryRow> {
        let ScheduledRun { run, id, finished } = task;
        // Wall time is for the reader's information only; nothing of the simulation sees it.
        let started = std::time::Instant::now();
        let data = self.cache.of(&run.spec).map_err(|e| run.locate(e))?;
        let tell = |remark: &str| (self.progress)(PlanEvent::Remark(&format!("{}: {remark}", name_of(run))));
        let mut checkpoints = self.checkpoints(task, &tell)?;
        let cost = work(run);
        let on_round = |now| (self.progress)(PlanEvent::Round(now, cost));
        let control = RunControl { threads, spare, interrupted: self.interrupted, on_round: &on_round };
        let output = match &mut checkpoints {
            Some(checkpoints) => self.resumable(run, data, &control, checkpoints),
            None => self.traced(run, data, &control),
        };
        let mut output = output.map_err(|e| run.locate(e))?;
        output.summary.run = id.to_owned();
        let wall = checkpoints.as_ref().map_or_else(|| started.elapsed(), RunCheckpoints::wall);
        output.summary.wall_s = wall.as_secs_f64();
        if !finished {
            self.folder.write_run(&Finished {
                by: (VERSION, BUILD),
                machine: Machine::here(),
                spec: serde_json::to_value(&run.spec).expect("a run is plain data"),
                summary: &output.summary,
                tables: &output.tables,
                channel: output.channel,
            })?;
        }
        checkpoints.iter().for_each(RunCheckpoints::remove);
        Ok(output.summary)
    }

    /// The checkpoints of a run, where it has any.
    fn checkpoints<'a>(
        &self,
        task: ScheduledRun<'_>,
        tell: &'a dyn Fn(&str),
    ) -> Result<Option<RunCheckpoints<'a>>> {
        let CheckpointOptions { every, fresh } = self.checkpoints;
        let ScheduledRun { run, id, .. } = task;
        let bytes = run.spec.checkpoint_bytes().map_err(|e| run.locate(e))?;
        let open = |every| RunCheckpoints::open(self.folder.checkpoint(id), id, (every, bytes), fresh, tell);
        if self.trace.is_some() { Ok(None) } else { every.map(open).transpose() }
    }

    /// Goes on where the run was left.
    fn resumable(
        &self,
        run: &PlannedRun,
        data: Option<Arc<Dataset>>,
        control: &RunControl<'_>,
        checkpoints: &mut RunCheckpoints<'_>,
    ) -> Result<RunOutput> {
        let (left, rounds) = (checkpoints.rounds(), run.spec.rounds);
        if left > 0 {
            let remark = format!("{}: goes on after round {left} of {rounds}", name_of(run));
            (self.progress)(PlanEvent::Remark(&remark));
            (0..left).for_each(|_| (control.on_round)(SimTime::ZERO));
        }
        let output = simulate_resumable(&run.spec, data, control, checkpoints);
        if let Err(Error::Interrupted) = output {
            let remark = match checkpoints.rounds() {
                0 => format!(
                    "{}: begins anew the next time, since no round came to its end in time",
                    name_of(run)
                ),
                round => format!("{}: is kept as it was after round {round} of {rounds}", name_of(run)),
            };
            (self.progress)(PlanEvent::Remark(&remark));
        }
        output
    }

    /// Follows the run, where a trace of it is asked for.
    fn traced(
        &self,
        run: &PlannedRun,
        data: Option<Arc<Dataset>>,
        control: &RunControl<'_>,
    ) -> Result<RunOutput> {
        let mut trace = self.trace.map(Trace::create).transpose()?;
        let observer = trace.as_mut().map(|t| t as &mut dyn Observer);
        let output = simulate_watched(&run.spec, data, control, observer)?;
        trace.map_or(Ok(()), Trace::finish)?;
        Ok(output)
    }
}

/// A panic of a run as its failure.
fn broken(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::run(format!("this run broke off: {}", words.unwrap_or_else(|| "a panic without words".to_owned())))
        .help("this is a fault of signsim, not of the scenario; please report it with the scenario")
}
