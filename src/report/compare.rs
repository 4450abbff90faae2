//! Two folders beside each other: where their settings differ, and at every point that both have the difference of their results.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::{Mapping, Value};

use super::html::Html;
use super::part::Part;
use super::points::{Point, columns, points, score};
use super::settings::{whole, words};
use super::tables::{Cell, Sorted, constant};
use crate::figure::statistics::{Estimate, estimate};
use crate::record::SummaryRow;

/// The difference of the second folder from the first, seed by seed where both have the seed.
pub(crate) fn section(first: &Part, second: &Part) -> Html {
    let (lines, others) = (first.lines(), second.lines());
    let (points, others) = (points(&lines), points(&others));
    let columns = columns(&points);
    let find = |point: &Point<'_>| others.iter().find(|other| other.settings == point.settings);
    let pairs: Vec<(&Point<'_>, &Point<'_>)> =
        points.iter().filter_map(|point| Some((point, find(point)?))).collect();
    let mut header = columns.varying.clone();
    let chosen = header.len();
    header
        .extend(["measure", "first", "second", "difference", "seeds in both", "digests"].map(str::to_owned));
    let mut table = Sorted::new("comparison".to_owned(), header, chosen);
    for (one, other) in &pairs {
        let mut row: Vec<Cell> = columns.varying.iter().map(|name| Cell::words(one.value(name))).collect();
        row.extend(cells(one, other));
        table.push(row);
    }
    let (dir, other) = (first.dir.display(), second.dir.display());
    let (only, only_other) = (points.len() - pairs.len(), others.len() - pairs.len());
    let mut facts = vec![format!("First: {dir}. Second: {other}.")];
    facts.push(format!(
        "{} in both, {only} only in the first, {only_other} only in the second. A difference is second less first, of the seeds \
         in both, with half of its 95 % interval from three seeds on.",
        if pairs.len() == 1 { "1 point of the sweep is".to_owned() } else { format!("{} points of the sweep are", pairs.len()) }
    ));
    let table = if pairs.is_empty() { Html::default() } else { table.html() };
    let facts = Html::all(facts.iter().map(|fact| Html::words("p", fact)));
    let content = Html::all([facts, unlike(first, second), constant(&columns), table]);
    Html::section(
        "comparison",
        &format!("{} compared with {}", second.manifest.name, first.manifest.name),
        content,
    )
}

/// Measure, both results, their difference, seeds and digests.
fn cells(one: &Point<'_>, other: &Point<'_>) -> Vec<Cell> {
    let of_seed: BTreeMap<u64, &SummaryRow> = other.finished.iter().map(|row| (row.seed, *row)).collect();
    let both: Vec<(&SummaryRow, &SummaryRow)> =
        one.finished.iter().filter_map(|row| Some((*row, *of_seed.get(&row.seed)?))).collect();
    let learned = one.finished.iter().chain(&other.finished).any(|row| row.final_accuracy.is_some());
    let (measure, digits, of): (_, _, fn(&SummaryRow) -> Option<f64>) = if learned {
        ("accuracy", 4, |row| row.final_accuracy)
    } else {
        ("decoding error", 6, |row| row.decoding_error)
    };
    let differences: Vec<Option<f64>> = both.iter().map(|(a, b)| Some(of(b)? - of(a)?)).collect();
    let same = both.iter().filter(|(a, b)| a.digest == b.digest).count();
    let cell = |all: &Estimate| Cell::number(&score(all, digits), all.mean);
    let difference = estimate(&differences);
    vec![
        Cell::words(measure),
        cell(&one.estimate(of)),
        cell(&other.estimate(of)),
        Cell::number(&signed(&score(&difference, digits), difference.mean), difference.mean),
        Cell::words(&both.len().to_string()),
        Cell::number(&format!("{same} of {} the same", both.len()), Some(same as f64)),
    ]
}

/// A plus before what is above zero.
fn signed(text: &str, mean: Option<f64>) -> String {
    if mean.is_some_and(|mean| mean > 0.0) { format!("+{text}") } else { text.to_owned() }
}

/// Settings in which the scenarios differ.
fn unlike(first: &Part, second: &Part) -> Html {
    let [Some(a), Some(b)] = [first, second].map(|part| part.scenario.as_deref().and_then(whole)) else {
        return Html::words(
            "p",
            "The scenarios cannot be compared: another version of signsim wrote one of them.",
        );
    };
    let (a, b) = (leaves(&a), leaves(&b));
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let shown = |value: Option<&Value>| value.map_or_else(|| "—".to_owned(), words);
    let rows: Vec<Html> = paths
        .into_iter()
        .filter(|path| a.get(*path) != b.get(*path))
        .map(|path| [path.clone(), shown(a.get(path)), shown(b.get(path))])
        .map(|cells| Html::element("tr", &[], Html::all(cells.map(|text| Html::words("td", &text)))))
        .collect();
    if rows.is_empty() {
        return Html::words("p", "All settings outside the sweep are the same.");
    }
    let head = ["setting", "first", "second"].map(|name| Html::words("th", name));
    let table = Html::element(
        "table",
        &[],
        Html::all([
            Html::element("thead", &[], Html::element("tr", &[], Html::all(head))),
            Html::element("tbody", &[], Html::all(rows)),
        ]),
    );
    Html::element("div", &[("class", "scroll")], table)
}

/// Every setting that holds no others, by its path.
fn leaves(tree: &Mapping) -> BTreeMap<String, Value> {
    fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Mapping(inner) if !inner.is_empty() => {
                for (key, value) in inner {
                    let key = key.as_str().unwrap_or_default();
                    let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    walk(&path, value, found);
                }
            }
            leaf => drop(found.insert(path.to_owned(), leaf.clone())),
        }
    }
    let mut found = BTreeMap::new();
    walk("", &Value::Mapping(tree.clone()), &mut found);
    found
}
