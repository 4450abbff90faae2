//! Heat maps on a page: panels side by side, one bar of colours for all.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::fonts::width;
use super::frames::{self, Frame, FrameGrid, columns, frames, lettered, place};
use super::measures::{HALF_CAPITAL, PAD_PT, SMALL, TEXT, TICK_PT, mm, pt, whole_pixels};
use super::numbers::printed;
use super::output::Drawing;
use super::small_print;
use super::theme::Theme;
use super::ticks::{Range, Shape};
use super::typeset::shorten;
use crate::figure::content::Scale;
use crate::figure::heat::{Heat, HeatPanel, Side};
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;

/// A map is not lower than this, whatever height the page shall have.
const LOWEST_PT: f64 = 30.0;
/// The name of a category may take so much room on the left.
const NAME_PT: f64 = 90.0;
/// Thickness of the bar of colours, and the strips it is made of.
const BAR_PT: f64 = 7.0;
const STRIPS: i32 = 128;

/// A measured page of heat maps.
pub(crate) struct HeatPage<'a> {
    heat: &'a Heat,
    size: PagePoint,
    frames: Vec<Frame>,
    /// Ticks of a side: places in cells, and words.
    x: Vec<(f64, String)>,
    /// Names of categories on the horizontal side stand upright where they have no room beside each other.
    upright: bool,
    y: Vec<(f64, String)>,
    /// The range of the colours.
    colour: Range,
    /// Left, top and bottom of the bar of colours.
    bar: (i32, i32, i32),
    notes: Vec<(Label, i32, bool)>,
}

/// Measures the maps.
#[must_use]
pub(crate) fn page<'a>(
    heat: &'a Heat,
    millimetres: f64,
    height: Option<i32>,
    options: &FigureOptions,
) -> HeatPage<'a> {
    let page = set(heat, millimetres, None, options);
    let Some((height, first)) = height.zip(page.frames.first()) else { return page };
    let rows = page.frames.iter().filter(|frame| frame.first).count().max(1) as i32;
    let plot = first.bottom - first.top + (height - page.size.1).div_euclid(rows);
    set(heat, millimetres, Some(plot.max(pt(LOWEST_PT))), options)
}

/// Measures maps of this height, or that which is usual.
fn set<'a>(
    heat: &'a Heat,
    millimetres: f64,
    plot_height: Option<i32>,
    options: &FigureOptions,
) -> HeatPage<'a> {
    let (full, pad) = (mm(millimetres), pt(PAD_PT));
    let count = heat.panels.len().max(1);
    let (columns, usual) = columns(count, millimetres);
    let height = plot_height.unwrap_or(usual);
    let (x, y) = (ticks(&heat.x, if columns > 1 { 5 } else { 8 }), ticks(&heat.y, 8));
    let colour = colours(heat);
    let widest = |ticks: &[(f64, String)]| {
        ticks.iter().map(|(_, words)| width(&printed(words), SMALL)).max().unwrap_or(0)
    };
    let left = pad + pt(TEXT * 1.15 + 5.0 + TICK_PT) + widest(&y);
    let beside = pt(9.0 + BAR_PT + TICK_PT + 2.0) + widest(&colour.ticks) + pt(TEXT * 1.4);
    let gap = pt(11.0);
    let plot = (full - left - pad - beside - gap * (columns as i32 - 1)) / columns as i32;
    let above = if heat.x.mark.is_some() { pt(TEXT * 1.25) } else { pt(2.0) };
    let titles = heat.panels.iter().map(|p| p.title.clone()).collect();
    let titles = lettered(titles, options.letters == Some(true));
    let label = |words: &str| width(&printed(words), SMALL) + pt(3.0);
    let needed = |name: &Label| width(name, SMALL) > beside_each_other(heat.x.names.len(), plot);
    let upright = heat.x.names.iter().any(needed);
    let x = match heat.x.names.as_slice() {
        [] => apart(x, heat.x.values.len(), plot, label),
        names if upright => categories(names, pt(NAME_PT)),
        names => categories(names, beside_each_other(names.len(), plot)),
    };
    let below = if upright { (widest(&x) - pt(SMALL)).max(0) } else { 0 };
    let mut at = pad;
    let frames = frames(
        &titles,
        &heat.x.label,
        FrameGrid { columns, left, plot: (plot, height), gap, above, shared: false, below },
        &mut at,
    );
    let bar = (
        full - pad - beside + pt(9.0),
        frames.first().map_or(pad, |f| f.top),
        frames.first().map_or(pad, |f| f.bottom),
    );
    let notes = small_print::set(&heat.notes, full - 2 * pad, &mut at);
    HeatPage {
        heat,
        size: (whole_pixels(full), whole_pixels(at + pad)),
        frames,
        x,
        upright,
        y,
        colour,
        bar,
        notes,
    }
}

/// What the name of each of so many categories has of a side of this length.
fn beside_each_other(names: usize, plot: i32) -> i32 {
    plot / names.max(1) as i32 - pt(2.0)
}

