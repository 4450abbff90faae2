//! signSGD-FD against the authors' estimator, and against a plain twin of the formulas.

use std::sync::Arc;

use proptest::prelude::*;
use serde::Deserialize;
use signsim::aggregate::{Abstentions, Aggregator, AggregatorSpec, Ballot, Electorate, Ties, WeightOptions};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::random::{Coins, Purpose, Streams};
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::Vote;

use crate::twin::{Twin, options, votes};

/// Votes in, weights and decisions out, by the authors' estimator.
#[derive(Deserialize)]
pub(crate) struct Trace {
    pub workers: u32,
    pub coordinates: usize,
    pub t_in: u32,
    pub max_llr: f64,
    pub epsilon: f64,
    pub forgetting: f64,
    pub rounds: Vec<TraceRound>,
}

#[derive(Deserialize)]
pub(crate) struct TraceRound {
    pub votes: Vec<Vec<i8>>,
    /// By worker and coordinate.
    pub weights: Vec<Vec<f64>>,
    pub decoded: Vec<i8>,
}

/// The traces: signs only, with corrupted workers, with abstentions.
pub(crate) const TRACES: [&str; 3] = [
    include_str!("../reference/fd_trace_signs.json"),
    include_str!("../reference/fd_trace_m15_l7.json"),
    include_str!("../reference/fd_trace_ternary.json"),
];

fn build(options: WeightOptions, workers: u32, layers: &[std::ops::Range<usize>]) -> Box<dyn Aggregator> {
    let electorate = Electorate { workers, declared: 0, trusted: false, layers, streams: Streams::new(1) };
    AggregatorSpec::FederatedDefense(options).build(electorate, &[])
}

fn coins(round: u32) -> Coins {
    Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(round)))
}

fn decode(aggregator: &mut dyn Aggregator, round: u32, votes: &[Option<Vec<i8>>]) -> Vec<i8> {
    let cast = |(m, v): (usize, &Option<Vec<i8>>)| {
        let vote = Arc::new(Vote::Signs(SignVector::from_signs(v.as_ref()?)));
        Some(CountedVote { worker: WorkerId(m as u32), age: 0, weight: 1.0, vote })
    };
    let workers = votes.len() as u32;
    let votes: Vec<CountedVote> = votes.iter().enumerate().filter_map(cast).collect();
    let ballot = Ballot {
        round: Round(round),
        workers,
        votes: &votes,
        coins: coins(round),
        watched: true,
        truth: None,
        trusted: None,
        helpers: &signsim::helpers::NOBODY,
    };
    aggregator.decode(ballot).step.signs().to_signs()
}

fn check_trace(text: &str) {
    let trace: Trace = serde_json::from_str(text).unwrap();
    let options = WeightOptions {
        t_in: trace.t_in,
        max_llr: trace.max_llr,
        epsilon: trace.epsilon,
        forgetting: trace.forgetting,
        abstentions: Abstentions::AsVotes,
        ties: Ties::Hold,
        ..WeightOptions::paper()
    };
    let layers = std::slice::from_ref(&(0..trace.coordinates)).to_vec();
    let mut aggregator = build(options, trace.workers, &layers);
    let mut compared = 0;
    for (t, round) in trace.rounds.iter().enumerate() {
        let t = t as u32;
        for (m, expected) in round.weights.iter().enumerate() {
            let weights = aggregator.weights(Round(t), WorkerId(m as u32));
            for (n, (ours, theirs)) in weights.iter().zip(expected).enumerate() {
                assert!(
                    (f64::from(*ours) - theirs).abs() < 1e-4,
                    "round {t}, worker {m}, coordinate {n}: {ours} instead of {theirs}"
                );
            }
        }
        let votes: Vec<_> = round.votes.iter().cloned().map(Some).collect();
        let decoded = decode(aggregator.as_mut(), t, &votes);
        for (n, (ours, theirs)) in decoded.iter().zip(&round.decoded).enumerate() {
            let score: f64 =
                round.weights.iter().zip(&round.votes).map(|(w, v)| w[n] * f64::from(v[n])).sum();
            if score.abs() > 1e-4 {
                assert_eq!(ours, theirs, "round {t}, coordinate {n}, score {score}");
                compared += 1;
            }
        }
    }
    assert!(compared > trace.rounds.len() * trace.coordinates / 2, "only {compared} decisions compared");
}

