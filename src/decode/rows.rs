//! The rows of a table of votes, one at a time, and the place of everything that is wrong with them.

use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::header::{self, HEADER, shown};
use super::lines::{EndlessLine, Lines};
use crate::error::{Error, Place, Result};
use crate::gzip;
use crate::interrupt;

/// Workers are numbered below this.
pub const MOST_WORKERS: u32 = 100_000_000;
/// Coordinates are numbered below this.
pub(crate) const MOST_COORDINATES: u32 = u32::MAX;

const SORT: &str =
    "sort the rows: (head -n 1 votes.csv; tail -n +2 votes.csv | sort -t, -s -n -k1,1) > sorted.csv";

/// Fields of the input that a message shows at most.
const FIELDS_SHOWN: usize = 8;

/// What one worker said about one coordinate in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoteRow {
    /// As numbered in the file.
    pub round: u64,
    /// The worker's number, from zero.
    pub worker: u32,
    /// The coordinate's number, from zero.
    pub coordinate: u32,
    /// -1, 0 or +1.
    pub vote: i8,
}

/// The column of a row, for the place of an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    Round,
    Worker,
    Coordinate,
    Vote,
}

/// A table of votes, read from its beginning; rounds never go back.
pub struct VoteRows<R> {
    file: String,
    reader: Reader<Lines<R>>,
    record: ByteRecord,
    round: u64,
    /// How many were read.
    read: usize,
}

