//! Checked scalars of a scenario: spans of time with their unit, probabilities, counts as expressions in M.
//!
//! Each of them refuses at reading time what could only fail later, and writes itself back as the user would.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of simulated time, written with its unit: `250ns`, `20us`, `1.5ms`, `2s`, `3min`, `1h`.
///
/// At most 365 days, so that sums of spans cannot leave the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(Duration);

const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

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
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = (text[..split].trim(), &text[split..]);
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit: {help}"));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit of time: {help}"));
        };
        let value: f64 = number.parse().map_err(|_| format!("`{text}` is not a span of time: {help}"))?;
        let nanos = value * *scale as f64;
        if !nanos.is_finite() || nanos < 0.0 || nanos > LONGEST.as_nanos() as f64 {
            return Err(format!("`{text}` is out of range: a span lies between 0s and 8760h"));
        }
        Ok(Self(Duration::from_nanos(nanos.round() as u64)))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
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

impl From<Positive> for f64 {
    fn from(x: Positive) -> Self {
        x.0
    }
}

/// A count written as an integer or as an expression in the number of workers: `3`, `M/2 - 1`, `(M-1)/2`.
///
/// The arithmetic is exact (fractions of integers); the result is rounded down.
///
/// ```
/// use signsim::units::Count;
/// let l: Count = "M/2 - 1".parse().unwrap();
/// assert_eq!(l.evaluate(16), Ok(7));
/// assert_eq!(l.evaluate(15), Ok(6)); // 6.5, rounded down
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawCount", into = "RawCount")]
pub struct Count(String);

/// What YAML may hold where a count is due.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a count is an integer or an expression in M, for example 3 or \"M/2 - 1\"")]
enum RawCount {
    Number(u64),
    Text(String),
}

impl TryFrom<RawCount> for Count {
    type Error = String;

    fn try_from(raw: RawCount) -> Result<Self, String> {
        match raw {
            RawCount::Number(n) => Ok(Self(n.to_string())),
            RawCount::Text(text) => text.parse(),
        }
    }
}

impl From<Count> for RawCount {
    fn from(count: Count) -> Self {
        count.0.parse().map_or(Self::Text(count.0), Self::Number)
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Any number of workers tells whether the expression is well formed.
        Parser::new(text, 1 << 20).whole().map_err(|why| {
            format!(
                "`{text}` is not a count: {why}; write an integer or an expression in M, for example M/2 - 1"
            )
        })?;
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Count {
    /// The count for M = `workers`, rounded down.
    ///
    /// # Errors
    /// When the result is negative or does not fit.
    pub fn evaluate(&self, workers: u32) -> Result<u32, String> {
        let (numerator, denominator) = Parser::new(&self.0, i128::from(workers)).whole()?;
        let floor = numerator.div_euclid(denominator);
        u32::try_from(floor).map_err(|_| format!("`{}` is {floor} for M = {workers}", self.0))
    }
}

/// A recursive-descent evaluator over exact fractions (numerator, positive denominator).
struct Parser<'a> {
    rest: &'a str,
    workers: i128,
    depth: u32,
}

type Fraction = (i128, i128);

impl<'a> Parser<'a> {
    fn new(text: &'a str, workers: i128) -> Self {
        Self { rest: text, workers, depth: 0 }
    }

    fn whole(mut self) -> Result<Fraction, String> {
        let value = self.sum()?;
        match self.peek() {
            None => Ok(value),
            Some(c) => Err(format!("`{c}` is not expected here")),
        }
    }

    fn sum(&mut self) -> Result<Fraction, String> {
        let mut left = self.product()?;
        while let Some(sign @ ('+' | '-')) = self.peek() {
            self.take();
            let (n, d) = self.product()?;
            let n = if sign == '-' { -n } else { n };
            let cross = |a: i128, b: i128| a.checked_mul(b).ok_or("too large");
            let top = cross(left.0, d)?.checked_add(cross(n, left.1)?).ok_or("too large")?;
            left = reduced(top, cross(left.1, d)?)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Fraction, String> {
        let mut left = self.atom()?;
        while let Some(sign @ ('*' | '/')) = self.peek() {
            self.take();
            let (n, d) = self.atom()?;
            let (n, d) = if sign == '/' { (d, n) } else { (n, d) };
            let cross = |a: i128, b: i128| a.checked_mul(b).ok_or("too large");
            left = reduced(cross(left.0, n)?, cross(left.1, d)?)?;
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Fraction, String> {
        self.depth += 1;
        if self.depth > 64 {
            return Err("it is too long".into());
        }
        match self.peek() {
            Some('M') => {
                self.take();
                Ok((self.workers, 1))
            }
            Some('(') => {
                self.take();
                let value = self.sum()?;
                if self.peek() != Some(')') {
                    return Err("a `)` is missing".into());
                }
                self.take();
                Ok(value)
            }
            Some(c) if c.is_ascii_digit() => {
                let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
                let (digits, rest) = self.rest.split_at(end);
                self.rest = rest;
                let n: u32 = digits.parse().map_err(|_| format!("{digits} is too large"))?;
                Ok((i128::from(n), 1))
            }
            Some(c) => Err(format!("`{c}` is not expected here")),
            None => Err("it ends too early".into()),
        }
    }

    /// The next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }
}

fn reduced(n: i128, d: i128) -> Result<Fraction, String> {
    if d == 0 {
        return Err("it divides by zero".into());
    }
    let (mut a, mut b) = (n.unsigned_abs(), d.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let gcd = i128::try_from(a.max(1)).map_err(|_| "too large")?;
    Ok((n / gcd * d.signum(), (d / gcd).abs()))
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
            ("..s", "not a span"),
        ] {
            let error = text.parse::<Span>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn counts_are_exact_and_rounded_down() {
        for (text, workers, expected) in [
            ("3", 15, 3),
            ("M/2 - 1", 15, 6),
            ("M/2 - 1", 16, 7),
            ("M/2+1", 15, 8),
            ("(M-1)/2", 15, 7),
            ("2*M/3", 7, 4),
            ("M - M/3 - M/3 - M/3", 10, 0),
        ] {
            assert_eq!(text.parse::<Count>().unwrap().evaluate(workers), Ok(expected), "{text}");
        }
    }

    #[test]
    fn counts_refuse_nonsense_and_negative_results() {
        for text in ["", "L", "M/", "M M", "(M", "M/0", "3.5", "-1", "99999999999999999999"] {
            assert!(text.parse::<Count>().is_err(), "{text}");
        }
        assert_eq!("M/2 - 9".parse::<Count>().unwrap().evaluate(4), Err("`M/2 - 9` is -7 for M = 4".into()));
    }
}
