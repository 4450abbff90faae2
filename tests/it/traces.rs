//! signSGD-FD against the authors' estimator, and against a plain twin of the formulas.

use std::sync::Arc;

use proptest::prelude::*;
use serde::Deserialize;
use signsim::aggregate::{
    Abstentions, Aggregator, AggregatorSpec, Ballot, Granularity, InitialPhase, LastLayer, Options,
    Reference, Ties,
};
use signsim::protocol::WorkerId;
use signsim::random::{Coins, Purpose, Streams};
use signsim::sign::SignVector;
use signsim::time::Round;

#[derive(Deserialize)]
struct Trace {
    workers: u32,
    coordinates: usize,
    t_in: u32,
    max_llr: f64,
    epsilon: f64,
    forgetting: f64,
    rounds: Vec<TraceRound>,
}

#[derive(Deserialize)]
struct TraceRound {
    votes: Vec<Vec<i8>>,
    weights: Vec<Vec<f64>>,
    decoded: Vec<i8>,
}

fn coins(round: u32) -> Coins {
    Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(round)))
}

fn decode(aggregator: &mut dyn Aggregator, round: u32, votes: &[Option<Vec<i8>>]) -> Vec<i8> {
    let votes: Vec<_> =
        votes.iter().map(|v| v.as_ref().map(|v| Arc::new(SignVector::from_signs(v)))).collect();
    let ballot = Ballot { round: Round(round), votes: &votes, coins: coins(round), watched: true };
    aggregator.decode(ballot).signs.to_signs()
}

fn check_trace(text: &str) {
    let trace: Trace = serde_json::from_str(text).unwrap();
    let options = Options {
        t_in: trace.t_in,
        max_llr: trace.max_llr,
        epsilon: trace.epsilon,
        forgetting: trace.forgetting,
        abstentions: Abstentions::AsVotes,
        ties: Ties::Hold,
        ..Options::paper()
    };
    let layers = std::slice::from_ref(&(0..trace.coordinates)).to_vec();
    let mut aggregator = AggregatorSpec::FederatedDefense(options).build(trace.workers, &layers);
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
    check_trace(include_str!("../reference/fd_trace_signs.json"));
}

#[test]
fn fifteen_workers_seven_of_them_corrupted() {
    check_trace(include_str!("../reference/fd_trace_m15_l7.json"));
}

#[test]
fn five_workers_with_abstentions() {
    check_trace(include_str!("../reference/fd_trace_ternary.json"));
}

