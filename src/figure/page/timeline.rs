//! A timeline on a page: runs below each other along one axis of simulated time, so that their rounds can be compared.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::fonts::width;
use super::frames::{self, place};
use super::measures::{HALF_CAPITAL, PAD_PT, SMALL, TEXT, TICK_PT, mm, pt, whole_pixels};
use super::numbers::printed;
use super::output::Drawing;
use super::small_print;
use super::theme::{MarkerShape, Theme, mix};
use super::ticks::Range;
use super::typeset::shorten;
use crate::figure::content::Scale;
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;
use crate::figure::timeline::{Activity, Span, TimelineContent, TimelinePanel};

/// From worker to worker.
const ROW_PT: f64 = 7.6;
/// Thickness of a computation, of a round, and of a message on its way.
const COMPUTE_PT: f64 = 4.6;
const ROUND_PT: f64 = 8.6;
const TRAVEL_PT: f64 = 1.5;
/// The kinds of spans in the order of the legend.
const KINDS: [(Activity, &str); 8] = [
    (Activity::Away, "away"),
    (Activity::Download, "download"),
    (Activity::Compute, "computes"),
    (Activity::Upload, "upload"),
    (Activity::LostDown, "lost on the way down"),
    (Activity::LostUp, "lost on the way up"),
    (Activity::Late, "came too late"),
    (Activity::Refused, "refused"),
];

/// A measured timeline.
pub(crate) struct TimelinePage<'a> {
    size: PagePoint,
    left: i32,
    right: i32,
    /// Left end of the sample and vertical middle of each entry of the legend.
    legend: Vec<(i32, i32, Activity, &'static str)>,
    frames: Vec<TimelineFrame<'a>>,
    notes: Vec<(Label, i32, bool)>,
}

/// One run on the page.
struct TimelineFrame<'a> {
    panel: &'a TimelinePanel,
    x: Range,
    title: Label,
    title_at: i32,
    /// Middle of the server's row.
    server: i32,
    /// Top of the first worker's row.
    top: i32,
    bottom: i32,
}

/// Measures the timeline.
#[must_use]
pub(crate) fn page<'a>(
    timeline: &'a TimelineContent,
    millimetres: f64,
    options: &FigureOptions,
) -> TimelinePage<'a> {
    let (full, pad) = (mm(millimetres), pt(PAD_PT));
    let names = timeline.panels.iter().flat_map(|p| p.workers.iter().map(|w| width(&name(p, *w), SMALL)));
    let left = pad + names.chain([width(&Label::plain("server"), SMALL)]).max().unwrap_or(0) + pt(5.0);
    let right = full - pad - pt(8.0);
    let mut at = pad;
    let legend = legend(timeline, left, right, &mut at);
    let mut set = Vec::new();
    let titles = timeline.panels.iter().map(|panel| panel.title.clone()).collect();
    let titles = frames::lettered(titles, options.letters == Some(true));
    for (panel, title) in timeline.panels.iter().zip(&titles) {
        let x = axis(timeline, right - left);
        let title = shorten(title, TEXT, right - left);
        let title_at = at + if title.is_empty() { 0 } else { pt(TEXT * 1.25) };
        let server = title_at + pt(3.0 + ROUND_PT / 2.0);
        let top = server + pt(ROUND_PT / 2.0 + 1.5);
        let bottom = top + pt(ROW_PT) * panel.workers.len() as i32 + pt(1.5);
        at = bottom + pt(TICK_PT + 4.0 + SMALL);
        set.push(TimelineFrame { panel, x, title, title_at, server, top, bottom });
    }
    at += pt(TEXT * 1.3);
    let notes = small_print::set(&timeline.notes, full - 2 * pad, &mut at);
    TimelinePage {
        size: (whole_pixels(full), whole_pixels(at + pad)),
        left,
        right,
        legend,
        frames: set,
        notes,
    }
}

/// The axis of all runs.
fn axis(timeline: &TimelineContent, length: i32) -> Range {
    let from = timeline.panels.iter().map(|panel| panel.from_s).fold(f64::INFINITY, f64::min);
    let until = timeline.panels.iter().map(|panel| panel.until_s).fold(0.0, f64::max);
    let mut x = Range::covering(Scale::Value, [from, until], 10);
    (x.low, x.high) = (from, if until > from { until } else { from + 1.0 });
    x.ticks.retain(|(value, _)| (from..=until).contains(value));
    x.thin(length, |words| width(&printed(words), SMALL) + pt(3.0));
    x
}

