//! Attacks of a program's own, which it registers before it reads a scenario.

use serde::de::DeserializeOwned;

use super::Attack;
use crate::catalogue::Entry;
use crate::error::Result;
use crate::registry::{OwnRule, Registered, Registry, WrittenIn};
use crate::units::Span;

type Build = dyn Fn(&OwnRule) -> Result<Attack> + Send + Sync;

/// An attack of a program's own: its word, how it is built, and how it departs from casting one vote at once.
pub struct OwnAttack {
    entry: Entry,
    build: Box<Build>,
    pub(super) may_be_silent: bool,
    pub(super) delay: Span,
    pub(super) copies: u32,
    written_in: Option<WrittenIn>,
}

impl OwnAttack {
    /// An attack that `build` makes from its settings, at the start of every run and whenever a scenario is checked. An error
    /// of `build` is told with the place of the attack in the scenario.
    pub fn new<S: DeserializeOwned>(
        entry: Entry,
        build: impl Fn(S) -> Result<Attack> + Send + Sync + 'static,
    ) -> Self {
        let build = move |rule: &OwnRule| build(rule.read()?);
        let (build, delay) = (Box::new(build), Span::ZERO);
        Self { entry, build, may_be_silent: false, delay, copies: 1, written_in: None }
    }

    /// It may keep a corrupted worker from voting, so that a server that waits for all might wait without end.
    #[must_use]
    pub fn may_be_silent(self) -> Self {
        Self { may_be_silent: true, ..self }
    }

    /// It holds votes back for as long as this on the simulated clock, at most.
    #[must_use]
    pub fn delays(self, delay: Span) -> Self {
        Self { delay, ..self }
    }

    /// It sends one vote this often, at most.
    #[must_use]
    pub fn copies(self, copies: u32) -> Self {
        Self { copies, ..self }
    }

    /// It is written in this text, which is part of the id of its runs; without it the file of the program is.
    #[must_use]
    pub fn written_in(self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { written_in: Some(Box::new(text)), ..self }
    }
}

impl Registered for OwnAttack {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn written_in(&self) -> Option<String> {
        self.written_in.as_ref().map(|text| text())
    }
}

pub(super) static RULES: Registry<OwnAttack> = Registry::new("attack");

pub(super) fn find(rule: &OwnRule) -> Option<&'static OwnAttack> {
    RULES.find(&rule.word)
}

pub(super) fn build(rule: &OwnRule) -> Result<Attack> {
    (RULES.of(rule)?.build)(rule)
}
