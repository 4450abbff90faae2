//! Whether somebody has asked the program to end: looked at inside loops that may take long.
//!
//! A run ends between two events, when the flag that it was given is set. One computation may take hours, though (a million
//! local steps), and so may drawing a data set; they look here and leave their loop. What they then give back is never used.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

static ENDING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What to set to ask for the end of the program, before computations are asked: runs that are [written down](EndsWritten)
/// come to the end of their round first.
#[must_use]
pub fn ending_flag() -> Arc<AtomicBool> {
    Arc::clone(&ENDING)
}

/// Whether the program is to end.
#[must_use]
pub fn ending() -> bool {
    ENDING.load(Ordering::Acquire)
}

static TO_BE_WRITTEN: AtomicUsize = AtomicUsize::new(0);

/// A run that will be written down at the end of its round when the program is to end; dropped when it is, or has ended.
pub struct EndsWritten(());

impl EndsWritten {
    /// A run of this kind begins.
    #[must_use]
    pub fn begin() -> Self {
        TO_BE_WRITTEN.fetch_add(1, Ordering::AcqRel);
        Self(())
    }

    /// Whether there is any.
    #[must_use]
    pub fn any() -> bool {
        TO_BE_WRITTEN.load(Ordering::Acquire) > 0
    }
}

impl Drop for EndsWritten {
    fn drop(&mut self) {
        TO_BE_WRITTEN.fetch_sub(1, Ordering::AcqRel);
    }
}
