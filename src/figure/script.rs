//! A figure as a program of matplotlib that reads the CSV: for every wish that no option covers.
//!
//! It has the size, the colours, the markers, the dashes and the ends of the axes of the drawing; the numbers are in the CSV
//! alone.

use std::fmt::Write;

use super::bars::Bars;
use super::content::{Content, IntervalShape, Scale};
use super::heat::Heat;
use super::label::{Face, Label};
use super::options::FigureOptions;
use super::page::layout::Page;
use super::page::theme::{MarkerShape, Theme, dash, marker};
use super::page::ticks::{Range, Shape};

const PROMISE: &str = "memory takes every line";

/// What every program begins with: the rows, and a page of the right size.
const BEGINNING: &str = r##"
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

here = pathlib.Path(__file__).resolve()
with open(here.with_suffix(".csv"), encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
plt.rcParams.update({
    "font.size": FONT, "legend.fontsize": FONT, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL,
    "axes.titlesize": FONT, "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "font.sans-serif": ["Arimo", "Liberation Sans", "Arial", "DejaVu Sans"], "svg.fonttype": "none", "pdf.fonttype": 42,
})
if DARK:
    plt.rcParams.update({
        "figure.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.facecolor": PAPER, "text.color": INK, "axes.edgecolor": INK,
        "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    })
figure, all_axes = plt.subplots(ROWS, COLUMNS, figsize=(WIDTH / 25.4, HEIGHT / 25.4), squeeze=False, layout="constrained")
"##;

/// And how it ends: what is asked for as an argument, or a PDF beside it.
const END: &str = r##"figure.savefig(sys.argv[1] if len(sys.argv) > 1 else here.with_suffix(".matplotlib.pdf"), dpi=300)
"##;

const CHART: &str = r##"for index, axes in enumerate(all_axes.flat):
    if index >= len(PANELS):
        axes.set_visible(False)
        continue
    panel, title = PANELS[index]
    axes.set(xscale=X_SCALE, yscale=Y_SCALE, xlim=X_ENDS, ylim=Y_ENDS, xlabel=X_LABEL, ylabel=Y_LABEL if index % COLUMNS == 0 else "")
    axes.set_title(title, loc="left")
    axes.grid(GRID, axis="y", color=FAINT, linewidth=0.5)
    for name, label, colour, mark, filled, dashes in SERIES:
        points = [row for row in rows if (row["panel"], row["series"]) == (panel, name) and row[Y + "_mean"]]
        x, mean = [float(row[X]) for row in points], [float(row[Y + "_mean"]) for row in points]
        end = lambda row, of: float((not row.get("seeds") and row[Y + of]) or row[Y + "_mean"])
        low, high = [end(row, "_low") for row in points], [end(row, "_high") for row in points]
        every = max(1, len(x) // 14) if SHAPE == "band" else 1
        line = dict(color=colour, marker=mark, markersize=4, markevery=every, markerfacecolor=colour if filled else PAPER,
                    linestyle=(0, dashes) if dashes else "solid" if JOINED else "none", linewidth=1.1, label=label, drawstyle=DRAWN)
        for row in points:
            for seed in (row.get("seeds") or "").split():
                axes.plot(float(row[X]), float(seed), color=colour, marker="o", markersize=1.8, linestyle="none")
        if SHAPE == "bars":
            errors = [[m - l for m, l in zip(mean, low)], [h - m for m, h in zip(mean, high)]]
            axes.errorbar(x, mean, yerr=errors, elinewidth=0.75, capsize=1.7, **line)
            continue
        axes.plot(x, mean, **line)
        axes.fill_between(x, low, high, color=colour, alpha=0.17, linewidth=0, step="post" if DRAWN == "steps-post" else None)
    for name, colour, dashes in CURVES:
        points = [row for row in rows if (row["panel"], row["series"]) == (panel, name) and row[Y + "_mean"]]
        axes.plot([float(row[X]) for row in points], [float(row[Y + "_mean"]) for row in points],
                  color=colour, linewidth=0.8, linestyle=(0, dashes) if dashes else "solid")
    for at, label in LINES_X.get(index, []):
        axes.axvline(at, color=MUTED, linewidth=0.7, linestyle=(0, (2.4, 1.6)))
        axes.annotate(label, (at, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=SMALL, color=MUTED)
    for at, label in LINES_Y.get(index, []):
        axes.axhline(at, color=MUTED, linewidth=0.7, linestyle=(0, (2.4, 1.6)))
        axes.annotate(label, (1, at), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=SMALL, color=MUTED)
handles, labels = all_axes.flat[0].get_legend_handles_labels()
figure.legend(handles, labels, loc="outside upper left", ncols=max(1, int(WIDTH // 40)), frameon=False)
"##;

const BARS: &str = r##"axes = all_axes[0][0]
for place, (panel, name, label, colour) in enumerate(BARS):
    row = next(row for row in rows if (row["panel"], row["series"]) == (panel, name))
    length = row.get(X + "_median") or row[X + "_mean"]
    if not length:
        axes.text(0, place, " not reached", va="center", fontsize=SMALL)
        continue
    length = float(length)
    ends = [[length - float(row[X + "_low"] or length)], [float(row[X + "_high"] or length) - length]]
    axes.barh(place, length, height=0.62, color=colour, xerr=ends, error_kw={"elinewidth": 0.75, "capsize": 1.5})
axes.set_yticks(range(len(BARS)), [label for _, _, label, _ in BARS])
axes.invert_yaxis()
axes.set(xlabel=X_LABEL, xlim=X_ENDS)
"##;

const HEAT: &str = r##"for index, axes in enumerate(all_axes.flat):
    if index >= len(PANELS):
        axes.set_visible(False)
        continue
    panel, title = PANELS[index]
    cells = {(row[X], row[Y]): row[COLOUR + "_mean"] for row in rows if row["panel"] == panel}
    grid = [[float(cells.get((x, y)) or "nan") for x, _ in X_VALUES] for y, _ in Y_VALUES]
    image = axes.imshow(grid, origin="lower", aspect="auto", cmap="viridis", vmin=ENDS[0], vmax=ENDS[1])
    axes.set_xticks(range(len(X_VALUES)), [words for _, words in X_VALUES])
    axes.set_yticks(range(len(Y_VALUES)), [words for _, words in Y_VALUES])
    axes.set(xlabel=X_LABEL, ylabel=Y_LABEL)
    axes.set_title(title, loc="left")
figure.colorbar(image, ax=all_axes, label=COLOUR_LABEL)
"##;

/// Constants of a program in the order in which they are written.
struct Constants(String);

impl Constants {
    fn set(&mut self, name: &str, value: &str) {
        writeln!(self.0, "{name} = {value}").expect(PROMISE);
    }

    /// One item a line.
    fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let items: String = items.map(|item| format!("    {item},\n")).collect();
        self.set(name, &format!("[\n{items}]"));
    }

    fn begin(about: &str, (width, height): (f64, f64), (rows, columns): (usize, usize), font: f64) -> Self {
        let about = about.replace('\\', "/").replace("\"\"\"", "'''");
        let mut constants = Self(format!(
            "\"\"\"{about}, drawn by matplotlib from the CSV of the same name.\n\n\
             Run it with Python 3 and matplotlib 3.6 or newer; an argument names the file, whose ending decides its format:\n\
             .pdf, .svg, .png, or .pgf for LaTeX.\n\"\"\"\n"
        ));
        constants.set("WIDTH, HEIGHT", &format!("{width:.2}, {height:.2}  # millimetres"));
        constants.set("ROWS, COLUMNS", &format!("{rows}, {columns}"));
        constants.set("FONT, SMALL", &format!("{font}, {}  # points", font * 7.0 / 8.0));
        constants
    }

    /// The colours of all that is no data.
    fn paint(&mut self, theme: &Theme) {
        let dark = u32::from(theme.paper.0) + u32::from(theme.paper.1) + u32::from(theme.paper.2) < 384;
        self.set("DARK", truth(dark));
        for (name, colour) in
            [("PAPER", theme.paper), ("INK", theme.ink), ("MUTED", theme.muted), ("FAINT", theme.faint)]
        {
            self.set(name, &hex(colour));
        }
    }

    fn end(self, body: &str) -> String {
        // Imports stand before constants.
        let (about, constants) = self.0.split_once("\"\"\"\n").map_or(("", self.0.as_str()), |parts| parts);
        let (imports, setup) = BEGINNING.split_once("\nhere = ").expect("the beginning finds its place");
        format!("{about}\"\"\"\n{}\n\n{constants}\nhere = {setup}{body}{END}", imports.trim_start())
    }
}

/// A text as Python writes it.
fn text(words: &str) -> String {
    serde_json::to_string(words).expect("a text is plain data")
}

/// A label as matplotlib sets it.
fn set(label: &Label) -> String {
    let run = |(words, face): &(String, Face)| {
        let words = words.replace('$', "\\$");
        match face {
            Face::Upright => words,
            Face::Italic => format!("$\\it{{{words}}}$"),
            Face::Subscript => format!("$_{{\\mathrm{{{words}}}}}$"),
            Face::Superscript => format!("$^{{\\mathrm{{{words}}}}}$"),
        }
    };
    text(&label.0.iter().map(run).collect::<String>())
}

const fn mark(shape: MarkerShape) -> &'static str {
    match shape {
        MarkerShape::Circle => "o",
        MarkerShape::Square => "s",
        MarkerShape::Up => "^",
        MarkerShape::Diamond => "D",
        MarkerShape::Down => "v",
        MarkerShape::Pentagon => "p",
        MarkerShape::Plus => "P",
    }
}

fn truth(is: bool) -> &'static str {
    if is { "True" } else { "False" }
}

fn scale(range: &Range) -> String {
    match range.shape {
        Shape::Linear => "\"linear\"".to_owned(),
        Shape::Log => "\"log\"".to_owned(),
        Shape::Symlog(_) => "\"symlog\"".to_owned(),
    }
}

fn hex(colour: plotters::style::RGBColor) -> String {
    format!("\"#{:02x}{:02x}{:02x}\"", colour.0, colour.1, colour.2)
}

/// Lengths of strokes and gaps in units of the line, as matplotlib counts them.
fn dashes(lengths: &[f64], weight: f64) -> String {
    let all: Vec<String> = lengths.iter().map(|length| format!("{:.2}", length / weight)).collect();
    if all.is_empty() { "()".to_owned() } else { format!("({})", all.join(", ")) }
}

/// The program of a chart on its measured page.
#[must_use]
pub(crate) fn chart(
    content: &Content,
    page: &Page,
    theme: &Theme,
    (about, size, font): (&str, (f64, f64), f64),
    options: &FigureOptions,
) -> String {
    let columns = page.frames.iter().take_while(|frame| frame.top == page.frames[0].top).count().max(1);
    let rows = content.panels.len().max(1).div_ceil(columns);
    let mut all = Constants::begin(about, size, (rows, columns), font);
    all.paint(theme);
    all.set("X, Y", &format!("{}, {}", text(content.x.column), text(content.y.column)));
    all.set("X_LABEL, Y_LABEL", &format!("{}, {}", set(&content.x.label), set(&content.y.label)));
    let ends = |range: &Range| format!("({}, {})", range.low, range.high);
    all.set("X_ENDS, Y_ENDS", &format!("{}, {}", ends(&page.x), ends(&page.y)));
    all.set("X_SCALE, Y_SCALE", &format!("{}, {}", scale(&page.x), scale(&page.y)));
    let shape = if content.interval == IntervalShape::Bars { "\"bars\"" } else { "\"band\"" };
    all.set("SHAPE", shape);
    let drawn = match (content.interval, content.stepped) {
        (IntervalShape::Steps, _) => "\"steps-mid\"",
        (_, true) => "\"steps-post\"",
        _ => "\"default\"",
    };
    all.set("DRAWN", drawn);
    all.set("JOINED, GRID", &format!("{}, {}", truth(content.joined), truth(options.grid != Some(false))));
    let panels = content.panels.iter();
    all.list("PANELS", panels.map(|p| format!("({}, {})", text(&p.title.to_string()), set(&p.title))));
    let series = content.series.iter().map(|series| {
        let (shape, filled) = marker(series.look);
        let name = text(&series.label.to_string());
        let (label, colour) = (set(&series.label), hex(theme.ink(series.look, series.ink)));
        let dash = dashes(dash(series.look), 1.1);
        format!("({name}, {label}, {colour}, \"{}\", {}, {dash})", mark(shape), truth(filled))
    });
    all.list("SERIES", series);
    all.list("CURVES", curves(content, theme).into_iter());
    let marked = |of: &dyn Fn(usize) -> Vec<String>| {
        let lines = (0..content.panels.len()).filter(|i| !of(*i).is_empty());
        format!(
            "{{{}}}",
            lines.map(|i| format!("{i}: [{}]", of(i).join(", "))).collect::<Vec<_>>().join(", ")
        )
    };
    let upright = |i: usize| -> Vec<String> {
        content.panels[i].marks.iter().map(|m| format!("({}, {})", m.x, set(&m.label))).collect()
    };
    let level = |i: usize| -> Vec<String> {
        content.panels[i].levels.iter().map(|l| format!("({}, {})", l.y, set(&l.label))).collect()
    };
    all.set("LINES_X", &marked(&upright));
    all.set("LINES_Y", &marked(&level));
    all.end(CHART)
}

/// What theory says, each line once: its name in the CSV, its colour, its dashes.
fn curves(content: &Content, theme: &Theme) -> Vec<String> {
    let mut curves: Vec<String> = Vec::new();
    for curve in content.panels.iter().flat_map(|panel| &panel.curves) {
        let series = &content.series[curve.series];
        let name = format!("{}, {}", series.label, content.theorems[curve.theorem]);
        let (weight, lengths) = super::page::curve::look(curve.theorem);
        let colour = hex(theme.ink(series.look, series.ink));
        let line = format!("({}, {colour}, {})", text(&name), dashes(lengths, weight));
        if !curves.contains(&line) {
            curves.push(line);
        }
    }
    curves
}

/// The program of bars.
#[must_use]
pub(crate) fn bars(bars: &Bars, theme: &Theme, (about, size, font): (&str, (f64, f64), f64)) -> String {
    let mut all = Constants::begin(about, size, (1, 1), font);
    all.paint(theme);
    all.set("X", &text(bars.x.column));
    all.set("X_LABEL", &set(&bars.x.label));
    all.set("X_ENDS", "(0, None)");
    let every = bars.groups.iter().flat_map(|group| group.bars.iter().map(move |bar| (group, bar)));
    let bar = every.map(|(group, bar)| {
        let label = set(&Label::list([group.title.clone(), bar.label.clone()]));
        let (panel, name) = (text(&group.title.to_string()), text(&bar.label.to_string()));
        format!("({panel}, {name}, {label}, {})", hex(theme.ink(bar.look, bar.ink)))
    });
    all.list("BARS", bar);
    all.end(BARS)
}

/// The program of heat maps, as many of them side by side as on the page.
#[must_use]
pub(crate) fn heat(
    heat: &Heat,
    columns: usize,
    theme: &Theme,
    (about, size, font): (&str, (f64, f64), f64),
) -> String {
    let rows = heat.panels.len().max(1).div_ceil(columns.max(1));
    let mut all = Constants::begin(about, size, (rows, columns.max(1)), font);
    all.paint(theme);
    let names = [heat.x.column, heat.y.column, heat.colour.column].map(text);
    all.set("X, Y, COLOUR", &names.join(", "));
    let labels = [&heat.x.label, &heat.y.label, &heat.colour.label].map(set);
    all.set("X_LABEL, Y_LABEL, COLOUR_LABEL", &labels.join(", "));
    let share = heat.colour.scale == Scale::Share;
    all.set("ENDS", if share { "(0, 1)" } else { "(None, None)" });
    for (name, side) in [("X_VALUES", &heat.x), ("Y_VALUES", &heat.y)] {
        let value = |i: usize| format!("({}, {})", text(&side.written(i)), set(&side.words(i)));
        all.list(name, (0..side.values.len()).map(value));
    }
    let panels = heat.panels.iter();
    all.list("PANELS", panels.map(|p| format!("({}, {})", text(&p.title.to_string()), set(&p.title))));
    all.end(HEAT)
}
