//! Accuracy, loss or decoding error over the rounds of training, over simulated time, or over what was sent: how fast
//! a method learns, and when it breaks.
//!
//! What the repeats had measured when is found in `passing.rs`; here the settings find their panels and series.

use std::collections::{BTreeMap, BTreeSet};

use super::passing::{ProgressAxis, has_reached, samples};
use crate::figure::amount::Window;
use crate::figure::cases::{self, ADVERSARIES, Cases, Dimension, WorkerCounts};
use crate::figure::content::{AxesPanel, Content, FigureNote, IntervalShape};
use crate::figure::label::Label;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::notes;
use crate::figure::options::FigureOptions;
use crate::figure::series::{Ordered, collect, series};
use crate::record::{Results, RunRecord};

/// A grid of panels by L still reads with six; by another setting a page holds twelve.
const MOST_COUNT_PANELS: usize = 6;
const MOST_PANELS: usize = 12;
/// Numbers of adversaries that can share axes when methods do so too.
const MOST_COUNTS_TOGETHER: usize = 3;

/// Where the number of adversaries goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AdversaryPlacement {
    Panels,
    Legend,
    /// Wherever the options put it.
    Settings,
}

/// Mean and band over what passes; a series is a method, at a number of adversaries.
#[must_use]
pub(crate) fn content(results: &Results, progress: ProgressAxis, options: &FigureOptions) -> Content {
    let measure = options.measure.unwrap_or_default();
    // An option that names L makes it a setting like any other.
    let named = options.settings().any(|path| path == ADVERSARIES);
    let cases = Cases::excluding(results, if named { &[] } else { &[ADVERSARIES] }, options);
    let all: BTreeSet<u32> = results.runs.iter().map(|r| r.summary.adversaries).collect();
    let (place, most) =
        if named { (AdversaryPlacement::Settings, all.len()) } else { arrangement(&cases, all.len()) };
    let shown = completed(choose(&all, cases.workers, most), results, &cases.families);
    let counts = counts(results, cases.workers);
    let by_count = place == AdversaryPlacement::Panels;
    let panel_by = if by_count { Some(&counts) } else { cases.panels.first() };
    let joined = &cases.panels[usize::from(!cases.panels.is_empty() && !by_count)..];
    let in_legend = place == AdversaryPlacement::Legend && all.len() > 1;
    let kept: Vec<usize> =
        (0..results.runs.len()).filter(|&r| shown.contains(&results.runs[r].summary.adversaries)).collect();
    let member = |&run: &usize| {
        let further = joined.iter().chain(&cases.members).chain(in_legend.then_some(&counts));
        cases::words(further, run)
    };
    let families: Vec<Named> = kept.iter().map(|&run| cases.families[run].clone()).collect();
    let members: Vec<Named> = kept.iter().map(member).collect();
    let alone = in_legend && joined.is_empty() && cases.members.is_empty();
    let (series, series_of_run) = series(&families, &members, ordered(options, alone));

    let values =
        panel_by.map_or(vec![Named::default()], |d| distinct(kept.iter().map(|&r| d.of_run[r].clone())));
    let titles: Vec<Label> = told_apart(values.iter().map(|value| value.label.clone()).collect());
    let panel =
        |run: usize| panel_by.and_then(|d| values.iter().position(|v| *v == d.of_run[run])).unwrap_or(0);
    let mut repeats: BTreeMap<(usize, usize), Vec<&RunRecord>> = BTreeMap::new();
    for (&run, &series) in kept.iter().zip(&series_of_run) {
        repeats.entry((panel(run), series)).or_default().push(&results.runs[run]);
    }
    let mut panels = collect(
        titles,
        samples(&repeats, progress, (measure, options.smooth)),
        measure.possible(),
        options.uncertainty(),
    );
    let drawn = |(panel, of): &(usize, usize)| panels[*panel].lines.iter().any(|line| line.series == *of);
    let name =
        |(panel, of): (usize, usize)| Label::list([panels[panel].title.clone(), series[of].label.clone()]);
    let absent: Vec<Label> = repeats.into_keys().filter(|place| !drawn(place)).map(name).collect();
    let of = panels.len();
    panels.truncate(options.most_panels(MOST_PANELS));

    let titles: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let (x, y) = (progress.axis(), measure.axis(results));
    let interval = interval(&panels);
    let stepped = progress != ProgressAxis::Rounds;
    let mut content = Content { stepped, ..Content::new(x, y, interval, series, panels) };
    content.notes = said(&content, results, &absent, (progress, options));
    content.notes.extend(options.smooth.map(smoothed));
    content.notes.extend(notes::selection(&titles, of, "settings"));
    let shown: Vec<Label> = shown.iter().map(|l| Label::plain(l.to_string())).collect();
    content.notes.extend(notes::selection(&shown, all.len(), "numbers of adversaries *L*"));
    content
}

