//! Offline decoding: the votes of any system that can write them down, decoded as the server would have.
//!
//! They are an array of NumPy ([`ArrayRounds`]) or a table. The table is CSV, gzipped or not, with the header
//! `round,worker,coordinate,vote` and a vote of -1, 0 or 1 in every row. Rounds come in order; inside a round any
//! order will do. Only the votes of one round are held in memory, so a table may be larger than that, and a decision
//! is written as soon as its round is complete.
//!
//! * Rounds are counted from the first one in the table: that is round 0 of the formulas. A number that is left out is
//!   a round in which nobody voted: nothing is decided or learned there, but `t_in` comes nearer.
//! * Workers and coordinates are counted from 0. A worker without a row in a round did not vote. One that votes at all
//!   votes on every coordinate; 0 is an abstention, and what that means is the option `abstentions`.
//! * Coins for ties are keyed by seed, round and coordinate like a simulated server's.
//!
//! ```text
//! bytes --VoteRows--> rows --Rounds--> votes of a round --Decoder--> decision, weights --> tables
//! ```
//!
//! ```
//! use signsim::aggregate::{AggregatorSpec, WeightOptions};
//! use signsim::decode::{Decoder, Rounds, VoteRows};
//!
//! let table = "round,worker,coordinate,vote\n1,0,0,1\n1,1,0,1\n1,2,0,-1\n";
//! let mut rounds = Rounds::new(VoteRows::new("votes.csv", table.as_bytes())?, 3, 1);
//! let mut decoder = Decoder::new(&AggregatorSpec::FederatedDefense(WeightOptions::paper()), 3, &[0..1], 1)?;
//! let voted = rounds.read()?.expect("one round");
//! assert_eq!(decoder.decode(&voted)?.to_signs(), [1]);
//! # Ok::<(), signsim::error::Error>(())
//! ```

mod arrays;
mod decoder;
mod header;
mod layers;
mod lines;
mod rounds;
mod rows;
mod tables;

use std::io::Read;

pub use arrays::ArrayRounds;
pub use decoder::{Decoder, check_offline, memory_bytes};
pub use layers::parse_layers;
pub use rounds::{Rounds, VotedRound, VotesByRound};
pub use rows::{MOST_WORKERS, VoteRow, VoteRows};
pub use tables::{DecodedTables, Form, decode};

use crate::error::Result;

/// How large a table of votes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VotesShape {
    /// M: one more than the largest number of a worker.
    pub workers: u32,
    /// D: one more than the largest number of a coordinate.
    pub coordinates: usize,
    /// Rounds in which anybody voted.
    pub rounds: u32,
}

/// Reads a table to its end and says how large it is; nothing by nothing without rows.
///
/// # Errors
/// As [`VoteRows::read`].
pub fn measure<R: Read>(mut rows: VoteRows<R>) -> Result<VotesShape> {
    let mut shape = VotesShape { workers: 0, coordinates: 0, rounds: 0 };
    let mut running = None;
    while let Some(row) = rows.read()? {
        shape.workers = shape.workers.max(row.worker + 1);
        shape.coordinates = shape.coordinates.max(row.coordinate as usize + 1);
        shape.rounds = shape.rounds.saturating_add(u32::from(running != Some(row.round)));
        running = Some(row.round);
    }
    Ok(shape)
}
