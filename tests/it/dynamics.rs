//! What learned weights do to themselves over many rounds: agreement with one's own decision, and dictators.

use std::sync::Arc;

use rand::RngCore;
use signsim::aggregate::{AggregatorSpec, Ballot, Electorate, WeightOptions};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::random::{Coins, Purpose, Streams};
use signsim::record::WorkerRow;
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::Vote;

use crate::engine::{channel, run};

const LEAVE_ONE_OUT: &str =
    "{ preset: signsgd_fd, aggregator: { federated_defense: { reference: leave_one_out } } }";

/// Seven inverting workers of fifteen at p = .45: a worker's own vote tips the decision so often that the weights tell
/// nothing, and FD stays majority vote (error .4896). Against the decision without its own vote, every worker is
/// recognised within a few rounds, and the error falls to the ceiling of known weights (.3467). A million coordinates: with
/// ten thousand, the margin of the liars (.002) drowns in the noise of the count, and some seeds end in the mirror.
#[test]
fn leaving_the_own_vote_out_removes_self_agreement() {
    let late = |method: &str| {
        let text = channel(14, 0.45, 7, method).replace("coordinates: 2000", "coordinates: 1000000");
        let rounds = run(&text, 2).unwrap().tables.rounds;
        let late = &rounds[rounds.len() - 4..];
        late.iter().map(|r| r.decoding_error.unwrap()).sum::<f64>() / late.len() as f64
    };
    let (plain, left_out) = (late("signsgd_fd"), late(LEAVE_ONE_OUT));
    assert!((plain - 0.4896).abs() < 0.005, "{plain}");
    assert!((left_out - 0.3467).abs() < 0.005, "{left_out}");
}

/// A worker of pure noise agrees with a majority of equal weights with probability 1/2 + C(14, 7) / 2^15 = .60474, and
/// with the decision of the others with probability one half.
#[test]
fn noise_agrees_with_itself() {
    let agreement = |method: &str| {
        let text =
            channel(1, 0.5, 0, method).replace("rounds: 1", "rounds: 1, metrics: { workers_every: 1 }");
        let output = run(&text.replace("coordinates: 2000", "coordinates: 100000"), 1).unwrap();
        let of = |row: &WorkerRow| 1.0 - row.crossover.expect("everyone has voted");
        output.workers.iter().map(of).sum::<f64>() / output.workers.len() as f64
    };
    // 1.5 million draws, 15 of each coordinate together.
    let tolerance = 5.0 * 0.5 / 1e5_f64.sqrt();
    let (plain, left_out) = (agreement("signsgd_fd"), agreement(LEAVE_ONE_OUT));
    assert!((plain - 0.60474).abs() < tolerance, "{plain}");
    assert!((left_out - 0.5).abs() < tolerance, "{left_out}");
}

/// The share of coordinates on which one of fifteen workers of pure noise ends with more weight than all others together.
fn dictators(coordinates: usize, rounds: u32) -> f64 {
    let streams = Streams::new(5);
    let layer = 0..coordinates;
    let electorate = Electorate {
        workers: 15,
        declared: 0,
        trusted: false,
        layers: std::slice::from_ref(&layer),
        streams,
    };
    let mut server = AggregatorSpec::FederatedDefense(WeightOptions::paper()).build(electorate, &[]);
    for t in 0..rounds {
        let cast = |m: u32| {
            let mut stream = streams.stream(Purpose::Channel, u64::from(m), Round(t));
            let words = (0..coordinates.div_ceil(64)).map(|_| stream.next_u64()).collect();
            let vote = Arc::new(Vote::Signs(SignVector::from_words(coordinates, words)));
            CountedVote { worker: WorkerId(m), age: 0, weight: 1.0, vote }
        };
        let votes: Vec<CountedVote> = (0..15).map(cast).collect();
        let coins = Coins::new(streams.stream(Purpose::TieCoin, 0, Round(t)));
        server.decode(Ballot {
            round: Round(t),
            workers: 15,
            votes: &votes,
            coins,
            watched: false,
            truth: None,
            trusted: None,
            helpers: &signsim::helpers::NOBODY,
        });
    }
    let weights: Vec<Vec<f32>> =
        (0..15).map(|m| server.weights(Round(rounds), WorkerId(m)).to_vec()).collect();
    let rules = |n: &usize| {
        let of = weights.iter().map(|w| w[*n].abs());
        let largest = of.clone().fold(0.0, f32::max);
        2.0 * largest > of.sum()
    };
    (0..coordinates).filter(rules).count() as f64 / coordinates as f64
}

/// After as many rounds as the paper trains, weights by coordinate have reinforced their own decisions on 16 % of them;
/// after the first two hundred on none.
#[test]
fn coordinates_get_dictators() {
    let early = dictators(3200, 200);
    assert!(early < 0.001, "{early}");
    let late = dictators(3200, 3000);
    assert!((late - 0.16).abs() < 5.0 * (0.16 * 0.84 / 3200.0_f64).sqrt(), "{late}");
}