/// Whether numbers of adversaries have a scale of colours: as groups, or `alone` beside one method.
fn ordered(options: &FigureOptions, alone: bool) -> Ordered {
    match alone {
        _ if options.group.as_deref() == Some(ADVERSARIES) => Ordered::Families,
        true => Ordered::Members,
        false => Ordered::Nothing,
    }
}

/// A band needs two places.
fn interval(panels: &[AxesPanel]) -> IntervalShape {
    let points = panels.iter().flat_map(|p| &p.lines).flat_map(|l| &l.points);
    if distinct(points.map(|p| p.x.to_bits())).len() > 1 { IntervalShape::Band } else { IntervalShape::Bars }
}

/// Says that a curve is not what was measured.
fn smoothed(window: Window) -> FigureNote {
    let words =
        format!("every run smoothed: the mean of {} neighbouring measurements", window.measurements());
    FigureNote::remark(Label::plain(words))
}

/// What the numbers are, and which series have none.
fn said(
    content: &Content,
    results: &Results,
    absent: &[Label],
    (progress, options): (ProgressAxis, &FigureOptions),
) -> Vec<FigureNote> {
    if content.points().next().is_none() {
        let nothing = FigureNote::warning(Label::plain(progress.nothing()));
        return [nothing]
            .into_iter()
            .chain(notes::missing(&results.missing).map(FigureNote::warning))
            .collect();
    }
    let left_out = notes::left_out(absent, progress.absent());
    let ends = match progress {
        ProgressAxis::Rounds => {
            let words = "a line ends in the round in which the first of its seeds was as accurate as asked";
            results.runs.iter().any(has_reached).then_some(words)
        }
        ProgressAxis::Time(_) | ProgressAxis::Megabytes(_) => Some(
            "a line is level from one measurement to the next and ends where the first of its seeds ends",
        ),
    };
    let ends = ends.map(|words| FigureNote::remark(Label::plain(words)));
    notes::standard(content, results, options.uncertainty()).into_iter().chain(ends).chain(left_out).collect()
}

/// Panels by L when there are many; when panels are taken by another setting, few L share the axes.
fn arrangement(cases: &Cases, counts: usize) -> (AdversaryPlacement, usize) {
    let one_method = distinct(&cases.families).len() == 1 && cases.members.is_empty();
    match (cases.panels.len(), one_method) {
        (0, true) | (1, true) => (AdversaryPlacement::Legend, MOST_COUNT_PANELS),
        (0, false) if !cases.told && counts > MOST_COUNTS_TOGETHER => {
            (AdversaryPlacement::Panels, MOST_COUNT_PANELS)
        }
        _ => (AdversaryPlacement::Legend, MOST_COUNTS_TOGETHER),
    }
}

/// The numbers of adversaries as a dimension, with their M where it depends on them.
fn counts(results: &Results, workers: WorkerCounts) -> Dimension {
    let text = |r: &RunRecord| match workers {
        WorkerCounts::Tied => format!("{}, *M* = {}", r.summary.adversaries, r.summary.workers),
        WorkerCounts::One(_) | WorkerCounts::Free => r.summary.adversaries.to_string(),
    };
    Dimension::new(ADVERSARIES, results.runs.iter().map(text).collect())
}

/// At most `most` of `all`: none, the largest minority and the smallest majority first, then the ends, then
/// whichever lies farthest from those already chosen.
fn choose(all: &BTreeSet<u32>, workers: WorkerCounts, most: usize) -> BTreeSet<u32> {
    if all.len() <= most {
        return all.clone();
    }
    let telling = match workers {
        WorkerCounts::One(m) => vec![0, m.saturating_sub(1) / 2, m / 2 + 1],
        WorkerCounts::Tied | WorkerCounts::Free => vec![],
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

/// A choice in which every family has a number of adversaries: its largest where it has none of those chosen.
fn completed(mut chosen: BTreeSet<u32>, results: &Results, families: &[Named]) -> BTreeSet<u32> {
    let count = |run: usize| results.runs[run].summary.adversaries;
    for family in distinct(families) {
        let own: BTreeSet<u32> = (0..families.len()).filter(|&r| families[r] == *family).map(count).collect();
        if own.is_disjoint(&chosen) {
            chosen.extend(own.last());
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_counts_are_chosen_first() {
        let all: BTreeSet<u32> = (0..=10).collect();
        assert_eq!(choose(&all, WorkerCounts::One(15), 3), BTreeSet::from([0, 7, 8]));
        assert_eq!(choose(&all, WorkerCounts::One(15), 6), BTreeSet::from([0, 3, 5, 7, 8, 10]));
        assert_eq!(choose(&all, WorkerCounts::Tied, 3), BTreeSet::from([0, 5, 10]));
    }
}
