//! The simulated clock: integer nanoseconds since the start of a run, and the number of a round.
//!
//! Differences are [`std::time::Duration`]; nothing here, or anywhere in the core, reads the wall clock.
//!
//! Within an instant events come in the order in which they were asked for, with two exceptions: an adversary's patience
//! ends after everything else of its instant, and a deadline passes after that. So a deadline counts what arrives at its very
//! instant, and nothing that comes a nanosecond later.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant of the simulated clock, in nanoseconds since the start of the run (584 years fit).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of every run.
    pub const ZERO: Self = Self(0);

    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// That much later, but never later than [`SimTime::NEVER`].
    #[must_use]
    pub fn saturating_add(self, after: Duration) -> Self {
        Self(u64::try_from(after.as_nanos()).map_or(u64::MAX, |d| self.0.saturating_add(d)))
    }

    /// Seconds since the start, for records and figures.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Duration> for SimTime {
    type Output = Self;

    /// # Panics
    /// When the sum does not fit the clock; latency laws are bounded so that it does.
    fn add(self, after: Duration) -> Self {
        let nanos = u64::try_from(after.as_nanos()).ok().and_then(|d| self.0.checked_add(d));
        Self(nanos.expect("a simulated instant stays below 584 years"))
    }
}

impl Sub for SimTime {
    type Output = Duration;

    /// # Panics
    /// When `earlier` lies after `self`: time never goes back.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.checked_sub(earlier.0).expect("time never goes back"))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} s", self.as_secs_f64())
    }
}

/// The number of a round of voting, from zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(pub u32);

impl Round {
    /// The first round.
    pub const FIRST: Self = Self(0);

    /// The round after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A span of simulated time, half open: its first instant, and the first after it.
pub type Interval = (SimTime, SimTime);
