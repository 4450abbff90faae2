//! Simulated time until a method is as accurate as it should be.

use serde::{Deserialize, Serialize};

use super::bars::{Bar, Bars, Group};
use super::cases::{self, Cases, Dimension};
use super::content::{Axis, Note, Scale};
use super::label::Label;
use super::measure;
use super::notes;
use super::statistics::estimate;
use crate::record::{Results, RunRecord};
use crate::units::Probability;

/// How accurate it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// A share of one.
    pub accuracy: Probability,
}

/// A bar a method and number of adversaries; whatever else varies makes groups.
#[must_use]
pub fn bars(results: &Results, target: &Target) -> Bars {
    let cases = Cases::over(results, "");
    let (counts, others): (Vec<_>, Vec<_>) = cases.panels.iter().partition(|d| d.path == "adversaries.count");
    let runs = 0..results.runs.len();
    let groups: Vec<Label> = runs.clone().map(|run| cases::words(others.iter().copied(), run)).collect();
    let within: Vec<&Dimension> = counts.into_iter().chain(&cases.method_settings).collect();
    let members: Vec<Label> = runs.map(|run| cases::words(within.iter().copied(), run)).collect();
    let (series, series_of_run) = cases::series(&cases.methods, &members, false);
    let group = |title: Label| {
        let bar = |of: usize| {
            let here = |&run: &usize| groups[run] == title && series_of_run[run] == of;
            let repeats: Vec<usize> = (0..results.runs.len()).filter(here).collect();
            let times: Vec<Option<f64>> =
                repeats.iter().map(|&run| reached(&results.runs[run], target.accuracy.get())).collect();
            (!times.is_empty()).then(|| Bar {
                label: series[of].label.clone(),
                look: series[of].look,
                estimate: estimate(&times),
            })
        };
        Group { bars: (0..series.len()).filter_map(bar).collect(), title }
    };
    let label = match measure::axis(results).column {
        "accuracy" => format!("simulated time to {} test accuracy (s)", target.accuracy.get()),
        _ => format!("simulated time to a share of {} correct (s)", target.accuracy.get()),
    };
    let x = Axis { column: "sim_time_s", label: Label::plain(label), scale: Scale::Value };
    let groups: Vec<Group> = cases::distinct(groups.iter().cloned()).into_iter().map(group).collect();
    let estimates = groups.iter().flat_map(|g| &g.bars).map(|bar| bar.estimate);
    let mut small = vec![Note::remark(notes::repeats(estimates.clone()))];
    if estimates.clone().any(|e| e.runs > 0 && e.without > 0) {
        let words = "where not every seed got there, the bar is the mean of those that did";
        small.push(Note::warning(Label::plain(words)));
    }
    small.extend(notes::missing(&results.missing).map(Note::warning));
    Bars { x, groups, notes: small }
}

/// When the first measurement was at least `accuracy`.
fn reached(run: &RunRecord, accuracy: f64) -> Option<f64> {
    let row = run.rounds.iter().find(|row| measure::in_round(run, row).is_some_and(|v| v >= accuracy))?;
    Some(row.sim_time_s)
}
