//! Numbers among the options of a figure, each within what a page or a statistic can have.

use serde::{Deserialize, Serialize};

use super::choice::Word;

/// How sure an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Level(f64);

impl Level {
    /// What is usual, and what figures show unless told otherwise.
    pub const USUAL: Self = Self(0.95);

    /// A share of one.
    #[must_use]
    pub const fn share(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Level {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        let legal = (0.5..=0.9999).contains(&share);
        legal.then_some(Self(share)).ok_or_else(|| {
            format!(
                "{share} is no level of confidence: write a share of one from 0.5 to 0.9999, for example 0.9"
            )
        })
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> Self {
        level.0
    }
}

/// A length with its unit, within what a page can have.
fn length(text: &str, unit: &str, legal: std::ops::RangeInclusive<f64>, what: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix(unit).unwrap_or(text.trim()).trim().parse().ok();
    number.filter(|n| legal.contains(n)).ok_or_else(|| {
        format!("`{text}` is no {what}: write {}{unit} to {}{unit}", legal.start(), legal.end())
    })
}

/// The height of a page in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Word", into = "String")]
pub struct Height(pub f64);

impl TryFrom<Word> for Height {
    type Error = String;

    fn try_from(Word(text): Word) -> Result<Self, String> {
        length(&text, "mm", 30.0..=400.0, "height").map(Self)
    }
}

impl From<Height> for String {
    fn from(Height(mm): Height) -> Self {
        format!("{mm}mm")
    }
}

/// The size of text in points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Word", into = "String")]
pub struct FontSize(pub f64);

impl TryFrom<Word> for FontSize {
    type Error = String;

    fn try_from(Word(text): Word) -> Result<Self, String> {
        length(&text, "pt", 4.0..=36.0, "size of text").map(Self)
    }
}

impl From<FontSize> for String {
    fn from(FontSize(pt): FontSize) -> Self {
        format!("{pt}pt")
    }
}

/// Over how many neighbouring measurements a curve is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Window(u32);

impl Window {
    /// An odd number of measurements.
    #[must_use]
    pub const fn measurements(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u32> for Window {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        let legal = number % 2 == 1 && (3..=1001).contains(&number);
        legal.then_some(Self(number)).ok_or_else(|| {
            format!("{number} is no window: write an odd number of measurements from 3 to 1001, the middle one and its neighbours")
        })
    }
}

impl From<Window> for u32 {
    fn from(window: Window) -> Self {
        window.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_bounds_and_units() {
        assert_eq!(serde_json::from_str::<Height>("\"50mm\"").unwrap(), Height(50.0));
        assert_eq!(serde_json::from_str::<FontSize>("7").unwrap(), FontSize(7.0));
        assert_eq!(serde_json::to_string(&FontSize(7.5)).unwrap(), "\"7.5pt\"");
        assert!(
            serde_json::from_str::<FontSize>("\"90pt\"").unwrap_err().to_string().contains("4pt to 36pt")
        );
        assert!(serde_json::from_str::<Height>("\"20mm\"").is_err());
        for wrong in ["0", "1", "4", "-3"] {
            assert!(serde_json::from_str::<Window>(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Level>("0.3").is_err() && serde_json::from_str::<Level>("1").is_err());
    }
}
