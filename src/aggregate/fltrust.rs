//! FLTrust on signs: every vote weighs as much as it agrees with the server's own.
//!
//! w_m = max(0, cos(y_m, y_0)), y_0 the server's own vote of this round (`server.trusted`), and the step is the sign of
//! sum w_m y_m. Votes of signs have one length, so that nothing is left to be normalised; who agrees with the server no more
//! often than not is not heard at all. Nothing is remembered. Where everyone who voted is silenced so, or the server's own vote
//! was not there in time, every coordinate is held.
//!
//! Source: Cao, Fang, Liu & Gong, *FLTrust*, NDSS 2021, arXiv 2012.13995, equations 2 to 4; there on gradients.
//!
//! Cost: O(M D / 64) word operations for the agreements and O(M D) additions.
//!
//! Example: the server votes (+,+,+,+); votes (+,+,+,-), (+,+,-,-), (-,-,-,-) weigh 1/2, 0, 0: the first is taken.

use super::rule::estimates;
use super::weighted::weighted_majority;
use super::{Aggregator, Ballot, Decision, Ties, Voter};
use crate::catalogue::Entry;
use crate::protocol::WorkerId;
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;

pub(crate) const ENTRY: Entry = Entry {
    word: "fltrust",
    about: "each vote weighs as much as it agrees with the server's own; needs server.trusted",
    source: "Cao et al. 2021, arXiv 2012.13995",
};

/// The rule; it remembers the last round's weights for who asks.
pub(super) struct FlTrust {
    coordinates: usize,
    ties: Ties,
    weights: Vec<f32>,
}

impl FlTrust {
    /// A rule over D coordinates.
    #[must_use]
    pub(super) const fn new(coordinates: usize, ties: Ties) -> Self {
        Self { coordinates, ties, weights: Vec::new() }
    }
}

impl Aggregator for FlTrust {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        self.weights = vec![0.0; ballot.workers as usize];
        let mut crossovers = vec![None; ballot.workers as usize];
        let voters = ballot.voters();
        let mut weighted = Vec::with_capacity(voters.len());
        for Voter { worker, signs, weight, .. } in &voters {
            let Some(own) = ballot.trusted else { break };
            let (differ, compared) = signs.disagreement(own);
            if compared > 0 {
                let share = differ as f64 / compared as f64;
                self.weights[*worker] = (1.0 - 2.0 * share).max(0.0) as f32;
                crossovers[*worker] = Some(share);
            }
            weighted.push((weight * self.weights[*worker], *signs));
        }
        let step = if voters.is_empty() {
            Step::Nothing(self.coordinates)
        } else if weighted.iter().all(|(weight, _)| *weight == 0.0) {
            Step::Signs(SignVector::zeros(self.coordinates))
        } else {
            Step::Signs(weighted_majority(&weighted, self.coordinates, self.ties, &mut ballot.coins))
        };
        let estimates = if ballot.watched { estimates(&self.weights, &crossovers) } else { Vec::new() };
        Decision { step, estimates }
    }

    fn weights(&mut self, _: Round, worker: WorkerId) -> Vec<f32> {
        vec![self.weights.get(worker.index()).copied().unwrap_or(0.0); self.coordinates]
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.weights)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::protocol::CountedVote;
    use crate::random::{Coins, Purpose, Streams};
    use crate::vote::Vote;

    fn check(votes: &[[i8; 4]], own: Option<[i8; 4]>, weights: &[f32], decision: [i8; 4]) {
        let cast = |(m, signs): (usize, &[i8; 4])| CountedVote {
            worker: WorkerId(m as u32),
            age: 0,
            weight: 1.0,
            vote: Arc::new(Vote::Signs(SignVector::from_signs(signs))),
        };
        let votes: Vec<CountedVote> = votes.iter().enumerate().map(cast).collect();
        let own = own.map(|signs| SignVector::from_signs(&signs));
        let coins = Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)));
        let trusted = own.as_ref();
        let workers = votes.len() as u32;
        let ballot = Ballot {
            round: Round(0),
            workers,
            votes: &votes,
            coins,
            watched: true,
            truth: None,
            trusted,
            helpers: &crate::helpers::NOBODY,
        };
        let mut rule = FlTrust::new(4, Ties::Hold);
        let decided = rule.decode(ballot);
        assert_eq!(decided.step.signs().to_signs(), decision);
        assert_eq!(rule.weights, weights);
    }

    #[test]
    fn who_agrees_with_the_server_is_heard() {
        let votes = [[1, 1, 1, -1], [1, 1, -1, -1], [-1, -1, -1, -1]];
        check(&votes, Some([1, 1, 1, 1]), &[0.5, 0.0, 0.0], [1, 1, 1, -1]);
        check(&votes, Some([-1, -1, -1, 1]), &[0.0, 0.0, 0.5], [-1, -1, -1, -1]);
        check(&votes[1..2], Some([1, 1, 1, 1]), &[0.0], [0; 4]);
        check(&votes, None, &[0.0; 3], [0; 4]);
    }
}
