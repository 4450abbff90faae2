//! Aggregators of a program's own, which it registers before it reads a scenario.

use serde::de::DeserializeOwned;

use super::{Aggregator, Electorate};
use crate::catalogue::Entry;
use crate::error::Result;
use crate::registry::{OwnRule, Registered, Registry, WrittenIn};

type Build = dyn Fn(&OwnRule, Electorate<'_>) -> Result<Box<dyn Aggregator>> + Send + Sync;

/// An aggregator of a program's own: its word, how it is built, and what the rest of the library has to know of it.
pub struct OwnAggregator {
    entry: Entry,
    build: Box<Build>,
    reads_signs_only: bool,
    memory_bytes: fn(workers: u32, coordinates: usize) -> u64,
    written_in: Option<WrittenIn>,
}

impl OwnAggregator {
    /// A rule on signs that `build` makes from its settings, at the start of every run and whenever a scenario is checked.
    /// An error of `build` is told with the place of the rule in the scenario.
    pub fn new<S: DeserializeOwned, A: Aggregator + 'static>(
        entry: Entry,
        build: impl Fn(S, Electorate<'_>) -> Result<A> + Send + Sync + 'static,
    ) -> Self {
        let build = move |rule: &OwnRule, electorate: Electorate<'_>| {
            Ok(Box::new(build(rule.read()?, electorate)?) as Box<dyn Aggregator>)
        };
        let build = Box::new(build);
        Self { entry, build, reads_signs_only: true, memory_bytes: |_, _| 0, written_in: None }
    }

    /// It reads every kind of vote, so that a scenario may let workers send numbers.
    #[must_use]
    pub fn reads_numbers(self) -> Self {
        Self { reads_signs_only: false, ..self }
    }

    /// What it remembers between rounds for M workers and D coordinates, in bytes, for `signsim check`.
    #[must_use]
    pub fn remembers(self, bytes: fn(workers: u32, coordinates: usize) -> u64) -> Self {
        Self { memory_bytes: bytes, ..self }
    }

    /// It is written in this text, which is part of the id of its runs; without it the file of the program is.
    #[must_use]
    pub fn written_in(self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { written_in: Some(Box::new(text)), ..self }
    }
}

impl Registered for OwnAggregator {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn written_in(&self) -> Option<String> {
        self.written_in.as_ref().map(|text| text())
    }
}

pub(super) static RULES: Registry<OwnAggregator> = Registry::new("aggregator");

pub(super) fn build(rule: &OwnRule, electorate: Electorate<'_>) -> Result<Box<dyn Aggregator>> {
    (RULES.of(rule)?.build)(rule, electorate)
}

pub(super) fn reads_signs_only(rule: &OwnRule) -> bool {
    RULES.find(&rule.word).is_some_and(|own| own.reads_signs_only)
}

pub(super) fn memory_bytes(rule: &OwnRule, workers: u32, coordinates: usize) -> u64 {
    RULES.find(&rule.word).map_or(0, |own| (own.memory_bytes)(workers, coordinates))
}
