//! Some of the workers, by number.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, Expected, SeqAccess};
use serde::{Deserialize, Serialize};

use super::Classes;
use super::forms::{self, Forms, Scalar};
use crate::error::Error as ScenarioError;

/// Some workers: `all`, a number, a range with its end (`"0..=4"`) or without it (`"0..5"`), the name of a class, or a list of
/// these.
///
/// ```
/// use signsim::units::WorkerSet;
/// let set: WorkerSet = serde_json::from_str("[0, \"3..=5\"]").unwrap();
/// assert!(set.contains(0) && set.contains(5) && !set.contains(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Raw")]
pub struct WorkerSet(Vec<SetPart>);

/// Neighbours by number, or a class that is not looked up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SetPart {
    Range(u32, u32),
    Class(String),
}

/// Everyone, however many there are.
const EVERYONE: SetPart = SetPart::Range(0, u32::MAX);

/// How workers are written.
#[derive(Serialize)]
#[serde(untagged)]
enum Raw {
    One(RawRange),
    Many(Vec<RawRange>),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum RawRange {
    Number(u32),
    Text(String),
}

impl RawRange {
    fn of(written: Scalar) -> Result<Self, String> {
        match written {
            Scalar::Text(text) => Ok(Self::Text(text)),
            Scalar::Whole(n) if u32::try_from(n).is_ok() => Ok(Self::Number(n as u32)),
            other => Err(format!("{other} is no worker: workers are numbered from 0")),
        }
    }
}

impl<'de> Deserialize<'de> for RawRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read_scalar(deserializer, EXPECTED, Self::of)
    }
}

const EXPECTED: &str =
    "`all`, the number of a worker, a range such as \"0..=4\", a class, or a list of these";

/// One range of workers, or a list of them.
struct OneOrMany(Vec<RawRange>);

impl<'de> Forms<'de> for OneOrMany {
    fn of_scalar<E: Error>(written: Scalar, _: &dyn Expected) -> Result<Self, E> {
        RawRange::of(written).map(|one| Self(vec![one])).map_err(E::custom)
    }

    fn of_list<A: SeqAccess<'de>>(items: A, _: &dyn Expected) -> Result<Self, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(Self)
    }
}

impl<'de> Deserialize<'de> for WorkerSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let OneOrMany(ranges) = forms::read(deserializer, EXPECTED)?;
        if ranges.is_empty() {
            return Err(D::Error::custom("an empty list names no worker; write all, or numbers from 0"));
        }
        ranges.iter().map(range).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

fn range(raw: &RawRange) -> Result<SetPart, String> {
    let text = match raw {
        RawRange::Number(n) => return Ok(SetPart::Range(*n, *n)),
        RawRange::Text(text) if text.trim() == "all" => return Ok(EVERYONE),
        RawRange::Text(text) if text.trim().starts_with(|c: char| c.is_alphabetic()) => {
            return Ok(SetPart::Class(text.trim().to_owned()));
        }
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
        Some(to) if from <= to => Ok(SetPart::Range(from, to)),
        _ => Err(format!("`{text}` is empty: write the smaller number first, for example 0..=4")),
    }
}

impl From<WorkerSet> for Raw {
    fn from(set: WorkerSet) -> Self {
        let raw = |part: &SetPart| match part {
            everyone if *everyone == EVERYONE => RawRange::Text("all".to_owned()),
            SetPart::Range(from, to) if from == to => RawRange::Number(*from),
            SetPart::Range(from, to) => RawRange::Text(format!("{from}..={to}")),
            SetPart::Class(name) => RawRange::Text(name.clone()),
        };
        match &set.0[..] {
            [one] => Self::One(raw(one)),
            many => Self::Many(many.iter().map(raw).collect()),
        }
    }
}

