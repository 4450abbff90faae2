//! Crash when it is close: an honest worker, except that it is silent in rounds in which at least `share` of the
//! coordinates have an honest margin |#plus - #minus| of at most `margin` votes: exactly when its vote would decide. The
//! margin is L unless given. Where nobody honest was asked or overheard every margin is 0, as close as can be: silent. To
//! the server it looks like a worker on a bad link. Source: a fail-stop fault that picks its moment; this simulator. Knows
//! the honest votes of the round, M and L. Cost O((M - L) D) a round.
//!
//! Example: honest (+, +), (+, -), (+, 0): margins 3 and 0. With margin 1, half of the coordinates are close: silent for
//! share 0.5, an honest vote for share 0.6.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::margins::Margins;
use super::{AttackContext, OnWire};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::Act;
use crate::units::{Count, Population, Probability};
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "crash_when_close",
    about: "silent in rounds in which at least `share` (0.5) of the coordinates have an honest margin of at most \
            `margin` (null: L; or an expression in M) votes, no honest vote being a margin of 0, else honest; knows the honest votes",
    source: "this simulator",
};

/// The settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashWhenClose {
    /// A margin up to this is close: an integer or an expression in M; L when absent.
    #[serde(default)]
    pub margin: Option<Count>,
    /// Of the coordinates, in [0, 1].
    #[serde(default = "half_of_them")]
    pub share: Probability,
}

const fn half_of_them() -> Probability {
    Probability::HALF
}

impl CrashWhenClose {
    pub(super) fn validate(&self, workers: u32) -> Result<()> {
        let margin = self.margin.as_ref().map_or(Ok(0), |margin| margin.evaluate(workers));
        margin.map(|_| ()).map_err(|why| Error::scenario(why).key("margin").help("a margin is 0 or above"))
    }
}

/// The strategy.
pub(crate) struct Crasher {
    settings: CrashWhenClose,
    margins: Margins,
}

impl Crasher {
    /// A strategy with these settings.
    pub(crate) fn new(settings: CrashWhenClose) -> Self {
        Self { settings, margins: Margins::default() }
    }
}

impl OnWire for Crasher {
    /// # Panics
    /// When the margin has no value for M: such a scenario is refused.
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], population: Population) -> Act {
        let CrashWhenClose { margin, share } = &self.settings;
        let most = margin.as_ref().map_or(population.adversaries, |margin| {
            margin.evaluate(population.workers).expect("a margin that was checked for this M")
        });
        let margins = self.margins.of(context.round, honest, context.own_vote.coordinates());
        let close = margins.iter().filter(|margin| margin.unsigned_abs() <= most).count();
        if close as f64 >= share.get() * margins.len() as f64 {
            Act::silent()
        } else {
            Act::cast(context.own_vote.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{POPULATION, context, signs};

    /// Three honest votes, margins 3, 1, 0 and -2.
    fn check(margin: Option<&str>, share: f64, population: Population, silent: bool) {
        let honest = ["+++-", "+-0-", "++-0"].map(|vote| Arc::new(signs(vote)));
        let own = signs("+---");
        let share = Probability::try_from(share).unwrap();
        let settings = CrashWhenClose { margin: margin.map(|m| m.parse().unwrap()), share };
        let act = Crasher::new(settings).act(context(0, 0, &own), &honest, population);
        let expected = if silent { Act::silent() } else { Act::cast(own) };
        assert_eq!(act, expected, "{margin:?} {share:?}");
    }

    #[test]
    fn it_is_silent_when_its_vote_would_decide() {
        for (margin, share, silent) in [
            ("0", 0.25, true),
            ("0", 0.26, false),
            ("1", 0.5, true),
            ("1", 0.51, false),
            ("2", 0.75, true),
            ("3", 1.0, true),
            ("2", 1.0, false),
            ("M - 4", 0.5, true),
        ] {
            check(Some(margin), share, POPULATION, silent);
        }
        // L = 2, and L = 1.
        check(None, 0.75, POPULATION, true);
        check(None, 0.75, Population { workers: 4, adversaries: 1 }, false);
        let (own, mut attack) =
            (signs("+-"), Crasher::new(CrashWhenClose { margin: None, share: half_of_them() }));
        assert_eq!(
            attack.act(context(0, 0, &own), &[], POPULATION),
            Act::silent(),
            "nobody honest was heard"
        );
    }

    #[test]
    fn a_margin_is_not_negative() {
        let settings = CrashWhenClose { margin: Some("M/2 - 3".parse().unwrap()), share: half_of_them() };
        assert!(settings.validate(6).is_ok() && settings.validate(5).is_err());
    }
}
