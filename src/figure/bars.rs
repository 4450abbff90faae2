//! Horizontal bars in groups: what is drawn, and the CSV that says the same.

use super::content::{Axis, Look, Note};
use super::label::Label;
use super::statistics::Estimate;

/// A whole chart of bars, which share one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    pub x: Axis,
    pub groups: Vec<Group>,
    pub notes: Vec<Note>,
}

/// Bars under one title.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Empty when there is only one.
    pub title: Label,
    pub bars: Vec<Bar>,
}

/// One bar with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub label: Label,
    pub look: Look,
    /// Repeats without a value never got there.
    pub estimate: Estimate,
}

impl Bar {
    /// What stands behind the bar: its value, and how many of the repeats have one.
    #[must_use]
    pub fn words(&self) -> String {
        let Estimate { mean, runs, without, .. } = self.estimate;
        let Some(mean) = mean else { return "not reached".to_owned() };
        let share =
            if without > 0 { format!(" ({runs} of {} seeds)", runs + without) } else { String::new() };
        format!("{}{share}", three_digits(mean))
    }
}

/// Three significant digits, without an exponent.
fn three_digits(value: f64) -> String {
    let before = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let decimals = (2 - before).clamp(0, 9) as usize;
    format!("{value:.decimals$}")
}

impl Bars {
    /// The numbers of the chart, a row a bar, in full precision.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut table = csv::Writer::from_writer(Vec::new());
        let x = self.x.column;
        let mut write = |row: Vec<String>| table.write_record(row).expect("memory takes every row");
        let derived = [format!("{x}_mean"), format!("{x}_low"), format!("{x}_high")];
        let head = ["panel", "series"].map(str::to_owned).into_iter().chain(derived);
        write(head.chain(["runs", "runs_without_value"].map(str::to_owned)).collect());
        for group in &self.groups {
            for bar in &group.bars {
                let names = [group.title.to_string(), bar.label.to_string()];
                write(names.into_iter().chain(bar.estimate.cells()).collect());
            }
        }
        let bytes = table.into_inner().expect("memory takes every row");
        String::from_utf8(bytes).expect("rows are text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_enough() {
        for (value, expected) in [
            (0.0, "0.00"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (0.01234, "0.0123"),
            (4567.8, "4568"),
        ] {
            assert_eq!(three_digits(value), expected);
        }
    }
}
