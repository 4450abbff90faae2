//! Whether somebody has asked the program to end: looked at inside loops that may take long.
//!
//! A run ends between two events, when the flag that it was given is set. One computation may take hours, though (a million
//! local steps), and so may drawing a data set; they look here and leave their loop. What they then give back is never used.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What to set to ask all computations to end. Whoever sets it has set the flags of all runs before, so that none goes on
/// with what is left of a computation.
#[must_use]
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&ASKED)
}

/// Whether they are to end.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::Acquire)
}

/// Words of 64 coordinates that are gone through between two looks: a few milliseconds.
pub const PIECE: usize = 1 << 14;

/// [`asked`] before word `k` of many, which are looked at in order; looks only once in [`PIECE`] words.
#[must_use]
pub fn asked_at(k: usize) -> bool {
    k.is_multiple_of(PIECE) && asked()
}