/// The name of every category in the middle of its cells, as much of it as has room.
fn categories(names: &[Label], room: i32) -> Vec<(f64, String)> {
    let name = |(i, name): (usize, &Label)| (i as f64 + 0.5, shorten(name, SMALL, room).to_string());
    names.iter().enumerate().map(name).collect()
}

/// Leaves out labels until no two of them meet on a side of this many cells and this length.
fn apart(
    ticks: Vec<(f64, String)>,
    cells: usize,
    length: i32,
    width: impl Fn(&str) -> i32,
) -> Vec<(f64, String)> {
    let mut side = Range { low: 0.0, high: cells.max(1) as f64, ticks, minor: vec![], shape: Shape::Linear };
    side.thin(length, width);
    side.ticks
}

/// Round numbers where equal differences take equal room; else as many of the values as there is room for.
fn ticks(side: &Side, most: usize) -> Vec<(f64, String)> {
    if !side.names.is_empty() {
        return categories(&side.names, pt(NAME_PT));
    }
    let whole = side.values.iter().all(|v| v.fract() == 0.0);
    let at = |(value, words): (f64, String)| side.place(value).map(|place| (place, words));
    if side.is_even() && side.values.len() > most.min(4) {
        let (first, last) = (side.values[0], side.values[side.values.len() - 1]);
        let scale = if whole { Scale::Count } else { Scale::Value };
        let inside = |(value, _): &(f64, String)| (first - 1e-9..=last + 1e-9).contains(value);
        return Range::covering(scale, [first, last], most)
            .ticks
            .into_iter()
            .filter(inside)
            .filter_map(at)
            .collect();
    }
    let every = side.values.len().div_ceil(most).max(1);
    let shown = side.values.iter().enumerate().step_by(every);
    shown.map(|(i, value)| (i as f64 + 0.5, short(*value))).collect()
}

/// A value as it is written, in three digits where that is long.
fn short(value: f64) -> String {
    const LONGEST: usize = 6;
    let whole = format!("{value}");
    let text = match value.abs() {
        _ if whole.len() <= LONGEST => whole,
        size if (1e-3..1e6).contains(&size) => {
            let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.decimals$}")
        }
        _ => format!("{value:.2e}"),
    };
    text.replace('-', "−")
}

/// A number that is printed in a cell: two decimals of a share, else three digits.
fn in_cell(mean: f64) -> String {
    let text = if mean.abs() <= 1.0 { format!("{mean:.2}") } else { short(mean) };
    text.strip_prefix('0').filter(|rest| rest.starts_with('.')).map_or(text.clone(), str::to_owned)
}

/// Black or white, whichever can be read on a colour.
fn readable(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let light = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b) > 140.0;
    if light { RGBColor(0, 0, 0) } else { RGBColor(255, 255, 255) }
}

fn colours(heat: &Heat) -> Range {
    let mut range = Range::covering(heat.colour.scale, heat.means(), 6);
    if heat.colour.scale == Scale::Value {
        // Counts begin at zero.
        let least = heat.means().fold(f64::INFINITY, f64::min);
        let most = heat.means().fold(f64::NEG_INFINITY, f64::max).min(range.high);
        if least >= 0.0 && most.is_finite() {
            (range.low, range.high) = (0.0, most.max(1e-300));
            range.ticks.retain(|(value, _)| (0.0..=most).contains(value));
        }
    }
    range
}

