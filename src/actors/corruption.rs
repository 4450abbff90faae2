//! What a corrupted worker keeps for its adversary.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::server::KEPT;
use crate::protocol::Update;
use crate::time::Round;
use crate::vote::{Step, Vote};

/// What has come with its rounds, and what it has not said yet.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Corruption {
    pub news: UnreportedSteps,
    /// Votes held back on the adversary's orders, with their copies.
    pub unsaid: Vec<(Round, Arc<Vote>, u32)>,
}

impl Corruption {
    /// Takes out the vote of a round that was held back, with its copies.
    ///
    /// # Panics
    /// When none was.
    pub(super) fn said(&mut self, round: Round) -> (Arc<Vote>, u32) {
        let at = self.unsaid.iter().position(|(r, ..)| *r == round);
        let (_, vote, copies) = self.unsaid.remove(at.expect("a vote was held back"));
        (vote, copies)
    }
}

/// Steps that a worker has heard of and not yet told its adversary, each with its round; ascending.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct UnreportedSteps(VecDeque<(Round, Arc<Step>)>);

impl UnreportedSteps {
    /// Takes in what the opening of `round` brings: those steps that it does not know yet.
    pub(super) fn hear(&mut self, round: Round, update: Update) {
        let Update::Steps(steps) = update else { return };
        let first = round.0 - steps.len() as u32;
        let known = self.0.back().map_or(first, |(newest, _)| newest.0 + 1);
        self.0.extend((first..).map(Round).zip(steps.iter().cloned()).skip_while(|(r, _)| r.0 < known));
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// Takes out the steps before `round`, oldest first, as far back as they are without a gap.
    pub(super) fn before(&mut self, round: Round) -> Vec<Arc<Step>> {
        let end = self.0.partition_point(|(r, _)| *r < round);
        let told: Vec<_> = self.0.drain(..end).collect();
        let without_gap = told.iter().rev().zip(1..).take_while(|((r, _), age)| r.0 + age == round.0).count();
        told.into_iter().rev().take(without_gap).rev().map(|(_, step)| step).collect()
    }
}
