//! Decoding through the library: the twin, the order of rows, what is written when.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use proptest::prelude::*;
use signsim::aggregate::{AggregatorSpec, Copies, Ties, WeightOptions};
use signsim::decode::{DecodedTables, Decoder, Form, Rounds, VoteRows, decode, measure};
use signsim::random::{Coins, Purpose, Streams};
use signsim::time::Round;

use super::{decisions, decode_layers, decode_table, rows, table, weights};
use crate::twin::{Twin, options, votes};

/// The weight in a table of weights by round, worker and coordinate.
fn weight(table: &[Vec<f64>], round: usize, m: usize, n: usize) -> Option<f64> {
    let key = [round as f64, m as f64, n as f64];
    let keys = table.first().map_or(3, |row| row.len() - 1);
    let at = table.binary_search_by(|row| row[..keys].partial_cmp(&key[..keys]).unwrap());
    at.ok().map(|at| table[at][keys])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// Every option; missing workers, abstentions, rounds without votes, layers that end inside a word. Weights agree
    /// with the twin, and are there for exactly those that voted. Comparison ends where a score is within rounding of
    /// a tie, since a decision changes everything after it.
    #[test]
    fn tables_agree_with_a_plain_twin(
        options in options(),
        cut in 1_usize..70,
        elections in prop_oneof![
            prop::collection::vec(votes(4, 70, 0.3), 1..8),
            prop::collection::vec(votes(4, 70, 0.9), 1..8),
        ],
        numbered_from in 0_usize..3,
    ) {
        let Some(first) = elections.iter().position(|e| e.iter().any(Option::is_some)) else { return Ok(()) };
        let text = table(&rows(elections.iter().map(Vec::as_slice), numbered_from));
        let spec = AggregatorSpec::FederatedDefense(options.clone());
        let [decided, weighed] = decode_layers(&text, &spec, 4, &[0, cut, 70]).unwrap();
        let (decided, weighed) = (decisions(&decided), weights(&weighed));
        let mut twin = Twin::new(options, 4, (0..70).map(|n| usize::from(n >= cut)).collect());
        for (at, election) in elections.iter().enumerate().skip(first) {
            let (t, number) = ((at - first) as u32, at + numbered_from);
            let voters: Vec<usize> = (0..4).filter(|m| election[*m].is_some()).collect();
            let expected = twin.weights(t, &voters);
            for (m, theirs) in expected.iter().enumerate() {
                for (n, b) in theirs.iter().enumerate() {
                    let ours = weight(&weighed, number, m, n);
                    prop_assert_eq!(ours.is_some(), election[m].is_some());
                    let error = ours.map_or(0.0, |a| (a - b).abs());
                    prop_assert!(error < 2e-3, "round {} worker {} coordinate {}: {:?} {}", t, m, n, ours, b);
                }
            }
            let score = |n: usize| -> f64 {
                voters.iter().map(|m| expected[*m][n] * f64::from(election[*m].as_ref().unwrap()[n])).sum()
            };
            let close = (0..70).any(|n| score(n).abs() < 1e-2);
            let theirs = twin.decode(t, election);
            let ours: Vec<i8> =
                decided.iter().filter(|row| row[0] == number as f64).map(|row| row[2] as i8).collect();
            prop_assert_eq!(ours.len(), if voters.is_empty() { 0 } else { 70 });
            if voters.is_empty() {
                continue;
            }
            if close {
                break;
            }
            prop_assert_eq!(ours, theirs, "round {}", t);
        }
    }

    #[test]
    fn the_order_of_rows_inside_a_round_changes_nothing(
        (ordered, shuffled) in prop::collection::vec(votes(3, 9, 0.8), 1..6)
            .prop_map(|elections| rows(elections.iter().map(Vec::as_slice), 0))
            .prop_filter("some vote", |rounds| rounds.iter().any(|r| !r.is_empty()))
            .prop_flat_map(|rounds| {
                let shuffled: Vec<_> = rounds.iter().map(|r| Just(r.clone()).prop_shuffle()).collect();
                (Just(rounds), shuffled)
            }),
        options in options(),
    ) {
        let spec = AggregatorSpec::FederatedDefense(options);
        let decode = |rounds: &[Vec<String>]| decode_table(&table(rounds), &spec, 3, 9).unwrap();
        prop_assert_eq!(decode(&shuffled), decode(&ordered));
    }

    #[test]
    fn a_table_is_as_large_as_its_largest_numbers(
        elections in prop::collection::vec(votes(3, 5, 0.5), 0..6), first in 0_usize..3,
    ) {
        let text = table(&rows(elections.iter().map(Vec::as_slice), first));
        let shape = measure(VoteRows::new("votes.csv", text.as_bytes()).unwrap()).unwrap();
        let voted = |m: usize| elections.iter().any(|e| e[m].is_some());
        let workers = (0..3).filter(|m| voted(*m)).max().map_or(0, |m| m as u32 + 1);
        let rounds = elections.iter().filter(|e| e.iter().any(Option::is_some)).count() as u32;
        prop_assert_eq!((shape.workers, shape.rounds), (workers, rounds));
        prop_assert_eq!(shape.coordinates, if rounds > 0 { 5 } else { 0 });
    }
}

