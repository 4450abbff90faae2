//! Accuracy, loss or decoding error over the rounds of training, over simulated time, or over what was sent: how fast a method learns, and when it
//! breaks.
//!
//! Rounds are the same for all repeats of a setting, so a mean is over the values of one round. Times and bytes are not: a
//! repeat counts with the accuracy that it had last measured then, on a grid that ends where the first repeat ends. So does a
//! line over rounds where `stop` ended some: the mean of those that are left would be that of the slow ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::figure::cases::{self, ADVERSARIES, Cases, Dimension, WorkerCounts};
use crate::figure::content::{AxesPanel, Axis, Content, FigureNote, IntervalShape, Scale};
use crate::figure::label::Label;
use crate::figure::measure::Measure;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::notes;
use crate::figure::options::{Division, FigureOptions};
use crate::figure::series::{Ordered, Sample, collect, series};
use crate::record::{Results, RoundRow, RunRecord, Status, SummaryRow};

/// Points of a grid over time or bytes.
const GRID: u32 = 80;

/// What passes while a run learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgressAxis {
    /// Rounds closed.
    Rounds,
    /// Simulated seconds.
    Time(Division),
    /// Bytes that all workers have sent, in units of 10^6.
    Megabytes(Division),
}

impl ProgressAxis {
    fn axis(self) -> Axis {
        let (column, label, scale) = match self {
            Self::Rounds => ("round", "round", Scale::Progress),
            Self::Time(division) => ("sim_time_s", "simulated time (s)", division.scale()),
            Self::Megabytes(division) => ("uplink_megabytes", "sent by all workers (MB)", division.scale()),
        };
        Axis { column, label: Label::plain(label), scale }
    }

    /// What to say where nothing has passed between the first measurement and the last.
    const fn nothing(self) -> &'static str {
        match self {
            Self::Rounds => "no round of these runs was measured",
            Self::Time(_) => notes::NO_TIME,
            Self::Megabytes(_) => "nothing to draw: nothing is sent between two measurements of these runs",
        }
    }

    /// Why some of the lines are not there.
    const fn absent(self) -> &'static str {
        match self {
            Self::Rounds => "nothing was measured, and nothing is drawn",
            Self::Time(Division::Linear) => "no time passes between measurements, and nothing is drawn",
            Self::Time(Division::Log) => {
                "no two measurements at a simulated time above 0 that all repeats share, and nothing is drawn"
            }
            Self::Megabytes(Division::Linear) => "nothing is sent between measurements, and nothing is drawn",
            Self::Megabytes(Division::Log) => {
                "no two measurements after a first byte that all repeats share, and nothing is drawn"
            }
        }
    }

    fn of(self, row: &RoundRow) -> f64 {
        match self {
            Self::Rounds => f64::from(row.round),
            Self::Time(_) => row.sim_time_s,
            Self::Megabytes(_) => row.uplink_bytes as f64 / 1e6,
        }
    }
}

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
    let named = [&options.group, &options.panel].into_iter().flatten().any(|path| path == ADVERSARIES);
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
    let ordered = if options.group.as_deref() == Some(ADVERSARIES) {
        Ordered::Families
    } else if in_legend && joined.is_empty() && cases.members.is_empty() {
        Ordered::Members
    } else {
        Ordered::Nothing
    };
    let (series, series_of_run) = series(&families, &members, ordered);

    let values =
        panel_by.map_or(vec![Named::default()], |d| distinct(kept.iter().map(|&r| d.of_run[r].clone())));
    let titles: Vec<Label> = told_apart(values.iter().map(|value| value.label.clone()).collect());
    let panel =
        |run: usize| panel_by.and_then(|d| values.iter().position(|v| *v == d.of_run[run])).unwrap_or(0);
    let mut repeats: BTreeMap<(usize, usize), Vec<&RunRecord>> = BTreeMap::new();
    for (&run, &series) in kept.iter().zip(&series_of_run) {
        repeats.entry((panel(run), series)).or_default().push(&results.runs[run]);
    }
    let mut panels = collect(titles, samples(&repeats, progress, measure), measure.possible());
    let drawn = |(panel, of): &(usize, usize)| panels[*panel].lines.iter().any(|line| line.series == *of);
    let name =
        |(panel, of): (usize, usize)| Label::list([panels[panel].title.clone(), series[of].label.clone()]);
    let absent: Vec<Label> = repeats.into_keys().filter(|place| !drawn(place)).map(name).collect();
    let of = panels.len();
    panels.truncate(MOST_PANELS);

    let titles: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let (x, y) = (progress.axis(), measure.axis(results));
    let interval = interval(&panels);
    let (joined, theorems) = (true, vec![]);
    let mut content = Content { x, y, interval, joined, series, theorems, panels, notes: vec![] };
    content.notes = said(&content, results, &absent, progress);
    content.notes.extend(notes::selection(&titles, of, "settings"));
    let shown: Vec<Label> = shown.iter().map(|l| Label::plain(l.to_string())).collect();
    content.notes.extend(notes::selection(&shown, all.len(), "numbers of adversaries *L*"));
    content
}

/// A band needs two places.
fn interval(panels: &[AxesPanel]) -> IntervalShape {
    let points = panels.iter().flat_map(|p| &p.lines).flat_map(|l| &l.points);
    if distinct(points.map(|p| p.x.to_bits())).len() > 1 { IntervalShape::Band } else { IntervalShape::Bars }
}

