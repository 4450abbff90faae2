//! A pair of axes with everything but the data: grid, marks, ticks, words.

use super::canvas::{Align, Canvas, Surface};
use super::fonts::width;
use super::frames::{self, Frame, place};
use super::layout::Page;
use super::measures::{HALF_CAPITAL, SMALL, TEXT, TICK_PT, pt};
use super::numbers::printed;
use super::theme::Theme;
use crate::figure::content::{AxesPanel, Content, Scale, TopAxis};
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;

const HAIR_PT: f64 = 0.5;
/// The length of a tick without a label.
const MINOR_PT: f64 = 1.5;

/// One panel with all that is needed to place a point in it.
pub(crate) struct Axes<'a> {
    pub content: &'a Content,
    pub page: &'a Page,
    pub theme: &'a Theme,
    pub frame: &'a Frame,
    pub panel: &'a AxesPanel,
    pub options: &'a FigureOptions,
}

impl Axes<'_> {
    pub(crate) fn x(&self, value: f64) -> i32 {
        place(self.page.x.share_of(value), self.frame.left, self.frame.right)
    }

    /// Ends of intervals beyond the axis stop at its edge.
    pub(crate) fn y(&self, value: f64) -> i32 {
        place(self.page.y.share_of(value).clamp(0.0, 1.0), self.frame.bottom, self.frame.top)
    }

    /// Where a value stands; beyond the axis if its ends are given, for then it leaves the figure.
    pub(crate) fn y_of(&self, value: f64) -> i32 {
        if self.options.y_range.is_none() {
            return self.y(value);
        }
        place(self.page.y.share_of(value), self.frame.bottom, self.frame.top)
    }

    /// Whether lines may leave the axes: their ends are given, or 0 has no place.
    pub(crate) fn is_cut(&self) -> bool {
        let given = self.options.x_range.is_some() || self.options.y_range.is_some();
        given || self.content.x.scale == Scale::Log
    }

    /// Whether a point stands within the axes.
    pub(crate) fn within(&self, (x, y): (i32, i32)) -> bool {
        let f = self.frame;
        !self.is_cut() || ((f.left..=f.right).contains(&x) && (f.top..=f.bottom).contains(&y))
    }

    /// What lies behind the data.
    pub(crate) fn behind<B: Surface>(&self, canvas: &mut Canvas<B>) {
        if self.options.grid != Some(false) {
            self.grid(canvas);
        }
        self.marks(canvas);
        self.levels(canvas);
    }

    fn grid<B: Surface>(&self, canvas: &mut Canvas<B>) {
        for (value, _) in &self.page.y.ticks {
            let y = self.y(*value);
            canvas.stroke(&[(self.frame.left, y), (self.frame.right, y)], self.theme.faint, HAIR_PT, &[]);
        }
    }

    fn marks<B: Surface>(&self, canvas: &mut Canvas<B>) {
        for mark in self.panel.marks.iter().filter(|mark| (0.0..=1.0).contains(&self.page.x.share_of(mark.x)))
        {
            let x = self.x(mark.x);
            let (top, bottom) = ((x, self.frame.top - pt(1.5)), (x, self.frame.bottom));
            canvas.stroke(&[top, bottom], self.theme.muted, 0.7, &[2.4, 1.6]);
            let at = (x, self.frame.top - pt(3.4));
            canvas.text(&mark.label, at, Align::Middle, SMALL, self.theme.muted);
        }
    }

    fn levels<B: Surface>(&self, canvas: &mut Canvas<B>) {
        let f = self.frame;
        for level in self.panel.levels.iter().filter(|l| (0.0..=1.0).contains(&self.page.y.share_of(l.y))) {
            let y = self.y(level.y);
            canvas.stroke(&[(f.left, y), (f.right, y)], self.theme.muted, 0.7, &[2.4, 1.6]);
            // Above the line where there is room.
            let above = y - pt(SMALL) > f.top;
            let baseline = if above { y - pt(1.8) } else { y + pt(SMALL * 0.72 + 1.8) };
            let (x, align) = if self.is_taken(y, Align::End) && !self.is_taken(y, Align::Start) {
                (f.left + pt(2.0), Align::Start)
            } else {
                (f.right - pt(1.0), Align::End)
            };
            canvas.text(&level.label, (x, baseline), align, SMALL, self.theme.muted);
        }
    }

    /// Whether a point stands where the name of a level line at this height would, at one end of the axes.
    fn is_taken(&self, level: i32, end: Align) -> bool {
        let (f, third) = (self.frame, (self.frame.right - self.frame.left) / 3);
        let is_there = |x: i32| if end == Align::End { x > f.right - third } else { x < f.left + third };
        let points = self.panel.lines.iter().flat_map(|line| &line.points);
        points
            .filter_map(|point| Some((self.x(point.x), self.y(point.estimate.mean?))))
            .any(|(x, y)| is_there(x) && (y - level).abs() < pt(2.0 * SMALL))
    }

    /// A panel without data says so.
    pub(crate) fn says_nothing<B: Surface>(&self, canvas: &mut Canvas<B>) {
        let f = self.frame;
        let middle = ((f.left + f.right) / 2, (f.top + f.bottom) / 2);
        canvas.text(&Label::plain("nothing to draw"), middle, Align::Middle, SMALL, self.theme.warning);
    }

    pub(crate) fn spines<B: Surface>(&self, canvas: &mut Canvas<B>) {
        let (f, ink) = (self.frame, self.theme.ink);
        canvas.stroke(&[(f.left, f.top), (f.left, f.bottom), (f.right, f.bottom)], ink, 0.6, &[]);
        let tick = pt(TICK_PT);
        let minor = pt(MINOR_PT);
        for value in &self.page.x.minor {
            let x = self.x(*value);
            canvas.stroke(&[(x, f.bottom), (x, f.bottom + minor)], ink, HAIR_PT, &[]);
        }
        for value in &self.page.y.minor {
            let y = self.y(*value);
            canvas.stroke(&[(f.left - minor, y), (f.left, y)], ink, HAIR_PT, &[]);
        }
        for (value, words) in &self.page.x.ticks {
            let words = if f.ticked { words.as_str() } else { "" };
            frames::tick((self.x(*value), f.bottom), words, ink, canvas);
        }
        for (value, words) in &self.page.y.ticks {
            let y = self.y(*value);
            canvas.stroke(&[(f.left - tick, y), (f.left, y)], ink, 0.6, &[]);
            if f.first {
                let at = (f.left - tick - pt(1.8), y + pt(SMALL * HALF_CAPITAL));
                canvas.text(&printed(words), at, Align::End, SMALL, ink);
            }
        }
        if let Some(top) = &self.panel.top {
            self.top_axis(top, canvas);
        }
    }

    /// As many ticks as fit, evenly thinned.
    fn top_axis<B: Surface>(&self, top: &TopAxis, canvas: &mut Canvas<B>) {
        let (f, ink, tick) = (self.frame, self.theme.ink, pt(TICK_PT));
        canvas.stroke(&[(f.left, f.top), (f.right, f.top)], ink, 0.6, &[]);
        let widest =
            top.ticks.iter().map(|(_, l)| width(&Label::plain(l.as_str()), SMALL)).max().unwrap_or(0);
        let spots: Vec<i32> = top.ticks.iter().map(|(x, _)| self.x(*x)).collect();
        let closest = spots.windows(2).map(|w| w[1] - w[0]).min().unwrap_or(i32::MAX).max(1);
        let every = (widest + pt(3.0)).div_euclid(closest).max(0) as usize + 1;
        for (x, (_, words)) in spots.iter().zip(&top.ticks).step_by(every) {
            canvas.stroke(&[(*x, f.top), (*x, f.top - tick)], ink, 0.6, &[]);
            let at = (*x, f.top - tick - pt(1.8));
            canvas.text(&Label::plain(words.as_str()), at, Align::Middle, SMALL, ink);
        }
        let at = ((f.left + f.right) / 2, f.top - tick - pt(SMALL + 3.6));
        canvas.text(&top.label, at, Align::Middle, TEXT, ink);
    }

    pub(crate) fn frame_words<B: Surface>(&self, canvas: &mut Canvas<B>) {
        let (f, ink) = (self.frame, self.theme.ink);
        frames::words(f, &self.content.x.label, self.theme, canvas);
        if let Some((row, x)) = &f.row {
            canvas.text_up(row, (*x, (f.top + f.bottom) / 2), TEXT, ink);
        }
        if let Some(letter) = &f.letter {
            let at = (f.left, f.top - pt(3.4));
            canvas.text(&Label::plain(letter.as_str()), at, Align::Start, TEXT, ink);
        }
        if f.first {
            for (i, words) in self.page.y_label.iter().enumerate() {
                let x = self.page.y_label_left + pt(TEXT * (0.85 + 1.15 * i as f64));
                canvas.text_up(words, (x, (f.top + f.bottom) / 2), TEXT, ink);
            }
        }
    }
}
