//! A round in which nobody votes moves nothing, teaches nothing, and says so.

use std::sync::Arc;

use signsim::aggregate::{AggregatorSpec, Ballot, Electorate};
use signsim::protocol::{CountedVote, WorkerId};
use signsim::random::{Coins, Purpose, Streams};
use signsim::run::RunOutput;
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::vote::{Step, Vote};

use crate::engine::run;

const STREAMS: Streams = Streams::new(4);

/// Every rule with every way to settle ties.
const RULES: [&str; 18] = [
    "majority",
    "{ majority: { ties: hold } }",
    "{ majority: { ties: plus } }",
    "federated_defense",
    "{ federated_defense: { ties: plus, forgetting: 0.9, granularity: worker } }",
    "{ federated_defense: { reference: leave_one_out, abstentions: as_votes, ties: hold } }",
    "oracle",
    "{ oracle: { ties: plus } }",
    "{ election: { code: { bernoulli: { redundancy: 2 } } } }",
    "{ election: { code: { deterministic: { tolerated: 1 } }, ties: plus } }",
    "mean",
    "median",
    "trimmed_mean",
    "krum",
    "multi_krum",
    "geometric_median",
    "centered_clipping",
    "{ majority: { ties: coin } }",
];

/// Ten rounds of 100 ms; from half a second on no vote passes.
fn cut(rule: &str, more: &str) -> RunOutput {
    let text = format!(
        "{{ name: t, rounds: 10, evaluate_every: 1, workers: {{ count: 5, batch: 8, compute_time: {{ constant: 10ms }} }},
           metrics: {{ workers_every: 1 {more} }}, method: {{ quantizer: sign, aggregator: {rule} }},
           task: {{ train: {{ data: {{ digits: {{ train: 100, test: 50 }} }}, model: logistic }} }},
           adversaries: {{ count: 1, attack: silent }},
           server: {{ learning_rate: 0.01, close: {{ deadline: 100ms }} }},
           network: {{ partitions: [{{ from: 500ms, to: 100s }}] }} }}"
    );
    run(&text, 1).unwrap_or_else(|e| panic!("{rule}: {e}"))
}

#[test]
fn where_links_are_cut_parameters_stand_still() {
    for rule in RULES {
        let output = cut(rule, "");
        assert_eq!(output.summary.empty_rounds, Some(5), "{rule}");
        let d = output.parameters.as_ref().unwrap().len() as u64;
        let at_the_cut = output.rounds[5].loss;
        assert_ne!(output.rounds[4].loss, at_the_cut, "{rule}: it does learn");
        for row in &output.rounds[6..] {
            assert_eq!((row.votes_received, row.held, row.loss), (0, Some(d), at_the_cut), "{rule}");
        }
        // What the server thinks of the workers stays as it was.
        let crossovers = |round: u32| {
            let rows = output.workers.iter().filter(|row| row.round == round);
            rows.map(|row| row.crossover).collect::<Vec<_>>()
        };
        let learns = rule.contains("federated_defense");
        assert!(!learns || crossovers(5).len() == 5 && crossovers(10) == crossovers(5), "{rule}");
    }
    let full = cut("majority", ", reference: full_batch").tables.rounds;
    assert!(full[6..].iter().all(|row| row.decoding_error == Some(0.5)), "half one error per coordinate");
}

/// On the way down a step that did not happen is one byte behind the header's sixteen.
#[test]
fn nothing_is_sent_about_nothing() {
    // Every round brings the step of the one before; or where votes alone acknowledge, all since the first model.
    for (acknowledge, steps) in [("transport", 5), ("vote", 1 + 2 + 3 + 4 + 5)] {
        let text = format!(
            "{{ name: t, rounds: 6, workers: {{ count: 3 }}, method: signsgd_mv,
                task: {{ channel: {{ coordinates: 8000, crossover: 0.2 }} }},
                server: {{ acknowledge: {acknowledge}, close: {{ deadline: 10ms }} }},
                adversaries: {{ count: 3, attack: silent }} }}"
        );
        let output = run(&text, 1).unwrap();
        assert_eq!(output.summary.downlink_bytes, 3 * (6 * 16 + steps), "{acknowledge}");
        assert_eq!((output.summary.decoding_error, output.summary.empty_rounds), (Some(0.5), Some(6)));
    }
}

fn specs() -> Vec<AggregatorSpec> {
    let parse = |rule: &&str| {
        let text = format!(
            "{{ name: t, rounds: 1, workers: {{ count: 5 }}, method: {{ quantizer: sign, aggregator: {rule} }},
               task: {{ channel: {{ coordinates: 9, crossover: 0.2 }} }} }}"
        );
        signsim::scenario::Plan::parse("t.yaml", &text, &[], None).unwrap().runs[0]
            .spec
            .server
            .aggregator
            .clone()
    };
    RULES.iter().map(parse).collect()
}

#[test]
fn no_rule_decides_or_learns_without_a_vote() {
    let d = 70;
    let truth = SignVector::from_words(d, vec![u64::MAX; 2]);
    for spec in specs() {
        let layer = 0..d;
        let electorate = Electorate {
            workers: 5,
            declared: 1,
            trusted: false,
            layers: std::slice::from_ref(&layer),
            streams: STREAMS,
        };
        // One of two equal servers has empty rounds in between.
        let [mut plain, mut paused] = [(); 2].map(|()| spec.build(electorate, &[]));
        let decode =
            |server: &mut Box<dyn signsim::aggregate::Aggregator>, round: u32, votes: &[CountedVote]| {
                let coins = Coins::new(STREAMS.stream(Purpose::TieCoin, 0, Round(round)));
                let (round, truth) = (Round(round), Some(&truth));
                server.decode(Ballot {
                    round,
                    workers: 5,
                    votes,
                    coins,
                    watched: true,
                    truth,
                    trusted: None,
                    helpers: &signsim::helpers::NOBODY,
                })
            };
        for round in 0..4 {
            let cast = |m: u32| {
                let word = 0x9e37_79b9_7f4a_7c15_u64.rotate_left(7 * m + 13 * round);
                let vote = Vote::Signs(SignVector::from_words(d, vec![word, !word]));
                CountedVote { worker: WorkerId(m), age: 0, weight: 1.0, vote: Arc::new(vote) }
            };
            let votes: Vec<CountedVote> = (0..5).map(cast).collect();
            assert_eq!(decode(&mut paused, round, &[]).step, Step::Nothing(d), "{spec:?}");
            let (a, b) = (decode(&mut plain, round, &votes), decode(&mut paused, round, &votes));
            assert_eq!((a.step, a.estimates), (b.step, b.estimates), "{spec:?}");
        }
    }
}
