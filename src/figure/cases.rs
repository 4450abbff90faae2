//! Sorting runs into panels and series: what a sweep varied decides where a run is drawn.
//!
//! Repeats (`seed`) are averaged, methods become series, the number of adversaries is an axis of its own.
//! Whatever else varies becomes panels (the first such setting) or joins the legend (the others), so two
//! runs that differ in anything but their seed never end in one mean. The options `group` and `panel` of a figure
//! choose otherwise; what they displace joins the legend.

use std::collections::{BTreeMap, BTreeSet};

use super::content::{Line, Look, Panel, Point, Series};
use super::label::Label;
use super::names;
use super::options::Options;
use super::statistics::estimate;
use crate::record::{Results, RunRecord};

/// A label of more characters than this fits no title.
const LONGEST_LABEL: usize = 48;

/// A setting in which the runs differ, with its value in each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The path of the setting in the scenario.
    pub path: String,
    /// Its value in each run, in the order of the runs.
    pub of_run: Vec<String>,
}

impl Dimension {
    /// The different values in the order in which they first appear.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        distinct(self.of_run.iter().cloned())
    }

    /// One of its values in words.
    #[must_use]
    pub fn label(&self, value: &str) -> Label {
        let label = names::setting(&self.path, value);
        let values = self.values();
        let words = distinct(values.iter().map(|v| names::first_word(v)));
        // A section with all its settings is too long for a title; its first word will do where it tells them apart.
        if label.to_string().chars().count() > LONGEST_LABEL && words.len() == values.len() {
            return Label::plain(names::words(names::first_word(value)));
        }
        label
    }
}

/// How the number of workers M varies over the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// All runs have the same M.
    One(u32),
    /// Each L comes with an M of its own: M is a second reading of the axis of L.
    Tied,
    /// M varies by itself and is a dimension like any other.
    Free,
}

/// The path of the setting that methods are.
pub const METHOD: &str = "method";
/// The path of the number of adversaries.
pub const ADVERSARIES: &str = "adversaries.count";
/// In the place of a setting that makes panels: there shall be none.
pub const NO_PANEL: &str = "none";

/// The runs of a result folder, sorted by what varies among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Cases {
    /// The method of each run, or its value of the setting that the figure groups by, as the legend names it.
    pub families: Vec<Label>,
    pub workers: Workers,
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
    pub fn but(results: &Results, axes: &[&str], options: &Options) -> Self {
        let runs = &results.runs;
        let workers = workers(runs);
        let mut all: Vec<Dimension> = paths(runs).iter().map(|path| dimension(runs, path)).collect();
        let named = |all: &[Dimension], what: &str| all.iter().any(|d| d.path.contains(what));
        if !named(&all, "attack") {
            all.push(Dimension { path: "adversaries.attack".to_owned(), of_run: attacks(runs) });
        }
        if !axes.contains(&ADVERSARIES) {
            let of_run = runs.iter().map(|r| r.summary.adversaries.to_string()).collect();
            all.push(Dimension { path: ADVERSARIES.to_owned(), of_run });
        }
        if workers == Workers::Free {
            let of_run = runs.iter().map(|r| r.summary.workers.to_string()).collect();
            all.push(Dimension { path: "workers.count".to_owned(), of_run });
        }
        all.retain(|d| {
            !axes.contains(&d.path.as_str()) && d.values().len() > 1 && !is_repeated_elsewhere(d, runs)
        });
        let (mut members, mut panels): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|d| d.path.starts_with("method."));
        if panels.is_empty() && members.len() > 1 && distinct(methods(runs)).len() == 1 {
            panels.push(members.remove(0));
        }
        let families = methods(runs).into_iter().map(Label::plain).collect();
        let mut cases = Self { families, workers, panels, members, told: false };
        cases.regroup(options, Dimension { path: METHOD.to_owned(), of_run: methods(runs) });
        cases
    }

    /// Does what the options say.
    fn regroup(&mut self, options: &Options, method: Dimension) {
        if let Some(group) = options.group.as_deref().filter(|group| *group != METHOD) {
            let dimension = self.take(group);
            let word = |run: usize| dimension.as_ref().map_or(Label::default(), |d| d.label(&d.of_run[run]));
            self.families = (0..self.families.len()).map(word).collect();
            if method.values().len() > 1 {
                self.panels.insert(0, method.clone());
            }
        }
        let Some(panel) = &options.panel else { return };
        if panel == METHOD && options.group.as_deref().is_none_or(|group| group == METHOD) {
            self.families.fill(Label::default());
            self.panels.insert(0, method);
        }
        let chosen = self.take(panel);
        let displaced = std::mem::replace(&mut self.panels, chosen.into_iter().collect());
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
    pub fn titles(&self) -> Vec<Label> {
        (0..self.families.len()).map(|run| words(&self.panels, run)).collect()
    }

    /// The words of the settings that join the legend, for every run.
    #[must_use]
    pub fn member_words(&self) -> Vec<Label> {
        (0..self.families.len()).map(|run| words(&self.members, run)).collect()
    }
}

