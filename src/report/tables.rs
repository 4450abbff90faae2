//! The tables of results and of runs, which the program of the page sorts and filters.

use std::path::Path;

use super::html::Html;
use super::links::relative;
use super::part::Part;
use super::points::{Columns, Point, columns, points, score};
use crate::figure::statistics::Estimate;
use crate::record::{Status, SummaryRow};

/// A column with more different values is filtered by what is typed.
const MOST_CHOICES: usize = 24;

/// A table that sorts and filters.
pub(crate) struct Sorted {
    id: String,
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Columns that are chosen from: those of settings.
    chosen: usize,
}

/// A cell, and the number by which it is sorted, where it is one.
pub(crate) struct Cell {
    content: Html,
    text: String,
    number: Option<f64>,
}

impl Cell {
    /// Words; a number among them sorts as one.
    pub(crate) fn words(text: &str) -> Self {
        Self { content: Html::text(text), text: text.to_owned(), number: text.trim().parse().ok() }
    }

    /// Words that sort by a number.
    pub(crate) fn number(text: &str, number: Option<f64>) -> Self {
        Self { number, ..Self::words(text) }
    }

    fn is_number(&self) -> bool {
        self.number.is_some_and(f64::is_finite)
    }

    fn html(content: Html, text: &str) -> Self {
        Self { content, ..Self::words(text) }
    }
}

