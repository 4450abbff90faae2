//! Who holds which labels: what a split makes of the training set.

use super::settings::SweptSettings;
use super::{FigureKind, Form};
use crate::figure::content::{Axis, FigureNote, Scale};
use crate::figure::heat::{Heat, HeatPanel, Side};
use crate::figure::label::Label;
use crate::figure::named::distinct;
use crate::figure::options::FigureOptions;
use crate::figure::statistics::estimate;
use crate::figure::{names, notes};
use crate::record::{LabelRow, Results};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 6;

/// A panel for every different partition, of the first seed: one column per worker, one row per label.
pub const KIND: FigureKind = FigureKind {
    word: "label_partition",
    about: "training samples of each label that every worker holds; needs metrics: { labels: true }",
    source: "one run: the first seed of every partition",
    takes: &[],
    shows: |run| !run.labels.is_empty(),
    check: |asked| {
        asked.require(
            asked.recorded.labels,
            "a partition of labels is drawn from what was recorded of it, and nothing is",
            "write metrics: { labels: true }",
        )
    },
    draws: Form::Heat(heat),
};

fn heat(results: &Results, options: &FigureOptions) -> Heat {
    let settings = SweptSettings::of(results, |run| !run.labels.is_empty(), options);
    // A split knows nothing of methods and attacks: settings that share a partition are shown once.
    let mut kinds: Vec<(Label, &[LabelRow])> = Vec::new();
    let mut in_full: Vec<Label> = Vec::new();
    for (setting, runs) in &settings.all {
        let first = runs[0];
        let split = first.settings.iter().find(|(path, _)| path.contains("split"));
        let words = split.map_or(Label::default(), |(_, value)| Label::plain(names::words(value)));
        if kinds.iter().all(|(known, rows)| *known != words || *rows != first.labels.as_slice()) {
            kinds.push((words, &first.labels));
            in_full.push(setting.clone());
        }
    }
    // Where the split does not tell partitions apart, everything that varies does.
    if distinct(kinds.iter().map(|(words, _)| words.clone())).len() < kinds.len() {
        kinds.iter_mut().zip(in_full).for_each(|((words, _), setting)| *words = setting);
    }
    let of = kinds.len();
    kinds.truncate(MOST_PANELS);
    let whole = |pick: fn(&LabelRow) -> u32| {
        let mut all = distinct(kinds.iter().flat_map(|(_, rows)| rows.iter().map(pick)));
        all.sort_unstable();
        all
    };
    let (workers, labels) = (whole(|row| row.worker), whole(|row| row.label));
    let panel = |(title, rows): &(Label, &[LabelRow])| {
        let mut cells = vec![vec![None; workers.len()]; labels.len()];
        for row in *rows {
            let (x, y) = (workers.binary_search(&row.worker), labels.binary_search(&row.label));
            let place = (x.expect("a worker of its own"), y.expect("a label of its own"));
            cells[place.1][place.0] = Some(estimate(&[Some(row.samples as f64)]));
        }
        HeatPanel { title: title.clone(), cells }
    };
    let panels: Vec<HeatPanel> = kinds.iter().map(panel).collect();
    let seed = results.runs.iter().find(|run| !run.labels.is_empty()).map(|run| run.summary.seed);
    let words = seed.map_or("no run recorded its partition".to_owned(), |seed| {
        format!("training samples that a worker holds of a label; seed {seed}")
    });
    let mut small = vec![FigureNote::remark(Label::plain(words))];
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    small.extend(notes::closing(&shown, of, "partitions", results));
    let side = |column, words: &str, values: Vec<u32>| Side {
        column,
        label: Label::plain(words),
        values: values.into_iter().map(f64::from).collect(),
        names: vec![],
        mark: None,
    };
    Heat {
        x: side("worker", "worker", workers),
        y: side("label", "label", labels),
        colour: Axis { column: "samples", label: Label::plain("samples"), scale: Scale::Value },
        printed: false,
        panels,
        notes: small,
    }
}
