//! The threads that do the sums: the kernel's own and, when it may have more, those of an actix `SyncArbiter`.
//!
//! Work is written on a board. Pool threads take it from there, oldest first; a kernel that must wait for a result works
//! along instead of sleeping, so `threads` threads compute and no more, and with one of them nothing is ever handed over.
//! The story never stops to hand work over, only to take a result that its clock has reached.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, SyncArbiter, SyncContext};

use crate::scratch::Scratch;

/// A piece of work that leaves its result where somebody waits for it.
type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// A piece of work that gives its result to who calls it.
type Work<T> = Box<dyn FnOnce(&mut Scratch) -> T + Send>;

/// Pieces of work that are shown together at most, so that an instant of many does not keep the pool waiting.
const TOGETHER: usize = 64;

/// The work that nobody has begun.
#[derive(Default)]
struct Board {
    state: Mutex<State>,
    /// Rings for pool threads when there is work, or when there will be no more.
    work: Condvar,
    /// Rings for the kernel when a result is there.
    done: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Pool threads that have found the board.
    serving: usize,
    /// Those of them without work.
    idle: usize,
    kernel_waits: bool,
    closed: bool,
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        // No holder of this lock runs foreign code.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a pool thread does until the board is closed. It takes its share of small work in one go: an eighth of
    /// what there is on two threads, so that all end together.
    fn serve(&self, threads: usize, scratch: &mut Scratch) {
        let mut state = self.state();
        state.serving += 1;
        while !state.closed {
            let share = (state.jobs.len() / (4 * threads)).max(1).min(state.jobs.len());
            if share == 0 {
                state.idle += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            }
            let jobs: Vec<Job> = state.jobs.drain(..share).collect();
            drop(state);
            for job in jobs {
                job(scratch);
                let mut state = self.state();
                if std::mem::take(&mut state.kernel_waits) {
                    self.done.notify_one();
                }
            }
            state = self.state();
        }
    }
}

/// A pool thread with its memory.
struct Crunch(Scratch);

impl Actor for Crunch {
    type Context = SyncContext<Self>;
}

/// Serve this board until it is closed.
#[derive(Message)]
#[rtype(result = "()")]
struct Serve {
    board: Arc<Board>,
    threads: usize,
}

impl Handler<Serve> for Crunch {
    type Result = ();

    fn handle(&mut self, Serve { board, threads }: Serve, _: &mut Self::Context) {
        board.serve(threads, &mut self.0);
    }
}

/// Where a pool thread leaves a result; `Err` when the work panicked.
type Slot<T> = Arc<Mutex<Option<Result<T, Panicked>>>>;

/// A result that may not be there yet.
pub enum Awaited<T> {
    /// Nobody else computes: the work waits for the moment in which its result is needed.
    Mine(Work<T>),
    /// Somebody may have begun.
    Shared(Slot<T>),
}

/// The work panicked: a broken promise of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

fn attempt<T>(work: impl FnOnce(&mut Scratch) -> T, scratch: &mut Scratch) -> Result<T, Panicked> {
    // A computation owns what it changes, but for the scratch memory, which a run that goes down does not use again.
    catch_unwind(AssertUnwindSafe(|| work(scratch))).map_err(|_| Panicked)
}

/// All threads of a run.
pub struct Pool {
    board: Arc<Board>,
    helpers: Option<Addr<Crunch>>,
    /// The kernel's own.
    scratch: Scratch,
    /// Asked for since the last [`Pool::publish`].
    fresh: Vec<Job>,
}

impl Pool {
    /// Starts all of `threads` threads but the one that calls; they end when the pool is dropped.
    pub async fn start(threads: usize) -> Self {
        let board = Arc::<Board>::default();
        let wanted = threads.saturating_sub(1);
        let helpers = (wanted > 0).then(|| {
            let address = SyncArbiter::start(wanted, || Crunch(Scratch::default()));
            for _ in 0..wanted {
                address.do_send(Serve { board: Arc::clone(&board), threads });
            }
            address
        });
        // The actor system passes these messages on while we wait; nothing else ever needs its turn.
        while board.state().serving < wanted {
            actix::clock::sleep(Duration::from_micros(10)).await;
        }
        Self { board, helpers, scratch: Scratch::default(), fresh: Vec::new() }
    }

    /// Takes one piece of work; pool threads see it after the next [`Pool::publish`], or before when much has come together.
    pub fn submit<T: Send + 'static>(&mut self, work: Work<T>) -> Awaited<T> {
        if self.helpers.is_none() {
            return Awaited::Mine(work);
        }
        let slot = Slot::default();
        let place = Arc::clone(&slot);
        self.fresh.push(Box::new(move |scratch| {
            let result = attempt(work, scratch);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }));
        if self.fresh.len() >= TOGETHER {
            self.publish();
        }
        Awaited::Shared(slot)
    }

    /// Shows the pool threads what was submitted: once for many pieces, since waking a thread takes longer than a small one.
    pub fn publish(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let mut state = self.board.state();
        state.jobs.extend(self.fresh.drain(..));
        match state.idle {
            0 => {}
            _ if state.jobs.len() == 1 => self.board.work.notify_one(),
            _ => self.board.work.notify_all(),
        }
    }

    /// The result, computed here if nobody has begun it, along with others while somebody is at it.
    ///
    /// # Errors
    /// When the work panicked.
    pub fn result<T>(&mut self, awaited: Awaited<T>) -> Result<T, Panicked> {
        let slot = match awaited {
            Awaited::Mine(work) => return attempt(work, &mut self.scratch),
            Awaited::Shared(slot) => slot,
        };
        self.publish();
        let take = || slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(result) = take() {
            return result;
        }
        let mut state = self.board.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job(&mut self.scratch);
                if let Some(result) = take() {
                    return result;
                }
                state = self.board.state();
            } else {
                // A result is left before its bell rings under this lock, so none is missed.
                if let Some(result) = take() {
                    return result;
                }
                state.kernel_waits = true;
                state = self.board.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut state = self.board.state();
        state.closed = true;
        state.jobs.clear();
        self.board.work.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results in any order of asking, whoever computes them; work that panics is told as such, and the rest goes on.
    #[test]
    fn every_result_is_found_and_a_panic_is_named() {
        for threads in [1, 2, 5] {
            actix::System::new().block_on(async move {
                let mut pool = Pool::start(threads).await;
                let work = |i: u64| -> Work<u64> {
                    Box::new(move |_| if i == 40 { panic!("as asked") } else { (0..i * 100).sum() })
                };
                let mut awaited: Vec<_> = (0..100).map(|i| (i, pool.submit(work(i)))).collect();
                pool.publish();
                awaited.reverse();
                awaited.swap(3, 90);
                for (i, result) in awaited {
                    let expected = if i == 40 { Err(Panicked) } else { Ok((0..i * 100).sum()) };
                    assert_eq!(pool.result(result), expected, "{threads} threads, {i}");
                }
            });
        }
    }

    #[test]
    fn a_pool_ends_with_work_undone() {
        actix::System::new().block_on(async {
            let mut pool = Pool::start(3).await;
            let _forgotten: Vec<_> = (0..50).map(|_| pool.submit(Box::new(|_| ()))).collect();
            pool.publish();
        });
    }
}
