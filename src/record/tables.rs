//! The tables of a run, and writing and reading CSV.

use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::rows::{
    ClassRow, LabelRow, LayerRow, RoundRow, Row, ShardRow, Status, SummaryRow, TimelineRow, WorkerRow,
};
use crate::error::{Error, Named, Result};
use crate::files;

/// The tables of a run. A new one is a row in `rows.rs`, its field here, and a line in each of the two functions below.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tables {
    /// `rounds.csv`: one row per round, where there is a model one before the first.
    pub rounds: Vec<RoundRow>,
    /// Empty unless the method has weights, or crossovers are measured.
    pub workers: Vec<WorkerRow>,
    /// Empty unless layers are measured.
    pub layers: Vec<LayerRow>,
    /// Empty unless a timeline was recorded.
    pub timeline: Vec<TimelineRow>,
    /// Empty unless the partition of labels was recorded.
    pub labels: Vec<LabelRow>,
    /// Empty unless fairness is measured.
    pub classes: Vec<ClassRow>,
    /// Likewise.
    pub shards: Vec<ShardRow>,
}

impl Tables {
    /// Name and contents of every file that there is.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
        let Self { rounds, workers, layers, timeline, labels, classes, shards } = self;
        let files = [file(rounds), file(workers), file(layers), file(timeline), file(labels)];
        files.into_iter().chain([file(classes), file(shards)]).flatten()
    }

    /// Reads the tables in `dir`.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        Ok(Self {
            rounds: read(dir)?,
            workers: read(dir)?,
            layers: read(dir)?,
            timeline: read(dir)?,
            labels: read(dir)?,
            classes: read(dir)?,
            shards: read(dir)?,
        })
    }
}

fn file<T: Row>(rows: &[T]) -> Option<(&'static str, Vec<u8>)> {
    (T::ALWAYS || !rows.is_empty()).then(|| (T::FILE, to_csv(rows)))
}

fn read<T: Row>(dir: &Path) -> Result<Vec<T>> {
    let path = dir.join(T::FILE);
    match files::open(&path) {
        Err(error) if !T::ALWAYS && error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) if files::is_wrong_file(&path, &error) => Err(unreadable(&path, &error.into())),
        file => from_csv(&path, file.map_err(|e| Error::io(&path, e))?),
    }
}

/// The columns of the sweep come last and begin with this.
const SWEEP_PREFIX: &str = "sweep.";

/// Rows with a header made of their fields.
///
/// # Panics
/// Never: rows are flat structs.
#[must_use]
pub(crate) fn to_csv<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("rows are flat");
    }
    writer.into_inner().expect("a vector takes everything")
}

/// `summary.csv`: one row per run, with one column for every axis of the sweep at its end.
///
/// # Panics
/// Never: rows are flat structs.
#[must_use]
pub(crate) fn summary_to_csv(axes: &[String], rows: &[(SummaryRow, Vec<(String, String)>)]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    let sweep = axes.iter().map(|path| format!("{SWEEP_PREFIX}{path}"));
    let header = named(&SummaryRow::default()).into_iter().map(|(column, _)| column).chain(sweep);
    writer.write_record(header).expect("a vector takes everything");
    for (row, settings) in rows {
        let values = settings.iter().map(|(_, value)| value.clone());
        writer.write_record(cells(row).into_iter().chain(values)).expect("a vector takes everything");
    }
    writer.into_inner().expect("a vector takes everything")
}

/// The columns of `summary.csv` before those of the sweep, each with the cell of this row.
fn named(row: &SummaryRow) -> Vec<(String, String)> {
    let text = to_csv(std::slice::from_ref(row));
    let lines = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice()).into_records();
    let mut lines = lines.map(|line| line.expect("lines that were just written"));
    let [header, cells] = [lines.next(), lines.next()].map(|line| line.expect("a header and a row"));
    header.iter().zip(&cells).map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()
}

