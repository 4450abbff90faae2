//! What a figure says, before anyone draws it: plain data, and word for word what its CSV holds.
//!
//! A figure kind turns [`Results`](crate::record::Results) into a [`Content`]; from there on nothing
//! knows about runs. Drawing looks at nothing else, so every number on the page is in the CSV.

use super::label::Label;
use super::rows::csv_text;
use super::statistics::Estimate;

/// An interval that is wider than the middle one by more than this factor does not stretch the axis.
const WIDEST: f64 = 3.0;

/// A whole figure: panels that share their axes and their legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Along the bottom of every panel.
    pub x: Axis,
    /// Along the left of every panel.
    pub y: Axis,
    /// How intervals are drawn.
    pub interval: IntervalShape,
    /// Whether a line joins the points of a series; theory has its own.
    pub joined: bool,
    /// Whether that line is level from each point to the next, where something new was measured.
    pub stepped: bool,
    /// The series of all panels; [`SeriesLine::series`] points here.
    pub series: Vec<Series>,
    /// What theory says about them, in words; [`Curve::theorem`] points here.
    pub theorems: Vec<Label>,
    /// In reading order; at least one.
    pub panels: Vec<AxesPanel>,
    /// How panels stand where two settings make them.
    pub facets: Option<Facets>,
    /// Printed under the axes: repeats and interval first, then everything a reader must know.
    pub notes: Vec<FigureNote>,
}

/// Rows and columns of panels, which are then in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Facets {
    /// On the right of each row.
    pub rows: Vec<Label>,
    /// Above each column.
    pub columns: Vec<Label>,
}

/// A line of small print.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureNote {
    /// One paragraph, broken into lines as the page needs.
    pub text: Label,
    /// Set in the colour of warnings: the figure lacks something.
    pub warning: bool,
}

impl FigureNote {
    /// Something to know.
    #[must_use]
    pub fn remark(text: Label) -> Self {
        Self { text, warning: false }
    }

    /// Something that is wrong with the numbers.
    #[must_use]
    pub fn warning(text: Label) -> Self {
        Self { text, warning: true }
    }
}

/// One coordinate.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its name in the CSV.
    pub column: &'static str,
    /// Its name on the page, unit included.
    pub label: Label,
    /// What kind of numbers it carries.
    pub scale: Scale,
}

/// What kind of numbers an axis carries: decides its range and its ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Few whole numbers: a tick only where one can be.
    Count,
    /// Whole numbers from a first to a last.
    Progress,
    /// Shares of one: never beyond 0 and 1.
    Share,
    /// Any numbers.
    Value,
    /// Numbers above zero; equal ratios take equal room.
    Log,
    /// Any numbers; equal ratios take equal room except near zero.
    Symlog,
}

/// The shape of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalShape {
    /// A bar at each point, for few points.
    Bars,
    /// A band along the line, for many.
    Band,
    /// No interval: the steps of a histogram, whose bins are as wide as points are apart.
    Steps,
}

/// A legend entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend and in the CSV.
    pub label: Label,
    /// How its line and its markers are drawn.
    pub look: Look,
    /// Red, green and blue in place of the colour of its look.
    pub ink: Option<[u8; 3]>,
}

/// Which of the theme's colours, markers and dashes a series wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A colour, a marker and a dash of its own.
    Distinct(usize),
    /// The colour of a family (a method) and the lightness, marker and dash of a member (a number of adversaries).
    Member {
        /// Index of the family's colour.
        family: usize,
        /// Index of the member within its family.
        member: usize,
    },
    /// Step `0` of `1` along an ordered ramp of colours.
    Ordered(usize, usize),
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AxesPanel {
    /// Empty when there is only one.
    pub title: Label,
    /// What was measured; a series without a value here is absent.
    pub lines: Vec<SeriesLine>,
    /// Behind the lines.
    pub curves: Vec<Curve>,
    /// Labelled vertical lines.
    pub marks: Vec<VerticalMark>,
    /// A second reading of the horizontal axis, at the top.
    pub top: Option<TopAxis>,
    /// Labelled level lines.
    pub levels: Vec<LevelMark>,
}

/// Vertical line at `x` with its name above the axes.
#[derive(Debug, Clone, PartialEq)]
pub struct VerticalMark {
    /// In the unit of the horizontal axis.
    pub x: f64,
    /// Its name above the axes.
    pub label: Label,
}

/// Level line at `y` with its name at its right end.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelMark {
    /// In the unit of the vertical axis.
    pub y: f64,
    /// Its name above the line.
    pub label: Label,
}

/// Values along the top that belong to values of x.
#[derive(Debug, Clone, PartialEq)]
pub struct TopAxis {
    /// What these values measure.
    pub label: Label,
    /// Values of x, ascending, and what is printed above each.
    pub ticks: Vec<(f64, String)>,
}

