//! Copies count once: voters that agree more than third parties explain become one, before a rule counts the votes.
//!
//! Votes that err independently agree by the product of their qualities, and any two third parties tell what the agreement of
//! a pair should be ([`tetrads`]). A coalition that shares its votes agrees more. Its members become one voter, the majority
//! of them ([`crowd`]), which votes under the number of the lowest; nobody is left out, and who only seems to be a copy loses
//! the weight of one voter and no more. Spectral decoding does this by itself; any other rule on signs can be told to.
//!
//! Cost: O(M^2 D / 64) word operations a round, and O(M^4) at most for the tetrads of pairs that agree strikingly; 16 bytes of
//! memory a pair. A late vote that is not its worker's newest is not compared; where its worker was merged with others, whose
//! newest votes speak for it, it is left out.
//!
//! Source: tetrads are Spearman 1904; their use against coalitions with one-bit votes is this project's.
//!
//! Example: of eight workers three send the same coins and five are right more often than not: six voters are left.

mod compared;
mod crowd;
mod pairs;
mod tetrads;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rule::{said, voters};
use super::{Aggregator, Ballot, Decision, Voter};
pub use compared::Compared;
pub(crate) use compared::compared_ranges;
pub(crate) use crowd::Crowd;
pub(crate) use pairs::Pairs;
pub(crate) use tetrads::Resemblance;

use crate::error::{Error, Result};
use crate::helpers::{Helpers, NOBODY};
use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::state::{Resumable, put, take};
use crate::time::Round;
use crate::vote::Vote;

/// What a rule does with voters that copy one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Copies {
    /// Each counts.
    Each {},
    /// They count as one voter.
    Once(CopiesOnce),
}

impl Copies {
    /// As in the papers of the rules.
    pub(super) const fn each() -> Self {
        Self::Each {}
    }

    /// Names the option that is out of range.
    pub(super) fn validate(&self) -> Result<()> {
        let Self::Once(once) = self else { return Ok(()) };
        in_range(once.excess, once.forgetting).map_err(|e| e.key("copies.once"))
    }

    /// Sixteen bytes a pair.
    pub(super) fn memory_bytes(&self, workers: u32) -> u64 {
        if *self == Self::each() { 0 } else { pair_bytes(workers) }
    }
}

/// How copies are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiesOnce {
    /// How much more than third parties explain a pair must agree, and how much it must agree at all, to be copies.
    #[serde(default = "default_excess")]
    pub excess: f64,
    /// Factor on all agreements before each round's are added; 1 never forgets.
    #[serde(default = "default_forgetting")]
    pub forgetting: f64,
}

/// How much copies must stand out unless a scenario says otherwise.
pub(crate) const fn default_excess() -> f64 {
    0.45
}
/// How fast agreements fade unless a scenario says otherwise.
pub(super) const fn default_forgetting() -> f64 {
    0.9
}

/// Checks the two numbers with which copies are found.
pub(super) fn in_range(excess: f64, forgetting: f64) -> Result<()> {
    between_0_and_1("excess", excess)?;
    if !(forgetting > 0.0 && forgetting <= 1.0) {
        return Err(Error::scenario("forgetting lies in (0, 1]; 1 never forgets").key("forgetting"));
    }
    Ok(())
}

/// Checks by how much copies must stand out, or agree.
pub(super) fn between_0_and_1(key: &str, threshold: f64) -> Result<()> {
    if threshold > 0.0 && threshold < 1.0 {
        return Ok(());
    }
    Err(Error::scenario(format!("{key} lies between 0 and 1, both excluded")).key(key))
}

/// What the agreements of all pairs of workers take.
pub(super) fn pair_bytes(workers: u32) -> u64 {
    u64::from(workers) * u64::from(workers) / 2 * 16
}

/// A rule before which copies are merged.
pub(super) struct CountedOnce {
    /// In a cell, since what it remembers is handed out by a rule that may change and written by one that may not.
    rule: RefCell<Box<dyn Aggregator>>,
    options: CopiesOnce,
    /// All coordinates.
    compared: Vec<Vec<Range<usize>>>,
    /// Agreements of workers.
    memory: Pairs,
}

/// The votes of a round after merging, and who speaks in each.
struct Heard {
    votes: Vec<CountedVote>,
    groups: Vec<Vec<WorkerId>>,
}

