//! What can be said about a figure besides its kind. Every kind takes some of these words; the others are refused.

use serde::{Deserialize, Serialize};

use super::content::Scale;
use super::measure::Measure;
pub use super::page::measures::Size;
pub use super::page::theme::Mode;
use crate::units::Probability;

/// The options of a figure, all of them optional; the command line of `signsim plot` has the same words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The name of its files, where the figure's own would be taken twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The setting along the horizontal axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// What is measured along the vertical axis; in a phase diagram the setting there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// What is measured by the colour of a phase diagram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Measure>,
    /// The setting that the first words of the legend, and the colours, stand for; the method unless told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The setting that makes panels, or `none` for one panel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// How the axis that can be logarithmic is divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Division>,
    /// What theory draws behind measurements on channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theory: Option<Theory>,
    /// The accuracy to be reached, a share of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Probability>,
    /// The width of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Mode>,
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
    /// The scale of an axis that is divided so.
    #[must_use]
    pub const fn scale(self) -> Scale {
        match self {
            Self::Linear => Scale::Value,
            Self::Log => Scale::Log,
        }
    }
}

/// What theory draws behind measurements on channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theory {
    None,
    /// The exact value, with the true weights where a method learns them.
    Exact,
    /// The exact value and what papers prove about it.
    Bounds,
}

impl Options {
    /// Nothing but what is usual.
    pub const NONE: Self = Self {
        name: None,
        x: None,
        y: None,
        colour: None,
        group: None,
        panel: None,
        scale: None,
        theory: None,
        accuracy: None,
        size: None,
        theme: None,
    };

    /// The words that are given.
    #[must_use]
    pub fn given(&self) -> Vec<&'static str> {
        let all = [
            ("name", self.name.is_some()),
            ("x", self.x.is_some()),
            ("y", self.y.is_some()),
            ("colour", self.colour.is_some()),
            ("group", self.group.is_some()),
            ("panel", self.panel.is_some()),
            ("scale", self.scale.is_some()),
            ("theory", self.theory.is_some()),
            ("accuracy", self.accuracy.is_some()),
            ("size", self.size.is_some()),
            ("theme", self.theme.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(word, _)| word).collect()
    }

    /// These options, and where they say nothing, those of `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            name: self.name.or(others.name),
            x: self.x.or(others.x),
            y: self.y.or(others.y),
            colour: self.colour.or(others.colour),
            group: self.group.or(others.group),
            panel: self.panel.or(others.panel),
            scale: self.scale.or(others.scale),
            theory: self.theory.or(others.theory),
            accuracy: self.accuracy.or(others.accuracy),
            size: self.size.or(others.size),
            theme: self.theme.or(others.theme),
        }
    }

    /// What is measured; a word that names nothing has been refused before.
    #[must_use]
    pub fn measure(&self) -> Measure {
        self.y.as_deref().and_then(Measure::of_word).unwrap_or_default()
    }

    /// The width of the page in millimetres, `usual` unless told otherwise.
    #[must_use]
    pub fn width(&self, usual: f64) -> f64 {
        self.size.map_or(usual, Size::millimetres)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_fall_back_on_others() {
        let own = Options { y: Some("loss".to_owned()), ..Options::NONE };
        let others = Options { y: Some("accuracy".to_owned()), theme: Some(Mode::Dark), ..Options::NONE };
        assert_eq!(own.or(others).given(), ["y", "theme"]);
    }
}