/// As a sentence names them: `all workers`, `worker 3`, `workers 0..=4, 7`.
impl fmt::Display for WorkerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(&EVERYONE) {
            return f.write_str("all workers");
        }
        let part = |part: &SetPart| match part {
            SetPart::Range(from, to) if from == to => from.to_string(),
            SetPart::Range(from, to) => format!("{from}..={to}"),
            SetPart::Class(name) => name.clone(),
        };
        let one = matches!(&self.0[..], [SetPart::Range(from, to)] if from == to);
        let names: Vec<String> = self.0.iter().map(part).collect();
        write!(f, "{} {}", if one { "worker" } else { "workers" }, names.join(", "))
    }
}

impl WorkerSet {
    /// Everyone.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![EVERYONE])
    }

    /// The same workers by number alone.
    ///
    /// # Errors
    /// When it names a class that there is not.
    pub fn by_number(&self, classes: &Classes) -> Result<Self, String> {
        let part = |part: &SetPart| match part {
            SetPart::Class(name) => match (classes.range(name), classes.names()) {
                (Some((from, to)), _) => Ok(SetPart::Range(from, to)),
                (None, none) if none.is_empty() => Err(format!(
                    "`{name}` names no workers: write all, a number, a range such as 0..=4, or a class of workers.classes"
                )),
                (None, names) => Err(format!("`{name}` is no class; there are {names}")),
            },
            range => Ok(range.clone()),
        };
        self.0.iter().map(part).collect::<Result<_, _>>().map(Self)
    }

    /// Whether this worker is one of them; a class that was not looked up has no members.
    #[must_use]
    pub fn contains(&self, worker: u32) -> bool {
        self.0.iter().any(|part| matches!(part, SetPart::Range(from, to) if (*from..=*to).contains(&worker)))
    }

    /// The first worker that is in both, classes that were not looked up left out.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Option<u32> {
        let ranges = |set: &'_ Self| -> Vec<(u32, u32)> {
            let range = |part: &SetPart| match part {
                SetPart::Range(from, to) => Some((*from, *to)),
                SetPart::Class(_) => None,
            };
            set.0.iter().filter_map(range).collect()
        };
        let theirs = ranges(other);
        let meet = |(a, b): (u32, u32)| {
            theirs.iter().map(move |(c, d)| (a.max(*c), b.min(*d))).filter(|(from, to)| from <= to)
        };
        ranges(self).into_iter().flat_map(meet).map(|(from, _)| from).min()
    }

    /// Refuses workers that there are not, among so many.
    ///
    /// # Errors
    /// A scenario error at the key `workers`.
    pub fn validate(&self, workers: u32) -> Result<(), ScenarioError> {
        self.check(workers).map_err(|why| {
            ScenarioError::scenario(why)
                .key("workers")
                .help(format!("name workers from 0 to {}, or all", workers - 1))
        })
    }

    /// # Errors
    /// When it names a worker that is not among `workers`.
    pub fn check(&self, workers: u32) -> Result<(), String> {
        let last = |part: &SetPart| match part {
            everyone if *everyone == EVERYONE => None,
            SetPart::Range(_, to) => Some(*to),
            SetPart::Class(_) => None,
        };
        match self.0.iter().filter_map(last).max() {
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
            ("-1", "-1 is no worker"),
            ("{ a: 1 }", "a range such as"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(why), "{yaml}: {error}");
        }
        let phones = read("[phones, 14]").unwrap();
        assert!(phones.by_number(&Classes::default()).unwrap_err().contains("names no workers"));
        let classes = |yaml: &str| serde_yaml::from_str::<Classes>(yaml).unwrap();
        assert!(phones.by_number(&classes("{ cars: 3 }")).unwrap_err().contains("there are cars"));
        let found = phones.by_number(&classes("{ servers: 5, phones: 3 }")).unwrap();
        assert_eq!((0..20).filter(|m| found.contains(*m)).collect::<Vec<_>>(), [5, 6, 7, 14]);
        assert!(read("[0, 15]").unwrap().check(15).unwrap_err().contains("numbers 0 to 14"));
    }
}
