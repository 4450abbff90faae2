//! Oscillator: honest for a period, inverted for a period, and so on: y' = -y where floor(t / period) is odd. An average
//! over all rounds sees q = 1/2; only a memory shorter than the period follows. Source: on-off attacks on reputation;
//! this simulator, against arXiv 2402.01340. Knows its own vote. Cost O(D / 64).
//!
//! Example: period 2, computed +, +, +, +, +: votes +, +, -, -, +.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote, SpokenVote};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::Act;

pub(crate) const ENTRY: Entry = Entry {
    word: "oscillator",
    about: "honest for `period` (20) rounds, y' = -y for as many, and again; knows its own vote",
    source: "this simulator; on-off attacks on reputation",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oscillator {
    /// In rounds, at least 1.
    #[serde(default = "twenty")]
    pub period: u32,
}

const fn twenty() -> u32 {
    20
}

impl Oscillator {
    pub(super) fn validate(&self) -> Result<()> {
        if self.period == 0 {
            return Err(Error::scenario("a period is at least 1 round").key("period"));
        }
        Ok(())
    }
}

impl OnVote for Oscillator {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let even = (context.round.0 / self.period).is_multiple_of(2);
        let spoken_vote = if even { SpokenVote::Honest } else { SpokenVote::Inverted };
        Act::cast(spoken_vote.of(context.own_vote))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says_in, signs};

    #[test]
    fn honest_and_inverted_periods_alternate() {
        for (period, expected) in [(2, "++--+"), (1, "+-+-+"), (9, "+++++")] {
            let mut attack = Oscillator { period };
            for (round, sign) in expected.chars().enumerate() {
                assert_eq!(says_in(&mut attack, round as u32, 0, &signs("+")), signs(&sign.to_string()));
            }
        }
        assert!(Oscillator { period: 0 }.validate().is_err());
    }
}
