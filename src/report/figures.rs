//! The figures of a folder: drawn into the page, with the rows of the CSV that they show.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::html::Html;
use super::links::relative;
use super::paint::Paints;
use super::part::Part;
use crate::error::Result;
use crate::figure::options::{FigureOptions, Mode};
use crate::figure::{FigureContent, FigureSpec, csv, page_svg};
use crate::files;

/// Figures of more rows are shown without their table.
const MOST_ROWS: usize = 300;

/// The figures that the folder's scenario asks for.
pub(crate) fn section(part: &Part, number: usize, beside: &Path, paints: &mut Paints) -> Result<Html> {
    if part.results.runs.is_empty() {
        return Ok(Html::section("figures", "Figures", Html::words("p", "No run has finished yet.")));
    }
    let mut figures = Vec::new();
    for (i, value) in part.manifest.figures.iter().enumerate() {
        // What another version asked for may be unknown here.
        match serde_json::from_value::<FigureSpec>(value.clone()) {
            Ok(spec) => figures.push(figure(part, &spec, (number, i), beside, paints)),
            Err(why) => figures.push(Html::words("p", &format!("{value} is not drawn: {why}"))),
        }
    }
    if figures.is_empty() {
        figures.push(Html::words("p", "The scenario asks for no figure."));
    }
    Ok(Html::section("figures", "Figures", Html::all(figures)))
}

fn figure(part: &Part, spec: &FigureSpec, at: (usize, usize), beside: &Path, paints: &mut Paints) -> Html {
    let shown = spec.shown(&part.results);
    let svg = drawing(&shown, &spec.options, paints);
    let table = csv(&shown);
    let name = spec.name();
    let heading = spec.options.title.clone().unwrap_or_else(|| shown.heading());
    let files = ["svg", "pdf", "png", "csv", "md", "tex", "py"].into_iter().filter_map(|ending| {
        let path = part.whole.join(format!("{name}.{ending}"));
        let there = matches!(files::kind(&path), Ok(Some(_)));
        there.then(|| Html::link(&relative(beside, &path), ending))
    });
    let asked = serde_json::to_string(spec).unwrap_or_default();
    let id = format!("figure-{}-{}", at.0 + 1, at.1 + 1);
    Html::element(
        "figure",
        &[("id", &id), ("class", "figure"), ("data-name", &name)],
        Html::all([
            Html::element(
                "figcaption",
                &[],
                Html::all([
                    Html::words("h3", &heading),
                    Html::element(
                        "p",
                        &[("class", "files")],
                        Html::all([Html::words("code", &name)].into_iter().chain(files)),
                    ),
                ]),
            ),
            Html::element("div", &[("class", "scroll")], Html::drawing(svg.0)),
            Html::data("rows", &rows(&table, &svg.1)),
            numbers(&table),
            Html::folded("How it is asked for", Html::words("code", &asked)),
        ]),
    )
}

/// The drawing, and the rows of the CSV that it can tell.
fn drawing(shown: &FigureContent, options: &FigureOptions, paints: &mut Paints) -> (String, Vec<usize>) {
    let of = |theme: Mode| {
        page_svg(shown, &FigureOptions { theme: Some(theme), background: None, ..options.clone() })
    };
    let told = options.theme.unwrap_or(Mode::Light);
    let one = of(told);
    // Names of users have no quotation marks in a drawing.
    let row = |text: &str| text.split('"').next().and_then(|number| number.parse().ok());
    let hits: Vec<usize> = one.split("data-row=\"").skip(1).filter_map(row).collect();
    let two = if options.theme.is_none() { paints.of(&one, &of(Mode::Dark)) } else { None };
    (two.unwrap_or(one), hits)
}

/// The rows of a CSV that are asked for, by number, and its header.
fn rows(table: &str, asked: &[usize]) -> Value {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let header: Vec<String> = reader.headers().into_iter().flatten().map(str::to_owned).collect();
    let all: Vec<csv::StringRecord> = reader.into_records().filter_map(std::result::Result::ok).collect();
    let row = |number: &usize| {
        let cells: Vec<&str> = all.get(*number)?.iter().collect();
        Some((number.to_string(), cells))
    };
    let rows: BTreeMap<String, Vec<&str>> = asked.iter().filter_map(row).collect();
    json!({ "header": header, "rows": rows })
}

/// The numbers as a table, for those who cannot point.
fn numbers(table: &str) -> Html {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let header: Vec<Html> =
        reader.headers().into_iter().flatten().map(|cell| Html::words("th", cell)).collect();
    let all: Vec<csv::StringRecord> = reader.into_records().filter_map(std::result::Result::ok).collect();
    if all.len() > MOST_ROWS {
        return Html::words("p", &format!("{} rows of numbers: see the CSV", all.len()));
    }
    let row = |row: &csv::StringRecord| {
        Html::element("tr", &[], Html::all(row.iter().map(|cell| Html::words("td", cell))))
    };
    let body = Html::all(all.iter().map(row));
    let table = Html::element(
        "table",
        &[],
        Html::all([
            Html::element("thead", &[], Html::element("tr", &[], Html::all(header))),
            Html::element("tbody", &[], body),
        ]),
    );
    Html::folded("Its numbers", Html::element("div", &[("class", "scroll")], table))
}
