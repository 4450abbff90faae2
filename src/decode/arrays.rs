//! Votes in an array of NumPy: int8 of rounds x workers x coordinates, or packed bits, one worker's votes in memory at a time.
//!
//! The last axis may be packed, as `numpy.packbits(votes > 0, axis=-1)` does: uint8, the first coordinate in the highest bit of
//! the first byte, 1 for + and 0 for -, zeros behind the last coordinate. Without the axis of rounds it is one round.
//!
//! Every worker votes in every round; one whose votes are all 0 abstains everywhere. Cost: about a cycle a vote.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::VotesShape;
use super::rounds::{VotedRound, VotesByRound};
use super::rows::{MOST_COORDINATES, MOST_WORKERS};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::npy::{Header, tuple};
use crate::protocol::{CountedVote, WorkerId};
use crate::sign::{SignVector, words_for};
use crate::time::Round;
use crate::vote::Vote;

/// An array of votes, read round by round from its beginning.
pub struct ArrayRounds<R> {
    file: String,
    from: R,
    shape: VotesShape,
    packed: bool,
    next: u32,
    /// The votes of one worker as they lie in the file.
    row: Vec<u8>,
}

impl<R: Read> ArrayRounds<R> {
    /// Reads the header; `file` is the array's name in messages. D = `coordinates` must be told of packed votes, and may be of
    /// others.
    ///
    /// # Errors
    /// An input error for an array of another kind or shape.
    pub fn new(file: &str, mut from: R, coordinates: Option<usize>) -> Result<Self> {
        let refuse = |why: String, help: &str| Err(Error::input(format!("{file}: {why}")).help(help));
        let header = match Header::read(&mut from) {
            Ok((header, _)) => header,
            Err(error) => return refuse(error.to_string(), "write it again with numpy.save"),
        };
        let packed = header.dtype().is_some_and(crate::npy::Dtype::is_byte);
        if !packed && !header.dtype().is_some_and(crate::npy::Dtype::is_signed_byte) {
            let help = "save votes.astype(numpy.int8), or numpy.packbits(votes > 0, axis=-1)";
            return refuse(format!("is {header}; votes are int8, or packed bits as uint8"), help);
        }
        let (rounds, workers, last) = match header.shape[..] {
            [workers, last] => (1, workers, last),
            [rounds, workers, last] => (rounds, workers, last),
            _ => {
                let help = "save rounds x workers x coordinates, or workers x coordinates of one round";
                return refuse(format!("is {header}"), help);
            }
        };
        if header.fortran {
            let help = "save numpy.ascontiguousarray(votes)";
            return refuse(format!("is {header}, column by column: no round of it can be read alone"), help);
        }
        let count = match (packed, coordinates) {
            (false, None) => last,
            (false, Some(told)) if told == last => last,
            (true, Some(told)) if told.div_ceil(8) == last => told,
            (false, Some(told)) => {
                let why = format!("is {header}, which are {last} coordinates, not {told}");
                return refuse(why, "leave --coordinates out, or mend --layers");
            }
            (true, told) => {
                let most = last.saturating_mul(8);
                let least = most.saturating_sub(7);
                let told = told.map_or(String::new(), |told| format!(", and not {told}"));
                let why = format!("is {header}: packed bits of {least} to {most} coordinates{told}");
                return refuse(why, "tell how many there are: --coordinates D");
            }
        };
        let fits = rounds as u64 <= u64::from(u32::MAX)
            && workers <= MOST_WORKERS as usize
            && count < MOST_COORDINATES as usize;
        if !fits || [rounds, workers, last].contains(&0) {
            let help = "save rounds x workers x coordinates, each at least 1";
            return refuse(format!("is {header}, which cannot be decoded"), help);
        }
        let shape = VotesShape { workers: workers as u32, coordinates: count, rounds: rounds as u32 };
        Ok(Self { file: file.to_owned(), from, shape, packed, next: 0, row: Vec::new() })
    }

    /// How many rounds, workers and coordinates there are.
    #[must_use]
    pub const fn shape(&self) -> VotesShape {
        self.shape
    }

    /// The votes of the next worker.
    fn vote(&mut self, worker: u32) -> Result<SignVector> {
        let (coordinates, file) = (self.shape.coordinates, &self.file);
        let length = if self.packed { coordinates.div_ceil(8) } else { coordinates };
        self.row.resize(length, 0);
        self.from.read_exact(&mut self.row).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Error::input(format!(
                "{file}: ends in the votes of worker {worker} in round {}; its header promises {} rounds, workers and coordinates",
                self.next,
                tuple(&[self.shape.rounds as usize, self.shape.workers as usize, coordinates])
            ))
            .help("copy or write it again"),
            _ => Error::input(format!("{file}: {error}")).help("copy or write it again"),
        })?;
        let made = if self.packed { unpacked(&self.row, coordinates) } else { signs(&self.row) };
        made.map_err(|(coordinate, what)| {
            Error::input(format!(
                "{file}: round {}, worker {worker}, coordinate {coordinate}: {what}",
                self.next
            ))
            .help(if self.packed {
                "tell the right number of coordinates: --coordinates D"
            } else {
                "votes are 1, -1, or 0 for an abstention: numpy.sign(votes).astype(numpy.int8)"
            })
        })
    }

    /// After the last round nothing follows.
    fn end(&mut self) -> Result<Option<VotedRound>> {
        let mut more = [0];
        match self.from.read(&mut more) {
            Ok(0) => Ok(None),
            Ok(_) => Err(Error::input(format!(
                "{}: goes on after the {} rounds that its header promises",
                self.file, self.shape.rounds
            ))
            .help("copy or write it again")),
            Err(error) => Err(Error::input(format!("{}: {error}", self.file)).help("copy or write it again")),
        }
    }
}

