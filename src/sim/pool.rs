//! The threads that do the sums: the kernel's own and, when it may have more, those of an actix `SyncArbiter`.
//!
//! Work is written on a job_queue with the simulated time at which it is needed. Pool threads take from there what is needed
//! first; a kernel that must wait for a result does it itself if nobody has begun it, and works along otherwise, so
//! `threads` threads compute and no more, and with one of them nothing is ever handed over. The story never stops to hand
//! work over, only to take a result that its clock has reached.
//!
//! Pool threads run ahead of the story, but only so far: results that nobody has taken yet are bounded, so that memory does
//! not follow the number of workers.

mod job_queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, SyncArbiter, SyncContext};

use job_queue::{Job, JobKey, JobQueue};

use super::threads::{IdleThreads, Threads};
use crate::helpers::{Helpers, Lender, Prefetch};
use crate::scratch::Scratch;
use crate::time::SimTime;

/// A piece of work that gives its result to who calls it.
type Work<T> = Box<dyn FnOnce(&mut Scratch) -> T + Send>;

/// Pieces of work that are shown together at most, so that an instant of many does not keep the pool waiting.
const TOGETHER: usize = 64;

/// Bytes of votes that the pool may have computed before the story needs them.
const AHEAD: usize = 16 << 20;

/// How many votes about so many coordinates these are.
pub(crate) const fn ahead(coordinates: usize) -> usize {
    AHEAD / (coordinates / 8 + 64)
}

/// A pool thread with its memory.
struct PoolWorker(Scratch);

impl Actor for PoolWorker {
    type Context = SyncContext<Self>;
}

/// Serve this job_queue until it is closed.
#[derive(Message)]
#[rtype(result = "()")]
struct Serve(Arc<JobQueue>);

impl Handler<Serve> for PoolWorker {
    type Result = ();

    fn handle(&mut self, Serve(job_queue): Serve, _: &mut Self::Context) {
        job_queue.serve(&mut self.0);
    }
}

/// Where a pool thread leaves a result; `Err` when the work panicked.
type Slot<T> = Arc<Mutex<Option<Result<T, Panicked>>>>;

/// A result that may not be there yet.
pub(crate) enum PendingResult<T> {
    /// Nobody else computes: the work waits for the moment in which its result is needed.
    Mine(Work<T>),
    /// Somebody may have begun.
    Shared { key: JobKey, room: usize, slot: Slot<T> },
}

/// The work panicked: a broken promise of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

fn attempt<T>(work: impl FnOnce(&mut Scratch) -> T, scratch: &mut Scratch) -> Result<T, Panicked> {
    // A computation owns what it changes, but for the scratch memory, which a run that goes down does not use again.
    catch_unwind(AssertUnwindSafe(|| work(scratch))).map_err(|_| Panicked)
}

/// All threads of a run.
pub(crate) struct ThreadPool<'a> {
    job_queue: Arc<JobQueue>,
    helpers: Vec<Addr<PoolWorker>>,
    /// Where threads come from that others leave, and how many of them are here.
    spare: &'a IdleThreads,
    borrowed: usize,
    quick: bool,
    /// The kernel's own.
    scratch: Scratch,
    /// Asked for since the last [`ThreadPool::publish`].
    fresh: Vec<(JobKey, Job)>,
    /// Work asked for so far.
    asked: u64,
}

impl<'a> ThreadPool<'a> {
    /// Starts all of `threads` threads but the one that calls; they end when the pool is dropped. At most about `ahead`
    /// results lie untaken at one time; who would rest does `prefetch` first. Where pieces of work are `quick`, whoever needs their
    /// results does them: handing them over takes longer.
    pub(crate) async fn start(
        threads: Threads<'a>,
        (ahead, quick): (usize, bool),
        prefetch: Option<Arc<dyn Prefetch>>,
    ) -> Self {
        let Threads { own: threads, spare } = threads;
        let job_queue = Arc::new(JobQueue::new(ahead.max(4 * threads), prefetch));
        let scratch = Scratch::with(Helpers::of(Arc::clone(&job_queue) as Arc<dyn Lender>));
        let (helpers, fresh) = (Vec::new(), Vec::new());
        let mut pool = Self { job_queue, helpers, spare, borrowed: 0, quick, scratch, fresh, asked: 0 };
        pool.add(threads.saturating_sub(1)).await;
        pool
    }

    /// Its idle threads, for what happens within an event.
    pub(crate) fn helpers(&self) -> Helpers {
        self.scratch.helpers().clone()
    }

