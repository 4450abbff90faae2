//! A heat map in plain data: cells over two sides, a colour for the number in each.

use super::content::{Axis, FigureNote};
use super::label::Label;
use super::rows::csv_text;
use super::statistics::Estimate;

/// A whole heat map; its panels share their sides and their colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Along the bottom, a value for each column of cells.
    pub x: Side,
    /// Along the left, a value for each row of cells.
    pub y: Side,
    /// What the colour measures.
    pub colour: Axis,
    /// Whether the number of each cell is printed in it.
    pub printed: bool,
    /// In reading order; at least one.
    pub panels: Vec<HeatPanel>,
    /// Printed under the map.
    pub notes: Vec<FigureNote>,
}

/// One side of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Its name in the CSV.
    pub column: &'static str,
    /// Its name on the page.
    pub label: Label,
    /// The value of every column or row of cells, ascending; of categories 0, 1, 2, ….
    pub values: Vec<f64>,
    /// What the categories are called; empty where the values are numbers.
    pub names: Vec<Label>,
    /// A line across the map with its name.
    pub mark: Option<(f64, Label)>,
}

/// One map.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatPanel {
    /// Empty when there is only one.
    pub title: Label,
    /// By row, then column; `None` where there is no run.
    pub cells: Vec<Vec<Option<Estimate>>>,
}

impl Heat {
    /// The numbers of the map, a row a cell, in full precision.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let header = ["panel", self.x.column, self.y.column].map(str::to_owned);
        let header = header.into_iter().chain(Estimate::columns(self.colour.column));
        let header = header.chain([Estimate::SPREAD_COLUMN.to_owned()]);
        let rows = self.panels.iter().flat_map(|panel| {
            panel.cells.iter().enumerate().flat_map(move |(y, cells)| {
                cells.iter().enumerate().filter_map(move |(x, cell)| {
                    let names = [panel.title.to_string(), self.x.written(x), self.y.written(y)];
                    let estimate = (*cell)?;
                    let spread = [estimate.spread.word().to_owned()];
                    Some(names.into_iter().chain(estimate.cells()).chain(spread).collect::<Vec<_>>())
                })
            })
        });
        csv_text(header, rows)
    }

    /// The means of all cells.
    pub fn means(&self) -> impl Iterator<Item = f64> {
        self.panels.iter().flat_map(|p| p.cells.iter().flatten()).filter_map(|cell| (*cell)?.mean)
    }
}

impl Side {
    /// Where a value lies along the side, in cells from its beginning: the middle of the first cell is at 0.5. Between
    /// the middles of two cells it is interpolated; `None` beyond the ends.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let step = |i: usize| {
            let (a, b) = (self.values[i], self.values[i + 1]);
            (i as f64 + 0.5) + (value - a) / (b - a)
        };
        let last = self.values.len().checked_sub(2)?;
        let at = (0..=last).find(|&i| value <= self.values[i + 1]).unwrap_or(last);
        Some(step(at)).filter(|place| (0.0..=self.values.len() as f64).contains(place))
    }

    /// The value of a column or row of cells as the CSV has it.
    #[must_use]
    pub fn written(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| self.values[i].to_string(), ToString::to_string)
    }

    /// The value of a column or row of cells as it is printed.
    #[must_use]
    pub fn words(&self, i: usize) -> Label {
        self.names.get(i).cloned().unwrap_or_else(|| Label::plain(self.values[i].to_string()))
    }

    /// Whether equal differences of values take equal room.
    #[must_use]
    pub fn is_even(&self) -> bool {
        let gaps: Vec<f64> = self.values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.iter().all(|gap| (gap - gaps[0]).abs() <= 1e-6 * gaps[0].abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_between_the_middles_of_their_cells() {
        let side = |values: &[f64]| Side {
            column: "x",
            label: Label::default(),
            values: values.to_vec(),
            names: vec![],
            mark: None,
        };
        let even = side(&[0.0, 0.2, 0.4]);
        assert_eq!(even.place(0.0), Some(0.5));
        assert!((even.place(0.3).unwrap() - 2.0).abs() < 1e-12);
        assert!((even.place(0.5).unwrap() - 3.0).abs() < 1e-12 && even.place(0.51).is_none());
        assert!(even.is_even() && !side(&[0.1, 0.2, 0.4]).is_even());
        assert!((side(&[0.1, 0.2, 0.4]).place(0.3).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(side(&[0.1]).place(0.1), None);
    }
}
