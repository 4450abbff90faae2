//! The server's side of a round: votes in, a decision out.
//!
//! Each rule is checked on some coordinates against a plain sum before it is timed. The peers of these numbers are in
//! `benches/peers/torch_round.py`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use signsim::aggregate::{Aggregator, Ballot, FederatedDefense, Granularity, Majority, Ties, WeightOptions};
use signsim::helpers::{Helpers, Lender, NOBODY};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::random::{Coins, Purpose, Streams, biased_bits};
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::Vote;

mod common;

/// The parameters of the paper's CNN.
const CNN: usize = 582_026;
/// As many as a large ResNet has.
const LARGE: usize = 25_600_000;

/// Votes of workers with crossovers between 0.1 and 0.5 on a truth of all plus.
fn votes(workers: u32, coordinates: usize, round: u32) -> Vec<CountedVote> {
    let vote = |m: u32| {
        let crossover = 0.1 + 0.4 * f64::from(m) / f64::from(workers);
        let mut stream = Streams::new(1).stream(Purpose::Channel, u64::from(m), Round(round));
        let signs = SignVector::from_words(coordinates, biased_bits(&mut stream, crossover, coordinates));
        Arc::new(Vote::Signs(signs.inverted()))
    };
    (0..workers).map(|m| CountedVote { worker: WorkerId(m), age: 0, weight: 1.0, vote: vote(m) }).collect()
}

/// A second thread, which always stands idle.
struct Second;

impl Lender for Second {
    fn lend(&self, most: usize) -> usize {
        most.min(1)
    }

    fn give_back(&self, _: usize) {}
}

fn decode(rule: &mut dyn Aggregator, round: u32, votes: &[CountedVote], helpers: &Helpers) -> SignVector {
    let coins = Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(round)));
    let workers = votes.len() as u32;
    let ballot = Ballot {
        round: Round(round),
        workers,
        votes,
        coins,
        watched: false,
        truth: None,
        trusted: None,
        helpers,
    };
    rule.decode(ballot).step.signs().into_owned()
}

/// Every thousandth coordinate against the sum of weights times signs, where it is not a tie.
fn check(rule: &mut dyn Aggregator, round: u32, votes: &[CountedVote], coordinates: usize) {
    let some: Vec<usize> = (0..coordinates).step_by(1 + coordinates / 1000).collect();
    let mut scores = vec![0.0_f64; some.len()];
    for cast in votes {
        let weights = rule.weights(Round(round), cast.worker);
        let signs = cast.vote.signs().expect("votes of signs");
        for (score, &n) in scores.iter_mut().zip(&some) {
            *score += f64::from(weights[n]) * f64::from(signs.sign(n));
        }
    }
    let decided = decode(rule, round, votes, &NOBODY);
    for (score, &n) in scores.iter().zip(&some) {
        assert!(score.abs() < 1e-5 || f64::from(decided.sign(n)) * score > 0.0, "coordinate {n}: {score}");
    }
}

fn majority(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tally/majority");
    for (workers, coordinates) in [(15, CNN), (100, CNN), (1000, CNN), (15, LARGE)] {
        let votes = votes(workers, coordinates, 0);
        let mut rule = Majority::new(coordinates, Ties::Coin);
        check(&mut rule, 0, &votes, coordinates);
        group.throughput(Throughput::Elements(u64::from(workers) * coordinates as u64));
        group.bench_function(format!("m={workers}/d={coordinates}"), |bencher| {
            bencher.iter(|| black_box(decode(&mut rule, 0, black_box(&votes), &NOBODY)));
        });
    }
    group.finish();
}

/// Rounds that are timed on top of those that are past: as many as keep their counts in one byte.
const TIMED: u32 = 100;

/// signSGD-FD after its initial phase, rounds on top of several.
fn federated_defense(criterion: &mut Criterion) {
    for (name, granularity) in [("worker", Granularity::Worker), ("coordinate", Granularity::Coordinate)] {
        let mut group = criterion.benchmark_group(format!("tally/fd-{name}"));
        for (workers, coordinates, past) in [(15, CNN, 100), (100, CNN, 10), (1000, CNN, 3)] {
            let options = WeightOptions { t_in: 1, granularity, ..WeightOptions::paper() };
            let layer = 0..coordinates;
            let seen = [votes(workers, coordinates, 0), votes(workers, coordinates, 1)];
            let ready = || {
                let mut rule = FederatedDefense::new(options.clone(), workers, std::slice::from_ref(&layer));
                for round in 0..past {
                    decode(&mut rule, round, &seen[round as usize % 2], &NOBODY);
                }
                rule
            };
            check(&mut ready(), past, &seen[0], coordinates);
            group.throughput(Throughput::Elements(u64::from(workers) * coordinates as u64));
            let second = Helpers::of(Arc::new(Second));
            for (threads, helpers) in [("", &NOBODY), ("/threads=2", &second)] {
                let (mut rule, mut round) = (ready(), past);
                group.bench_function(format!("m={workers}/d={coordinates}{threads}"), |bencher| {
                    bencher.iter_custom(|iterations| {
                        let mut took = Duration::ZERO;
                        for _ in 0..iterations {
                            if round == past + TIMED {
                                (rule, round) = (ready(), past);
                            }
                            round += 1;
                            let votes = black_box(&seen[round as usize % 2]);
                            let started = Instant::now();
                            black_box(decode(&mut rule, round, votes, helpers));
                            took += started.elapsed();
                        }
                        took
                    });
                });
            }
        }
        group.finish();
    }
}

/// How often each of fifteen votes agrees with a decision.
fn agreement(criterion: &mut Criterion) {
    let votes = votes(15, CNN, 0);
    let decision = SignVector::from_words(CNN, vec![u64::MAX; CNN.div_ceil(64)]);
    let wrong = || {
        let counts = votes.iter().map(|cast| {
            let signs = cast.vote.signs().expect("votes of signs");
            black_box(signs).disagreement(&decision).0
        });
        counts.sum::<u64>()
    };
    // Fifteen crossovers from 0.1 in steps of 0.4 / 15; the mean of their counts varies by less than 0.001.
    let mean = wrong() as f64 / (15.0 * CNN as f64);
    assert!((mean - (0.1 + 0.4 * 7.0 / 15.0)).abs() < 1e-3, "{mean}");
    let mut group = criterion.benchmark_group("tally/agreement");
    group.throughput(Throughput::Elements(15 * CNN as u64));
    group.bench_function(format!("m=15/d={CNN}"), |bencher| bencher.iter(|| black_box(wrong())));
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion().sample_size(10).measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = majority, agreement, federated_defense
}
criterion_main!(benches);
