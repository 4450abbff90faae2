//! Accuracy, loss, decoding error or gradient norm against the number of adversaries: how many liars a method survives.

use std::collections::BTreeMap;

use super::behind;
use super::{FigureKind, Form};
use crate::figure::cases::{self, ADVERSARIES, Cases, WorkerCounts};
use crate::figure::content::{AxesPanel, Axis, Content, IntervalShape, Scale, TopAxis, VerticalMark};
use crate::figure::label::Label;
use crate::figure::measure::Measure;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::notes;
use crate::figure::options::{Division, FigureOptions, OptionKey, TheoryCurve};
use crate::figure::series::{Ordered, Sample, collect, series};
use crate::record::Results;

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 12;

/// More bars than this run into each other; a band reads better.
const MOST_BARS: usize = 20;

/// One line per method over L, half of the workers marked.
pub const KIND: FigureKind = FigureKind {
    word: "accuracy_vs_adversaries",
    about: "final accuracy, or share of signs decoded correctly, against L; { y: loss } or decoding_error",
    source: "mean and 95 % Student-t interval over seeds; M/2 marked; { theory: exact } on channels, bounds on quadratics",
    takes: &[
        OptionKey::Measure,
        OptionKey::Group,
        OptionKey::Panel,
        OptionKey::Scale,
        OptionKey::Theory,
        OptionKey::Rows,
        OptionKey::Columns,
        OptionKey::XScale,
        OptionKey::YScale,
        OptionKey::Error,
        OptionKey::Level,
        OptionKey::Interval,
        OptionKey::Markers,
    ],
    shows: |_| true,
    check: |asked| {
        asked.check_axis(ADVERSARIES)?;
        behind::check_theory(asked)
    },
    draws: Form::Chart(|results, options| {
        let measure = options.measure.unwrap_or_default();
        content(results, options, measure, options.theory.unwrap_or(TheoryCurve::None))
    }),
};

/// One line per method over L, with theory behind what was measured.
#[must_use]
pub fn content(results: &Results, options: &FigureOptions, measure: Measure, theory: TheoryCurve) -> Content {
    let cases = Cases::excluding(results, &[ADVERSARIES], options);
    let (panel_by, joined) = match cases.panels.split_first() {
        Some((first, rest)) => (Some(first), rest),
        None => (None, &[][..]),
    };
    let values = panel_by.map_or(vec![Named::default()], |d| d.values());
    let titles = told_apart(values.iter().map(|value| value.label.clone()).collect());
    let member = |run: usize| cases::words(joined.iter().chain(&cases.members), run);
    let members: Vec<Named> = (0..results.runs.len()).map(member).collect();
    let (series, series_of_run) = series(&cases.families, &members, Ordered::Nothing);
    let panel_of_run = |run: usize| {
        panel_by.map_or(0, |d| values.iter().position(|v| *v == d.of_run[run]).expect("a value of its own"))
    };
    let sample = |run: usize| Sample {
        panel: panel_of_run(run),
        series: series_of_run[run],
        x: f64::from(results.runs[run].summary.adversaries),
        workers: results.runs[run].summary.workers,
        run: &results.runs[run].summary.run,
        value: measure.at_end(&results.runs[run]),
    };
    let mut panels =
        collect(titles, (0..results.runs.len()).map(sample), measure.possible(), options.uncertainty());
    let place = |run: usize| (panel_of_run(run), series_of_run[run]);
    let behind = behind::curves(results, place, measure, theory);
    for (panel, curve) in behind.curves {
        panels[panel].curves.push(curve);
    }
    let of = panels.len();
    panels.truncate(options.most_panels(MOST_PANELS));
    for panel in &mut panels {
        half(panel, cases.workers);
    }
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let (x, mut y) = (axis(cases.workers), measure.axis(results));
    // Errors differ by orders of magnitude as soon as theory is beside them.
    let usual = if measure == Measure::DecodingError && theory != TheoryCurve::None {
        Division::Log
    } else {
        Division::Linear
    };
    let division = options.y_scale.or(options.scale).unwrap_or(usual);
    if division != Division::Linear {
        y.scale = division.scale();
    }
    let counts = distinct(results.runs.iter().map(|r| r.summary.adversaries)).len();
    let interval = if counts <= MOST_BARS { IntervalShape::Bars } else { IntervalShape::Band };
    let (joined, theorems) = (behind.theorems.is_empty(), behind.theorems);
    let mut content = Content { joined, theorems, ..Content::new(x, y, interval, series, panels) };
    content.notes = notes::standard(&content, results, options.uncertainty());
    content.notes.extend(notes::selection(&shown, of, "settings"));
    content.notes.extend(measure.remark());
    content.notes.extend(behind.note);
    content
}

fn axis(workers: WorkerCounts) -> Axis {
    let label = match workers {
        WorkerCounts::Tied => "adversaries *L* (workers *M* vary with *L*)",
        WorkerCounts::One(_) | WorkerCounts::Free => "adversaries *L*",
    };
    Axis { column: "adversaries", label: Label::rich(label), scale: Scale::Count }
}

/// Marks M/2 where the panel has one M, or puts M along the top where each L has its own.
fn half(panel: &mut AxesPanel, workers: WorkerCounts) {
    let points = panel.lines.iter().flat_map(|l| &l.points);
    let by_count: BTreeMap<u32, Option<u32>> = points.map(|p| (p.x as u32, p.workers)).collect();
    let most = by_count.keys().next_back().copied().unwrap_or(0);
    if workers == WorkerCounts::Tied {
        let ticks = by_count.iter().filter_map(|(&l, m)| m.map(|m| (f64::from(l), m.to_string())));
        panel.top = Some(TopAxis { label: Label::rich("workers *M*"), ticks: ticks.collect() });
        return;
    }
    let known = by_count.values().flatten().next().filter(|_| by_count.values().all(Option::is_some));
    // A mark far outside the data would only stretch the axis.
    if let Some(x) = known.map(|&m| f64::from(m) / 2.0).filter(|&x| x <= f64::from(most) + 1.0) {
        panel.marks.push(VerticalMark { x, label: Label::rich("*M*/2") });
    }
}
