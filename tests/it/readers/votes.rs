//! Tables of votes.

use std::fmt::Write;
use std::io::Read;

use signsim::aggregate::{AggregatorSpec, WeightOptions};
use signsim::decode::{DecodedTables, Decoder, Form, Rounds, VoteRows, VotesShape, decode, measure};
use signsim::gzip;

use super::read;

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
    let mut table = "round,worker,coordinate,vote\n".to_owned();
    let mut rounds = Rounds::new(rows().unwrap(), shape.workers, shape.coordinates);
    loop {
        let Some(round) = read(rounds.read()) else { return };
        let Some(round) = round else { break };
        for vote in &round.votes {
            let signs = vote.vote.signs().expect("a table holds signs");
            for n in 0..shape.coordinates {
                writeln!(table, "{},{},{n},{}", round.number, vote.worker.0, signs.sign(n)).unwrap();
            }
        }
    }
    let first = decoded(rows().unwrap(), shape);
    let again = decoded(VoteRows::new("again.csv", table.as_bytes()).unwrap(), shape);
    assert_eq!(first, again);
}

/// Decisions and weights.
fn decoded<R: Read>(rows: VoteRows<R>, shape: VotesShape) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut decisions, mut weights) = (Vec::new(), Vec::new());
    let spec = AggregatorSpec::FederatedDefense(WeightOptions::paper());
    let layers: Vec<_> = std::iter::once(0..shape.coordinates).collect();
    let mut decoder = read(Decoder::new(&spec, shape.workers, &layers, 1))?;
    let tables = DecodedTables {
        decisions: (Form::Table, &mut decisions),
        weights: Some((Form::Table, &mut weights)),
    };
    read(decode(Rounds::new(rows, shape.workers, shape.coordinates), &mut decoder, tables))?;
    Some((decisions, weights))
}
