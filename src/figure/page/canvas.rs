//! Strokes, fills, markers and text on any plotters backend, in units of [`UNITS_PER_INCH`].
//!
//! Backends draw into memory, which cannot fail; that is the only promise unwrapped here.
//!
//! [`UNITS_PER_INCH`]: super::measures::UNITS_PER_INCH

use plotters::backend::BitMapBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::{BackendStyle, DrawingBackend};

use super::fonts::{font, glyphs, run_width, set_in, width};
use super::measures::pt;
use super::theme::MarkerShape;
use crate::error::steers;
use crate::figure::label::{Face, Label};

/// A point of the page: right and down.
pub(crate) type PagePoint = (i32, i32);

/// Where plotters' bitmap puts the baseline below the top of a text, in em; [`super::output`] makes SVG agree.
pub(crate) const BASELINE: f64 = 0.62;

/// Which end of a text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// How a backend is given text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// In whole runs, which a reader can search and edit.
    Runs,
    /// Glyph by glyph: plotters' bitmap puts the ink of every glyph where its origin belongs, which spoils
    /// the spacing of letters unless each is placed by itself.
    Glyphs,
}

/// What a page can do besides strokes, fills and texts.
pub(crate) trait Surface: DrawingBackend {
    /// What is drawn from here on belongs together under this name.
    fn open(&mut self, _: &str) {}

    /// Until here.
    fn close(&mut self) {}

    /// A reader who points between these corners asks for this row of the figure's CSV.
    fn tells(&mut self, _: PagePoint, _: PagePoint, _: usize) {}

    /// A dashed line in one piece; `false` where every stroke is drawn by itself.
    fn dashed(&mut self, _: &[PagePoint], _: &impl BackendStyle, _: &[i32]) -> bool {
        false
    }
}

impl Surface for BitMapBackend<'_> {}

/// The page being drawn.
pub(crate) struct Canvas<B: Surface> {
    backend: B,
    setting: Setting,
    /// How far below the top of the page the drawing begins, and by how much it is larger than it was measured.
    below: i32,
    zoom: f64,
}

const PROMISE: &str = "drawing into memory cannot fail";

impl<B: Surface> Canvas<B> {
    /// Draws on `backend`.
    pub(crate) fn new(backend: B, setting: Setting) -> Self {
        Self { backend, setting, below: 0, zoom: 1.0 }
    }

    /// Draws everything from here on larger than it was measured.
    pub(crate) const fn enlarge(&mut self, zoom: f64) {
        self.zoom = zoom;
    }

    /// Draws everything from here on so far below the top of the page.
    pub(crate) const fn lower(&mut self, by: i32) {
        self.below = by;
    }

    /// Where a measured point stands on the page.
    fn on_page(&self, (x, y): PagePoint) -> PagePoint {
        let larger = |units: i32| (f64::from(units) * self.zoom).round() as i32;
        (larger(x), larger(y + self.below))
    }

    /// Ends the drawing.
    pub(crate) fn finish(mut self) -> B {
        self.backend.present().expect(PROMISE);
        self.backend
    }

    /// Draws things that belong together, under their name.
    pub(crate) fn group(&mut self, name: &str, draw: impl FnOnce(&mut Self)) {
        self.backend.open(name);
        draw(self);
        self.backend.close();
    }

    /// A reader who points between these corners asks for this row of the figure's CSV.
    pub(crate) fn tells(&mut self, from: PagePoint, until: PagePoint, row: usize) {
        let (from, until) = (self.on_page(from), self.on_page(until));
        self.backend.tells(from, until, row);
    }

    /// The same of a point.
    pub(crate) fn tells_at(&mut self, (x, y): PagePoint, row: usize) {
        let r = pt(1.5);
        self.tells((x - r, y - r), (x + r, y + r), row);
    }

    /// A filled rectangle.
    pub(crate) fn fill(&mut self, (x0, y0): PagePoint, (x1, y1): PagePoint, colour: RGBColor) {
        self.polygon(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, 1.0);
    }

    /// A filled polygon.
    pub(crate) fn polygon(&mut self, corners: &[PagePoint], colour: RGBColor, opacity: f64) {
        let corners: Vec<PagePoint> = corners.iter().map(|corner| self.on_page(*corner)).collect();
        self.area(corners, colour, opacity);
    }

