//! Mimic: every corrupted worker repeats the vote of one honest worker, the lowest number that was heard, so that this worker
//! counts L + 1 times and the others count less. Nothing that is sent is wrong by itself; with unlike data it pulls the model
//! toward one worker's. With `age` it repeats what that worker voted so many rounds before, which agrees with no vote of the
//! round more than old votes do. Where nobody honest was asked or overheard, and in the first `age` rounds, the worker's own
//! vote. Source: Karimireddy et al., arXiv 2006.09365, section 3 (mimic; they choose the worker by a first phase, here it is
//! always the same). Knows the honest votes of the round. Cost O(D), and `age` votes of memory.
//!
//! Example: honest (+, -) of worker 3 and (-, -) of worker 4: (+, -).

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnWire};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::Act;
use crate::state::Resumable;
use crate::time::Round;
use crate::units::Population;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "mimic",
    about: "y' = the vote of the honest worker of the lowest number, or its vote of `age` (0) rounds before; its own where there \
            is none; knows the honest votes",
    source: "Karimireddy et al. 2022, arXiv 2006.09365",
};

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mimic {
    /// Rounds between the honest vote and its copies.
    #[serde(default)]
    pub age: u32,
}

/// Votes of more rounds than this are not kept.
const MOST: u32 = 1000;

impl Mimic {
    pub(super) fn validate(&self) -> Result<()> {
        if self.age > MOST {
            let why = format!("votes of {} rounds ago are not kept", self.age);
            return Err(Error::scenario(why).key("age").help(format!("write a number from 0 to {MOST}")));
        }
        Ok(())
    }
}

/// The strategy: what it has heard, oldest first.
pub(crate) struct Mimicry {
    age: u32,
    heard: VecDeque<(Round, Vote)>,
}

impl Mimicry {
    pub(crate) const fn new(settings: Mimic) -> Self {
        Self { age: settings.age, heard: VecDeque::new() }
    }

    /// Keeps what was heard of a round once, and nothing that is older than what will be repeated.
    fn hear(&mut self, round: Round, vote: &Vote) {
        if self.heard.back().is_none_or(|(newest, _)| *newest < round) {
            self.heard.push_back((round, vote.clone()));
        }
        while self.heard.front().is_some_and(|(oldest, _)| oldest.0 + self.age < round.0) {
            self.heard.pop_front();
        }
    }
}

impl OnWire for Mimicry {
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], _: Population) -> Act {
        let (round, first) = (context.round, honest.first());
        if self.age == 0 {
            return Act::cast(first.map_or_else(|| context.own_vote.clone(), |vote| Vote::clone(vote)));
        }
        first.into_iter().for_each(|vote| self.hear(round, vote));
        let old = self.heard.iter().find(|(of, _)| of.0 + self.age == round.0);
        Act::cast(old.map_or_else(|| context.own_vote.clone(), |(_, vote)| vote.clone()))
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.heard)
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
        let mut attack = Mimicry::new(Mimic { age: 0 });
        assert_eq!(attack.act(context(0, 1, &own), &honest, POPULATION).vote, Some(signs("+-")));
        assert_eq!(attack.act(context(0, 1, &own), &[], POPULATION).vote, Some(own.clone()));
    }

    /// Whoever asks first or second in a round; a round in which nobody was heard leaves a gap.
    #[test]
    fn an_old_vote_is_repeated_when_its_time_has_come() {
        let own = signs("--");
        let mut attack = Mimicry::new(Mimic { age: 2 });
        let mut said = Vec::new();
        for (round, heard) in ["++", "+-", "", "-+", "++", "--"].into_iter().enumerate() {
            let honest: Vec<Arc<Vote>> = Some(heard)
                .filter(|vote| !vote.is_empty())
                .into_iter()
                .map(|vote| Arc::new(signs(vote)))
                .collect();
            for worker in [1, 0] {
                said.push(attack.act(context(round as u32, worker, &own), &honest, POPULATION).vote.unwrap());
            }
        }
        let expected = ["--", "--", "++", "+-", "--", "-+"].map(signs);
        assert_eq!(said, expected.iter().flat_map(|vote| [vote.clone(), vote.clone()]).collect::<Vec<_>>());
        assert!(attack.heard.len() <= 3);
    }
}