impl HeatPage<'_> {
    /// How many maps stand beside each other.
    pub(crate) fn columns(&self) -> usize {
        let first = self.frames.first().map(|frame| frame.top);
        self.frames.iter().take_while(|frame| Some(frame.top) == first).count()
    }

    fn map<B: Surface>(&self, frame: &Frame, panel: &HeatPanel, theme: &Theme, canvas: &mut Canvas<B>) {
        let (columns, rows) = (self.heat.x.values.len(), self.heat.y.values.len());
        let x = |cells: f64| place(cells / columns as f64, frame.left, frame.right);
        let y = |cells: f64| place(cells / rows as f64, frame.bottom, frame.top);
        for (row, cells) in panel.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (left, right) = (x(column as f64), x(column as f64 + 1.0));
                let (bottom, top) = (y(row as f64), y(row as f64 + 1.0));
                let mean = cell.and_then(|cell| cell.mean);
                let tone = mean.map_or(theme.faint, |mean| theme.heat(self.colour.share_of(mean)));
                // Neighbours overlap by a unit, or the paper would shine through between them.
                canvas.fill((left, top), (right + 1, bottom + 1), tone);
                if mean.is_none() && cell.is_some() {
                    canvas.stroke(&[(left, top), (right, bottom)], theme.warning, 0.8, &[]);
                    canvas.stroke(&[(left, bottom), (right, top)], theme.warning, 0.8, &[]);
                }
                if let Some(mean) = mean.filter(|_| self.heat.printed) {
                    let words = Label::plain(in_cell(mean));
                    if width(&words, SMALL) < right - left {
                        let at = ((left + right) / 2, (top + bottom) / 2 + pt(SMALL * HALF_CAPITAL));
                        canvas.text(&words, at, Align::Middle, SMALL, readable(tone));
                    }
                }
            }
        }
        if let Some((value, words)) = &self.heat.x.mark
            && let Some(cells) = self.heat.x.place(*value)
        {
            let x = x(cells);
            for (tone, weight, dash) in [(theme.paper, 2.0, &[][..]), (theme.ink, 0.9, &[2.4, 1.6][..])] {
                canvas.stroke(&[(x, frame.top - pt(1.5)), (x, frame.bottom)], tone, weight, dash);
            }
            canvas.text(words, (x, frame.top - pt(3.4)), Align::Middle, SMALL, theme.ink);
        }
        let corners = [
            (frame.left, frame.top),
            (frame.left, frame.bottom),
            (frame.right, frame.bottom),
            (frame.right, frame.top),
            (frame.left, frame.top),
        ];
        canvas.stroke(&corners, theme.ink, 0.6, &[]);
        self.ticks(frame, (x, y), theme, canvas);
        frames::words(frame, &self.heat.x.label, theme, canvas);
        if frame.first {
            let at = (pt(PAD_PT + TEXT * 0.85), (frame.top + frame.bottom) / 2);
            canvas.text_up(&self.heat.y.label, at, TEXT, theme.ink);
        }
    }

    /// The ticks of both sides, which are placed by `x` and `y`.
    fn ticks<B: Surface>(
        &self,
        frame: &Frame,
        (x, y): (impl Fn(f64) -> i32, impl Fn(f64) -> i32),
        theme: &Theme,
        canvas: &mut Canvas<B>,
    ) {
        for (cells, words) in &self.x {
            let at = (x(*cells), frame.bottom);
            if self.upright {
                frames::tick_upright(at, &Label::plain(words.as_str()), theme.ink, canvas);
            } else {
                frames::tick(at, words, theme.ink, canvas);
            }
        }
        for (cells, words) in &self.y {
            let (y, tick) = (y(*cells), frame.left - pt(TICK_PT));
            canvas.stroke(&[(tick, y), (frame.left, y)], theme.ink, 0.6, &[]);
            if frame.first {
                let at = (tick - pt(1.8), y + pt(SMALL * HALF_CAPITAL));
                canvas.text(&Label::plain(words.as_str()), at, Align::End, SMALL, theme.ink);
            }
        }
    }

    fn colour_bar<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        let (left, top, bottom) = self.bar;
        let right = left + pt(BAR_PT);
        for strip in 0..STRIPS {
            let share = |strip: i32| f64::from(strip) / f64::from(STRIPS);
            let (low, high) = (place(share(strip), bottom, top), place(share(strip + 1), bottom, top));
            let tone = theme.heat((f64::from(strip) + 0.5) / f64::from(STRIPS));
            canvas.fill((left, high), (right, low + i32::from(strip > 0)), tone);
        }
        let corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)];
        canvas.stroke(&corners, theme.ink, 0.6, &[]);
        let mut widest = 0;
        for (value, words) in &self.colour.ticks {
            let y = place(self.colour.share_of(*value), bottom, top);
            canvas.stroke(&[(right, y), (right + pt(TICK_PT), y)], theme.ink, 0.6, &[]);
            let at = (right + pt(TICK_PT + 2.0), y + pt(SMALL * HALF_CAPITAL));
            let words = printed(words);
            canvas.text(&words, at, Align::Start, SMALL, theme.ink);
            widest = widest.max(width(&words, SMALL));
        }
        let at = (right + pt(TICK_PT + 2.0) + widest + pt(TEXT * 1.15), (top + bottom) / 2);
        canvas.text_up(&self.heat.colour.label, at, TEXT, theme.ink);
    }
}

impl HeatPage<'_> {
    /// Tells where the cells stand that the CSV has from row `first` on, and gives the row behind them.
    fn tell<B: Surface>(
        &self,
        frame: &Frame,
        panel: &HeatPanel,
        first: usize,
        canvas: &mut Canvas<B>,
    ) -> usize {
        let (columns, rows) = (self.heat.x.values.len(), self.heat.y.values.len());
        let x = |cells: usize| place(cells as f64 / columns as f64, frame.left, frame.right);
        let y = |cells: usize| place(cells as f64 / rows as f64, frame.bottom, frame.top);
        let mut at = first;
        for (row, cells) in panel.cells.iter().enumerate() {
            for (column, _) in cells.iter().enumerate().filter(|(_, cell)| cell.is_some()) {
                canvas.tells((x(column), y(row + 1)), (x(column + 1), y(row)), at);
                at += 1;
            }
        }
        at
    }
}

impl Drawing for HeatPage<'_> {
    fn size(&self) -> PagePoint {
        self.size
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        let mut rows = 0;
        for (frame, panel) in self.frames.iter().zip(&self.heat.panels) {
            self.map(frame, panel, theme, canvas);
            rows = self.tell(frame, panel, rows, canvas);
        }
        self.colour_bar(theme, canvas);
        small_print::draw(&self.notes, pt(PAD_PT), theme, canvas);
    }
}
