//! How wrong votes and decisions are, layer by layer.

use super::settings::SweptSettings;
use super::{FigureKind, Form};
use crate::figure::bars::{Bar, BarGroup, Bars, Length};
use crate::figure::content::{Axis, FigureNote, Look, Scale};
use crate::figure::label::Label;
use crate::figure::named::distinct;
use crate::figure::notes;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::statistics::{Estimate, SHARE, estimate_with};
use crate::record::{LayerRow, Results, RunRecord};

/// More settings than this do not fit a page.
const MOST_SETTINGS: usize = 4;

/// What is measured of a layer, as the legend calls it.
type Quantity = (&'static str, fn(&LayerRow) -> Option<f64>);
const QUANTITIES: [Quantity; 3] = [
    ("honest votes", |row| row.honest_crossover),
    ("adversarial votes", |row| row.adversary_crossover),
    ("decisions", |row| row.decoding_error),
];

/// One group per layer, a bar for honest votes, adversarial votes and decisions: the mean over the measured rounds.
pub const KIND: FigureKind = FigureKind {
    word: "layer_crossovers",
    about: "share of wrong signs in votes and decisions, layer by layer; needs metrics: { layers: true }",
    source: "mean over measured rounds, and 95 % Student-t interval over seeds",
    takes: &[OptionKey::Error, OptionKey::Level],
    shows: |run| !run.layers.is_empty(),
    check: |asked| {
        asked.require(
            asked.recorded.layers,
            "layers are compared only where they are measured, and none are",
            "write metrics: { layers: true }",
        )
    },
    draws: Form::Bars(bars),
};

fn bars(results: &Results, options: &FigureOptions) -> Bars {
    let settings = SweptSettings::of(results, |run| !run.layers.is_empty(), options);
    let of = settings.all.len();
    let shown = || settings.all.iter().take(MOST_SETTINGS);
    let mut groups = Vec::new();
    for (setting, runs) in shown() {
        let layers = distinct(runs.iter().flat_map(|run| run.layers.iter().map(|row| row.layer.clone())));
        for layer in layers {
            let bar = |(i, (name, of)): (usize, &Quantity)| {
                let means: Vec<Option<f64>> = runs.iter().map(|run| mean(run, &layer, *of)).collect();
                means.iter().any(Option::is_some).then(|| Bar {
                    label: Label::plain(*name),
                    look: Look::Distinct(i),
                    ink: None,
                    length: Length::Mean(estimate_with(&means, SHARE, options.uncertainty())),
                })
            };
            let title = Label::list([setting.clone(), Label::plain(layer.as_str())]);
            groups.push(BarGroup { title, bars: QUANTITIES.iter().enumerate().filter_map(bar).collect() });
        }
    }
    let estimates: Vec<Estimate> = groups.iter().flat_map(|g| &g.bars).filter_map(mean_of).collect();
    let repeats = if of == 0 {
        Label::plain("no run measured its layers")
    } else {
        notes::repeats(estimates, options.uncertainty())
    };
    let mut small =
        vec![FigureNote::remark(repeats.then(Label::plain("; each the mean over the measured rounds")))];
    let titles: Vec<Label> = shown().map(|(title, _)| title.clone()).collect();
    small.extend(notes::diverged_among(results.runs.iter().filter(|run| !run.layers.is_empty())));
    small.extend(notes::closing(&titles, of, "settings", results));
    let x = Axis {
        column: "share_wrong",
        label: Label::plain("share of signs that are wrong"),
        scale: Scale::Value,
    };
    Bars { x, groups, notes: small }
}

fn mean_of(bar: &Bar) -> Option<Estimate> {
    match bar.length {
        Length::Mean(estimate) => Some(estimate),
        Length::Median(_) => None,
    }
}

/// The mean over the rounds in which a layer was measured.
fn mean(run: &RunRecord, layer: &str, of: fn(&LayerRow) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = run.layers.iter().filter(|row| row.layer == layer).filter_map(of).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
