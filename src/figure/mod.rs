//! Figures for papers, drawn from the records of runs.
//!
//! A figure is made in two stages. Its own file ([`accuracy_vs_adversaries`], [`accuracy_vs_rounds`]) turns
//! [`Results`] into a [`Content`]: panels, series, points with their mean and interval, marks and notes, in
//! plain data. That content is the figure's CSV, word for word. Everything after it (`layout`, `render`,
//! `output`) is the same for every figure and knows nothing about runs.
//!
//! A table ([`method_table`]) goes the same way with a [`Table`] in the place of the content, and [`bars`] with [`Bars`].
//!
//! To add a figure: one file with a `content` function, one arm in [`FigureSpec`] and in its methods.
//! To add a look: another `theme::Theme`.
//!
//! Rules that every figure keeps: a mean comes with its number of repeats and the kind of its interval;
//! runs that are missing or diverged are said, never skipped; series differ in colour, marker and dash;
//! the legend stands outside the axes; identical records give identical bytes.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::record::Results;
use accuracy_vs_rounds::{Progress, Scaled};
use accuracy_vs_setting::Setting;
use bars::Bars;
use content::Content;
use table::Table;
use time_to_accuracy::Target;
use timeline::Timeline;

pub mod accuracy_vs_adversaries;
pub mod accuracy_vs_rounds;
pub mod accuracy_vs_setting;
pub mod bars;
mod bars_page;
mod canvas;
pub mod cases;
pub mod content;
mod fonts;
pub mod label;
mod layout;
mod legend;
mod measure;
pub mod method_table;
mod names;
mod notes;
mod output;
mod render;
mod rows;
pub mod statistics;
pub mod table;
mod theme;
mod ticks;
pub mod time_to_accuracy;
pub mod timeline;
mod timeline_page;
mod typeset;

/// The figures that a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FigureSpec {
    /// Final accuracy over the number of adversaries L, a line a method.
    AccuracyVsAdversaries {},
    /// Accuracy over the rounds, a line a method and number of adversaries.
    AccuracyVsRounds {},
    /// Accuracy over simulated time, a line a method and number of adversaries.
    AccuracyVsTime(Scaled),
    /// Accuracy over the megabytes that all workers have sent, a line a method and number of adversaries.
    AccuracyVsMegabytes(Scaled),
    /// Final accuracy over a setting of the sweep that is a number.
    AccuracyVsSetting(Setting),
    /// Simulated time until a method is as accurate as it should be, a bar a method and setting.
    TimeToAccuracy(Target),
    /// The first rounds of a run on the simulated clock, a row a worker.
    Timeline {},
    /// Final accuracy and megabytes, a row a method, a column an attack and number of adversaries L.
    MethodTable {},
}

impl FigureSpec {
    /// The name of the figure's files: its word in a scenario, or the setting in the place of `setting`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::AccuracyVsAdversaries {} => "accuracy_vs_adversaries".to_owned(),
            Self::AccuracyVsRounds {} => "accuracy_vs_rounds".to_owned(),
            Self::AccuracyVsTime(_) => "accuracy_vs_time".to_owned(),
            Self::AccuracyVsMegabytes(_) => "accuracy_vs_megabytes".to_owned(),
            Self::AccuracyVsSetting(setting) => format!("accuracy_vs_{}", setting.field()),
            Self::TimeToAccuracy(_) => "time_to_accuracy".to_owned(),
            Self::Timeline {} => "timeline".to_owned(),
            Self::MethodTable {} => "method_table".to_owned(),
        }
    }

    /// Checks the figure against the settings of one run that it will show, and the rounds of which a timeline is recorded.
    ///
    /// # Errors
    /// When the run has no place in the figure.
    pub fn validate(&self, settings: &[(String, String)], timeline: u32) -> Result<()> {
        match self {
            Self::AccuracyVsSetting(setting) => {
                setting.validate(settings).map_err(|e| e.key("accuracy_vs_setting"))
            }
            Self::Timeline {} if timeline == 0 => {
                Err(Error::scenario("a timeline is drawn from rounds that were recorded, and none are")
                    .help("write metrics: { timeline: 3 } for the first three rounds"))
            }
            _ => Ok(()),
        }
    }

    /// The figure as data.
    #[must_use]
    pub fn shown(&self, results: &Results) -> Shown {
        match self {
            Self::AccuracyVsAdversaries {} => Shown::Chart(accuracy_vs_adversaries::content(results)),
            Self::AccuracyVsRounds {} => Shown::Chart(accuracy_vs_rounds::content(results, Progress::Rounds)),
            Self::AccuracyVsTime(axis) => {
                Shown::Chart(accuracy_vs_rounds::content(results, Progress::Time(axis.scale)))
            }
            Self::AccuracyVsMegabytes(axis) => {
                Shown::Chart(accuracy_vs_rounds::content(results, Progress::Megabytes(axis.scale)))
            }
            Self::AccuracyVsSetting(setting) => Shown::Chart(accuracy_vs_setting::content(results, setting)),
            Self::TimeToAccuracy(target) => Shown::Bars(time_to_accuracy::bars(results, target)),
            Self::Timeline {} => Shown::Timeline(timeline::timeline(results)),
            Self::MethodTable {} => Shown::Table(method_table::table(results)),
        }
    }
}

