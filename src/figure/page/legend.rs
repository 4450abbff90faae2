//! The legend: measured entries in rows above the axes, where they cannot cover data, or where the options want them.

use super::canvas::{Align, Canvas, Surface};
use super::corner;
use super::fonts::width;
use super::frames::{Frame, place as place_share};
use super::measures::{HALF_CAPITAL, PAD_PT, SAMPLE_PT, TEXT, pt};
use super::theme::{Theme, dash, marker};
use super::ticks::Range;
use super::typeset::{shorten, wrap};
use super::{curve, spread};
use crate::figure::choice::{LegendPlace, Markers};
use crate::figure::content::{Content, IntervalShape, Look, Series, SeriesLine};
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;

const GAP_PT: f64 = 11.0;
/// Between a panel and what stands on its right.
const BESIDE_PT: f64 = 6.0;
/// From row to row, in text sizes.
const ROW: f64 = 1.32;
pub(crate) const LINE_PT: f64 = 1.1;
pub(crate) const MARKER_PT: f64 = 2.1;
/// Opacity of bands and of the bins of a histogram.
pub(crate) const SHADE: f64 = 0.17;

/// An entry: where its sample begins, the row it stands in, and its text.
type LegendEntry = (i32, usize, Label);

/// An entry on the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Of the series, or behind them of the theorem.
    pub index: usize,
    /// The left end of the sample, or of the words where there is none.
    pub x: i32,
    /// The vertical middle.
    pub y: i32,
    pub words: Label,
    pub part: Part,
}

/// What an entry is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It begins with a sample of its line.
    Sampled,
    /// It goes on below the entry before it.
    Continued,
    /// It stands at the end of its line and needs no sample.
    Direct,
}

/// The words of all entries.
fn all(content: &Content) -> impl Iterator<Item = (usize, &Label)> {
    content.series.iter().map(|s| &s.label).chain(&content.theorems).enumerate()
}

/// Places the entries that stand above the axes between the page's edges, flush with the axes at `left` where there is room,
/// and moves `at` below them.
#[must_use]
pub(crate) fn above(
    content: &Content,
    options: &FigureOptions,
    (left, right): (i32, i32),
    at: &mut i32,
) -> Vec<Entry> {
    let stands = |index: usize| match options.legend.unwrap_or_default() {
        LegendPlace::Above => true,
        // What theory says is at the end of no line, and no more is a series that the last column lacks.
        LegendPlace::Direct => index >= content.series.len() || !is_direct(content, index),
        LegendPlace::Right | LegendPlace::Inside | LegendPlace::None => false,
    };
    let (indices, words): (Vec<usize>, Vec<&Label>) = all(content).filter(|(i, _)| stands(*i)).unzip();
    if words.iter().all(|words| words.is_empty()) {
        return Vec::new();
    }
    let entries = rows(content, &words, (left, right), at);
    let entry = |(index, (x, y, words))| Entry { index, x, y, words, part: Part::Sampled };
    indices.into_iter().zip(entries).map(entry).collect()
}

/// Left end, vertical middle and text of each of these entries in rows.
fn rows(
    content: &Content,
    words: &[&Label],
    (left, right): (i32, i32),
    at: &mut i32,
) -> Vec<(i32, i32, Label)> {
    let (sample, gap, pad) = (pt(SAMPLE_PT + 3.5), pt(GAP_PT), pt(PAD_PT));
    let shortened = words.iter().map(|label| shorten(label, TEXT, right - pad - sample));
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
    let row_height = pt(TEXT * ROW);
    let (top, rows) = (*at, entries.iter().map(|e: &LegendEntry| e.1 + 1).max().unwrap_or(0));
    *at += row_height * rows as i32 + pt(4.0);
    let middle = |row: usize| top + row_height * row as i32 + row_height / 2;
    entries.into_iter().map(|(x, row, label)| (x, middle(row), label)).collect()
}

