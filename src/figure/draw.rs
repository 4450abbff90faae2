//! From what a figure shows to its files.

use std::path::{Path, PathBuf};

use super::options::FigureOptions;
use super::page::measures::{DOUBLE_COLUMN_MM, SINGLE_COLUMN_MM};
use super::page::{self, output, theme::Theme};
use super::shown::{FigureContent, csv};
use super::spec::FigureSpec;
use crate::atomic_file;
use crate::destination::{self, is_plain_name};
use crate::error::{Error, Result};
use crate::record::Results;

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
    if !is_plain_name(&spec.name()) {
        return Err(Error::input(format!("`{}` cannot name the files of a figure", spec.name()))
            .help("use letters, digits, `_` and `-`, at most 100"));
    }
    destination::make_folder(dir, "--out")?;
    let write = |(ending, bytes): (&str, Vec<u8>)| {
        let path = dir.join(format!("{}.{ending}", spec.name()));
        atomic_file::write(&path, &bytes).map(|()| path)
    };
    files(&spec.shown(results), &spec.options).into_iter().map(write).collect()
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
pub fn files(shown: &FigureContent, options: &FigureOptions) -> Vec<(&'static str, Vec<u8>)> {
    let svg = svg(shown, options);
    let (png, pdf) = (drawn(shown, options, Format::Png), output::pdf(&svg));
    let mut files = vec![("svg", svg.into_bytes()), ("png", png), ("pdf", pdf)];
    files.push(("csv", csv(shown).into_bytes()));
    if let FigureContent::Table(table) = shown {
        files.push(("md", table.to_markdown().into_bytes()));
        files.push(("tex", table.to_latex().into_bytes()));
    }
    files
}

/// A figure as an SVG document.
///
/// # Panics
/// Never: an SVG document is text.
#[must_use]
pub fn svg(shown: &FigureContent, options: &FigureOptions) -> String {
    String::from_utf8(drawn(shown, options, Format::Svg)).expect("an SVG document is text")
}

/// What a measured page becomes; a PDF is made of its SVG.
#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
}

/// Measures the page of a figure and draws it.
fn drawn(shown: &FigureContent, options: &FigureOptions, format: Format) -> Vec<u8> {
    let theme = Theme::of(options.theme.unwrap_or_default());
    let (single, double) = (options.width(SINGLE_COLUMN_MM), options.width(DOUBLE_COLUMN_MM));
    let width = |panels: usize| if panels > 1 { double } else { single };
    match shown {
        FigureContent::Chart(content) => {
            let page = page::layout::page(content, width(content.panels.len()));
            written(&page::chart::Chart { content, page: &page }, &theme, format)
        }
        FigureContent::Bars(bars) => written(&page::bars::page(bars, single), &theme, format),
        FigureContent::Heat(heat) => {
            written(&page::heat::page(heat, width(heat.panels.len())), &theme, format)
        }
        FigureContent::Timeline(timeline) => written(&page::timeline::page(timeline, double), &theme, format),
        FigureContent::Table(table) => {
            written(&page::table::page(table, double, options.size.is_none()), &theme, format)
        }
    }
}

fn written(drawing: &impl output::Drawing, theme: &Theme, format: Format) -> Vec<u8> {
    match format {
        Format::Svg => output::svg(drawing, theme).into_bytes(),
        Format::Png => output::png(drawing, theme),
    }
}
