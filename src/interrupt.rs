//! Whether somebody has asked the program to end: looked at inside loops that may take long.
//!
//! A run ends between two events, when the flag that it was given is set. One computation may take hours, though (a million
//! local steps), and so may drawing a data set; they look here and leave their loop. What they then give back is never used.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Asks all computations to end. Whoever calls this has set the flags of all runs before, so that none goes on with what is
/// left of a computation.
pub fn ask() {
    ASKED.store(true, Ordering::Release);
}

/// Whether they are to end.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::Acquire)
}
