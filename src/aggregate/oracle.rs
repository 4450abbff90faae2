//! The oracle: a weighted majority vote that is told every worker's true crossover of the round.
//!
//! w_m = ln((1 - q_m) / q_m), q_m the share of coordinates on which worker m's vote differs from the truth in this very
//! round, clipped to +-max_llr: the maximum-likelihood decoder for independent binary symmetric channels (Park & Lee,
//! arXiv 2402.01340, section 3) with nothing left to learn. On channels the truth is what was sent; in training it is
//! the sign of the honest mean gradient. No server can have it: it is the ceiling for every weight that is learned. A round
//! in which no honest vote came has no such sign; the oracle knows nothing then, and holds every coordinate.
//!
//! Example: truth (+,+,+,+), votes (+,+,+,-) and (-,-,-,-): weights ln 3 and -max_llr, decision (+,+,+,+).

use super::rule::estimates;
use super::weighted::weighted_majority;
use super::{Aggregator, Ballot, Decision, Ties, Voter};
use crate::catalogue::Entry;
use crate::protocol::WorkerId;
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::units::Positive;
use crate::vote::Step;

/// As in signSGD-FD.
pub(super) fn default_max_llr() -> Positive {
    Positive::try_from(10.0).expect("a positive number")
}

pub(crate) const ENTRY: Entry = Entry {
    word: "oracle",
    about: "weighted vote that is told every worker's true crossover of the round: the ceiling",
    source: "maximum-likelihood decoder; Park & Lee 2024, arXiv 2402.01340, section 3",
};

/// The rule; it remembers the last round's weights for who asks.
pub struct Oracle {
    coordinates: usize,
    max_llr: f64,
    ties: Ties,
    weights: Vec<f32>,
}

impl Oracle {
    /// An oracle over D coordinates.
    #[must_use]
    pub const fn new(coordinates: usize, max_llr: f64, ties: Ties) -> Self {
        Self { coordinates, max_llr, ties, weights: Vec::new() }
    }

    fn weight(&self, wrong: u64, compared: u64) -> f32 {
        if compared == 0 {
            return 0.0;
        }
        let q = wrong as f64 / compared as f64;
        ((1.0 - q) / q).ln().clamp(-self.max_llr, self.max_llr) as f32
    }
}

impl Aggregator for Oracle {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let mut crossovers = vec![None; ballot.workers as usize];
        self.weights = vec![0.0; ballot.workers as usize];
        let voters = ballot.voters();
        let Some(truth) = ballot.truth else {
            let held = Step::Signs(SignVector::zeros(self.coordinates));
            let step = if voters.is_empty() { Step::Nothing(self.coordinates) } else { held };
            return Decision { step, estimates: Vec::new() };
        };
        let mut weighted = Vec::with_capacity(voters.len());
        for Voter { worker, signs, weight, .. } in &voters {
            let (wrong, compared) = signs.disagreement(truth);
            self.weights[*worker] = self.weight(wrong, compared);
            crossovers[*worker] = (compared > 0).then(|| wrong as f64 / compared as f64);
            weighted.push((weight * self.weights[*worker], *signs));
        }
        let step = if voters.is_empty() {
            Step::Nothing(self.coordinates)
        } else {
            Step::Signs(weighted_majority(&weighted, self.coordinates, self.ties, &mut ballot.coins))
        };
        let estimates = if ballot.watched { estimates(&self.weights, &crossovers) } else { Vec::new() };
        Decision { step, estimates }
    }

    fn weights(&mut self, _: Round, worker: WorkerId) -> Vec<f32> {
        vec![self.weights.get(worker.index()).copied().unwrap_or(1.0); self.coordinates]
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

    #[test]
    fn a_liar_with_a_negative_weight_helps() {
        let truth = SignVector::from_signs(&[1, 1, 1, 1]);
        let vote = |signs: [i8; 4]| Arc::new(Vote::Signs(SignVector::from_signs(&signs)));
        let cast = |m, signs| CountedVote { worker: WorkerId(m), age: 0, weight: 1.0, vote: vote(signs) };
        let votes = [cast(0, [1, 1, 1, -1]), cast(1, [-1; 4])];
        let coins = Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)));
        let ballot = Ballot {
            round: Round(0),
            workers: 2,
            votes: &votes,
            coins,
            watched: true,
            truth: Some(&truth),
            trusted: None,
            helpers: &crate::helpers::NOBODY,
        };
        let decision = Oracle::new(4, 10.0, Ties::Hold).decode(ballot);
        assert_eq!(decision.step, Step::Signs(truth));
        let weights: Vec<f64> = decision.estimates.iter().map(|o| o.weight).collect();
        assert!((weights[0] - 3_f64.ln()).abs() < 1e-6 && weights[1] == -10.0, "{weights:?}");
        let crossovers: Vec<Option<f64>> = decision.estimates.iter().map(|o| o.crossover).collect();
        assert_eq!(crossovers, [Some(0.25), Some(1.0)]);

        let coins = Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(1)));
        let untold = Ballot {
            round: Round(1),
            workers: 2,
            votes: &votes,
            coins,
            watched: true,
            truth: None,
            trusted: None,
            helpers: &crate::helpers::NOBODY,
        };
        let decision = Oracle::new(4, 10.0, Ties::Coin).decode(untold);
        assert_eq!(decision.step.signs().to_signs(), [0; 4], "without a reference nothing moves");
    }
}
