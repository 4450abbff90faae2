//! Where everything goes: the page is measured before a single line is drawn, so nothing overlaps.
//!
//! From top to bottom: legend, rows of panels (title, marks or top axis, plot, ticks, name of the axis),
//! small print. A single panel usually takes one column of a journal, several take two.

use super::fonts::width;
use super::frames::{Frame, FrameGrid, columns, frames};
use super::legend;
use super::measures::{PAD_PT, SMALL, TEXT, TICK_PT, mm, pt, whole_pixels};
use super::small_print;
use super::ticks::Range;
use super::typeset::wrap;
use crate::figure::content::{Content, Scale};
use crate::figure::label::Label;

/// A measured page in drawing units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub width: i32,
    pub height: i32,
    pub x: Range,
    pub y: Range,
    /// Left end of the sample and vertical middle of each series' entry, with its text.
    pub legend: Vec<(i32, i32, Label)>,
    pub frames: Vec<Frame>,
    /// The name of the vertical axis in lines, and where it ends on the left.
    pub y_label: Vec<Label>,
    pub y_label_left: i32,
    /// Lines of small print, their baselines, and whether they warn.
    pub notes: Vec<(Label, i32, bool)>,
    pub notes_left: i32,
}

/// Measures a figure of this width.
#[must_use]
pub(crate) fn page(content: &Content, millimetres: f64) -> Page {
    let count = content.panels.len().max(1);
    let (columns, plot_height) = columns(count, millimetres);
    let full = mm(millimetres);
    let (mut x, y) = ranges(content, full / columns as i32);
    let pad = pt(PAD_PT);

    let tick_width = y.ticks.iter().map(|(_, l)| width(&Label::plain(l.as_str()), SMALL)).max().unwrap_or(0);
    let y_label = wrap(&content.y.label, TEXT, plot_height);
    let left = pad + pt(TEXT * 1.15) * y_label.len() as i32 + pt(3.0) + tick_width + pt(2.0 + TICK_PT);
    let split = |beyond: i32| {
        (full - left - pad - beyond - (pt(12.0) + beyond) * (columns as i32 - 1)) / columns as i32
    };
    let beyond = overhang(&x, split(0)).max(pt(2.0));
    let (gap, plot_width) = (pt(12.0) + beyond, split(beyond));
    x.thin(plot_width, |words| width(&Label::plain(words), SMALL) + pt(3.0));

    let mut at = pad;
    let legend = legend::place(content, left, full - pad, &mut at);
    let titles: Vec<Label> = content.panels.iter().map(|p| p.title.clone()).collect();
    let titles = if titles.is_empty() { vec![Label::default()] } else { titles };
    let grid = FrameGrid { columns, left, plot: (plot_width, plot_height), gap, above: above(content) };
    let frames = frames(&titles, &content.x.label, grid, &mut at);
    // Flush with the axes unless that costs a line.
    let lines = |room: i32| content.notes.iter().map(|n| wrap(&n.text, SMALL, room).len()).sum::<usize>();
    let notes_left = if lines(full - pad - left) > lines(full - 2 * pad) { pad } else { left };
    let notes = small_print::set(&content.notes, full - pad - notes_left, &mut at);
    let y_label_left = pad;
    let (width, height) = (whole_pixels(full), whole_pixels(at + pad));
    Page { width, height, x, y, legend, frames, y_label, y_label_left, notes, notes_left }
}

/// How far the last label of the horizontal axis reaches beyond its end.
fn overhang(x: &Range, plot_width: i32) -> i32 {
    let Some((last, label)) = x.ticks.last() else { return 0 };
    let inside = (1.0 - x.share_of(*last)) * f64::from(plot_width);
    width(&Label::plain(label.as_str()), SMALL) / 2 - inside as i32
}

/// Both axes over everything that any panel shows, ends of intervals included.
fn ranges(content: &Content, room: i32) -> (Range, Range) {
    let curves = || content.panels.iter().flat_map(|p| &p.curves).flat_map(|c| c.points.iter());
    let marks = content.panels.iter().flat_map(|p| p.marks.iter().map(|m| m.x));
    let xs = content.points().map(|p| p.x).chain(marks);
    let most = if room < mm(62.0) { 6 } else { 9 };
    let x = Range::covering(content.x.scale, xs.chain(curves().map(|p| p.0)), most);
    let heights = content.heights().into_iter().flat_map(|(low, high)| [low, high]);
    let ys = heights.chain(curves().map(|p| p.1));
    if content.y.scale == Scale::Log {
        // What is measured decides: an interval may reach to zero, and a bound may be smaller than any of it.
        let means = || content.points().filter_map(|p| p.estimate.mean).filter(|mean| *mean > 0.0);
        let least = means().fold(f64::INFINITY, f64::min);
        let least = if least.is_finite() { least / 3.0 } else { 0.0 };
        let ys = ys.chain(means()).filter(|y| *y > 0.0 && *y >= least);
        return (x, Range::covering(Scale::Log, ys, 6));
    }
    (x, Range::covering(content.y.scale, ys, 6))
}

/// Height of what stands between the title of a panel and its plot.
fn above(content: &Content) -> i32 {
    if content.panels.iter().any(|p| p.top.is_some()) {
        pt(TICK_PT + 2.0 + SMALL + TEXT * 1.5)
    } else if content.panels.iter().any(|p| !p.marks.is_empty()) {
        pt(TEXT * 1.25)
    } else {
        pt(2.0)
    }
}
