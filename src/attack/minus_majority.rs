//! Minus the majority: y'_n = -sign(sum of the honest votes on n), lengths kept: the most that L votes can do against a
//! majority vote. Where the honest votes tie, one keyed coin of the round for all corrupted workers, so that they do not
//! cancel each other. No honest votes at all, because nobody honest was asked or overheard, are a tie everywhere. Source: a
//! rushing adversary against Bernstein et al., arXiv 1810.05291; this simulator. Knows the honest votes of the round. Cost
//! O((M - L) D) a round.
//!
//! Example: honest (+, -), (+, -) and (-, +): (-, +).

use std::sync::Arc;

use super::margins::{Margins, by_margin};
use super::{AttackContext, OnWire};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::Coins;
use crate::units::Population;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "minus_majority",
    about: "y' = -sign(sum of honest votes), a common coin where they tie or there are none, lengths kept; knows the honest votes",
    source: "this simulator; a rushing adversary against arXiv 1810.05291",
};

/// The strategy.
#[derive(Default)]
pub(crate) struct MinusMajority {
    margins: Margins,
}

impl OnWire for MinusMajority {
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], _: Population) -> Act {
        let margins = self.margins.of(context.round, honest, context.own_vote.coordinates());
        let against = by_margin(margins, Coins::new(context.shared_stream()), |margin| margin < 0);
        Act::cast(context.own_vote.with_signs(against))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{POPULATION, context, numbers, signs};

    fn against(worker: u32, own: &Vote, honest: &[&str]) -> Vote {
        let honest: Vec<_> = honest.iter().map(|vote| Arc::new(signs(vote))).collect();
        MinusMajority::default().act(context(0, worker, own), &honest, POPULATION).vote.unwrap()
    }

    #[test]
    fn the_honest_majority_is_turned_around() {
        assert_eq!(against(0, &signs("++"), &["+-", "+-", "-+"]), signs("-+"));
        assert_eq!(against(0, &numbers(&[3.0, 0.5]), &["+-", "+0"]), numbers(&[-3.0, 0.5]));
    }

    #[test]
    fn at_ties_all_toss_one_fair_coin() {
        let (plus, minus, own) = ("+".repeat(10_000), "-".repeat(10_000), signs(&"+".repeat(10_000)));
        let vote = against(0, &own, &[&plus, &minus]);
        assert_eq!(vote, against(4, &own, &[&plus, &minus]));
        let sum: f32 = vote.to_dense().iter().sum();
        assert!(sum.abs() < 500.0, "{sum}");
        assert_eq!(vote, against(0, &own, &[]), "no votes are a tie");
    }
}
