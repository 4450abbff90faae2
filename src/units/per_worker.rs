//! A setting that every worker may have its own value of.

use std::fmt;
use std::str::FromStr;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, Expected, SeqAccess};
use serde::{Deserialize, Serialize, Serializer};

use super::forms::{self, Forms, Scalar};

/// One value for all workers, or groups of workers in their order: `64`, `[904, 64, 64]`, `"9x4 + 6x154"` (nine
/// workers with 4, then six with 154).
///
/// ```
/// use signsim::units::PerWorker;
/// let batch: PerWorker<u32> = "9x4 + 6x154".parse().unwrap();
/// assert_eq!((batch.of(8), batch.of(9), batch.workers()), (4, 154, Some(15)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum PerWorker<T> {
    /// Everyone has the same.
    Same(T),
    /// Where each group ends, and its value.
    Groups(Vec<(u32, T)>),
}

impl<T: Copy> PerWorker<T> {
    /// The value of a worker; beyond the last group, the last one's.
    ///
    /// # Panics
    /// Never: there is always a group.
    #[must_use]
    pub fn of(&self, worker: u32) -> T {
        match self {
            Self::Same(value) => *value,
            Self::Groups(groups) => {
                let group = groups.partition_point(|(end, _)| *end <= worker);
                groups[group.min(groups.len() - 1)].1
            }
        }
    }

    /// For how many workers it speaks; `None` for any number.
    #[must_use]
    pub fn workers(&self) -> Option<u32> {
        match self {
            Self::Same(_) => None,
            Self::Groups(groups) => groups.last().map(|(end, _)| *end),
        }
    }

    /// The different values, group by group.
    pub fn values(&self) -> impl Iterator<Item = T> {
        let (one, many) = match self {
            Self::Same(value) => (Some(*value), &[][..]),
            Self::Groups(groups) => (None, &groups[..]),
        };
        one.into_iter().chain(many.iter().map(|(_, value)| *value))
    }

    /// # Errors
    /// When it does not speak for exactly `workers` workers.
    pub fn check(&self, workers: u32) -> Result<(), String> {
        match self.workers() {
            Some(n) if n != workers => Err(format!("these are values for {n} workers, there are {workers}")),
            _ => Ok(()),
        }
    }

    /// One value for each worker in turn.
    ///
    /// # Errors
    /// When there is none.
    pub fn each(values: impl IntoIterator<Item = T>) -> Result<Self, String>
    where
        T: PartialEq,
    {
        Self::grouped(values.into_iter().map(|value| (1, value)))
    }

    fn grouped(values: impl IntoIterator<Item = (u32, T)>) -> Result<Self, String>
    where
        T: PartialEq,
    {
        let mut groups: Vec<(u32, T)> = Vec::new();
        for (count, value) in values {
            let before = groups.last().map_or(0, |(end, _)| *end);
            let end = before.checked_add(count).ok_or("more workers than there can be")?;
            match groups.last_mut() {
                Some((last, same)) if *same == value => *last = end,
                _ => groups.push((end, value)),
            }
        }
        if groups.is_empty() { Err("no value for any worker".to_owned()) } else { Ok(Self::Groups(groups)) }
    }
}

/// A value that a worker can have.
pub trait Each: FromStr + Copy + PartialEq {
    /// What it is, for messages.
    const WHAT: &'static str;
}

impl Each for u32 {
    const WHAT: &'static str = "a whole number, 0 or above";
}

impl Each for super::Positive {
    const WHAT: &'static str = "a finite number above 0";
}

impl<T: Each> FromStr for PerWorker<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            if text.trim().parse::<f64>().is_ok() {
                return format!("{} is out of range: every worker has {}", text.trim(), T::WHAT);
            }
            format!(
                "`{text}` is not a value for every worker: write one value, a list, or groups such as 9x4 + 6x154"
            )
        };
        if let Ok(value) = text.trim().parse() {
            return Ok(Self::Same(value));
        }
        let group = |part: &str| {
            let (count, value) = part.split_once('x')?;
            Some((count.trim().parse().ok().filter(|n| *n > 0)?, value.trim().parse().ok()?))
        };
        let groups: Option<Vec<(u32, T)>> = text.split('+').map(group).collect();
        Self::grouped(groups.ok_or_else(wrong)?)
    }
}

impl<T: fmt::Display> fmt::Display for PerWorker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(value) => value.fmt(f),
            Self::Groups(groups) => {
                let mut start = 0;
                for (end, value) in groups {
                    let plus = if start == 0 { "" } else { " + " };
                    write!(f, "{plus}{}x{value}", end - start)?;
                    start = *end;
                }
                Ok(())
            }
        }
    }
}

impl<T: Serialize + fmt::Display> Serialize for PerWorker<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Same(value) => value.serialize(serializer),
            Self::Groups(_) => serializer.collect_str(self),
        }
    }
}

impl<'de, T: Deserialize<'de> + Each> Forms<'de> for PerWorker<T> {
    fn of_scalar<E: Error>(written: Scalar, _: &dyn Expected) -> Result<Self, E> {
        written.to_string().parse().map_err(E::custom)
    }

    fn of_list<A: SeqAccess<'de>>(items: A, _: &dyn Expected) -> Result<Self, A::Error> {
        let values = Vec::deserialize(SeqAccessDeserializer::new(items))?;
        Self::each(values).map_err(A::Error::custom)
    }
}

impl<'de, T: Deserialize<'de> + Each> Deserialize<'de> for PerWorker<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "one number, a list of one a worker, or groups such as \"9x4 + 6x154\"";
        forms::read(deserializer, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_reads_back() {
        for (yaml, text, expected) in [
            ("64", "64", [64, 64, 64]),
            ("[904, 64, 64]", "1x904 + 2x64", [904, 64, 64]),
            ("\"2x4 + 1x10\"", "2x4 + 1x10", [4, 4, 10]),
        ] {
            let value: PerWorker<u32> = serde_yaml::from_str(yaml).unwrap();
            assert_eq!(value.to_string(), text);
            assert_eq!([0, 1, 2].map(|m| value.of(m)), expected);
            assert_eq!(text.parse(), Ok(value.clone()));
            let written = serde_yaml::to_string(&value).unwrap();
            assert_eq!(serde_yaml::from_str::<PerWorker<u32>>(&written).unwrap(), value);
        }
    }

    #[test]
    fn what_is_no_value_for_every_worker_is_refused() {
        for yaml in ["-1", "[]", "\"3x\"", "\"0x4\"", "1.5", "{ a: 1 }", "[1, x]"] {
            assert!(serde_yaml::from_str::<PerWorker<u32>>(yaml).is_err(), "{yaml}");
        }
        assert!("9x4 + 6x154".parse::<PerWorker<u32>>().unwrap().check(16).is_err());
    }
}
