//! Recorded presence: a CSV file with a row for each span in which a worker was there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Named;
use crate::sim::measured;
use crate::time::{Interval, SimTime};
use crate::units::LONGEST;

/// The rows of a file with the columns `worker,from,to`: from `from` on and before `to`, in seconds, the worker is there. A
/// worker without a row is always there.
///
/// Its checksum is written with it, so that a run is named by what the file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    file: PathBuf,
    /// SHA-256 of the file in hexadecimal, if it shall be no other.
    #[serde(default)]
    sha256: Option<String>,
    /// Nobody before the file is loaded.
    #[serde(skip)]
    present: Arc<BTreeMap<u32, Vec<Interval>>>,
}

#[derive(Deserialize)]
struct PresenceRow {
    worker: u32,
    from: f64,
    to: f64,
}

/// The spans of every worker, ascending and apart.
fn rows(bytes: &[u8]) -> Result<BTreeMap<u32, Vec<Interval>>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let mut present: BTreeMap<u32, Vec<Interval>> = BTreeMap::new();
    for (i, row) in reader.deserialize::<PresenceRow>().enumerate() {
        let line = i + 2;
        let row = row.map_err(|e| format!("line {line}: {e}; the columns are worker,from,to"))?;
        let longest = LONGEST.as_secs_f64();
        if !(0.0 <= row.from && row.from < row.to && row.to <= longest) {
            return Err(format!(
                "line {line}: from {} to {} is no span; write seconds, the earlier first, up to 365 days",
                row.from, row.to
            ));
        }
        let instant = |seconds: f64| SimTime::from_nanos((seconds * 1e9).round() as u64);
        present.entry(row.worker).or_default().push((instant(row.from), instant(row.to)));
    }
    if present.is_empty() {
        return Err("no row below the header; the columns are worker,from,to".to_owned());
    }
    for (worker, spans) in &mut present {
        spans.sort_unstable();
        if let Some(pair) = spans.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            return Err(format!(
                "worker {worker} is there twice at {}; write spans that do not overlap",
                pair[1].0
            ));
        }
    }
    Ok(present)
}

impl Presence {
    /// Reads the file.
    ///
    /// # Errors
    /// In words, when it is not a table of spans.
    pub(super) fn load(&mut self) -> Result<(), String> {
        let bytes = measured::read(&self.file, &measured::MEASUREMENT, &mut self.sha256)?;
        let present = rows(&bytes).map_err(|why| format!("{}: {why}", self.file.named()))?;
        self.present = Arc::new(present);
        Ok(())
    }

    /// The highest number of a worker in the file.
    pub fn last_worker(&self) -> Option<u32> {
        self.present.keys().next_back().copied()
    }

    /// When this worker is away; `None` for one that the file does not name.
    pub fn gaps(&self, worker: u32) -> Option<Vec<Interval>> {
        let present = self.present.get(&worker)?;
        let ends = std::iter::once(SimTime::ZERO).chain(present.iter().map(|span| span.1));
        let begins = present.iter().map(|span| span.0).chain([SimTime::NEVER]);
        Some(ends.zip(begins).filter(|(from, until)| from < until).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(interval: &Interval) -> (f64, f64) {
        (interval.0.as_secs_f64(), interval.1.as_secs_f64())
    }

    #[test]
    fn gaps_are_what_rows_leave_away() {
        let present = rows(b"worker,from,to\n2,5,6.5\n2,0,1\n4,1,2\n").unwrap();
        let trace = Presence { file: PathBuf::new(), sha256: None, present: Arc::new(present) };
        let gaps = trace.gaps(2).unwrap();
        assert_eq!(gaps.iter().map(seconds).take(1).collect::<Vec<_>>(), [(1.0, 5.0)]);
        assert_eq!((gaps.len(), gaps[1].0.as_secs_f64(), gaps[1].1), (2, 6.5, SimTime::NEVER));
        assert_eq!(trace.gaps(4).unwrap().len(), 2);
        assert_eq!((trace.gaps(0), trace.last_worker()), (None, Some(4)));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, words) in [
            ("worker,from,to\n", "no row below the header"),
            ("worker,from\n1,2\n", "the columns are worker,from,to"),
            ("worker,from,to\n0,0,1\n0,3,2\n", "line 3: from 3 to 2 is no span"),
            ("worker,from,to\n0,0,x\n", "line 2"),
            ("worker,from,to\n0,0,2\n0,1,3\n", "worker 0 is there twice"),
        ] {
            let error = rows(text.as_bytes()).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
