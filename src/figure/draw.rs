//! From what a figure shows to its files.

use std::path::{Path, PathBuf};

use super::amount::{FontSize, Height};
use super::choice::Background;
use super::label::Label;
use super::options::FigureOptions;
use super::page::measures::{DOUBLE_COLUMN_MM, SINGLE_COLUMN_MM, TEXT, UNITS_PER_INCH, mm};
use super::page::output::{About, Drawing};
use super::page::sheet::{self, Sheet};
use super::page::{self, output, theme::Theme};
use super::script as programs;
use super::selection::Told;
use super::shown::{FigureContent, csv};
use super::spec::FigureSpec;
use super::telling;
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
    drawn_with_remarks(spec, results, dir).map(|(paths, _)| paths)
}

/// [`draw`], and what is to be said of the figure.
fn drawn_with_remarks(
    spec: &FigureSpec,
    results: &Results,
    dir: &Path,
) -> Result<(Vec<PathBuf>, Vec<String>)> {
    if results.runs.is_empty() {
        let message = format!("no finished run to draw {} from", spec.name());
        return Err(Error::input(message).help("run the scenario first; `plot` redraws finished runs only"));
    }
    spec.check_chosen(&results.runs.iter().map(Told::of).collect::<Vec<_>>())?;
    if !is_plain_name(&spec.name()) {
        return Err(Error::input(format!("`{}` cannot name the files of a figure", spec.name()))
            .help("use letters, digits, `_` and `-`, at most 100"));
    }
    destination::make_folder(dir, "--out")?;
    let write = |(ending, bytes): (&str, Vec<u8>)| {
        let path = dir.join(format!("{}.{ending}", spec.name()));
        atomic_file::write(&path, &bytes).map(|()| path)
    };
    let shown = spec.shown(results);
    let files = files(&shown, &spec.options);
    let remarks = telling::remarks(spec, &shown, results, height(&files[0].1));
    Ok((files.into_iter().map(write).collect::<Result<_>>()?, remarks))
}

/// The height that an SVG says it has, in millimetres.
fn height(svg: &[u8]) -> f64 {
    let start = String::from_utf8_lossy(&svg[..svg.len().min(400)]);
    let height = start.split(" height=\"").nth(1).and_then(|rest| rest.split_once("mm\""));
    height.and_then(|(number, _)| number.parse().ok()).unwrap_or(0.0)
}