/// The settings that are neither a repeat nor an axis nor a method, in the order of the scenario.
fn paths(runs: &[RunRecord]) -> Vec<String> {
    const OWN: [&str; 4] = ["seed", METHOD, ADVERSARIES, "workers.count"];
    let all = runs.iter().flat_map(|r| r.settings.iter().map(|(path, _)| path.clone()));
    distinct(all.filter(|path| !OWN.contains(&path.as_str())))
}

fn dimension(runs: &[RunRecord], path: &str) -> Dimension {
    Dimension { path: path.to_owned(), of_run: runs.iter().map(|run| value(run, path)).collect() }
}

fn value(run: &RunRecord, path: &str) -> String {
    run.settings.iter().find(|(p, _)| p == path).map_or(String::new(), |(_, v)| v.clone())
}

/// The summary's name of the method, or the scenario's text where two texts share a name.
fn methods(runs: &[RunRecord]) -> Vec<String> {
    let names = distinct(runs.iter().map(|r| r.summary.method.clone()));
    let texts = distinct(runs.iter().map(|r| (r.summary.method.clone(), value(r, "method"))));
    let ambiguous = texts.len() > names.len();
    let word = |r: &RunRecord| if ambiguous { value(r, "method") } else { r.summary.method.clone() };
    runs.iter().map(|r| names::method(&word(r))).collect()
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
        values.entry(key).or_default().insert(value);
    }
    ["adversaries", "workers"].contains(&dimension.path.as_str()) && values.values().all(|v| v.len() == 1)
}

fn workers(runs: &[RunRecord]) -> Workers {
    let mut of_count: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for run in runs {
        of_count.entry(run.summary.adversaries).or_default().insert(run.summary.workers);
    }
    let all: BTreeSet<u32> = of_count.values().flatten().copied().collect();
    match all.first() {
        Some(&m) if all.len() == 1 => Workers::One(m),
        _ if of_count.values().all(|m| m.len() == 1) => Workers::Tied,
        _ => Workers::Free,
    }
}

/// What a run has of these settings, in words.
#[must_use]
pub fn words<'a>(dimensions: impl IntoIterator<Item = &'a Dimension>, run: usize) -> Label {
    Label::list(dimensions.into_iter().map(|d| d.label(&d.of_run[run])))
}

/// What in a legend forms a scale, and is coloured as one where nothing else needs colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    Nothing,
    Members,
    Families,
}

/// The legend of runs with these families (methods) and members, and the entry of each run.
///
/// `members` are the further words of each run's entry.
#[must_use]
pub fn series(families: &[Label], members: &[Label], ordered: Ordered) -> (Vec<Series>, Vec<usize>) {
    let (of_runs, families) = (families, distinct(families.iter().cloned()));
    let kinds = distinct(members.iter().cloned());
    let of_run = of_runs.iter().zip(members).map(|(method, member)| {
        let place = |found: Option<usize>| found.expect("every run is among its own kinds");
        (place(families.iter().position(|f| f == method)), place(kinds.iter().position(|k| k == member)))
    });
    let of_run: Vec<(usize, usize)> = of_run.collect();
    let keys: Vec<(usize, usize)> = BTreeSet::from_iter(of_run.iter().copied()).into_iter().collect();
    let entry = |&(family, member): &(usize, usize)| {
        let look = match (families.len(), kinds.len()) {
            (n, 1) if ordered == Ordered::Families => Look::Ordered(family, n),
            (_, 1) => Look::Distinct(family),
            (1, n) if ordered == Ordered::Members => Look::Ordered(member, n),
            (1, _) => Look::Distinct(member),
            _ => Look::Member { family, member },
        };
        let label = Label::list([families[family].clone(), kinds[member].clone()]);
        Series { label, look }
    };
    let entries = keys.iter().map(entry).collect();
    (entries, of_run.iter().map(|key| keys.binary_search(key).expect("a key of its own set")).collect())
}

/// One value of one run on its way into a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub panel: usize,
    pub series: usize,
    pub x: f64,
    pub workers: u32,
    pub value: Option<f64>,
}

/// Averages samples that share panel, series and x; panels without a sample stay empty.
#[must_use]
pub fn collect(titles: Vec<Label>, samples: impl IntoIterator<Item = Sample>) -> Vec<Panel> {
    let mut samples: Vec<Sample> = samples.into_iter().collect();
    samples.sort_by(|a, b| (a.panel, a.series).cmp(&(b.panel, b.series)).then(a.x.total_cmp(&b.x)));
    let mut panels: Vec<Panel> =
        titles.into_iter().map(|title| Panel { title, ..Panel::default() }).collect();
    for repeats in samples.chunk_by(|a, b| (a.panel, a.series, a.x) == (b.panel, b.series, b.x)) {
        let Sample { panel, series, x, .. } = repeats[0];
        let values: Vec<Option<f64>> = repeats.iter().map(|s| s.value).collect();
        let workers = Some(repeats[0].workers).filter(|m| repeats.iter().all(|s| s.workers == *m));
        let point = Point { x, estimate: estimate(&values), workers };
        let lines = &mut panels[panel].lines;
        match lines.last_mut().filter(|line| line.series == series) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { series, points: vec![point] }),
        }
    }
    panels
}

/// The different items in the order in which they first appear.
#[must_use]
pub fn distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}
