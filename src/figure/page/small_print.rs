//! The lines below a figure: what its numbers are, and whatever would otherwise be silent.

use super::canvas::{Align, Canvas, Surface};
use super::measures::{SMALL, pt};
use super::theme::Theme;
use super::typeset::wrap;
use crate::figure::content::FigureNote;
use crate::figure::label::Label;

/// A line: its words, its baseline, and whether it warns.
pub(crate) type Printed = (Label, i32, bool);

/// The lines of small print below `at`, which moves below them.
#[must_use]
pub(crate) fn set(notes: &[FigureNote], room: i32, at: &mut i32) -> Vec<Printed> {
    let mut lines = Vec::new();
    for note in notes {
        for line in wrap(&note.text, SMALL, room) {
            *at += pt(SMALL * 1.2);
            lines.push((line, *at, note.warning));
        }
    }
    *at += pt(SMALL * 0.3);
    lines
}

/// Draws the lines.
pub(crate) fn draw<B: Surface>(lines: &[Printed], left: i32, theme: &Theme, canvas: &mut Canvas<B>) {
    for (words, baseline, warning) in lines {
        let colour = if *warning { theme.warning } else { theme.muted };
        canvas.text(words, (left, *baseline), Align::Start, SMALL, colour);
    }
}
