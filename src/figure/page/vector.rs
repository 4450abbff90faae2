//! The page as SVG elements: groups with names, whole dashed lines, texts that can be edited.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write;

use plotters::style::{FontStyle, FontTransform};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::canvas::{BASELINE, PagePoint, Surface};

/// The line height that plotters takes for the size of a font, in em of Arimo.
const LINE: f64 = 1.24;
const PROMISE: &str = "memory takes every element";
/// A longer name is cut.
const LONGEST: usize = 60;

/// Elements, in the order in which they are drawn.
pub(crate) struct Vector {
    size: PagePoint,
    elements: String,
    names: BTreeSet<String>,
    use_of: VectorUse,
}

/// What the elements are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VectorUse {
    /// A file of its own: groups have names.
    File,
    /// A part of a web page, where ids of two figures would meet: groups have none, and places tell their rows of the CSV.
    Page,
}

impl Vector {
    /// An empty page of this size.
    pub(crate) const fn new(size: PagePoint, use_of: VectorUse) -> Self {
        Self { size, elements: String::new(), names: BTreeSet::new(), use_of }
    }

    /// The elements.
    pub(crate) fn into_elements(self) -> String {
        self.elements
    }

    /// An element without content.
    fn element(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.elements, "<{text}/>").expect(PROMISE);
    }

    fn polyline(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        style: &impl BackendStyle,
        dash: &str,
    ) {
        let (colour, width) = (paint(style.color(), "stroke"), style.stroke_width());
        let points = joined(points);
        self.element(format_args!(
            "polyline fill=\"none\" {colour} stroke-width=\"{width}\"{dash} points=\"{points}\""
        ));
    }
}

/// A colour as an attribute, with its opacity where it is not whole.
fn paint(colour: BackendColor, attribute: &str) -> String {
    let BackendColor { alpha, rgb: (r, g, b) } = colour;
    let opacity = if alpha < 1.0 { format!("opacity=\"{alpha}\" ") } else { String::new() };
    format!("{opacity}{attribute}=\"#{r:02X}{g:02X}{b:02X}\"")
}

fn joined(points: impl IntoIterator<Item = BackendCoord>) -> String {
    points.into_iter().fold(String::new(), |mut all, (x, y)| {
        write!(all, "{x},{y} ").expect(PROMISE);
        all
    })
}

/// A text as the content of an element or an attribute.
#[must_use]
pub(crate) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut all, letter| {
        match letter {
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '&' => all.push_str("&amp;"),
            '"' => all.push_str("&quot;"),
            '\'' => all.push_str("&apos;"),
            other => all.push(other),
        }
        all
    })
}

/// A name that XML takes for an id: letters, digits and dashes, a letter first.
fn identifier(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    // A name of any length is cut: what is told apart by its end has a number.
    let id: String = name.chars().take(LONGEST).map(legal).collect();
    let id = id.trim_matches('-');
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id.to_owned() } else { format!("g-{id}") }
}

impl Surface for Vector {
    fn open(&mut self, name: &str) {
        if self.use_of == VectorUse::Page {
            self.elements.push_str("<g>\n");
            return;
        }
        let id = identifier(name);
        let candidates = (1..).map(|n| if n == 1 { id.clone() } else { format!("{id}-{n}") });
        let free = candidates.into_iter().find(|id| !self.names.contains(id)).unwrap_or_default();
        writeln!(self.elements, "<g id=\"{free}\">").expect(PROMISE);
        self.names.insert(free);
    }

    fn close(&mut self) {
        self.elements.push_str("</g>\n");
    }

    fn tells(&mut self, (left, top): PagePoint, (right, bottom): PagePoint, row: usize) {
        if self.use_of == VectorUse::Page {
            let (width, height) = ((right - left).max(1), (bottom - top).max(1));
            self.element(format_args!(
                "rect class=\"hit\" data-row=\"{row}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\""
            ));
        }
    }

    fn dashed(&mut self, points: &[PagePoint], style: &impl BackendStyle, dash: &[i32]) -> bool {
        let lengths: Vec<String> = dash.iter().map(ToString::to_string).collect();
        let dash = format!(" stroke-dasharray=\"{}\"", lengths.join(" "));
        self.polyline(points.iter().copied(), style, &dash);
        true
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Vector {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0 as u32, self.size.1 as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        let colour = paint(colour, "fill");
        self.element(format_args!("rect x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\" {colour}"));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.polyline(path, style, "");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let (colour, points) = (paint(style.color(), "fill"), joined(path));
        self.element(format_args!("polygon {colour} points=\"{points}\""));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _: bool,
    ) -> Drawn {
        let colour = paint(style.color(), "fill");
        self.element(format_args!("circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {colour}"));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let (colour, size) = (paint(style.color(), "fill"), style.size() / LINE);
        let family = style.family().as_str().to_owned();
        let slanted = if matches!(style.style(), FontStyle::Normal) { "" } else { " font-style=\"italic\"" };
        let turned = match style.transform() {
            FontTransform::Rotate270 => format!(" transform=\"rotate(270, {x}, {y})\""),
            _ => String::new(),
        };
        writeln!(
            self.elements,
            "<text x=\"{x}\" y=\"{y}\" dy=\"{BASELINE}em\" text-anchor=\"start\" font-family=\"{family}\" \
             font-size=\"{size}\" {colour}{slanted}{turned}>\n{}\n</text>",
            escaped(text)
        )
        .expect(PROMISE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids_that_differ() {
        let mut page = Vector::new((10, 10), VectorUse::File);
        for name in ["signSGD-FD", "signSGD-FD", "L = 3 <b>", "3", "αβ"] {
            page.open(name);
            page.close();
        }
        let elements = page.into_elements();
        let ids: Vec<&str> = elements.lines().filter(|line| line.starts_with("<g")).collect();
        assert_eq!(
            ids,
            [
                "<g id=\"signSGD-FD\">",
                "<g id=\"signSGD-FD-2\">",
                "<g id=\"L---3--b\">",
                "<g id=\"g-3\">",
                "<g id=\"g-\">"
            ]
        );
    }
}