/// A worker's number, and whether it is corrupted.
fn name(panel: &TimelinePanel, worker: u32) -> Label {
    let honesty = if worker < panel.adversaries { "corrupted " } else { "" };
    Label::plain(format!("{honesty}{worker}"))
}

/// The kinds that occur, in lines, and moves `at` below them.
fn legend(
    timeline: &TimelineContent,
    left: i32,
    right: i32,
    at: &mut i32,
) -> Vec<(i32, i32, Activity, &'static str)> {
    let occurs = |what: Activity| timeline.panels.iter().any(|p| p.spans.iter().any(|s| s.what == what));
    let mut entries = Vec::new();
    let mut x = left;
    *at += pt(TEXT * 0.6);
    for (what, words) in KINDS.into_iter().filter(|(what, _)| occurs(*what)) {
        let needs = pt(18.0) + width(&Label::plain(words), SMALL);
        if x > left && x + needs > right {
            (x, *at) = (left, *at + pt(TEXT * 1.4));
        }
        entries.push((x, *at, what, words));
        x += needs + pt(12.0);
    }
    *at += pt(TEXT * 0.9);
    entries
}

fn colour(what: Activity, theme: &Theme) -> RGBColor {
    match what {
        Activity::Download | Activity::LostDown => theme.hues[2],
        Activity::Upload | Activity::LostUp => theme.hues[1],
        Activity::Compute => mix(theme.hues[0], theme.paper, 0.35),
        Activity::Round => theme.muted,
        Activity::Away => theme.faint,
        Activity::Late | Activity::Refused => theme.ink,
    }
}

/// A span from `from` to `until`, or a moment at `from`, in a row whose middle is `y`.
fn mark<B: Surface>(
    what: Activity,
    (from, until, y): (i32, i32, i32),
    theme: &Theme,
    canvas: &mut Canvas<B>,
) {
    let tone = colour(what, theme);
    let until = until.max(from + 1);
    match what {
        Activity::Away => {
            let half = pt(ROW_PT / 2.0);
            canvas.fill((from, y - half), (until, y + half), tone);
        }
        Activity::Compute => {
            let half = pt(COMPUTE_PT / 2.0);
            canvas.fill((from, y - half), (until, y + half), tone);
        }
        Activity::Download => canvas.stroke(&[(from, y), (until, y)], tone, TRAVEL_PT, &[1.6, 1.0]),
        Activity::Upload => canvas.stroke(&[(from, y), (until, y)], tone, TRAVEL_PT, &[]),
        Activity::LostDown | Activity::LostUp => {
            let r = pt(1.9);
            canvas.stroke(&[(from - r, y - r), (from + r, y + r)], tone, 1.0, &[]);
            canvas.stroke(&[(from - r, y + r), (from + r, y - r)], tone, 1.0, &[]);
        }
        Activity::Late => canvas.marker((MarkerShape::Down, true), (from, y), 1.8, tone, theme.paper),
        Activity::Refused => canvas.marker((MarkerShape::Plus, true), (from, y), 1.8, tone, theme.paper),
        Activity::Round => {}
    }
}

