//! A measure against a setting of the sweep that is a number: a crossover, a noise level, a number of partitions.

use crate::error::{Error, Result};
use crate::figure::cases::Cases;
use crate::figure::content::{Axis, Content, Interval};
use crate::figure::label::Label;
use crate::figure::named::{distinct, told_apart};
use crate::figure::options::{Division, Options};
use crate::figure::series::{Ordered, Sample, collect, series};
use crate::figure::{names, notes};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 12;
/// More bars than this run into each other; a band reads better.
const MOST_BARS: usize = 20;

/// The setting's own name: the last part of its path.
#[must_use]
pub fn field(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Checks that runs with these settings can be placed on an axis of the setting at `path`, the option `key`.
///
/// # Errors
/// When the sweep does not vary the setting, or one of its values is no number (above zero, on a logarithmic axis).
pub fn validate(path: &str, key: &str, division: Division, settings: &[(String, String)]) -> Result<()> {
    let Some((_, value)) = settings.iter().find(|(known, _)| known == path) else {
        let axes: Vec<&str> = settings.iter().map(|(path, _)| path.as_str()).collect();
        return Err(Error::scenario(format!("the sweep does not vary `{path}`")).key(key).help(
            if axes.is_empty() {
                "add the setting to `sweep`".to_owned()
            } else {
                format!("write one of its axes: {}", axes.join(", "))
            },
        ));
    };
    match number(value) {
        None => Err(Error::scenario(format!("`{value}` of `{path}` is no number"))
            .key(key)
            .help("choose an axis of numbers; other settings become panels by themselves")),
        Some(v) if division == Division::Log && v <= 0.0 => {
            Err(Error::scenario(format!("`{value}` of `{path}` has no place on a logarithmic axis"))
                .key("scale")
                .help("write scale: linear, or leave the value out"))
        }
        Some(_) => Ok(()),
    }
}

/// The number that a setting is.
#[must_use]
pub fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// The number that a run has at the setting at `path`.
#[must_use]
pub fn number_of(run: &RunRecord, path: &str) -> Option<f64> {
    run.settings.iter().find(|(known, _)| known == path).and_then(|(_, value)| number(value))
}

/// A line a method; whatever else varies becomes panels.
#[must_use]
pub fn content(results: &Results, options: &Options) -> Content {
    let path = options.x.as_deref().unwrap_or_default();
    let (measure, division) = (options.measure(), options.scale.unwrap_or_default());
    let cases = Cases::but(results, &[path], options);
    let (series, series_of_run) = series(&cases.families, &cases.member_words(), Ordered::Nothing);
    let titles = cases.titles();
    let names = distinct(titles.iter().cloned());
    let words = told_apart(names.iter().map(|name| name.label.clone()).collect());
    let place = |run: &RunRecord| number_of(run, path).filter(|v| division == Division::Linear || *v > 0.0);
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
    let mut panels = collect(words, samples, measure.possible());
    let elsewhere = |(run, record): (usize, &RunRecord)| {
        let words = || Label::list([titles[run].label.clone(), series[series_of_run[run]].label.clone()]);
        place(record).is_none().then(words)
    };
    let without = distinct(results.runs.iter().enumerate().filter_map(elsewhere));
    let of = panels.len();
    panels.truncate(MOST_PANELS);
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let x = Axis { column: "x", label: Label::plain(names::words(field(path))), scale: division.scale() };
    let y = measure.axis(results);
    let values = distinct(results.runs.iter().filter_map(|run| number_of(run, path)).map(f64::to_bits)).len();
    let mut content = Content {
        x,
        y,
        interval: if values <= MOST_BARS { Interval::Bars } else { Interval::Band },
        joined: true,
        series,
        theorems: vec![],
        panels,
        notes: vec![],
    };
    content.notes = notes::standard(&content, results);
    let words = format!("no place on this axis for {}", names::words(field(path)));
    content.notes.extend(notes::left_out(&without, &words));
    content.notes.extend(notes::selection(&shown, of, "settings"));
    content
}
