//! Horizontal bars in groups: what is drawn, and the CSV that says the same.

use super::content::{Axis, Look, Note};
use super::label::Label;
use super::rows::csv_text;
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
        let names = ["panel", "series"].map(str::to_owned);
        let header = names.into_iter().chain(Estimate::columns(self.x.column));
        let bars = self.groups.iter().flat_map(|group| group.bars.iter().map(move |bar| (group, bar)));
        let rows = bars.map(|(group, bar)| {
            let names = [group.title.to_string(), bar.label.to_string()];
            names.into_iter().chain(bar.estimate.cells()).collect::<Vec<_>>()
        });
        csv_text(header, rows)
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
