//! Pairs of axes side by side: where each stands, its title in lines, and where the name of the horizontal axis goes.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::fonts::width;
use super::measures::{HALF_CAPITAL, SMALL, TEXT, TICK_PT, mm, pt};
use super::numbers::printed;
use super::theme::Theme;
use super::typeset::{shorten, wrap};
use crate::figure::label::Label;

/// From line to line of a title.
const TITLE_PT: f64 = 9.6;
/// A title of more lines than this is cut.
const MOST_TITLE_LINES: usize = 3;

/// A pair of axes on the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
    /// First of its row: carries the labels of the vertical axis.
    pub first: bool,
    /// The lines of the title, and their baselines.
    pub title: Vec<(Label, i32)>,
    /// The middle of the name of the horizontal axis, on the frames that carry it.
    pub named_at: Option<i32>,
    /// Whether the ticks of the horizontal axis have labels.
    pub ticked: bool,
    /// What these labels need below a line of text.
    pub below: i32,
    /// The name of its row of a grid, and where its baseline stands, on the last frame of the row.
    pub row: Option<(Label, i32)>,
    /// Stands in its corner where it has no title of its own.
    pub letter: Option<String>,
}

/// How frames are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameGrid {
    pub columns: usize,
    /// Left end of the first plot.
    pub left: i32,
    /// Width and height of a plot.
    pub plot: PagePoint,
    /// Between two plots.
    pub gap: i32,
    /// Between a title and its plot.
    pub above: i32,
    /// Whether rows share titles, which stand above the first, and the labels below the last.
    pub shared: bool,
    /// What the labels of the horizontal axis need below a line of text: those that stand upright need more.
    pub below: i32,
}

/// The drawing unit at a share of the way from `start` to `end`.
#[must_use]
pub(crate) fn place(share: f64, start: i32, end: i32) -> i32 {
    // What is far outside the page stays within what drawing can count.
    start + (share.clamp(-1e3, 1e3) * f64::from(end - start)).round() as i32
}

/// How many panels stand side by side on a page of this width, and how high each plot is in drawing units.
#[must_use]
pub(crate) fn columns(panels: usize, millimetres: f64) -> (usize, i32) {
    /// A panel narrower than this cannot be read.
    const NARROWEST_MM: f64 = 38.0;
    let most = ((millimetres / NARROWEST_MM) as usize).max(1);
    let even = match panels {
        4 => 2,
        n => n.clamp(1, 3),
    };
    let columns = even.min(most);
    let height = match (columns, millimetres) {
        // A wide page with one panel keeps a pleasant shape.
        (1, wide) if wide > 120.0 => (wide * 0.4).min(75.0),
        (columns, wide) if wide / columns as f64 <= 60.0 => 37.0,
        _ => 43.0,
    };
    (columns, mm(height))
}

/// Sets a frame for every title and moves `at` below the last row.
#[must_use]
pub(crate) fn frames(titles: &[Label], axis: &Label, grid: FrameGrid, at: &mut i32) -> Vec<Frame> {
    let (count, columns) = (titles.len(), grid.columns);
    let rows = count.div_ceil(columns);
    let titles: Vec<Vec<Label>> = titles.iter().map(|words| title(words, grid.plot.0)).collect();
    let lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    // A name that is wider than its plot stands once, below the whole row.
    let once = width(axis, TEXT) > grid.plot.0 + grid.gap - pt(4.0);
    let mut frames = Vec::new();
    for row in 0..rows {
        let begin = *at;
        let headed = lines > 0 && (row == 0 || !grid.shared);
        let heading = if headed { pt(TITLE_PT * lines as f64 + 1.9) } else { 0 };
        let top = begin + heading + grid.above;
        let ticked = !grid.shared || row + 1 == rows;
        let bottom = top + grid.plot.1;
        let place = |column: usize| grid.left + column as i32 * (grid.plot.0 + grid.gap);
        for (i, words) in titles.iter().enumerate().take((row + 1) * columns).skip(row * columns) {
            let column = i - row * columns;
            let (left, right) = (place(column), place(column) + grid.plot.0);
            let baseline = |k: usize| begin + pt(TEXT + TITLE_PT * (lines - words.len() + k) as f64);
            let named_at = match once {
                false => (i + columns >= count).then_some((left + right) / 2),
                true => (column == 0 && row + 1 == rows)
                    .then_some((grid.left + place(columns.min(count) - 1) + grid.plot.0) / 2),
            };
            let title = if headed { words.as_slice() } else { &[] };
            let title = title.iter().enumerate().map(|(k, line)| (line.clone(), baseline(k))).collect();
            let (first, row, letter) = (column == 0, None, None);
            let below = grid.below;
            frames.push(Frame {
                left,
                right,
                top,
                bottom,
                first,
                title,
                named_at,
                ticked,
                below,
                row,
                letter,
            });
        }
        // A panel above a gap in the last row carries the name of its axis too.
        let named = row + 1 == rows || (!once && row + 2 == rows && !count.is_multiple_of(columns));
        let labels = if ticked { pt(TICK_PT + 2.0 + SMALL) + grid.below } else { pt(TICK_PT) };
        *at = bottom + labels + if named { pt(TEXT * 1.5) } else { pt(4.0) } + pt(3.0);
    }
    frames
}

