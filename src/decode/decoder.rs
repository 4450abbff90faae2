//! The server's rule at work on votes from outside: one aggregator, asked round after round.

use std::ops::Range;

use super::rounds::VotedRound;
use crate::aggregate::dense::DenseAggregator;
use crate::aggregate::{Aggregator, AggregatorSpec, Ballot, Electorate};
use crate::error::{Error, Result};
use crate::protocol::WorkerId;
use crate::random::{Coins, Purpose, Streams};
use crate::registry::failing;
use crate::sign::{SignVector, words_for};

/// An aggregator and what it has learned so far.
pub struct Decoder {
    spec: AggregatorSpec,
    aggregator: Box<dyn Aggregator>,
    streams: Streams,
    workers: u32,
    decoded: u32,
}

impl Decoder {
    /// A server that has heard nobody yet. `layers` are ranges that cover 0..D in order; `seed` keys the coins that
    /// settle ties, by round and coordinate, as in a simulation.
    ///
    /// # Errors
    /// When the rule cannot work on votes alone, or one of its settings is out of range.
    pub fn new(spec: &AggregatorSpec, workers: u32, layers: &[Range<usize>], seed: u64) -> Result<Self> {
        check_offline(spec)?;
        spec.validate(workers, 1)?;
        if let Some(rule) = spec.rule() {
            DenseAggregator::new(&rule, &[], workers, 0, 0)?;
        }
        let streams = Streams::new(seed);
        let electorate = Electorate { workers, declared: 0, trusted: false, layers, streams };
        let (aggregator, streams) = (spec.build(electorate, &[]), streams);
        Ok(Self { spec: spec.clone(), aggregator, streams, workers, decoded: 0 })
    }

    /// The weights, one a coordinate, that [`Decoder::decode`] will use for the vote of `worker`.
    #[must_use]
    pub fn weights(&mut self, voted: &VotedRound, worker: WorkerId) -> Vec<f32> {
        self.aggregator.weights_among(voted.round, worker, &voted.votes)
    }

    /// Whether all votes of a worker have one weight, in every round.
    #[must_use]
    pub fn has_one_weight_a_worker(&self) -> bool {
        self.spec.has_one_weight_a_worker()
    }

    /// The decision of the next round: -1, 0 (held) or +1 for every coordinate. A rule on numbers reads the votes as -1, 0 and
    /// +1, and the signs of what it makes of them are the decision.
    ///
    /// # Errors
    /// When the rule cannot count any more rounds, and what a rule of the program's own fails with.
    pub fn decode(&mut self, voted: &VotedRound) -> Result<SignVector> {
        self.decoded += 1;
        self.spec.validate(self.workers, self.decoded)?;
        let ballot = Ballot {
            round: voted.round,
            workers: self.workers,
            votes: &voted.votes,
            coins: Coins::new(self.streams.stream(Purpose::TieCoin, 0, voted.round)),
            watched: false,
            truth: None,
            trusted: None,
            helpers: &crate::helpers::NOBODY,
        };
        failing(|| Ok(self.aggregator.decode(ballot).step.signs().into_owned()))
    }
}

/// Refuses rules that need more than the votes of the round.
///
/// # Errors
/// Names the rule and what to use instead.
pub fn check_offline(spec: &AggregatorSpec) -> Result<()> {
    let word = spec.word();
    let refused = |why: &str, help: &str| {
        Err(Error::scenario(format!("`{word}` {why}")).key(word).help(help.to_owned()))
    };
    if spec.needs_trusted() {
        return refused(
            "needs a vote of the server's own, which no file of workers' votes has",
            "use spectral or federated_defense",
        );
    }
    if spec.needs_truth() {
        return refused(
            "must be told the truth of every round, which votes do not hold",
            "use federated_defense, which learns its weights from the votes",
        );
    }
    if spec.code().is_some() {
        return refused(
            "says which worker computes which partition, and votes hold only what came of it",
            "its server takes the majority of the local votes: use majority",
        );
    }
    Ok(())
}

/// Bytes of memory that decoding needs for M workers and D coordinates in so many layers, about.
#[must_use]
pub fn memory_bytes(spec: &AggregatorSpec, workers: u32, coordinates: usize, layers: u64) -> u64 {
    // A round's sheets and the votes made of them; the list of a worker's places.
    let round = u64::from(workers) * (words_for(coordinates) as u64 * 8 * 3 + WORKER_BYTES);
    round.saturating_add(spec.memory_bytes(workers, u32::MAX, coordinates, layers, workers))
}

/// What is kept for a worker whatever D is, about.
const WORKER_BYTES: u64 = 256;
