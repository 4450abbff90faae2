//! Checked scalars of a scenario: spans of time, rates and sizes with their unit, probabilities, counts as expressions
//! in M, values for every worker, sets of workers.
//!
//! Each of them refuses at reading time what could only fail later, and writes itself back as the user would.

mod bandwidth;
mod classes;
mod count;
pub(crate) mod forms;
mod or_none;
mod per_worker;
mod population;
pub mod single;
mod word_or;
mod worker_set;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

pub use bandwidth::{Bandwidth, Bytes};
pub use classes::Classes;
pub use count::{Count, NoRange, count_range};
pub use or_none::OrNone;
pub use per_worker::PerWorker;
pub use population::Population;
pub use word_or::WordOr;
pub(crate) use word_or::only_word;
pub use worker_set::WorkerSet;

/// A span of simulated time, written with its unit: `250ns`, `20us`, `1.5ms`, `2s`, `3min`, `1h`.
///
/// At most 365 days, so that sums of spans cannot leave the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Span(Duration);

const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Whether a word is the unit of a span of time, of bytes, or of bits a second.
#[must_use]
pub(crate) fn is_unit(word: &str) -> bool {
    UNITS.iter().chain(&bandwidth::RATES).chain(&bandwidth::SIZES).any(|(unit, _)| *unit == word)
}

/// The longest [`Span`], and the cap of every random latency.
pub const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The same span as the standard library's type.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }

    /// Seconds, for laws that sample real numbers.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0.as_secs_f64()
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let help = "write a number and a unit, for example 20ms (ns, us, ms, s, min, h)";
        let split = text.find(char::is_alphabetic).unwrap_or(text.len());
        let (number, unit) = (text[..split].trim(), &text[split..]);
        let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit: {help}"));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit of time: {help}"));
        };
        let value = forms::number(number, text, help)?;
        let nanos = value * *scale as f64;
        if !nanos.is_finite() || nanos < 0.0 || nanos > LONGEST.as_nanos() as f64 {
            return Err(format!("`{text}` is out of range: a span lies between 0s and 8760h"));
        }
        Ok(Self(Duration::from_nanos(nanos.round() as u64)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a span of time with its unit, for example 20ms,";
        forms::read_scalar(deserializer, expected, |written| written.to_string().parse())
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    /// The largest unit that needs no fraction, so that reading it back is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos() as u64;
        if nanos == 0 {
            return f.write_str("0s");
        }
        let exact = UNITS.iter().rev().find(|(_, scale)| nanos.is_multiple_of(*scale));
        let (unit, scale) = exact.expect("every span is a whole number of nanoseconds");
        write!(f, "{}{unit}", nanos / scale)
    }
}

/// A number in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// Never.
    pub const ZERO: Self = Self(0.0);
    /// A fair coin.
    pub const HALF: Self = Self(0.5);

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = String;

    fn try_from(p: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&p) {
            Ok(Self(p))
        } else {
            Err(format!("{p} is not a probability: it lies between 0 and 1"))
        }
    }
}

impl From<Probability> for f64 {
    fn from(p: Probability) -> Self {
        p.0
    }
}

/// A finite number above zero.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Positive(f64);

impl Positive {
    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Positive {
    type Error = String;

    fn try_from(x: f64) -> Result<Self, String> {
        if x.is_finite() && x > 0.0 {
            Ok(Self(x))
        } else {
            Err(format!("{x} is not a finite number above 0"))
        }
    }
}

impl FromStr for Positive {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let x: f64 = text.trim().parse().map_err(|_| format!("`{text}` is not a number"))?;
        x.try_into()
    }
}

impl fmt::Display for Positive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Positive> for f64 {
    fn from(x: Positive) -> Self {
        x.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_write_their_units() {
        for (text, nanos, back) in [
            ("20ms", 20_000_000, "20ms"),
            ("1.5 s", 1_500_000_000, "1500ms"),
            ("0s", 0, "0s"),
            ("250ns", 250, "250ns"),
            ("90min", 5_400_000_000_000, "90min"),
            ("2h", 7_200_000_000_000, "2h"),
            ("3 µs", 3_000, "3us"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.get().as_nanos(), nanos, "{text}");
            assert_eq!(span.to_string(), back);
        }
    }

    #[test]
    fn spans_refuse_what_has_no_unit_or_no_end() {
        for (text, why) in [
            ("20", "has no unit"),
            ("20 parsecs", "not a unit of time"),
            ("-1s", "out of range"),
            ("1e99h", "not a unit"),
            ("9000h", "out of range"),
            ("..s", "not a number"),
            ("0,5s", "write 0.5s, with a point"),
        ] {
            let error = text.parse::<Span>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
