//! What an option of a figure can be where a word is not enough: values of settings, names, colours, ranges, lines.

use std::collections::BTreeMap;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Expected, IntoDeserializer, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize};

use crate::units::forms::{self, Forms, Scalar};

/// A value of a setting as a scenario writes it: a text, a number, or true and false.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "WrittenWord", into = "String")]
pub struct Word(pub String);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a value of a setting is a word, a number, or true or false")]
enum WrittenWord {
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl From<WrittenWord> for Word {
    fn from(written: WrittenWord) -> Self {
        Self(match written {
            WrittenWord::Truth(truth) => truth.to_string(),
            WrittenWord::Whole(number) => number.to_string(),
            WrittenWord::Number(number) => number.to_string(),
            WrittenWord::Text(text) => text,
        })
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0
    }
}

/// One thing, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OneOrMore<T>(pub Vec<T>);

impl<T> OneOrMore<T> {
    fn one<'de, D: Deserializer<'de>>(written: D) -> Result<Self, D::Error>
    where
        T: Deserialize<'de>,
    {
        T::deserialize(written).map(|one| Self(vec![one]))
    }
}

impl<'de, T: Deserialize<'de>> Forms<'de> for OneOrMore<T> {
    fn of_scalar<E: de::Error>(written: Scalar, _: &dyn Expected) -> Result<Self, E> {
        match written {
            Scalar::Whole(number) => Self::one(number.into_deserializer()),
            Scalar::Number(number) => Self::one(number.into_deserializer()),
            Scalar::Text(text) => Self::one(text.into_deserializer()),
        }
    }

    fn of_truth<E: de::Error>(truth: bool, _: &dyn Expected) -> Result<Self, E> {
        Self::one(truth.into_deserializer())
    }

    fn of_list<A: SeqAccess<'de>>(items: A, _: &dyn Expected) -> Result<Self, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(Self)
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> Result<Self, A::Error> {
        Self::one(MapAccessDeserializer::new(map))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer, "one value, or a list of them")
    }
}

/// Which runs a figure shows: settings, and the values that they may have.
pub type Filter = BTreeMap<String, OneOrMore<Word>>;
/// What things of the scenario are called in a figure.
pub type Names = BTreeMap<String, String>;
/// Which colours methods have.
pub type Colours = BTreeMap<String, Ink>;

/// A colour: its number in the palette, from 1 on, or red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Word", into = "String")]
pub enum Ink {
    /// Of the palette, with its marker and its dash.
    Number(usize),
    /// In place of the palette's.
    Rgb([u8; 3]),
}

/// Colours that differ from each other.
pub const PALETTE: usize = 7;

impl TryFrom<Word> for Ink {
    type Error = String;

    fn try_from(Word(text): Word) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii());
        let channel = |hex: &str, i: usize| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok();
        let rgb = digits.and_then(|hex| Some([channel(hex, 0)?, channel(hex, 1)?, channel(hex, 2)?]));
        let number = || text.parse().ok().filter(|n| (1..=PALETTE).contains(n)).map(Self::Number);
        rgb.map(Self::Rgb).or_else(number).ok_or_else(|| {
            format!("`{text}` is no colour: write its number in the palette, 1 to {PALETTE}, or \"#rrggbb\"")
        })
    }
}

impl From<Ink> for String {
    fn from(ink: Ink) -> Self {
        match ink {
            Ink::Number(number) => number.to_string(),
            Ink::Rgb([r, g, b]) => format!("#{r:02x}{g:02x}{b:02x}"),
        }
    }
}

/// The ends of an axis; an end that is not given is found from what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Option<f64>>", into = "Vec<Option<f64>>")]
pub struct Limits {
    /// Where it begins.
    pub low: Option<f64>,
    /// Where it ends.
    pub high: Option<f64>,
}

impl TryFrom<Vec<Option<f64>>> for Limits {
    type Error = String;

    fn try_from(ends: Vec<Option<f64>>) -> Result<Self, String> {
        const FORM: &str = "write two ends, for example [0.9, 1] or [0.9, null]";
        let &[low, high] = ends.as_slice() else { return Err(FORM.to_owned()) };
        let finite = [low, high].into_iter().flatten().all(f64::is_finite);
        if !finite || (low.is_none() && high.is_none()) {
            return Err(FORM.to_owned());
        }
        if low.zip(high).is_some_and(|(low, high)| low >= high) {
            return Err(format!("an axis begins before it ends: {FORM}"));
        }
        Ok(Self { low, high })
    }
}

impl From<Limits> for Vec<Option<f64>> {
    fn from(limits: Limits) -> Self {
        vec![limits.low, limits.high]
    }
}

