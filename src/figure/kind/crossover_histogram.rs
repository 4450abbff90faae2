//! How often workers are wrong: a histogram of the share of wrong signs in a vote, honest and adversarial.

use super::settings::SweptSettings;
use super::{FigureKind, Form};
use crate::figure::cases::honesty;
use crate::figure::content::{
    AxesPanel, Axis, Content, FigureNote, IntervalShape, Scale, SeriesLine, SeriesPoint, VerticalMark,
};
use crate::figure::label::Label;
use crate::figure::notes;
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::statistics::{Estimate, Spread};
use crate::record::{Results, RunRecord, WorkerRow};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 6;
/// Bins between 0 and 1.
const BINS: usize = 50;

/// A panel a setting; the share of all measured votes that fall into a bin, honest and adversarial votes apart.
pub const KIND: FigureKind = FigureKind {
    word: "crossover_histogram",
    about: "how many of a vote's signs are wrong: histogram over workers and recorded rounds",
    source: "share of the votes of all seeds, by the reference of metrics",
    takes: &[OptionKey::Rows, OptionKey::Columns],
    shows: |run| !run.workers.is_empty(),
    check: |_| Ok(()),
    draws: Form::Chart(content),
};

fn content(results: &Results, options: &FigureOptions) -> Content {
    let measured = |run: &RunRecord| run.workers.iter().any(|row| row.true_crossover.is_some());
    let settings = SweptSettings::of(results, measured, options);
    let of = settings.all.len();
    let panels: Vec<AxesPanel> = settings
        .all
        .iter()
        .take(options.most_panels(MOST_PANELS))
        .map(|(title, runs)| panel(title.clone(), runs))
        .collect();
    let seeds = settings.all.iter().map(|(_, runs)| runs.len()).max().unwrap_or(0);
    let votes = settings.all.first().map_or(0, |(_, runs)| {
        runs.iter().flat_map(|run| &run.workers).filter(|row| row.true_crossover.is_some()).count()
    });
    let words = if of == 0 {
        "no run measured the crossovers of its workers".to_owned()
    } else {
        format!(
            "votes of all workers in the recorded rounds of {seeds} seed{}: {votes} in the first panel; bins of {} \
             from 0 to 1",
            if seeds == 1 { "" } else { "s" },
            1.0 / BINS as f64
        )
    };
    let mut small = vec![FigureNote::remark(Label::plain(words))];
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let impossible = |row: &&WorkerRow| row.true_crossover.is_some_and(|share| !(0.0..=1.0).contains(&share));
    let damaged = results.runs.iter().flat_map(|run| &run.workers).filter(impossible).count();
    if damaged > 0 {
        let words =
            format!("{damaged} votes have no share from 0 to 1 and are left out: the records are damaged");
        small.push(FigureNote::warning(Label::plain(words)));
    }
    small.extend(notes::diverged_among(results.runs.iter().filter(|run| measured(run))));
    small.extend(notes::closing(&shown, of, "settings", results));
    Content {
        x: Axis {
            column: "crossover",
            label: Label::plain("share of a vote's signs that are wrong"),
            scale: Scale::Share,
        },
        y: Axis { column: "share_of_votes", label: Label::plain("share of votes"), scale: Scale::Share },
        interval: IntervalShape::Steps,
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
    let mut counts = [[0_u64; BINS]; 2];
    for row in runs.iter().flat_map(|run| &run.workers) {
        if let Some(crossover) = row.true_crossover.filter(|share| (0.0..=1.0).contains(share)) {
            // A share on the edge between two bins belongs to the upper one, whatever its last bit says.
            let bin = ((crossover * BINS as f64 + 1e-9) as usize).min(BINS - 1);
            counts[usize::from(row.adversary)][bin] += 1;
        }
    }
    let occupied = |bin: &usize| counts.iter().any(|of| of[*bin] > 0);
    let (first, last) = ((0..BINS).find(occupied), (0..BINS).rfind(occupied));
    let range = first.unwrap_or(0)..last.map_or(0, |last| last + 1);
    let line = |series: usize| {
        let total: u64 = counts[series].iter().sum();
        let point = |bin: usize| {
            let mean = Some(counts[series][bin] as f64 / total as f64);
            let estimate = Estimate {
                mean,
                interval: None,
                spread: Spread::Nothing,
                runs: runs.len() as u32,
                without: 0,
            };
            let workers = runs.first().map(|run| run.summary.workers);
            SeriesPoint { x: (bin as f64 + 0.5) / BINS as f64, estimate, workers, seeds: Vec::new() }
        };
        (total > 0).then(|| SeriesLine { series, points: range.clone().map(point).collect() })
    };
    let marks = vec![VerticalMark { x: 0.5, label: Label::plain("1/2") }];
    AxesPanel { title, lines: (0..2).filter_map(line).collect(), marks, ..AxesPanel::default() }
}
