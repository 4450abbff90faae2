//! Spectral decoding against a prototype in NumPy, against exact errors, and where it must not depend on anything.

use std::ops::Range;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use serde::Deserialize;
use signsim::aggregate::{
    Aggregator, Ballot, Compared, Decision, Electorate, Spectral, SpectralCopies, SpectralGranularity,
    SpectralOptions,
};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::random::{Coins, Purpose, Streams};
use signsim::sign::SignVector;
use signsim::theory;
use signsim::time::Round;
use signsim::vote::Vote;

use crate::engine::{channel, exact, run};

#[derive(Deserialize)]
struct Case {
    name: String,
    workers: usize,
    coordinates: usize,
    rounds: Vec<CaseRound>,
}

#[derive(Deserialize)]
struct CaseRound {
    votes: Vec<String>,
    /// Workers that speak with one voice, and a of each group.
    groups: Vec<Vec<usize>>,
    a: Vec<f64>,
    decision: String,
}

fn options(yaml: &str) -> SpectralOptions {
    serde_yaml::from_str(yaml).unwrap()
}

fn unpacked(hex: &str, coordinates: usize) -> SignVector {
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    SignVector::from_words(coordinates, words)
}

fn cast(votes: &[(usize, SignVector)]) -> Vec<CountedVote> {
    let cast = |(worker, signs): &(usize, SignVector)| CountedVote {
        worker: WorkerId(*worker as u32),
        age: 0,
        weight: 1.0,
        vote: Arc::new(Vote::Signs(signs.clone())),
    };
    votes.iter().map(cast).collect()
}

fn decode(rule: &mut Spectral, workers: usize, round: u32, votes: &[CountedVote]) -> Decision {
    let coins = Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, Round(round)));
    let workers = workers as u32;
    rule.decode(Ballot {
        round: Round(round),
        workers,
        votes,
        coins,
        watched: true,
        truth: None,
        trusted: None,
        helpers: &signsim::helpers::NOBODY,
    })
}

fn rule(options: SpectralOptions, workers: usize, layers: &[Range<usize>]) -> Spectral {
    Spectral::new(
        options,
        Electorate { workers: workers as u32, declared: 0, trusted: false, layers, streams: Streams::new(1) },
    )
}

/// Copies, a and decisions are those of the prototype, which merges one pair at a time and asks for eigenvectors.
#[test]
fn copies_qualities_and_decisions_are_those_of_the_prototype() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../reference/spectral.json")).unwrap();
    for Case { name, workers, coordinates, rounds } in cases {
        let whole = 0..coordinates;
        let mut spectral =
            rule(options("{ shrinkage: none, fit: squares }"), workers, std::slice::from_ref(&whole));
        for (t, round) in rounds.iter().enumerate() {
            let votes = round.votes.iter().map(|hex| unpacked(hex, coordinates)).enumerate();
            let votes = cast(&votes.collect::<Vec<_>>());
            let expected_weights = |m: usize| {
                let group = round.groups.iter().position(|group| group.contains(&m)).unwrap();
                let a = round.a[group];
                (a, ((1.0 + a) / (1.0 - a)).ln() / round.groups[group].len() as f64)
            };
            let asked: Vec<f32> = (0..workers)
                .map(|m| spectral.weights_among(Round(t as u32), WorkerId(m as u32), &votes)[0])
                .collect();
            let decision = decode(&mut spectral, workers, t as u32, &votes);
            assert_eq!(*decision.step.signs(), unpacked(&round.decision, coordinates), "{name}, round {t}");
            for (m, estimate) in decision.estimates.iter().enumerate() {
                let (a, weight) = expected_weights(m);
                let crossover = estimate.crossover.unwrap();
                assert!((crossover - 0.5 * (1.0 - a)).abs() < 1e-6, "{name}, round {t}: {m} {crossover} {a}");
                assert!((estimate.weight - weight).abs() < 1e-5, "{name}: {m} {} {weight}", estimate.weight);
                assert!((f64::from(asked[m]) - weight).abs() < 1e-5, "{name}: {m} {} {weight}", asked[m]);
            }
        }
    }
}

/// Whoever lies, the error is that of a decoder that is told the crossovers and leaves out who says nothing: inverters help,
/// a coalition of coins is one more coin. Twenty rounds of 20,000 coordinates.
#[test]
fn channels_are_decoded_as_if_the_crossovers_were_known() {
    let spectral = "{ quantizer: sign, aggregator: spectral }";
    for (attack, flip) in [("sign_inversion", 1.0), ("colluders", 0.5)] {
        for crossover in [0.2, 0.3, 0.4] {
            for adversaries in [0, 3, 7] {
                let text = channel(20, crossover, adversaries, spectral).replace("sign_inversion", attack);
                let text = text.replace("coordinates: 2000", "coordinates: 20000");
                let error = run(&text, 1).unwrap().summary.decoding_error.unwrap();
                let expected = exact(crossover, adversaries, flip).weighted;
                assert!(
                    (error - expected).abs() < 0.002,
                    "{attack}, p = {crossover}, L = {adversaries}: {error} instead of {expected}"
                );
            }
        }
    }
}

