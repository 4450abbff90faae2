//! A table of numbers, and its CSV.
//!
//! Like a figure it says what stands behind its numbers: how many repeats, which interval, what is missing.

use super::content::Axis;
use super::label::Label;
use super::notes;
use super::rows::csv_text;
use super::statistics::{Estimate, Spread, Uncertainty};

/// Measures of a whole run; the others are those of its end.
const OVER_ROUNDS: [&str; 2] = ["decoding_error", "share_decoded"];

/// Rows of methods, columns of numbers of adversaries in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What a cell measures.
    pub measure: Axis,
    /// Whether more of it is better.
    pub gain: bool,
    /// From left to right.
    pub groups: Vec<ColumnGroup>,
    /// One per method, from top to bottom.
    pub rows: Vec<TableRow>,
    /// What the intervals show.
    pub uncertainty: Uncertainty,
    /// Runs that the scenario asks for and that are not there.
    pub missing: Vec<String>,
    /// What else a reader must know.
    pub remarks: Vec<Label>,
}

/// Columns under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnGroup {
    /// Empty when there is only one.
    pub label: Label,
    /// L of each column.
    pub adversaries: Vec<f64>,
}

/// One method.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The method's name.
    pub label: Label,
    /// A cell a column, group after group; `None` where there is no run.
    pub cells: Vec<Option<Cell>>,
}

/// Where the methods lie that a cell is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    Column,
    /// Of a table whose rows and columns have changed places.
    Row,
}

impl Along {
    const fn word(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Row => "row",
        }
    }
}

/// What the repeats of one setting say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// In the unit of [`Table::measure`].
    pub measured: Estimate,
    /// Megabytes (10^6 bytes) that all workers sent in a run, and that the server sent; means over the repeats.
    pub up: f64,
    /// Likewise what the server sent.
    pub down: f64,
}

impl Table {
    /// The numbers in full precision, a row a cell.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let header = ["panel", "series", "adversaries"].map(str::to_owned).into_iter();
        let header = header.chain(Estimate::columns(self.measure.column));
        let header = header.chain(["uplink_megabytes", "downlink_megabytes"].map(str::to_owned));
        let header = header.chain([Estimate::SPREAD_COLUMN.to_owned()]);
        let columns = || self.groups.iter().flat_map(|g| g.adversaries.iter().map(move |l| (&g.label, l)));
        let rows = self.rows.iter().flat_map(|row| {
            columns().zip(&row.cells).filter_map(move |((panel, adversaries), cell)| {
                let Cell { measured, up, down } = cell.as_ref()?;
                let names = [panel.to_string(), row.label.to_string(), adversaries.to_string()];
                let costs = [up.to_string(), down.to_string(), measured.spread.word().to_owned()];
                Some(names.into_iter().chain(measured.cells()).chain(costs).collect::<Vec<_>>())
            })
        });
        csv_text(header, rows)
    }

    /// The best mean of every column.
    pub(super) fn best(&self) -> Vec<Option<f64>> {
        let columns = self.rows.first().map_or(0, |row| row.cells.len());
        let mean = |row: &TableRow, column: usize| row.cells[column].and_then(|cell| cell.measured.mean);
        let better = |a: &f64, b: &f64| if self.gain { a.total_cmp(b) } else { b.total_cmp(a) };
        let best = |column| self.rows.iter().filter_map(|row| mean(row, column)).max_by(better);
        (0..columns).map(best).collect()
    }

    /// What stands below the table; `best` says how the best cell `of` its row or column looks.
    pub(super) fn notes(&self, best: &str, of: Along) -> Vec<Label> {
        let estimates = self.rows.iter().flat_map(|row| row.cells.iter().flatten().map(|cell| cell.measured));
        let has = |of: Spread| estimates.clone().any(|estimate| estimate.spread == of);
        let cut = has(Spread::Cut);
        let mut notes = vec![
            Label::plain(if OVER_ROUNDS.contains(&self.measure.column) {
                "Mean over rounds, "
            } else {
                "Final "
            })
            .then(self.measure.label.clone())
            .then(Label::plain(": "))
            .then(notes::repeats(estimates.clone(), self.uncertainty)),
            Label::plain(format!(
                "{best}: the {} of its {}",
                if self.gain { "highest" } else { "lowest" },
                of.word()
            )),
            Label::plain(
                "MB: one million bytes of a whole run, sent by all workers (up) and by the server to all (down)",
            ),
        ];
        if cut || has(Spread::Range) {
            let words = match (cut, has(Spread::Range)) {
                (true, false) => "In brackets: an interval that ends where values do",
                (false, _) => "In brackets: the range of two seeds",
                (true, true) => {
                    "In brackets: an interval that ends where values do, or the range of two seeds"
                }
            };
            notes.push(Label::plain(words));
        }
        notes.extend(notes::missing(&self.missing));
        notes.extend(self.remarks.iter().cloned());
        notes
    }
}

pub(super) fn adversaries(count: f64) -> Label {
    Label::rich(&format!("*L* = {count}"))
}