impl Sorted {
    /// A table without rows; the first `chosen` columns are chosen from.
    pub(crate) fn new(id: String, header: Vec<String>, chosen: usize) -> Self {
        Self { id, header, rows: Vec::new(), chosen }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Takes columns away in which no cell says anything.
    fn without_empty(mut self) -> Self {
        let says = |column: usize| self.rows.iter().any(|row| !row[column].text.is_empty());
        let kept: Vec<bool> = (0..self.header.len()).map(says).collect();
        let mut at = kept.iter();
        self.header.retain(|_| at.next() == Some(&true));
        for row in &mut self.rows {
            let mut at = kept.iter();
            row.retain(|_| at.next() == Some(&true));
        }
        self.chosen = kept[..self.chosen].iter().filter(|kept| **kept).count();
        self
    }

    /// The table with what filters it.
    pub(crate) fn html(self) -> Html {
        let Self { id, header, rows, chosen } = self.without_empty();
        let head = header.iter().enumerate().map(|(column, name)| {
            let button = Html::element("button", &[("type", "button")], Html::text(name));
            let numbers = rows.iter().any(|row| row[column].is_number());
            Html::element("th", &[("scope", "col"), ("class", if numbers { "number" } else { "" })], button)
        });
        let head = Html::element("thead", &[], Html::element("tr", &[], Html::all(head.collect::<Vec<_>>())));
        let choices: Vec<Html> =
            (0..chosen).filter_map(|column| choice(&header[column], column, &rows)).collect();
        let count = rows.len().to_string();
        let body = rows.into_iter().map(|row| {
            let cell = |cell: Cell| match cell.number.filter(|_| cell.is_number()) {
                Some(number) => {
                    let value = number.to_string();
                    Html::element("td", &[("class", "number"), ("data-value", &value)], cell.content)
                }
                None => Html::element("td", &[], cell.content),
            };
            Html::element("tr", &[], Html::all(row.into_iter().map(cell)))
        });
        let body = Html::element("tbody", &[], Html::all(body.collect::<Vec<_>>()));
        let search = Html::void(
            "input",
            &[
                ("type", "search"),
                ("placeholder", "filter: words that a row must have"),
                ("aria-label", "filter"),
            ],
        );
        let shown = Html::element("output", &[("data-all", &count)], Html::text(&format!("{count} rows")));
        let filters = Html::all([search].into_iter().chain(choices).chain([shown]));
        let table = Html::element("table", &[("id", &id), ("class", "sorted")], Html::all([head, body]));
        Html::element(
            "div",
            &[("class", "table")],
            Html::all([
                Html::element("div", &[("class", "filters")], filters),
                Html::element("div", &[("class", "scroll")], table),
            ]),
        )
    }
}

/// A choice among the values of a column, where it has a few.
fn choice(name: &str, column: usize, rows: &[Vec<Cell>]) -> Option<Html> {
    let mut values: Vec<&str> = Vec::new();
    for row in rows {
        if !values.contains(&row[column].text.as_str()) {
            values.push(&row[column].text);
        }
        if values.len() > MOST_CHOICES {
            return None;
        }
    }
    if values.len() < 2 {
        return None;
    }
    let all = format!("{name}: all");
    let options = [Html::element("option", &[("value", "")], Html::text(&all))]
        .into_iter()
        .chain(values.iter().map(|value| Html::element("option", &[("value", *value)], Html::text(value))));
    let column = column.to_string();
    let attributes = [("data-column", column.as_str()), ("aria-label", name)];
    Some(Html::element("select", &attributes, Html::all(options)))
}

/// What has the same value in all rows, in a sentence.
pub(crate) fn constant(columns: &Columns) -> Html {
    if columns.constant.is_empty() {
        return Html::default();
    }
    let same: Vec<String> = columns.constant.iter().map(|(name, value)| format!("{name} {value}")).collect();
    Html::words("p", &format!("The same in every row: {}.", same.join(", ")))
}

/// Means and intervals of every point of the sweep.
pub(crate) fn results(part: &Part, number: usize) -> Html {
    let lines = part.lines();
    let points = points(&lines);
    let columns = columns(&points);
    let mut header = columns.varying.clone();
    let chosen = header.len();
    for name in [
        "seeds",
        "accuracy",
        "loss",
        "gradient norm",
        "decoding error",
        "values",
        "not in the means",
        "MB up",
        "MB down",
        "simulated s",
    ] {
        header.push(name.to_owned());
    }
    let mut table = Sorted::new(format!("results-{}", number + 1), header, chosen);
    let dots = Dots::of(&points);
    for point in &points {
        let estimate = |of: fn(&SummaryRow) -> Option<f64>, digits: usize| {
            let all = point.estimate(of);
            Cell::number(&score(&all, digits), all.mean)
        };
        let mut row: Vec<Cell> = columns.varying.iter().map(|name| Cell::words(point.value(name))).collect();
        row.push(Cell::words(&point.finished.len().to_string()));
        row.push(estimate(|row| row.final_accuracy, 4));
        row.push(estimate(|row| row.final_loss, 4));
        row.push(estimate(|row| row.mean_gradient_l1, 4));
        row.push(estimate(|row| row.decoding_error, 6));
        row.push(dots.cell(point));
        row.push(Cell::words(&point.others()));
        row.push(Cell::words(&point.mean(|row| row.uplink_bytes as f64 * 1e-6, 2)));
        row.push(Cell::words(&point.mean(|row| row.downlink_bytes as f64 * 1e-6, 2)));
        row.push(Cell::words(&point.mean(|row| row.sim_time_s, 3)));
        table.push(row);
    }
    let most = points.iter().map(|point| point.finished.len()).max().unwrap_or(0);
    let words = match most {
        0 | 1 => "One seed a row.",
        2 => "Means over two seeds, with their range.",
        _ => "Means over seeds, ± half of the 95 % interval; of two seeds the range.",
    };
    let words = format!("{words} A heading sorts by its column, and a second time the other way.");
    let content = [constant(&columns), Html::words("p", &words), table.html()];
    Html::section("results", "Results", Html::all(content))
}

/// What the values of seeds are drawn along.
struct Dots {
    low: f64,
    high: f64,
}

/// Accuracy, or the decoding error where nothing is learned.
fn main_value(row: &SummaryRow) -> Option<f64> {
    row.final_accuracy.or(row.decoding_error).filter(|value| value.is_finite())
}

impl Dots {
    const WIDTH: f64 = 96.0;