/// Coalitions that agree too little to be merged bend a fit by least squares; one that leaves out what it cannot explain decodes
/// like the oracle, which is told the crossovers.
#[test]
fn coalitions_below_the_threshold_are_seen_through() {
    for attack in ["{ whisper: { share: 0.2 } }", "whisper", "{ colluders: { noise: 0.2 } }"] {
        for (crossover, adversaries) in [(0.2, 4), (0.2, 7), (0.3, 7)] {
            let error = |aggregator: &str| {
                let method = format!("{{ quantizer: sign, aggregator: {aggregator} }}");
                let text = channel(10, crossover, adversaries, &method).replace("sign_inversion", attack);
                let text = text.replace("coordinates: 2000", "coordinates: 20000");
                run(&text, 1).unwrap().summary.decoding_error.unwrap()
            };
            let (capped, oracle) = (error("spectral"), error("oracle"));
            assert!(
                capped < oracle + 0.005,
                "{attack}, p = {crossover}, L = {adversaries}: {capped}, oracle {oracle}"
            );
        }
    }
    let method = "{ quantizer: sign, aggregator: { spectral: { fit: squares, shrinkage: none } } }";
    let text = channel(10, 0.3, 7, method).replace("sign_inversion", "{ colluders: { noise: 0.2 } }");
    let error = run(&text, 1).unwrap().summary.decoding_error.unwrap();
    assert!(error > 0.4, "least squares follow them: {error}");
}

/// Votes of workers that are right with probability a half and a bit, keyed by a number.
fn crowd(workers: usize, coordinates: usize, key: u64) -> Vec<(usize, SignVector)> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(key);
    let vote = |m| {
        let signs: Vec<i8> = (0..coordinates).map(|_| if rng.random_bool(0.75) { 1 } else { -1 }).collect();
        (m, SignVector::from_signs(&signs))
    };
    (0..workers).map(vote).collect()
}

/// One weight a layer: whoever lies in one layer only is believed in the others.
#[test]
fn a_liar_of_one_layer_is_believed_in_the_other() {
    let layers = [0..3000, 3000..5000];
    let mut votes = crowd(7, 5000, 1);
    let flips = std::array::from_fn::<u64, 79, _>(|k| {
        if k < 46 {
            u64::MAX
        } else if k == 46 {
            (1 << 56) - 1
        } else {
            0
        }
    });
    votes[2].1 = votes[2].1.clone().flipped_where(&flips);
    let by_layer = SpectralOptions { granularity: SpectralGranularity::Layer, ..options("{}") };
    let weights = rule(by_layer, 7, &layers).weights_among(Round(0), WorkerId(2), &cast(&votes));
    assert!(weights[..3000].iter().all(|w| *w < -0.8) && weights[3000..].iter().all(|w| *w > 0.8));
}

/// A worker that is away neither votes nor is forgotten, two workers are a majority, and nobody moves nothing.
#[test]
fn who_is_away_says_nothing() {
    let whole = 0..2000;
    let mut spectral = rule(options("{ ties: hold }"), 5, std::slice::from_ref(&whole));
    let all = crowd(5, 2000, 2);
    let decision = decode(&mut spectral, 5, 0, &cast(&all));
    assert!(decision.estimates.iter().all(|e| e.crossover.is_some_and(|p| (p - 0.25).abs() < 0.06)));
    let before = spectral.weights(Round(1), WorkerId(4));
    let few = decode(&mut spectral, 5, 1, &cast(&crowd(2, 2000, 3)));
    assert_eq!(spectral.weights(Round(1), WorkerId(4)).len(), 2000);
    assert!(few.estimates[4].crossover.is_none() && before[0] > 0.5);
    let both: Vec<i8> = crowd(2, 2000, 3)[0].1.to_signs();
    let other = crowd(2, 2000, 3)[1].1.to_signs();
    let agreed: Vec<i8> = both.iter().zip(&other).map(|(x, y)| if x == y { *x } else { 0 }).collect();
    assert_eq!(few.step.signs().to_signs(), agreed);
    assert!(matches!(decode(&mut spectral, 5, 2, &[]).step, signsim::vote::Step::Nothing(2000)));
}

/// A part of the coordinates tells nearly as much as all of them.
#[test]
fn a_sample_of_coordinates_tells_the_crossovers() {
    let whole = 0..60_000;
    let votes = cast(&crowd(9, 60_000, 4));
    let few = options("{ coordinates: 8192 }");
    assert!(matches!(few.coordinates, Compared::Few(n) if n.get() == 8192));
    let sampled = decode(&mut rule(few, 9, std::slice::from_ref(&whole)), 9, 0, &votes);
    for estimate in sampled.estimates {
        assert!((estimate.crossover.unwrap() - 0.25).abs() < 0.03);
    }
}