impl CountedOnce {
    /// `rule` over D coordinates and M workers.
    pub(super) fn new(
        rule: Box<dyn Aggregator>,
        options: CopiesOnce,
        workers: u32,
        coordinates: usize,
    ) -> Self {
        let compared = vec![std::iter::once(0..coordinates).collect()];
        Self { rule: RefCell::new(rule), options, compared, memory: Pairs::new(workers as usize) }
    }

    /// Adds what these votes show to the agreements, and says who is heard then.
    fn heard(&mut self, given: &[CountedVote], newest: &[Voter<'_>], helpers: &Helpers) -> Heard {
        let (votes, among) = said(newest);
        let now = Pairs::of(&votes, &self.compared[0], helpers);
        self.memory.learn(&now, &among, self.options.forgetting);
        let mut crowd = Crowd::new(&votes, vec![self.memory.only(&among)]);
        crowd.count_copies_once(
            &votes,
            votes.len(),
            &self.compared,
            Resemblance::beyond(self.options.excess),
        );
        let worker = |v: &usize| WorkerId(newest[*v].worker as u32);
        let groups: Vec<Vec<WorkerId>> =
            crowd.groups.iter().map(|group| group.iter().map(worker).collect()).collect();
        let mut heard: Vec<CountedVote> = Vec::with_capacity(given.len());
        for cast in given {
            let group =
                groups.iter().position(|group| group.contains(&cast.worker)).expect("everyone is in a group");
            if groups[group].len() == 1 {
                heard.push(cast.clone());
            } else if groups[group][0] == cast.worker
                && heard.last().is_none_or(|last| last.worker != cast.worker)
            {
                let weight = crowd.groups[group].iter().map(|v| newest[*v].weight).fold(0.0, f32::max);
                let vote = Arc::new(Vote::Signs(crowd.votes[group].clone().into_owned()));
                heard.push(CountedVote { vote, weight, ..cast.clone() });
            }
        }
        Heard { votes: heard, groups }
    }
}

impl Aggregator for CountedOnce {
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision {
        let newest: Vec<Voter<'_>> = ballot.voters().into_iter().filter(|v| v.latest).collect();
        let Heard { votes, groups } = self.heard(ballot.votes, &newest, ballot.helpers);
        let mut decision = self.rule.get_mut().decode(Ballot { votes: &votes, ..ballot });
        // A merged voter's weight is shared by its members.
        let estimates = &mut decision.estimates;
        for group in groups.iter().filter(|group| group.len() > 1) {
            let Some(&spoke) = estimates.get(group[0].index()) else { break };
            for member in group {
                let weight = spoke.weight / group.len() as f64;
                estimates[member.index()] = WorkerEstimate { worker: *member, weight, ..spoke };
            }
        }
        decision
    }

    /// As if nobody copied: who will be merged depends on votes that are not there yet.
    fn weights(&mut self, round: Round, worker: WorkerId) -> Vec<f32> {
        self.rule.get_mut().weights(round, worker)
    }

    fn weights_among(&mut self, round: Round, worker: WorkerId, votes: &[CountedVote]) -> Vec<f32> {
        let newest: Vec<Voter<'_>> = voters(votes).into_iter().filter(|v| v.latest).collect();
        let before = self.memory.clone();
        let Heard { votes, groups } = self.heard(votes, &newest, &NOBODY);
        self.memory = before;
        let group = groups.iter().find(|group| group.contains(&worker));
        let Some(group) = group else { return self.rule.get_mut().weights_among(round, worker, &votes) };
        let mut weights = self.rule.get_mut().weights_among(round, group[0], &votes);
        weights.iter_mut().for_each(|weight| *weight /= group.len() as f32);
        weights
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(self)
    }
}

impl Resumable for CountedOnce {
    fn write(&self, to: &mut Vec<u8>) {
        put(&self.memory, to);
        self.rule.borrow_mut().memory().into_iter().for_each(|memory| memory.write(to));
    }

    fn read(&mut self, from: &mut &[u8]) -> Result<()> {
        self.memory = take(from)?;
        self.rule.get_mut().memory().map_or(Ok(()), |memory| memory.read(from))
    }
}
