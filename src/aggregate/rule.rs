//! What every rule is: votes of a round in, a step out.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::helpers::Helpers;
use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::random::{Coins, Streams};
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::{Step, Vote};

/// Who elects, and what the server knows about them.
#[derive(Debug, Clone, Copy)]
pub struct Electorate<'a> {
    /// M.
    pub workers: u32,
    /// How many adversaries the server believes in.
    pub declared: u32,
    /// Whether it votes itself.
    pub trusted: bool,
    /// Ranges that cover the coordinates 0..D in order.
    pub layers: &'a [Range<usize>],
    /// The run's draws, for a rule that needs chance.
    pub streams: Streams,
}

/// What an election leaves behind at the server.
pub struct Ballot<'a> {
    /// The round that is decided, from zero.
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
    /// The server's own vote, where it has one and it is there in time.
    pub trusted: Option<&'a SignVector>,
    /// Threads that may help; what is decided does not depend on them.
    pub helpers: &'a Helpers,
}

impl<'a> Ballot<'a> {
    /// The signs that were voted.
    ///
    /// # Panics
    /// When a vote is not made of signs: a scenario that gives such votes to a rule on signs is refused.
    #[must_use]
    pub fn voters(&self) -> Vec<Voter<'a>> {
        voters(self.votes)
    }
}

/// The signs of votes that are in the order of [`Ballot::votes`].
pub(super) fn voters(votes: &[CountedVote]) -> Vec<Voter<'_>> {
    let mut voters = Vec::with_capacity(votes.len());
    for (i, cast) in votes.iter().enumerate() {
        voters.push(Voter {
            worker: cast.worker.index(),
            weight: cast.weight,
            latest: votes.get(i + 1).is_none_or(|next| next.worker != cast.worker),
            signs: signs(&cast.vote),
        });
    }
    voters
}

/// What voters say, and the numbers of those who say it.
pub(super) fn said<'a>(voters: &[Voter<'a>]) -> (Vec<&'a SignVector>, Vec<usize>) {
    voters.iter().map(|v| (v.signs, v.worker)).unzip()
}

/// What a rule with one weight a worker says of all of them, by number.
pub(super) fn estimates(weights: &[f32], crossovers: &[Option<f64>]) -> Vec<WorkerEstimate> {
    let estimate = |(worker, (weight, crossover)): (u32, (&f32, &Option<f64>))| WorkerEstimate {
        worker: WorkerId(worker),
        weight: f64::from(*weight),
        crossover: *crossover,
    };
    (0..).zip(weights.iter().zip(crossovers)).map(estimate).collect()
}

/// The signs of a vote that a rule on signs is given.
pub(super) fn signs(vote: &Vote) -> &SignVector {
    vote.signs().expect("rules on signs are given signs")
}

/// One vote of signs.
#[derive(Clone, Copy)]
pub struct Voter<'a> {
    /// Its number, from zero.
    pub worker: usize,
    /// 1 unless the vote is late.
    pub weight: f32,
    /// Whether it is the worker's latest in this round: the one that is learned from.
    pub latest: bool,
    /// -1, 0 or +1 for each of D coordinates.
    pub signs: &'a SignVector,
}

/// A decided election.
pub struct Decision {
    /// What everyone does to the model, D coordinates.
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

    /// Why [`Aggregator::memory`] cannot be handed out now, in words; asked before it is. Rules of this library always can.
    fn lost_memory(&mut self) -> Option<String> {
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
    pub(super) fn settle(self, k: usize, ties: u64, coins: &mut Coins) -> (u64, u64) {
        match self {
            _ if ties == 0 => (0, 0),
            Self::Coin => (coins.word(k) & ties, ties),
            Self::Hold => (0, 0),
            Self::Plus => (ties, ties),
        }
    }
}
