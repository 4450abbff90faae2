//! The runs of a plan side by side on the cores.
//!
//! A run that fails, or breaks a promise of this program and panics, is noted and leaves the others alone. What no run can
//! go on after, a disk that refuses for example, stops all of them; what is finished is on the disk by then.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::books::{Books, failure};
use super::identity::{BUILD, VERSION};
use super::one::{Means, simulate_watched};
use super::progress::{Progress, work};
use super::shelf::Shelf;
use super::trace::Trace;
use crate::error::{Error, Result};
use crate::record::{Finished, Folder, Machine, SummaryRow};
use crate::scenario::PlannedRun;
use crate::sim::{Observer, Spare};

/// What all runs of a plan share.
pub struct Crew<'a> {
    pub shelf: &'a Shelf,
    pub folder: &'a Folder,
    /// Where to write a trace of the only run.
    pub trace: Option<&'a Path>,
    pub interrupted: &'a AtomicBool,
    pub progress: &'a (dyn Fn(Progress<'_>) + Sync),
}

/// A run to compute.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    pub run: &'a PlannedRun,
    pub id: &'a str,
    /// It has a record, which stays: only its trace is wanted.
    pub finished: bool,
}

/// What the threads share.
struct State<'a> {
    books: Books<'a>,
    stopped: Option<Error>,
}

impl Crew<'_> {
    /// Computes runs, `jobs` of them at a time on `threads` threads, and keeps the books; gives also what stopped them.
    pub fn compute<'b>(
        &self,
        todo: &[Task<'_>],
        books: Books<'b>,
        (jobs, threads): (usize, usize),
    ) -> (Books<'b>, Option<Error>) {
        let state = Mutex::new(State { books, stopped: None });
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let jobs = jobs.min(todo.len()).max(1);
        let each = threads / jobs;
        // A run that is still going when no other is left to begin takes over the threads of those that have finished.
        let spare = Spare::default();
        spare.give(threads - jobs * each);
        let work = || {
            while let Some(task) = todo.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                if stop.load(Ordering::Relaxed) || self.interrupted.load(Ordering::Relaxed) {
                    return;
                }
                let result = catch_unwind(AssertUnwindSafe(|| self.one(task, each, &spare)));
                let result = result.unwrap_or_else(|panic| Err(broken(panic.as_ref())));
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = self.note(&mut state.books, task, result) {
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
        let State { books, stopped } = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (books, stopped)
    }

    /// Puts what has become of a run into the books; an error is one that ends all runs.
    fn note(&self, books: &mut Books<'_>, task: Task<'_>, result: Result<SummaryRow>) -> Result<()> {
        let Task { run, id, .. } = task;
        match result {
            // A trace of a finished run changes nothing about it.
            Ok(row) => {
                let known = books.done(id).map(|known| known.digest != row.digest);
                if known == Some(true) {
                    (self.progress)(Progress::Remark(
                        "the traced run differs from its record, which stays: it may be another processor's",
                    ));
                }
                (self.progress)(Progress::Finished(run, &row));
                if known.is_none() { books.finish(id, row) } else { Ok(()) }
            }
            Err(error @ Error::Run { .. }) => {
                let failure = failure(run, &error);
                (self.progress)(Progress::Failed(run, &failure));
                // A finished run whose trace failed is finished all the same.
                if books.done(id).is_none() { books.fail(id, failure) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// Simulates a run and writes its records.
    fn one(&self, task: Task<'_>, threads: usize, spare: &Spare) -> Result<SummaryRow> {
        let Task { run, id, finished } = task;
        // Wall time is for the reader's information only; nothing of the simulation sees it.
        let started = std::time::Instant::now();
        let data = self.shelf.of(&run.spec).map_err(|e| run.locate(e))?;
        let mut trace = self.trace.map(Trace::create).transpose()?;
        let observer = trace.as_mut().map(|t| t as &mut dyn Observer);
        let cost = work(run);
        let on_round = |now| (self.progress)(Progress::Round(now, cost));
        let means = Means { threads, spare, interrupted: self.interrupted, on_round: &on_round };
        let mut output = simulate_watched(&run.spec, data, &means, observer).map_err(|e| run.locate(e))?;
        if let Some(trace) = trace {
            trace.finish()?;
        }
        output.summary.run = id.to_owned();
        output.summary.wall_s = started.elapsed().as_secs_f64();
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
        Ok(output.summary)
    }
}

/// A panic of a run as its failure.
fn broken(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::run(format!("this run broke off: {}", words.unwrap_or_else(|| "a panic without words".to_owned())))
        .help("this is a fault of signsim, not of the scenario; please report it with the scenario")
}