/// Whether a series ends in the last column of panels.
fn is_direct(content: &Content, series: usize) -> bool {
    last_panels(content).any(|panel| content.panels[panel].lines.iter().any(|line| line.series == series))
}

/// The panels that may have names on their right: one, or the last of each row of a grid.
fn last_panels(content: &Content) -> impl Iterator<Item = usize> {
    let columns = content.facets.as_ref().map_or(content.panels.len(), |facets| facets.columns.len()).max(1);
    let of = content.panels.len();
    (0..of).filter(move |panel| (panel + 1).is_multiple_of(columns) || panel + 1 == of)
}

/// How much room the legend takes on the right of the axes.
#[must_use]
pub(crate) fn beside(content: &Content, options: &FigureOptions, full: i32) -> i32 {
    let widest = |words: &mut dyn Iterator<Item = &Label>| words.map(|l| width(l, TEXT)).max().unwrap_or(0);
    let most = full * 2 / 5;
    match options.legend.unwrap_or_default() {
        LegendPlace::Right => {
            (pt(BESIDE_PT + SAMPLE_PT + 3.5) + widest(&mut all(content).map(|(_, l)| l))).min(most)
        }
        LegendPlace::Direct => {
            let direct = content.series.iter().enumerate().filter(|(i, _)| is_direct(content, *i));
            (pt(BESIDE_PT) + widest(&mut direct.map(|(_, series)| &series.label))).min(most)
        }
        LegendPlace::Above | LegendPlace::Inside | LegendPlace::None => 0,
    }
}

/// The entries that stand beside or inside panels that are set already.
#[must_use]
pub(crate) fn by_panels(
    content: &Content,
    options: &FigureOptions,
    frames: &[Frame],
    (x, y): (&Range, &Range),
    room: i32,
) -> Vec<Entry> {
    let Some(first) = frames.first() else { return Vec::new() };
    let row = pt(TEXT * ROW);
    match options.legend.unwrap_or_default() {
        LegendPlace::Right => {
            let left = frames.iter().map(|frame| frame.right).max().unwrap_or(first.right) + pt(BESIDE_PT);
            let wide = room - pt(BESIDE_PT + SAMPLE_PT + 3.5);
            let mut entries: Vec<Entry> = Vec::new();
            for (index, words) in all(content) {
                for (i, line) in wrap(words, TEXT, wide).into_iter().enumerate() {
                    let y = first.top + row * entries.len() as i32 + row / 2;
                    let part = if i == 0 { Part::Sampled } else { Part::Continued };
                    entries.push(Entry { index, x: left, y, words: line, part });
                }
            }
            entries
        }
        LegendPlace::Inside => {
            let sample = pt(SAMPLE_PT + 3.5);
            let words: Vec<Label> = all(content)
                .map(|(_, words)| shorten(words, TEXT, first.right - first.left - sample - pt(6.0)))
                .collect();
            let wide = words.iter().map(|words| width(words, TEXT)).max().unwrap_or(0) + sample;
            let (left, top) = corner::emptiest(content, first, (x, y), (wide, row * words.len() as i32));
            let entry = |(index, words): (usize, Label)| Entry {
                index,
                x: left,
                y: top + row * index as i32 + row / 2,
                words,
                part: Part::Sampled,
            };
            words.into_iter().enumerate().map(entry).collect()
        }
        LegendPlace::Direct => direct(content, frames, y, room),
        LegendPlace::Above | LegendPlace::None => Vec::new(),
    }
}

