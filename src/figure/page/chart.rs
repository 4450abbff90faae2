//! Drawing a measured page: nothing is decided here but the order of the layers.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, PagePoint};
use super::curve;
use super::fonts::width;
use super::frames::{self, Frame, place};
use super::layout::Page;
use super::measures::{HALF_CAPITAL, SAMPLE_PT, SMALL, TEXT, TICK_PT, pt};
use super::output::Drawing;
use super::small_print;
use super::theme::{Theme, dash, marker};
use super::thin;
use crate::figure::content::{
    AxesPanel, Content, Curve, IntervalShape, Look, Scale, SeriesLine, SeriesPoint, TopAxis,
};
use crate::figure::label::Label;

const LINE_PT: f64 = 1.1;
const HAIR_PT: f64 = 0.5;
/// Opacity of bands and of the bins of a histogram.
const SHADE: f64 = 0.17;
const MARKER_PT: f64 = 2.1;
/// How far apart series with bars are set sideways, so that equal values do not hide each other.
const ASIDE_PT: f64 = 4.4;

/// A chart on its measured page.
pub(crate) struct Chart<'a> {
    pub content: &'a Content,
    pub page: &'a Page,
}

impl Drawing for Chart<'_> {
    fn size(&self) -> PagePoint {
        (self.page.width, self.page.height)
    }

    fn draw<B: DrawingBackend>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        canvas.fill((0, 0), self.size(), theme.paper);
        render(self.content, self.page, theme, canvas);
    }
}

fn render<B: DrawingBackend>(content: &Content, page: &Page, theme: &Theme, canvas: &mut Canvas<B>) {
    for (i, (x, y, words)) in page.legend.iter().enumerate() {
        let end = x + pt(SAMPLE_PT);
        match (content.series.get(i), i.checked_sub(content.series.len())) {
            (Some(series), _) => sample(content, series.look, (*x, end, *y), theme, canvas),
            (None, theorem) => {
                let (weight, dash) = curve::look(theorem.unwrap_or(0));
                canvas.stroke(&[(*x, *y), (end, *y)], theme.muted, weight, dash);
            }
        }
        let at = (end + pt(3.5), y + pt(TEXT * HALF_CAPITAL));
        canvas.text(words, at, Align::Start, TEXT, theme.ink);
    }
    for (frame, panel) in page.frames.iter().zip(&content.panels) {
        Axes { content, page, theme, frame, panel }.draw(canvas);
    }
    small_print::draw(&page.notes, page.notes_left, theme, canvas);
}

/// What stands for a series in the legend: it looks as the series does.
fn sample<B: DrawingBackend>(
    content: &Content,
    look: Look,
    (x, end, y): (i32, i32, i32),
    theme: &Theme,
    canvas: &mut Canvas<B>,
) {
    let colour = theme.colour(look);
    if content.interval == IntervalShape::Steps {
        let (low, high) = (y + pt(2.4), y - pt(2.4));
        canvas.polygon(&[(x, low), (x, high), (end, high), (end, low)], colour, SHADE);
        canvas.stroke(&[(x, low), (x, high), (end, high), (end, low), (x, low)], colour, 0.9, dash(look));
        return;
    }
    if content.joined {
        canvas.stroke(&[(x, y), (end, y)], colour, LINE_PT, dash(look));
    }
    canvas.halo(marker(look).0, ((x + end) / 2, y), MARKER_PT, theme.paper);
    canvas.marker(marker(look), ((x + end) / 2, y), MARKER_PT, colour, theme.paper);
}

/// One panel with all that is needed to place a point in it.
struct Axes<'a> {
    content: &'a Content,
    page: &'a Page,
    theme: &'a Theme,
    frame: &'a Frame,
    panel: &'a AxesPanel,
}

