//! The runs of a plan side by side on the cores.
//!
//! A run that fails, or breaks a promise of this program and panics, is noted and leaves the others alone. What no run can
//! go on after, a disk that refuses for example, stops all of them; what is finished is on the disk by then.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::checkpoint::{CheckpointOptions, RunCheckpoints};
use super::claim::{Claim, Claims};
use super::dataset_cache::DatasetCache;
use super::failing::{Failure, keep, name_of};
use super::folder_state::FolderState;
use super::holder::Holder;
use super::identity::{BUILD, VERSION};
use super::one::{RunControl, RunOutput, simulate_resumable, simulate_watched};
use super::progress::{PlanEvent, work};
use super::saved_model;
use super::trace::Trace;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::record::{Finished, Machine, Placed, ResultFolder, SummaryRow};
use crate::scenario::PlannedRun;
use crate::sim::{IdleThreads, Observer};
use crate::time::SimTime;

/// The summary is written anew at most this often while runs go on, and seldom enough that it costs little.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);
const SUMMARY_SHARE: u32 = 20;

/// What all runs of a plan share.
pub(crate) struct Scheduler<'a> {
    pub cache: &'a DatasetCache,
    pub folder: &'a ResultFolder,
    pub claims: &'a Claims,
    /// Where to write a trace of the only run, which is not written down then.
    pub trace: Option<&'a Path>,
    pub checkpoints: CheckpointOptions,
    /// Whether the model with which a run ends is saved.
    pub save_model: bool,
    pub interrupted: &'a AtomicBool,
    pub progress: &'a (dyn Fn(PlanEvent<'_>) + Sync),
}

/// A run to compute.
#[derive(Clone, Copy)]
pub(crate) struct ScheduledRun<'a> {
    pub run: &'a PlannedRun,
    pub id: &'a str,
    /// It has a record, which stays: only its trace or its model is wanted.
    pub finished: bool,
}

/// What the threads share.
struct SchedulerState<'a> {
    folder_state: &'a mut FolderState,
    stopped: Option<Error>,
    /// Runs that this process took.
    taken: usize,
    /// The summary does not know all.
    behind: bool,
}

/// Why a run has no result, and whether the same would become of it anywhere and at any time.
struct Fault {
    error: Error,
    kept: bool,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { error, kept: false }
    }
}

/// What became of a run.
type Outcome = std::result::Result<SummaryRow, Fault>;

