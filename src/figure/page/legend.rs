//! The legend: measured entries in rows above the axes, where they cannot cover data.

use super::fonts::width;
use super::measures::{PAD_PT, SAMPLE_PT, TEXT, pt};
use super::typeset::shorten;
use crate::figure::content::{Content, Look};
use crate::figure::label::Label;

const GAP_PT: f64 = 11.0;

/// An entry: where its sample begins, the row it stands in, and its text.
type LegendEntry = (i32, usize, Label);

/// Places the entries between the page's edges, flush with the axes at `left` where there is room, and moves
/// `at` below them. Returns left end, vertical middle and text of each.
#[must_use]
pub(crate) fn place(content: &Content, left: i32, right: i32, at: &mut i32) -> Vec<(i32, i32, Label)> {
    let (sample, gap, pad) = (pt(SAMPLE_PT + 3.5), pt(GAP_PT), pt(PAD_PT));
    let words = content.series.iter().map(|s| &s.label).chain(&content.theorems);
    let shortened = words.map(|label| shorten(label, TEXT, right - pad - sample));
    let sized: Vec<(i32, Label)> = shortened.map(|l| (sample + width(&l, TEXT), l)).collect();
    let widest = sized.iter().map(|(w, _)| *w).max().unwrap_or(0);
    let total = sized.iter().map(|(w, _)| w + gap).sum::<i32>() - gap;
    let most = ((right - pad + gap) / (widest + gap)).max(1) as usize;
    let entries = if total <= right - pad {
        flow(sized, flush(left, right, total), right)
    } else if most == 1 {
        // One long name does not force all others into a column.
        flow(sized, pad, right)
    } else {
        let grid = LegendGrid::of(content, sized.len(), most);
        let start = flush(left, right, grid.columns as i32 * (widest + gap) - gap);
        let entry = |(i, (_, label))| {
            let (column, row) = grid.cell(i);
            (start + column as i32 * (widest + gap), row, label)
        };
        sized.into_iter().enumerate().map(entry).collect()
    };
    let row_height = pt(TEXT * 1.32);
    let (top, rows) = (*at, entries.iter().map(|e| e.1 + 1).max().unwrap_or(0));
    *at += row_height * rows as i32 + pt(4.0);
    let middle = |row: usize| top + row_height * row as i32 + row_height / 2;
    entries.into_iter().map(|(x, row, label)| (x, middle(row), label)).collect()
}

/// The left end of a block: the axes' where it fits, else as far left as it must be.
fn flush(left: i32, right: i32, block: i32) -> i32 {
    if left + block <= right { left } else { pt(PAD_PT).max((right + pt(PAD_PT) - block) / 2) }
}

/// One entry after the other, a new row where the next does not fit.
fn flow(sized: Vec<(i32, Label)>, start: i32, right: i32) -> Vec<LegendEntry> {
    let (mut x, mut row) = (start, 0);
    let place = |(width, label): (i32, Label)| {
        if x > start && x + width > right {
            (x, row) = (start, row + 1);
        }
        let entry = (x, row, label);
        x += width + pt(GAP_PT);
        entry
    };
    sized.into_iter().map(place).collect()
}

/// The rows and columns of a legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LegendGrid {
    columns: usize,
    /// Entries in a column before the next one begins; `None` if rows fill first.
    down: Option<usize>,
}

impl LegendGrid {
    fn rows(columns: usize) -> Self {
        Self { columns, down: None }
    }

    /// One row per method, or else one column per method, where a method's members fit; else rows of equal length.
    fn of(content: &Content, entries: usize, most: usize) -> Self {
        let member = |look| if let Look::Member { member, .. } = look { member + 1 } else { 0 };
        let members = content.series.iter().map(|s| member(s.look)).max().unwrap_or(0);
        match members {
            1.. if entries.is_multiple_of(members) && members <= most => Self::rows(members),
            1.. if entries.is_multiple_of(members) && entries / members <= most => {
                Self { columns: entries / members, down: Some(members) }
            }
            _ => Self::rows(entries.div_ceil(entries.div_ceil(most))),
        }
    }

    /// Column and row of an entry.
    fn cell(self, i: usize) -> (usize, usize) {
        self.down.map_or((i % self.columns, i / self.columns), |down| (i / down, i % down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::content::{Axis, IntervalShape, Scale, Series};

    fn check(names: &[&str]) {
        let axis = || Axis { column: "x", label: Label::default(), scale: Scale::Count };
        let entry =
            |(i, name): (usize, &&str)| Series { label: Label::plain(*name), look: Look::Distinct(i) };
        let series = names.iter().enumerate().map(entry).collect();
        let content = Content {
            x: axis(),
            y: axis(),
            interval: IntervalShape::Bars,
            joined: true,
            series,
            theorems: vec![],
            panels: vec![],
            notes: vec![],
        };
        let (left, right, mut bottom) = (pt(30.0), pt(235.0), 0);
        let boxes: Vec<(i32, i32, i32)> = place(&content, left, right, &mut bottom)
            .into_iter()
            .map(|(x, y, label)| (x, x + pt(SAMPLE_PT + 3.5) + width(&label, TEXT), y))
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            assert!(a.0 >= 0 && a.1 <= right && a.2 < bottom, "{names:?}: {a:?}");
            for b in &boxes[..i] {
                assert!(a.2 != b.2 || a.0 > b.1 || b.0 > a.1, "{names:?}: {a:?} covers {b:?}");
            }
        }
        assert_eq!(boxes.len(), names.len());
    }

    #[test]
    fn entries_never_overlap_nor_leave_the_page() {
        check(&["signSGD-MV"]);
        check(&["signSGD-MV", "signSGD-FD", "Signum", "SGD", "Krum"]);
        check(&[
            "a",
            "b",
            "a method whose name is far too long for one line of a column of a journal",
            "c",
            "d",
        ]);
        check(&["signSGD-MV, learning rate 0.001"; 7]);
    }
}
