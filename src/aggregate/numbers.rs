//! A rule on numbers at the server: votes become vectors, the combined vector becomes the step.

use std::borrow::Cow;

use super::dense::{Combined, DenseAggregator, weighted_mean};
use super::{Aggregator, Ballot, Decision};
use crate::protocol::{WorkerEstimate, WorkerId};
use crate::random::{Purpose, Streams};
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;

/// The rule with its memory, and the weights of the last round for who asks.
pub(crate) struct Numbers {
    rule: DenseAggregator,
    coordinates: usize,
    streams: Streams,
    weights: Vec<f64>,
}

impl Numbers {
    /// A rule over D coordinates; `streams` deal vectors into buckets.
    #[must_use]
    pub(crate) const fn new(rule: DenseAggregator, coordinates: usize, streams: Streams) -> Self {
        Self { rule, coordinates, streams, weights: Vec::new() }
    }
}

impl Aggregator for Numbers {
    fn decode(&mut self, ballot: Ballot<'_>) -> Decision {
        let dense: Vec<Cow<'_, [f32]>> = ballot.votes.iter().map(|cast| cast.vote.to_dense()).collect();
        let vectors: Vec<&[f32]> = dense.iter().map(|vector| &**vector).collect();
        let late: Vec<f64> = ballot.votes.iter().map(|cast| f64::from(cast.weight)).collect();
        let Combined { vector, weights } = if late.iter().all(|weight| *weight == 1.0) {
            self.rule.aggregate(&vectors, self.streams.stream(Purpose::Buckets, 0, ballot.round))
        } else {
            // Only a mean is ever given late votes that count for less.
            weighted_mean(&vectors, &late)
        };
        self.weights = vec![0.0; ballot.workers as usize];
        for (cast, weight) in ballot.votes.iter().zip(weights) {
            self.weights[cast.worker.index()] += weight;
        }
        // As for votes on signs, a weight of one is an equal share.
        let share = vectors.len() as f64;
        let estimate = |m: usize| WorkerEstimate {
            worker: WorkerId(m as u32),
            weight: self.weights[m] * share,
            crossover: None,
        };
        let all = if ballot.watched { ballot.workers as usize } else { 0 };
        let step = if vectors.is_empty() { Step::Nothing(self.coordinates) } else { Step::Dense(vector) };
        Decision { step, estimates: (0..all).map(estimate).collect() }
    }

    fn weights(&mut self, _: Round, worker: WorkerId) -> Vec<f32> {
        vec![self.weights.get(worker.index()).copied().unwrap_or(1.0) as f32; self.coordinates]
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(self.rule.memory())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::aggregate::dense::DenseRule;
    use crate::protocol::CountedVote;
    use crate::random::Coins;
    use crate::vote::Vote;

    fn decide(rule: &DenseRule, votes: &[(f32, [f32; 2])]) -> (Vec<f32>, Vec<f64>) {
        let streams = Streams::new(1);
        let cast = |(m, (weight, values)): (usize, &(f32, [f32; 2]))| CountedVote {
            worker: WorkerId(m as u32),
            age: 0,
            weight: *weight,
            vote: Arc::new(Vote::Dense(values.to_vec())),
        };
        let votes: Vec<CountedVote> = votes.iter().enumerate().map(cast).collect();
        let coins = Coins::new(streams.stream(Purpose::TieCoin, 0, Round(0)));
        let ballot = Ballot {
            round: Round(0),
            workers: 4,
            votes: &votes,
            coins,
            watched: true,
            truth: None,
            trusted: None,
            helpers: &crate::helpers::NOBODY,
        };
        let rule = DenseAggregator::new(rule, &[], 4, 0, 2).unwrap();
        let decision = Numbers::new(rule, 2, streams).decode(ballot);
        let values = match decision.step {
            Step::Dense(values) => values,
            Step::Nothing(d) if votes.is_empty() => vec![0.0; d],
            step => panic!("numbers step by numbers: {step:?}"),
        };
        (values, decision.estimates.iter().map(|o| o.weight).collect())
    }

    #[test]
    fn votes_are_combined_and_late_ones_count_for_less() {
        let (mean, weights) = decide(&DenseRule::Mean, &[(1.0, [1.0, 0.0]), (1.0, [3.0, -2.0])]);
        assert_eq!((mean, weights), (vec![2.0, -1.0], vec![1.0, 1.0, 0.0, 0.0]));
        let (mean, _) = decide(&DenseRule::Mean, &[(1.0, [1.0, 0.0]), (0.5, [4.0, -3.0])]);
        assert_eq!(mean, [2.0, -1.0]);
        assert_eq!(decide(&DenseRule::Median, &[]).0, [0.0, 0.0]);
    }
}
