//! Accuracy against a setting of the sweep that is a number: a crossover, a noise level, a number of partitions.

use serde::{Deserialize, Serialize};

use super::cases::{self, Cases, Sample};
use super::content::{Axis, Content, Interval, Scale};
use super::label::Label;
use super::{measure, names, notes};
use crate::error::{Error, Result};
use crate::record::{Results, RunRecord};

/// More panels than this do not fit a page.
const MOST_PANELS: usize = 12;

/// Which setting, and how its axis is divided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// An axis of the sweep: the path of a setting, such as `task.channel.crossover`.
    pub x: String,
    #[serde(default)]
    pub scale: Division,
}

/// How numbers are spread over an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    /// Equal differences take equal room.
    #[default]
    Linear,
    /// Equal ratios take equal room.
    Log,
}

impl Division {
    pub(super) const fn scale(self) -> Scale {
        match self {
            Self::Linear => Scale::Value,
            Self::Log => Scale::Log,
        }
    }
}

impl Setting {
    /// The setting's own name: the last part of its path.
    #[must_use]
    pub fn field(&self) -> &str {
        self.x.rsplit('.').next().unwrap_or(&self.x)
    }

    /// Checks that runs with these settings can be placed on the axis.
    ///
    /// # Errors
    /// When the sweep does not vary the setting, or one of its values is no number (above zero, on a logarithmic axis).
    pub fn validate(&self, settings: &[(String, String)]) -> Result<()> {
        let Some((_, value)) = settings.iter().find(|(path, _)| *path == self.x) else {
            let axes: Vec<&str> = settings.iter().map(|(path, _)| path.as_str()).collect();
            return Err(Error::scenario(format!("the sweep does not vary `{}`", self.x)).key("x").help(
                if axes.is_empty() {
                    "add the setting to `sweep`".to_owned()
                } else {
                    format!("write one of its axes: {}", axes.join(", "))
                },
            ));
        };
        match number(value) {
            None => Err(Error::scenario(format!("`{value}` of `{}` is no number", self.x))
                .key("x")
                .help("choose an axis of numbers; other settings become panels by themselves")),
            Some(v) if self.scale == Division::Log && v <= 0.0 => {
                Err(Error::scenario(format!("`{value}` of `{}` has no place on a logarithmic axis", self.x))
                    .key("scale")
                    .help("write scale: linear, or leave the value out"))
            }
            Some(_) => Ok(()),
        }
    }
}

fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// A line a method; whatever else varies becomes panels.
#[must_use]
pub fn content(results: &Results, setting: &Setting) -> Content {
    let cases = Cases::over(results, &setting.x);
    let runs = 0..results.runs.len();
    let members: Vec<Label> = runs.clone().map(|run| cases::words(&cases.method_settings, run)).collect();
    let (series, series_of_run) = cases::series(&cases.methods, &members, false);
    let titles: Vec<Label> = runs.map(|run| cases::words(&cases.panels, run)).collect();
    let distinct = cases::distinct(titles.iter().cloned());
    let place = |run: &RunRecord| {
        let (_, value) = run.settings.iter().find(|(path, _)| *path == setting.x)?;
        number(value).filter(|v| setting.scale == Division::Linear || *v > 0.0)
    };
    let sample = |(run, record): (usize, &RunRecord)| {
        Some(Sample {
            panel: distinct.iter().position(|title| *title == titles[run])?,
            series: series_of_run[run],
            x: place(record)?,
            workers: record.summary.workers,
            value: measure::at_end(record),
        })
    };
    let mut panels = cases::collect(distinct.clone(), results.runs.iter().enumerate().filter_map(sample));
    let of = panels.len();
    panels.truncate(MOST_PANELS);
    let shown: Vec<Label> = panels.iter().map(|p| p.title.clone()).collect();
    let x = Axis {
        column: "x",
        label: Label::plain(names::words(setting.field())),
        scale: setting.scale.scale(),
    };
    let y = measure::axis(results);
    let mut content = Content { x, y, interval: Interval::Bars, series, panels, notes: vec![] };
    content.notes = notes::standard(&content, results);
    content.notes.extend(notes::selection(&shown, of, "settings"));
    content
}
