//! Labels as people have them, any integers or names, and the classes that they stand for.
//!
//! The classes of a set are the different labels of its training samples in ascending order, numbers before names, so that labels
//! 0 to K - 1 are themselves.

use std::collections::BTreeMap;
use std::fmt;

use crate::data::samples::{Label, MOST_CLASSES};
use crate::error::one_line;

/// A label as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelName {
    Number(i128),
    Text(String),
}

impl fmt::Display for LabelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{:.40}", one_line(text)),
        }
    }
}

/// The labels of samples while they are read: each by the order in which it was first seen.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    seen: BTreeMap<LabelName, Label>,
    of_samples: Vec<Label>,
}

/// The classes of a set, each by its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelMap(Vec<LabelName>);

impl Labels {
    /// The label of the next sample.
    ///
    /// # Errors
    /// In words, for more different labels than there may be.
    pub(crate) fn push(&mut self, label: LabelName) -> Result<(), String> {
        let next = self.seen.len();
        if let Some(known) = self.seen.get(&label) {
            self.of_samples.push(*known);
            return Ok(());
        }
        if next == MOST_CLASSES {
            return Err(format!("more than {MOST_CLASSES} different labels: are they classes?"));
        }
        self.seen.insert(label, next as Label);
        self.of_samples.push(next as Label);
        Ok(())
    }

    /// Number of samples.
    pub(crate) fn len(&self) -> usize {
        self.of_samples.len()
    }

    /// The classes that these labels make.
    pub(crate) fn map(&self) -> LabelMap {
        LabelMap(self.seen.keys().cloned().collect())
    }

    /// The class of every sample.
    ///
    /// # Errors
    /// In words, for a label that is none of these classes.
    pub(crate) fn mapped(self, map: &LabelMap) -> Result<Vec<Label>, String> {
        self.check(map)?;
        let mut classes = vec![0; self.seen.len()];
        for (label, seen) in &self.seen {
            classes[usize::from(*seen)] = map.0.binary_search(label).expect("it was checked") as Label;
        }
        let mut labels = self.of_samples;
        labels.iter_mut().for_each(|label| *label = classes[usize::from(*label)]);
        Ok(labels)
    }

    /// Whether every label is one of these classes.
    ///
    /// # Errors
    /// In words, with the first sample whose label is none.
    pub(crate) fn check(&self, map: &LabelMap) -> Result<(), String> {
        let Some((label, seen)) = self.seen.iter().find(|(label, _)| map.0.binary_search(label).is_err())
        else {
            return Ok(());
        };
        let sample = self.of_samples.iter().position(|found| found == seen).unwrap_or_default();
        Err(format!(
            "sample {sample} (counted from 0) has the label {label}, which no training sample has: those are {}",
            map.words()
        ))
    }
}

impl LabelMap {
    pub(crate) fn classes(&self) -> usize {
        self.0.len()
    }

    /// The labels in words: all of few, the ends of many.
    pub(crate) fn words(&self) -> String {
        let words =
            |labels: &[LabelName]| labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match &self.0[..] {
            few if few.len() <= 12 => words(few),
            many => format!("{}, …, {}", words(&many[..3]), words(&many[many.len() - 1..])),
        }
    }

    /// What to say of labels that are not their classes.
    pub(crate) fn remark(&self) -> Option<String> {
        let plain = (0_i128..).zip(&self.0).all(|(class, label)| *label == LabelName::Number(class));
        (!plain).then(|| {
            format!("the labels {} are the classes 0 to {}, in this order", self.words(), self.classes() - 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(numbers: &[i128]) -> Labels {
        let mut labels = Labels::default();
        numbers.iter().for_each(|n| labels.push(LabelName::Number(*n)).unwrap());
        labels
    }

    #[test]
    fn any_integers_become_classes_in_ascending_order() {
        let train = labels(&[7, -1, 7, 300]);
        let map = train.map();
        assert_eq!(train.mapped(&map).unwrap(), [1, 0, 1, 2]);
        assert_eq!(labels(&[300, 7]).mapped(&map).unwrap(), [2, 1]);
        assert_eq!(map.remark().unwrap(), "the labels -1, 7, 300 are the classes 0 to 2, in this order");
        assert_eq!(labels(&[2, 0, 1]).map().remark(), None);
        let why = labels(&[7, 8]).mapped(&map).unwrap_err();
        assert_eq!(
            why,
            "sample 1 (counted from 0) has the label 8, which no training sample has: those are -1, 7, 300"
        );
    }

    #[test]
    fn there_are_no_more_classes_than_labels_can_tell_apart() {
        let many: Vec<i128> = (0..MOST_CLASSES as i128).collect();
        let mut all = labels(&many);
        assert_eq!(all.map().words(), "0, 1, 2, …, 65535");
        assert!(all.push(LabelName::Number(-1)).unwrap_err().starts_with("more than 65536 different labels"));
        assert_eq!(all.len(), MOST_CLASSES);
    }
}
