//! Where a method works and where it fails: adversaries along one side, another setting along the other.

use std::collections::BTreeMap;

use super::{FigureKind, Form};
use crate::error::Error;
use crate::figure::cases::{ADVERSARIES, Cases, WorkerCounts};
use crate::figure::content::FigureNote;
use crate::figure::heat::{Heat, HeatPanel, Side};
use crate::figure::label::Label;
use crate::figure::named::{Named, distinct, told_apart};
use crate::figure::names;
use crate::figure::notes;
use crate::figure::options::{Division, FigureOptions, OptionKey};
use crate::figure::setting::{field, number_of};
use crate::figure::statistics::{Estimate, estimate_within};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 6;

/// A panel, and the bits of both values of a cell.
type CellKey = (Named, [u64; 2]);

/// One panel per method; the share of adversaries L/M along the horizontal side unless the options name a setting.
pub const KIND: FigureKind = FigureKind {
    word: "phase_diagram",
    about: "{ y: task.channel.crossover, colour: accuracy } heat map over L/M, or the setting x, and a setting",
    source: "mean over seeds; the line where half of the workers are adversaries",
    takes: &[OptionKey::X, OptionKey::Y, OptionKey::Colour, OptionKey::Group, OptionKey::Panel],
    shows: |_| true,
    check: |asked| {
        let options = asked.options;
        let Some(y) = &options.y else {
            return Err(Error::scenario("a phase diagram needs a setting along its vertical axis")
                .key("y")
                .help("write y: and an axis of the sweep, for example task.channel.crossover"));
        };
        for (key, path) in [("x", options.x.as_ref()), ("y", Some(y))] {
            let path = path.filter(|path| path.as_str() != ADVERSARIES);
            path.map_or(Ok(()), |path| asked.check_numbers(key, path, Division::Linear))?;
        }
        asked.check_measure("colour", options.colour)
    },
    draws: Form::Heat(heat),
};

fn heat(results: &Results, options: &FigureOptions) -> Heat {
    let measure = options.colour.unwrap_or_default();
    let (x, y) = (options.x.as_deref(), options.y.as_deref().unwrap_or_default());
    let axes = [x.unwrap_or(ADVERSARIES), y];
    let cases = Cases::excluding(results, &axes, options);
    let titles = titles(results, &cases, &axes);
    let place = |run: &RunRecord| {
        let across = match x {
            None => Some(f64::from(run.summary.adversaries) / f64::from(run.summary.workers)),
            Some(path) => value(run, path),
        };
        Some((across?, value(run, y)?)).filter(|(x, y)| x.is_finite() && y.is_finite())
    };
    let places: Vec<Option<(f64, f64)>> = results.runs.iter().map(place).collect();
    let xs = ascending(places.iter().flatten().map(|p| p.0));
    let ys = ascending(places.iter().flatten().map(|p| p.1));
    let all = distinct(titles.iter().cloned());
    // A run counts once, however often it is asked for.
    let mut values: BTreeMap<CellKey, Vec<(&str, Option<f64>)>> = BTreeMap::new();
    for (run, record) in results.runs.iter().enumerate() {
        let Some((x, y)) = places[run] else { continue };
        let cell = values.entry((titles[run].clone(), [x.to_bits(), y.to_bits()])).or_default();
        let id = record.summary.run.as_str();
        if cell.iter().all(|(known, _)| *known != id) {
            cell.push((id, measure.at_end(record)));
        }
    }
    let cell = |title: &Named, (x, y): (f64, f64)| -> Option<Estimate> {
        let values = values.get(&(title.clone(), [x.to_bits(), y.to_bits()]))?;
        let values: Vec<Option<f64>> = values.iter().map(|(_, value)| *value).collect();
        Some(estimate_within(&values, measure.possible()))
    };
    let labels = told_apart(all.iter().map(|name| name.label.clone()).collect());
    let panel = |(name, title): (&Named, Label)| HeatPanel {
        title,
        cells: ys.iter().map(|y| xs.iter().map(|x| cell(name, (*x, *y))).collect()).collect(),
    };
    let panels: Vec<HeatPanel> = all.iter().zip(labels).take(MOST_PANELS).map(panel).collect();
    let mut small = said(&panels, &places);
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    small.extend(notes::closing(&shown, all.len(), "settings", results));
    Heat {
        x: across(x, xs, results),
        y: side("y", y, ys),
        colour: measure.axis(results),
        panels,
        notes: small,
    }
}

/// The panel of every run: its method, and whatever else varies.
fn titles(results: &Results, cases: &Cases, axes: &[&str]) -> Vec<Named> {
    let (families, panels, members) = (&cases.families, cases.titles(), cases.member_words());
    let one_family = distinct(families.iter().cloned()).len() == 1;
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
fn said(panels: &[HeatPanel], places: &[Option<(f64, f64)>]) -> Vec<FigureNote> {
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

/// The horizontal side, with the line that no plain vote survives.
fn across(path: Option<&str>, values: Vec<f64>, results: &Results) -> Side {
    let half = |at: f64| Some((at, Label::rich("*M*/2")));
    match path {
        None => Side {
            column: "adversary_fraction",
            label: Label::rich("share of adversaries *L*/*M*"),
            values,
            mark: half(0.5),
        },
        Some(ADVERSARIES) => {
            let workers = distinct(results.runs.iter().map(|run| run.summary.workers));
            let mark = if let [m] = workers[..] { half(f64::from(m) / 2.0) } else { None };
            Side { column: "adversaries", label: Label::rich("adversaries *L*"), values, mark }
        }
        Some(path) => side("x", path, values),
    }
}

fn side(column: &'static str, path: &str, values: Vec<f64>) -> Side {
    let symbol = match field(path) {
        "crossover" => Label::rich(" *p*"),
        "probability" => Label::rich(" *r*"),
        _ => Label::default(),
    };
    let words = match path {
        path if path.ends_with("stochastic_flip.probability") => "flip probability".to_owned(),
        path => names::words(field(path)),
    };
    Side { column, label: Label::plain(words).then(symbol), values, mark: None }
}

/// A number of a run: of its summary, or a setting of the sweep.
fn value(run: &RunRecord, path: &str) -> Option<f64> {
    match path {
        ADVERSARIES => Some(f64::from(run.summary.adversaries)),
        "workers.count" => Some(f64::from(run.summary.workers)),
        path => number_of(run, path),
    }
}

fn ascending(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
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
