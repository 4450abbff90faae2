//! How fast bits leave a sender, and how many bytes there are of something.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use super::forms;

/// Reads a number with one of `units` as a whole multiple of the smallest, rounded.
fn quantity(text: &str, units: &[(&str, u64)], help: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = (text[..split].trim(), text[split..].trim());
    if unit.is_empty() {
        return Err(format!("`{text}` has no unit: {help}"));
    }
    let Some((_, scale)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("`{unit}` is not a unit here: {help}"));
    };
    let value = forms::number(number, text, help)?;
    let whole = (value * *scale as f64).round();
    // Below 2^53 every whole number is exact.
    if (0.0..9e15).contains(&whole) {
        Ok(whole as u64)
    } else {
        Err(format!("`{text}` is out of range: {help}"))
    }
}

/// The largest of `units` (smallest first) that needs no fraction, so that reading it back is exact.
fn write_exact(n: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let exact = units.iter().rev().find(|(_, scale)| n > 0 && n.is_multiple_of(*scale));
    let (unit, scale) = exact.unwrap_or(&units[0]);
    write!(f, "{}{unit}", n / scale)
}

/// The rate at which a link takes up bits: `unlimited`, or a number with its unit; prefixes are decimal.
///
/// Kept in whole bits a second, at least one.
///
/// ```
/// use signsim::units::Bandwidth;
/// let link: Bandwidth = "10Mbit/s".parse().unwrap();
/// assert_eq!(link.takes(1250).as_millis(), 1); // 10,000 bits
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Bandwidth(Option<NonZeroU64>);

pub(super) const RATES: [(&str, u64); 7] = [
    ("bit/s", 1),
    ("kbit/s", 1_000),
    ("Mbit/s", 1_000_000),
    ("Gbit/s", 1_000_000_000),
    ("kB/s", 8_000),
    ("MB/s", 8_000_000),
    ("GB/s", 8_000_000_000),
];

impl Bandwidth {
    /// Messages of any size take no time.
    pub const UNLIMITED: Self = Self(None);

    /// Whether size costs time.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        self.0.is_some()
    }

    /// How long so many bytes take, rounded up to nanoseconds.
    #[must_use]
    pub fn takes(self, bytes: u64) -> Duration {
        let Some(rate) = self.0 else { return Duration::ZERO };
        let nanos = (u128::from(bytes) * 8_000_000_000).div_ceil(u128::from(rate.get()));
        // A bandwidth so small that this saturates is refused with the scenario: the clock ends at 584 years.
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl FromStr for Bandwidth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "unlimited" {
            return Ok(Self::UNLIMITED);
        }
        let help = "write unlimited, or a number and a unit, for example 10Mbit/s \
                    (bit/s, kbit/s, Mbit/s, Gbit/s, kB/s, MB/s, GB/s)";
        let rate = NonZeroU64::new(quantity(text, &RATES, help)?);
        rate.map(|rate| Self(Some(rate))).ok_or_else(|| {
            format!(
                "`{text}` never sends anything: write at least 1bit/s; to cut a link use loss or partitions"
            )
        })
    }
}

impl<'de> Deserialize<'de> for Bandwidth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "unlimited, or a rate with its unit, for example 10Mbit/s,";
        forms::read_scalar(deserializer, expected, |written| written.to_string().parse())
    }
}

impl From<Bandwidth> for String {
    fn from(rate: Bandwidth) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rate) => write_exact(rate.get(), &RATES[..4], f),
            None => f.write_str("unlimited"),
        }
    }
}

/// A size, written with its unit: `66B`, `64kB`, `1.5MB`, `2GB`; prefixes are decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Bytes(u64);

pub(super) const SIZES: [(&str, u64); 4] =
    [("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = "write a number and a unit, for example 66B (B, kB, MB, GB)";
        quantity(text, &SIZES, help).map(Self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a size with its unit, for example 66B,";
        forms::read_scalar(deserializer, expected, |written| written.to_string().parse())
    }
}

impl From<Bytes> for String {
    fn from(size: Bytes) -> Self {
        size.to_string()
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_exact(self.0, &SIZES, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_write_and_take_their_time() {
        for (text, back, bytes, nanos) in [
            ("10Mbit/s", "10Mbit/s", 1250, 1_000_000),
            ("1.5 kbit/s", "1500bit/s", 3, 16_000_000),
            ("1MB/s", "8Mbit/s", 7, 7_000),
            ("3Gbit/s", "3Gbit/s", 1, 3), // 8/3 ns, rounded up
            ("unlimited", "unlimited", 1 << 40, 0),
        ] {
            let rate: Bandwidth = text.parse().unwrap();
            assert_eq!((rate.to_string().as_str(), rate.takes(bytes).as_nanos()), (back, nanos), "{text}");
            assert_eq!(back.parse(), Ok(rate));
        }
    }

    #[test]
    fn what_has_no_unit_or_no_rate_is_refused() {
        for (yaml, why) in [
            ("10", "`10` has no unit"),
            ("10MB", "`MB` is not a unit"),
            ("0bit/s", "never sends"),
            ("-1bit/s", "out of range"),
            ("fast", "not a unit"),
            ("[1]", "a rate with its unit"),
            ("1,5Mbit/s", "write 1.5Mbit/s, with a point"),
        ] {
            let error = serde_yaml::from_str::<Bandwidth>(yaml).unwrap_err().to_string();
            assert!(error.contains(why), "{yaml}: {error}");
        }
        assert_eq!(serde_yaml::from_str::<Bytes>("64kB").unwrap().get(), 64_000);
        assert_eq!(serde_yaml::from_str::<Bytes>("0B").unwrap().to_string(), "0B");
        assert!(serde_yaml::from_str::<Bytes>("66").unwrap_err().to_string().contains("has no unit"));
    }
}