impl Scheduler<'_> {
    /// Whether the program is to end.
    pub(crate) fn asked_to_end(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || interrupt::ending()
    }

    /// Computes those runs that nobody else has, `jobs` of them at a time on `threads` threads, and keeps the state of the
    /// folder; gives how many those were.
    ///
    /// # Errors
    /// What stopped all runs.
    pub(crate) fn compute(
        &self,
        todo: &[ScheduledRun<'_>],
        folder_state: &mut FolderState,
        (jobs, threads): (usize, usize),
    ) -> Result<usize> {
        let state = Mutex::new(SchedulerState { folder_state, stopped: None, taken: 0, behind: false });
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let jobs = jobs.min(todo.len()).max(1);
        let each = threads / jobs;
        // A run that is still going when no other is left to begin takes over the threads of those that have finished.
        let spare = IdleThreads::default();
        spare.give(threads - jobs * each);
        let (ends, ended) = channel::<()>();
        let work = |ends: Sender<()>| {
            while let Some(task) = todo.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                if stop.load(Ordering::Relaxed) || self.asked_to_end() {
                    return;
                }
                if let Err(error) = self.turn(task, &state, (each, &spare)) {
                    stop.store(true, Ordering::Relaxed);
                    locked(&state).stopped.get_or_insert(error);
                }
            }
            spare.give(each);
            drop(ends);
        };
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                let ends = ends.clone();
                scope.spawn(move || work(ends));
            }
            drop(ends);
            self.summarise(&state, &ended);
        });
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.stopped.map_or(Ok(state.taken), Err)
    }

    /// Takes a run, unless somebody else has it or has ended it, and computes it.
    fn turn(
        &self,
        task: ScheduledRun<'_>,
        state: &Mutex<SchedulerState<'_>>,
        (threads, spare): (usize, &IdleThreads),
    ) -> Result<()> {
        let claim = if task.finished { None } else { self.claim(task, state)? };
        if claim.is_none() && !task.finished {
            return Ok(());
        }
        let told = {
            let mut state = locked(state);
            state.taken += 1;
            state.folder_state.told(task.id).map(str::to_owned)
        };
        let one = || self.one(task, (claim.as_ref(), told.as_deref()), (threads, spare));
        let outcome = catch_unwind(AssertUnwindSafe(one));
        let outcome =
            outcome.unwrap_or_else(|panic| Err(Fault { error: broken(panic.as_ref()), kept: true }));
        let mut state = locked(state);
        state.behind = true;
        self.note(state.folder_state, task, claim.as_ref(), outcome)
    }

    /// The claim of a run that is still to be computed and that nobody else has.
    fn claim(&self, task: ScheduledRun<'_>, state: &Mutex<SchedulerState<'_>>) -> Result<Option<Claim>> {
        let ScheduledRun { run, id, .. } = task;
        // Looked at before and after: who finishes a run first puts it in its place and then lets go of it.
        let ended = || -> Result<bool> {
            Ok(self.folder.failure(id)?.is_some() || locked(state).folder_state.found(id).is_some())
        };
        if ended()? {
            return Ok(None);
        }
        let Some(claim) = self.claims.take(&self.folder.claim(id), run.spec.rounds)? else { return Ok(None) };
        if ended()? {
            return Ok(None);
        }
        if let Some(writer) = &claim.after {
            self.folder.forget_writer(id, writer)?;
        }
        Ok(Some(claim))
    }

    /// Writes the summary anew now and then, until the last thread has ended.
    fn summarise(&self, state: &Mutex<SchedulerState<'_>>, ended: &Receiver<()>) {
        let mut pause = SUMMARY_EVERY;
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(pause) {
            let mut state = locked(state);
            if !state.behind {
                continue;
            }
            let begun = Instant::now();
            // Who cannot write it now can later; at the end it is an error.
            let written = self.claims.take(&self.folder.manifest_claim(), 0).and_then(|claim| {
                let Some(_claim) = claim else { return Ok(false) };
                state.folder_state.catch_up(self.cache)?;
                state.folder_state.refresh()?;
                state.folder_state.write_summary().map(|()| true)
            });
            state.behind = !matches!(written, Ok(true));
            pause = SUMMARY_EVERY.max(begun.elapsed() * SUMMARY_SHARE);
        }
    }

    /// Puts what has become of a run into the state of the folder; an error is one that ends all runs.
    fn note(
        &self,
        folder_state: &mut FolderState,
        task: ScheduledRun<'_>,
        claim: Option<&Claim>,
        outcome: Outcome,
    ) -> Result<()> {
        let ScheduledRun { run, id, finished } = task;
        match outcome {
            Ok(row) => {
                let known = folder_state.done(id).map(|known| known.digest != row.digest);
                if known == Some(true) {
                    (self.progress)(PlanEvent::Remark(
                        "a run that was computed again differs from its record, which stays: it may be another processor's",
                    ));
                }
                (self.progress)(PlanEvent::Finished(run, &row));
                // Computing a finished run again changes nothing about it.
                if known.is_none() {
                    folder_state.finish(id, row);
                }
                Ok(())
            }
            // A finished run is finished all the same.
            Err(Fault { error: error @ Error::Run { .. }, kept }) if !finished => {
                let failure = Failure::new(run, &error);
                (self.progress)(PlanEvent::Failed(run, &failure));
                match claim.filter(|_| kept) {
                    Some(claim) => {
                        keep(self.folder, (run, id), &failure, (folder_state.text(), claim.token()))?;
                        folder_state.fail(id, failure);
                    }
                    None => folder_state.break_off(failure),
                }
                Ok(())
            }
            Err(Fault { error, .. }) => Err(error),
        }
    }

    /// Simulates a run and writes its records.
    fn one(
        &self,
        task: ScheduledRun<'_>,
        (claim, told): (Option<&Claim>, Option<&str>),
        (threads, spare): (usize, &IdleThreads),
    ) -> Outcome {
        let ScheduledRun { run, id, .. } = task;
        // Wall time is for the reader's information only; nothing of the simulation sees it.
        let started = Instant::now();
        let data = self.cache.of(&run.spec, threads).map_err(|e| run.locate(e))?;
        let tell = |remark: &str| (self.progress)(PlanEvent::Remark(&format!("{}: {remark}", name_of(run))));
        let mut checkpoints = self.checkpoints(task, &tell)?;
        let cost = work(run);
        let on_round = |now| {
            claim.iter().for_each(|claim| claim.round());
            (self.progress)(PlanEvent::Round(now, cost));
        };
        let control = RunControl { threads, spare, interrupted: self.interrupted, on_round: &on_round };
        let output = match &mut checkpoints {
            Some(checkpoints) => self.resumable(run, data, &control, checkpoints),
            None => self.traced(run, data, &control),
        };
        let mut output = output.map_err(|e| Fault { error: run.locate(e), kept: true })?;
        output.summary.run = id.to_owned();
        let wall = checkpoints.as_ref().map_or_else(|| started.elapsed(), RunCheckpoints::wall);
        output.summary.wall_s = wall.as_secs_f64();
        let row = claim.map(|claim| self.place(run, &output, claim, told)).transpose()?;
        if self.save_model && self.is_of_record(id, &output)? {
            saved_model::save(self.folder, id, &run.spec, &output)?;
        }
        checkpoints.iter().for_each(RunCheckpoints::remove);
        Ok(row.unwrap_or(output.summary))
    }

    /// Whether this is how the run ended that lies in its place.
    fn is_of_record(&self, id: &str, output: &RunOutput) -> Result<bool> {
        Ok(self.folder.row(id)?.digest == output.summary.digest)
    }

    /// Puts a run in its place; gives the row of the one that stands there in the end.
    fn place(
        &self,
        run: &PlannedRun,
        output: &RunOutput,
        claim: &Claim,
        told: Option<&str>,
    ) -> Result<SummaryRow> {
        let finished = Finished {
            by: (VERSION, BUILD),
            machine: Machine::here(&Holder::me().host),
            spec: serde_json::to_value(&run.spec).expect("a run is plain data"),
            summary: &output.summary,
            tables: &output.tables,
            channel: output.channel,
            quadratic: output.quadratic,
            inputs: output.inputs.as_ref(),
        };
        match self.folder.place_run(&finished, claim.token(), told)? {
            Placed::Here => Ok(output.summary.clone()),
            Placed::There(row) => Ok(*row),
        }
    }

    /// The checkpoints of a run, where it has any.
    fn checkpoints<'a>(
        &self,
        task: ScheduledRun<'_>,
        tell: &'a dyn Fn(&str),
    ) -> Result<Option<RunCheckpoints<'a>>> {
        let CheckpointOptions { every, fresh } = self.checkpoints;
        let ScheduledRun { run, id, finished } = task;
        let bytes = run.spec.checkpoint_bytes().map_err(|e| run.locate(e))?;
        let path = self.folder.checkpoint(id);
        let open = |every| RunCheckpoints::open(path, (id, run.spec.rounds), (every, bytes), fresh, tell);
        if self.trace.is_some() || finished { Ok(None) } else { every.map(open).transpose() }
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

fn locked<'a, 'b>(state: &'a Mutex<SchedulerState<'b>>) -> MutexGuard<'a, SchedulerState<'b>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A panic of a run as its failure.
fn broken(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::run(format!("this run broke off: {}", words.unwrap_or_else(|| "a panic without words".to_owned())))
        .help("this is a fault of signsim, not of the scenario; please report it with the scenario")
}
