//! Every method against every attack: final accuracy (or loss, or decoding error), and the megabytes that it cost.

use super::{FigureKind, Form};
use crate::figure::cases::{ADVERSARIES, Cases};
use crate::figure::content::{AxesPanel, Series};
use crate::figure::named::{distinct, told_apart};
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::series::{Ordered, Sample, collect, series};
use crate::figure::statistics::{AMOUNT, Estimate, Possible};
use crate::figure::table::{Cell, ColumnGroup, Table, TableRow};
use crate::record::{Results, RunRecord};

/// Bytes in a megabyte, as the field counts them.
const MEGABYTE: f64 = 1e6;

/// One row per method, a group of columns for each value of what else varies (attacks first of all), a column for each
/// number of adversaries.
pub const KIND: FigureKind = FigureKind {
    word: "method_table",
    about: "final accuracy and megabytes: one row per method, one column per attack and L; figure, Markdown and LaTeX",
    source: "mean and 95 % Student-t interval over seeds",
    takes: &[OptionKey::Measure, OptionKey::Group, OptionKey::Panel, OptionKey::Error, OptionKey::Level],
    shows: |_| true,
    check: |asked| asked.check_axis(ADVERSARIES),
    draws: Form::Table(table),
};

fn table(results: &Results, options: &FigureOptions) -> Table {
    let measure = options.measure.unwrap_or_default();
    let cases = Cases::excluding(results, &[ADVERSARIES], options);
    let (series, series_of_run) = series(&cases.families, &cases.member_words(), Ordered::Nothing);
    let titles = cases.titles();
    let names = distinct(titles.iter().cloned());
    let groups = told_apart(names.iter().map(|name| name.label.clone()).collect());
    let group_of = |run: usize| names.iter().position(|g| *g == titles[run]).expect("one of its own");
    let averaged = |value: &dyn Fn(&RunRecord) -> Option<f64>, possible: Possible| {
        let sample = |run: usize| Sample {
            panel: group_of(run),
            series: series_of_run[run],
            x: f64::from(results.runs[run].summary.adversaries),
            workers: results.runs[run].summary.workers,
            run: &results.runs[run].summary.run,
            value: value(&results.runs[run]),
        };
        collect(groups.clone(), (0..results.runs.len()).map(sample), possible, options.uncertainty())
    };
    let measured = averaged(&|run| measure.at_end(run), measure.possible());
    let up = averaged(&|run| Some(run.summary.uplink_bytes as f64 / MEGABYTE), AMOUNT);
    let down = averaged(&|run| Some(run.summary.downlink_bytes as f64 / MEGABYTE), AMOUNT);
    let columns: Vec<Vec<f64>> = measured.iter().map(counts).collect();
    let cell = |group: usize, series: usize, x: f64| {
        let estimate = |panels: &[AxesPanel]| find(&panels[group], series, x);
        let megabytes = |panels: &[AxesPanel]| estimate(panels).and_then(|e| e.mean);
        Some(Cell { measured: estimate(&measured)?, up: megabytes(&up)?, down: megabytes(&down)? })
    };
    let row = |(of, entry): (usize, &Series)| {
        let places = columns.iter().enumerate().flat_map(|(group, xs)| xs.iter().map(move |x| (group, *x)));
        TableRow { label: entry.label.clone(), cells: places.map(|(group, x)| cell(group, of, x)).collect() }
    };
    let rows: Vec<TableRow> = series.iter().enumerate().map(row).collect();
    let groups = groups.iter().cloned().zip(columns.iter().cloned());
    let groups = groups.map(|(label, adversaries)| ColumnGroup { label, adversaries }).collect();
    let (axis, gain) = (measure.axis(results), measure.is_gain());
    let uncertainty = options.uncertainty();
    Table {
        measure: axis,
        gain,
        groups,
        rows,
        uncertainty,
        missing: results.missing.clone(),
        remarks: vec![],
    }
}

/// The numbers of adversaries that occur, ascending.
fn counts(panel: &AxesPanel) -> Vec<f64> {
    let mut counts: Vec<f64> = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.x)).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    counts
}

fn find(panel: &AxesPanel, series: usize, x: f64) -> Option<Estimate> {
    let line = panel.lines.iter().find(|line| line.series == series)?;
    line.points.iter().find(|point| point.x == x).map(|point| point.estimate)
}
