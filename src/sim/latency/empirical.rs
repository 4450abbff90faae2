//! Measured spans of time: a column of a CSV file, every row of it equally likely.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::error::Named;
use crate::random::Stream;
use crate::sim::measured;
use crate::units::LONGEST;

/// What the numbers of a column are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Nanoseconds.
    Ns,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
}

impl TimeUnit {
    const fn nanos(self) -> f64 {
        match self {
            Self::Ns => 1.0,
            Self::Us => 1e3,
            Self::Ms => 1e6,
            Self::S => 1e9,
        }
    }
}

/// The rows of one column.
///
/// Its checksum is written with it, so that a run is named by what the file holds, and a resolved scenario refuses
/// another file under the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empirical {
    file: PathBuf,
    /// A name of the header line; the only column when absent.
    #[serde(default)]
    column: Option<String>,
    unit: TimeUnit,
    /// SHA-256 of the file in hexadecimal, if it shall be no other.
    #[serde(default)]
    sha256: Option<String>,
    /// None before the file is loaded.
    #[serde(skip)]
    nanos: Arc<[u64]>,
}

/// The spans of a column in nanoseconds. A file whose first line is a number has no header.
fn rows(bytes: &[u8], column: Option<&str>, unit: TimeUnit) -> Result<Vec<u64>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(bytes);
    let mut records = reader.records().peekable();
    let first = match records.peek() {
        Some(Ok(record)) => record.clone(),
        Some(Err(e)) => return Err(e.to_string()),
        None => return Err("the file is empty; write one span per line".to_owned()),
    };
    let at = match column {
        Some(name) => first.iter().position(|field| field == name).ok_or_else(|| {
            let there = first.iter().collect::<Vec<_>>().join(", ");
            format!("there is no column `{name}`; the first line has: {}", measured::shown(&there))
        })?,
        None if first.len() == 1 => 0,
        None => return Err(format!("there are {} columns; name one with `column`", first.len())),
    };
    if column.is_some() || first[0].parse::<f64>().is_err() {
        records.next();
    }
    let mut nanos = Vec::new();
    for record in records {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let span = record[at].parse::<f64>().map_or(f64::NAN, |x| x * unit.nanos());
        if !(0.0..=LONGEST.as_nanos() as f64).contains(&span) {
            let text = measured::shown(&record[at]);
            return Err(format!("line {line}: `{text}` is not a span; write a number from 0 to 365 days"));
        }
        nanos.push(span.round() as u64);
    }
    if nanos.is_empty() { Err("there is no row below the header".to_owned()) } else { Ok(nanos) }
}

impl Empirical {
    /// Reads the file.
    ///
    /// # Errors
    /// In words, when it is not a table with such a column of spans.
    pub(super) fn load(&mut self) -> Result<(), String> {
        let bytes = measured::read(&self.file, &measured::MEASUREMENT, &mut self.sha256)?;
        let nanos = rows(&bytes, self.column.as_deref(), self.unit);
        self.nanos = nanos.map_err(|why| format!("{}: {why}", self.file.named()))?.into();
        Ok(())
    }

    /// The longest of all rows.
    pub(super) fn longest(&self) -> Duration {
        Duration::from_nanos(self.nanos.iter().copied().max().unwrap_or(0))
    }

    /// One row.
    ///
    /// # Panics
    /// Before the file is loaded.
    pub(super) fn sample(&self, stream: &mut Stream) -> Duration {
        Duration::from_nanos(self.nanos[stream.random_range(0..self.nanos.len())])
    }
}
