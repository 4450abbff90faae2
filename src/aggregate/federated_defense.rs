//! signSGD-FD: a weighted majority vote whose weights the server learns by decoding.
//!
//! Source: Park & Lee, *SignSGD with Federated Defense*, arXiv 2402.01340 (ICML 2024), algorithm 1.
//!
//! Read each worker as a binary symmetric channel with crossover p. The maximum-likelihood decoder weighs its
//! vote by ln((1 - p) / p), negative for a worker that lies more often than not. The server does not know p; it
//! counts how often a vote differed from what it decoded:
//!
//! * round 0: all weights are 1;
//! * before round `t_in`: one estimate per worker, over all coordinates and past rounds;
//! * from then on: one estimate per worker and coordinate, over all past rounds (counts start at round 0).
//!
//! Cost: O(M D) additions a round, one byte of memory a worker and coordinate, two after 255 rounds. A missing vote leaves its
//! worker's counts alone; a worker never heard before weighs 0 unless nobody was, as in round 0. A round in which nobody
//! votes moves nothing and teaches nothing. A late vote that
//! still counts is compared with the decision that it took part in, unless its worker has a newer one there.
//!
//! Example (M = 3, `t_in` = 2): votes ++, +-, -- decode to (+,-); then the agreements are (1/2, 1, 1/2) and the
//! weights (0, 10, 0): the next round is decided by the second worker alone.

mod decoding;
mod learned;

use std::ops::Range;

use super::options::WeightOptions;
use super::{Aggregator, Ballot, Decision, Voter};
use crate::catalogue::Entry;
use crate::protocol::{CountedVote, WorkerId};
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;
use decoding::{DecodedVotes, Decoding};
use learned::{Learned, Weights, WorkerRecord};

pub(crate) const ENTRY: Entry = Entry {
    word: "federated_defense",
    about: "votes weighted by log-likelihood ratios that the server learns by decoding",
    source: "Park & Lee 2024, arXiv 2402.01340",
};

/// The rule with everything it has learned.
pub struct FederatedDefense(Learned);

impl FederatedDefense {
    /// A server that has heard nobody yet.
    #[must_use]
    pub fn new(options: WeightOptions, workers: u32, layers: &[Range<usize>]) -> Self {
        Self(Learned::new(options, workers, layers))
    }
}

impl Aggregator for FederatedDefense {
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision {
        let t = ballot.round.0;
        let voters = ballot.voters();
        if voters.is_empty() {
            let estimates = self.0.estimates(&vec![0.0; self.0.memories.len()]);
            let estimates = if ballot.watched { estimates } else { Vec::new() };
            return Decision { step: Step::Nothing(self.0.terms.coordinates), estimates };
        }
        let anybody_known = voters.iter().any(|v| self.0.memories[v.worker].is_known());
        self.0.prepare(t);
        let tables = self.0.tables(voters.iter().map(|v| v.worker), t);
        let weights = voters.iter().map(|v| self.0.weights_of(v.worker, t, anybody_known, &tables));
        let weights: Vec<Weights> = weights.collect();
        let (watched, coins, weights) = (ballot.watched, &ballot.coins, &weights[..]);
        let decoding = Decoding { learned: &mut self.0, voters: &voters, weights, coins, watched };
        let DecodedVotes { decision, gains } = decoding.decode(ballot.helpers);
        let mut mean_weight = vec![0.0; self.0.memories.len()];
        for (v, Voter { worker, .. }) in voters.iter().enumerate().filter(|(_, v)| v.latest) {
            mean_weight[*worker] = gains[v].weight_sum / self.0.terms.coordinates as f64;
            self.0.memories[*worker].learn(&gains[v], self.0.terms.options.forgetting);
        }
        let estimates = if ballot.watched { self.0.estimates(&mean_weight) } else { Vec::new() };
        Decision { step: Step::Signs(decision), estimates }
    }

    fn weights(&mut self, round: Round, worker: WorkerId) -> Vec<f32> {
        let anybody_known = self.0.memories.iter().any(WorkerRecord::is_known);
        self.0.all_weights(round, worker, anybody_known)
    }

    fn weights_among(&mut self, round: Round, worker: WorkerId, votes: &[CountedVote]) -> Vec<f32> {
        let anybody_known = votes.iter().any(|cast| self.0.memories[cast.worker.index()].is_known());
        self.0.all_weights(round, worker, anybody_known)
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.0.memories)
    }
}
