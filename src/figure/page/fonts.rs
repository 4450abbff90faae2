//! The one typeface of every figure, shipped with the crate so that no machine's fonts change a figure.
//!
//! It is Arimo (SIL Open Font License, see `fonts/OFL.txt`), which has the widths of Arial: a viewer that
//! ignores the copy embedded in an SVG falls back to a face in which every label still fits. Two of its
//! measures were set for plotters: lines are 1.24 em high, which is what plotters assumes when it turns the
//! size of a font into its em, and kerning lies in the `kern` table, the only one that it reads. Two ones are not kerned, so that
//! the digits of a column of numbers stand below each other.

use std::collections::BTreeSet;
use std::sync::{Once, OnceLock};

use ab_glyph::{Font, FontRef, ScaleFont};
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::measures::UNITS_PER_INCH;
use crate::figure::label::{Face, Label};

/// The families of every text in order of preference.
pub(crate) const FAMILY: &str = "Signsim Sans, Arimo, Liberation Sans, Arial, Helvetica, sans-serif";
/// Line height of the font in em.
const LINE: f64 = 1.24;

/// The upright face.
pub(crate) const REGULAR: &[u8] = include_bytes!("fonts/SignsimSans-Regular.ttf");
/// The slanted face, for symbols.
pub(crate) const ITALIC: &[u8] = include_bytes!("fonts/SignsimSans-Italic.ttf");
const REGULAR_WOFF2: &[u8] = include_bytes!("fonts/SignsimSans-Regular.woff2");
const ITALIC_WOFF2: &[u8] = include_bytes!("fonts/SignsimSans-Italic.woff2");

/// The font at a size in points.
#[must_use]
pub(crate) fn font(face: Face, size: f64) -> FontDesc<'static> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Italic, ITALIC)] {
            assert!(register_font(FAMILY, style, bytes).is_ok(), "the shipped font is a font");
        }
    });
    let style = match face {
        Face::Upright | Face::Subscript | Face::Superscript => FontStyle::Normal,
        Face::Italic => FontStyle::Italic,
    };
    FontDesc::new(FontFamily::Name(FAMILY), scale(size), style)
}

/// The width of a text in drawing units.
#[must_use]
pub(crate) fn width(label: &Label, size: f64) -> i32 {
    label.0.iter().map(|(run, face)| run_width(run, *face, set_in(*face, size).0)).sum()
}

/// The size of a subscript, and how far its baseline drops, in em of its line.
const SUBSCRIPT: (f64, f64) = (0.72, 0.16);
/// Likewise of an exponent, which rises.
const SUPERSCRIPT: (f64, f64) = (0.7, -0.34);

/// The size of a run in a line of this size, and how far its baseline drops, in points.
#[must_use]
pub(crate) fn set_in(face: Face, size: f64) -> (f64, f64) {
    match face {
        Face::Subscript => (size * SUBSCRIPT.0, size * SUBSCRIPT.1),
        Face::Superscript => (size * SUPERSCRIPT.0, size * SUPERSCRIPT.1),
        Face::Upright | Face::Italic => (size, 0.0),
    }
}

/// The width of one run in drawing units.
#[must_use]
pub(crate) fn run_width(run: &str, face: Face, size: f64) -> i32 {
    spell(run, face, size).1.round() as i32
}

/// How far the ink of each glyph of a run begins from the start of the run.
#[must_use]
pub(crate) fn glyphs(run: &str, face: Face, size: f64) -> Vec<(char, i32)> {
    spell(run, face, size).0
}

/// The upright and the slanted face.
fn faces() -> &'static [FontRef<'static>; 2] {
    static FACES: OnceLock<[FontRef<'static>; 2]> = OnceLock::new();
    let read = |bytes| FontRef::try_from_slice(bytes).expect("the shipped font is a font");
    FACES.get_or_init(|| [read(REGULAR), read(ITALIC)])
}

/// The glyphs of a run and its width, kerning included.
fn spell(run: &str, face: Face, size: f64) -> (Vec<(char, i32)>, f32) {
    let [upright, italic] = faces();
    let font = match face {
        Face::Upright | Face::Subscript | Face::Superscript => upright,
        Face::Italic => italic,
    }
    .as_scaled(scale(size) as f32);
    let (mut along, mut last, mut placed) = (0.0, None, Vec::new());
    for letter in run.chars() {
        let id = font.glyph_id(letter);
        along += last.map_or(0.0, |last| font.kern(last, id));
        if let Some(outline) = font.outline_glyph(font.scaled_glyph(letter)) {
            placed.push((letter, (along + outline.px_bounds().min.x).round() as i32));
        }
        along += font.h_advance(id);
        last = Some(id);
    }
    (placed, along)
}

/// Says which letters of these texts the typeface lacks: a bitmap and a PDF show boxes in their places.
#[must_use]
pub(crate) fn lacking<'a>(texts: impl IntoIterator<Item = &'a Label>) -> Option<String> {
    const NAMED: usize = 12;
    let known = |c: &char| c.is_control() || faces()[0].glyph_id(*c).0 != 0;
    let letters = texts.into_iter().flat_map(|label| &label.0).flat_map(|(run, _)| run.chars());
    let lacking: BTreeSet<char> = letters.filter(|c| !known(c)).collect();
    let named: Vec<String> = lacking.iter().take(NAMED).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    let more = lacking.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!lacking.is_empty()).then(|| {
        format!("the typeface lacks {}{more}: PNG and PDF show boxes in their places", named.join(" "))
    })
}

/// What plotters calls the size of a font: the height of its lines.
fn scale(size: f64) -> f64 {
    size * UNITS_PER_INCH / 72.0 * LINE
}

/// The `style` element that carries the faces an SVG uses: the upright one, and the slanted one where it has italics.
#[must_use]
pub fn css(italic: bool) -> String {
    let face = |style: &str, bytes: &[u8]| {
        format!(
            "@font-face{{font-family:'Signsim Sans';font-style:{style};font-weight:400;\
             src:url(data:font/woff2;base64,{}) format('woff2');}}\n",
            base64(bytes)
        )
    };
    let slanted = if italic { face("italic", ITALIC_WOFF2) } else { String::new() };
    format!("<style>\n{}{slanted}</style>\n", face("normal", REGULAR_WOFF2))
}

/// RFC 4648, section 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| word << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_rfc() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn widths_are_those_of_arial() {
        // An Arial digit is 1139/2048 em wide; eight points are 100 units.
        assert!((width(&Label::plain("0123456789"), 8.0) - 556).abs() <= 1);
    }
}
