//! Majority vote: u_n = sign(sum over m of y_{m,n}), abstentions counting for neither side.
//!
//! Source: Bernstein et al., *signSGD: compressed optimisation for non-convex problems*, arXiv 1802.04434,
//! algorithm 2; fault tolerance in arXiv 1810.05291. Cost O(M D / 64) word operations a round; votes can be counted as
//! they come in and need not be kept.
//!
//! Example: votes (+, +), (+, -), (-, -) decide (+, -). A tie is settled by rule; where nobody votes, nothing moves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::tally::{self, Elected, RunningCount, elect_few};
use super::weighted::weighted_majority;
use super::{Aggregator, Ballot, Decision, Ties, signs};
use crate::catalogue::Entry;
use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::sign::{SignVector, valid_bits};
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::{Step, Vote};

pub(crate) const ENTRY: Entry = Entry {
    word: "majority",
    about: "sign of the sum of all votes",
    source: "Bernstein et al. 2018, arXiv 1802.04434",
};

/// The rule with its tie-break; it remembers nothing of earlier rounds.
pub struct Majority {
    coordinates: usize,
    ties: Ties,
    counting: Counting,
}

/// The votes of the running round that have come in.
#[derive(Serialize, Deserialize)]
struct Counting {
    count: RunningCount,
    /// Came in one by one and are counted together.
    waiting: Vec<Arc<Vote>>,
}

impl Majority {
    /// A majority over D coordinates.
    #[must_use]
    pub const fn new(coordinates: usize, ties: Ties) -> Self {
        Self {
            coordinates,
            ties,
            counting: Counting { count: RunningCount::new(coordinates), waiting: Vec::new() },
        }
    }
}

impl Counting {
    fn count_waiting(&mut self) {
        let votes: Vec<&SignVector> = self.waiting.iter().map(|vote| signs(vote)).collect();
        self.count.add(&votes);
        self.waiting.clear();
    }
}

impl Aggregator for Majority {
    fn count(&mut self, cast: &CountedVote) -> bool {
        // Where nobody else comes they are counted and compared in one go.
        if self.counting.waiting.len() == tally::TOGETHER {
            self.counting.count_waiting();
        }
        self.counting.waiting.push(Arc::clone(&cast.vote));
        true
    }

    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let voters = ballot.voters();
        let Counting { count, waiting } = &mut self.counting;
        if voters.is_empty() && waiting.is_empty() && count.votes() == 0 {
            return Decision { step: Step::Nothing(self.coordinates), estimates: equal_estimates(&ballot) };
        }
        if voters.iter().any(|v| v.weight != 1.0) {
            let before = count.votes() as usize + waiting.len();
            assert_eq!(before, 0, "where votes have weights, none is counted before");
            let weighted: Vec<(f32, &SignVector)> = voters.iter().map(|v| (v.weight, v.signs)).collect();
            let signs = weighted_majority(&weighted, self.coordinates, self.ties, &mut ballot.coins);
            return Decision { step: Step::Signs(signs), estimates: equal_estimates(&ballot) };
        }
        let votes: Vec<&SignVector> =
            waiting.iter().map(|vote| signs(vote)).chain(voters.iter().map(|v| v.signs)).collect();
        let few = if count.votes() == 0 { elect_few(&votes, self.coordinates) } else { None };
        let elected = few.unwrap_or_else(|| {
            votes.chunks(tally::TOGETHER).for_each(|votes| count.add(votes));
            count.take()
        });
        waiting.clear();
        let Elected { wins: mut positive, ties: mut voted } = elected;
        for (k, (positive, voted)) in positive.iter_mut().zip(&mut voted).enumerate() {
            let ties = *voted;
            let (signs, counts) = self.ties.settle(k, ties, &mut ballot.coins);
            *positive |= signs;
            *voted = valid_bits(self.coordinates, k) & !ties | counts;
        }
        let step = Step::Signs(SignVector::from_decision(self.coordinates, positive, voted));
        Decision { step, estimates: equal_estimates(&ballot) }
    }

    fn weights(&mut self, _: Round, _: WorkerId) -> Vec<f32> {
        vec![1.0; self.coordinates]
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.counting)
    }
}