/// With `copies: each` nobody is merged.
#[test]
fn copies_count_each_where_they_are_told_to() {
    let whole = 0..2000;
    let mut votes = crowd(9, 2000, 5);
    let coin =
        SignVector::from_signs(&(0..2000).map(|n| if n % 2 == 0 { 1 } else { -1 }).collect::<Vec<i8>>());
    votes.iter_mut().take(3).for_each(|(_, vote)| *vote = coin.clone());
    let each =
        SpectralOptions { copies: SpectralCopies::Each, ..options("{ fit: squares, shrinkage: none }") };
    let weight = |options| {
        let decision = decode(&mut rule(options, 9, std::slice::from_ref(&whole)), 9, 0, &cast(&votes));
        decision.estimates[0].weight
    };
    assert!(weight(options("{}")).abs() < 0.05);
    assert!(weight(each) > 1.0, "three that always agree look like three that are always right");
}

/// The spread of what one round tells of seven workers, over forty rounds, is that of theory.
#[test]
fn crossovers_are_told_as_well_as_theory_says() {
    let (workers, coordinates, rounds) = (7, 2000, 40);
    let whole = 0..coordinates;
    let mut square = 0.0;
    for key in 0..rounds {
        let mut fresh = rule(options("{}"), workers, std::slice::from_ref(&whole));
        let decision = decode(&mut fresh, workers, 0, &cast(&crowd(workers, coordinates, 100 + key)));
        square += decision.estimates.iter().map(|e| (e.crossover.unwrap() - 0.25).powi(2)).sum::<f64>();
    }
    let spread = (square / (workers as f64 * rounds as f64)).sqrt();
    let needed = theory::comparisons(workers as u32, 0.25, spread).unwrap();
    // So many comparisons would spread as much: within the chance of 40 rounds, those that there were.
    assert!((needed / coordinates as f64 - 1.0).abs() < 0.25, "{spread}: {needed}");
}

/// Eight voters with unlike data, of whom neighbours agree and others contradict each other, beside four that send one coin:
/// no quality of single voters explains that, and a majority decides in which the coalition has one vote. The voters that agree
/// by half are no copies.
#[test]
fn a_coalition_has_one_vote_also_where_honest_voters_have_unlike_data() {
    let (coordinates, honest) = (5001, 8);
    let whole = 0..coordinates;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let latent: Vec<Vec<i32>> =
        (0..=honest).map(|_| (0..coordinates).map(|_| rng.random_range(-1_000..1_000)).collect()).collect();
    // y_m = sign(z_m + z_{m+1} + z_{m+2} - z_{m+5}).
    let unlike = |m: usize| {
        let z = |k: usize, n: usize| latent[(m + k) % honest][n];
        let sum = |n: usize| z(0, n) + z(1, n) + z(2, n) - z(5, n);
        SignVector::from_signs(
            &(0..coordinates).map(|n| if sum(n) > 0 { 1 } else { -1 }).collect::<Vec<i8>>(),
        )
    };
    let coin: Vec<i8> = latent[honest].iter().map(|z| if *z > 0 { 1 } else { -1 }).collect();
    let votes: Vec<(usize, SignVector)> = (0..honest + 4)
        .map(|m| (m, if m < honest { unlike(m) } else { SignVector::from_signs(&coin) }))
        .collect();
    let voices: Vec<Vec<i8>> = votes.iter().map(|(_, vote)| vote.to_signs()).collect();
    let honest_sum = |n: usize| voices[..honest].iter().map(|voice| i32::from(voice[n])).sum::<i32>();
    let majority: Vec<i8> =
        (0..coordinates).map(|n| (honest_sum(n) + i32::from(coin[n])).signum() as i8).collect();
    let mut spectral = rule(options("{}"), honest + 4, std::slice::from_ref(&whole));
    let asked: Vec<f32> = (0..honest + 4)
        .map(|m| spectral.weights_among(Round(0), WorkerId(m as u32), &cast(&votes))[0])
        .collect();
    let decision = decode(&mut spectral, honest + 4, 0, &cast(&votes));
    assert_eq!(decision.step.signs().to_signs(), majority);
    for (m, estimate) in decision.estimates.iter().enumerate() {
        let expected = if m < honest { 1.0 } else { 0.25 } * decision.estimates[0].weight;
        assert!((estimate.weight - expected).abs() < 1e-9, "{m} {}", estimate.weight);
        assert!((f64::from(asked[m]) - expected).abs() < 1e-5, "{m} {}", asked[m]);
    }
}
