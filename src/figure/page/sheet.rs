//! The sheet that every figure is drawn on: its title, and how much larger than measured everything is.

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::measures::{PAD_PT, TEXT, mm, pt, whole_pixels};
use super::output::Drawing;
use super::theme::Theme;
use super::typeset::wrap;
use crate::figure::label::Label;

/// The size of a title, and from line to line, in text sizes.
const TITLE: f64 = 1.15;
const LINE: f64 = 1.5;

/// A drawing with its title, enlarged.
pub(crate) struct Sheet<'a, D: Drawing> {
    inner: &'a D,
    lines: Vec<Label>,
    zoom: f64,
}

/// The title of a page of this width in lines.
#[must_use]
pub(crate) fn title(words: Option<&str>, millimetres: f64) -> Vec<Label> {
    let room = mm(millimetres) - 2 * pt(PAD_PT);
    words.map_or_else(Vec::new, |words| wrap(&Label::marked(words), TEXT * TITLE, room))
}

/// The height of a title of so many lines.
#[must_use]
pub(crate) fn title_height(lines: usize) -> i32 {
    if lines == 0 { 0 } else { pt(TEXT * (LINE * lines as f64 + 0.35)) }
}

impl<'a, D: Drawing> Sheet<'a, D> {
    /// A drawing below a title, everything `zoom` times as large as measured.
    pub(crate) const fn new(inner: &'a D, lines: Vec<Label>, zoom: f64) -> Self {
        Self { inner, lines, zoom }
    }
}

impl<D: Drawing> Drawing for Sheet<'_, D> {
    fn size(&self) -> PagePoint {
        let (width, height) = self.inner.size();
        let larger = |units: i32| whole_pixels((f64::from(units) * self.zoom).round() as i32);
        (larger(width), larger(height + title_height(self.lines.len())))
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        canvas.enlarge(self.zoom);
        let middle = self.inner.size().0 / 2;
        for (i, line) in self.lines.iter().enumerate() {
            let at = (middle, pt(PAD_PT + TEXT * (1.0 + LINE * i as f64)));
            canvas.text(line, at, Align::Middle, TEXT * TITLE, theme.ink);
        }
        canvas.lower(title_height(self.lines.len()));
        self.inner.draw(theme, canvas);
    }
}
