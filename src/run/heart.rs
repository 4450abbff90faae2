//! The thread that says again and again that this process is there.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Whatever has to be told at intervals.
pub(crate) trait Beats: Send + Sync {
    /// One more interval has passed.
    fn beat(&self);
}

/// Beats for everything that was added to it. Its thread ends when the last of its clones is dropped.
pub(crate) struct Heart<T> {
    all: Arc<Mutex<Vec<Arc<T>>>>,
    _open: Arc<Sender<()>>,
}

impl<T> Clone for Heart<T> {
    fn clone(&self) -> Self {
        Self { all: Arc::clone(&self.all), _open: Arc::clone(&self._open) }
    }
}

impl<T: Beats + 'static> Heart<T> {
    /// A heart that beats at this interval.
    ///
    /// # Panics
    /// When the system has no thread left.
    pub(crate) fn new(every: Duration) -> Self {
        let (open, closed) = channel::<()>();
        let all = Arc::new(Mutex::new(Vec::<Arc<T>>::new()));
        let beaten = Arc::clone(&all);
        std::thread::spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = closed.recv_timeout(every) {
                // Without the lock: a disk may be slow, and others begin and end meanwhile.
                let now = beaten.lock().unwrap_or_else(PoisonError::into_inner).clone();
                now.iter().for_each(|one| one.beat());
            }
        });
        Self { all, _open: Arc::new(open) }
    }

    /// From now on it beats for this one.
    pub(crate) fn add(&self, one: &Arc<T>) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(one));
    }

    /// From now on it does not.
    pub(crate) fn remove(&self, one: &Arc<T>) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| !Arc::ptr_eq(one, other));
    }
}
