//! Figures for papers, drawn from the records of runs.
//!
//! A figure is made in two stages. Its kind (`kind/`, one file each) turns [`Results`] into plain data: a [`Content`] of
//! panels, series and points, [`Bars`], a [`Heat`] map, a [`Table`] or a [`Timeline`]. That data is the figure's CSV,
//! word for word. What follows (`page/`) measures a page, draws it and writes it as SVG, PNG and PDF; it is the same for
//! every kind and knows nothing about runs.
//!
//! To add a figure: one file in `kind/`, one arm in [`FigureSpec`] and in its methods, and its line of the catalogue.
//! To add a look: another `page::theme::Theme`.
//!
//! Rules that every figure keeps: a mean comes with its number of repeats and the kind of its interval;
//! runs that are missing or diverged are said, never skipped; series differ in colour, marker and dash;
//! the legend stands outside the axes; identical records give identical bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::record::Results;
use bars::Bars;
use content::Content;
use heat::Heat;
use kind::timeline::Timeline;
use options::Options;
use page::layout::{DOUBLE_COLUMN_MM, SINGLE_COLUMN_MM};
use page::{output, theme::Theme};
use table::Table;

pub mod bars;
pub mod cases;
mod catalogue;
pub mod content;
pub mod heat;
pub mod kind;
pub mod label;
mod measure;
mod names;
mod notes;
pub mod options;
mod page;
mod rows;
mod spec;
pub mod statistics;
pub mod table;

pub use catalogue::CATALOGUE;
pub use measure::Measure;
pub use spec::{FigureSpec, Recorded};

/// What a figure shows, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    Chart(Content),
    Bars(Bars),
    Heat(Heat),
    Timeline(Timeline),
    /// Also written as Markdown and LaTeX.
    Table(Table),
}

/// Draws one figure into `dir` as `<name>.svg`, `<name>.png` and `<name>.pdf`, a table also as `<name>.md` and
/// `<name>.tex`, each with its numbers in `<name>.csv`, and returns their paths.
///
/// # Errors
/// If there is no run to draw, or a file cannot be written.
pub fn draw(spec: &FigureSpec, results: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    if results.runs.is_empty() {
        let message = format!("no finished run to draw {} from", spec.name());
        return Err(Error::input(message).help("run the scenario first; `plot` redraws finished runs only"));
    }
    fs::create_dir_all(dir).map_err(|e| Error::io(dir, e))?;
    let write = |(ending, bytes): (&str, Vec<u8>)| {
        output::write(dir.join(format!("{}.{ending}", spec.name())), &bytes)
    };
    files(&spec.shown(results), spec.options()).into_iter().map(write).collect()
}

/// [`draw`] for several figures.
///
/// # Errors
/// Those of [`draw`].
pub fn draw_all(specs: &[FigureSpec], results: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    let drawn = specs.iter().map(|spec| draw(spec, results, dir)).collect::<Result<Vec<_>>>()?;
    Ok(drawn.concat())
}

/// A figure as files: their endings and bytes.
#[must_use]
pub fn files(shown: &Shown, options: &Options) -> Vec<(&'static str, Vec<u8>)> {
    let theme = Theme::of(options.theme.unwrap_or_default());
    let (single, double) = (options.width(SINGLE_COLUMN_MM), options.width(DOUBLE_COLUMN_MM));
    let width = |panels: usize| if panels > 1 { double } else { single };
    match shown {
        Shown::Chart(content) => {
            let page = page::layout::page(content, width(content.panels.len()));
            drawn(&page::chart::Chart { content, page: &page }, &theme, content.to_csv())
        }
        Shown::Bars(bars) => drawn(&page::bars::page(bars, single), &theme, bars.to_csv()),
        Shown::Heat(heat) => drawn(&page::heat::page(heat, width(heat.panels.len())), &theme, heat.to_csv()),
        Shown::Timeline(timeline) => {
            drawn(&page::timeline::page(timeline, double), &theme, timeline.to_csv())
        }
        Shown::Table(table) => {
            let mut files =
                drawn(&page::table::page(table, double, options.size.is_none()), &theme, table.to_csv());
            files.push(("md", table.to_markdown().into_bytes()));
            files.push(("tex", table.to_latex().into_bytes()));
            files
        }
    }
}

/// A drawing as files.
fn drawn(drawing: &impl output::Drawing, theme: &Theme, csv: String) -> Vec<(&'static str, Vec<u8>)> {
    let svg = output::svg(drawing, theme);
    let (png, pdf) = (output::png(drawing, theme), output::pdf(&svg));
    vec![("svg", svg.into_bytes()), ("png", png), ("pdf", pdf), ("csv", csv.into_bytes())]
}
