//! How long a task may take, in the words of Slurm.

use std::fmt;
use std::str::FromStr;

/// How many seconds before its time limit a task is told to end, or up to half a minute earlier: Slurm looks that often. It
/// needs up to five for its round, and some for writing it down.
pub(crate) const NOTICE_S: u64 = 60;

/// A shorter limit leaves hardly time for anything.
const SHORTEST_S: u64 = 2 * NOTICE_S;

/// A time limit as Slurm takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLimit(String);

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TimeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = seconds(text).ok_or_else(|| {
            format!(
                "`{text}` is no time limit of Slurm: write minutes (90), hours:minutes:seconds (1:30:00), days-hours (2-12) or \
                 UNLIMITED"
            )
        })?;
        if seconds < SHORTEST_S {
            return Err(format!(
                "{text} is too short: tasks are told to end up to {} seconds before their limit; write {} (minutes) or more",
                NOTICE_S + 30,
                SHORTEST_S / 60
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// `None` where Slurm would not take it.
fn seconds(text: &str) -> Option<u64> {
    if ["unlimited", "infinite"].contains(&text.to_ascii_lowercase().as_str()) {
        return Some(u64::MAX);
    }
    let number = |word: &str| {
        let digits = !word.is_empty() && word.len() <= 9 && word.bytes().all(|b| b.is_ascii_digit());
        if digits { word.parse::<u64>().ok() } else { None }
    };
    let (days, time) = match text.split_once('-') {
        Some((days, time)) => (Some(number(days)?), time),
        None => (None, text),
    };
    let parts = time.split(':').map(number).collect::<Option<Vec<_>>>()?;
    let seconds = match (days, &parts[..]) {
        (Some(days), [hours, rest @ ..]) if rest.len() <= 2 => {
            let minutes = rest.first().unwrap_or(&0);
            days * 86_400 + hours * 3600 + minutes * 60 + rest.get(1).unwrap_or(&0)
        }
        (None, [minutes]) => minutes * 60,
        (None, [minutes, seconds]) => minutes * 60 + seconds,
        (None, [hours, minutes, seconds]) => hours * 3600 + minutes * 60 + seconds,
        _ => return None,
    };
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms that the manual of sbatch lists.
    #[test]
    fn limits_are_those_of_slurm() {
        for (text, expected) in [
            ("90", Some(5400)),
            ("90:30", Some(5430)),
            ("1:30:00", Some(5400)),
            ("2-12", Some(216_000)),
            ("2-12:30", Some(217_800)),
            ("2-12:30:10", Some(217_810)),
            ("UNLIMITED", Some(u64::MAX)),
            ("infinite", Some(u64::MAX)),
            ("5m", None),
            ("2h", None),
            ("", None),
            ("-", None),
            ("1-", None),
            ("1:2:3:4", None),
            ("1-2:3:4:5", None),
            ("1.5", None),
            ("+5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!("2:00".parse::<TimeLimit>().unwrap().to_string(), "2:00");
        assert!("1".parse::<TimeLimit>().unwrap_err().contains("write 2"));
        assert!("5m".parse::<TimeLimit>().unwrap_err().contains("minutes (90)"));
    }
}
