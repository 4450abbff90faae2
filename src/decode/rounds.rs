//! From rows to rounds: the votes of one round, 64 coordinates to a word, and nothing of the rounds before it.
//!
//! Inside a round rows come in any order. A round is complete when every worker has voted on every coordinate, or else
//! when a row of a later round or the end of the table is reached. Then a worker without any row did not vote, and one
//! with some rows must have one for each coordinate: what it left out could be an abstention or a mistake.
//!
//! Cost: a few operations a row; three bits of memory for each worker and coordinate.

use std::io::Read;
use std::sync::Arc;

use super::rows::{Column, VoteRow, VoteRows};
use crate::error::{Error, Result};
use crate::protocol::{CountedVote, WorkerId};
use crate::sign::{SignVector, words_for};
use crate::time::Round;
use crate::vote::Vote;

/// Everything that was voted in one round.
#[derive(Debug, Clone, PartialEq)]
pub struct VotedRound {
    /// The round as numbered in the table.
    pub number: u64,
    /// The same counted from the first round of the table, which is 0.
    pub round: Round,
    /// In the order of the workers, without those who did not vote.
    pub votes: Vec<CountedVote>,
}

/// Votes that come round by round, whatever file they are in.
pub trait VotesByRound {
    /// The next round that anybody voted in, `None` at the end.
    ///
    /// # Errors
    /// When the votes are not as they should be.
    fn next_round(&mut self) -> Result<Option<VotedRound>>;
}

impl<R: Read> VotesByRound for Rounds<R> {
    fn next_round(&mut self) -> Result<Option<VotedRound>> {
        self.read()
    }
}

/// The rounds of a table of votes by M workers on D coordinates.
pub struct Rounds<R> {
    rows: VoteRows<R>,
    coordinates: usize,
    sheets: Vec<WorkerVotes>,
    /// The number of the first round.
    first: Option<u64>,
    /// The number of the round that was begun last.
    running: Option<u64>,
    /// Whether it still takes votes, and how many more.
    open: bool,
    missing: u64,
    /// The row that ended it.
    ahead: Option<VoteRow>,
}

impl<R: Read> Rounds<R> {
    /// The rounds that `rows` hold, of M = `workers` and D = `coordinates`.
    #[must_use]
    pub fn new(rows: VoteRows<R>, workers: u32, coordinates: usize) -> Self {
        let sheets = vec![WorkerVotes::default(); workers as usize];
        Self { rows, coordinates, sheets, first: None, running: None, open: false, missing: 0, ahead: None }
    }

    /// The next round that anybody voted in, `None` at the end.
    ///
    /// # Errors
    /// When a row is not as it should be ([`VoteRows::read`]), names a worker or coordinate that does not exist, or repeats
    /// another; when a worker leaves coordinates out; when there is no row at all.
    pub fn read(&mut self) -> Result<Option<VotedRound>> {
        loop {
            let row = match self.ahead.take() {
                Some(row) => Some(row),
                None => self.rows.read()?,
            };
            let Some(row) = row else {
                return match self.running {
                    Some(_) => self.close(),
                    None => Err(self.rows.fault_of_all("there are no votes after the header")),
                };
            };
            if self.open && self.running != Some(row.round) {
                self.ahead = Some(row);
                return self.close();
            }
            self.add(row)?;
            if self.missing == 0 {
                return self.close();
            }
        }
    }

    fn add(&mut self, VoteRow { round, worker, coordinate, vote }: VoteRow) -> Result<()> {
        let (m, n) = (worker as usize, coordinate as usize);
        if m >= self.sheets.len() {
            return Err(self.outside(Column::Worker, worker, self.sheets.len()));
        }
        if n >= self.coordinates {
            return Err(self.outside(Column::Coordinate, coordinate, self.coordinates));
        }
        if self.running != Some(round) {
            let first = *self.first.get_or_insert(round);
            if round - first > u64::from(u32::MAX) {
                let message = format!("round {round} is more than {} rounds after round {first}", u32::MAX);
                return Err(self.rows.fault(Column::Round, &message).help("number the rounds one by one"));
            }
            self.running = Some(round);
            self.open = true;
            self.missing = self.sheets.len() as u64 * self.coordinates as u64;
        }
        // A round that lacks nothing is closed: whatever it is given now, it already had.
        if !self.open || !self.sheets[m].note(n, vote, self.coordinates, self.rows.line()) {
            let message = format!("worker {worker} votes twice on coordinate {coordinate} in round {round}");
            return Err(self.rows.fault(Column::Round, &message).help("leave one of the two rows out"));
        }
        self.missing -= 1;
        Ok(())
    }

