//! The points of a sweep with their runs: a row each of a table of results.

use std::collections::BTreeMap;

use crate::figure::statistics::{Estimate, Spread, estimate};
use crate::record::{Settings, Status, SummaryRow};
use crate::run::ReportLine;

/// The column that tells cases apart that go by one name.
pub const APART: &str = "differs in";

/// The runs of one point.
#[derive(Debug, Clone, Default)]
pub struct Point<'a> {
    /// What its runs share: the sweep's settings, with method, attack, L and M where these do not say them.
    pub settings: Settings,
    /// Those that came to their ends.
    pub finished: Vec<&'a SummaryRow>,
    /// How many have no numbers.
    pub diverged: usize,
    /// How many are not there.
    pub failed: usize,
}

impl Point<'_> {
    /// All runs.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.finished.len() + self.diverged + self.failed
    }

    /// Mean and interval over the finished runs.
    #[must_use]
    pub fn estimate(&self, of: impl Fn(&SummaryRow) -> Option<f64>) -> Estimate {
        estimate(&self.finished.iter().map(|row| of(row)).collect::<Vec<_>>())
    }

    /// The mean over the finished runs in so many digits; nothing where there is none.
    #[must_use]
    pub fn mean(&self, of: impl Fn(&SummaryRow) -> f64, digits: usize) -> String {
        self.estimate(|row| Some(of(row))).mean.map_or_else(String::new, |mean| format!("{mean:.digits$}"))
    }

    /// How many of the runs are not in the means.
    #[must_use]
    pub fn others(&self) -> String {
        let all = self.runs();
        let count = |n: usize, what: &str| (n > 0).then(|| format!("{n} of {all} {what}"));
        let parts = [count(self.diverged, "diverged"), count(self.failed, "failed")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A mean with half of its interval, or with the range of two.
#[must_use]
pub fn score(all: &Estimate, digits: usize) -> String {
    let Some(mean) = all.mean else { return String::new() };
    let spread = match (all.spread, all.interval) {
        (Spread::Student | Spread::Cut, Some((low, high))) => {
            // Where one end is cut the other still tells the half.
            format!(" ± {:.digits$}", (high - mean).max(mean - low))
        }
        (Spread::Range, Some((low, high))) => format!(" ({low:.digits$} to {high:.digits$})"),
        _ => String::new(),
    };
    format!("{mean:.digits$}{spread}")
}

/// The points of these runs, in their order. A run counts once in a point, however often a sweep names it.
#[must_use]
pub fn points(lines: &[ReportLine]) -> Vec<Point<'_>> {
    let mut places: BTreeMap<(Settings, &str), usize> = BTreeMap::new();
    let mut points: Vec<(Point<'_>, Vec<&str>)> = Vec::new();
    for line in lines {
        let settings = settings(line);
        let place = *places.entry((settings.clone(), &line.case)).or_insert_with(|| {
            points.push((Point { settings, ..Point::default() }, Vec::new()));
            points.len() - 1
        });
        let (point, seen) = &mut points[place];
        if seen.contains(&line.row.run.as_str()) {
            continue;
        }
        seen.push(&line.row.run);
        match line.row.status {
            Status::Finished => point.finished.push(&line.row),
            Status::Diverged => point.diverged += 1,
            Status::Failed => point.failed += 1,
        }
    }
    points.into_iter().map(|(point, _)| point).collect()
}

/// What a run is called by: settings of the sweep first, L and M last, as numbers.
fn settings(ReportLine { row, settings, apart, .. }: &ReportLine) -> Settings {
    let counted = |path: &str| matches!(path, "adversaries.count" | "workers.count");
    let mut shared: Settings = settings.iter().filter(|(path, _)| !counted(path)).cloned().collect();
    for (key, value) in [("method", &row.method), ("attack", &row.attack)] {
        if !shared.iter().any(|(path, _)| path.contains(key)) {
            shared.push((key.to_owned(), value.clone()));
        }
    }
    shared.push((APART.to_owned(), apart.clone()));
    shared.push(("L".to_owned(), row.adversaries.to_string()));
    shared.push(("M".to_owned(), row.workers.to_string()));
    shared
}

/// Settings in which no two rows differ, and the columns of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Name and value of what is the same everywhere.
    pub constant: Vec<(String, String)>,
    /// Names of the settings that differ, in order.
    pub varying: Vec<String>,
}

/// Which settings of the points have a column of their own.
#[must_use]
pub fn columns(points: &[Point<'_>]) -> Columns {
    let mut columns = Columns::default();
    for (i, (name, value)) in points.first().into_iter().flat_map(|point| &point.settings).enumerate() {
        if points.iter().any(|point| point.settings.get(i).map(|(_, value)| value) != Some(value)) {
            columns.varying.push(name.clone());
        } else if !value.is_empty() {
            columns.constant.push((name.clone(), value.clone()));
        }
    }
    columns
}

impl Point<'_> {
    /// The value of a setting.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.settings.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}
