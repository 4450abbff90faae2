//! What a figure is told, held against what it will show: every refusal names the option and a way out.

use super::cases::NO_PANEL;
use super::choice::ErrorKind;
use super::measure::Measure;
use super::named::distinct;
use super::options::{Division, FigureOptions};
use super::selection::OF_EVERY_RUN;
use super::setting::number;
use crate::destination::is_plain_name;
use crate::error::{Error, Result};
use crate::record::Results;

/// What the records of a scenario hold besides their rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Whether models are trained.
    pub trains: bool,
    /// Whether a quadratic goes down; channels where neither.
    pub descends: bool,
    /// Whether the norm of its gradient is measured.
    pub gradient_norm: bool,
    /// Whether a timeline is recorded.
    pub timeline: bool,
    /// Whether `layers.csv` is recorded.
    pub layers: bool,
    /// Whether `labels.csv` is recorded.
    pub labels: bool,
}

impl Recorded {
    /// What is found in results.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let any = |has: fn(&crate::record::RunRecord) -> bool| results.runs.iter().any(has);
        Self {
            trains: any(|run| run.summary.final_accuracy.is_some()),
            descends: any(|run| run.quadratic.is_some()),
            gradient_norm: any(|run| run.summary.final_gradient_l1.is_some()),
            timeline: any(|run| !run.timeline.is_empty()),
            layers: any(|run| !run.layers.is_empty()),
            labels: any(|run| !run.labels.is_empty()),
        }
    }
}

/// What a result folder holds besides figures.
const OF_THE_FOLDER: [&str; 7] = ["summary", "manifest", "scenario", "runs", "report", "index", "readme"];

/// What is checked of a figure.
pub struct Asked<'a> {
    pub options: &'a FigureOptions,
    /// Of one run that it will show: the path of every setting that the sweep varies, and its value.
    pub settings: &'a [(String, String)],
    pub recorded: Recorded,
}