/// Everyone weighs the same, and nobody is estimated.
pub(crate) fn equal_estimates(ballot: &Ballot<'_>) -> Vec<WorkerEstimate> {
    let all = if ballot.watched { ballot.workers } else { 0 };
    (0..all).map(|m| WorkerEstimate { worker: WorkerId(m), weight: 1.0, crossover: None }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::CountedVote;
    use crate::random::{Coins, Purpose, Streams};
    use crate::vote::Vote;

    fn coins() -> Coins {
        Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(0)))
    }

    fn decide_on(votes: &[CountedVote], coordinates: usize, ties: Ties) -> Vec<i8> {
        let ballot = Ballot {
            round: Round(0),
            workers: 20,
            votes,
            coins: coins(),
            watched: false,
            truth: None,
            trusted: None,
            helpers: &crate::helpers::NOBODY,
        };
        Majority::new(coordinates, ties).decode(ballot).step.signs().to_signs()
    }

    fn decide(votes: &[Vec<i8>], ties: Ties) -> Vec<i8> {
        decide_on(&casts(votes, 1.0), votes[0].len(), ties)
    }

    fn casts(votes: &[Vec<i8>], weight: f32) -> Vec<CountedVote> {
        let cast = |(m, v): (usize, &Vec<i8>)| CountedVote {
            worker: WorkerId(m as u32),
            age: 0,
            weight,
            vote: Arc::new(Vote::Signs(SignVector::from_signs(v))),
        };
        votes.iter().enumerate().map(cast).collect()
    }

    #[test]
    fn ties_hold_or_rise_or_fall_by_coin() {
        let votes = [vec![1; 4096], vec![-1; 4096]];
        assert_eq!(decide(&votes, Ties::Hold), vec![0; 4096]);
        assert_eq!(decide(&votes, Ties::Plus), vec![1; 4096]);
        let sum: i32 = decide(&votes, Ties::Coin).iter().map(|s| i32::from(*s)).sum();
        // Five standard deviations of a fair coin over 4,096 coordinates.
        assert!(sum.abs() < 5 * 64, "{sum}");
    }

    fn election() -> impl Strategy<Value = Vec<Vec<i8>>> {
        (1_usize..20, 1_usize..150)
            .prop_flat_map(|(m, d)| prop::collection::vec(prop::collection::vec(-1_i8..=1, d), m))
    }

    proptest! {
        #[test]
        fn packed_votes_agree_with_a_plain_sum(votes in election()) {
            let plain: Vec<i8> = (0..votes[0].len())
                .map(|n| votes.iter().map(|v| i32::from(v[n])).sum::<i32>().signum() as i8).collect();
            prop_assert_eq!(decide(&votes, Ties::Hold), plain);
        }

        #[test]
        fn equal_weights_of_any_size_are_a_majority(votes in election()) {
            let lighter = decide_on(&casts(&votes, 0.25), votes[0].len(), Ties::Coin);
            prop_assert_eq!(lighter, decide(&votes, Ties::Coin));
        }

        #[test]
        fn relabelling_workers_changes_nothing(mut votes in election()) {
            let before = decide(&votes, Ties::Coin);
            votes.reverse();
            prop_assert_eq!(decide(&votes, Ties::Coin), before);
        }

        #[test]
        fn flipping_every_sign_flips_the_decision(votes in election()) {
            let flipped: Vec<Vec<i8>> = votes.iter().map(|v| v.iter().map(|s| -s).collect()).collect();
            let negated: Vec<i8> = decide(&votes, Ties::Hold).iter().map(|s| -s).collect();
            prop_assert_eq!(decide(&flipped, Ties::Hold), negated);
        }
    }
}
