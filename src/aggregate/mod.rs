//! From votes to a step: the server's side of the question whom to believe.
//!
//! An [`Aggregator`] sees one [`Ballot`] a round, votes in the order of the workers whatever order they came in,
//! and answers with the signs of the step. Each rule is a file with its formula and its source; adding one is
//! that file and an arm of [`AggregatorSpec`].

mod counts;
mod federated_defense;
mod majority;
mod options;
mod tally;
mod weight;

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use federated_defense::FederatedDefense;
pub use majority::Majority;
pub use options::{Abstentions, Granularity, InitialPhase, LastLayer, Options, Reference};

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::{Opinion, WorkerId};
use crate::random::Coins;
use crate::sign::SignVector;
use crate::time::Round;

/// Every aggregator, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "majority",
        about: "sign of the sum of all votes",
        source: "Bernstein et al. 2018, arXiv 1802.04434",
    },
    Entry {
        word: "federated_defense",
        about: "votes weighted by log-likelihood ratios that the server learns by decoding",
        source: "Park & Lee 2024, arXiv 2402.01340",
    },
];

/// What an election leaves behind at the server.
pub struct Ballot<'a> {
    pub round: Round,
    /// The vote of every worker, `None` where it is missing.
    pub votes: &'a [Option<Arc<SignVector>>],
    /// Coins for ties, keyed by round and coordinate.
    pub coins: Coins,
    /// Whether the record wants [`Opinion`]s of this round.
    pub watched: bool,
}

/// A decided election.
pub struct Decision {
    pub signs: SignVector,
    /// One for every worker when the ballot was watched, else empty.
    pub opinions: Vec<Opinion>,
}

/// A rule that turns votes into a step; it may remember earlier rounds.
pub trait Aggregator: Send {
    /// Decodes one round.
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision;

    /// The weights, one a coordinate, with which a vote of `worker` would count in `round`.
    fn weights(&mut self, round: Round, worker: WorkerId) -> Vec<f32>;
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

/// The aggregators a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AggregatorSpec {
    /// signSGD-MV: every vote counts the same (Bernstein et al. 2018, arXiv 1802.04434).
    Majority {
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// signSGD-FD: votes weighted by learned log-likelihood ratios (Park & Lee 2024, arXiv 2402.01340).
    FederatedDefense(Options),
}

impl AggregatorSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Majority { .. } => "majority",
            Self::FederatedDefense(_) => "federated_defense",
        }
    }

    /// Checks what the types cannot; `rounds` bounds the counters.
    ///
    /// # Errors
    /// Names the setting below `aggregator` that is out of range.
    pub fn validate(&self, rounds: u32) -> Result<()> {
        match self {
            Self::Majority { .. } => Ok(()),
            Self::FederatedDefense(options) => options
                .validate(rounds)
                .map_err(|(key, why)| Error::scenario(why).key(format!("federated_defense.{key}"))),
        }
    }

    /// Bytes that the rule remembers between rounds for M workers and D coordinates, about.
    #[must_use]
    pub fn memory_bytes(&self, workers: u32, coordinates: usize) -> u64 {
        match self {
            Self::Majority { .. } => 0,
            Self::FederatedDefense(options) => options.memory_bytes(workers, coordinates),
        }
    }

    /// A fresh server's rule for D coordinates in these layers (ranges that cover 0..D in order).
    #[must_use]
    pub fn build(&self, workers: u32, layers: &[Range<usize>]) -> Box<dyn Aggregator> {
        let coordinates = layers.last().map_or(0, |l| l.end);
        match self {
            Self::Majority { ties } => Box::new(Majority::new(coordinates, *ties)),
            Self::FederatedDefense(options) => {
                Box::new(FederatedDefense::new(options.clone(), workers, layers))
            }
        }
    }
}
