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

use crate::atomic_file;
use crate::error::{Error, Result};
use crate::record::Results;
use bars::Bars;
use content::{Content, Note};
use heat::Heat;
use label::Label;
use options::Options;
use page::measures::{DOUBLE_COLUMN_MM, SINGLE_COLUMN_MM};
use page::{fonts, output, theme::Theme};
use table::Table;
use timeline::Timeline;

mod apart;
pub mod bars;
pub mod cases;
mod catalogue;
pub mod content;
pub mod heat;
pub mod kind;
pub mod label;
mod markup;
mod measure;
mod named;
mod names;
mod notes;
pub mod options;
mod page;
mod plain;
mod remarks;
mod rows;
mod series;
mod spec;
pub mod statistics;
pub mod table;
pub mod timeline;

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
        let path = dir.join(format!("{}.{ending}", spec.name()));
        atomic_file::write(&path, &bytes).map(|()| path)
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

impl Shown {
    /// Every name in the figure that comes from outside, or may.
    fn names(&self) -> Vec<&Label> {
        match self {
            Self::Chart(content) => {
                let titles = content.panels.iter().map(|panel| &panel.title);
                content.series.iter().map(|series| &series.label).chain(titles).collect()
            }
            Self::Bars(bars) => {
                let labels = bars.groups.iter().flat_map(|group| &group.bars).map(|bar| &bar.label);
                bars.groups.iter().map(|group| &group.title).chain(labels).collect()
            }
            Self::Heat(heat) => heat.panels.iter().map(|panel| &panel.title).collect(),
            Self::Timeline(timeline) => timeline.panels.iter().map(|panel| &panel.title).collect(),
            Self::Table(table) => {
                let groups = table.groups.iter().map(|group| &group.label);
                table.rows.iter().map(|row| &row.label).chain(groups).collect()
            }
        }
    }

    /// The figure with a warning about letters that its typeface lacks.
    #[must_use]
    pub fn proofread(mut self) -> Self {
        let Some(words) = fonts::lacking(self.names()) else { return self };
        self.say(Note::warning(Label::plain(words)));
        self
    }

    /// Adds a line to the small print.
    fn say(&mut self, note: Note) {
        match self {
            Self::Chart(content) => content.notes.push(note),
            Self::Bars(bars) => bars.notes.push(note),
            Self::Heat(heat) => heat.notes.push(note),
            Self::Timeline(timeline) => timeline.notes.push(note),
            Self::Table(table) => table.remarks.push(note.text),
        }
    }
}

/// A figure as files: their endings and bytes.
#[must_use]
pub fn files(shown: &Shown, options: &Options) -> Vec<(&'static str, Vec<u8>)> {
    let svg = svg(shown, options);
    let (png, pdf) = (bitmap(shown, options), output::pdf(&svg));
    let mut files = vec![("svg", svg.into_bytes()), ("png", png), ("pdf", pdf)];
    files.push(("csv", csv(shown).into_bytes()));
    if let Shown::Table(table) = shown {
        files.push(("md", table.to_markdown().into_bytes()));
        files.push(("tex", table.to_latex().into_bytes()));
    }
    files
}

/// The numbers that a figure shows.
#[must_use]
pub fn csv(shown: &Shown) -> String {
    match shown {
        Shown::Chart(content) => content.to_csv(),
        Shown::Bars(bars) => bars.to_csv(),
        Shown::Heat(heat) => heat.to_csv(),
        Shown::Timeline(timeline) => timeline.to_csv(),
        Shown::Table(table) => table.to_csv(),
    }
}

/// A figure as an SVG document.
#[must_use]
pub fn svg(shown: &Shown, options: &Options) -> String {
    drawn(shown, options, &Svg)
}

fn bitmap(shown: &Shown, options: &Options) -> Vec<u8> {
    drawn(shown, options, &Png)
}

/// What a measured page becomes.
trait Format {
    type Output;
    fn write(&self, drawing: &impl output::Drawing, theme: &Theme) -> Self::Output;
}

struct Svg;
struct Png;

impl Format for Svg {
    type Output = String;
    fn write(&self, drawing: &impl output::Drawing, theme: &Theme) -> String {
        output::svg(drawing, theme)
    }
}

impl Format for Png {
    type Output = Vec<u8>;
    fn write(&self, drawing: &impl output::Drawing, theme: &Theme) -> Vec<u8> {
        output::png(drawing, theme)
    }
}

/// Measures the page of a figure and draws it.
fn drawn<F: Format>(shown: &Shown, options: &Options, format: &F) -> F::Output {
    let theme = Theme::of(options.theme.unwrap_or_default());
    let (single, double) = (options.width(SINGLE_COLUMN_MM), options.width(DOUBLE_COLUMN_MM));
    let width = |panels: usize| if panels > 1 { double } else { single };
    match shown {
        Shown::Chart(content) => {
            let page = page::layout::page(content, width(content.panels.len()));
            format.write(&page::chart::Chart { content, page: &page }, &theme)
        }
        Shown::Bars(bars) => format.write(&page::bars::page(bars, single), &theme),
        Shown::Heat(heat) => format.write(&page::heat::page(heat, width(heat.panels.len())), &theme),
        Shown::Timeline(timeline) => format.write(&page::timeline::page(timeline, double), &theme),
        Shown::Table(table) => {
            format.write(&page::table::page(table, double, options.size.is_none()), &theme)
        }
    }
}