impl TimelinePage<'_> {
    fn x(&self, frame: &TimelineFrame<'_>, seconds: f64) -> i32 {
        place(frame.x.share_of(seconds).clamp(0.0, 1.0), self.left, self.right)
    }

    fn rounds<B: Surface>(&self, frame: &TimelineFrame<'_>, theme: &Theme, canvas: &mut Canvas<B>) {
        let at = (self.left - pt(3.5), frame.server + pt(SMALL * HALF_CAPITAL));
        canvas.text(&Label::plain("server"), at, Align::End, SMALL, theme.ink);
        for row in frame.panel.spans.iter().filter(|row| row.what == Activity::Round) {
            let (from, until) = (self.x(frame, row.from_s), self.x(frame, row.until_s));
            let half = pt(ROUND_PT / 2.0);
            canvas.fill((from, frame.server - half), (until, frame.server + half), theme.faint);
            canvas.stroke(
                &[(until, frame.server - half), (until, frame.bottom)],
                theme.muted,
                0.6,
                &[2.4, 1.6],
            );
            let number = row.round.unwrap_or(0);
            let words = [format!("round {number}"), number.to_string()].map(Label::plain);
            let fits = words.iter().find(|w| width(w, SMALL) + pt(2.0) <= until - from);
            if let Some(words) = fits {
                let at = ((from + until) / 2, frame.server + pt(SMALL * HALF_CAPITAL));
                canvas.text(words, at, Align::Middle, SMALL, theme.ink);
            }
        }
    }

    fn frame<B: Surface>(&self, frame: &TimelineFrame<'_>, theme: &Theme, canvas: &mut Canvas<B>) {
        canvas.text(&frame.title, (self.left, frame.title_at), Align::Start, TEXT, theme.ink);
        self.rounds(frame, theme, canvas);
        let middle = |row: usize| frame.top + pt(ROW_PT) * row as i32 + pt(ROW_PT / 2.0);
        for (row, worker) in frame.panel.workers.iter().enumerate() {
            let at = (self.left - pt(3.5), middle(row) + pt(SMALL * HALF_CAPITAL));
            canvas.text(&name(frame.panel, *worker), at, Align::End, SMALL, theme.ink);
        }
        let order = |what: Activity| KINDS.iter().position(|(kind, _)| *kind == what);
        // Absences lie below computations, these below what travels, and moments above everything.
        let mut spans: Vec<&Span> = frame.panel.spans.iter().filter(|s| s.worker.is_some()).collect();
        spans.sort_by_key(|span| {
            (span.what != Activity::Away, span.what != Activity::Compute, order(span.what))
        });
        for span in spans {
            let row = frame.panel.workers.binary_search(&span.worker.unwrap_or(0));
            let Ok(row) = row else { continue };
            let y = middle(row);
            mark(span.what, (self.x(frame, span.from_s), self.x(frame, span.until_s), y), theme, canvas);
        }
        let ink = theme.ink;
        canvas.stroke(
            &[(self.left, frame.top), (self.left, frame.bottom), (self.right, frame.bottom)],
            ink,
            0.6,
            &[],
        );
        for (value, words) in &frame.x.ticks {
            frames::tick((self.x(frame, *value), frame.bottom), words, ink, canvas);
        }
    }
}

impl TimelinePage<'_> {
    /// Tells where the spans stand that the CSV has from row `first` on.
    fn tell<B: Surface>(&self, frame: &TimelineFrame<'_>, first: usize, canvas: &mut Canvas<B>) {
        for (i, span) in frame.panel.spans.iter().enumerate() {
            let (middle, thickness) =
                match span.worker.map(|worker| frame.panel.workers.binary_search(&worker)) {
                    None => (frame.server, ROUND_PT),
                    Some(Ok(row)) => (frame.top + pt(ROW_PT) * row as i32 + pt(ROW_PT / 2.0), COMPUTE_PT),
                    Some(Err(_)) => continue,
                };
            let half = pt(thickness / 2.0);
            let (from, until) = (self.x(frame, span.from_s), self.x(frame, span.until_s));
            canvas.tells((from, middle - half), (until.max(from + 1), middle + half), first + i);
        }
    }
}

impl Drawing for TimelinePage<'_> {
    fn size(&self) -> PagePoint {
        self.size
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        for (x, y, what, words) in &self.legend {
            let moment =
                !matches!(what, Activity::Away | Activity::Download | Activity::Compute | Activity::Upload);
            let from = if moment { x + pt(7.0) } else { *x };
            mark(*what, (from, x + pt(14.0), *y), theme, canvas);
            let at = (x + pt(18.0), y + pt(SMALL * HALF_CAPITAL));
            canvas.text(&Label::plain(*words), at, Align::Start, SMALL, theme.ink);
        }
        let mut rows = 0;
        for frame in &self.frames {
            self.frame(frame, theme, canvas);
            self.tell(frame, rows, canvas);
            rows += frame.panel.spans.len();
        }
        if let Some(last) = self.frames.last() {
            let at = ((self.left + self.right) / 2, last.bottom + pt(TICK_PT + 2.0 + SMALL + TEXT * 1.1));
            canvas.text(&Label::plain("simulated time (s)"), at, Align::Middle, TEXT, theme.ink);
        }
        small_print::draw(&self.notes, pt(PAD_PT), theme, canvas);
    }
}
