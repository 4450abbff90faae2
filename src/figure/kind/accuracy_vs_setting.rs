//! A measure against a setting of the sweep that is a number: a crossover, a noise level, a number of partitions.

use super::{FigureKind, Form};
use crate::error::Error;
use crate::figure::cases::Cases;
use crate::figure::content::{Axis, Content, IntervalShape};
use crate::figure::label::Label;
use crate::figure::named::{distinct, told_apart};
use crate::figure::options::{Division, FigureOptions, OptionKey};
use crate::figure::series::{Ordered, Sample, collect, series};
use crate::figure::setting::{field, number_of};
use crate::figure::{names, notes};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 12;
/// More bars than this run into each other; a band reads better.
const MOST_BARS: usize = 20;

/// One line per method; whatever else varies becomes panels.
pub const KIND: FigureKind = FigureKind {
    word: "accuracy_vs_setting",
    about: "{ x: task.channel.crossover, scale: linear } final accuracy against an axis of the sweep, or log",
    source: "mean and 95 % Student-t interval over seeds",
    takes: &[
        OptionKey::X,
        OptionKey::Measure,
        OptionKey::Group,
        OptionKey::Panel,
        OptionKey::Scale,
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
        let Some(x) = &asked.options.x else {
            return Err(Error::scenario("the setting along the horizontal axis is missing")
                .key("x")
                .help("write x: and an axis of the sweep, for example task.channel.crossover"));
        };
        asked.check_axis(x)?;
        asked.check_numbers("x", x, asked.options.x_division())
    },
    draws: Form::Chart(content),
};

fn content(results: &Results, options: &FigureOptions) -> Content {
    let path = options.x.as_deref().unwrap_or_default();
    let (measure, division) = (options.measure.unwrap_or_default(), options.x_division());
    let cases = Cases::excluding(results, &[path], options);
    let (series, series_of_run) = series(&cases.families, &cases.member_words(), Ordered::Nothing);
    let titles = cases.titles();
    let names = distinct(titles.iter().cloned());
    let words = told_apart(names.iter().map(|name| name.label.clone()).collect());
    let place = |run: &RunRecord| number_of(run, path).filter(|v| division != Division::Log || *v > 0.0);
    let sample = |run: usize| {
        let record = &results.runs[run];
        Some(Sample {
            panel: names.iter().position(|title| *title == titles[run])?,
            series: series_of_run[run],
            x: place(record)?,
            workers: record.summary.workers,
            run: &record.summary.run,
            value: measure.at_end(record),
        })
    };
    let samples = (0..results.runs.len()).filter_map(sample);
    let mut panels = collect(words, samples, measure.possible(), options.uncertainty());
    let elsewhere = |(run, record): (usize, &RunRecord)| {
        let words = || Label::list([titles[run].label.clone(), series[series_of_run[run]].label.clone()]);
        place(record).is_none().then(words)
    };
    let without = distinct(results.runs.iter().enumerate().filter_map(elsewhere));
    let of = panels.len();
    panels.truncate(options.most_panels(MOST_PANELS));
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let x = Axis { column: "x", label: names::axis(path), scale: division.scale() };
    let y = measure.axis(results);
    let values = distinct(results.runs.iter().filter_map(|run| number_of(run, path)).map(f64::to_bits)).len();
    let interval = if values <= MOST_BARS { IntervalShape::Bars } else { IntervalShape::Band };
    let mut content = Content::new(x, y, interval, series, panels);
    content.notes = notes::standard(&content, results, options.uncertainty());
    let words = format!("no place on this axis for {}", names::words(field(path)));
    content.notes.extend(measure.remark());
    content.notes.extend(notes::left_out(&without, &words));
    content.notes.extend(notes::selection(&shown, of, "settings"));
    content
}
