//! Rules that a program adds to this library's own, and that its scenarios then ask for by word.
//!
//! A program registers its rules before it reads a scenario; from then on the word of each stands wherever the word of a
//! rule of this library may stand, with its settings behind it: `aggregator: my_rule`, `aggregator: { my_rule: { trim: 2 } }`.
//! A resolved scenario writes `own: { word: my_rule, settings: { trim: 2 } }`, which is the same. Rules cannot be taken back, so
//! a word means one thing as long as the program runs.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{PoisonError, RwLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::catalogue::Entry;
use crate::error::{Error, Result};

/// The word behind which a resolved scenario writes a rule of the program's own.
pub const OWN: &str = "own";

/// A rule of the program's own, as a scenario asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRule {
    /// The word it was registered under.
    pub word: String,
    /// What the scenario sets; the rule's own type reads it.
    #[serde(default = "no_settings")]
    pub settings: Value,
}

fn no_settings() -> Value {
    Value::Mapping(serde_yaml::Mapping::new())
}

impl OwnRule {
    /// The settings as the rule's own type.
    ///
    /// # Errors
    /// When they are not what that type is made of, in words.
    pub fn read<S: DeserializeOwned>(&self) -> Result<S> {
        serde_yaml::from_value(self.settings.clone()).map_err(|e| {
            Error::scenario(format!("the settings of `{}` cannot be read: {e}", self.word)).key("settings")
        })
    }
}

/// What is registered under a word.
pub trait Registered: Sync {
    /// Its line of the catalogue.
    fn entry(&self) -> Entry;

    /// What it is written in, where that is not the program itself: part of the id of its runs.
    fn written_in(&self) -> Option<String>;
}

/// What a rule is written in, asked for whenever runs get their ids.
pub type WrittenIn = Box<dyn Fn() -> String + Send + Sync>;

/// Ends a run from inside a rule of the program's own that has no answer: the run fails with this error, and the other runs of
/// its plan go on.
pub fn fail(error: Error) -> ! {
    // Not a panic of this library: nobody prints it.
    resume_unwind(Box::new(error))
}

/// What `work` gives, or the error with which a rule that it asked has [failed](fail).
///
/// # Errors
/// Those of `work`, and that one.
pub(crate) fn failing<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| match payload.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(panic) => resume_unwind(panic),
    })
}

/// The rules of one family, by word.
pub struct Registry<T: Registered + 'static> {
    /// What the family is called in messages: `aggregator`.
    family: &'static str,
    /// Entries live as long as the program.
    rules: RwLock<Vec<&'static T>>,
}

impl<T: Registered> Registry<T> {
    /// Nothing is registered yet.
    #[must_use]
    pub const fn new(family: &'static str) -> Self {
        Self { family, rules: RwLock::new(Vec::new()) }
    }

    /// Adds a rule; `taken` are the words of the library's own.
    ///
    /// # Errors
    /// When its word is no word, or stands for another rule already.
    pub fn add(&self, rule: T, taken: &[Entry]) -> Result<()> {
        let Entry { word, .. } = rule.entry();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !word.starts_with(|c: char| c.is_ascii_lowercase()) || !word.chars().all(legal) {
            return Err(Error::input(format!("`{word}` is no word for a rule of your own"))
                .help("write small letters, digits and underscores, a letter first"));
        }
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        if word == OWN
            || taken.iter().any(|entry| entry.word == word)
            || rules.iter().any(|rule| rule.entry().word == word)
        {
            return Err(Error::input(format!("there is an {} `{word}` already", self.family))
                .help("choose another word, and register each rule once"));
        }
        rules.push(Box::leak(Box::new(rule)));
        Ok(())
    }

    /// The rule of a word.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&'static T> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.iter().copied().find(|rule| rule.entry().word == word)
    }

    /// The rule that a scenario asks for.
    ///
    /// # Errors
    /// When this program has none of that word.
    pub fn of(&self, rule: &OwnRule) -> Result<&'static T> {
        self.find(&rule.word).ok_or_else(|| {
            Error::scenario(format!("this program has no {} of its own called `{}`", self.family, rule.word))
                .key("word")
                .help("run the program that registers it, or use one of the library's")
        })
    }

    /// The catalogue's line of what a scenario asks for; a bare one where nothing is registered, which is refused elsewhere.
    #[must_use]
    pub fn entry_of(&self, rule: &OwnRule) -> Entry {
        self.find(&rule.word).map_or(Entry { word: OWN, about: "", source: "" }, Registered::entry)
    }

    /// What the rule that a scenario asks for is written in, where that is not the program itself.
    #[must_use]
    pub fn written_in(&self, rule: &OwnRule) -> Option<String> {
        self.find(&rule.word)?.written_in()
    }
}
