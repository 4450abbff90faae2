//! Disguised: y'_n is the honest majority where L votes cannot turn it, and minus it where they can: |sum of the honest votes|
//! at most L, lengths kept. The coalition looks like the best workers of all on most coordinates, and earns weight by it. Where
//! the honest votes tie, one keyed coin of the round for all corrupted workers; no honest votes at all are a tie everywhere.
//! Source: the idea of Miao et al., *Attack under Disguise*, WWW 2018 (crowdsourcing), for votes of signs. Knows the honest votes
//! of the round. Cost O((M - L) D) a round.
//!
//! Example: L = 2, honest (+, +, +), (+, +, -), (+, -, -): (+, -, +): three to none cannot be turned, one vote ahead can.

use std::sync::Arc;

use super::margins::{Margins, by_margin};
use super::{AttackContext, OnWire};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::Coins;
use crate::units::Population;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "disguised",
    about: "y' = the honest majority where L votes cannot turn it, minus it where they can; knows the honest votes",
    source: "Miao et al. 2018, Attack under Disguise, WWW; for signs, this simulator",
};

/// The strategy.
#[derive(Default)]
pub(crate) struct Disguised {
    margins: Margins,
}

impl OnWire for Disguised {
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], population: Population) -> Act {
        let margins = self.margins.of(context.round, honest, context.own_vote.coordinates());
        let votes = i32::try_from(population.adversaries).unwrap_or(i32::MAX);
        let says_plus = |margin: i32| (margin > 0) == (margin.abs() > votes);
        let signs = by_margin(margins, Coins::new(context.shared_stream()), says_plus);
        Act::cast(context.own_vote.with_signs(signs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{POPULATION, context, numbers, signs};

    fn says(own: &Vote, honest: &[&str]) -> Vote {
        let honest: Vec<_> = honest.iter().map(|vote| Arc::new(signs(vote))).collect();
        Disguised::default().act(context(0, 1, own), &honest, POPULATION).vote.unwrap()
    }

    #[test]
    fn only_what_can_be_turned_is_turned() {
        assert_eq!(says(&signs("+++"), &["+++", "++-", "+--"]), signs("+-+"));
        assert_eq!(says(&signs("---"), &["---", "--+", "-++"]), signs("-+-"));
        assert_eq!(says(&numbers(&[2.0, 0.5]), &["+-", "+0", "+0"]), numbers(&[2.0, 0.5]));
    }

    #[test]
    fn a_tie_is_one_coin_for_all() {
        let (own, other) = (signs(&"+".repeat(1000)), signs(&"-".repeat(1000)));
        let sum: f32 = says(&own, &[]).to_dense().iter().sum();
        assert!(sum.abs() < 160.0 && says(&own, &[]) == says(&other, &[]));
    }
}
