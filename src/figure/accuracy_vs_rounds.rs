//! Accuracy over the rounds of training: how fast a method learns, and when it breaks.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::{self, Cases, Dimension, Sample, Workers};
use super::content::{Axis, Content, Interval, Scale};
use super::label::Label;
use super::{measure, notes};
use crate::record::{Results, RunRecord};

/// A grid of panels by L still reads with six; by another setting a page holds twelve.
const MOST_COUNT_PANELS: usize = 6;
const MOST_PANELS: usize = 12;
/// Numbers of adversaries that can share axes when methods do so too.
const MOST_COUNTS_TOGETHER: usize = 3;

/// Where the number of adversaries goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Panels,
    Legend,
}

/// Mean and band over rounds; a series is a method, at a number of adversaries.
#[must_use]
pub fn content(results: &Results) -> Content {
    let cases = Cases::of(results);
    let all: BTreeSet<u32> = results.runs.iter().map(|r| r.summary.adversaries).collect();
    let (place, most) = arrangement(&cases, all.len());
    let shown = choose(&all, cases.workers, most);
    let counts = counts(results, cases.workers);
    let by_count = place == Counts::Panels;
    let panel_by = if by_count { Some(&counts) } else { cases.panels.first() };
    let joined = &cases.panels[usize::from(!cases.panels.is_empty() && !by_count)..];
    let in_legend = !by_count && all.len() > 1;
    let kept: Vec<usize> =
        (0..results.runs.len()).filter(|&r| shown.contains(&results.runs[r].summary.adversaries)).collect();
    let member = |&run: &usize| {
        let further = joined.iter().chain(&cases.method_settings).chain(in_legend.then_some(&counts));
        Label::join(further.map(|d| d.label(&d.of_run[run])).collect(), ", ")
    };
    let methods: Vec<String> = kept.iter().map(|&run| cases.methods[run].clone()).collect();
    let members: Vec<Label> = kept.iter().map(member).collect();
    let ordered = in_legend && joined.is_empty() && cases.method_settings.is_empty();
    let (series, series_of_run) = cases::series(&methods, &members, ordered);

    let values =
        panel_by.map_or(vec![String::new()], |d| cases::distinct(kept.iter().map(|&r| d.of_run[r].clone())));
    let titles = values.iter().map(|v| panel_by.map_or(Label::default(), |d| d.label(v))).collect();
    let panel =
        |run: usize| panel_by.and_then(|d| values.iter().position(|v| *v == d.of_run[run])).unwrap_or(0);
    let evaluated: BTreeSet<u32> =
        kept.iter().flat_map(|&r| evaluated_rounds(&results.runs[r]).into_keys()).collect();
    let samples = kept.iter().zip(&series_of_run).flat_map(|(&run, &series)| {
        let at = Sample {
            panel: panel(run),
            series,
            x: 0.0,
            workers: results.runs[run].summary.workers,
            value: None,
        };
        over_rounds(&results.runs[run], &evaluated, at)
    });
    let mut panels = cases::collect(titles, samples);
    let of = panels.len();
    panels.truncate(MOST_PANELS);

    let titles: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let x = Axis { column: "round", label: Label::plain("round"), scale: Scale::Progress };
    let y = measure::axis(results);
    let mut content = Content { x, y, interval: Interval::Band, series, panels, notes: vec![] };
    content.notes = notes::standard(&content, results);
    content.notes.extend(notes::selection(&titles, of, "settings"));
    let shown: Vec<Label> = shown.iter().map(|l| Label::plain(l.to_string())).collect();
    content.notes.extend(notes::selection(&shown, all.len(), "numbers of adversaries *L*"));
    content
}

/// Panels by L when there are many; when panels are taken by another setting, few L share the axes.
fn arrangement(cases: &Cases, counts: usize) -> (Counts, usize) {
    let one_method = cases::distinct(&cases.methods).len() == 1 && cases.method_settings.is_empty();
    match (cases.panels.len(), one_method) {
        (0, true) | (1, true) => (Counts::Legend, MOST_COUNT_PANELS),
        (0, false) if counts > MOST_COUNTS_TOGETHER => (Counts::Panels, MOST_COUNT_PANELS),
        _ => (Counts::Legend, MOST_COUNTS_TOGETHER),
    }
}

/// The numbers of adversaries as a dimension, with their M where it depends on them.
fn counts(results: &Results, workers: Workers) -> Dimension {
    let text = |r: &RunRecord| match workers {
        Workers::Tied => format!("{}, *M* = {}", r.summary.adversaries, r.summary.workers),
        Workers::One(_) | Workers::Free => r.summary.adversaries.to_string(),
    };
    Dimension { path: "adversaries.count".to_owned(), of_run: results.runs.iter().map(text).collect() }
}

/// At most `most` of `all`: none, the largest minority and the smallest majority first, then the ends, then
/// whichever lies farthest from those already chosen.
fn choose(all: &BTreeSet<u32>, workers: Workers, most: usize) -> BTreeSet<u32> {
    if all.len() <= most {
        return all.clone();
    }
    let telling = match workers {
        Workers::One(m) => vec![0, m.saturating_sub(1) / 2, m / 2 + 1],
        Workers::Tied | Workers::Free => vec![],
    };
    let ends = [all.first(), all.last()].into_iter().flatten().copied();
    let wanted = telling.into_iter().chain(ends).filter(|l| all.contains(l));
    let mut chosen: BTreeSet<u32> = BTreeSet::new();
    for count in wanted {
        if chosen.len() < most {
            chosen.insert(count);
        }
    }
    while chosen.len() < most {
        let distance = |l: &u32| chosen.iter().map(|c| c.abs_diff(*l)).min();
        let farthest = all.iter().copied().max_by_key(|l| (distance(l), std::cmp::Reverse(*l)));
        chosen.extend(farthest);
    }
    chosen
}

/// The accuracy of a run by round, where it was evaluated.
fn evaluated_rounds(run: &RunRecord) -> BTreeMap<u32, f64> {
    run.rounds.iter().filter_map(|row| measure::in_round(run, row).map(|v| (row.round, v))).collect()
}

/// The evaluated rounds of a run. A run that diverged has no value in the rounds that others evaluated: it
/// counts there as a run without one, whatever its record holds.
fn over_rounds(run: &RunRecord, evaluated: &BTreeSet<u32>, at: Sample) -> Vec<Sample> {
    let values = evaluated_rounds(run);
    let diverged = measure::at_end(run).is_none();
    let rounds =
        evaluated.iter().filter(|&&r| values.contains_key(&r) || (diverged && r <= run.summary.rounds));
    let value = |round| values.get(round).copied().filter(|v| v.is_finite());
    rounds.map(|round| Sample { x: f64::from(*round), value: value(round), ..at }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_counts_are_chosen_first() {
        let all: BTreeSet<u32> = (0..=10).collect();
        assert_eq!(choose(&all, Workers::One(15), 3), BTreeSet::from([0, 7, 8]));
        assert_eq!(choose(&all, Workers::One(15), 6), BTreeSet::from([0, 3, 5, 7, 8, 10]));
        assert_eq!(choose(&all, Workers::Tied, 3), BTreeSet::from([0, 5, 10]));
    }
}