/// What a figure shows, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Drawn as SVG and PNG.
    Chart(Content),
    /// Drawn as SVG and PNG.
    Bars(Bars),
    /// Drawn as SVG and PNG.
    Timeline(Timeline),
    /// Written as Markdown and LaTeX.
    Table(Table),
}

/// Draws one figure into `dir` as `<name>.svg` and `<name>.png`, or a table as `<name>.md` and `<name>.tex`, each with its
/// numbers in `<name>.csv`, and returns their paths.
///
/// # Errors
/// If there is no run to draw, or a file cannot be written.
pub fn draw(spec: &FigureSpec, results: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    if results.runs.is_empty() {
        let message = format!("no finished run to draw {} from", spec.name());
        return Err(Error::input(message).help("run the scenario first; `plot` redraws finished runs only"));
    }
    let files = match spec.shown(results) {
        Shown::Chart(content) => {
            let page = layout::page(&content);
            drawn(&render::Chart { content: &content, page: &page }, content.to_csv())
        }
        Shown::Bars(bars) => drawn(&bars_page::page(&bars), bars.to_csv()),
        Shown::Timeline(timeline) => drawn(&timeline_page::page(&timeline), timeline.to_csv()),
        Shown::Table(table) => vec![
            ("md", table.to_markdown().into_bytes()),
            ("tex", table.to_latex().into_bytes()),
            ("csv", table.to_csv().into_bytes()),
        ],
    };
    fs::create_dir_all(dir).map_err(|e| Error::io(dir, e))?;
    let write = |(ending, bytes): (&str, Vec<u8>)| {
        output::write(dir.join(format!("{}.{ending}", spec.name())), &bytes)
    };
    files.into_iter().map(write).collect()
}

/// A drawing as the files of a figure: their endings and bytes.
fn drawn(drawing: &impl output::Drawing, csv: String) -> Vec<(&'static str, Vec<u8>)> {
    let theme = theme::Theme::light();
    vec![
        ("svg", output::svg(drawing, &theme).into_bytes()),
        ("png", output::png(drawing, &theme)),
        ("csv", csv.into_bytes()),
    ]
}

/// Every figure, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "accuracy_vs_adversaries",
        about: "final accuracy, or share of signs decoded correctly, against L",
        source: "mean and 95 % Student-t interval over seeds; M/2 marked",
    },
    Entry {
        word: "accuracy_vs_rounds",
        about: "accuracy, or share of signs decoded correctly, against the round",
        source: "mean and 95 % Student-t band over seeds",
    },
    Entry {
        word: "accuracy_vs_time",
        about: "{ scale: linear } accuracy, or share of signs decoded correctly, against simulated seconds; or log",
        source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    },
    Entry {
        word: "accuracy_vs_megabytes",
        about: "{ scale: linear } accuracy, or share of signs decoded correctly, against 10^6 bytes sent by all workers",
        source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    },
    Entry {
        word: "accuracy_vs_setting",
        about: "{ x: task.channel.crossover, scale: linear } final accuracy against an axis of the sweep, or log",
        source: "mean and 95 % Student-t interval over seeds",
    },
    Entry {
        word: "time_to_accuracy",
        about: "{ accuracy: 0.9 } simulated seconds until the first measurement of at least that accuracy",
        source: "mean and 95 % Student-t interval over the seeds that reach it",
    },
    Entry {
        word: "timeline",
        about: "the first rounds on the simulated clock, a row a worker; needs metrics: { timeline: 3 }",
        source: "one run: the first seed of every setting",
    },
    Entry {
        word: "method_table",
        about: "final accuracy and megabytes: a row a method, a column an attack and L; Markdown and LaTeX",
        source: "mean and 95 % Student-t interval over seeds",
    },
];
