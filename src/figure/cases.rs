//! Sorting runs into panels and series: what a sweep varied decides where a run is drawn.
//!
//! Repeats (`seed`) are averaged, methods become series, the number of adversaries is an axis of its own.
//! Whatever else varies becomes panels (the first such setting) or joins the legend (the others), so two
//! runs that differ in anything but their seed never end in one mean. The options `group` and `panel` of a figure
//! choose otherwise; what they displace joins the legend. Where two cases go by the same words, the setting that tells
//! them apart joins them.

use std::collections::{BTreeMap, BTreeSet};

use super::apart;
use super::content::{Look, Series};
use super::label::Label;
use super::named::{Named, distinct};
use super::names;
use super::naming;
use super::options::FigureOptions;
use crate::record::{Results, RunRecord};

/// A label of more characters than this fits no title.
const LONGEST_LABEL: usize = 48;

/// A setting in which the runs differ, with its value in each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The path of the setting in the scenario.
    pub path: String,
    /// Its value in each run, in the order of the runs.
    pub of_run: Vec<Named>,
}

impl Dimension {
    /// A setting with these values, put into words.
    #[must_use]
    pub fn new(path: &str, of_run: Vec<String>) -> Self {
        let values = distinct(of_run.iter().cloned());
        let mut labels: BTreeMap<String, Label> = BTreeMap::new();
        let firsts = distinct(values.iter().map(|v| names::first_word(v)));
        for value in &values {
            let label = names::setting(path, value);
            // A section with all its settings is too long for a title; its first word will do where it tells them apart.
            let short = label.to_string().chars().count() > LONGEST_LABEL && firsts.len() == values.len();
            let label = if short { Label::plain(names::words(names::first_word(value))) } else { label };
            labels.insert(value.clone(), label);
        }
        // Values that read alike are given to the letter.
        let mut reading: BTreeMap<String, usize> = BTreeMap::new();
        labels.values().for_each(|label| *reading.entry(label.to_string()).or_default() += 1);
        let label = |value: &String| match &labels[value] {
            label if reading[&label.to_string()] > 1 => Label::plain(value.as_str()),
            label => label.clone(),
        };
        let of_run = of_run.iter().map(|value| Named { key: value.clone(), label: label(value) }).collect();
        Self { path: path.to_owned(), of_run }
    }

    /// The different values in the order in which they first appear.
    #[must_use]
    pub fn values(&self) -> Vec<Named> {
        distinct(self.of_run.iter().cloned())
    }
}

/// How the number of workers M varies over the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerCounts {
    /// All runs have the same M.
    One(u32),
    /// Each L comes with an M of its own: M is a second reading of the axis of L.
    Tied,
    /// M varies by itself and is a dimension like any other.
    Free,
}

/// The path of the setting that methods are.
pub const METHOD: &str = "method";
/// What tells cases apart that go by one name; no scenario has such a setting.
const APART: &str = "method.";
/// In the place of the settings that make rows and columns of panels; no scenario has such a setting.
const GRID: &str = "rows and columns";
/// The path of the number of adversaries.
pub const ADVERSARIES: &str = "adversaries.count";
/// In the place of a setting that makes panels: there shall be none.
pub const NO_PANEL: &str = "none";

/// The runs of a result folder, sorted by what varies among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Cases {
    /// The method of each run, or its value of the setting that the figure groups by, as the legend names it.
    pub families: Vec<Named>,
    /// Whether M is the same everywhere, tied to L, or free.
    pub workers: WorkerCounts,
    /// What varies besides seed, method, L, and an M tied to L: candidates for panels, in the scenario's order.
    pub panels: Vec<Dimension>,
    /// What joins the legend: varying settings of the method itself, and what the options displaced. Where nothing but
    /// settings of the method varies, the first of several makes the panels.
    pub members: Vec<Dimension>,
    /// Whether the options say what makes panels.
    pub told: bool,
}