/// Each of these refuses with the option that is wrong and a way out.
impl Asked<'_> {
    /// The figure's files can have their name.
    pub fn check_name(&self) -> Result<()> {
        let Some(name) = &self.options.name else { return Ok(()) };
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if !name.chars().all(legal) || !is_plain_name(name) {
            return Err(Error::scenario(format!("`{name}` cannot name a file"))
                .key("name")
                .help("use letters, digits, `_` and `-`, not `-` at its beginning, at most 100, and no device of Windows such as nul"));
        }
        if OF_THE_FOLDER.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Error::scenario(format!("`{name}` is the name of a file of the result folder"))
                .key("name")
                .help(format!("choose another name than {}", OF_THE_FOLDER.join(", "))));
        }
        Ok(())
    }

    /// The setting that an option names is one of the sweep's, or one that every run has.
    pub fn check_setting(&self, key: &str, path: Option<&str>) -> Result<()> {
        let Some(path) = path else { return Ok(()) };
        let none = (key == "panel").then_some(NO_PANEL);
        let swept = self.settings.iter().map(|(path, _)| path.as_str());
        let known = distinct(swept.chain(OF_EVERY_RUN)).into_iter().chain(none).collect::<Vec<_>>();
        if known.contains(&path) {
            return Ok(());
        }
        Err(Error::scenario(format!("the sweep does not vary `{path}`"))
            .key(key)
            .help(format!("write one of {}", known.join(", "))))
    }

    /// No two options say the same, and none says nothing.
    pub fn check_looks(&self) -> Result<()> {
        let FigureOptions { group, panel, rows, columns, scale, x_scale, y_scale, .. } = self.options;
        self.check_setting("rows", rows.as_deref())?;
        self.check_setting("columns", columns.as_deref())?;
        for path in self.options.filter.iter().flatten().map(|(path, _)| path).filter(|path| *path != "seed")
        {
            self.check_setting("where", Some(path))?;
        }
        let twice =
            |key: &'static str, message: &str, help: &str| Err(Error::scenario(message).key(key).help(help));
        if panel.is_some() && (rows.is_some() || columns.is_some()) {
            let message = "rows and columns make the panels already";
            return twice("panel", message, "leave panel away, or rows and columns");
        }
        let places = [("group", group), ("panel", panel), ("rows", rows), ("columns", columns)];
        for (i, (key, path)) in places.iter().enumerate().filter(|(_, (_, path))| path.is_some()) {
            if let Some((other, _)) = places[..i].iter().find(|(_, other)| other == path) {
                let message = format!("{other} and {key} are the same setting");
                return twice(key, &message, "leave one of them away");
            }
        }
        if scale.is_some() && (x_scale.is_some() || y_scale.is_some()) {
            return twice(
                "scale",
                "the scale of an axis is given twice",
                "write x_scale and y_scale, and leave scale away",
            );
        }
        if self.options.level.is_some() && self.options.error.is_some_and(|error| error != ErrorKind::Ci) {
            return twice(
                "level",
                "only a confidence interval has a level",
                "leave level away, or write error: ci",
            );
        }
        let logarithmic = |scale: Option<Division>| scale == Some(Division::Log);
        for (key, limits, division) in
            [("x_range", self.options.x_range, x_scale), ("y_range", self.options.y_range, y_scale)]
        {
            let low = limits.and_then(|limits| limits.low.or(limits.high));
            if low.is_some_and(|low| low <= 0.0) && logarithmic(*division) {
                return twice(
                    key,
                    "a logarithmic axis has no 0 and nothing below",
                    "begin above 0, or write symlog",
                );
            }
        }
        Ok(())
    }

    /// These runs have this measure.
    pub fn check_measure(&self, key: &str, measure: Option<Measure>) -> Result<()> {
        let Recorded { trains, descends, gradient_norm, .. } = self.recorded;
        self.require(
            measure != Some(Measure::Loss) || trains || descends,
            "on channels nothing is trained, so there is no loss",
            "write accuracy or decoding_error",
        )
        .and_then(|()| {
            self.require(
                measure != Some(Measure::GradientNorm) || gradient_norm,
                if trains {
                    "the norm of the gradient was not asked for"
                } else {
                    "channels have no gradient"
                },
                if trains { "write metrics: { gradient_norm: true }" } else { "write decoding_error" },
            )
        })
        .map_err(|error| error.key(key))
    }

    /// The setting along the horizontal axis is used for nothing else.
    pub fn check_axis(&self, path: &str) -> Result<()> {
        let FigureOptions { group, panel, rows, columns, .. } = self.options;
        for (key, other) in [("group", group), ("panel", panel), ("rows", rows), ("columns", columns)] {
            if other.as_deref() == Some(path) {
                return Err(Error::scenario("this setting is the horizontal axis of the figure already")
                    .key(key)
                    .help("choose another setting, or omit it"));
            }
        }
        Ok(())
    }

    /// The setting that an option names is swept, and its values are numbers, above zero on a logarithmic axis.
    pub fn check_numbers(&self, key: &str, path: &str, division: Division) -> Result<()> {
        let Some((_, value)) = self.settings.iter().find(|(known, _)| known == path) else {
            let axes: Vec<&str> = self.settings.iter().map(|(path, _)| path.as_str()).collect();
            return Err(Error::scenario(format!("the sweep does not vary `{path}`")).key(key).help(
                if axes.is_empty() {
                    "add the setting to `sweep`".to_owned()
                } else {
                    format!("write one of its axes: {}", axes.join(", "))
                },
            ));
        };
        match number(value) {
            None => Err(Error::scenario(format!("`{value}` of `{path}` is no number"))
                .key(key)
                .help("choose an axis of numbers; other settings become panels by themselves")),
            Some(v) if division == Division::Log && v <= 0.0 => {
                Err(Error::scenario(format!("`{value}` of `{path}` has no place on a logarithmic axis"))
                    .key("scale")
                    .help("write scale: linear, or leave the value out"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Something is there that the kind cannot do without.
    pub fn require(&self, there: bool, message: &str, help: &str) -> Result<()> {
        if there { Ok(()) } else { Err(Error::scenario(message).help(help)) }
    }
}