    fn of(points: &[Point<'_>]) -> Self {
        let values = points.iter().flat_map(|point| &point.finished).filter_map(|row| main_value(row));
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        Self { low, high }
    }

    /// A dot a seed on the way from the least value of all rows to the greatest, and a stroke at the mean.
    fn cell(&self, point: &Point<'_>) -> Cell {
        let Estimate { mean: Some(mean), .. } = point.estimate(main_value) else {
            return Cell::words("");
        };
        let room = (self.high - self.low).max(f64::MIN_POSITIVE);
        let x = |value: f64| format!("{:.1}", 4.0 + (value - self.low) / room * (Self::WIDTH - 8.0));
        let dots = point.finished.iter().filter_map(|row| main_value(row)).map(|value| {
            Html::element("circle", &[("cx", &x(value)), ("cy", "8"), ("r", "2.2")], Html::default())
        });
        let stroke = Html::element("path", &[("d", &format!("M{} 2V14", x(mean)))], Html::default());
        let all = Html::all(dots.chain([stroke]).collect::<Vec<_>>());
        let words = format!("{} values, mean {mean}", point.finished.len());
        let attributes =
            [("class", "dots"), ("viewBox", "0 0 96 16"), ("role", "img"), ("aria-label", words.as_str())];
        let mut cell = Cell::html(Html::element("svg", &attributes, all), &words);
        cell.number = Some(mean);
        cell
    }
}

/// Every run with what it came to, its digest, and where its tables are.
pub(crate) fn runs(part: &Part, number: usize, beside: &Path) -> Html {
    let names = [
        "run", "which", "seed", "status", "result", "rounds", "lost", "late", "refused", "events", "wall s",
        "digest",
    ];
    let mut table = Sorted::new(format!("runs-{}", number + 1), names.map(str::to_owned).to_vec(), 0);
    for (run, record) in part.runs() {
        let words = Cell::words(&run.words());
        let seed = Cell::words(&run.seed.to_string());
        let Some(record) = record else {
            let status = if run.failure.is_some() { "failed" } else { "not there" };
            let why = run.failure.as_deref().unwrap_or("");
            let mut row = vec![Cell::words(&run.id), words, seed, Cell::words(status), Cell::words(why)];
            row.extend((0..7).map(|_| Cell::words("")));
            table.push(row);
            continue;
        };
        let row = &record.summary;
        let tables = relative(beside, &part.whole.join("runs").join(&run.id).join("rounds.csv"));
        let mut link = Cell::html(Html::link(&tables, &run.id), &run.id);
        link.number = None;
        let counts = [row.messages_lost, row.votes_late, row.votes_refused, row.events];
        let mut cells = vec![link, words, seed, Cell::words(status(row)), result(row)];
        cells.push(Cell::words(&row.rounds_done.unwrap_or(row.rounds).to_string()));
        cells.extend(counts.map(|count| Cell::words(&count.to_string())));
        cells.push(Cell::number(&format!("{:.2}", row.wall_s), Some(row.wall_s)));
        let mut digest = Cell::html(
            Html::element("code", &[("title", &row.digest)], Html::text(&row.digest)),
            &row.digest,
        );
        digest.number = None;
        cells.push(digest);
        table.push(cells);
    }
    let words = "Equal digests, equal runs: every decision, its time, and the final parameters. A run's id leads to its rounds.csv.";
    Html::section("runs", "Runs", Html::all([Html::words("p", words), table.html()]))
}

const fn status(row: &SummaryRow) -> &'static str {
    match row.status {
        Status::Finished => "finished",
        Status::Diverged => "diverged",
        Status::Failed => "failed",
    }
}

fn result(row: &SummaryRow) -> Cell {
    match (row.final_accuracy, row.decoding_error) {
        (Some(accuracy), _) => Cell::number(&format!("accuracy {accuracy:.4}"), Some(accuracy)),
        (None, Some(error)) => Cell::number(&format!("decoding error {error:.6}"), Some(error)),
        (None, None) => Cell::words(""),
    }
}