impl Cases {
    /// Reads off what varies besides the settings at `axes`, which have axes of their own.
    #[must_use]
    pub fn excluding(results: &Results, axes: &[&str], options: &FigureOptions) -> Self {
        let runs = &results.runs;
        let workers = workers(runs);
        let of_path = |path: &String| Dimension::new(path, of_each(runs, |run| value(run, path)));
        let mut all: Vec<Dimension> = paths(runs).iter().map(of_path).collect();
        let named = |all: &[Dimension], what: &str| all.iter().any(|d| d.path.contains(what));
        if !named(&all, "attack") {
            all.push(Dimension::new("adversaries.attack", attacks(runs)));
        }
        if !axes.contains(&ADVERSARIES) {
            all.push(Dimension::new(ADVERSARIES, of_each(runs, |r| r.summary.adversaries.to_string())));
        }
        if workers == WorkerCounts::Free {
            all.push(Dimension::new("workers.count", of_each(runs, |r| r.summary.workers.to_string())));
        }
        all.retain(|d| {
            !axes.contains(&d.path.as_str()) && d.values().len() > 1 && !is_repeated_elsewhere(d, runs)
        });
        let families = methods(runs);
        let apart = apart::words(runs, &families, &printed(runs, &families, &all, axes));
        let (mut members, mut panels): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|d| d.path.starts_with("method."));
        if panels.is_empty() && members.len() > 1 && distinct(methods(runs)).len() == 1 {
            panels.push(members.remove(0));
        }
        members.extend(apart.map(|of_run| Dimension { path: APART.to_owned(), of_run }));
        let mut families = families;
        if let Some(names) = &options.names {
            naming::rename(names, METHOD, &mut families);
            for Dimension { path, of_run } in members.iter_mut().chain(&mut panels) {
                naming::rename(names, path, of_run);
            }
        }
        let method = Dimension { path: METHOD.to_owned(), of_run: families.clone() };
        let mut cases = Self { families, workers, panels, members, told: false };
        cases.regroup(options, method);
        cases
    }

    /// Does what the options say.
    fn regroup(&mut self, options: &FigureOptions, method: Dimension) {
        if let Some(group) = options.group.as_deref().filter(|group| *group != METHOD) {
            let dimension = self.take(group);
            self.families = match dimension {
                Some(dimension) => dimension.of_run,
                None => vec![Named::default(); self.families.len()],
            };
            if method.values().len() > 1 {
                self.panels.insert(0, method.clone());
            }
        }
        if options.rows.is_some() || options.columns.is_some() {
            self.facet(options, method);
            return;
        }
        let Some(panel) = &options.panel else { return };
        if panel == METHOD && options.group.as_deref().is_none_or(|group| group == METHOD) {
            self.families.fill(Named::default());
            self.panels.insert(0, method);
        }
        let chosen = self.take(panel);
        let displaced = std::mem::replace(&mut self.panels, chosen.into_iter().collect());
        self.members.splice(0..0, displaced);
        self.told = true;
    }

    /// Makes panels of two settings.
    fn facet(&mut self, options: &FigureOptions, method: Dimension) {
        let mut of_run = vec![Vec::new(); self.families.len()];
        for path in [&options.rows, &options.columns].into_iter().flatten() {
            let dimension = if path == METHOD && options.group.as_deref().is_none_or(|group| group == METHOD)
            {
                self.families.fill(Named::default());
                Some(method.clone())
            } else {
                self.take(path)
            };
            let values = dimension.into_iter().flat_map(|dimension| dimension.of_run);
            of_run.iter_mut().zip(values).for_each(|(all, value): (&mut Vec<Named>, Named)| all.push(value));
        }
        let of_run = of_run.into_iter().map(Named::list).collect();
        let grid = Dimension { path: GRID.to_owned(), of_run };
        let displaced = std::mem::replace(&mut self.panels, vec![grid]);
        self.members.splice(0..0, displaced);
        self.told = true;
    }

    /// Takes the setting at `path` away from panels or legend.
    fn take(&mut self, path: &str) -> Option<Dimension> {
        for all in [&mut self.panels, &mut self.members] {
            if let Some(at) = all.iter().position(|d| d.path == path) {
                return Some(all.remove(at));
            }
        }
        None
    }

    /// The words of the settings that make panels, for every run.
    #[must_use]
    pub fn titles(&self) -> Vec<Named> {
        (0..self.families.len()).map(|run| words(&self.panels, run)).collect()
    }

    /// The words of the settings that join the legend, for every run.
    #[must_use]
    pub fn member_words(&self) -> Vec<Named> {
        (0..self.families.len()).map(|run| words(&self.members, run)).collect()
    }
}

/// The value of a setting that every run has, with the names that the options give.
#[must_use]
pub fn of_runs(results: &Results, path: &str, options: &FigureOptions) -> Vec<Named> {
    let runs = &results.runs;
    let mut of_run = match path {
        METHOD => methods(runs),
        ADVERSARIES => Dimension::new(path, of_each(runs, |run| run.summary.adversaries.to_string())).of_run,
        "workers.count" => Dimension::new(path, of_each(runs, |run| run.summary.workers.to_string())).of_run,
        path if path.contains("attack") && runs.iter().all(|run| value(run, path).is_empty()) => {
            Dimension::new(path, attacks(runs)).of_run
        }
        path => Dimension::new(path, of_each(runs, |run| value(run, path))).of_run,
    };
    if let Some(names) = &options.names {
        naming::rename(names, path, &mut of_run);
    }
    of_run
}

