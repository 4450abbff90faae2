//! The legend of a figure, and the means behind its points.

use std::collections::BTreeSet;

use super::choice::ErrorKind;
use super::content::{AxesPanel, Look, Series, SeriesLine, SeriesPoint};
use super::label::Label;
use super::named::{Named, distinct, told_apart};
use super::statistics::{Possible, Uncertainty, estimate_with};

/// What in a legend forms a scale, and is coloured as one where nothing else needs colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordered {
    Nothing,
    Members,
    Families,
}

/// The legend of runs with these families (methods) and members, and the entry of each run.
///
/// `members` are the further words of each run's entry.
#[must_use]
pub(crate) fn series(families: &[Named], members: &[Named], ordered: Ordered) -> (Vec<Series>, Vec<usize>) {
    let (of_runs, families) = (families, distinct(families.iter().cloned()));
    let kinds = distinct(members.iter().cloned());
    let place = |all: &[Named], one: &Named| {
        all.iter().position(|known| known == one).expect("every run is among its own kinds")
    };
    let of_run: Vec<(usize, usize)> = of_runs
        .iter()
        .zip(members)
        .map(|(method, member)| (place(&families, method), place(&kinds, member)))
        .collect();
    let keys: Vec<(usize, usize)> = BTreeSet::from_iter(of_run.iter().copied()).into_iter().collect();
    let look = |&(family, member): &(usize, usize)| match (families.len(), kinds.len()) {
        (n, 1) if ordered == Ordered::Families => Look::Ordered(family, n),
        (_, 1) => Look::Distinct(family),
        (1, n) if ordered == Ordered::Members => Look::Ordered(member, n),
        (1, _) => Look::Distinct(member),
        _ => Look::Member { family, member },
    };
    let label = |&(family, member): &(usize, usize)| {
        Label::list([families[family].label.clone(), kinds[member].label.clone()])
    };
    let labels = told_apart(keys.iter().map(label).collect());
    let entries =
        keys.iter().zip(labels).map(|(key, label)| Series { label, look: look(key), ink: None }).collect();
    (entries, of_run.iter().map(|key| keys.binary_search(key).expect("a key of its own set")).collect())
}

/// One value of one run on its way into a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample<'a> {
    pub panel: usize,
    pub series: usize,
    pub x: f64,
    pub workers: u32,
    /// The run's id: it counts once, however often it is asked for.
    pub run: &'a str,
    pub value: Option<f64>,
}

/// Averages samples that share panel, series and x; panels without a sample stay empty.
#[must_use]
pub(crate) fn collect<'a>(
    titles: Vec<Label>,
    samples: impl IntoIterator<Item = Sample<'a>>,
    possible: Possible,
    uncertainty: Uncertainty,
) -> Vec<AxesPanel> {
    let mut samples: Vec<Sample<'_>> = samples.into_iter().filter(|sample| sample.x.is_finite()).collect();
    samples.sort_by(|a, b| (a.panel, a.series).cmp(&(b.panel, b.series)).then(a.x.total_cmp(&b.x)));
    let mut panels: Vec<AxesPanel> =
        titles.into_iter().map(|title| AxesPanel { title, ..AxesPanel::default() }).collect();
    for repeats in samples.chunk_by(|a, b| (a.panel, a.series, a.x) == (b.panel, b.series, b.x)) {
        let Sample { panel, series, x, .. } = repeats[0];
        let mut seen = BTreeSet::new();
        let once = repeats.iter().filter(|sample| seen.insert(sample.run));
        let values: Vec<Option<f64>> = once.map(|sample| sample.value).collect();
        let workers = Some(repeats[0].workers).filter(|m| repeats.iter().all(|s| s.workers == *m));
        let estimate = estimate_with(&values, possible, uncertainty);
        let finite = || values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
        let singly = match uncertainty.error {
            ErrorKind::Seeds => true,
            ErrorKind::Ci => estimate.runs == 2,
            _ => false,
        };
        let seeds = if singly { finite() } else { Vec::new() };
        let point = SeriesPoint { x, estimate, workers, seeds };
        let lines = &mut panels[panel].lines;
        match lines.last_mut().filter(|line| line.series == series) {
            Some(line) => line.points.push(point),
            None => lines.push(SeriesLine { series, points: vec![point] }),
        }
    }
    panels
}
