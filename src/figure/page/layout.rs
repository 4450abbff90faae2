//! Where everything goes: the page is measured before a single line is drawn, so nothing overlaps.
//!
//! From top to bottom: legend, rows of panels (title, marks or top axis, plot, ticks, name of the axis), small print;
//! beside the panels the legend, where the options want it. A single panel usually takes one column of a journal,
//! several take two.

use super::fonts::width;
use super::frames::{Frame, FrameGrid, columns, frames, letter, lettered};
use super::legend::{self, Entry};
use super::measures::{PAD_PT, SMALL, TEXT, TICK_PT, mm, pt, whole_pixels};
use super::numbers::printed;
use super::small_print;
use super::ticks::Range;
use super::typeset::{shorten, wrap};
use crate::figure::content::{Content, Scale};
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;

/// A plot is not lower than this, whatever height the page shall have.
const LOWEST_PT: f64 = 30.0;
/// The height of a plot in a grid of several rows.
const GRID_MM: f64 = 24.0;

/// A measured page in drawing units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub width: i32,
    pub height: i32,
    pub x: Range,
    pub y: Range,
    pub legend: Vec<Entry>,
    pub frames: Vec<Frame>,
    /// The name of the vertical axis in lines, and where it ends on the left.
    pub y_label: Vec<Label>,
    pub y_label_left: i32,
    /// Lines of small print, their baselines, and whether they warn.
    pub notes: Vec<(Label, i32, bool)>,
    pub notes_left: i32,
}

/// Measures a figure of this width, and of this height in drawing units if it is given.
#[must_use]
pub(crate) fn page(
    content: &Content,
    millimetres: f64,
    height: Option<i32>,
    options: &FigureOptions,
) -> Page {
    let page = set(content, millimetres, None, options);
    let Some((height, first)) = height.zip(page.frames.first()) else { return page };
    let rows = page.frames.iter().filter(|frame| frame.first).count().max(1) as i32;
    let plot = first.bottom - first.top + (height - page.height).div_euclid(rows);
    set(content, millimetres, Some(plot.max(pt(LOWEST_PT))), options)
}

/// How many panels stand side by side, and how high each is.
fn grid(content: &Content, millimetres: f64) -> (usize, i32) {
    match &content.facets {
        Some(facets) if facets.rows.len() > 1 => (facets.columns.len(), mm(GRID_MM)),
        Some(facets) => (facets.columns.len(), columns(facets.columns.len(), millimetres).1),
        None => columns(content.panels.len().max(1), millimetres),
    }
}

/// Measures a figure whose plots have this height, or that which is usual.
fn set(content: &Content, millimetres: f64, plot_height: Option<i32>, options: &FigureOptions) -> Page {
    let (columns, usual) = grid(content, millimetres);
    let plot_height = plot_height.unwrap_or(usual);
    let full = mm(millimetres);
    let (mut x, y) = ranges(content, full / columns as i32, options);
    let pad = pt(PAD_PT);

    let tick_width = y.ticks.iter().map(|(_, l)| width(&printed(l), SMALL)).max().unwrap_or(0);
    let y_label = wrap(&content.y.label, TEXT, plot_height);
    let left = pad + pt(TEXT * 1.15) * y_label.len() as i32 + pt(3.0) + tick_width + pt(2.0 + TICK_PT);
    let rows_named = content.facets.as_ref().is_some_and(|f| f.rows.iter().any(|row| !row.is_empty()));
    let row_room = if rows_named { pt(TEXT * 1.5) } else { 0 };
    let room = legend::beside(content, options, full);
    let right = full - pad - room - row_room;
    let split =
        |beyond: i32| (right - left - beyond - (pt(12.0) + beyond) * (columns as i32 - 1)) / columns as i32;
    let beyond = overhang(&x, split(0)).max(pt(2.0));
    let (gap, plot_width) = (pt(12.0) + beyond, split(beyond).max(pt(LOWEST_PT)));
    x.thin(plot_width, |words| width(&printed(words), SMALL) + pt(3.0));

    let mut at = pad;
    let mut legend = legend::above(content, options, (left, full - pad), &mut at);
    let shared = content.facets.is_some();
    let room_for_letters = if shared && options.letters == Some(true) { pt(TEXT * 1.25) } else { 0 };
    let above = above(content).max(room_for_letters);
    let grid = FrameGrid { columns, left, plot: (plot_width, plot_height), gap, above, shared, below: 0 };
    let mut frames = frames(&titles(content, options), &content.x.label, grid, &mut at);
    name_rows(content, options, &mut frames);
    legend.extend(legend::by_panels(content, options, &frames, (&x, &y), room));
    // A legend beside the axes may be longer than they are.
    let lowest = legend.iter().map(|entry| entry.y + pt(TEXT)).max().unwrap_or(0);
    at = at.max(lowest);
    // Flush with the axes unless that costs a line.
    let lines = |room: i32| content.notes.iter().map(|n| wrap(&n.text, SMALL, room).len()).sum::<usize>();
    let notes_left = if lines(full - pad - left) > lines(full - 2 * pad) { pad } else { left };
    let notes = small_print::set(&content.notes, full - pad - notes_left, &mut at);
    let y_label_left = pad;
    let (width, height) = (whole_pixels(full), whole_pixels(at + pad));
    Page { width, height, x, y, legend, frames, y_label, y_label_left, notes, notes_left }
}

