//! Counts of a rule in numbers, and the refusal of those that its theorem does not allow.

use crate::error::{Error, Result};
use crate::units::Count;

/// The count under `key` for M = `workers`.
pub(crate) fn evaluate(key: &str, count: &Count, workers: u32) -> Result<u32> {
    count
        .evaluate(workers)
        .map_err(|why| Error::scenario(why).key(key).help("a count is 0 or above; for small M write it out"))
}

/// How many bad vectors a rule shall expect: the count under `key`, or the number of adversaries.
///
/// `limit` is the number of vectors, the condition on it, and the largest number that fulfils it; without one there are too
/// few vectors for the rule, and whoever knows where they come from says how to have more.
pub(crate) fn tolerated(
    key: &str,
    count: Option<&Count>,
    (n, condition, most): (u32, &str, Option<u32>),
    workers: u32,
    declared: u32,
) -> Result<usize> {
    let (number, whose) = match count {
        Some(count) => (evaluate(key, count, workers)?, ""),
        None => (declared, ", the number of adversaries,"),
    };
    match most {
        Some(most) if number <= most => Ok(number as usize),
        _ => {
            let message = format!("{number}{whose} is too many among {n} vectors: {condition} must hold");
            let help = match most {
                Some(most) => format!("write {key}: {most}, the most that {n} vectors allow"),
                None => "let more workers vote in a round".to_owned(),
            };
            Err(Error::scenario(message).key(key).help(help))
        }
    }
}
