//! Threads that stand idle and help for a moment: a piece of work that the story waits for is cut, and all parts are done
//! at once.
//!
//! Work that is asked for ahead of time goes through the pool of the engine and owns what it needs. What happens inside one
//! event, a decision of the server, borrows what the rule remembers; threads of a scope may do that. So that no more
//! threads compute than a run may have, the pool keeps as many of its own still as it lends.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

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
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let help = || {
            let mut done = Vec::new();
            while let Some((i, part)) = next() {
                done.push((i, work(part)));
            }
            done
        };
        let mut done = thread::scope(|scope| {
            // A thread that cannot be started leaves its share to the others.
            let start = |_| thread::Builder::new().spawn_scoped(scope, help).ok();
            let helping: Vec<_> = (0..self.threads).filter_map(start).collect();
            let mut done = help();
            for helper in helping {
                done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(i, _)| *i);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

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
    fn a_panic_comes_through_and_threads_are_given_back() {
        let two = Arc::new(Two::default());
        let helpers = Helpers::of(Arc::clone(&two) as Arc<dyn Lender>);
        let work = |part: u32| assert!(part != 3, "as asked");
        let ended = catch_unwind(AssertUnwindSafe(|| helpers.lend(7).map((0..8).collect(), work)));
        assert!(ended.is_err());
        assert_eq!(two.0.load(Ordering::SeqCst), 0);
    }
}