/// The settings that are neither a repeat nor an axis nor a method, in the order of the scenario.
fn paths(runs: &[RunRecord]) -> Vec<String> {
    const OWN: [&str; 4] = ["seed", METHOD, ADVERSARIES, "workers.count"];
    let all = runs.iter().flat_map(|r| r.settings.iter().map(|(path, _)| path.clone()));
    distinct(all.filter(|path| !OWN.contains(&path.as_str())))
}

fn of_each(runs: &[RunRecord], of: impl Fn(&RunRecord) -> String) -> Vec<String> {
    runs.iter().map(of).collect()
}

fn value(run: &RunRecord, path: &str) -> String {
    run.settings.iter().find(|(p, _)| p == path).map_or(String::new(), |(_, v)| v.clone())
}

/// The method of each run: its name, or the scenario's text where two texts share a name.
fn methods(runs: &[RunRecord]) -> Vec<Named> {
    let mut texts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for run in runs {
        texts.entry(&run.summary.method).or_default().insert(value(run, METHOD));
    }
    let of_run = |run: &RunRecord| {
        let (name, text) = (&run.summary.method, value(run, METHOD));
        let spelled_out = texts[name.as_str()].len() > 1 && !text.is_empty() && text != *name;
        let label = if spelled_out { Label::plain(names::words(&text)) } else { names::method(name) };
        // Texts that say the same of all runs tell nothing.
        let key = if texts[name.as_str()].len() > 1 { format!("{name}\u{1f}{text}") } else { name.clone() };
        Named { key, label }
    };
    runs.iter().map(of_run).collect()
}

/// Everything by which a figure can tell a run from others of other cases.
fn printed(runs: &[RunRecord], families: &[Named], all: &[Dimension], axes: &[&str]) -> Vec<String> {
    let of_run = |(run, record): (usize, &RunRecord)| {
        let mut words = vec![families[run].label.to_string()];
        words.extend(all.iter().map(|dimension| dimension.of_run[run].label.to_string()));
        words.extend(axes.iter().map(|path| value(record, path)));
        words.extend([record.summary.adversaries.to_string(), record.summary.workers.to_string()]);
        words.join("\u{1f}")
    };
    runs.iter().enumerate().map(of_run).collect()
}

/// The attack of each run; without adversaries there is none, so such runs belong to the only attack there is.
fn attacks(runs: &[RunRecord]) -> Vec<String> {
    let under_attack = runs.iter().filter(|r| r.summary.adversaries > 0);
    let kinds = distinct(under_attack.map(|r| r.summary.attack.clone()));
    let attack = |r: &RunRecord| match kinds.as_slice() {
        [only] if r.summary.adversaries == 0 => only.clone(),
        _ => r.summary.attack.clone(),
    };
    runs.iter().map(attack).collect()
}

/// A whole section (`adversaries: { count: 3, attack: … }`) says nothing new if L, M and the attack determine it.
fn is_repeated_elsewhere(dimension: &Dimension, runs: &[RunRecord]) -> bool {
    let mut values: BTreeMap<(u32, u32, &str), BTreeSet<&str>> = BTreeMap::new();
    for (run, value) in runs.iter().zip(&dimension.of_run) {
        let summary = &run.summary;
        let key = (summary.adversaries, summary.workers, summary.attack.as_str());
        values.entry(key).or_default().insert(&value.key);
    }
    ["adversaries", "workers"].contains(&dimension.path.as_str()) && values.values().all(|v| v.len() == 1)
}

fn workers(runs: &[RunRecord]) -> WorkerCounts {
    let mut of_count: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for run in runs {
        of_count.entry(run.summary.adversaries).or_default().insert(run.summary.workers);
    }
    let all: BTreeSet<u32> = of_count.values().flatten().copied().collect();
    match all.first() {
        Some(&m) if all.len() == 1 => WorkerCounts::One(m),
        _ if of_count.values().all(|m| m.len() == 1) => WorkerCounts::Tied,
        _ => WorkerCounts::Free,
    }
}

/// What a run has of these settings. Where they say that nobody lies they do not say how: such runs are the same under every attack.
#[must_use]
pub fn words<'a>(dimensions: impl IntoIterator<Item = &'a Dimension> + Clone, run: usize) -> Named {
    let key = |dimension: &Dimension| dimension.of_run[run].key.clone();
    let honest = dimensions.clone().into_iter().any(|d| d.path == ADVERSARIES && key(d) == "0");
    let said = dimensions.into_iter().filter(|d| !(honest && d.path.contains("attack")));
    Named::list(said.map(|dimension| dimension.of_run[run].clone()))
}

/// The two kinds of workers as a legend.
#[must_use]
pub fn honesty() -> Vec<Series> {
    let entry =
        |(i, words): (usize, &str)| Series { label: Label::plain(words), look: Look::Distinct(i), ink: None };
    ["honest", "adversarial"].into_iter().enumerate().map(entry).collect()
}
