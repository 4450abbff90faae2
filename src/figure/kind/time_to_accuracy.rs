//! Simulated time until a method is as accurate as it should be.

use crate::figure::bars::{Bar, Bars, Group};
use crate::figure::cases::{self, ADVERSARIES, Cases, Dimension, Ordered};
use crate::figure::content::{Axis, Note, Scale};
use crate::figure::label::Label;
use crate::figure::measure::Measure;
use crate::figure::notes;
use crate::figure::options::Options;
use crate::figure::statistics::estimate;
use crate::record::{Results, RunRecord};
use crate::units::Probability;

/// A bar a method and number of adversaries; whatever else varies makes groups.
#[must_use]
pub fn bars(results: &Results, options: &Options) -> Bars {
    let target = options.accuracy.map_or(1.0, Probability::get);
    let cases = Cases::but(results, &[], options);
    let in_legend = |d: &&Dimension| d.path == ADVERSARIES && !cases.told;
    let (counts, others): (Vec<_>, Vec<_>) = cases.panels.iter().partition(in_legend);
    let runs = 0..results.runs.len();
    let groups: Vec<Label> = runs.clone().map(|run| cases::words(others.iter().copied(), run)).collect();
    let within: Vec<&Dimension> = counts.into_iter().chain(&cases.members).collect();
    let members: Vec<Label> = runs.map(|run| cases::words(within.iter().copied(), run)).collect();
    let (series, series_of_run) = cases::series(&cases.families, &members, Ordered::Nothing);
    let group = |title: Label| {
        let bar = |of: usize| {
            let here = |&run: &usize| groups[run] == title && series_of_run[run] == of;
            let repeats: Vec<usize> = (0..results.runs.len()).filter(here).collect();
            let times: Vec<Option<f64>> =
                repeats.iter().map(|&run| reached(&results.runs[run], target)).collect();
            (!times.is_empty()).then(|| Bar {
                label: series[of].label.clone(),
                look: series[of].look,
                estimate: estimate(&times),
            })
        };
        Group { bars: (0..series.len()).filter_map(bar).collect(), title }
    };
    let label = match Measure::Accuracy.axis(results).column {
        "accuracy" => format!("simulated time to {} test accuracy (s)", target),
        _ => format!("simulated time to a share of {} correct (s)", target),
    };
    let x = Axis { column: "sim_time_s", label: Label::plain(label), scale: Scale::Value };
    let groups: Vec<Group> = cases::distinct(groups.iter().cloned()).into_iter().map(group).collect();
    let estimates = groups.iter().flat_map(|g| &g.bars).map(|bar| bar.estimate);
    let mut small = vec![Note::remark(notes::repeats(estimates.clone()))];
    if estimates.clone().any(|e| e.runs > 0 && e.without > 0) {
        let words = "where not every seed got there, the bar is the mean of those that did";
        small.push(Note::warning(Label::plain(words)));
    }
    small.extend(notes::no_time(results).map(Note::warning));
    small.extend(notes::missing(&results.missing).map(Note::warning));
    Bars { x, groups, notes: small }
}

/// When the first measurement was at least `accuracy`.
fn reached(run: &RunRecord, accuracy: f64) -> Option<f64> {
    let row =
        run.rounds.iter().find(|row| Measure::Accuracy.in_round(run, row).is_some_and(|v| v >= accuracy))?;
    Some(row.sim_time_s)
}