    /// A filled polygon whose corners are on the page.
    fn area(&mut self, corners: Vec<PagePoint>, colour: RGBColor, opacity: f64) {
        let style = ShapeStyle::from(colour.mix(opacity)).filled();
        self.backend.fill_polygon(corners, &style).expect(PROMISE);
    }

    /// A line through `points`, `weight` points wide; `dash` alternates strokes and gaps in points.
    pub(crate) fn stroke(&mut self, points: &[PagePoint], colour: RGBColor, weight: f64, dash: &[f64]) {
        let width = pt(weight * self.zoom);
        let points: Vec<PagePoint> = points.iter().map(|point| self.on_page(*point)).collect();
        let dash: Vec<f64> = dash.iter().map(|length| length * self.zoom).collect();
        let style = ShapeStyle::from(colour).stroke_width(width as u32);
        let lengths: Vec<i32> = dash.iter().map(|length| pt(*length)).collect();
        if !dash.is_empty() && self.backend.dashed(&points, &style, &lengths) {
            return;
        }
        for mut piece in dashes(&points, &dash) {
            piece.dedup();
            match self.setting {
                Setting::Runs => self.backend.draw_path(piece, &style).expect(PROMISE),
                // plotters' bitmap draws the inner corner of a sharp bend far outside the line: each segment by itself
                // is right, and a disc rounds the bend as SVG does.
                Setting::Glyphs => {
                    for pair in piece.windows(2) {
                        self.backend.draw_path(pair.iter().copied(), &style).expect(PROMISE);
                    }
                    for bend in piece.iter().skip(1).take(piece.len().saturating_sub(2)) {
                        let filled = ShapeStyle::from(colour).filled();
                        self.backend.draw_circle(*bend, (width / 2) as u32, &filled, true).expect(PROMISE);
                    }
                }
            }
        }
    }

    /// The thin rim of paper that sets a marker apart from what lies below it.
    pub(crate) fn halo(&mut self, shape: MarkerShape, at: PagePoint, radius: f64, paper: RGBColor) {
        self.outline(shape, at, radius + 0.5, paper);
    }

    /// A marker of `radius` points; a hollow one shows the paper inside.
    pub(crate) fn marker(
        &mut self,
        (shape, filled): (MarkerShape, bool),
        at: PagePoint,
        radius: f64,
        colour: RGBColor,
        paper: RGBColor,
    ) {
        self.outline(shape, at, radius, colour);
        if !filled {
            self.outline(shape, at, radius - 0.75, paper);
        }
    }

    /// A small disc.
    pub(crate) fn dot(&mut self, at: PagePoint, radius: f64, colour: RGBColor) {
        self.outline(MarkerShape::Circle, at, radius, colour);
    }

    fn outline(&mut self, shape: MarkerShape, at: PagePoint, radius: f64, colour: RGBColor) {
        let (at, radius) = (self.on_page(at), radius * self.zoom);
        if shape == MarkerShape::Circle {
            let style = ShapeStyle::from(colour).filled();
            self.backend.draw_circle(at, pt(radius) as u32, &style, true).expect(PROMISE);
        } else {
            self.area(corners(shape, at, radius), colour, 1.0);
        }
    }

    /// A text whose baseline starts, centres or ends at `at`.
    pub(crate) fn text(&mut self, label: &Label, at: PagePoint, align: Align, size: f64, colour: RGBColor) {
        let back = match align {
            Align::Start => 0,
            Align::Middle => width(label, size) / 2,
            Align::End => width(label, size),
        };
        self.runs(label, size, colour, FontTransform::None, |along, above| {
            (at.0 - back + along, at.1 - above)
        });
    }

    /// A text that reads upwards, its baseline centred at `at`.
    pub(crate) fn text_up(&mut self, label: &Label, at: PagePoint, size: f64, colour: RGBColor) {
        let start = at.1 + width(label, size) / 2;
        self.runs(label, size, colour, FontTransform::Rotate270, |along, above| {
            (at.0 - above, start - along)
        });
    }