/// A row as text, one cell per column; a run that failed has no results.
fn cells(row: &SummaryRow) -> Vec<String> {
    let named = named(row);
    let asked = named.iter().position(|(column, _)| column == "rounds").map_or(0, |at| at + 1);
    let shown = |at: usize| row.status != Status::Failed || at < asked;
    let cell = |(at, (_, cell)): (usize, (_, String))| if shown(at) { cell } else { String::new() };
    named.into_iter().enumerate().map(cell).collect()
}

fn unreadable(path: &Path, error: &csv::Error) -> Error {
    Error::input(format!("{}: {error}", path.named()))
        .help("run the scenario again: finished runs are reused, and what does not read is written anew")
}

/// Reads rows by the names of their columns; other columns are ignored.
///
/// # Errors
/// When they are no such rows.
fn from_csv<T: DeserializeOwned>(path: &Path, file: impl Read) -> Result<Vec<T>> {
    let wrong = |e: csv::Error| unreadable(path, &e);
    let mut reader = csv::Reader::from_reader(file);
    reader.deserialize().map(|row| row.map_err(wrong)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> SummaryRow {
        SummaryRow {
            run: "r".into(),
            status: Status::Diverged,
            seed: 1,
            method: "signsgd_fd".into(),
            attack: "sign_inversion".into(),
            workers: 15,
            adversaries: 3,
            rounds: 10,
            final_accuracy: None,
            final_loss: Some(f64::NAN),
            decoding_error: Some(0.25),
            sim_time_s: 1.5,
            uplink_bytes: 1,
            downlink_bytes: 2,
            wasted_bytes: 3,
            votes_received: 4,
            votes_missing: 5,
            digest: "d".into(),
            wall_s: 0.1,
            events: 6,
            queue_peak: 7,
            messages_lost: 8,
            votes_late: 9,
            votes_refused: 10,
            useful_bytes: 11,
            retransmissions: 12,
            duplicates: 13,
            empty_rounds: Some(14),
            rounds_done: Some(9),
            worst_class_accuracy: Some(0.5),
            worst_worker_accuracy: None,
            best_worker_accuracy: None,
            mean_gradient_l1: Some(2.5),
            final_gradient_l1: None,
            final_gradient_l2: None,
        }
    }

    /// The nearest number to these digits is another one for a reader that takes short cuts.
    #[test]
    fn a_run_that_is_read_back_is_the_same_to_the_last_bit() {
        let row = SummaryRow { decoding_error: Some(0.007_508_000_000_000_002_5), final_loss: None, ..row() };
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<SummaryRow>(&text).unwrap(), row);
        for loss in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let row = SummaryRow { final_loss: Some(loss), ..row.clone() };
            let text = serde_json::to_string(&row).unwrap();
            let back = serde_json::from_str::<SummaryRow>(&text).unwrap().final_loss.unwrap();
            assert_eq!(back.to_string(), loss.to_string(), "{text}");
        }
    }

    #[test]
    fn a_summary_has_its_sweep_columns_at_its_end_and_a_row_for_what_failed() {
        let settings = vec![("adversaries.count".to_owned(), "3".to_owned())];
        // Whatever stands there for its results.
        let failed = SummaryRow {
            run: "f".into(),
            status: Status::Failed,
            seed: 2,
            method: "signsgd_mv".into(),
            attack: "silent".into(),
            adversaries: 4,
            ..row()
        };
        let other = vec![("adversaries.count".to_owned(), "4".to_owned())];
        let axes = ["adversaries.count".to_owned()];
        let text = summary_to_csv(&axes, &[(failed, other), (row(), settings)]);
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with(",sweep.adversaries.count"));
        // Eight columns are known of a run that failed.
        let empty = ",".repeat(lines[0].split(',').count() - 1 - 9);
        assert_eq!(lines[1], format!("f,failed,2,signsgd_mv,silent,15,4,10,{empty},4"));
        assert!(lines[2].starts_with("r,diverged,1,") && lines[2].contains(",NaN,0.25,1.5,"), "{}", lines[2]);
    }
}