impl Axes<'_> {
    fn x(&self, value: f64) -> i32 {
        place(self.page.x.share_of(value), self.frame.left, self.frame.right)
    }

    /// Ends of intervals beyond the axis stop at its edge.
    fn y(&self, value: f64) -> i32 {
        place(self.page.y.share_of(value).clamp(0.0, 1.0), self.frame.bottom, self.frame.top)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        self.grid(canvas);
        self.marks(canvas);
        if self.content.interval == IntervalShape::Band {
            for line in &self.panel.lines {
                self.band(line, canvas);
            }
        }
        for curve in &self.panel.curves {
            self.curve(curve, canvas);
        }
        self.spines(canvas);
        for line in &self.panel.lines {
            if self.content.interval == IntervalShape::Steps {
                self.steps(line, canvas);
            } else {
                self.line(line, canvas);
            }
        }
        if self.panel.lines.is_empty() && self.panel.curves.is_empty() {
            self.says_nothing(canvas);
        }
        self.frame_words(canvas);
    }

    /// A panel without data says so.
    fn says_nothing<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        let f = self.frame;
        let middle = ((f.left + f.right) / 2, (f.top + f.bottom) / 2);
        canvas.text(&Label::plain("nothing to draw"), middle, Align::Middle, SMALL, self.theme.warning);
    }

    fn grid<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        for (value, _) in &self.page.y.ticks {
            let y = self.y(*value);
            canvas.stroke(&[(self.frame.left, y), (self.frame.right, y)], self.theme.faint, HAIR_PT, &[]);
        }
    }

    fn marks<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        for mark in &self.panel.marks {
            let x = self.x(mark.x);
            let (top, bottom) = ((x, self.frame.top - pt(1.5)), (x, self.frame.bottom));
            canvas.stroke(&[top, bottom], self.theme.muted, 0.7, &[2.4, 1.6]);
            let at = (x, self.frame.top - pt(3.4));
            canvas.text(&mark.label, at, Align::Middle, SMALL, self.theme.muted);
        }
    }

    /// A bar at a point; where the axis cuts it, it has no cap: the interval goes on.
    fn bar<B: DrawingBackend>(&self, x: i32, point: &SeriesPoint, colour: RGBColor, canvas: &mut Canvas<B>) {
        let Some((low, high)) = point.estimate.interval else { return };
        let cap = pt(1.7);
        canvas.stroke(&[(x, self.y(low)), (x, self.y(high))], colour, 0.75, &[]);
        for end in [low, high].into_iter().filter(|v| self.inside(*v)) {
            let y = self.y(end);
            canvas.stroke(&[(x - cap, y), (x + cap, y)], colour, 0.75, &[]);
        }
    }

    /// A gap in the intervals ends one band and begins another.
    fn band<B: DrawingBackend>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let colour = self.colour(line);
        for stretch in line.points.split(|p| p.estimate.interval.is_none()) {
            let ends = || stretch.iter().filter_map(|p| p.estimate.interval.map(|i| (self.x(p.x), i)));
            match stretch {
                [] => {}
                // A band needs two points.
                [only] => self.bar(self.x(only.x) + self.aside(line), only, colour, canvas),
                _ => {
                    let mut outline = thin::edge(ends().map(|(x, (_, high))| (x, self.y(high))).collect(), 1);
                    let low = thin::edge(ends().map(|(x, (low, _))| (x, self.y(low))).collect(), -1);
                    outline.extend(low.into_iter().rev());
                    canvas.polygon(&outline, colour, SHADE);
                }
            }
        }
    }

    fn curve<B: DrawingBackend>(&self, curve: &Curve, canvas: &mut Canvas<B>) {
        let colour = self.theme.colour(self.content.series[curve.series].look);
        let share = |(x, y): &(f64, f64)| (self.page.x.share_of(*x), self.page.y.share_of(*y));
        let shares: Vec<(f64, f64)> = curve.points.iter().map(share).collect();
        let f = self.frame;
        curve::draw(&shares, curve.theorem, (f.left, f.right, f.top, f.bottom), colour, canvas);
    }

    /// The bins of a histogram.
    fn steps<B: DrawingBackend>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let half = line.points.windows(2).next().map_or(0.01, |pair| (pair[1].x - pair[0].x) / 2.0);
        let height = |point: &SeriesPoint| point.estimate.mean.unwrap_or(0.0);
        for bins in line.points.split(|point| height(point) <= 0.0).filter(|bins| !bins.is_empty()) {
            let mut outline = vec![(self.x(bins[0].x - half), self.frame.bottom)];
            for point in bins {
                let y = self.y(height(point));
                outline.extend([(self.x(point.x - half), y), (self.x(point.x + half), y)]);
            }
            outline.push((outline[outline.len() - 1].0, self.frame.bottom));
            canvas.polygon(&outline, self.colour(line), SHADE);
            canvas.stroke(&outline, self.colour(line), 0.9, dash(self.look(line)));
        }
    }

    fn line<B: DrawingBackend>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let (look, colour, paper) = (self.look(line), self.colour(line), self.theme.paper);
        let aside = self.aside(line);
        let spot = |p: &SeriesPoint| p.estimate.mean.map(|m| (self.x(p.x) + aside, self.y(m)));
        for stretch in line.points.split(|p| p.estimate.mean.is_none()) {
            let spots: Vec<PagePoint> = stretch.iter().filter_map(spot).collect();
            if spots.len() > 1 && self.content.joined {
                let weight = weight(&spots);
                canvas.stroke(&thin::line(spots), colour, weight, dash(look));
            }
        }
        for point in self.marked(line, |p| p.estimate.mean.is_some()) {
            let Some(at) = spot(point) else { continue };
            canvas.halo(marker(look).0, at, MARKER_PT, paper);
            if self.content.interval == IntervalShape::Bars {
                self.bar(at.0, point, colour, canvas);
            }
            canvas.marker(marker(look), at, MARKER_PT, colour, paper);
        }
        for point in self.marked(line, |p| p.estimate.without > 0) {
            self.cross((self.x(point.x) + aside, self.frame.bottom), colour, canvas);
        }
    }

    /// The points of a line that have a marker, of those that `can`: all where there are few.
    fn marked<'a>(&self, line: &'a SeriesLine, can: impl Fn(&SeriesPoint) -> bool) -> Vec<&'a SeriesPoint> {
        if self.content.interval == IntervalShape::Bars {
            return line.points.iter().filter(|p| can(p)).collect();
        }
        let xs: Vec<Option<i32>> = line.points.iter().map(|p| can(p).then(|| self.x(p.x))).collect();
        // Series take turns, so that markers of coinciding lines do not hide each other.
        let share = line.series as f64 / self.content.series.len().max(1) as f64;
        thin::markers(&xs, share).into_iter().map(|i| &line.points[i]).collect()
    }

    /// The sideways shift of a series: less where many share a step of the axis.
    fn aside(&self, line: &SeriesLine) -> i32 {
        // Beside theory a marker that is set aside would miss its curve, and so would a line in its band.
        if (self.content.interval == IntervalShape::Band && self.closest().is_some()) || !self.content.joined
        {
            return 0;
        }
        let series = self.content.series.len();
        let unit = match self.content.x.scale {
            Scale::Count => self.x(self.page.x.low + 1.0) - self.x(self.page.x.low),
            _ => self.closest().unwrap_or(self.frame.right - self.frame.left),
        };
        let apart = f64::from(pt(ASIDE_PT)).min(0.4 * f64::from(unit) / series as f64);
        (apart * (line.series as f64 - (series as f64 - 1.0) / 2.0)).round() as i32
    }

    /// The room between the two points of a line that are closest to each other; `None` where no line has two.
    fn closest(&self) -> Option<i32> {
        let gaps = self.panel.lines.iter().flat_map(|line| line.points.windows(2));
        gaps.map(|pair| self.x(pair[1].x) - self.x(pair[0].x)).min()
    }

    /// Says that a run has no value here.
    fn cross<B: DrawingBackend>(&self, (x, y): PagePoint, colour: RGBColor, canvas: &mut Canvas<B>) {
        let r = pt(2.2);
        for (weight, colour) in [(2.4, self.theme.paper), (1.2, colour)] {
            canvas.stroke(&[(x - r, y - r), (x + r, y + r)], colour, weight, &[]);
            canvas.stroke(&[(x - r, y + r), (x + r, y - r)], colour, weight, &[]);
        }
    }

    fn spines<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        let (f, ink) = (self.frame, self.theme.ink);
        canvas.stroke(&[(f.left, f.top), (f.left, f.bottom), (f.right, f.bottom)], ink, 0.6, &[]);
        let tick = pt(TICK_PT);
        for (value, words) in &self.page.x.ticks {
            frames::tick((self.x(*value), f.bottom), words, ink, canvas);
        }
        for (value, words) in &self.page.y.ticks {
            let y = self.y(*value);
            canvas.stroke(&[(f.left - tick, y), (f.left, y)], ink, 0.6, &[]);
            if f.first {
                let at = (f.left - tick - pt(1.8), y + pt(SMALL * HALF_CAPITAL));
                canvas.text(&Label::plain(words.as_str()), at, Align::End, SMALL, ink);
            }
        }
        if let Some(top) = &self.panel.top {
            self.top_axis(top, canvas);
        }
    }

    /// As many ticks as fit, evenly thinned.
    fn top_axis<B: DrawingBackend>(&self, top: &TopAxis, canvas: &mut Canvas<B>) {
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

    fn frame_words<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) {
        let (f, ink) = (self.frame, self.theme.ink);
        frames::words(f, &self.content.x.label, self.theme, canvas);
        if f.first {
            for (i, words) in self.page.y_label.iter().enumerate() {
                let x = self.page.y_label_left + pt(TEXT * (0.85 + 1.15 * i as f64));
                canvas.text_up(words, (x, (f.top + f.bottom) / 2), TEXT, ink);
            }
        }
    }

    fn look(&self, line: &SeriesLine) -> Look {
        self.content.series[line.series].look
    }

    fn colour(&self, line: &SeriesLine) -> RGBColor {
        self.theme.colour(self.look(line))
    }

    fn inside(&self, value: f64) -> bool {
        (self.page.y.low..=self.page.y.high).contains(&value)
    }
}

/// A thinner line where points lie so close that noise would fill it.
fn weight(spots: &[PagePoint]) -> f64 {
    let spacing = (spots[spots.len() - 1].0 - spots[0].0) / spots.len() as i32;
    if spacing < pt(2.0) { 0.75 } else { LINE_PT }
}
