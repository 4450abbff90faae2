//! Where a method works and where it fails: adversaries along one side, another setting along the other.

use std::collections::BTreeMap;

use super::{FigureKind, Form};
use crate::error::Error;
use crate::figure::cases::{ADVERSARIES, Cases, METHOD, WorkerCounts, of_runs};
use crate::figure::choice::{Over, Take};
use crate::figure::content::FigureNote;
use crate::figure::heat::{Heat, HeatPanel, Side};
use crate::figure::label::Label;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::names;
use crate::figure::notes;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::setting::{field, number_of};
use crate::figure::statistics::{Estimate, estimate_within};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 6;

/// A panel, and the column and the row of a cell.
type CellKey = (Named, usize, usize);
/// The values of a cell: what they are taken over, the run, and its measure.
type CellValues<'a> = Vec<(Named, &'a str, Option<f64>)>;

/// One panel per method; the share of adversaries L/M along the horizontal side unless the options name a setting.
pub const KIND: FigureKind = FigureKind {
    word: "phase_diagram",
    about: "{ y: task.channel.crossover, colour: accuracy } heat map over L/M, or the setting x, and a setting; \
            { over: { adversaries.attack: min } } the worst of all attacks",
    source: "mean over seeds; the line where half of the workers are adversaries",
    takes: &[
        OptionKey::X,
        OptionKey::Y,
        OptionKey::Colour,
        OptionKey::Over,
        OptionKey::Values,
        OptionKey::Group,
        OptionKey::Panel,
    ],
    shows: |_| true,
    check: |asked| {
        let options = asked.options;
        let Some(y) = &options.y else {
            return Err(Error::scenario("a phase diagram needs a setting along its vertical axis")
                .key("y")
                .help("write y: and an axis of the sweep, for example task.channel.crossover"));
        };
        asked.check_setting("x", options.x.as_deref())?;
        asked.check_setting("y", Some(y))?;
        if let Some(Over { path, .. }) = &options.over {
            asked.check_setting("over", Some(path))?;
            let axes = [options.x.as_deref().unwrap_or(ADVERSARIES), y];
            if axes.contains(&path.as_str()) {
                return Err(Error::scenario("this setting is a side of the map already")
                    .key("over")
                    .help("choose another setting"));
            }
        }
        asked.check_measure("colour", options.colour)
    },
    draws: Form::Heat(heat),
};

fn heat(results: &Results, options: &FigureOptions) -> Heat {
    let measure = options.colour.unwrap_or_default();
    let (x, y) = (options.x.as_deref(), options.y.as_deref().unwrap_or_default());
    let over = options.over.as_ref();
    let axes: Vec<&str> =
        [x.unwrap_or(ADVERSARIES), y].into_iter().chain(over.map(|over| over.path.as_str())).collect();
    let cases = Cases::excluding(results, &axes, options);
    let titles = titles(results, &cases, &axes);
    let (across, columns) = across(x, results, options);
    let (up, rows) = side("y", y, results, options);
    let places: Vec<Option<(usize, usize)>> = columns.into_iter().zip(rows).map(|(x, y)| x.zip(y)).collect();
    let all = distinct(titles.iter().cloned());
    let kinds = over.map(|over| of_runs(results, &over.path, options));
    // A run counts once, however often it is asked for.
    let mut values: BTreeMap<CellKey, CellValues<'_>> = BTreeMap::new();
    for (run, record) in results.runs.iter().enumerate() {
        let Some((x, y)) = places[run] else { continue };
        let cell = values.entry((titles[run].clone(), x, y)).or_default();
        let id = record.summary.run.as_str();
        let kind = kinds.as_ref().map_or_else(Named::default, |kinds| kinds[run].clone());
        if cell.iter().all(|(of, known, _)| *known != id || *of != kind) {
            cell.push((kind, id, measure.at_end(record)));
        }
    }
    let cell = |title: &Named, (x, y): (usize, usize)| -> Option<Estimate> {
        let values = values.get(&(title.clone(), x, y))?;
        let of_kind = |kind: &Named| -> Estimate {
            let values: Vec<Option<f64>> =
                values.iter().filter(|(of, ..)| of == kind).map(|(.., value)| *value).collect();
            estimate_within(&values, measure.possible())
        };
        let kinds = distinct(values.iter().map(|(kind, ..)| kind.clone()));
        let estimates = kinds.iter().map(of_kind);
        taken(over.map_or(Take::Max, |over| over.take), measure.is_gain(), estimates.collect())
    };
    let labels = told_apart(all.iter().map(|name| name.label.clone()).collect());
    let panel = |(name, title): (&Named, Label)| HeatPanel {
        title,
        cells: (0..up.values.len())
            .map(|y| (0..across.values.len()).map(|x| cell(name, (x, y))).collect())
            .collect(),
    };
    let panels: Vec<HeatPanel> = all.iter().zip(labels).take(MOST_PANELS).map(panel).collect();
    let mut small = said(&panels, &places);
    small.extend(measure.remark());
    small.extend(over.map(|Over { path, take }| {
        FigureNote::remark(Label::plain(format!(
            "of every {} the {}",
            names::words(field(path)),
            take.words()
        )))
    }));
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    small.extend(notes::closing(&shown, all.len(), "settings", results));
    let printed = options.values == Some(true);
    Heat { x: across, y: up, colour: measure.axis(results), printed, panels, notes: small }
}

/// The estimate whose mean is the least or the greatest. One without a mean, of runs that diverged, is worse than any: the
/// least of what shall be large, the greatest of what shall be small.
fn taken(take: Take, gain: bool, estimates: Vec<Estimate>) -> Option<Estimate> {
    let worst = if gain { f64::NEG_INFINITY } else { f64::INFINITY };
    let rank = |estimate: &Estimate| estimate.mean.unwrap_or(worst);
    let order = |a: &Estimate, b: &Estimate| match take {
        Take::Min => rank(a).total_cmp(&rank(b)),
        Take::Max => rank(b).total_cmp(&rank(a)),
    };
    estimates.into_iter().min_by(order)
}

