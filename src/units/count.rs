//! Counts as expressions in the number of workers.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use super::forms::{self, Scalar};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count(String);

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<u64>() {
            Ok(n) => serializer.serialize_u64(n),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a count, an integer or an expression in M such as \"M/2 - 1\",";
        forms::read_scalar(deserializer, expected, |written| match written {
            Scalar::Number(x) if x.fract() == 0.0 && (0.0..9e15).contains(&x) => {
                Ok(Self((x as u64).to_string()))
            }
            Scalar::Number(x) => Err(format!(
                "{x} is not a count: write a whole number, 0 or above, or an expression in M, for example M/2 - 1"
            )),
            written => written.to_string().parse(),
        })
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

/// Why a text with two dots is no range of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRange {
    /// An end is not a count; in words.
    End(String),
    /// No count lies between the ends; in words.
    Empty(String),
}

impl fmt::Display for NoRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::End(why) | Self::Empty(why)) = self;
        f.write_str(why)
    }
}

/// The counts of a range whose ends are expressions in M: `a..b` without b, `a..=b` with it; `None` where `text` is no range.
///
/// # Errors
/// When an end is not a count, or no count lies between them.
///
/// ```
/// use signsim::units::count_range;
/// assert_eq!(count_range("0..=M/2+1", 15), Some(Ok(0..9)));
/// assert_eq!(count_range("M/2", 15), None);
/// ```
#[must_use]
pub fn count_range(text: &str, workers: u32) -> Option<Result<Range<u32>, NoRange>> {
    let (from, to) = text.split_once("..")?;
    let (to, inclusive) = to.strip_prefix('=').map_or((to, 0), |to| (to, 1));
    let end =
        |text: &str| text.parse().and_then(|count: Count| count.evaluate(workers)).map_err(NoRange::End);
    let ends = || {
        let range = end(from)?..end(to)?.saturating_add(inclusive);
        if range.is_empty() {
            return Err(NoRange::Empty(format!("the range `{text}` is empty for M = {workers}")));
        }
        Ok(range)
    };
    Some(ends())
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
