//! Drawing a measured chart: nothing is decided here but the order of the layers.

use plotters::style::RGBColor;

use super::axes::Axes;
use super::canvas::{Canvas, PagePoint, Surface};
use super::clip::{self, Rectangle};
use super::curve;
use super::layout::Page;
use super::legend::{self, LINE_PT, MARKER_PT, SHADE};
use super::measures::pt;
use super::output::Drawing;
use super::small_print;
use super::theme::{Theme, dash, marker};
use super::thin;
use crate::figure::choice::{LegendPlace, Markers};
use crate::figure::content::{Content, Curve, IntervalShape, Look, Scale, SeriesLine, SeriesPoint};
use crate::figure::options::FigureOptions;

/// How far apart series with bars are set sideways, so that equal values do not hide each other.
const ASIDE_PT: f64 = 4.4;
/// Two points of a line that a reader can point at.
const CLOSEST_PT: f64 = 1.0;
/// The dot of a seed.
const SEED_PT: f64 = 0.9;

/// A chart on its measured page.
pub(crate) struct Chart<'a> {
    pub content: &'a Content,
    pub page: &'a Page,
    pub options: &'a FigureOptions,
}

impl Drawing for Chart<'_> {
    fn size(&self) -> PagePoint {
        (self.page.width, self.page.height)
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        let Self { content, page, options } = *self;
        let over = options.legend == Some(LegendPlace::Inside);
        if !over {
            canvas.group("legend", |canvas| legend::draw(content, &page.legend, options, theme, canvas));
        }
        let mut rows = 0;
        for (i, (frame, panel)) in page.frames.iter().zip(&content.panels).enumerate() {
            let axes = Axes { content, page, theme, frame, panel, options };
            canvas.group(&format!("panel-{}", i + 1), |canvas| {
                axes.draw(canvas);
                axes.tell(rows, canvas);
            });
            rows += panel.lines.iter().map(|line| line.points.len()).sum::<usize>();
        }
        if over {
            canvas.group("legend", |canvas| legend::draw(content, &page.legend, options, theme, canvas));
        }
        canvas.group("notes", |canvas| small_print::draw(&page.notes, page.notes_left, theme, canvas));
    }
}

