//! From votes to a step: the server's side of the question whom to believe.
//!
//! An [`Aggregator`] sees one [`Ballot`] a round, votes in the order of the workers whatever order they came in,
//! and answers with the step. Each rule is a file with its formula and its source; adding one is that file and an
//! arm of [`AggregatorSpec`]. Rules on signs read votes of signs; rules on vectors (`dense`) read every vote.

mod counts;
pub mod dense;
mod election;
mod federated_defense;
mod majority;
mod numbers;
mod options;
mod oracle;
mod spec;
mod tally;
mod weight;
mod weighted;

use serde::{Deserialize, Serialize};

pub use election::{Code, local_vote};
pub use federated_defense::FederatedDefense;
pub use majority::Majority;
pub use options::{Abstentions, Granularity, InitialPhase, LastLayer, Reference, WeightOptions};
pub use oracle::Oracle;
pub use spec::{AggregatorSpec, CATALOGUE, Electorate};

use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::random::Coins;
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::{Step, Vote};

/// What an election leaves behind at the server.
pub struct Ballot<'a> {
    pub round: Round,
    /// M, whether they have voted or not.
    pub workers: u32,
    /// What counts and was kept, by worker, and of one worker the latest round last.
    pub votes: &'a [CountedVote],
    /// Coins for ties, keyed by round and coordinate.
    pub coins: Coins,
    /// Whether the record wants [`WorkerEstimate`]s of this round.
    pub watched: bool,
    /// The signs that would be right, for an oracle; nobody else may look.
    pub truth: Option<&'a SignVector>,
}

impl<'a> Ballot<'a> {
    /// The signs that were voted.
    ///
    /// # Panics
    /// When a vote is not made of signs: a scenario that gives such votes to a rule on signs is refused.
    #[must_use]
    pub fn voters(&self) -> Vec<Voter<'a>> {
        let voter = |(i, cast): (usize, &'a CountedVote)| Voter {
            worker: cast.worker.index(),
            weight: cast.weight,
            latest: self.votes.get(i + 1).is_none_or(|next| next.worker != cast.worker),
            signs: signs(&cast.vote),
        };
        self.votes.iter().enumerate().map(voter).collect()
    }
}

/// The signs of a vote that a rule on signs is given.
fn signs(vote: &Vote) -> &SignVector {
    vote.signs().expect("rules on signs are given signs")
}

/// One vote of signs.
#[derive(Clone, Copy)]
pub struct Voter<'a> {
    pub worker: usize,
    /// 1 unless the vote is late.
    pub weight: f32,
    /// Whether it is the worker's latest in this round: the one that is learned from.
    pub latest: bool,
    pub signs: &'a SignVector,
}

/// A decided election.
pub struct Decision {
    pub step: Step,
    /// One for every worker when the ballot was watched, else empty.
    pub estimates: Vec<WorkerEstimate>,
}

/// A rule that turns votes into a step; it may remember earlier rounds.
pub trait Aggregator: Send {
    /// Counts a vote of weight 1 as it comes in, if the rule needs nothing else of it; `false` when it has to be kept for
    /// [`Aggregator::decode`]. Counts must not depend on the order of the votes.
    fn count(&mut self, _cast: &CountedVote) -> bool {
        false
    }

    /// Decodes one round: the votes of the ballot and those that were counted before. Where there are none of either, the
    /// step is [`Step::Nothing`] whatever the rule does with ties, and nothing is learned.
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision;

    /// The weights, one a coordinate, with which a vote of `worker` would count in `round` if everyone voted.
    fn weights(&mut self, round: Round, worker: WorkerId) -> Vec<f32>;

    /// [`Aggregator::weights`] when only those vote who have a place in `votes`: exactly what
    /// [`Aggregator::decode`] is about to use. The same, unless a rule weighs a worker by the company it is in.
    fn weights_among(&mut self, round: Round, worker: WorkerId, _votes: &[CountedVote]) -> Vec<f32> {
        self.weights(round, worker)
    }

    /// What it remembers of earlier rounds and of votes that it has counted, for a run that is interrupted and goes on later:
    /// all of it, since the rule is built anew and then given this alone. Without an answer of its own a rule remembers
    /// nothing.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }
}

/// What the server does on a coordinate where both signs weigh the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// A fair coin, keyed by round and coordinate.
    Coin,
    /// No step on that coordinate; the broadcast becomes ternary.
    Hold,
    /// Always +1.
    Plus,
}

impl Ties {
    /// `coin`: the rule under which the exact error probabilities of theory are stated.
    pub(crate) const fn coin() -> Self {
        Self::Coin
    }

    /// The signs that replace ties in word `k`, and whether they count at all.
    fn settle(self, k: usize, ties: u64, coins: &mut Coins) -> (u64, u64) {
        match self {
            _ if ties == 0 => (0, 0),
            Self::Coin => (coins.word(k) & ties, ties),
            Self::Hold => (0, 0),
            Self::Plus => (ties, ties),
        }
    }
}
