//! Figures for papers, drawn from the records of runs.
//!
//! A figure is made in two stages. Its own file ([`accuracy_vs_adversaries`], [`accuracy_vs_rounds`]) turns
//! [`Results`] into a [`Content`]: panels, series, points with their mean and interval, marks and notes, in
//! plain data. That content is the figure's CSV, word for word. Everything after it (`layout`, `render`,
//! `output`) is the same for every figure and knows nothing about runs.
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
use content::Content;

pub mod accuracy_vs_adversaries;
pub mod accuracy_vs_rounds;
mod canvas;
pub mod cases;
pub mod content;
mod fonts;
pub mod label;
mod layout;
mod legend;
mod measure;
mod names;
mod notes;
mod output;
mod render;
pub mod statistics;
mod theme;
mod ticks;
mod typeset;

/// The figures that a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FigureSpec {
    /// Final accuracy over the number of adversaries L, a line a method.
    AccuracyVsAdversaries {},
    /// Accuracy over the rounds, a line a method and number of adversaries.
    AccuracyVsRounds {},
}

impl FigureSpec {
    /// Every figure with its defaults, in the order of `list`.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::AccuracyVsAdversaries {}, Self::AccuracyVsRounds {}]
    }

    /// The figure's word in a scenario, and the name of its files.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::AccuracyVsAdversaries {} => "accuracy_vs_adversaries",
            Self::AccuracyVsRounds {} => "accuracy_vs_rounds",
        }
    }

    /// The figure as data.
    #[must_use]
    pub fn content(&self, results: &Results) -> Content {
        match self {
            Self::AccuracyVsAdversaries {} => accuracy_vs_adversaries::content(results),
            Self::AccuracyVsRounds {} => accuracy_vs_rounds::content(results),
        }
    }
}

/// Draws one figure into `dir` as `<word>.svg`, `<word>.png` and `<word>.csv`, and returns their paths.
///
/// # Errors
/// If there is no run to draw, or a file cannot be written.
pub fn draw(spec: &FigureSpec, results: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    if results.runs.is_empty() {
        let message = format!("no finished run to draw {} from", spec.word());
        return Err(Error::input(message).help("run the scenario first; `plot` redraws finished runs only"));
    }
    let content = spec.content(results);
    let theme = theme::Theme::light();
    let page = layout::page(&content);
    fs::create_dir_all(dir).map_err(|e| Error::io(dir, e))?;
    let path = |ending: &str| dir.join(format!("{}.{ending}", spec.word()));
    Ok(vec![
        output::write(path("svg"), output::svg(&content, &page, &theme).as_bytes())?,
        output::write(path("png"), &output::png(&content, &page, &theme))?,
        output::write(path("csv"), content.to_csv().as_bytes())?,
    ])
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
];
