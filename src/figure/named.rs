//! Names of things in a figure: what they stand for decides whether two are the same, never how they print.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::label::Label;

/// Separates the parts of a key; no scenario can contain it.
const BETWEEN: &str = "\u{1f}";

/// A thing of the scenario (a method, a value of a setting) and the words that stand for it in the figure.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Says what it is, word for word.
    pub key: String,
    pub label: Label,
}

impl Named {
    /// Something whose words say what it is.
    pub fn literal(text: impl Into<String>) -> Self {
        let key = text.into();
        Self { label: Label::plain(key.as_str()), key }
    }

    /// Several things as one, with commas between those that print.
    #[must_use]
    pub fn list(names: impl IntoIterator<Item = Self>) -> Self {
        let (keys, labels): (Vec<String>, Vec<Label>) =
            names.into_iter().map(|name| (name.key, name.label)).unzip();
        Self { key: keys.join(BETWEEN), label: Label::list(labels) }
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Named {}

impl PartialOrd for Named {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Named {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// The different items in the order in which they first appear.
#[must_use]
pub(crate) fn distinct<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

/// The words of different things, with a number behind words that stand for several of them.
#[must_use]
pub(crate) fn told_apart(labels: Vec<Label>) -> Vec<Label> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for label in &labels {
        *all.entry(label.to_string()).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = |label: Label| {
        let text = label.to_string();
        if all[&text] < 2 {
            return label;
        }
        let number = seen.entry(text).or_default();
        *number += 1;
        label.then(Label::plain(format!(" ({number})")))
    };
    labels.into_iter().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_that_print_alike_stay_two_things() {
        let named = |key: &str, words: &str| Named { key: key.to_owned(), label: Label::plain(words) };
        let all = [named("a", "x"), named("b", "x"), named("a", "y")];
        assert_eq!(distinct(all.clone()).len(), 2);
        assert_ne!(
            Named::list([named("a", ""), named("b", "x")]),
            Named::list([named("", ""), named("b", "x")])
        );
        let labels = told_apart(distinct(all).into_iter().map(|name| name.label).collect());
        assert_eq!(labels.iter().map(ToString::to_string).collect::<Vec<_>>(), ["x (1)", "x (2)"]);
    }
}
