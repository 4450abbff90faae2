//! Watches a run until it is known how long its votes and its rounds take.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::protocol::{EventKind, Note};
use crate::sim::{Happening, Ledger, Observer};
use crate::time::SimTime;

/// A measurement goes on for this many times its budget while too few votes have come to learn from.
const PATIENCE: u32 = 20;
/// What one kind of run was seen to take.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeasuredTime {
    pub setup_s: f64,
    pub round_s: f64,
    pub vote_s: f64,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// After this it is over, whatever was seen, if it was anything.
    pub budget: Duration,
    /// What was seen of rounds says something once it has lasted this long.
    pub moment: Duration,
    /// Rounds after the first that are enough.
    pub rounds: usize,
}

/// When votes were computed and rounds closed.
pub(super) struct Clock {
    begun: Instant,
    limits: Limits,
    votes: u64,
    first: Option<Instant>,
    last: Instant,
    closed: Vec<Instant>,
}

impl Clock {
    /// Measures from now on.
    pub(super) fn new(limits: Limits) -> Self {
        let begun = Instant::now();
        Self { begun, limits, votes: 0, first: None, last: begun, closed: Vec::new() }
    }

    /// Since it began.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What was seen, where a round has so many votes; nothing where neither a vote nor a whole round was seen.
    pub(super) fn pace(&self, together: u32) -> Option<MeasuredTime> {
        let first = self.first.unwrap_or(self.last);
        let setup_s = (first - self.begun).as_secs_f64();
        let vote_s = match self.votes {
            0 => 0.0,
            // A single vote has no other to be counted from: it took no longer than all there was until it came.
            1 => setup_s,
            more => (self.last - first).as_secs_f64() / (more - 1) as f64,
        };
        let round_s = match self.closed[..] {
            [from, .., to] => (to - from).as_secs_f64() / (self.closed.len() - 1) as f64,
            _ if self.votes == 0 => return None,
            _ => vote_s * f64::from(together),
        };
        Some(MeasuredTime { setup_s, round_s, vote_s })
    }
}

impl Observer for Clock {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        let Happening::Handled { event, .. } = happening else { return Ok(()) };
        let now = Instant::now();
        if *event == EventKind::Vote {
            self.last = now;
            self.first.get_or_insert(now);
            self.votes += 1;
        }
        let spent = now - self.begun;
        let learned = self.votes > 2 || self.closed.len() > 2;
        let Limits { budget, moment, rounds } = self.limits;
        let enough =
            self.closed.len() > rounds && self.closed.last().map(|at| *at - self.closed[0]) > Some(moment);
        if enough || spent > budget && learned || spent > PATIENCE * budget {
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    fn note(&mut self, _: SimTime, note: &Note, _: &Ledger) -> Result<()> {
        if let Note::Closed(_) = note {
            self.closed.push(Instant::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A large model has computed one vote when patience ends; that is no vote in no time.
    #[test]
    fn one_vote_is_a_pace_and_none_is_none() {
        let begun = Instant::now();
        let after = |seconds: u64| begun + Duration::from_secs(seconds);
        let limits = Limits { budget: Duration::from_secs(1), moment: Duration::from_millis(1), rounds: 1 };
        let clock = |votes: &[u64], closed: &[u64]| Clock {
            begun,
            limits,
            votes: votes.len() as u64,
            first: votes.first().map(|at| after(*at)),
            last: votes.last().map_or(begun, |at| after(*at)),
            closed: closed.iter().map(|at| after(*at)).collect(),
        };
        let seen = |votes: &[u64], closed: &[u64]| {
            clock(votes, closed).pace(15).map(|pace| (pace.setup_s, pace.vote_s, pace.round_s))
        };
        assert_eq!(seen(&[], &[]), None);
        assert_eq!(seen(&[], &[3]), None);
        assert_eq!(seen(&[], &[3, 5, 7]), Some((0.0, 0.0, 2.0)));
        assert_eq!(seen(&[4], &[]), Some((4.0, 4.0, 60.0)));
        assert_eq!(seen(&[4, 6, 10], &[]), Some((4.0, 3.0, 45.0)));
        assert_eq!(seen(&[4, 6, 10], &[11, 61]), Some((4.0, 3.0, 50.0)));
    }
}