impl Axes<'_> {
    fn draw<B: Surface>(&self, canvas: &mut Canvas<B>) {
        let name = |series: usize| self.content.series[series].label.to_string();
        self.behind(canvas);
        if self.content.interval == IntervalShape::Band {
            for line in &self.panel.lines {
                canvas.group(&format!("{}-interval", name(line.series)), |canvas| self.band(line, canvas));
            }
        }
        for curve in &self.panel.curves {
            let theorem = &self.content.theorems[curve.theorem];
            canvas.group(&format!("{}-{theorem}", name(curve.series)), |canvas| self.curve(curve, canvas));
        }
        canvas.group("axes", |canvas| self.spines(canvas));
        for line in &self.panel.lines {
            canvas.group(&name(line.series), |canvas| match self.content.interval {
                IntervalShape::Steps => self.steps(line, canvas),
                IntervalShape::Bars | IntervalShape::Band => self.line(line, canvas),
            });
        }
        if self.panel.lines.is_empty() && self.panel.curves.is_empty() {
            self.says_nothing(canvas);
        }
        self.frame_words(canvas);
    }

    /// Tells where the points stand that the CSV has from row `first` on; of points that lie close to each other, one.
    fn tell<B: Surface>(&self, first: usize, canvas: &mut Canvas<B>) {
        let mut row = first;
        for line in &self.panel.lines {
            let (mut last, aside) = (None, self.aside(line));
            for point in &line.points {
                let at = point.estimate.mean.map(|mean| (self.x(point.x) + aside, self.y_of(mean)));
                let apart =
                    |at: &PagePoint| last.is_none_or(|last: i32| (at.0 - last).abs() >= pt(CLOSEST_PT));
                if let Some(at) = at.filter(|at| self.within(*at)).filter(apart) {
                    canvas.tells_at(at, row);
                    last = Some(at.0);
                }
                row += 1;
            }
        }
    }

    /// A bar at a point; where the axis cuts it, it has no cap: the interval goes on. Few seeds are dots instead.
    fn bar<B: Surface>(&self, x: i32, point: &SeriesPoint, colour: RGBColor, canvas: &mut Canvas<B>) {
        for seed in point.seeds.iter().filter(|seed| self.inside(**seed)) {
            canvas.dot((x, self.y(*seed)), SEED_PT, colour);
        }
        let Some((low, high)) = point.estimate.interval.filter(|_| point.seeds.is_empty()) else { return };
        let cap = pt(1.7);
        canvas.stroke(&[(x, self.y(low)), (x, self.y(high))], colour, 0.75, &[]);
        for end in [low, high].into_iter().filter(|v| self.inside(*v)) {
            let y = self.y(end);
            canvas.stroke(&[(x - cap, y), (x + cap, y)], colour, 0.75, &[]);
        }
    }

    /// A gap in the intervals, and seeds that stand for themselves, end one band and begin another.
    fn band<B: Surface>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let (colour, aside) = (self.colour(line), self.aside(line));
        for stretch in line.points.split(|p| p.estimate.interval.is_none() || !p.seeds.is_empty()) {
            let ends = || stretch.iter().filter_map(|p| p.estimate.interval.map(|i| (self.x(p.x), i)));
            match stretch {
                [] => {}
                // A band needs two points.
                [only] => self.bar(self.x(only.x) + aside, only, colour, canvas),
                _ => {
                    let y = |value: f64| self.y_of(value);
                    let high = thin::edge(ends().map(|(x, (_, high))| (x, y(high))).collect(), 1);
                    let low = thin::edge(ends().map(|(x, (low, _))| (x, y(low))).collect(), -1);
                    // An edge has one point in a column, so its corners come last.
                    let mut outline = self.stepped(high);
                    outline.extend(self.stepped(low).into_iter().rev());
                    if self.is_cut() {
                        outline =
                            whole(&clip::area(outline.into_iter().map(exact).collect(), self.rectangle()));
                    }
                    if outline.len() > 2 {
                        canvas.polygon(&outline, colour, SHADE);
                    }
                }
            }
        }
    }

    /// A line that is level until the next point, where it is one.
    fn stepped(&self, spots: Vec<PagePoint>) -> Vec<PagePoint> {
        if !self.content.stepped {
            return spots;
        }
        let mut steps: Vec<PagePoint> = Vec::with_capacity(2 * spots.len());
        for spot in spots {
            if let Some(&(_, y)) = steps.last().filter(|last| last.1 != spot.1) {
                steps.push((spot.0, y));
            }
            steps.push(spot);
        }
        steps
    }

    fn rectangle(&self) -> Rectangle {
        let f = self.frame;
        (f.left.into(), f.right.into(), f.top.into(), f.bottom.into())
    }

    fn curve<B: Surface>(&self, curve: &Curve, canvas: &mut Canvas<B>) {
        let series = &self.content.series[curve.series];
        let colour = self.theme.ink(series.look, series.ink);
        let share = |(x, y): &(f64, f64)| (self.page.x.share_of(*x), self.page.y.share_of(*y));
        let inside = |(x, _): &(f64, f64)| !self.is_cut() || (0.0..=1.0).contains(&self.page.x.share_of(*x));
        let shares: Vec<(f64, f64)> = curve.points.iter().filter(|p| inside(p)).map(share).collect();
        let f = self.frame;
        curve::draw(&shares, curve.theorem, (f.left, f.right, f.top, f.bottom), colour, canvas);
    }

    /// The bins of a histogram.
    fn steps<B: Surface>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let half = line.points.windows(2).next().map_or(0.01, |pair| (pair[1].x - pair[0].x) / 2.0);
        let height = |point: &SeriesPoint| point.estimate.mean.unwrap_or(0.0);
        for bins in line.points.split(|point| height(point) <= 0.0).filter(|bins| !bins.is_empty()) {
            let mut outline = vec![(self.x(bins[0].x - half), self.frame.bottom)];
            for point in bins {
                let y = self.y(height(point));
                outline.extend([(self.x(point.x - half), y), (self.x(point.x + half), y)]);
            }
            outline.push((outline[outline.len() - 1].0, self.frame.bottom));
            if self.is_cut() {
                outline = whole(&clip::area(outline.into_iter().map(exact).collect(), self.rectangle()));
            }
            if outline.len() > 2 {
                canvas.polygon(&outline, self.colour(line), SHADE);
                canvas.stroke(&outline, self.colour(line), 0.9, dash(self.look(line)));
            }
        }
    }

    fn line<B: Surface>(&self, line: &SeriesLine, canvas: &mut Canvas<B>) {
        let (look, colour, paper) = (self.look(line), self.colour(line), self.theme.paper);
        let aside = self.aside(line);
        let spot = |p: &SeriesPoint| p.estimate.mean.map(|m| (self.x(p.x) + aside, self.y_of(m)));
        for stretch in line.points.split(|p| p.estimate.mean.is_none()) {
            let spots: Vec<PagePoint> = stretch.iter().filter_map(spot).collect();
            if spots.len() < 2 || !self.content.joined {
                continue;
            }
            let weight = weight(&spots);
            let spots = thin::line(self.stepped(spots));
            if self.is_cut() {
                let exact: Vec<(f64, f64)> = spots.into_iter().map(exact).collect();
                for part in clip::line(&exact, self.rectangle()) {
                    canvas.stroke(&whole(&part), colour, weight, dash(look));
                }
            } else {
                canvas.stroke(&spots, colour, weight, dash(look));
            }
        }
        for point in self.marked(line, |p| p.estimate.mean.is_some()) {
            let Some(at) = spot(point).filter(|at| self.within(*at)) else { continue };
            if self.options.markers != Some(Markers::None) {
                canvas.halo(marker(look).0, at, MARKER_PT, paper);
            }
            if self.content.interval == IntervalShape::Bars || !point.seeds.is_empty() {
                self.bar(at.0, point, colour, canvas);
            }
            if self.options.markers != Some(Markers::None) {
                canvas.marker(marker(look), at, MARKER_PT, colour, paper);
            }
        }
        for point in self.marked(line, |p| p.estimate.without > 0) {
            let at = (self.x(point.x) + aside, self.frame.bottom);
            if self.within(at) {
                self.cross(at, colour, canvas);
            }
        }
    }

    /// The points of a line that have a marker, of those that `can`: all where there are few.
    fn marked<'a>(&self, line: &'a SeriesLine, can: impl Fn(&SeriesPoint) -> bool) -> Vec<&'a SeriesPoint> {
        if self.content.interval == IntervalShape::Bars || self.options.markers == Some(Markers::All) {
            return line.points.iter().filter(|p| can(p)).collect();
        }
        let xs: Vec<Option<i32>> = line.points.iter().map(|p| can(p).then(|| self.x(p.x))).collect();
        // Series take turns, so that markers of coinciding lines do not hide each other.
        let share = line.series as f64 / self.content.series.len().max(1) as f64;
        thin::markers(&xs, share).into_iter().map(|i| &line.points[i]).collect()
    }

    /// The sideways shift of a series on an axis of whole numbers: less where many share a step of the axis. Where any number
    /// can stand, a point that is set aside would be another number, unless there is but one.
    fn aside(&self, line: &SeriesLine) -> i32 {
        // Beside theory a marker that is set aside would miss its curve, and so would a line in its band.
        let several = self.closest().is_some();
        let whole = self.content.x.scale == Scale::Count;
        if !self.content.joined || (several && (!whole || self.content.interval == IntervalShape::Band)) {
            return 0;
        }
        let series = self.content.series.len();
        let unit = if whole {
            self.x(self.page.x.low + 1.0) - self.x(self.page.x.low)
        } else {
            self.frame.right - self.frame.left
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
    fn cross<B: Surface>(&self, (x, y): PagePoint, colour: RGBColor, canvas: &mut Canvas<B>) {
        let r = pt(2.2);
        for (weight, colour) in [(2.4, self.theme.paper), (1.2, colour)] {
            canvas.stroke(&[(x - r, y - r), (x + r, y + r)], colour, weight, &[]);
            canvas.stroke(&[(x - r, y + r), (x + r, y - r)], colour, weight, &[]);
        }
    }

    fn look(&self, line: &SeriesLine) -> Look {
        self.content.series[line.series].look
    }

    fn colour(&self, line: &SeriesLine) -> RGBColor {
        let series = &self.content.series[line.series];
        self.theme.ink(series.look, series.ink)
    }

    fn inside(&self, value: f64) -> bool {
        (self.page.y.low..=self.page.y.high).contains(&value)
    }
}

fn exact((x, y): PagePoint) -> (f64, f64) {
    (x.into(), y.into())
}

fn whole(spots: &[(f64, f64)]) -> Vec<PagePoint> {
    spots.iter().map(|(x, y)| (x.round() as i32, y.round() as i32)).collect()
}

/// A thinner line where points lie so close that noise would fill it.
fn weight(spots: &[PagePoint]) -> f64 {
    let spacing = (spots[spots.len() - 1].0 - spots[0].0) / spots.len() as i32;
    if spacing < pt(2.0) { 0.75 } else { LINE_PT }
}
