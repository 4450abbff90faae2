//! Signals that ask the program to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signsim::error::{Error, Result};
use signsim::interrupt::{self, EndsWritten};

/// The exit code of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// Signals that are caught: the first Ctrl-C, and what batch systems and closing terminals send instead, lets runs come to the
/// end of their round to be written down, asks all that computes to stop, and is answered with a word; one after that ends the
/// program at once.
pub(crate) struct Signals {
    interrupted: Arc<AtomicBool>,
    /// Ends once the first is answered.
    answer: Option<JoinHandle<()>>,
}

impl Signals {
    /// Catches them from now on.
    pub(crate) fn catch() -> Result<Self> {
        let (interrupted, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut signals = vec![SIGINT, SIGTERM];
        #[cfg(unix)]
        if !hangups_are_ignored() {
            signals.push(signal_hook::consts::SIGHUP);
        }
        // Where nobody waits for it in a thread, a signal asks everything at once.
        let asked = if cfg!(unix) {
            vec![]
        } else {
            vec![Arc::clone(&answered), Arc::clone(&interrupted), interrupt::flag()]
        };
        for signal in &signals {
            // They act in this order: end if one was answered, tell the runs, and only then what computes for them.
            flag::register_conditional_shutdown(*signal, INTERRUPTED, Arc::clone(&answered))
                .and_then(|_| flag::register(*signal, interrupt::ending_flag()))
                .and_then(|_| {
                    asked.iter().try_for_each(|asked| flag::register(*signal, Arc::clone(asked)).map(drop))
                })
                .map_err(|e| Error::run(format!("signal {signal} cannot be caught: {e}")))?;
        }
        let answer = answer(&signals, answered, Arc::clone(&interrupted))
            .map_err(|e| Error::run(format!("signals cannot be answered: {e}")))?;
        Ok(Self { interrupted, answer })
    }

    /// Set after the first, when computations are to stop.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.interrupted
    }

    /// What became of the work; where it was interrupted, after the answer was given.
    pub(crate) fn told<T>(self, outcome: Result<T>) -> Result<T> {
        if let (Err(Error::Interrupted), Some(answer)) = (&outcome, self.answer) {
            let _ = answer.join();
        }
        outcome
    }
}

/// How long runs have to come to the end of a round, so that they can be written down.
const GRACE: Duration = Duration::from_secs(5);

/// Signals that come so shortly after the first are one with it: who ends a job tells all its processes, and a script among
/// them passes it on; who closes a terminal, and the shell in it, do the same.
#[cfg(unix)]
const ONE_SIGNAL: Duration = Duration::from_millis(100);

/// Waits in a thread of its own for the first signal, and says then what it does, and what a second would do. Once no run is
/// left that will be written down, or none was in time, all that computes is asked to stop.
#[cfg(unix)]
fn answer(
    signals: &[i32],
    answered: Arc<AtomicBool>,
    interrupted: Arc<AtomicBool>,
) -> std::io::Result<Option<JoinHandle<()>>> {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    let (mut heard, bell) = UnixStream::pair()?;
    for signal in signals {
        signal_hook::low_level::pipe::register(*signal, bell.try_clone()?)?;
    }
    let wait = move || {
        if heard.read_exact(&mut [0]).is_ok() {
            let asked = Instant::now();
            std::thread::sleep(ONE_SIGNAL);
            answered.store(true, Ordering::Release);
            super::output::tell("stopping: what is finished stays; a second Ctrl-C ends the program at once");
            while EndsWritten::any() && asked.elapsed() < GRACE {
                std::thread::sleep(Duration::from_millis(5));
            }
            interrupted.store(true, Ordering::Release);
            interrupt::flag().store(true, Ordering::Release);
        }
    };
    std::thread::Builder::new().spawn(wait).map(Some)
}

/// Other systems have no pipe that a signal may write to.
#[cfg(not(unix))]
fn answer(_: &[i32], _: Arc<AtomicBool>, _: Arc<AtomicBool>) -> std::io::Result<Option<JoinHandle<()>>> {
    Ok(None)
}

/// Whether the program was started by `nohup`, as far as the system says: then it outlives its terminal.
#[cfg(unix)]
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (signal_hook::consts::SIGHUP - 1) != 0)
}
