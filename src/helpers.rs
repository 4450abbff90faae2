//! Threads that stand idle and help for a moment: a piece of work that the story waits for is cut, and all parts are done
//! at once.
//!
//! Work that is asked for ahead of time goes through the pool of the engine and owns what it needs. What happens inside one
//! event, a decision of the server, borrows what the rule remembers; rayon's threads may do that within a scope. So that
//! no more threads compute than a run may have, the pool keeps as many of its own still as it lends.

use std::fmt;
use std::hint::spin_loop;
use std::mem;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon_core::{ThreadPool, ThreadPoolBuilder};

/// Work that may be of use later, for threads that would rest.
pub trait Prefetch: Send + Sync {
    /// Does a small piece of it, a fraction of a millisecond; `false` where there is none.
    fn prefetch(&self) -> bool;
}

/// Who has threads that may stand still while others compute in their place.
pub trait Lender: Send + Sync {
    /// Keeps idle threads still, `most` at the most, and tells how many.
    fn lend(&self, most: usize) -> usize;

    /// Lets so many of them work again.
    fn give_back(&self, threads: usize);
}

/// Whoever helps: nobody, or the idle threads of a pool.
#[derive(Clone, Default)]
pub struct Helpers(Option<Arc<dyn Lender>>);

/// So many threads that stand still until the work is done, whoever asks.
struct Waiting(usize);

impl Lender for Waiting {
    fn lend(&self, most: usize) -> usize {
        most.min(self.0)
    }

    fn give_back(&self, _: usize) {}
}

/// Everything is done by whoever asks.
pub static NOBODY: Helpers = Helpers(None);

impl fmt::Debug for Helpers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Helpers(a pool)" } else { "Helpers(nobody)" })
    }
}

/// Idle threads in whose place others compute for a while; given back when that is over, also where it panics.
pub struct Lent<'a> {
    lender: Option<&'a dyn Lender>,
    threads: usize,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(lender) = self.lender.filter(|_| self.threads > 0) {
            lender.give_back(self.threads);
        }
    }
}

impl Helpers {
    /// The idle threads of `lender`.
    #[must_use]
    pub fn of(lender: Arc<dyn Lender>) -> Self {
        Self(Some(lender))
    }

    /// So many threads, besides the one that asks, which have nothing to do before this is done.
    #[must_use]
    pub fn waiting(threads: usize) -> Self {
        Self::of(Arc::new(Waiting(threads)))
    }

    /// Asks for help by so many threads at the most, besides the one that asks.
    #[must_use]
    pub fn lend(&self, most: usize) -> Lent<'_> {
        let lender = self.0.as_deref().filter(|_| most > 0);
        Lent { lender, threads: lender.map_or(0, |lender| lender.lend(most)) }
    }
}

impl Lent<'_> {
    /// Threads that help.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// Does `work` with each part, whoever does it.
    ///
    /// # Panics
    /// When `work` does.
    pub fn for_each<T: Send>(self, parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
        if self.threads == 0 {
            return parts.for_each(work);
        }
        self.map(parts.collect(), work);
    }

    /// What `work` makes of each part, in their order, whoever does it.
    ///
    /// # Panics
    /// When `work` does.
    pub fn map<T: Send, R: Send>(self, parts: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        if self.threads == 0 {
            return parts.into_iter().map(work).collect();
        }
        let left = Mutex::new(parts.into_iter().enumerate());
        let next = || lock(&left).next();
        let done = Mutex::new(Vec::new());
        let help = || {
            let mut mine = Vec::new();
            while let Some((i, part)) = next() {
                mine.push((i, work(part)));
            }
            lock(&done).append(&mut mine);
        };
        let crew = Crew::of(self.threads);
        crew.work(&help);
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(i, _)| *i);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

/// Threads that sleep until somebody is lent help: to start one takes as long as many a piece of work.
static ASLEEP: Mutex<Asleep> = Mutex::new(Asleep { process: 0, pools: Vec::new() });

struct Asleep {
    /// Whose threads these are: a process that has been forked off (by Python's multiprocessing, for one) has only the thread that
    /// forked, and must not wait for others.
    process: u32,
    pools: Vec<ThreadPool>,
}