/// A series within a panel, points in the order of x.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesLine {
    /// Index into [`Content::series`].
    pub series: usize,
    /// In the order of x.
    pub points: Vec<SeriesPoint>,
}

/// What a theorem says about a series, with nothing measured in it; points in the order of x.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Index into [`Content::series`].
    pub series: usize,
    /// Index into [`Content::theorems`].
    pub theorem: usize,
    /// Pairs (x, y) in the order of x.
    pub points: Vec<(f64, f64)>,
}

/// What the repeats of one setting say at one x.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// In the unit of the horizontal axis.
    pub x: f64,
    /// In the unit of the vertical axis.
    pub estimate: Estimate,
    /// The number of workers M behind this point, when there is only one.
    pub workers: Option<u32>,
    /// The values of the seeds where each is drawn by itself.
    pub seeds: Vec<f64>,
}

impl Content {
    /// Series joined by lines in panels one after the other, with nothing behind them and nothing said.
    #[must_use]
    pub const fn new(
        x: Axis,
        y: Axis,
        interval: IntervalShape,
        series: Vec<Series>,
        panels: Vec<AxesPanel>,
    ) -> Self {
        Self {
            x,
            y,
            interval,
            joined: true,
            stepped: false,
            series,
            theorems: Vec::new(),
            panels,
            facets: None,
            notes: Vec::new(),
        }
    }

    /// All points of all panels.
    pub fn points(&self) -> impl Iterator<Item = &SeriesPoint> {
        self.panels.iter().flat_map(|p| &p.lines).flat_map(|l| &l.points)
    }

    /// The ends of what the vertical axis shows of the points: all means, and intervals as far as they are not much wider
    /// than most, for one uncertain point shall not press all others together.
    #[must_use]
    pub fn heights(&self) -> Vec<(f64, f64)> {
        let ends = |p: &SeriesPoint| Some((p.estimate.mean?, p.estimate.interval));
        let points: Vec<(f64, Option<(f64, f64)>)> = self.points().filter_map(ends).collect();
        let half = |(mean, interval): &(f64, Option<(f64, f64)>)| {
            interval.map(|(low, high)| (high - mean).max(mean - low))
        };
        let mut halves: Vec<f64> = points.iter().filter_map(half).filter(|half| half.is_finite()).collect();
        halves.sort_unstable_by(f64::total_cmp);
        let usual = halves.get(halves.len() / 2).copied().unwrap_or(0.0);
        let reach = if usual > 0.0 { WIDEST * usual } else { f64::INFINITY };
        let height = |(mean, interval): (f64, Option<(f64, f64)>)| match interval {
            Some((low, high)) => (low.max(mean - reach), high.min(mean + reach)),
            None => (mean, mean),
        };
        points.into_iter().map(height).collect()
    }

    /// The numbers of this figure as CSV, one row per point, in full precision; what theory says has no runs.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let columns = ["panel", "series", "workers", self.x.column].map(str::to_owned);
        let header = columns.into_iter().chain(Estimate::columns(self.y.column));
        let singly = self.points().any(|point| !point.seeds.is_empty() && point.estimate.interval.is_none());
        let seeds = singly.then(|| "seeds".to_owned());
        let header = header.chain([Estimate::SPREAD_COLUMN.to_owned()]).chain(seeds);
        let lines = self.panels.iter().flat_map(|panel| panel.lines.iter().map(move |line| (panel, line)));
        let rows = lines.flat_map(|(panel, line)| {
            let names = [panel.title.to_string(), self.series[line.series].label.to_string()];
            line.points
                .iter()
                .map(move |point| names.iter().cloned().chain(point.cells(singly)).collect::<Vec<_>>())
        });
        let curves =
            self.panels.iter().flat_map(|panel| panel.curves.iter().map(move |curve| (panel, curve)));
        let theory = curves.flat_map(|(panel, curve)| {
            let name = format!("{}, {}", self.series[curve.series].label, self.theorems[curve.theorem]);
            let names = [panel.title.to_string(), name, String::new()];
            let nothing = || ["", "", "0", "0", ""].map(str::to_owned);
            curve.points.iter().map(move |(x, y)| {
                names
                    .iter()
                    .cloned()
                    .chain([x.to_string(), y.to_string()])
                    .chain(nothing())
                    .chain(singly.then(String::new))
                    .collect::<Vec<_>>()
            })
        });
        csv_text(header, rows.chain(theory))
    }
}

impl SeriesPoint {
    fn cells(&self, singly: bool) -> impl Iterator<Item = String> {
        let workers = self.workers.map_or(String::new(), |m| m.to_string());
        let spread = self.estimate.spread.word().to_owned();
        let seeds = singly.then(|| self.seeds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        [workers, self.x.to_string()].into_iter().chain(self.estimate.cells()).chain([spread]).chain(seeds)
    }
}