/// A line across the axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a line is chance, { y: 0.9, label: target }, or { x: 100 }")]
pub enum Reference {
    /// One that the records give.
    Word(KnownLine),
    /// One that the user gives.
    Line(Line),
}

/// A line that the records give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownLine {
    /// What guessing reaches: one class of all, one sign of two.
    Chance,
}

/// A line at a value of an axis.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, try_from = "WrittenLine")]
pub struct Line {
    /// Upright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<f64>,
    /// Level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<f64>,
    /// What stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct WrittenLine {
    x: Option<f64>,
    y: Option<f64>,
    label: Option<String>,
}

impl TryFrom<WrittenLine> for Line {
    type Error = String;

    fn try_from(WrittenLine { x, y, label }: WrittenLine) -> Result<Self, String> {
        if x.is_some() == y.is_some() || ![x, y].into_iter().flatten().all(f64::is_finite) {
            return Err("a line has either x or y, a number".to_owned());
        }
        Ok(Self { x, y, label })
    }
}

/// The setting over which a cell is taken, and what is taken of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Take>", into = "BTreeMap<String, Take>")]
pub struct Over {
    /// Of the setting.
    pub path: String,
    /// What is taken.
    pub take: Take,
}

impl TryFrom<BTreeMap<String, Take>> for Over {
    type Error = String;

    fn try_from(map: BTreeMap<String, Take>) -> Result<Self, String> {
        match Vec::from_iter(map).as_slice() {
            [(path, take)] => Ok(Self { path: path.clone(), take: *take }),
            _ => Err("write one setting and min or max, for example { adversaries.attack: min }".to_owned()),
        }
    }
}

impl From<Over> for BTreeMap<String, Take> {
    fn from(Over { path, take }: Over) -> Self {
        Self::from([(path, take)])
    }
}

/// What is taken of several means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl Take {
    /// In a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Min => "least mean",
            Self::Max => "greatest mean",
        }
    }
}

/// What intervals show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The confidence interval of the mean by Student's t.
    #[default]
    Ci,
    /// One standard deviation of the seeds to either side.
    Sd,
    /// One standard error of the mean to either side.
    Sem,
    /// From the least seed to the greatest.
    Range,
    /// Every seed by itself, as a dot.
    Seeds,
    /// Nothing.
    None,
}

/// The shape of intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalLook {
    /// A band along the line.
    Band,
    /// A bar at each point.
    Bars,
}

/// Which points have a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Markers {
    /// As many as do not touch.
    #[default]
    Auto,
    /// Every point.
    All,
    /// No point.
    None,
}

/// Where the legend stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegendPlace {
    /// In rows above the axes.
    #[default]
    Above,
    /// In a column on the right.
    Right,
    /// In the emptiest corner of the first panel.
    Inside,
    /// Each name at the end of its line.
    Direct,
    /// Nowhere.
    None,
}

/// What lies below everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// The colour of the theme.
    #[default]
    Paper,
    /// Whatever the figure is laid upon.
    Transparent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_and_writes_itself() {
        for text in [r#"{"method":["a","b"],"adversaries.count":["3"]}"#, r#"{"a":["0.1","true"]}"#] {
            let filter: Filter = serde_json::from_str(text).unwrap();
            let again: Filter = serde_json::from_str(&serde_json::to_string(&filter).unwrap()).unwrap();
            assert_eq!(again, filter);
        }
        let one: Filter = serde_json::from_str(r#"{"adversaries.count":3}"#).unwrap();
        assert_eq!(one["adversaries.count"].0, [Word("3".to_owned())]);
        for (text, same) in [("3", "\"3\""), ("\"#d55e00\"", "\"#d55e00\"")] {
            assert_eq!(serde_json::to_string(&serde_json::from_str::<Ink>(text).unwrap()).unwrap(), same);
        }
        for wrong in ["0", "8", "\"#12345\"", "\"red\"", "\"#zzzzzz\""] {
            assert!(
                serde_json::from_str::<Ink>(wrong).unwrap_err().to_string().contains("1 to 7"),
                "{wrong}"
            );
        }
        for wrong in ["[]", "[1]", "[2, 1]", "[null, null]", "[1, 1]", "[1, 2, 3]"] {
            assert!(serde_json::from_str::<Limits>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Limits>("[0.9, null]").unwrap().low, Some(0.9));
        for wrong in ["{}", r#"{"x":1,"y":2}"#, r#"{"z":1}"#, "\"theory\""] {
            assert!(serde_json::from_str::<Reference>(wrong).is_err(), "{wrong}");
        }
    }
}
