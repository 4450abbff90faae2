//! Mimic: every corrupted worker repeats the vote of one honest worker, the lowest number that was heard, so that this worker
//! counts L + 1 times and the others count less. Nothing that is sent is wrong by itself; with unlike data it pulls the model
//! toward one worker's. Where nobody honest was asked or overheard, the worker's own vote. Source: Karimireddy et al., arXiv
//! 2006.09365, section 3 (mimic; they choose the worker by a first phase, here it is always the same). Knows the honest votes of
//! the round. Cost O(D).
//!
//! Example: honest (+, -) of worker 3 and (-, -) of worker 4: (+, -).

use std::sync::Arc;

use super::{AttackContext, OnWire};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::units::Population;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "mimic",
    about: "y' = the vote of the honest worker of the lowest number, its own where none was heard; knows the honest votes",
    source: "Karimireddy et al. 2022, arXiv 2006.09365",
};

/// The strategy; it needs no memory.
pub(crate) struct Mimic;

impl OnWire for Mimic {
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], _: Population) -> Act {
        Act::cast(honest.first().map_or_else(|| context.own_vote.clone(), |vote| Vote::clone(vote)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{POPULATION, context, signs};

    #[test]
    fn the_first_honest_vote_is_repeated() {
        let honest = ["+-", "--"].map(|vote| Arc::new(signs(vote)));
        let own = signs("-+");
        assert_eq!(Mimic.act(context(0, 1, &own), &honest, POPULATION).vote, Some(signs("+-")));
        assert_eq!(Mimic.act(context(0, 1, &own), &[], POPULATION).vote, Some(own.clone()));
    }
}