/// The example that the algorithm's description works out by hand: M = 3, D = 2, `t_in` = 2.
#[test]
fn the_example_worked_out_by_hand() {
    let options = Options { t_in: 2, ..Options::paper() };
    let mut aggregator = AggregatorSpec::FederatedDefense(options).build(3, std::slice::from_ref(&(0..2)));
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

/// The formulas of signSGD-FD written coordinate by coordinate, with nothing packed, shared or looked up.
struct Twin {
    options: Options,
    layers: Vec<usize>,
    /// By worker and coordinate: agreements and comparisons.
    counts: Vec<Vec<(f64, f64)>>,
}

impl Twin {
    fn new(options: Options, workers: usize, layers: Vec<usize>) -> Self {
        let counts = vec![vec![(0.0, 0.0); layers.len()]; workers];
        Self { options, layers, counts }
    }

    fn weight(&self, (agreed, received): (f64, f64), own: f64, kappa: f64) -> f64 {
        let o = &self.options;
        let rate = if received + kappa > 0.0 {
            (agreed + kappa * own) / (received + kappa + o.epsilon)
        } else {
            own
        };
        ((rate + o.epsilon) / (1.0 - rate + o.epsilon)).ln().clamp(-o.max_llr, o.max_llr)
    }

    fn sum(&self, m: usize, belongs: impl Fn(usize) -> bool) -> (f64, f64) {
        let all = self.counts[m].iter().enumerate().filter(|(n, _)| belongs(*n));
        all.fold((0.0, 0.0), |(a, r), (_, (x, y))| (a + x, r + y))
    }

    fn weights(&self, t: u32, voters: &[usize]) -> Vec<Vec<f64>> {
        let o = &self.options;
        let known = |m: usize| self.sum(m, |_| true).1 > 0.0;
        let anybody = voters.iter().any(|m| known(*m));
        let one = |m: usize, n: usize| {
            let last = self.layers[n] == *self.layers.last().unwrap();
            let majority = o.initial_phase == InitialPhase::Majority && t < o.t_in;
            if !anybody || majority || last && o.last_layer == LastLayer::Majority {
                return 1.0;
            }
            if !known(m) {
                return 0.0;
            }
            let whole = self.sum(m, |_| true);
            let own = whole.0 / whole.1;
            match o.granularity {
                Granularity::Coordinate if t >= o.t_in => self.weight(self.counts[m][n], own, o.shrinkage),
                Granularity::Layer if t >= o.t_in => {
                    self.weight(self.sum(m, |i| self.layers[i] == self.layers[n]), own, o.shrinkage)
                }
                _ => self.weight(whole, own, 0.0),
            }
        };
        (0..self.counts.len()).map(|m| (0..self.layers.len()).map(|n| one(m, n)).collect()).collect()
    }

    fn decode(&mut self, t: u32, votes: &[Option<Vec<i8>>]) -> Vec<i8> {
        let voters: Vec<usize> = (0..votes.len()).filter(|m| votes[*m].is_some()).collect();
        let weights = self.weights(t, &voters);
        let vote = |m: usize, n: usize| votes[m].as_ref().unwrap()[n];
        // The aggregator keeps weights in single precision, so that a tie is a tie in both.
        let w = |m: usize, n: usize| f64::from(weights[m][n] as f32);
        let tolerance = self.options.tie_tolerance;
        let sign = |score: f64| i8::from(score > tolerance) - i8::from(score < -tolerance);
        let mut decision = Vec::new();
        for n in 0..self.layers.len() {
            let score: f64 = voters.iter().map(|m| w(*m, n) * f64::from(vote(*m, n))).sum();
            decision.push(sign(score));
            for &m in &voters {
                let reference = match self.options.reference {
                    Reference::Decision => sign(score),
                    Reference::LeaveOneOut => sign(score - w(m, n) * f64::from(vote(m, n))),
                };
                let (v, lambda) = (vote(m, n), self.options.forgetting);
                let compared = self.options.abstentions == Abstentions::AsVotes || v != 0 && reference != 0;
                let (agreed, received) = &mut self.counts[m][n];
                *agreed = *agreed * lambda + f64::from(u8::from(compared && v == reference));
                *received = *received * lambda + f64::from(u8::from(compared));
            }
        }
        decision
    }
}

fn options() -> impl Strategy<Value = Options> {
    let granularity =
        prop_oneof![Just(Granularity::Coordinate), Just(Granularity::Layer), Just(Granularity::Worker)];
    let reference = prop_oneof![Just(Reference::Decision), Just(Reference::LeaveOneOut)];
    let phase = prop_oneof![Just(InitialPhase::Weighted), Just(InitialPhase::Majority)];
    let last = prop_oneof![Just(LastLayer::Weighted), Just(LastLayer::Majority)];
    let abstentions = prop_oneof![Just(Abstentions::Ignored), Just(Abstentions::AsVotes)];
    let forgetting = prop_oneof![Just(1.0), Just(0.925)];
    let shrinkage = prop_oneof![Just(0.0), Just(3.0)];
    (0_u32..5, granularity, reference, phase, last, abstentions, forgetting, shrinkage).prop_map(
        |(t_in, granularity, reference, initial_phase, last_layer, abstentions, forgetting, shrinkage)| {
            Options {
                t_in,
                granularity,
                reference,
                initial_phase,
                last_layer,
                abstentions,
                forgetting,
                shrinkage,
                ties: Ties::Hold,
                ..Options::paper()
            }
        },
    )
}

fn votes(workers: usize, coordinates: usize) -> impl Strategy<Value = Vec<Option<Vec<i8>>>> {
    let sign = prop_oneof![4 => Just(-1_i8), 4 => Just(1), 1 => Just(0)];
    prop::collection::vec(prop::option::weighted(0.9, prop::collection::vec(sign, coordinates)), workers)
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
        election in prop::collection::vec(votes(5, 130), 8),
    ) {
        let layers = [0..cut, cut..130];
        let owner: Vec<usize> = (0..130).map(|n| usize::from(n >= cut)).collect();
        let mut twin = Twin::new(options.clone(), 5, owner);
        let mut aggregator = AggregatorSpec::FederatedDefense(options).build(5, &layers);
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
