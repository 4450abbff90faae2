//! Lengths on a page: points, millimetres and pixels in drawing units, the sizes of text, the widths of journals' columns.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Drawing units in an inch: three for each pixel of a bitmap at 300 dpi.
pub(crate) const UNITS_PER_INCH: f64 = 900.0;
/// Drawing units along the side of a pixel: each pixel is the mean of nine.
pub(crate) const UNITS_PER_PIXEL: usize = 3;

pub(crate) const SINGLE_COLUMN_MM: f64 = 85.0;
pub(crate) const DOUBLE_COLUMN_MM: f64 = 178.0;

/// Widths of columns of journals and proceedings in millimetres; `_wide` reaches over both.
const COLUMNS: [(&str, f64); 7] = [
    ("icml", 82.55),
    ("icml_wide", 171.45),
    ("neurips", 139.7),
    ("ieee", 88.9),
    ("ieee_wide", 181.9),
    ("nature", 89.0),
    ("nature_wide", 183.0),
];

/// Sizes of text in points.
pub(crate) const TEXT: f64 = 8.0;
pub(crate) const SMALL: f64 = 7.0;
/// Half of the height of a capital above the baseline, in em: centres a text on a line.
pub(crate) const HALF_CAPITAL: f64 = 0.36;
/// Length of the line that stands for a series in the legend.
pub(crate) const SAMPLE_PT: f64 = 21.0;
/// Length of a tick.
pub(crate) const TICK_PT: f64 = 2.6;
/// The margin of the page.
pub(crate) const PAD_PT: f64 = 3.0;

/// Typographic points in drawing units.
#[must_use]
pub(crate) fn pt(points: f64) -> i32 {
    (points * UNITS_PER_INCH / 72.0).round() as i32
}

/// Millimetres in drawing units.
#[must_use]
pub(crate) fn mm(millimetres: f64) -> i32 {
    (millimetres * UNITS_PER_INCH / 25.4).round() as i32
}

/// Rounds a length up to whole pixels.
#[must_use]
pub(crate) fn whole_pixels(units: i32) -> i32 {
    (units as u32).next_multiple_of(UNITS_PER_PIXEL as u32) as i32
}

/// The width of a page in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenLength", into = "String")]
pub struct Size(f64);

/// A width as it is written: a word, or millimetres with or without their unit.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a width is single, double, or a number of millimetres such as 120mm")]
enum WrittenLength {
    Number(f64),
    Text(String),
}

impl TryFrom<WrittenLength> for Size {
    type Error = String;

    fn try_from(written: WrittenLength) -> Result<Self, String> {
        match written {
            WrittenLength::Number(number) => number.to_string().try_into(),
            WrittenLength::Text(text) => text.try_into(),
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
            word if COLUMNS.iter().any(|(known, _)| *known == word) => {
                COLUMNS.iter().find(|(known, _)| *known == word).map(|(_, millimetres)| *millimetres)
            }
            other => other.strip_suffix("mm").unwrap_or(other).trim().parse().ok(),
        };
        let legal = millimetres.filter(|mm| Self::LEGAL_MM.contains(mm));
        legal.map(Self).ok_or_else(|| {
            format!("`{text}` is no width: write single ({SINGLE_COLUMN_MM} mm), double ({DOUBLE_COLUMN_MM} mm), {}, or 60mm to 400mm", COLUMNS.map(|(word, _)| word).join(", "))
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
}
