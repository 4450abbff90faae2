//! Sleeper: honest until round t0, y' = -y from it on. It earns a good weight first and spends it: weights learned over
//! all past rounds take about as long to turn as they took to form. With `over` it drifts: in round t every sign is negated
//! with probability (t - t0 + 1) / over, at most 1, so that no round differs much from the one before. Source: time-coupled
//! attacks, Karimireddy et al., arXiv 2012.10333; against arXiv 2402.01340. Knows its own vote. Cost O(D / 64), O(D) draws
//! while it drifts.
//!
//! Example: t0 = 2, computed +, +, +, +: votes +, +, -, -. With over = 4, a quarter of the signs is turned in round 2, half in 3.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote, SpokenVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::random::biased_bits;

pub(crate) const ENTRY: Entry = Entry {
    word: "sleeper",
    about: "honest in rounds below `until` (100), y' = -y from there on, or sign by sign more and more `over` so many rounds (1); \
            knows its own vote",
    source: "this simulator; time-coupled attacks of Karimireddy et al. 2021, arXiv 2012.10333",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sleeper {
    /// t0, the first round that is inverted, counted from 0.
    #[serde(default = "a_hundred")]
    pub until: u32,
    /// Rounds until every sign is inverted; 1 inverts all of them at once.
    #[serde(default = "one")]
    pub over: NonZeroU32,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

const fn a_hundred() -> u32 {
    100
}

impl OnVote for Sleeper {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let awake = (context.round.0 + 1).saturating_sub(self.until).min(self.over.get());
        let own = context.own_vote;
        Act::cast(match f64::from(awake) / f64::from(self.over.get()) {
            0.0 => SpokenVote::Honest.of(own),
            1.0 => SpokenVote::Inverted.of(own),
            share => own.flipped_where(&biased_bits(&mut context.stream(), share, own.coordinates())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{says_in, signs};

    #[test]
    fn it_sleeps_and_then_it_inverts() {
        let mut attack = Sleeper { until: 2, over: one() };
        let votes = [0, 1, 2, 3].map(|round| says_in(&mut attack, round, 0, &signs("+")));
        assert_eq!(votes, ["+", "+", "-", "-"].map(signs));
    }

    #[test]
    fn a_drift_turns_more_and_more_signs() {
        let mut attack = Sleeper { until: 2, over: NonZeroU32::new(4).unwrap() };
        let own = signs(&"+".repeat(100_000));
        for (round, share) in [(0, 0.0), (1, 0.0), (2, 0.25), (3, 0.5), (4, 0.75), (5, 1.0), (6, 1.0)] {
            let vote = says_in(&mut attack, round, 0, &own);
            let turned = vote.to_dense().iter().filter(|s| **s < 0.0).count() as f64 / 1e5;
            assert!((turned - share).abs() < 0.007, "round {round}: {turned}");
        }
    }
}
