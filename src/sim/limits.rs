//! Bounds on a run, so that nothing goes on forever.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::time::SimTime;
use crate::units::Span;

/// Where a run is stopped with an error; unbounded unless set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Simulated time.
    #[serde(default)]
    pub sim_time: Option<Span>,
    /// Events handled.
    #[serde(default)]
    pub events: Option<u64>,
}

impl Limits {
    /// Whether an event at `now`, after `events` others, is within bounds.
    ///
    /// # Errors
    /// A run error that names the bound.
    #[inline]
    pub fn check(&self, now: SimTime, events: u64) -> Result<()> {
        if self.sim_time.is_none() && self.events.is_none() { Ok(()) } else { self.check_bounds(now, events) }
    }

    fn check_bounds(&self, now: SimTime, events: u64) -> Result<()> {
        let passed = |what: String| {
            Error::run(format!("{what} before the last round"))
                .help("raise the bound under `limits`, or omit it")
        };
        if let Some(span) = self.sim_time.filter(|span| now > SimTime::ZERO + span.get()) {
            return Err(passed(format!("the bound of {span} of simulated time (limits.sim_time) is passed")));
        }
        if let Some(most) = self.events.filter(|most| events >= *most) {
            return Err(passed(format!("the bound of {most} events (limits.events) is passed at {now}")));
        }
        Ok(())
    }

    /// Events that may be handled after `events` others.
    #[inline]
    #[must_use]
    pub fn events_left(&self, events: u64) -> u64 {
        self.events.map_or(u64::MAX, |most| most.saturating_sub(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_the_events_falls_to_nothing() {
        let bound = Limits { events: Some(5), ..Limits::default() };
        assert_eq!([0, 3, 5, 9].map(|events| bound.events_left(events)), [5, 2, 0, 0]);
        assert_eq!(Limits::default().events_left(9), u64::MAX);
    }
}
