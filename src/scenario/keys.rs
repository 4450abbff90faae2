//! The keys of a scenario: where each stands, and how its value is written.
//!
//! A wrong value is answered with the form of a right one, a key at the wrong place with the place it belongs to.

mod elsewhere;
mod table;

use elsewhere::{ELSEWHERE, NOT_SWEPT};
use table::FAMILIES;
pub(crate) use table::KEYS;

/// The setting at or above `path` that no sweep varies, and what to write instead.
#[must_use]
pub(crate) fn not_swept(path: &[String]) -> Option<(&'static str, &'static str)> {
    NOT_SWEPT.iter().find(|(whole, _)| path.first().is_some_and(|key| key == whole)).copied()
}

/// A value that the setting at `path` takes.
#[must_use]
pub(crate) fn example(path: &[String]) -> Option<&'static str> {
    let at = general(path).join(".");
    KEYS.iter().find(|(key, _)| *key == at).map(|(_, value)| *value)
}

/// A path with `[]` for every item of a list.
fn general(path: &[String]) -> Vec<&str> {
    path.iter().map(|key| if key.starts_with('[') { "[]" } else { key.as_str() }).collect()
}

/// How the value at `path`, or at what holds it, is written: the key and a value.
#[must_use]
pub(crate) fn form(path: &[String]) -> Option<String> {
    let whole = general(path);
    (1..=whole.len()).rev().take(2).find_map(|n| {
        let at = whole[..n].join(".");
        let written = |value: &str| match whole[n - 1] {
            "[]" => value.to_owned(),
            key => format!("{key}: {value}"),
        };
        let exact = KEYS.iter().find(|(key, _)| *key == at);
        let ends =
            |key: &str| at.strip_suffix(key).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let family = || FAMILIES.iter().filter(|(key, _)| ends(key)).max_by_key(|(key, _)| key.len());
        exact.or_else(family).map(|(_, value)| written(value))
    })
}

/// The settings called `key`, or known under that name elsewhere; those that share most keys with `path`, and of
/// these the least deep.
#[must_use]
pub(crate) fn homes(key: &str, path: &[String]) -> Vec<&'static str> {
    let path = general(path);
    let shared = |home: &str| home.split('.').zip(&path).take_while(|(a, b)| a == *b).count();
    let last = |home: &&str| home.rsplit('.').next() == Some(key);
    let mut homes: Vec<&str> = KEYS.iter().map(|(home, _)| *home).filter(last).collect();
    if homes.is_empty() {
        let known = |(word, _): &&(&str, &str)| word.eq_ignore_ascii_case(key);
        homes.extend(ELSEWHERE.iter().find(known).map(|(_, home)| *home));
    }
    let most = homes.iter().map(|home| shared(home)).max().unwrap_or(0);
    homes.retain(|home| shared(home) == most);
    // What stands nearer to the top is met by more people: `batch` is the workers', not that of the server's own vote.
    let depth = |home: &str| home.split('.').count();
    let least = homes.iter().map(|home| depth(home)).min().unwrap_or(0);
    homes.retain(|home| depth(home) == least);
    homes.truncate(3);
    homes
}

#[cfg(test)]
mod tests;