impl<R: Read> VoteRows<R> {
    /// Begins to read; `file` is the table's name in messages.
    ///
    /// # Errors
    /// When the first line is not the header.
    pub fn new(file: &str, bytes: R) -> Result<Self> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // No field needs quotes, so one that is not closed must not swallow the rows after it; see `unquoted`.
            .quoting(false)
            // Lines are counted at their end; a \r before it is white space, which every field may have around it.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_reader(Lines::new(bytes));
        let mut rows = Self { file: file.to_owned(), reader, record: ByteRecord::new(), round: 0, read: 0 };
        let header = HEADER.join(",");
        if !rows.advance()? {
            return Err(Error::input(format!("{file}: there is nothing in it"))
                .help(format!("begin with the line {header}")));
        }
        let fields: Vec<&[u8]> = rows.record.iter().map(unquoted).collect();
        if fields.iter().copied().eq(HEADER.map(str::as_bytes)) {
            return Ok(rows);
        }
        let (message, help) = header::complaint(&fields);
        Err(rows.fault(Column::Round, &message).help(help))
    }

    /// The next row, `None` at the end.
    ///
    /// # Errors
    /// When the row is not four numbers in their ranges, or belongs to an earlier round than the one before;
    /// [`Error::Interrupted`].
    pub fn read(&mut self) -> Result<Option<VoteRow>> {
        self.read += 1;
        if interrupt::asked_at(self.read) {
            return Err(Error::Interrupted);
        }
        loop {
            if !self.advance()? {
                return Ok(None);
            }
            // A line of white space is empty.
            if self.record.len() != 1 || !self.record[0].trim_ascii().is_empty() {
                break;
            }
        }
        if self.record.len() != HEADER.len() {
            let message = format!("{} fields instead of {}", self.record.len(), HEADER.len());
            let help = format!("write {} in every row", HEADER.join(","));
            return Err(self.fault(Column::Round, &message).help(help));
        }
        let row = VoteRow {
            round: self.number(Column::Round, u64::MAX)?,
            worker: self.number(Column::Worker, u64::from(MOST_WORKERS) - 1)? as u32,
            coordinate: self.number(Column::Coordinate, u64::from(MOST_COORDINATES) - 1)? as u32,
            vote: self.vote()?,
        };
        if row.round < self.round {
            let message = format!("round {} comes after round {}", row.round, self.round);
            return Err(self.fault(Column::Round, &message).help(SORT));
        }
        self.round = row.round;
        Ok(Some(row))
    }

    fn advance(&mut self) -> Result<bool> {
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => {
                match error.get_ref().and_then(|e| e.downcast_ref::<EndlessLine>()) {
                    Some(endless) => Error::input(format!("{}: {endless}", self.file)).help(format!(
                        "write a row of four short fields in every line: {}",
                        HEADER.join(",")
                    )),
                    None => gzip::complaint(Path::new(&self.file), error),
                }
            }
            _ => unreachable!("records of any length and any bytes are read"),
        })
    }

    fn number(&self, column: Column, most: u64) -> Result<u64> {
        let field = &self.record[column as usize];
        match whole(field).or_else(|| whole(unquoted(field))) {
            Some(number) if number <= most => Ok(number),
            _ => Err(self.not_a_number(column, most)),
        }
    }

    fn not_a_number(&self, column: Column, most: u64) -> Error {
        let (name, text) = (HEADER[column as usize], self.text(column));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let (message, help) = if text.is_empty() {
            (format!("the {name} is missing"), "write a whole number, 0 or above")
        } else if text.strip_prefix('-').is_some_and(digits) {
            (format!("the {name} is {text}, a negative number"), "write a whole number, 0 or above")
        } else if digits(&text) {
            (format!("the {name} is {text}, but {most} is the largest that can be read"), "count from 0")
        } else if has_point(&text) {
            (
                format!("the {name} is `{text}`"),
                "write a whole number, 0 or above, without a decimal point: astype(int) in NumPy and pandas",
            )
        } else {
            (format!("the {name} is `{text}`"), "write a whole number, 0 or above")
        };
        self.fault(column, &message).help(help)
    }

    fn vote(&self) -> Result<i8> {
        match unquoted(&self.record[Column::Vote as usize]) {
            b"1" => Ok(1),
            b"-1" => Ok(-1),
            b"0" => Ok(0),
            _ => {
                let text = self.text(Column::Vote);
                let help = if has_point(&text) {
                    "write 1, -1, or 0 for an abstention, without a decimal point: astype(int) in NumPy and pandas"
                } else {
                    "write 1, -1, or 0 for an abstention"
                };
                Err(self.fault(Column::Vote, &format!("the vote is `{text}`")).help(help))
            }
        }
    }

    /// An error at a column of the row that was read last.
    pub(super) fn fault(&self, column: Column, message: &str) -> Error {
        let before = self.record.iter().take(column as usize);
        let text: Vec<_> = self.record.iter().take(FIELDS_SHOWN).map(shown).collect();
        Error::scenario(message).at(Some(Place {
            file: self.file.clone(),
            line: self.line() as usize,
            column: before.map(|field| field.len() + 1).sum::<usize>() + 1,
            excerpt: shown(text.join(",").trim_end().as_bytes()).into(),
        }))
    }

    /// An error at a line that was read earlier.
    pub(super) fn fault_at(&self, line: u64, message: &str) -> Error {
        let (file, excerpt) = (self.file.clone(), "".into());
        Error::scenario(message).at(Some(Place { file, line: line as usize, column: 1, excerpt }))
    }

    /// An error about the table as a whole.
    pub(super) fn fault_of_all(&self, message: &str) -> Error {
        Error::input(format!("{}: {message}", self.file))
    }

    /// The line of the row that was read last, from one.
    pub(super) fn line(&self) -> u64 {
        // Before the row empty lines may have been skipped, after it the line has ended, unless the file did.
        let before = self.record.position().map_or(1, csv::Position::line);
        before.max(self.reader.position().line() - 1)
    }

    fn text(&self, column: Column) -> String {
        shown(unquoted(&self.record[column as usize]))
    }
}

/// A field without the white space and the quotes around it.
fn unquoted(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    match field {
        [b'"', inside @ .., b'"'] => inside.trim_ascii(),
        _ => field,
    }
}

/// Whether this is a number as programs write it that know no whole ones.
fn has_point(text: &str) -> bool {
    text.contains('.') && text.parse::<f64>().is_ok()
}

/// A whole number in decimal digits and nothing else.
fn whole(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 20 {
        return None;
    }
    field.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}
