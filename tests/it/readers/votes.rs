//! Tables of votes.

use std::fmt::Write;
use std::io::Read;

use signsim::aggregate::{AggregatorSpec, WeightOptions};
use signsim::decode::{
    ArrayRounds, DecodedTables, Decoder, Form, Rounds, VoteRows, VotesByRound, VotesShape, decode, measure,
};
use signsim::gzip;

use super::{choice, read};

/// Larger tables are measured only: what they need is refused by their size before anybody decodes them.
const MOST: u64 = 1 << 16;

/// A table, packed or not, is refused or decoded; written anew it is decoded to the same.
pub(super) fn votes(bytes: &[u8]) {
    let rows = || {
        let unpacked: Box<dyn Read + '_> = gzip::unpacked(bytes).unwrap();
        VoteRows::new("votes.csv", unpacked)
    };
    let Some(shape) = read(rows().and_then(measure)) else { return };
    if shape.rounds == 0 || u64::from(shape.workers) * shape.coordinates as u64 > MOST {
        return;
    }
    let Some(table) = table(Rounds::new(rows().unwrap(), shape.workers, shape.coordinates), shape) else {
        return;
    };
    let first = decoded(Rounds::new(rows().unwrap(), shape.workers, shape.coordinates), shape);
    assert_eq!(first, decoded_table(&table, shape));
}

/// An array, plain or of packed bits, is refused or decoded; as a table it is decoded to the same.
pub(super) fn array(bytes: &[u8]) {
    let (coordinates, bytes) = choice(bytes);
    let rounds = || ArrayRounds::new("votes.npy", bytes, (coordinates > 0).then_some(coordinates));
    let Some(first) = read(rounds()) else { return };
    let shape = first.shape();
    // What one round needs is as large as its file, or that is cut short.
    if u64::from(shape.workers) * shape.coordinates as u64 > MOST || shape.rounds > 1000 {
        return;
    }
    let Some(table) = table(first, shape) else { return };
    assert_eq!(decoded(rounds().unwrap(), shape), decoded_table(&table, shape));
}

/// The votes as a table.
fn table(mut rounds: impl VotesByRound, shape: VotesShape) -> Option<String> {
    let mut table = "round,worker,coordinate,vote\n".to_owned();
    while let Some(round) = read(rounds.next_round())? {
        for vote in &round.votes {
            let signs = vote.vote.signs().expect("votes are signs");
            for n in 0..shape.coordinates {
                writeln!(table, "{},{},{n},{}", round.number, vote.worker.0, signs.sign(n)).unwrap();
            }
        }
    }
    Some(table)
}

fn decoded_table(table: &str, shape: VotesShape) -> Option<(Vec<u8>, Vec<u8>)> {
    let rows = VoteRows::new("again.csv", table.as_bytes()).unwrap();
    decoded(Rounds::new(rows, shape.workers, shape.coordinates), shape)
}

/// Decisions and weights.
fn decoded(rounds: impl VotesByRound, shape: VotesShape) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut decisions, mut weights) = (Vec::new(), Vec::new());
    let spec = AggregatorSpec::FederatedDefense(WeightOptions::paper());
    let layers: Vec<_> = std::iter::once(0..shape.coordinates).collect();
    let mut decoder = read(Decoder::new(&spec, shape.workers, &layers, 1))?;
    let tables = DecodedTables {
        decisions: (Form::Table, &mut decisions),
        weights: Some((Form::Table, &mut weights)),
    };
    read(decode(rounds, &mut decoder, tables))?;
    Some((decisions, weights))
}
