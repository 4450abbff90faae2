//! Replay: y'^t = y^(t - age), what the worker itself computed `age` rounds ago; before that many rounds, its own vote.
//! Where the worker missed that round, the newest vote that is at least `age` rounds old. In training an old gradient
//! is stale; on channels, whose rounds are independent, an old truth is a coin, and those who replay it are right or
//! wrong together. Source: replay where votes do not prove their round; this simulator. Knows its own past votes, of
//! which it keeps `age` + 1. Cost a copy of a vote.
//!
//! Example: age = 2, computed +, -, +, +: votes +, -, +, -.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::{Act, WorkerId};
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "replay",
    about: "what it honestly computed `age` (10) rounds ago, before that its own vote; knows its own votes",
    source: "this simulator",
};

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// In rounds, at least 1.
    #[serde(default = "ten")]
    pub age: u32,
}

const fn ten() -> u32 {
    10
}

impl Replay {
    pub(super) fn validate(&self) -> Result<()> {
        if self.age == 0 {
            return Err(Error::scenario("a replayed vote is at least 1 round old").key("age"));
        }
        Ok(())
    }

    /// Votes that each corrupted worker remembers.
    pub(super) fn remembered(&self, rounds: u32) -> u64 {
        (u64::from(self.age) + 1).min(u64::from(rounds))
    }
}

/// The strategy: for each corrupted worker, its votes from the one to replay on.
pub(crate) struct Replayer {
    age: u32,
    past: BTreeMap<WorkerId, VecDeque<(Round, Vote)>>,
}

impl Replayer {
    /// A strategy that remembers nothing yet.
    pub(crate) const fn new(settings: Replay) -> Self {
        Self { age: settings.age, past: BTreeMap::new() }
    }
}

impl OnVote for Replayer {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let past = self.past.entry(context.worker).or_default();
        past.push_back((context.round, context.own_vote.clone()));
        let is_old = |(round, _): &(Round, Vote)| context.round.0 - round.0 >= self.age;
        while past.get(1).is_some_and(is_old) {
            past.pop_front();
        }
        let old = past.front().filter(|vote| is_old(vote));
        Act::cast(old.map_or(context.own_vote, |(_, vote)| vote).clone())
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.past)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says_in, signs};

    fn check(age: u32, computed: &[(u32, &str)], cast: &[&str]) {
        let mut attack = Replayer::new(Replay { age });
        let votes: Vec<Vote> =
            computed.iter().map(|(round, own)| says_in(&mut attack, *round, 0, &signs(own))).collect();
        assert_eq!(votes, cast.iter().map(|vote| signs(vote)).collect::<Vec<_>>());
    }

    #[test]
    fn a_vote_returns_after_its_age() {
        check(2, &[(0, "+"), (1, "-"), (2, "+"), (3, "+"), (4, "0")], &["+", "-", "+", "-", "+"]);
        check(1, &[(0, "+"), (1, "-"), (2, "0")], &["+", "+", "-"]);
    }

    #[test]
    fn where_a_round_was_missed_the_newest_old_one_counts() {
        check(2, &[(0, "+"), (1, "-"), (4, "0"), (5, "+"), (6, "+")], &["+", "-", "-", "-", "0"]);
    }

    #[test]
    fn workers_have_their_own_past_and_forget_what_is_too_old() {
        let mut attack = Replayer::new(Replay { age: 3 });
        for round in 0..20 {
            let own = |worker: u32| signs(if (round + worker).is_multiple_of(2) { "+" } else { "-" });
            for worker in [0, 1] {
                let replayed = if round < 3 { own(worker) } else { own(worker).inverted() };
                assert_eq!(says_in(&mut attack, round, worker, &own(worker)), replayed);
            }
        }
        assert!(attack.past.values().all(|votes| votes.len() == 4));
        assert_eq!((Replay { age: 3 }.remembered(20), Replay { age: 30 }.remembered(20)), (4, 20));
    }
}
