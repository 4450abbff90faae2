//! Duplicates: the same vote (honest or inverted) sent several times. The server accepts one vote per worker and round and
//! refuses the rest, so this costs bytes and nothing else; it tests exactly that. Source: ballot stuffing; this simulator.
//! Knows its own vote. No cost here, `copies` votes on the wire.
//!
//! Example: 2 copies of (+, -): one is counted, one refused.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote, SpokenVote};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::Act;

pub(crate) const ENTRY: Entry = Entry {
    word: "duplicate",
    about: "its vote sent `copies` (2) times, one is accepted; `vote`: honest (default) or inverted; knows its own vote",
    source: "this simulator",
};

/// More copies of one vote than this are taken for a mistake.
const MOST_COPIES: u32 = 1000;

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicate {
    /// From 1 to 1000.
    #[serde(default = "two")]
    pub copies: u32,
    /// Whether the copies are what the worker computed or the opposite.
    #[serde(default = "SpokenVote::honest")]
    pub vote: SpokenVote,
}

const fn two() -> u32 {
    2
}

impl Duplicate {
    pub(super) fn validate(&self) -> Result<()> {
        if (1..=MOST_COPIES).contains(&self.copies) {
            return Ok(());
        }
        Err(Error::scenario(format!("{} copies of a vote", self.copies))
            .key("copies")
            .help(format!("write a number from 1 to {MOST_COPIES}; for no vote at all, attack: silent")))
    }
}

impl OnVote for Duplicate {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        Act { copies: self.copies, ..Act::cast(self.vote.of(context.own_vote)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{context, signs};

    #[test]
    fn one_vote_is_sent_several_times() {
        let own = signs("+-");
        let act = Duplicate { copies: 3, vote: SpokenVote::Inverted }.act(context(0, 0, &own));
        assert_eq!(act, Act { copies: 3, ..Act::cast(signs("-+")) });
    }

    #[test]
    fn no_copy_and_too_many_are_refused() {
        for (copies, fine) in [(0, false), (1, true), (1000, true), (1001, false)] {
            assert_eq!(Duplicate { copies, vote: SpokenVote::Honest }.validate().is_ok(), fine, "{copies}");
        }
    }
}