/// How often whoever is done looks for the others before it sleeps itself: about as long as being woken takes.
const LOOKS: usize = 3_000;

/// Threads that compute in the place of idle ones, each a pool of one.
struct Crew(Vec<ThreadPool>);

impl Crew {
    /// Those that sleep, and new ones where they are too few. One that cannot be started leaves its share to the others.
    fn of(threads: usize) -> Self {
        let mut asleep = lock(&ASLEEP);
        if asleep.process != process::id() {
            // Not dropped, which would speak to threads that are not there.
            mem::forget(mem::take(&mut asleep.pools));
            asleep.process = process::id();
        }
        let kept = asleep.pools.len().saturating_sub(threads);
        let mut crew = asleep.pools.split_off(kept);
        drop(asleep);
        let start = || ThreadPoolBuilder::new().num_threads(1).build().ok();
        crew.extend((crew.len()..threads).map_while(|_| start()));
        Self(crew)
    }

    /// Each thread of the crew and the one that calls do `help`.
    fn work(&self, help: &(impl Fn() + Sync)) {
        let busy = AtomicUsize::new(self.0.len());
        begin(&self.0, help, &busy);
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        lock(&ASLEEP).pools.append(&mut self.0);
    }
}

/// Wakes one thread after the other, then does the work of the one that calls.
fn begin(crew: &[ThreadPool], help: &(impl Fn() + Sync), busy: &AtomicUsize) {
    let Some((first, others)) = crew.split_first() else {
        help();
        let all_done = || busy.load(Ordering::Acquire) == 0;
        (0..LOOKS).take_while(|_| !all_done()).for_each(|_| spin_loop());
        return;
    };
    first.in_place_scope(|scope| {
        scope.spawn(|_| {
            help();
            busy.fetch_sub(1, Ordering::Release);
        });
        begin(others, help, busy);
    });
}

/// A panic elsewhere leaves what is behind these locks as it should be.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use super::*;

    /// Two threads that may be lent.
    #[derive(Default)]
    struct Two(AtomicUsize);

    impl Lender for Two {
        fn lend(&self, most: usize) -> usize {
            let lent = most.min(2);
            self.0.fetch_add(lent, Ordering::SeqCst);
            lent
        }

        fn give_back(&self, threads: usize) {
            self.0.fetch_sub(threads, Ordering::SeqCst);
        }
    }

    #[test]
    fn parts_are_done_in_place_and_told_in_order() {
        let two = Arc::new(Two::default());
        for helpers in [Helpers::default(), Helpers::of(Arc::clone(&two) as Arc<dyn Lender>)] {
            for parts in [0, 1, 2, 100] {
                let mut numbers = vec![1_u64; parts];
                let borrowed: Vec<(usize, &mut u64)> = numbers.iter_mut().enumerate().collect();
                let told = helpers.lend(parts).map(borrowed, |(i, number)| {
                    *number += i as u64;
                    i
                });
                assert_eq!(told, Vec::from_iter(0..parts), "{helpers:?}");
                assert_eq!(numbers, Vec::from_iter(1..=parts as u64));
                assert_eq!(two.0.load(Ordering::SeqCst), 0, "all of them are given back");
            }
        }
    }

    #[test]
    fn a_part_may_be_cut_again_by_whoever_has_it() {
        let (helpers, met) = (Helpers::waiting(1), Barrier::new(2));
        let told = helpers.lend(1).map(vec![0, 10], |tens| {
            // Both threads are here: one of them is that which helps.
            met.wait();
            helpers.lend(1).map(vec![1, 2], |ones| tens + ones)
        });
        assert_eq!(told, [[1, 2], [11, 12]]);
    }

    #[test]
    fn a_panic_comes_through_and_threads_are_given_back() {
        let two = Arc::new(Two::default());
        let helpers = Helpers::of(Arc::clone(&two) as Arc<dyn Lender>);
        let work = |part: u32| assert!(part != 3, "as asked");
        let ended = catch_unwind(AssertUnwindSafe(|| helpers.lend(7).map((0..8).collect(), work)));
        assert!(ended.is_err());
        assert_eq!(two.0.load(Ordering::SeqCst), 0);
    }
}