    /// Draws run after run; `at` says where a run begins from its distance along the line and its height above the
    /// baseline.
    fn runs(
        &mut self,
        label: &Label,
        size: f64,
        colour: RGBColor,
        turn: FontTransform,
        at: impl Fn(i32, i32) -> PagePoint,
    ) {
        let mut along = 0;
        for (run, face) in &label.0 {
            let run = &printable(run);
            let (size, drop) = set_in(*face, size);
            let above = pt(BASELINE * size) - pt(drop);
            let style = TextStyle::from(font(*face, size * self.zoom).transform(turn.clone()))
                .color(&colour)
                .pos(Pos::new(HPos::Left, VPos::Top));
            for (piece, from) in self.pieces(run, *face, size) {
                let at = self.on_page(at(along + from, above));
                self.backend.draw_text(&piece, &style, at).expect(PROMISE);
            }
            along += run_width(run, *face, size);
        }
    }

    /// What is drawn in one go, and how far from the start of the run. SVG drops the spaces at the ends of a
    /// text, so leading ones become distance.
    fn pieces(&self, run: &str, face: Face, size: f64) -> Vec<(String, i32)> {
        let words = run.trim_start();
        match self.setting {
            Setting::Runs if words.is_empty() => vec![],
            Setting::Runs => {
                let lead = run_width(&run[..run.len() - words.len()], face, size);
                vec![(words.trim_end().to_owned(), lead)]
            }
            Setting::Glyphs => {
                glyphs(run, face, size).into_iter().map(|(letter, from)| (letter.to_string(), from)).collect()
            }
        }
    }
}

/// A text without the characters that no page and no XML can hold.
fn printable(run: &str) -> String {
    let replace = |c: char| match c {
        c if steers(c) => ' ',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c => c,
    };
    run.chars().map(replace).collect()
}

/// The corners of a marker that looks as large as a circle of this radius.
fn corners(shape: MarkerShape, (x, y): PagePoint, radius: f64) -> Vec<PagePoint> {
    let ring = |n: u32, turn: f64, reach: f64| -> Vec<PagePoint> {
        let corner = |k: u32| {
            let angle = (f64::from(k) / f64::from(n) + turn) * std::f64::consts::TAU;
            let r = f64::from(pt(radius * reach));
            (x + (r * angle.sin()).round() as i32, y - (r * angle.cos()).round() as i32)
        };
        (0..n).map(corner).collect()
    };
    match shape {
        MarkerShape::Circle => ring(32, 0.0, 1.0),
        MarkerShape::Square => ring(4, 0.125, 1.25),
        MarkerShape::Diamond => ring(4, 0.0, 1.3),
        MarkerShape::Up => ring(3, 0.0, 1.35),
        MarkerShape::Down => ring(3, 0.5, 1.35),
        MarkerShape::Pentagon => ring(5, 0.0, 1.15),
        MarkerShape::Plus => {
            let (long, short) = (pt(radius * 1.2), pt(radius * 0.42));
            let quarter = [(short, -long), (short, -short), (long, -short)];
            let turned = (0..4).flat_map(|k| quarter.map(|p| (0..k).fold(p, |(a, b), _| (-b, a))));
            turned.map(|(a, b)| (x + a, y + b)).collect()
        }
    }
}

/// Cuts a line into the strokes of a dash pattern.
fn dashes(points: &[PagePoint], dash: &[f64]) -> Vec<Vec<PagePoint>> {
    if dash.is_empty() {
        return vec![points.to_vec()];
    }
    let mut pieces: Vec<Vec<PagePoint>> = vec![points[..1].to_vec()];
    let (mut part, mut left) = (0, f64::from(pt(dash[0])));
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = f64::from(to.0 - from.0).hypot(f64::from(to.1 - from.1));
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let at = |a: i32, b: i32| a + (share * f64::from(b - a)).round() as i32;
            let spot = (at(from.0, to.0), at(from.1, to.1));
            if part % 2 == 0 {
                pieces.last_mut().expect("a stroke is under way").push(spot);
            } else {
                pieces.push(vec![spot]);
            }
            part = (part + 1) % dash.len();
            left = f64::from(pt(dash[part]));
        }
        left -= length - done;
        if part % 2 == 0 {
            pieces.last_mut().expect("a stroke is under way").push(to);
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
