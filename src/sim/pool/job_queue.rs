//! What pool threads take their work from: the pieces that nobody has begun, by the time at which they are needed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::helpers::{Lender, Prefetch};
use crate::scratch::Scratch;
use crate::time::SimTime;

/// When a result is needed, and the order in which work was asked for.
pub(crate) type JobKey = (SimTime, u64);

/// A piece of work that leaves its result where somebody waits for it.
pub(crate) struct Job {
    pub work: Box<dyn FnOnce(&mut Scratch) + Send>,
    /// How many untaken results its own counts for.
    pub room: usize,
}

/// The job_queue of a pool, which its threads share with the kernel.
pub(crate) struct JobQueue {
    state: Mutex<JobQueueState>,
    /// Results that may lie untaken before pool threads rest.
    ahead: usize,
    /// What whoever would rest does first.
    prefetch: Option<Arc<dyn Prefetch>>,
    /// Rings for pool threads when there is work, or when there will be no more.
    work: Condvar,
    /// Rings for the kernel when a result is there, or when a pool thread has left.
    done: Condvar,
}

#[derive(Default)]
struct JobQueueState {
    /// What nobody has begun.
    jobs: BTreeMap<JobKey, Job>,
    /// Results that nobody has taken, and work that has been begun.
    untaken: usize,
    /// Pool threads that have found the job_queue and not left it.
    serving: usize,
    /// Those of them without work.
    idle: usize,
    /// The kernel waits, and has nothing to do.
    kernel_rests: bool,
    /// Those of all who rest that stand still, since others compute in their place.
    lent: usize,
    /// Some were called to work and could not rise, since others computed in their place.
    called: bool,
    /// The kernel wants to hear of the next piece of work that is done.
    kernel_waits: bool,
    closed: bool,
}

impl JobQueueState {
    fn resting(&self) -> usize {
        self.idle + usize::from(self.kernel_rests)
    }

    /// Whether somebody who rests may go to work; if not, others compute in its place.
    fn may_rise(&self) -> bool {
        self.resting() > self.lent || self.closed
    }
}

impl JobQueue {
    /// A job_queue that lets pool threads rest while `ahead` results lie untaken and nothing is left to `prefetch`.
    pub(crate) fn new(ahead: usize, prefetch: Option<Arc<dyn Prefetch>>) -> Self {
        Self { state: Mutex::default(), ahead, prefetch, work: Condvar::new(), done: Condvar::new() }
    }

    /// Pool threads that have found the job_queue.
    pub(crate) fn serving(&self) -> usize {
        self.state().serving
    }

    fn state(&self) -> MutexGuard<'_, JobQueueState> {
        // No holder of this lock runs foreign code.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a pool thread does until the job_queue is closed. It takes its share of small work in one go: an eighth of
    /// what there is on two threads, so that all end together.
    pub(crate) fn serve(&self, scratch: &mut Scratch) {
        let mut state = self.state();
        state.serving += 1;
        let (mut mine, mut idle) = (Vec::new(), false);
        while !state.closed {
            let share = (state.jobs.len() / (4 * (state.serving + 1))).max(1);
            while mine.len() < share
                && let Some((&key, &Job { room, .. })) = state.jobs.first_key_value()
                && state.untaken + room <= self.ahead
            {
                state.untaken += room;
                mine.extend(state.jobs.remove(&key));
            }
            if mine.is_empty() && !idle {
                (state, idle) = self.look_ahead(state);
                continue;
            }
            idle = false;
            if mine.is_empty() {
                state.idle += 1;
                state = rest(&self.work, state);
                state.idle -= 1;
                continue;
            }
            for job in mine.drain(..) {
                drop(state);
                (job.work)(scratch);
                state = self.state();
                if std::mem::take(&mut state.kernel_waits) {
                    self.done.notify_one();
                }
                if state.closed {
                    break;
                }
            }
        }
        state.serving -= 1;
        self.done.notify_one();
    }

    /// Does a piece of what may be of use later, without the lock; whether there was none, so that whoever asks may rest once it
    /// has seen that nothing else has come meanwhile.
    fn look_ahead<'a>(
        &'a self,
        state: MutexGuard<'a, JobQueueState>,
    ) -> (MutexGuard<'a, JobQueueState>, bool) {
        let Some(prefetch) = &self.prefetch else { return (state, true) };
        drop(state);
        // What panics here does so again, and is told, where it is needed.
        let done = catch_unwind(AssertUnwindSafe(|| prefetch.prefetch())).unwrap_or(false);
        (self.state(), !done)
    }

    /// Shows work to the pool threads.
    pub(crate) fn show(&self, jobs: impl Iterator<Item = (JobKey, Job)>) {
        let mut state = self.state();
        state.jobs.extend(jobs);
        self.ring(&state);
    }

    /// The result that `take` finds once the work at `key` is done, which counts for `room`: the caller does that work
    /// itself if nobody has begun it, and works along while somebody is at it.
    pub(crate) fn fetch<T>(
        &self,
        (key, room): (JobKey, usize),
        take: impl Fn() -> Option<T>,
        scratch: &mut Scratch,
    ) -> T {
        let (mut state, mut idle) = (self.state(), false);
        if let Some(job) = state.jobs.remove(&key) {
            drop(state);
            (job.work)(scratch);
            return take().expect("a piece of work leaves a result");
        }
        loop {
            // A result is left before its bell rings under this lock, so none is missed.
            if let Some(result) = take() {
                state.untaken -= room;
                if 2 * state.untaken <= self.ahead {
                    self.ring(&state);
                }
                return result;
            }
            if let Some((_, job)) = state.jobs.pop_first() {
                state.untaken += job.room;
                drop(state);
                (job.work)(scratch);
                (state, idle) = (self.state(), false);
            } else if !idle {
                (state, idle) = self.look_ahead(state);
            } else {
                idle = false;
                (state.kernel_waits, state.kernel_rests) = (true, true);
                state = rest(&self.done, state);
                state.kernel_rests = false;
            }
        }
    }

    /// Wakes as many pool threads as there is work for.
    fn ring(&self, state: &JobQueueState) {
        match state.jobs.len() {
            _ if state.idle == 0 => {}
            0 => {}
            1 => self.work.notify_one(),
            _ => self.work.notify_all(),
        }
    }

    /// Ends all work and waits until every pool thread has left.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.jobs.clear();
        self.work.notify_all();
        while state.serving > 0 {
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Waits for a bell that calls to work.
fn rest<'a>(bell: &Condvar, mut state: MutexGuard<'a, JobQueueState>) -> MutexGuard<'a, JobQueueState> {
    loop {
        state = bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        if state.may_rise() {
            return state;
        }
        state.called = true;
    }
}

impl Lender for JobQueue {
    fn lend(&self, most: usize) -> usize {
        let mut state = self.state();
        let lent = most.min(state.resting() - state.lent);
        state.lent += lent;
        lent
    }

    fn give_back(&self, threads: usize) {
        let mut state = self.state();
        state.lent -= threads;
        if std::mem::take(&mut state.called) {
            self.work.notify_all();
            self.done.notify_one();
        }
    }
}
