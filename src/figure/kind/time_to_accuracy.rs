//! Simulated time until a method is as accurate as it should be.

use std::collections::BTreeMap;

use super::{FigureKind, Form};
use crate::figure::bars::{Bar, BarGroup, Bars, Length};
use crate::figure::cases::{self, ADVERSARIES, Cases, Dimension};
use crate::figure::content::{Axis, FigureNote, Scale};
use crate::figure::label::Label;
use crate::figure::measure::{Measure, diverged};
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::notes;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::series::{Ordered, series};
use crate::figure::statistics::{Waiting, waiting};
use crate::record::{Results, RunRecord};
use crate::units::Probability;

/// One bar per method and number of adversaries; whatever else varies makes groups.
pub const KIND: FigureKind = FigureKind {
    word: "time_to_accuracy",
    about: "{ accuracy: 0.9 } simulated seconds until the first measurement of at least that accuracy",
    source: "mean and 95 % Student-t interval over the seeds that reach it",
    takes: &[OptionKey::Accuracy, OptionKey::Group, OptionKey::Panel],
    shows: |_| true,
    check: |asked| {
        asked.require(
            asked.options.accuracy.is_some(),
            "the accuracy to be reached is missing",
            "write { accuracy: 0.9 }",
        )
    },
    draws: Form::Bars(bars),
};

fn bars(results: &Results, options: &FigureOptions) -> Bars {
    let target = options.accuracy.map_or(1.0, Probability::get);
    let cases = Cases::excluding(results, &[], options);
    let in_legend = |d: &&Dimension| d.path == ADVERSARIES && !cases.told;
    let (counts, others): (Vec<_>, Vec<_>) = cases.panels.iter().partition(in_legend);
    let runs = 0..results.runs.len();
    let groups: Vec<Named> = runs.clone().map(|run| cases::words(others.iter().copied(), run)).collect();
    let within: Vec<&Dimension> = counts.into_iter().chain(&cases.members).collect();
    let members: Vec<Named> = runs.map(|run| cases::words(within.iter().copied(), run)).collect();
    let (series, series_of_run) = series(&cases.families, &members, Ordered::Nothing);
    // A run counts once, however often it is asked for.
    let mut times: BTreeMap<(&Named, usize), BTreeMap<&str, Option<f64>>> = BTreeMap::new();
    for (run, record) in results.runs.iter().enumerate() {
        let bar = times.entry((&groups[run], series_of_run[run])).or_default();
        bar.insert(&record.summary.run, reached(record, target));
    }
    let group = |name: &Named, title: Label| {
        let bar = |of: usize| {
            let times: Vec<Option<f64>> = times.get(&(name, of))?.values().copied().collect();
            let (label, look) = (series[of].label.clone(), series[of].look);
            Some(Bar { label, look, ink: None, length: Length::Median(waiting(&times)) })
        };
        BarGroup { bars: (0..series.len()).filter_map(bar).collect(), title }
    };
    let label = match Measure::Accuracy.axis(results).column {
        "accuracy" => format!("simulated time to {} test accuracy (s)", target),
        _ => format!("simulated time to a share of {} correct (s)", target),
    };
    let x = Axis { column: "sim_time_s", label: Label::plain(label), scale: Scale::Value };
    let names = distinct(groups.iter().cloned());
    let titles = told_apart(names.iter().map(|name| name.label.clone()).collect());
    let groups: Vec<BarGroup> = names.iter().zip(titles).map(|(name, title)| group(name, title)).collect();
    let mut small = said(&groups, results);
    small.extend(notes::no_time(results).map(FigureNote::warning));
    small.extend(notes::missing(&results.missing).map(FigureNote::warning));
    Bars { x, groups, notes: small }
}

/// What the bars are, and who never got there.
fn said(groups: &[BarGroup], results: &Results) -> Vec<FigureNote> {
    let waits = |bar: &Bar| match bar.length {
        Length::Median(waiting) => Some(waiting),
        Length::Mean(_) => None,
    };
    let all: Vec<Waiting> = groups.iter().flat_map(|g| &g.bars).filter_map(waits).collect();
    let counts = (all.iter().map(|w| w.of).min(), all.iter().map(|w| w.of).max());
    let words = match counts {
        (Some(1), Some(1)) => "one seed per bar".to_owned(),
        (Some(least), Some(most)) if least == most => format!("median and range over {most} seeds"),
        (Some(least), Some(most)) => format!("median and range over {least} to {most} seeds"),
        _ => "no runs".to_owned(),
    };
    let mut notes = vec![FigureNote::remark(Label::plain(words))];
    if all.iter().any(|w| w.reached < w.of && w.of > 1) {
        let words = "a seed that never got there counts as later than all others and leaves the range open";
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    let lost = results.runs.iter().filter(|run| diverged(run)).count();
    if lost > 0 {
        let words = format!("{lost} of {} runs diverged and count as never there", results.runs.len());
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    notes
}

/// When the first measurement was at least `accuracy`; a run that diverged has not come to stay.
fn reached(run: &RunRecord, accuracy: f64) -> Option<f64> {
    if diverged(run) {
        return None;
    }
    let row =
        run.rounds.iter().find(|row| Measure::Accuracy.in_round(run, row).is_some_and(|v| v >= accuracy))?;
    Some(row.sim_time_s).filter(|time| time.is_finite())
}
