//! Work of the library that Ctrl-C ends as it ends the command: rounds come to their ends and are written down, what is
//! finished stays.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use signsim::error::Result;
use signsim::interrupt::{self, EndsWritten};

use super::errors::raised;

/// Between two looks at signals and at what there is to show.
const LOOKS: Duration = Duration::from_millis(100);

/// How long runs have to come to the end of a round, so that they can be written down; that of the command.
const GRACE: Duration = Duration::from_secs(5);

/// What asks for the end of the work asks for that of all work in the process, so there is one at a time.
static ONE: Mutex<()> = Mutex::new(());

/// What `work` gives, which is told by a flag when it has to end. Meanwhile `look` is asked again and again; its errors, and
/// those of Python's handlers of signals, end the work.
///
/// # Errors
/// Those of the work and those that ended it.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send,
    look: &mut dyn FnMut(Python<'_>) -> PyResult<()>,
) -> PyResult<T> {
    let _one = match ONE.try_lock() {
        Ok(guard) => guard,
        Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
        Err(TryLockError::WouldBlock) => {
            let message = "signsim is at work in this process already: one run or check at a time";
            return Err(PyRuntimeError::new_err(message));
        }
    };
    let interrupted = AtomicBool::new(false);
    let (ends, ended) = channel::<()>();
    let ended = Mutex::new(ended);
    let wait = || ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOKS);
    let mut stopped = None;
    let outcome = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _ends = ends;
            work(&interrupted)
        });
        while py.detach(wait) == Err(RecvTimeoutError::Timeout) {
            match (py.check_signals().and_then(|()| look(py)), stopped.is_some()) {
                (Err(error), false) => {
                    stopped = Some((error, Instant::now()));
                    interrupt::ending_flag().store(true, Ordering::Release);
                }
                // A second Ctrl-C waits for no round.
                (Err(_), true) => end_at_once(&interrupted),
                (Ok(()), _) => {}
            }
            if stopped.as_ref().is_some_and(|(_, asked)| !EndsWritten::any() || asked.elapsed() > GRACE) {
                end_at_once(&interrupted);
            }
        }
        py.detach(|| worker.join())
    });
    for flag in [interrupt::flag(), interrupt::ending_flag()] {
        flag.store(false, Ordering::Release);
    }
    let outcome =
        outcome.map_err(|_| PyRuntimeError::new_err("signsim broke off; this is a bug, please report it"))?;
    // What came before the last look is shown, too.
    let last = if stopped.is_none() { look(py) } else { Ok(()) };
    match (outcome, stopped) {
        (_, Some((error, _))) => Err(error),
        (Err(error), None) => Err(raised(py, &error)),
        (Ok(value), None) => last.map(|()| value),
    }
}

/// Asks the runs first, and only then what computes for them.
fn end_at_once(interrupted: &AtomicBool) {
    interrupted.store(true, Ordering::Release);
    interrupt::flag().store(true, Ordering::Release);
}
