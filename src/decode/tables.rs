//! What decoding leaves behind: a table of decisions, `round,coordinate,decision`, and one of the weights that led to
//! them, `round,worker,coordinate,weight`, for the workers that voted.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::decoder::Decoder;
use super::rounds::{Rounds, VotedRound};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::protocol::CountedVote;
use crate::sign::SignVector;

/// Where the tables go.
pub struct DecodedTables<'a> {
    /// CSV `round,coordinate,decision`, one row per coordinate of every round.
    pub decisions: &'a mut dyn Write,
    /// CSV `round,worker,coordinate,weight`; not written when absent.
    pub weights: Option<&'a mut dyn Write>,
}

/// Decodes all rounds. Decisions are flushed round by round. When nobody reads them any more (a closed pipe), decoding
/// goes on only for the weights.
///
/// # Errors
/// When the votes are not as they should be ([`Rounds::read`]), or a table cannot be written.
pub fn decode<R: Read>(
    mut rounds: Rounds<R>,
    decoder: &mut Decoder,
    tables: DecodedTables<'_>,
) -> Result<()> {
    let DecodedTables { decisions, mut weights } = tables;
    let (mut begun, mut read) = (false, true);
    while let Some(voted) = rounds.read()? {
        if let Some(table) = &mut weights {
            write_weights(*table, &voted, decoder, begun).map_err(|e| Error::io(Path::new("weights"), e))?;
        }
        let decision = decoder.decode(&voted)?;
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        if read {
            match write_decision(decisions, voted.number, &decision, begun) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => read = false,
                result => result.map_err(|e| Error::io(Path::new("decisions"), e))?,
            }
        }
        if !read && weights.is_none() {
            break;
        }
        begun = true;
    }
    Ok(())
}

fn write_decision(out: &mut dyn Write, number: u64, decision: &SignVector, begun: bool) -> io::Result<()> {
    if !begun {
        out.write_all(b"round,coordinate,decision\n")?;
    }
    for n in 0..decision.coordinates() {
        writeln!(out, "{number},{n},{}", decision.sign(n))?;
    }
    out.flush()
}

fn write_weights(
    out: &mut dyn Write,
    voted: &VotedRound,
    decoder: &mut Decoder,
    begun: bool,
) -> io::Result<()> {
    if !begun {
        out.write_all(b"round,worker,coordinate,weight\n")?;
    }
    for CountedVote { worker, .. } in &voted.votes {
        for (n, weight) in decoder.weights(voted, *worker).iter().enumerate() {
            writeln!(out, "{},{},{n},{weight}", voted.number, worker.0)?;
        }
    }
    Ok(())
}
