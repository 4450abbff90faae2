//! Signals that ask the program to end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signsim::error::{Error, Result};
use signsim::interrupt;

/// The exit code of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// The first Ctrl-C, and what batch systems and closing terminals send instead, asks the runs to stop; the second ends the
/// program at once.
pub fn catch() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !hangups_are_ignored() {
        signals.push(signal_hook::consts::SIGHUP);
    }
    for signal in signals {
        // They act in this order: end if it is the second, tell the runs, and only then what computes for them.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&interrupted))
            .and_then(|_| flag::register(signal, Arc::clone(&interrupted)))
            .and_then(|_| flag::register(signal, interrupt::flag()))
            .map_err(|e| Error::run(format!("signal {signal} cannot be caught: {e}")))?;
    }
    Ok(interrupted)
}

/// Whether the program was started by `nohup`, as far as the system says: then it outlives its terminal.
#[cfg(unix)]
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (signal_hook::consts::SIGHUP - 1) != 0)
}