/// What the numbers are, and which series have none.
fn said(content: &Content, results: &Results, absent: &[Label], progress: ProgressAxis) -> Vec<FigureNote> {
    if content.points().next().is_none() {
        let nothing = FigureNote::warning(Label::plain(progress.nothing()));
        return [nothing]
            .into_iter()
            .chain(notes::missing(&results.missing).map(FigureNote::warning))
            .collect();
    }
    let left_out = notes::left_out(absent, progress.absent());
    let ends = (progress == ProgressAxis::Rounds && results.runs.iter().any(has_reached)).then(|| {
        FigureNote::remark(Label::plain(
            "a line ends in the round in which the first of its seeds was as accurate as asked",
        ))
    });
    notes::standard(content, results).into_iter().chain(ends).chain(left_out).collect()
}

/// What the repeats of every panel and series had measured as the axis goes on.
fn samples<'a>(
    repeats: &BTreeMap<(usize, usize), Vec<&'a RunRecord>>,
    progress: ProgressAxis,
    measure: Measure,
) -> Vec<Sample<'a>> {
    let all = repeats.values().flatten();
    let evaluated: BTreeSet<u32> = all.flat_map(|run| measured_rounds(run, measure).into_keys()).collect();
    let mut samples = Vec::new();
    for (&(panel, series), runs) in repeats {
        let first = |ends: &mut dyn Iterator<Item = f64>| ends.fold(f64::INFINITY, f64::min);
        let reached = runs.iter().filter(|run| has_reached(run)).map(|run| end(run, progress));
        let first_reached = first(&mut { reached });
        let end = first(&mut runs.iter().map(|run| end(run, progress)));
        let begin = runs.iter().map(|run| begin(run, progress, measure)).fold(0.0, f64::max);
        for run in runs {
            let (workers, id) = (run.summary.workers, run.summary.run.as_str());
            let at = Sample { panel, series, x: 0.0, workers, run: id, value: None };
            samples.extend(match progress {
                ProgressAxis::Rounds => {
                    let mut samples = over_rounds(run, measure, &evaluated, at);
                    samples.retain(|sample| sample.x <= first_reached);
                    samples
                }
                ProgressAxis::Time(_) | ProgressAxis::Megabytes(_) => {
                    over_grid(run, (progress, measure), (begin, end), at)
                }
            });
        }
    }
    samples
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

/// The measure of a run by round, where there is one.
fn measured_rounds(run: &RunRecord, measure: Measure) -> BTreeMap<u32, f64> {
    run.rounds.iter().filter_map(|row| measure.in_round(run, row).map(|v| (row.round, v))).collect()
}

/// The measured rounds of a run. A run that diverged has no value in the rounds that others measured: it
/// counts there as a run without one, whatever its record holds.
fn over_rounds<'a>(
    run: &RunRecord,
    measure: Measure,
    measured: &BTreeSet<u32>,
    at: Sample<'a>,
) -> Vec<Sample<'a>> {
    let values = measured_rounds(run, measure);
    let diverged = measure.at_end(run).is_none();
    let rounds =
        measured.iter().filter(|&&r| values.contains_key(&r) || (diverged && r <= run.summary.rounds));
    let value = |round| values.get(round).copied().filter(|v| v.is_finite());
    rounds.map(|round| Sample { x: f64::from(*round), value: value(round), ..at }).collect()
}

/// Whether a run ended before its last round because it was as accurate as was asked.
fn has_reached(run: &RunRecord) -> bool {
    let SummaryRow { status, rounds, rounds_done, .. } = &run.summary;
    *status == Status::Finished && rounds_done.is_some_and(|done| done < *rounds)
}

/// Where a run ends.
fn end(run: &RunRecord, progress: ProgressAxis) -> f64 {
    run.rounds.last().map_or(0.0, |row| progress.of(row))
}

/// Where the axis of a run begins: at zero, or on a logarithmic axis with its first measurement above.
fn begin(run: &RunRecord, progress: ProgressAxis, measure: Measure) -> f64 {
    if progress.axis().scale != Scale::Log {
        return 0.0;
    }
    let measured = run.rounds.iter().filter(|row| measure.in_round(run, row).is_some());
    measured.map(|row| progress.of(row)).find(|x| *x > 0.0).unwrap_or(f64::INFINITY)
}

/// What a run had last measured at each point of a grid, even on the figure's axis; no value before its first measurement.
fn over_grid<'a>(
    run: &RunRecord,
    (progress, measure): (ProgressAxis, Measure),
    (begin, end): (f64, f64),
    at: Sample<'a>,
) -> Vec<Sample<'a>> {
    let measured: Vec<(f64, f64)> =
        run.rounds.iter().filter_map(|row| Some((progress.of(row), measure.in_round(run, row)?))).collect();
    let share = |k: u32| f64::from(k) / f64::from(GRID);
    let log = progress.axis().scale == Scale::Log;
    let point = |k| if log { begin * (end / begin).powf(share(k)) } else { end * share(k) };
    let grid = (0..=GRID).filter(|_| begin < end).map(point);
    let sample = |x: f64| {
        let (_, value) = measured[..measured.partition_point(|(then, _)| *then <= x)].last()?;
        Some(Sample { x, value: Some(*value).filter(|v| v.is_finite()), ..at })
    };
    grid.filter_map(sample).collect()
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
