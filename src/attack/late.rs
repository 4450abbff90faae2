//! Late votes: what the worker has computed (or its opposite), held back for a while. Where rounds close by quorum or
//! deadline it comes too late to count and its bytes are wasted; where the server waits for all, every round takes that
//! much longer. Source: stragglers on purpose; this simulator. Knows its own vote. No cost.
//!
//! Example: a vote that is ready at 5 ms and held back by 100 ms leaves at 105 ms.

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote, SpokenVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::units::Span;

pub(crate) const ENTRY: Entry = Entry {
    word: "late",
    about: "its vote leaves `by` (100ms) later; `vote`: honest (default) or inverted; knows its own vote",
    source: "this simulator",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Late {
    /// Simulated time for which a vote is held back.
    #[serde(default = "a_while")]
    pub by: Span,
    /// Whether it is what the worker computed or the opposite.
    #[serde(default = "SpokenVote::honest")]
    pub vote: SpokenVote,
}

fn a_while() -> Span {
    "100ms".parse().expect("a span")
}

impl OnVote for Late {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        Act { after: self.by.get(), ..Act::cast(self.vote.of(context.own_vote)) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attack::examples::{context, signs};

    #[test]
    fn the_vote_is_held_back() {
        let own = signs("+-");
        for (vote, expected) in [(SpokenVote::Honest, "+-"), (SpokenVote::Inverted, "-+")] {
            let act = Late { by: a_while(), vote }.act(context(0, 0, &own));
            assert_eq!(
                act,
                Act { vote: Some(signs(expected)), copies: 1, after: Duration::from_millis(100) }
            );
        }
    }
}