/// The panel of every run: its method, and whatever else varies.
fn titles(results: &Results, cases: &Cases, axes: &[&str]) -> Vec<Named> {
    let (families, panels, members) = (&cases.families, cases.titles(), cases.member_words());
    let one_family = distinct(families.iter().cloned()).len() == 1 || axes.contains(&METHOD);
    // Equal shares of different numbers of workers are different settings; where M varies freely, it is one already.
    let by_workers = cases.workers == WorkerCounts::Tied && !axes.contains(&"workers.count");
    let title = |(run, record): (usize, &RunRecord)| {
        let workers =
            by_workers.then(|| names::setting("workers.count", &record.summary.workers.to_string()));
        let workers = workers.map(|label| Named { key: label.to_string(), label });
        let family = (!one_family).then(|| families[run].clone());
        Named::list(family.into_iter().chain([panels[run].clone(), members[run].clone()]).chain(workers))
    };
    results.runs.iter().enumerate().map(title).collect()
}

/// What the cells are, and which runs have none.
fn said(panels: &[HeatPanel], places: &[Option<(usize, usize)>]) -> Vec<FigureNote> {
    let estimates = || panels.iter().flat_map(|p| p.cells.iter().flatten()).filter_map(|cell| *cell);
    let mut notes = vec![FigureNote::remark(repeats(estimates()))];
    if estimates().any(|e| e.without > 0) {
        let lost: u32 = estimates().map(|e| e.without).sum();
        let all: u32 = estimates().map(|e| e.runs + e.without).sum();
        let words = format!(
            "{lost} of {all} runs gave no finite value (diverged); a mean is over the others, a crossed cell has none"
        );
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    let nowhere = places.iter().filter(|place| place.is_none()).count();
    if nowhere > 0 {
        let words = format!("{nowhere} of {} runs have no number for a side of this map", places.len());
        notes.push(FigureNote::warning(Label::plain(words)));
    }
    notes
}

/// The horizontal side, with the line that no plain vote survives, and the column of every run.
fn across(path: Option<&str>, results: &Results, options: &FigureOptions) -> (Side, Vec<Option<usize>>) {
    let half = |at: f64| Some((at, Label::rich("*M*/2")));
    match path {
        None => {
            let share = |run: &RunRecord| f64::from(run.summary.adversaries) / f64::from(run.summary.workers);
            let shares = results.runs.iter().map(|run| Some(share(run)).filter(|share| share.is_finite()));
            let label = Label::rich("share of adversaries *L*/*M*");
            let (side, places) = numbered("adversary_fraction", label, shares.collect());
            (Side { mark: half(0.5), ..side }, places)
        }
        Some(ADVERSARIES) => {
            let workers = distinct(results.runs.iter().map(|run| run.summary.workers));
            let mark = if let [m] = workers[..] { half(f64::from(m) / 2.0) } else { None };
            let counts = results.runs.iter().map(|run| Some(f64::from(run.summary.adversaries))).collect();
            let (side, places) = numbered("adversaries", Label::rich("adversaries *L*"), counts);
            (Side { mark, ..side }, places)
        }
        Some(path) => side("x", path, results, options),
    }
}

/// A side for a setting, of numbers where it has some and of categories else, and the place of every run along it.
fn side(
    column: &'static str,
    path: &str,
    results: &Results,
    options: &FigureOptions,
) -> (Side, Vec<Option<usize>>) {
    let label = names::axis(path);
    let numbers: Vec<Option<f64>> = results.runs.iter().map(|run| value(run, path)).collect();
    if path != METHOD && numbers.iter().any(Option::is_some) {
        return numbered(column, label, numbers);
    }
    let named = of_runs(results, path, options);
    let all = distinct(named.iter().cloned());
    let places = named.iter().map(|name| all.iter().position(|known| known == name)).collect();
    let values = (0..all.len()).map(|i| i as f64).collect();
    let names = told_apart(all.into_iter().map(|name| name.label).collect());
    (Side { column, label, values, names, mark: None }, places)
}

/// A side of these numbers, and where each of them stands.
fn numbered(column: &'static str, label: Label, of_run: Vec<Option<f64>>) -> (Side, Vec<Option<usize>>) {
    let mut values: Vec<f64> = of_run.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let place = |number: Option<f64>| values.iter().position(|known| Some(*known) == number);
    let places = of_run.into_iter().map(place).collect();
    (Side { column, label, values, names: vec![], mark: None }, places)
}

/// A number of a run: of its summary, or a setting of the sweep.
fn value(run: &RunRecord, path: &str) -> Option<f64> {
    match path {
        ADVERSARIES => Some(f64::from(run.summary.adversaries)),
        "workers.count" => Some(f64::from(run.summary.workers)),
        path => number_of(run, path),
    }
}

fn repeats(estimates: impl Iterator<Item = Estimate>) -> Label {
    let mut counts = distinct(estimates.map(|e| e.runs + e.without));
    counts.sort_unstable();
    let most = counts.last().copied().unwrap_or(0);
    let intervals = if most > 2 { "95 % Student-*t* intervals" } else { "ranges" };
    let words = match counts.as_slice() {
        [] => "no runs".to_owned(),
        [1] => "one seed per cell".to_owned(),
        [n] => format!("mean over {n} seeds; {intervals} are in the CSV"),
        [least, .., most] => format!("mean over {least} to {most} seeds; {intervals} are in the CSV"),
    };
    Label::rich(&words)
}
