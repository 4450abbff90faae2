//! Silence: no vote at all, the crash fault. The worker still takes part in everything else, so the server keeps sending
//! it rounds. A server that waits for all would wait forever, so such scenarios are refused. Source: the fail-stop fault
//! of distributed computing; this simulator. Knows nothing. No cost.
//!
//! Example: (+, -) becomes nothing.

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;

pub(crate) const ENTRY: Entry = Entry {
    word: "silent",
    about: "no vote at all; knows nothing",
    source: "this simulator; the crash fault",
};

/// The strategy; it needs no memory.
pub(crate) struct Silent;

impl OnVote for Silent {
    fn act(&mut self, _: AttackContext<'_>) -> Act {
        Act::silent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{context, signs};

    #[test]
    fn nothing_is_cast() {
        let act = Silent.act(context(0, 0, &signs("+-")));
        assert_eq!((act.vote, act.copies), (None, 0));
    }
}
