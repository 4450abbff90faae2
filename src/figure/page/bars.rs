//! Horizontal bars on a page: names on the left, one axis below, the number behind each bar.

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::fonts::width;
use super::frames::{self, place};
use super::measures::{HALF_CAPITAL, PAD_PT, SMALL, TEXT, TICK_PT, mm, pt, whole_pixels};
use super::numbers::printed;
use super::output::Drawing;
use super::small_print;
use super::theme::{Theme, mix};
use super::ticks::Range;
use super::typeset::shorten;
use crate::figure::bars::{Bar, Bars};
use crate::figure::content::{Look, Scale};
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;

/// From bar to bar, and the thickness of one.
const ROW_PT: f64 = 10.5;
const BAR_PT: f64 = 6.5;
/// Names may take this share of the page.
const NAMES: f64 = 0.42;

/// A measured page of bars.
pub(crate) struct BarsPage<'a> {
    grid: bool,
    bars: &'a Bars,
    size: PagePoint,
    x: Range,
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    /// Baselines and words of the titles of groups.
    titles: Vec<(i32, Label)>,
    /// The vertical middle of each bar, and its name.
    rows: Vec<(i32, Label, &'a Bar)>,
    notes: Vec<(Label, i32, bool)>,
}

/// Measures the chart.
#[must_use]
pub(crate) fn page<'a>(bars: &'a Bars, millimetres: f64, options: &FigureOptions) -> BarsPage<'a> {
    let full = mm(millimetres);
    let pad = pt(PAD_PT);
    let all = || bars.groups.iter().flat_map(|g| &g.bars);
    let room = (f64::from(full) * NAMES) as i32;
    let names = all().map(|bar| width(&bar.label, SMALL)).max().unwrap_or(0).min(room);
    let words = all().map(|bar| width(&Label::plain(bar.words()), SMALL)).max().unwrap_or(0);
    let left = pad + names + pt(4.0);
    // The longest bar leaves room for its number.
    let right = full - pad - words - pt(3.0);
    let ends = |bar: &Bar| {
        let (first, last) = bar.length.whisker().unzip();
        [bar.length.value(), first, last.flatten()].into_iter().flatten()
    };
    let mut x = Range::covering(Scale::Value, all().flat_map(ends).chain([0.0]), 5);
    x.low = 0.0;
    x.ticks.retain(|(at, _)| *at >= 0.0);
    x.thin(right - left, |words| width(&printed(words), SMALL) + pt(3.0));
    let mut at = pad;
    let (mut titles, mut rows) = (Vec::new(), Vec::new());
    let top = at;
    for group in &bars.groups {
        if !group.title.is_empty() {
            at += pt(TEXT * 1.35);
            titles.push((at, shorten(&group.title, TEXT, full - pad - left - pt(3.0))));
            at += pt(2.5);
        }
        for bar in &group.bars {
            rows.push((at + pt(ROW_PT / 2.0), shorten(&bar.label, SMALL, room), bar));
            at += pt(ROW_PT);
        }
    }
    let bottom = at + pt(2.0);
    at = bottom + pt(TICK_PT + 2.0 + SMALL + TEXT * 1.5);
    let notes = small_print::set(&bars.notes, full - 2 * pad, &mut at);
    let size = (whole_pixels(full), whole_pixels(at + pad));
    let grid = options.grid != Some(false);
    BarsPage { grid, bars, size, x, left, right, top, bottom, titles, rows, notes }
}

impl BarsPage<'_> {
    fn at(&self, value: f64) -> i32 {
        place(self.x.share_of(value).clamp(0.0, 1.0), self.left, self.right)
    }

    fn bar<B: Surface>(&self, middle: i32, bar: &Bar, theme: &Theme, canvas: &mut Canvas<B>) {
        let colour = theme.ink(bar.look, bar.ink);
        let mut end = self.left;
        if let Some(mean) = bar.length.value() {
            let half = pt(BAR_PT / 2.0);
            end = self.at(mean);
            // Members of a family also differ in grey.
            let fill = if is_pale(bar.look) { mix(colour, theme.paper, 0.55) } else { colour };
            canvas.fill((self.left, middle - half), (end, middle + half), fill);
            let outline = [
                (self.left, middle - half),
                (end, middle - half),
                (end, middle + half),
                (self.left, middle + half),
            ];
            canvas.stroke(&outline, colour, 0.5, &[]);
        }
        if let Some((low, high)) = bar.length.whisker() {
            // An open end reaches the end of the axis and has no cap.
            let (low, cap) = (self.at(low.max(0.0)), pt(1.5));
            let last = high.map(|high| self.at(high));
            let high = last.unwrap_or(self.right);
            canvas.stroke(&[(low, middle), (high, middle)], theme.ink, 0.75, &[]);
            for x in [low].into_iter().chain(last) {
                canvas.stroke(&[(x, middle - cap), (x, middle + cap)], theme.ink, 0.75, &[]);
            }
            end = end.max(high);
        }
        let at = (end + pt(3.0), middle + pt(SMALL * HALF_CAPITAL));
        canvas.text(&Label::plain(bar.words()), at, Align::Start, SMALL, theme.ink);
    }
}

const fn is_pale(look: Look) -> bool {
    match look {
        Look::Distinct(i) | Look::Member { family: i, .. } | Look::Ordered(i, _) => i % 2 == 1,
    }
}

impl Drawing for BarsPage<'_> {
    fn size(&self) -> PagePoint {
        self.size
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        for (value, words) in &self.x.ticks {
            let x = self.at(*value);
            if self.grid {
                canvas.stroke(&[(x, self.top), (x, self.bottom)], theme.faint, 0.5, &[]);
            }
            frames::tick((x, self.bottom), words, theme.ink, canvas);
        }
        for (baseline, words) in &self.titles {
            canvas.text(words, (self.left + pt(3.0), *baseline), Align::Start, TEXT, theme.ink);
        }
        for (row, (middle, words, bar)) in self.rows.iter().enumerate() {
            let at = (self.left - pt(3.5), middle + pt(SMALL * HALF_CAPITAL));
            canvas.text(words, at, Align::End, SMALL, theme.ink);
            self.bar(*middle, bar, theme, canvas);
            let half = pt(ROW_PT / 2.0);
            canvas.tells((self.left, middle - half), (self.right, middle + half), row);
        }
        canvas.stroke(
            &[(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)],
            theme.ink,
            0.6,
            &[],
        );
        let at = ((self.left + self.right) / 2, self.bottom + pt(TICK_PT + 2.0 + SMALL + TEXT * 1.1));
        canvas.text(&self.bars.x.label, at, Align::Middle, TEXT, theme.ink);
        small_print::draw(&self.notes, pt(PAD_PT), theme, canvas);
    }
}
