//! The threads that runs may have.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The threads of a run.
#[derive(Clone, Copy)]
pub struct Threads<'a> {
    /// Its own, the one that calls among them.
    pub own: usize,
    /// Where it may look for more.
    pub spare: &'a IdleThreads,
}

/// Threads that no run uses: what finished runs of a sweep leave to those that go on.
#[derive(Debug, Default)]
pub struct IdleThreads(AtomicUsize);

impl IdleThreads {
    /// Leaves so many threads to others.
    pub fn give(&self, threads: usize) {
        self.0.fetch_add(threads, Ordering::Relaxed);
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        let one_less = |spare: usize| spare.checked_sub(1);
        self.any() && self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}