#[test]
fn five_workers_with_signs() {
    check_trace(TRACES[0]);
}

#[test]
fn fifteen_workers_seven_of_them_corrupted() {
    check_trace(TRACES[1]);
}

#[test]
fn five_workers_with_abstentions() {
    check_trace(TRACES[2]);
}

/// The example that the algorithm's description works out by hand: M = 3, D = 2, `t_in` = 2.
#[test]
fn the_example_worked_out_by_hand() {
    let options = WeightOptions { t_in: 2, ..WeightOptions::paper() };
    let mut aggregator = build(options, 3, std::slice::from_ref(&(0..2)));
    let rounds: [([[i8; 2]; 3], [i8; 2]); 4] = [
        ([[1, 1], [1, -1], [-1, -1]], [1, -1]),
        ([[1, -1], [1, -1], [-1, 1]], [1, -1]),
        ([[-1, 1], [1, 1], [1, 1]], [-1, 1]),
        ([[1, 1], [-1, 1], [-1, -1]], [1, 1]),
    ];
    // By worker and coordinate, in every round.
    let weights = [
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[0.0, 0.0], [10.0, 10.0], [0.0, 0.0]],
        [[10.0, 0.0], [10.0, 10.0], [-10.0, 0.0]],
        [[10.0, 0.693_122], [0.693_122, 10.0], [-10.0, 0.693_122]],
    ];
    for (t, (votes, decision)) in rounds.iter().enumerate() {
        for (m, expected) in weights[t].iter().enumerate() {
            let ours = aggregator.weights(Round(t as u32), WorkerId(m as u32));
            for (w, e) in ours.iter().zip(expected) {
                assert!((w - e).abs() < 2e-5, "round {t}, worker {m}: {w} instead of {e}");
            }
        }
        let votes: Vec<_> = votes.iter().map(|v| Some(v.to_vec())).collect();
        assert_eq!(decode(aggregator.as_mut(), t as u32, &votes), decision, "round {t}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Every option, missing votes and abstentions, layers that end inside a word: weights agree with the twin in
    /// every round. Decisions are compared where the score is not within rounding of a tie; there the run ends,
    /// since a decision changes everything after it.
    #[test]
    fn weights_and_decisions_agree_with_a_plain_twin(
        options in options(),
        cut in 1_usize..130,
        election in prop::collection::vec(votes(5, 130, 0.9), 8),
    ) {
        let layers = [0..cut, cut..130];
        let owner: Vec<usize> = (0..130).map(|n| usize::from(n >= cut)).collect();
        let mut twin = Twin::new(options.clone(), 5, owner);
        let mut aggregator = build(options, 5, &layers);
        for (t, votes) in election.iter().enumerate() {
            let t = t as u32;
            let all: Vec<usize> = (0..5).collect();
            let expected = twin.weights(t, &all);
            for (m, theirs) in expected.iter().enumerate() {
                let ours = aggregator.weights(Round(t), WorkerId(m as u32));
                for (n, (a, b)) in ours.iter().zip(theirs).enumerate() {
                    prop_assert!((f64::from(*a) - b).abs() < 2e-3, "round {} worker {} coordinate {}: {} {}", t, m, n, a, b);
                }
            }
            let scores: Vec<f64> = (0..130).map(|n| {
                votes.iter().zip(&expected).filter_map(|(v, w)| v.as_ref().map(|v| w[n] * f64::from(v[n]))).sum()
            }).collect();
            let (ours, theirs) = (decode(aggregator.as_mut(), t, votes), twin.decode(t, votes));
            if scores.iter().any(|s| s.abs() < 1e-2) {
                break;
            }
            prop_assert_eq!(ours, theirs);
        }
    }
}