    fn outside(&self, column: Column, number: u32, count: usize) -> Error {
        let (what, option) = match column {
            Column::Worker => ("worker", "--workers"),
            _ => ("coordinate", "--coordinates"),
        };
        let message = format!("there is no {what} {number}: {count} of them are numbered 0 to {}", count - 1);
        let help = format!("count from 0, or decode with a larger {option}");
        self.rows.fault(column, &message).help(help)
    }

    /// Ends the running round, if it was not ended before.
    fn close(&mut self) -> Result<Option<VotedRound>> {
        let (Some(first), Some(number), true) = (self.first, self.running, self.open) else {
            return Ok(None);
        };
        self.open = false;
        for (m, sheet) in self.sheets.iter().enumerate() {
            if sheet.rows > 0 && sheet.rows < self.coordinates {
                return Err(self.incomplete(m, number));
            }
        }
        let cast = |(m, sheet): (usize, &mut WorkerVotes)| {
            let vote = std::mem::take(sheet).vote(self.coordinates)?;
            Some(CountedVote { worker: WorkerId(m as u32), age: 0, weight: 1.0, vote })
        };
        let votes = self.sheets.iter_mut().enumerate().filter_map(cast);
        let round = Round((number - first) as u32);
        Ok(Some(VotedRound { number, round, votes: votes.collect() }))
    }

    fn incomplete(&self, m: usize, number: u64) -> Error {
        let sheet = &self.sheets[m];
        let missing = self.coordinates - sheet.rows;
        let unseen = sheet.seen.iter().position(|w| *w != u64::MAX).unwrap_or(0);
        let example = 64 * unseen + sheet.seen[unseen].trailing_ones() as usize;
        let message = format!(
            "worker {m} leaves out {missing} of {} coordinates in round {number}, for example {example}; \
             this is its last row there",
            self.coordinates
        );
        self.rows.fault_at(sheet.line, &message).help(
            "write a vote of 0 for an abstention; a worker without any row in a round did not vote; coordinates count \
             from 0",
        )
    }
}

/// The votes of one worker in the running round.
#[derive(Clone, Default)]
struct WorkerVotes {
    positive: Vec<u64>,
    voted: Vec<u64>,
    seen: Vec<u64>,
    rows: usize,
    /// Where its last row stands.
    line: u64,
}

impl WorkerVotes {
    /// Writes a vote down, unless there is one for this coordinate.
    fn note(&mut self, n: usize, vote: i8, coordinates: usize, line: u64) -> bool {
        if self.seen.is_empty() {
            let blank = || vec![0; words_for(coordinates)];
            (self.positive, self.voted, self.seen) = (blank(), blank(), blank());
        }
        let (k, i) = (n / 64, n % 64);
        if self.seen[k] >> i & 1 == 1 {
            return false;
        }
        self.seen[k] |= 1 << i;
        self.positive[k] |= u64::from(vote > 0) << i;
        self.voted[k] |= u64::from(vote != 0) << i;
        self.rows += 1;
        self.line = line;
        true
    }

    /// The complete sheet as a vote; ternary only where there is a zero.
    fn vote(self, coordinates: usize) -> Option<Arc<Vote>> {
        let signs = match self.rows {
            0 => return None,
            _ if self.voted == self.seen => SignVector::from_words(coordinates, self.positive),
            _ => SignVector::from_planes(coordinates, self.positive, self.voted),
        };
        Some(Arc::new(Vote::Signs(signs)))
    }
}