impl<R: Read> VotesByRound for ArrayRounds<R> {
    fn next_round(&mut self) -> Result<Option<VotedRound>> {
        if self.next == self.shape.rounds {
            return self.end();
        }
        let mut votes = Vec::with_capacity(self.shape.workers as usize);
        for worker in 0..self.shape.workers {
            if interrupt::asked_at(worker as usize) {
                return Err(Error::Interrupted);
            }
            let vote = Arc::new(Vote::Signs(self.vote(worker)?));
            votes.push(CountedVote { worker: WorkerId(worker), age: 0, weight: 1.0, vote });
        }
        let round = Round(self.next);
        self.next += 1;
        Ok(Some(VotedRound { number: u64::from(round.0), round, votes }))
    }
}

/// The lowest bit of every byte.
const LOW: u64 = 0x0101_0101_0101_0101;

/// Gathers these, the one of byte i as bit i.
const fn gathered(bytes: u64) -> u64 {
    (bytes & LOW).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The bits of eight votes: whether each is +, and whether it is not 0; `None` where one is none of -1, 0 and 1.
const fn eight(bytes: u64) -> Option<(u64, u64)> {
    let (odd, negative) = (bytes & LOW, bytes >> 7 & LOW);
    // -1 has all bits, the others at most the lowest.
    if bytes != odd | negative.wrapping_mul(0xff) {
        return None;
    }
    Some((gathered(odd & !negative), gathered(odd)))
}

/// The votes of a worker; where one is wrong, its coordinate and what it is.
fn signs(row: &[u8]) -> std::result::Result<SignVector, (usize, String)> {
    let words = words_for(row.len());
    let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
    for (k, votes) in row.chunks(64).enumerate() {
        let mut planes = (0, 0);
        for (i, votes) in votes.chunks(8).enumerate() {
            let mut bytes = [0; 8];
            bytes[..votes.len()].copy_from_slice(votes);
            let Some((plus, cast)) = eight(u64::from_le_bytes(bytes)) else {
                let at = votes.iter().position(|vote| !matches!(vote, 0 | 1 | 0xff)).unwrap_or(0);
                return Err((64 * k + 8 * i + at, format!("the vote is {}", votes[at] as i8)));
            };
            planes.0 |= plus << (8 * i);
            planes.1 |= cast << (8 * i);
        }
        positive.push(planes.0);
        voted.push(planes.1);
    }
    let all = |k: usize| if 64 * (k + 1) <= row.len() { u64::MAX } else { (1 << (row.len() % 64)) - 1 };
    if voted.iter().enumerate().all(|(k, word)| *word == all(k)) {
        return Ok(SignVector::from_words(row.len(), positive));
    }
    Ok(SignVector::from_planes(row.len(), positive, voted))
}

/// The votes of a worker in packed bits; where one behind the last coordinate is set, that is wrong.
fn unpacked(row: &[u8], coordinates: usize) -> std::result::Result<SignVector, (usize, String)> {
    let spare = 8 * row.len() - coordinates;
    if row.last().is_some_and(|last| last & ((1_u16 << spare) - 1) as u8 != 0) {
        return Err((coordinates, format!("a bit is set behind the last of {coordinates} coordinates")));
    }
    let word = |bytes: &[u8]| {
        let mut padded = [0; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        u64::from_be_bytes(padded).reverse_bits()
    };
    Ok(SignVector::from_words(coordinates, row.chunks(8).map(word).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_in_every_place_is_a_vote_or_is_found() {
        for length in [1, 7, 8, 63, 64, 65, 130] {
            for place in 0..length {
                let mut row: Vec<u8> = (0..length).map(|n| [1, 0xff, 0][n % 3]).collect();
                for byte in 0..=u8::MAX {
                    row[place] = byte;
                    let expected: Vec<i8> = row.iter().map(|vote| *vote as i8).collect();
                    match signs(&row) {
                        Ok(found) => assert_eq!(found.to_signs(), expected),
                        Err((at, what)) => {
                            assert!(!(-1..=1).contains(&(byte as i8)));
                            assert_eq!((at, what), (place, format!("the vote is {}", byte as i8)));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn votes_that_are_all_cast_need_no_second_plane() {
        assert_eq!(signs(&[1; 70]).unwrap().voted(), None);
        assert!(signs(&[[1; 69].as_slice(), &[0]].concat()).unwrap().voted().is_some());
    }
}
