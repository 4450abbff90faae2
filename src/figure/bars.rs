//! Horizontal bars in groups: what is drawn, and the CSV that says the same.

use super::content::{Axis, FigureNote, Look};
use super::label::Label;
use super::rows::csv_text;
use super::statistics::{Estimate, Waiting, text};

/// A whole chart of bars, which share one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What all bars measure.
    pub x: Axis,
    /// From top to bottom.
    pub groups: Vec<BarGroup>,
    /// Printed under the axis.
    pub notes: Vec<FigureNote>,
}

/// Bars under one title.
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    /// Empty when there is only one.
    pub title: Label,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Printed on its left.
    pub label: Label,
    /// Decides its colour.
    pub look: Look,
    /// Red, green and blue in place of the colour of its look.
    pub ink: Option<[u8; 3]>,
    /// How long it is, and what its whisker shows.
    pub length: Length,
}

/// What the length of a bar says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// The mean of a quantity.
    Mean(Estimate),
    /// The median time until something happens.
    Median(Waiting),
}

impl Length {
    /// Where the bar ends.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        match self {
            Self::Mean(estimate) => estimate.mean,
            Self::Median(waiting) => waiting.median,
        }
    }

    /// Where the whisker begins, and where it ends; open where some repeats never got there.
    #[must_use]
    pub fn whisker(&self) -> Option<(f64, Option<f64>)> {
        match self {
            Self::Mean(estimate) => estimate.interval.map(|(low, high)| (low, Some(high))),
            Self::Median(Waiting { range: None, .. }) => None,
            Self::Median(waiting @ Waiting { range: Some((first, last)), .. }) => {
                let all = waiting.reached == waiting.of;
                (waiting.of > 1).then_some((*first, all.then_some(*last)))
            }
        }
    }
}

impl Bar {
    /// What stands behind the bar: its value, and how many of the repeats have one.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.length {
            Length::Mean(Estimate { mean: None, .. }) => "no value".to_owned(),
            Length::Mean(Estimate { mean: Some(mean), without: 0, .. }) => three_digits(*mean),
            Length::Mean(Estimate { mean: Some(mean), runs, without, .. }) => {
                format!("{} ({runs} of {} seeds)", three_digits(*mean), runs + without)
            }
            Length::Median(Waiting { reached: 0, .. }) => "not reached".to_owned(),
            Length::Median(Waiting { median: None, reached, of, .. }) => format!("{reached} of {of} reached"),
            Length::Median(Waiting { median: Some(median), reached, of, .. }) if reached == of => {
                three_digits(*median)
            }
            Length::Median(Waiting { median: Some(median), reached, of, .. }) => {
                format!("{} ({reached} of {of} reached)", three_digits(*median))
            }
        }
    }
}

/// Three significant digits, without an exponent unless the number is long.
fn three_digits(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e7).contains(&value.abs()) {
        return format!("{value:.2e}").replace('-', "−");
    }
    let before = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let decimals = (2 - before).clamp(0, 9) as usize;
    format!("{value:.decimals$}")
}

impl Bar {
    /// The numbers behind the bar; of times no mean where not all repeats got there, for it would be one of the fastest.
    fn cells(&self) -> Vec<String> {
        match &self.length {
            Length::Mean(estimate) => {
                let spread = estimate.spread.word().to_owned();
                estimate.cells().into_iter().chain([spread]).collect()
            }
            Length::Median(waiting) => {
                let whisker = self.length.whisker();
                let (first, last) = (whisker.map(|w| w.0), whisker.and_then(|w| w.1));
                let kind = if whisker.is_some() { "range" } else { "" };
                let (reached, of) = (waiting.reached, waiting.of);
                let counts = [reached.to_string(), (of - reached).to_string(), kind.to_owned()];
                let means = [waiting.mean, first, last].map(text).into_iter();
                means.chain(counts).chain([text(waiting.median), format!("{reached} of {of}")]).collect()
            }
        }
    }
}

impl Bars {
    /// The numbers of the chart, a row a bar, in full precision.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let names = ["panel", "series"].map(str::to_owned);
        let waits =
            self.groups.iter().flat_map(|g| &g.bars).any(|bar| matches!(bar.length, Length::Median(_)));
        let further =
            if waits { vec![format!("{}_median", self.x.column), "reached".to_owned()] } else { vec![] };
        let header = names.into_iter().chain(Estimate::columns(self.x.column));
        let header = header.chain([Estimate::SPREAD_COLUMN.to_owned()]).chain(further);
        let bars = self.groups.iter().flat_map(|group| group.bars.iter().map(move |bar| (group, bar)));
        let rows = bars.map(|(group, bar)| {
            let names = [group.title.to_string(), bar.label.to_string()];
            names.into_iter().chain(bar.cells()).collect::<Vec<_>>()
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
            (1e308, "1.00e308"),
            (2.5e-12, "2.50e−12"),
        ] {
            assert_eq!(three_digits(value), expected);
        }
    }
}
