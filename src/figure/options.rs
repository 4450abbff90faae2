//! What can be said about a figure besides its kind. Every kind takes some of these words; the others are refused.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::page::layout::{DOUBLE_COLUMN_MM, SINGLE_COLUMN_MM};
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

/// Dark on white for print, or light on dark for slides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Light,
    Dark,
}

/// The width of a page in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Size(f64);

/// A width as it is written: a word, or millimetres with or without their unit.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a width is single, double, or a number of millimetres such as 120mm")]
enum Written {
    Number(f64),
    Text(String),
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) => number.to_string().try_into(),
            Written::Text(text) => text.try_into(),
        }
    }
}

impl Size {
    /// Narrower pages hold no figure, wider ones fit no paper.
    const LEGAL_MM: std::ops::RangeInclusive<f64> = 60.0..=400.0;

    /// Its millimetres.
    #[must_use]
    pub const fn millimetres(self) -> f64 {
        self.0
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let millimetres = match text.trim() {
            "single" => Some(SINGLE_COLUMN_MM),
            "double" => Some(DOUBLE_COLUMN_MM),
            other => other.strip_suffix("mm").unwrap_or(other).trim().parse().ok(),
        };
        let legal = millimetres.filter(|mm| Self::LEGAL_MM.contains(mm));
        legal.map(Self).ok_or_else(|| {
            format!("`{text}` is no width: write single ({SINGLE_COLUMN_MM} mm), double ({DOUBLE_COLUMN_MM} mm), or 60mm to 400mm")
        })
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SINGLE_COLUMN_MM => f.write_str("single"),
            DOUBLE_COLUMN_MM => f.write_str("double"),
            other => write!(f, "{other}mm"),
        }
    }
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
    fn sizes_are_columns_or_millimetres() {
        for (text, millimetres) in [
            ("single", 85.0),
            ("double", 178.0),
            ("120mm", 120.0),
            ("100.5 mm", 100.5),
            ("90", 90.0),
            (" 90 ", 90.0),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!(size.millimetres(), millimetres);
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        assert_eq!(serde_json::from_str::<Size>("90").unwrap().millimetres(), 90.0);
        for text in ["", "wide", "12mm", "401mm", "mm", "NaNmm", "12", "90cm"] {
            assert!(text.parse::<Size>().unwrap_err().contains("single (85 mm)"), "{text}");
        }
    }

    #[test]
    fn options_fall_back_on_others() {
        let own = Options { y: Some("loss".to_owned()), ..Options::NONE };
        let others = Options { y: Some("accuracy".to_owned()), theme: Some(Mode::Dark), ..Options::NONE };
        assert_eq!(own.or(others).given(), ["y", "theme"]);
    }
}