    /// Takes in the threads that others have left.
    pub(crate) async fn grow(&mut self) {
        while self.spare.take() {
            self.borrowed += 1;
            self.add(1).await;
        }
    }

    async fn add(&mut self, threads: usize) {
        if threads == 0 {
            return;
        }
        let wanted = self.job_queue.serving() + threads;
        let idle = self.scratch.helpers().clone();
        let address = SyncArbiter::start(threads, move || PoolWorker(Scratch::with(idle.clone())));
        for _ in 0..threads {
            address.do_send(Serve(Arc::clone(&self.job_queue)));
        }
        self.helpers.push(address);
        // The actor system passes these messages on while we wait; nothing else ever needs its turn.
        while self.job_queue.serving() < wanted {
            actix::clock::sleep(Duration::from_micros(10)).await;
        }
    }

    /// Takes one piece of work whose result is needed at simulated time `at`; pool threads see it after the next
    /// [`ThreadPool::publish`], or before when much has come together.
    pub(crate) fn submit<T: Send + 'static>(&mut self, at: SimTime, work: Work<T>) -> PendingResult<T> {
        if self.quick { PendingResult::Mine(work) } else { self.submit_with(1, at, work) }
    }

    /// [`ThreadPool::submit`] for a result that is small, and taken when it suits.
    pub(crate) fn submit_aside<T: Send + 'static>(&mut self, at: SimTime, work: Work<T>) -> PendingResult<T> {
        self.submit_with(0, at, work)
    }

    fn submit_with<T: Send + 'static>(
        &mut self,
        room: usize,
        at: SimTime,
        work: Work<T>,
    ) -> PendingResult<T> {
        if self.helpers.is_empty() {
            return PendingResult::Mine(work);
        }
        let key = (at, self.asked);
        self.asked += 1;
        let slot = Slot::default();
        let place = Arc::clone(&slot);
        let work = Box::new(move |scratch: &mut Scratch| {
            let result = attempt(work, scratch);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        self.fresh.push((key, Job { work, room }));
        if self.fresh.len() >= TOGETHER {
            self.publish();
        }
        PendingResult::Shared { key, room, slot }
    }

    /// Shows the pool threads what was submitted: once for many pieces, since waking a thread takes longer than a small one.
    pub(crate) fn publish(&mut self) {
        if !self.fresh.is_empty() {
            self.job_queue.show(self.fresh.drain(..));
        }
    }

    /// The result, computed here if nobody has begun it, along with others while somebody is at it.
    ///
    /// # Errors
    /// When the work panicked.
    pub(crate) fn result<T>(&mut self, awaited: PendingResult<T>) -> Result<T, Panicked> {
        let (key, room, slot) = match awaited {
            PendingResult::Mine(work) => return attempt(work, &mut self.scratch),
            PendingResult::Shared { key, room, slot } => (key, room, slot),
        };
        self.publish();
        let take = || slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.job_queue.fetch((key, room), take, &mut self.scratch)
    }
}

impl Drop for ThreadPool<'_> {
    fn drop(&mut self) {
        // Only then do others compute in their place: a bound on threads is never passed, not even for a moment.
        self.job_queue.close();
        self.spare.give(self.borrowed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Results in any order of asking, whoever computes them; work that panics is told as such, and the rest goes on.
    #[test]
    fn every_result_is_found_and_a_panic_is_named() {
        for threads in [1, 2, 5] {
            actix::System::new().block_on(async move {
                // Few may lie untaken: pool threads rest, and the kernel finds its results all the same.
                let spare = IdleThreads::default();
                let mut pool =
                    ThreadPool::start(Threads { own: threads, spare: &spare }, (1, false), None).await;
                let work = |i: u64| -> Work<u64> {
                    Box::new(move |_| if i == 40 { panic!("as asked") } else { (0..i * 100).sum() })
                };
                let mut awaited: Vec<_> =
                    (0..100).map(|i| (i, pool.submit(SimTime::from_nanos(i % 7), work(i)))).collect();
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

    /// Pieces of work for later, counted down.
    struct Later(AtomicUsize);

    impl Prefetch for Later {
        fn prefetch(&self) -> bool {
            let less = |left: usize| left.checked_sub(1);
            let found = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
            assert!(self.0.load(Ordering::SeqCst) != 3, "a piece that panics is found where it is needed");
            found
        }
    }

    /// Whoever would rest does what is for later, and no result is missed; a thread that is alone never rests.
    #[test]
    fn what_is_for_later_is_done_by_who_would_rest() {
        for threads in [1, 2, 3] {
            let later = Arc::new(Later(AtomicUsize::new(20)));
            let (left, prefetch) = (&later, Some(Arc::clone(&later) as Arc<dyn Prefetch>));
            actix::System::new().block_on(async move {
                let spare = IdleThreads::default();
                let own = Threads { own: threads, spare: &spare };
                let mut pool = ThreadPool::start(own, (10, false), prefetch).await;
                for i in 0..5000_u64 {
                    let awaited = pool.submit(SimTime::ZERO, Box::new(move |_| (0..i).sum::<u64>()));
                    assert_eq!(pool.result(awaited), Ok((0..i).sum()));
                    // On a busy machine the others come late.
                    if i >= 100 && threads > 1 && left.0.load(Ordering::SeqCst) > 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
            assert_eq!(later.0.load(Ordering::SeqCst), if threads == 1 { 20 } else { 0 });
        }
    }

    #[test]
    fn a_pool_ends_with_work_undone() {
        actix::System::new().block_on(async {
            let spare = IdleThreads::default();
            let mut pool = ThreadPool::start(Threads { own: 3, spare: &spare }, (10, false), None).await;
            let _forgotten: Vec<_> = (0..50).map(|_| pool.submit(SimTime::ZERO, Box::new(|_| ()))).collect();
            pool.publish();
        });
    }

    #[test]
    fn a_pool_is_gone_only_when_its_threads_are() {
        actix::System::new().block_on(async {
            let spare = IdleThreads::default();
            let mut pool = ThreadPool::start(Threads { own: 2, spare: &spare }, (10, false), None).await;
            let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            for _ in 0..50 {
                let (begun, ended) = (Arc::clone(&begun), Arc::clone(&ended));
                let work: Work<()> = Box::new(move |_| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    ended.fetch_add(1, Ordering::SeqCst);
                });
                drop(pool.submit(SimTime::ZERO, work));
            }
            pool.publish();
            while begun.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            drop(pool);
            let begun = begun.load(Ordering::SeqCst);
            assert!((1..50).contains(&begun), "what nobody has begun is left: {begun}");
            assert_eq!(ended.load(Ordering::SeqCst), begun);
        });
    }

    /// Pieces of work that are cut again while others are under way: threads that rest compute in them, and never more at one
    /// time than there are.
    #[test]
    fn help_makes_no_more_threads_compute_than_there_are() {
        for threads in [1, 3] {
            let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            actix::System::new().block_on(async {
                let spare = IdleThreads::default();
                let mut pool =
                    ThreadPool::start(Threads { own: threads, spare: &spare }, (10, false), None).await;
                let work = || -> Work<Vec<usize>> {
                    let (busy, most) = (Arc::clone(&busy), Arc::clone(&most));
                    Box::new(move |scratch| {
                        scratch.helpers().lend(5).map((0..6).collect(), |part| {
                            most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(1));
                            busy.fetch_sub(1, Ordering::SeqCst);
                            part
                        })
                    })
                };
                // Four pieces for three threads, then one after the other: whoever has none of its own helps.
                for together in [4, 1, 1, 2] {
                    let awaited: Vec<_> = (0..together).map(|_| pool.submit(SimTime::ZERO, work())).collect();
                    for result in awaited {
                        assert_eq!(pool.result(result), Ok(Vec::from_iter(0..6)));
                    }
                }
            });
            let most = most.load(Ordering::SeqCst);
            assert!(most <= threads && (threads == 1 || most > 1), "{most} of {threads}");
        }
    }

    #[test]
    fn threads_that_others_leave_are_used_and_given_back() {
        actix::System::new().block_on(async {
            let spare = IdleThreads::default();
            let mut pool = ThreadPool::start(Threads { own: 1, spare: &spare }, (10, false), None).await;
            let here = |pool: &mut ThreadPool<'_>| {
                let awaited = pool.submit(SimTime::ZERO, Box::new(|_| 7));
                (matches!(awaited, PendingResult::Mine(_)), pool.result(awaited))
            };
            assert_eq!(here(&mut pool), (true, Ok(7)));
            spare.give(2);
            pool.grow().await;
            assert!(!spare.any());
            assert_eq!(here(&mut pool), (false, Ok(7)));
            drop(pool);
            assert!(spare.take() && spare.take() && !spare.take());
        });
    }
}