/// The lines of a title; none where it is empty.
fn title(words: &Label, room: i32) -> Vec<Label> {
    if words.is_empty() {
        return Vec::new();
    }
    let mut lines = wrap(words, TEXT, room);
    if lines.len() > MOST_TITLE_LINES {
        let rest = lines.split_off(MOST_TITLE_LINES - 1);
        lines.push(rest.into_iter().reduce(Label::then).unwrap_or_default());
    }
    lines.iter().map(|line| shorten(line, TEXT, room)).collect()
}

/// The letter of a panel: a, b, c, and after z numbers.
#[must_use]
pub(crate) fn letter(panel: usize) -> String {
    let letter = u8::try_from(panel).ok().filter(|i| *i < 26).map(|i| char::from(b'a' + i));
    letter.map_or_else(|| format!("({})", panel + 1), |letter| format!("({letter})"))
}

/// Titles with letters in front of them, where they are wanted.
#[must_use]
pub(crate) fn lettered(titles: Vec<Label>, wanted: bool) -> Vec<Label> {
    let with = |(i, title): (usize, Label)| {
        let space = if title.is_empty() { "" } else { " " };
        Label::plain(letter(i) + space).then(title)
    };
    if wanted { titles.into_iter().enumerate().map(with).collect() } else { titles }
}

/// Draws the title of a frame, and the name of its axis where it carries it.
pub(crate) fn words<B: Surface>(frame: &Frame, axis: &Label, theme: &Theme, canvas: &mut Canvas<B>) {
    for (line, baseline) in &frame.title {
        canvas.text(line, (frame.left, *baseline), Align::Start, TEXT, theme.ink);
    }
    if let Some(middle) = frame.named_at {
        let at = (middle, frame.bottom + pt(TICK_PT + 2.0 + SMALL + TEXT * 1.1) + frame.below);
        canvas.text(axis, at, Align::Middle, TEXT, theme.ink);
    }
}

/// A tick below a horizontal axis, with its label.
pub(crate) fn tick<B: Surface>((x, axis): PagePoint, words: &str, ink: RGBColor, canvas: &mut Canvas<B>) {
    let end = axis + pt(TICK_PT);
    canvas.stroke(&[(x, axis), (x, end)], ink, 0.6, &[]);
    let at = (x, end + pt(1.6 + SMALL * 2.0 * HALF_CAPITAL));
    canvas.text(&printed(words), at, Align::Middle, SMALL, ink);
}

/// The same for a label that reads upwards.
pub(crate) fn tick_upright<B: Surface>(
    (x, axis): PagePoint,
    words: &Label,
    ink: RGBColor,
    canvas: &mut Canvas<B>,
) {
    let end = axis + pt(TICK_PT);
    canvas.stroke(&[(x, axis), (x, end)], ink, 0.6, &[]);
    let at = (x + pt(SMALL * HALF_CAPITAL), end + pt(1.6) + width(words, SMALL) / 2);
    canvas.text_up(words, at, SMALL, ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(titles: &[&str], axis: &str) -> Vec<Frame> {
        let grid = FrameGrid {
            columns: 2,
            left: pt(30.0),
            plot: (pt(90.0), pt(100.0)),
            gap: pt(12.0),
            above: 0,
            shared: false,
            below: 0,
        };
        let titles: Vec<Label> = titles.iter().map(|title| Label::plain(*title)).collect();
        let mut at = 0;
        let frames = frames(&titles, &Label::plain(axis), grid, &mut at);
        assert!(frames.iter().all(|f| f.bottom < at));
        frames
    }

    #[test]
    fn long_titles_break_and_the_first_lines_of_short_ones_stay_by_their_plot() {
        let frames = set(&["coordinates 1000000, adversaries 6", "train"], "x");
        assert_eq!((frames[0].title.len(), frames[1].title.len()), (2, 1));
        assert_eq!(frames[0].title[1].1, frames[1].title[0].1, "the last lines are level");
        assert!(frames.iter().all(|f| f.title.iter().all(|(_, baseline)| *baseline < f.top)));
        let endless = set(
            &[
                "one word after the other until no page could hold them all, and then some more words, and more after these, and still not the end of them",
            ],
            "x",
        );
        assert_eq!(endless[0].title.len(), MOST_TITLE_LINES);
        assert!(endless[0].title[2].0.to_string().ends_with('…'));
    }

    #[test]
    fn every_column_names_its_axis_unless_the_name_is_too_wide() {
        let named = |axis: &str| -> Vec<usize> {
            let frames = set(&["a", "b", "c"], axis);
            (0..3).filter(|i| frames[*i].named_at.is_some()).collect()
        };
        assert_eq!(named("round"), [1, 2]);
        assert_eq!(named("adversaries L (workers M vary with L)"), [2]);
    }
}
