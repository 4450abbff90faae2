//! What decoding leaves behind: the decisions, and the weights that led to them, each as a table or as an array of NumPy.
//!
//! Tables are `round,coordinate,decision` and, for the workers that voted, `round,worker,coordinate,weight`, or
//! `round,worker,weight` of a rule that has one weight for all votes of a worker. Arrays are int8 of rounds x
//! coordinates, and float32 of rounds x workers x coordinates, or rounds x workers; a round is one in which anybody
//! voted, and who did not has NaN.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::VotesShape;
use super::decoder::Decoder;
use super::rounds::{VotedRound, VotesByRound};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::npy::Header;
use crate::protocol::WorkerId;
use crate::sign::SignVector;

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// CSV.
    Table,
    /// `.npy`, whose header tells what will have been written at the end.
    Array(VotesShape),
}

/// Where decisions and weights go.
pub struct DecodedTables<'a> {
    /// One for each coordinate of every round.
    pub decisions: (Form, &'a mut dyn Write),
    /// Not written when absent.
    pub weights: Option<(Form, &'a mut dyn Write)>,
}

/// Decodes all rounds. Decisions are flushed round by round. When nobody reads them any more (a closed pipe), decoding
/// goes on only for the weights.
///
/// # Errors
/// When the votes are not as they should be ([`VotesByRound::next_round`]), or something cannot be written.
pub fn decode(mut rounds: impl VotesByRound, decoder: &mut Decoder, tables: DecodedTables<'_>) -> Result<()> {
    let DecodedTables { decisions: (form, decisions), mut weights } = tables;
    let (mut begun, mut read) = (false, true);
    while let Some(voted) = rounds.next_round()? {
        if let Some((form, table)) = &mut weights {
            let written = write_weights((*form, *table), &voted, decoder, begun);
            written.map_err(|e| Error::io(Path::new("weights"), e))?;
        }
        let decision = decoder.decode(&voted)?;
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        if read {
            match write_decision((form, decisions), voted.number, &decision, begun) {
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

fn write_decision(
    (form, out): (Form, &mut dyn Write),
    number: u64,
    decision: &SignVector,
    begun: bool,
) -> io::Result<()> {
    match form {
        Form::Table => {
            if !begun {
                out.write_all(b"round,coordinate,decision\n")?;
            }
            for n in 0..decision.coordinates() {
                writeln!(out, "{number},{n},{}", decision.sign(n))?;
            }
        }
        Form::Array(VotesShape { rounds, coordinates, .. }) => {
            if !begun {
                out.write_all(&Header::rows("|i1", &[rounds as usize, coordinates]).to_bytes())?;
            }
            let signs: Vec<u8> = decision.to_signs().into_iter().map(|sign| sign as u8).collect();
            out.write_all(&signs)?;
        }
    }
    out.flush()
}

fn write_weights(
    (form, out): (Form, &mut dyn Write),
    voted: &VotedRound,
    decoder: &mut Decoder,
    begun: bool,
) -> io::Result<()> {
    let one = decoder.has_one_weight_a_worker();
    let weights = |decoder: &mut Decoder, worker| {
        let mut weights = decoder.weights(voted, worker);
        weights.truncate(if one { 1 } else { usize::MAX });
        weights
    };
    match form {
        Form::Table => {
            if !begun {
                let columns = if one { "round,worker,weight" } else { "round,worker,coordinate,weight" };
                writeln!(out, "{columns}")?;
            }
            for cast in &voted.votes {
                let (number, worker) = (voted.number, cast.worker.0);
                for (n, weight) in weights(decoder, cast.worker).iter().enumerate() {
                    match one {
                        true => writeln!(out, "{number},{worker},{weight}")?,
                        false => writeln!(out, "{number},{worker},{n},{weight}")?,
                    }
                }
            }
        }
        Form::Array(VotesShape { rounds, workers, coordinates }) => {
            if !begun {
                let shape = [rounds as usize, workers as usize, coordinates];
                out.write_all(&Header::rows("<f4", &shape[..if one { 2 } else { 3 }]).to_bytes())?;
            }
            let mut voters = voted.votes.iter().map(|cast| cast.worker).peekable();
            for worker in (0..workers).map(WorkerId) {
                let weights = match voters.next_if_eq(&worker) {
                    Some(_) => weights(decoder, worker),
                    None => vec![f32::NAN; if one { 1 } else { coordinates }],
                };
                let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
                out.write_all(&bytes)?;
            }
        }
    }
    Ok(())
}