/// What stands above each panel.
fn titles(content: &Content, options: &FigureOptions) -> Vec<Label> {
    let titles: Vec<Label> = match &content.facets {
        Some(facets) => facets.rows.iter().flat_map(|_| facets.columns.iter().cloned()).collect(),
        None => {
            lettered(content.panels.iter().map(|p| p.title.clone()).collect(), options.letters == Some(true))
        }
    };
    if titles.is_empty() { vec![Label::default()] } else { titles }
}

/// Puts the names of rows on their right, and letters into panels without titles.
fn name_rows(content: &Content, options: &FigureOptions, frames: &mut [Frame]) {
    let Some(facets) = &content.facets else { return };
    let columns = facets.columns.len();
    for (i, frame) in frames.iter_mut().enumerate() {
        frame.letter = (options.letters == Some(true)).then(|| letter(i));
        let row = facets.rows.get(i / columns).filter(|row| !row.is_empty() && (i + 1) % columns == 0);
        frame.row =
            row.map(|row| (shorten(row, TEXT, frame.bottom - frame.top), frame.right + pt(TEXT * 1.25)));
    }
}

/// How far the last label of the horizontal axis reaches beyond its end.
fn overhang(x: &Range, plot_width: i32) -> i32 {
    let Some((last, label)) = x.ticks.last() else { return 0 };
    let inside = (1.0 - x.share_of(*last)) * f64::from(plot_width);
    width(&printed(label), SMALL) / 2 - inside as i32
}

/// Both axes over everything that any panel shows, ends of intervals included.
fn ranges(content: &Content, room: i32, options: &FigureOptions) -> (Range, Range) {
    let curves = || content.panels.iter().flat_map(|p| &p.curves).flat_map(|c| c.points.iter());
    let marks = content.panels.iter().flat_map(|p| p.marks.iter().map(|m| m.x));
    let xs = content.points().map(|p| p.x).chain(marks);
    let most = if room < mm(62.0) { 6 } else { 9 };
    let (x_limits, y_limits) = (options.x_range.unwrap_or_default(), options.y_range.unwrap_or_default());
    let x = Range::within(content.x.scale, xs.chain(curves().map(|p| p.0)), x_limits, most);
    let heights = content.heights().into_iter().flat_map(|(low, high)| [low, high]);
    let levels = content.panels.iter().flat_map(|p| &p.levels).map(|level| level.y);
    let ys = heights.chain(curves().map(|p| p.1)).chain(levels);
    if content.y.scale == Scale::Log {
        // What is measured decides: an interval may reach to zero, and a bound may be smaller than any of it.
        let means = || content.points().filter_map(|p| p.estimate.mean).filter(|mean| *mean > 0.0);
        let least = means().fold(f64::INFINITY, f64::min);
        let least = if least.is_finite() { least / 3.0 } else { 0.0 };
        let ys = ys.chain(means()).filter(|y| *y > 0.0 && *y >= least);
        return (x, Range::within(Scale::Log, ys, y_limits, 6));
    }
    (x, Range::within(content.y.scale, ys, y_limits, 6))
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