/// [`draw`] for several figures; `tell` hears, each once, what is to be said of them.
///
/// # Errors
/// Those of [`draw`].
pub fn draw_all(
    specs: &[FigureSpec],
    results: &Results,
    dir: &Path,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<PathBuf>> {
    let (mut paths, mut told) = (Vec::new(), Vec::new());
    for spec in specs {
        let (drawn, remarks) = drawn_with_remarks(spec, results, dir)?;
        paths.extend(drawn);
        for remark in remarks.into_iter().filter(|remark| !told.contains(remark)).collect::<Vec<_>>() {
            tell(&remark);
            told.push(remark);
        }
    }
    Ok(paths)
}

/// A figure as files: their endings and bytes.
#[must_use]
pub fn files(shown: &FigureContent, options: &FigureOptions) -> Vec<(&'static str, Vec<u8>)> {
    let svg = svg(shown, options);
    let (png, pdf) = (drawn(shown, options, Format::Png), output::pdf(&svg, &about(shown, options).title));
    let mut files = vec![("svg", svg.into_bytes()), ("png", png), ("pdf", pdf)];
    files.push(("csv", csv(shown).into_bytes()));
    if options.notes == Some(false) {
        files.push(("caption.txt", shown.caption().into_bytes()));
    }
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

/// A figure as an SVG element of a web page, without the fonts, which the page has once. Elements of the
/// class `hit` say by `data-row` which row of the figure's CSV stands there, counted from 0.
///
/// # Panics
/// Never: an SVG element is text.
#[must_use]
pub fn page_svg(shown: &FigureContent, options: &FigureOptions) -> String {
    String::from_utf8(drawn(shown, options, Format::Page)).expect("an SVG element is text")
}

/// What a measured page becomes; a PDF is made of its SVG.
#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
    /// SVG for a web page.
    Page,
}

/// How large a figure is: by how much its page is larger than measured, and the measures of that page.
struct Measures {
    zoom: f64,
    single: f64,
    double: f64,
}

impl Measures {
    /// Text of another size is another scale of the whole page, which is measured as large as makes its text usual.
    fn of(options: &FigureOptions) -> Self {
        let zoom = options.font.map_or(1.0, |FontSize(points)| points / TEXT);
        let (single, double) = (options.width(SINGLE_COLUMN_MM), options.width(DOUBLE_COLUMN_MM));
        Self { zoom, single: single / zoom, double: double / zoom }
    }

    fn width(&self, panels: usize) -> f64 {
        if panels > 1 { self.double } else { self.single }
    }

    /// The height that a page of this width shall have below its title, in drawing units.
    fn height(&self, width: f64, options: &FigureOptions) -> Option<i32> {
        let Height(millimetres) = options.height?;
        let title = sheet::title(options.title.as_deref(), width).len();
        Some(mm(millimetres / self.zoom) - sheet::title_height(title))
    }
}

/// Measures the page of a figure and draws it.
fn drawn(shown: &FigureContent, options: &FigureOptions, format: Format) -> Vec<u8> {
    let mut theme = Theme::of(options.theme.unwrap_or_default());
    if options.background == Some(Background::Transparent) {
        theme.page = None;
    }
    let measures = Measures::of(options);
    let (single, double, zoom) = (measures.single, measures.double, measures.zoom);
    let title = |width: f64| sheet::title(options.title.as_deref(), width);
    let about = about(shown, options);
    let quiet = (options.notes == Some(false)).then(|| shown.clone().without_notes());
    match quiet.as_ref().unwrap_or(shown) {
        FigureContent::Chart(content) => {
            let width = measures.width(content.panels.len());
            let page = &page::layout::page(content, width, measures.height(width, options), options);
            let chart = page::chart::Chart { content, page, options };
            written(&Sheet::new(&chart, title(width), zoom), &theme, (format, &about))
        }
        FigureContent::Bars(bars) => {
            let page = page::bars::page(bars, single, options);
            written(&Sheet::new(&page, title(single), zoom), &theme, (format, &about))
        }
        FigureContent::Heat(heat) => {
            let width = measures.width(heat.panels.len());
            let page = page::heat::page(heat, width, measures.height(width, options), options);
            written(&Sheet::new(&page, title(width), zoom), &theme, (format, &about))
        }
        FigureContent::Timeline(timeline) => {
            let page = page::timeline::page(timeline, double, options);
            written(&Sheet::new(&page, title(double), zoom), &theme, (format, &about))
        }
        FigureContent::Table(table) => {
            let page = page::table::page(table, double, options);
            written(&Sheet::new(&page, title(double), zoom), &theme, (format, &about))
        }
    }
}

/// A program of matplotlib that draws the figure from its CSV; `None` for a timeline, and for a table, which is LaTeX already.
#[must_use]
pub fn script(shown: &FigureContent, options: &FigureOptions) -> Option<String> {
    let theme = Theme::of(options.theme.unwrap_or_default());
    let measures = Measures::of(options);
    let font = TEXT * measures.zoom;
    let title = about(shown, options).title;
    let millimetres = |size: (i32, i32)| {
        let length = |units: i32| f64::from(units) * measures.zoom * 25.4 / UNITS_PER_INCH;
        (length(size.0), length(size.1))
    };
    match shown {
        FigureContent::Chart(content) => {
            let width = measures.width(content.panels.len());
            let page = page::layout::page(content, width, measures.height(width, options), options);
            let size = millimetres((page.width, page.height));
            Some(programs::chart(content, &page, &theme, (&title, size, font), options))
        }
        FigureContent::Bars(bars) => {
            let size = millimetres(page::bars::page(bars, measures.single, options).size());
            Some(programs::bars(bars, &theme, (&title, size, font)))
        }
        FigureContent::Heat(heat) => {
            let width = measures.width(heat.panels.len());
            let page = page::heat::page(heat, width, measures.height(width, options), options);
            Some(programs::heat(heat, page.columns(), &theme, (&title, millimetres(page.size()), font)))
        }
        FigureContent::Timeline(_) | FigureContent::Table(_) => None,
    }
}

/// What the files say of the figure where nobody sees it.
fn about(shown: &FigureContent, options: &FigureOptions) -> About {
    let title = options.title.as_deref().map(|title| Label::marked(title).to_string());
    About { title: title.unwrap_or_else(|| shown.heading()), description: shown.caption() }
}

fn written(drawing: &impl output::Drawing, theme: &Theme, (format, about): (Format, &About)) -> Vec<u8> {
    match format {
        Format::Svg => output::svg(drawing, theme, about).into_bytes(),
        Format::Png => output::png(drawing, theme),
        Format::Page => output::page_svg(drawing, theme, about).into_bytes(),
    }
}
