//! Sleeper: honest until round t0, y' = -y from it on. It earns a good weight first and spends it: weights learned over
//! all past rounds take about as long to turn as they took to form. Source: time-coupled attacks, Karimireddy et al.,
//! arXiv 2012.10333; against arXiv 2402.01340. Knows its own vote. Cost O(D / 64).
//!
//! Example: t0 = 2, computed +, +, +, +: votes +, +, -, -.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote, SpokenVote};
use crate::catalogue::Entry;
use crate::protocol::Act;

pub(crate) const ENTRY: Entry = Entry {
    word: "sleeper",
    about: "honest in rounds below `until` (100), y' = -y from there on; knows its own vote",
    source: "this simulator; time-coupled attacks of Karimireddy et al. 2021, arXiv 2012.10333",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sleeper {
    /// t0, the first round that is inverted, counted from 0.
    #[serde(default = "a_hundred")]
    pub until: u32,
}

const fn a_hundred() -> u32 {
    100
}

impl OnVote for Sleeper {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let spoken_vote =
            if context.round.0 < self.until { SpokenVote::Honest } else { SpokenVote::Inverted };
        Act::cast(spoken_vote.of(context.own_vote))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says_in, signs};

    #[test]
    fn it_sleeps_and_then_it_inverts() {
        let mut attack = Sleeper { until: 2 };
        let votes = [0, 1, 2, 3].map(|round| says_in(&mut attack, round, 0, &signs("+")));
        assert_eq!(votes, ["+", "+", "-", "-"].map(signs));
    }
}
