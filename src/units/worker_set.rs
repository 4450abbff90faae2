//! Some of the workers, by number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Some workers: `all`, a number, a range with its end (`"0..=4"`) or without it (`"0..5"`), or a list of these.
///
/// ```
/// use signsim::units::WorkerSet;
/// let set: WorkerSet = serde_json::from_str("[0, \"3..=5\"]").unwrap();
/// assert!(set.contains(0) && set.contains(5) && !set.contains(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct WorkerSet(Vec<(u32, u32)>);

/// Everyone, however many there are.
const EVERYONE: (u32, u32) = (0, u32::MAX);

/// What YAML may hold where workers are named.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "workers are `all`, a number, a range such as \"0..=4\", or a list of numbers and ranges"
)]
enum Raw {
    One(RawRange),
    Many(Vec<RawRange>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RawRange {
    Number(u32),
    Text(String),
}

impl TryFrom<Raw> for WorkerSet {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let ranges = match raw {
            Raw::One(one) => vec![one],
            Raw::Many(many) => many,
        };
        if ranges.is_empty() {
            return Err("an empty list names no worker; write all, or numbers from 0".to_owned());
        }
        ranges.iter().map(range).collect::<Result<_, _>>().map(Self)
    }
}

fn range(raw: &RawRange) -> Result<(u32, u32), String> {
    let text = match raw {
        RawRange::Number(n) => return Ok((*n, *n)),
        RawRange::Text(text) if text.trim() == "all" => return Ok(EVERYONE),
        RawRange::Text(text) => text,
    };
    let wrong = || format!("`{text}` names no workers: write all, a number, or a range such as 0..=4");
    let number = |part: &str| part.trim().parse::<u32>().map_err(|_| wrong());
    let (from, to) = match (text.split_once("..="), text.split_once("..")) {
        (Some((from, to)), _) => (number(from)?, Some(number(to)?)),
        (None, Some((from, end))) => (number(from)?, number(end)?.checked_sub(1)),
        (None, None) => (number(text)?, Some(number(text)?)),
    };
    match to {
        Some(to) if from <= to => Ok((from, to)),
        _ => Err(format!("`{text}` is empty: write the smaller number first, for example 0..=4")),
    }
}

impl From<WorkerSet> for Raw {
    fn from(set: WorkerSet) -> Self {
        let raw = |(from, to): &(u32, u32)| match (from, to) {
            _ if (*from, *to) == EVERYONE => RawRange::Text("all".to_owned()),
            (from, to) if from == to => RawRange::Number(*from),
            (from, to) => RawRange::Text(format!("{from}..={to}")),
        };
        match &set.0[..] {
            [one] => Self::One(raw(one)),
            many => Self::Many(many.iter().map(raw).collect()),
        }
    }
}

impl fmt::Display for WorkerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (from, to)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            match (*from, *to) {
                EVERYONE => write!(f, "{comma}all")?,
                (from, to) if from == to => write!(f, "{comma}{from}")?,
                (from, to) => write!(f, "{comma}{from}..={to}")?,
            }
        }
        Ok(())
    }
}

impl WorkerSet {
    /// Everyone.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![EVERYONE])
    }

    /// Whether this worker is one of them.
    #[must_use]
    pub fn contains(&self, worker: u32) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&worker))
    }

    /// # Errors
    /// When it names a worker that is not among `workers`.
    pub fn check(&self, workers: u32) -> Result<(), String> {
        let named = self.0.iter().filter(|range| **range != EVERYONE).map(|(_, to)| *to);
        match named.max() {
            Some(last) if last >= workers => Err(format!(
                "there is no worker {last}: the {workers} workers have the numbers 0 to {}",
                workers - 1
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<WorkerSet, String> {
        serde_yaml::from_str(yaml).map_err(|e: serde_yaml::Error| e.to_string())
    }

    #[test]
    fn every_way_of_writing_reads_back() {
        for (yaml, members, back) in [
            ("all", &[0, 1, 2, 3, 4][..], "all\n"),
            ("3", &[3], "3\n"),
            ("'0..=2'", &[0, 1, 2], "0..=2\n"),
            ("'1..4'", &[1, 2, 3], "1..=3\n"),
            ("[0, '3..=4']", &[0, 3, 4], "- 0\n- 3..=4\n"),
        ] {
            let set = read(yaml).unwrap();
            assert_eq!((0..5).filter(|m| set.contains(*m)).collect::<Vec<_>>(), members, "{yaml}");
            assert_eq!(serde_yaml::to_string(&set).unwrap(), back);
            assert_eq!(read(back).unwrap(), set);
            assert_eq!(set.check(5), Ok(()));
        }
    }

    #[test]
    fn nobody_and_strangers_are_refused() {
        for (yaml, why) in [
            ("[]", "names no worker"),
            ("'4..=0'", "is empty"),
            ("'0..0'", "is empty"),
            ("phones", "names no workers"),
            ("-1", "workers are `all`"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(why), "{yaml}: {error}");
        }
        assert!(read("[0, 15]").unwrap().check(15).unwrap_err().contains("numbers 0 to 14"));
    }
}
