//! What the server thinks of its workers, round by round: the weights of the honest and of the corrupted.

use std::collections::BTreeMap;

use super::settings::SweptSettings;
use super::{FigureKind, Form};
use crate::figure::cases::honesty;
use crate::figure::content::{
    AxesPanel, Axis, Content, FigureNote, IntervalShape, Scale, SeriesLine, SeriesPoint,
};
use crate::figure::label::Label;
use crate::figure::named::distinct;
use crate::figure::notes;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::statistics::{Estimate, Spread};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 12;

/// A panel a setting; the line is the mean over workers and seeds, the band reaches from the least worker to the greatest.
pub const KIND: FigureKind = FigureKind {
    word: "weights_vs_rounds",
    about: "the weights that the server gives to honest and adversarial workers, against the round",
    source: "mean over workers and seeds; band from the least worker to the greatest",
    takes: &[OptionKey::Rows, OptionKey::Columns, OptionKey::XScale, OptionKey::YScale, OptionKey::Markers],
    shows: |run| !run.workers.is_empty(),
    check: |_| Ok(()),
    draws: Form::Chart(content),
};

fn content(results: &Results, options: &FigureOptions) -> Content {
    let settings = SweptSettings::of(results, |run| !run.workers.is_empty(), options);
    let of = settings.all.len();
    let panels: Vec<AxesPanel> = settings
        .all
        .iter()
        .take(options.most_panels(MOST_PANELS))
        .map(|(title, runs)| panel(title.clone(), runs))
        .collect();
    let seeds =
        distinct(panels.iter().flat_map(|p| &p.lines).flat_map(|l| &l.points).map(|p| p.estimate.runs));
    let words = match seeds.as_slice() {
        [] => "no run recorded weights".to_owned(),
        [1] => {
            "line: mean over the workers of one seed; band: from the least worker to the greatest".to_owned()
        }
        [n, rest @ ..] => {
            let most = rest.iter().chain([n]).max().unwrap_or(n);
            format!("line: mean over workers and {most} seeds; band: from the least worker to the greatest")
        }
    };
    let mut small = vec![FigureNote::remark(Label::plain(words))];
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let endless =
        |panel: &AxesPanel| panel.lines.iter().flat_map(|l| &l.points).any(|p| p.estimate.mean.is_none());
    if panels.iter().any(endless) {
        let words = "where a line is broken, a weight is no finite number";
        small.push(FigureNote::warning(Label::plain(words)));
    }
    small.extend(notes::diverged_among(results.runs.iter().filter(|run| !run.workers.is_empty())));
    small.extend(notes::closing(&shown, of, "settings", results));
    Content {
        x: Axis { column: "round", label: Label::plain("round"), scale: Scale::Progress },
        y: Axis {
            column: "weight",
            label: Label::plain("weight, mean over coordinates"),
            scale: Scale::Value,
        },
        interval: IntervalShape::Band,
        joined: true,
        stepped: false,
        facets: None,
        series: honesty(),
        theorems: vec![],
        panels,
        notes: small,
    }
}

fn panel(title: Label, runs: &[&RunRecord]) -> AxesPanel {
    let mut weights: [BTreeMap<u32, Vec<f64>>; 2] = Default::default();
    for row in runs.iter().flat_map(|run| &run.workers) {
        weights[usize::from(row.adversary)].entry(row.round).or_default().push(row.weight);
    }
    let line = |(series, of_round): (usize, BTreeMap<u32, Vec<f64>>)| {
        let point = |(round, weights): (u32, Vec<f64>)| {
            let (least, most) =
                weights.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), w| (a.min(*w), b.max(*w)));
            // A weight without bounds has no mean.
            let mean =
                Some(weights.iter().sum::<f64>() / weights.len() as f64).filter(|mean| mean.is_finite());
            let interval = mean.map(|_| (least, most));
            let estimate =
                Estimate { mean, interval, spread: Spread::Range, runs: runs.len() as u32, without: 0 };
            SeriesPoint {
                x: f64::from(round),
                estimate,
                workers: runs.first().map(|run| run.summary.workers),
                seeds: Vec::new(),
            }
        };
        (!of_round.is_empty())
            .then(|| SeriesLine { series, points: of_round.into_iter().map(point).collect() })
    };
    AxesPanel {
        title,
        lines: weights.into_iter().enumerate().filter_map(line).collect(),
        ..AxesPanel::default()
    }
}