/// A round whose voters were never heard before is decided with equal weights, whoever else is known.
#[test]
fn strangers_among_themselves_weigh_the_same() {
    let text = "round,worker,coordinate,vote\n0,0,0,1\n1,1,0,-1\n2,0,0,1\n2,1,0,-1\n2,2,0,-1\n";
    let [decided, weighed] =
        decode_table(text, &AggregatorSpec::FederatedDefense(WeightOptions::paper()), 3, 1).unwrap();
    assert_eq!(decisions(&decided)[1], [1.0, 0.0, -1.0]);
    let of = |round, m| weight(&weights(&weighed), round, m, 0);
    assert_eq!((of(0, 0), of(0, 1), of(1, 0), of(1, 1)), (Some(1.0), None, None, Some(1.0)));
    // Both agreed with themselves; the third is new among them.
    assert_eq!((of(2, 0), of(2, 1), of(2, 2)), (Some(10.0), Some(10.0), Some(0.0)));
}

/// A number that is left out brings `t_in` nearer and does nothing else: worker 0, right on one coordinate and wrong on
/// the other, has one weight in the round after its first and one for each coordinate from the second round after it.
#[test]
fn a_gap_is_a_round_without_votes() {
    let spec = AggregatorSpec::FederatedDefense(WeightOptions { t_in: 2, ..WeightOptions::paper() });
    let weights_in = |last: usize| {
        let rows = "5,0,0,1\n5,0,1,1\n5,1,0,1\n5,1,1,-1\n5,2,0,1\n5,2,1,-1\n";
        let text = format!("round,worker,coordinate,vote\n{rows}{last},0,0,1\n{last},0,1,1\n");
        let [decided, weighed] = decode_table(&text, &spec, 3, 2).unwrap();
        let rounds: Vec<usize> = decisions(&decided).iter().map(|row| row[0] as usize).collect();
        assert_eq!(rounds, [5, 5, last, last]);
        [0, 1].map(|n| weight(&weights(&weighed), last, 0, n).unwrap())
    };
    let near = |ours: [f64; 2], expected: [f64; 2]| {
        assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{ours:?}, not {expected:?}");
    };
    near(weights_in(6), [0.0, 0.0]);
    near(weights_in(7), [10.0, -10.0]);
    near(weights_in(u32::MAX as usize), [10.0, -10.0]);
}

/// Ties fall as they do in a simulation with the same seed: by the coin of their round and coordinate.
#[test]
fn ties_are_the_simulated_servers_coins() {
    let elections = vec![vec![Some(vec![1; 200]), Some(vec![-1; 200])]; 3];
    let text = table(&rows(elections.iter().map(Vec::as_slice), 1));
    let [decided, _] =
        decode_table(&text, &AggregatorSpec::Majority { ties: Ties::Coin, copies: Copies::Each {} }, 2, 200)
            .unwrap();
    for row in decisions(&decided) {
        let (round, n) = (Round(row[0] as u32 - 1), row[1] as usize);
        let coin =
            Coins::new(Streams::new(1).stream(Purpose::TieCoin, 0, round)).word(n / 64) >> (n % 64) & 1;
        assert_eq!(row[2], 2.0 * coin as f64 - 1.0);
    }
}

/// What has been written so far, seen from outside.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes in parts, with what was written before each part was asked for.
struct Parts {
    parts: Vec<&'static str>,
    written: Shared,
    seen: Rc<RefCell<Vec<String>>>,
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.seen.borrow_mut().push(String::from_utf8(self.written.0.borrow().clone()).unwrap());
        let part = if self.parts.is_empty() { "" } else { self.parts.remove(0) };
        out[..part.len()].copy_from_slice(part.as_bytes());
        Ok(part.len())
    }
}

#[test]
fn a_decision_is_written_before_more_votes_are_read() {
    // Round 0 lacks nothing once its last row is read; worker 0 is silent in round 1, which ends when round 2 begins.
    let parts = vec!["round,worker,coordinate,vote\n0,1,0,1\n0,0,0,1\n", "1,1,0,-1\n", "2,0,0,1\n"];
    let (written, seen) = (Shared::default(), Rc::new(RefCell::default()));
    let source = Parts { parts, written: written.clone(), seen: Rc::clone(&seen) };
    let spec = AggregatorSpec::Majority { ties: Ties::Hold, copies: Copies::Each {} };
    let mut decoder = Decoder::new(&spec, 2, std::slice::from_ref(&(0..1)), 1).unwrap();
    let rounds = Rounds::new(VoteRows::new("votes", source).unwrap(), 2, 1);
    // What is buffered counts only once it is flushed.
    let mut decisions = io::BufWriter::new(written);
    decode(rounds, &mut decoder, DecodedTables { decisions: (Form::Table, &mut decisions), weights: None })
        .unwrap();
    let first = "round,coordinate,decision\n0,0,1\n";
    let seen = seen.borrow();
    assert_eq!(seen[..4], ["", first, first, &format!("{first}1,0,-1\n")]);
}

/// A reader of decisions that has gone away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn weights_are_complete_though_nobody_reads_the_decisions() {
    let text = "round,worker,coordinate,vote\n0,0,0,1\n1,0,0,1\n2,0,0,1\n";
    let spec = AggregatorSpec::Majority { ties: Ties::Hold, copies: Copies::Each {} };
    let mut weighed = Vec::new();
    for listen in [true, false] {
        let mut decoder = Decoder::new(&spec, 1, std::slice::from_ref(&(0..1)), 1).unwrap();
        let rounds = Rounds::new(VoteRows::new("votes", text.as_bytes()).unwrap(), 1, 1);
        let weights = listen.then_some((Form::Table, &mut weighed as &mut dyn Write));
        decode(rounds, &mut decoder, DecodedTables { decisions: (Form::Table, &mut Gone), weights }).unwrap();
    }
    assert_eq!(weights(std::str::from_utf8(&weighed).unwrap()).len(), 3);
}