/// The names of lines at their ends, moved apart where they would meet.
fn direct(content: &Content, frames: &[Frame], y: &Range, room: i32) -> Vec<Entry> {
    let row = pt(TEXT * ROW);
    let panels = last_panels(content).filter(|panel| *panel < frames.len());
    let of = |panel: usize| {
        let frame = &frames[panel];
        let lines = &content.panels[panel].lines;
        let end = |line: &SeriesLine| {
            let mean = line.points.iter().rev().find_map(|point| point.estimate.mean)?;
            let y = place_share(y.share_of(mean).clamp(0.0, 1.0), frame.bottom, frame.top);
            let words = shorten(&content.series[line.series].label, TEXT, room - pt(BESIDE_PT));
            let x = frame.right + pt(BESIDE_PT);
            Some(Entry { index: line.series, x, y, words, part: Part::Direct })
        };
        let mut entries: Vec<Entry> = lines.iter().filter_map(end).collect();
        let places: Vec<i32> = entries.iter().map(|entry| entry.y).collect();
        let places = spread::apart(&places, row, (frame.top, frame.bottom));
        entries.iter_mut().zip(places).for_each(|(entry, y)| entry.y = y);
        entries
    };
    panels.flat_map(of).collect()
}

/// Draws the entries.
pub(crate) fn draw<B: Surface>(
    content: &Content,
    entries: &[Entry],
    options: &FigureOptions,
    theme: &Theme,
    canvas: &mut Canvas<B>,
) {
    for Entry { index, x, y, words, part } in entries {
        let (end, baseline) = (x + pt(SAMPLE_PT), y + pt(TEXT * HALF_CAPITAL));
        match (content.series.get(*index), index.checked_sub(content.series.len())) {
            _ if *part == Part::Continued => {}
            (Some(series), _) if *part == Part::Direct => {
                let colour = theme.ink(series.look, series.ink);
                canvas.text(words, (*x, baseline), Align::Start, TEXT, colour);
                continue;
            }
            (Some(series), _) => sample(content, series, (*x, end, *y), options, theme, canvas),
            (None, theorem) => {
                let (weight, dash) = curve::look(theorem.unwrap_or(0));
                canvas.stroke(&[(*x, *y), (end, *y)], theme.muted, weight, dash);
            }
        }
        canvas.text(words, (end + pt(3.5), baseline), Align::Start, TEXT, theme.ink);
    }
}

/// What stands for a series in the legend: it looks as the series does.
fn sample<B: Surface>(
    content: &Content,
    series: &Series,
    (x, end, y): (i32, i32, i32),
    options: &FigureOptions,
    theme: &Theme,
    canvas: &mut Canvas<B>,
) {
    let (look, colour) = (series.look, theme.ink(series.look, series.ink));
    if content.interval == IntervalShape::Steps {
        let (low, high) = (y + pt(2.4), y - pt(2.4));
        canvas.polygon(&[(x, low), (x, high), (end, high), (end, low)], colour, SHADE);
        canvas.stroke(&[(x, low), (x, high), (end, high), (end, low), (x, low)], colour, 0.9, dash(look));
        return;
    }
    if content.joined {
        canvas.stroke(&[(x, y), (end, y)], colour, LINE_PT, dash(look));
    }
    if options.markers != Some(Markers::None) {
        canvas.halo(marker(look).0, ((x + end) / 2, y), MARKER_PT, theme.paper);
        canvas.marker(marker(look), ((x + end) / 2, y), MARKER_PT, colour, theme.paper);
    }
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
    use crate::figure::content::{Axis, Scale};

    fn check(names: &[&str]) {
        let axis = || Axis { column: "x", label: Label::default(), scale: Scale::Count };
        let entry = |(i, name): (usize, &&str)| Series {
            label: Label::plain(*name),
            look: Look::Distinct(i),
            ink: None,
        };
        let series = names.iter().enumerate().map(entry).collect();
        let content = Content {
            x: axis(),
            y: axis(),
            interval: IntervalShape::Bars,
            joined: true,
            stepped: false,
            facets: None,
            series,
            theorems: vec![],
            panels: vec![],
            notes: vec![],
        };
        let (left, right, mut bottom) = (pt(30.0), pt(235.0), 0);
        let boxes: Vec<(i32, i32, i32)> = above(&content, &FigureOptions::NONE, (left, right), &mut bottom)
            .into_iter()
            .map(|Entry { x, y, words, .. }| (x, x + pt(SAMPLE_PT + 3.5) + width(&words, TEXT), y))
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
