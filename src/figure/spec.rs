//! A figure that a scenario asks for: its kind, and what it is told.
//!
//! In YAML it is the word of its kind, or the word with options behind it: `timeline`, `{ timeline: { theme: dark } }`.

use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, Deserialize, Deserializer, EnumAccess, VariantAccess, Visitor};
use serde::{Serialize, Serializer};

use super::check::{Asked, Recorded};
use super::kind::{FigureKind, KINDS};
use super::options::{FigureOptions, OptionKey};
use super::selection::Told;
use super::setting::field;
use super::shown::FigureContent;
use super::{finish, remarks, selection};
use crate::error::Error;
use crate::near::question;
use crate::record::Results;

/// The words of all kinds.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| KINDS.iter().map(|kind| kind.word).collect());

/// A figure with its options.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureSpec {
    /// What is drawn, and which options it takes.
    pub kind: &'static FigureKind,
    /// What it is told; where an option is absent the kind decides.
    pub options: FigureOptions,
}

impl FigureSpec {
    /// A figure that is told nothing.
    #[must_use]
    pub const fn usual(kind: &'static FigureKind) -> Self {
        Self { kind, options: FigureOptions::NONE }
    }

    /// A figure of a kind, which decides what `y` means.
    fn new(kind: &'static FigureKind, options: FigureOptions) -> Self {
        let measures = kind.takes.contains(&OptionKey::Measure);
        Self { kind, options: if measures { options.with_measure() } else { options } }
    }

    /// The figure of a word, with these options.
    ///
    /// # Errors
    /// When no figure has this word.
    pub fn of_word(word: &str, options: FigureOptions) -> Result<Self, Error> {
        if let Some(kind) = KINDS.iter().find(|kind| kind.word == word) {
            return Ok(Self::new(kind, options));
        }
        Err(Error::input(format!("`{word}` is no figure")).help(format!(
            "{}write one of {}",
            question(word, &WORDS),
            WORDS.join(", ")
        )))
    }

    /// The word of its kind.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.kind.word
    }

    /// This figure, and where it is told nothing, what the scenario says of all its figures.
    #[must_use]
    pub fn styled(&self, style: &FigureOptions) -> Self {
        Self { kind: self.kind, options: self.options.clone().or(self.fitting(style)) }
    }

    /// Refuses a choice of runs that leaves none.
    ///
    /// # Errors
    /// Names what no run has.
    pub fn check_chosen(&self, runs: &[Told<'_>]) -> Result<(), Error> {
        selection::check(&self.options, runs).map_err(|error| error.key(self.word()))
    }

    /// The options that it takes, of those that it is given.
    #[must_use]
    pub fn fitting(&self, given: &FigureOptions) -> FigureOptions {
        given.only(|key| self.kind.accepts(key))
    }

    /// The name of the figure's files: the option `name`, or its word with what it shows in the place of `accuracy` and
    /// `setting`.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(name) = &self.options.name {
            return name.clone();
        }
        let Some(against) = self.word().strip_prefix("accuracy_vs_") else { return self.word().to_owned() };
        let against = match &self.options.x {
            Some(x) if against == "setting" => field(x),
            _ => against,
        };
        format!("{}_vs_{against}", self.options.measure.unwrap_or_default().word())
    }

    /// Checks the figure against the settings of one run that it will show, and what is recorded of it.
    ///
    /// # Errors
    /// When it is told what it cannot be told, or the run has no place in it.
    pub fn validate(&self, settings: &[(String, String)], recorded: Recorded) -> Result<(), Error> {
        let asked = Asked { options: &self.options, settings, recorded };
        self.kind.validate(&asked).map_err(|error| error.key(self.word()))
    }

    /// The figure as data.
    #[must_use]
    pub fn shown(&self, results: &Results) -> FigureContent {
        let chosen = selection::chosen(results, &self.options);
        let mut shown = self.kind.shown(&chosen, &self.options);
        finish::finish(&mut shown, &chosen, &self.options);
        selection::note(&chosen, results, &self.options).into_iter().for_each(|note| shown.say(note));
        let remarks = remarks::of(&chosen, self.kind.shows, &self.options);
        remarks.into_iter().for_each(|note| shown.say(note));
        shown.proofread()
    }
}

impl Serialize for FigureSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = KINDS.iter().position(|kind| kind == self.kind).unwrap_or(KINDS.len());
        serializer.serialize_newtype_variant("FigureSpec", index as u32, self.word(), &self.options)
    }
}

impl<'de> Deserialize<'de> for FigureSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("FigureSpec", &WORDS, Figure)
    }
}

/// Reads a figure.
struct Figure;

impl<'de> Visitor<'de> for Figure {
    type Value = FigureSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("enum FigureSpec")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<FigureSpec, A::Error> {
        let (word, content) = data.variant::<String>()?;
        let kind = KINDS.iter().find(|kind| kind.word == word);
        let kind = kind.ok_or_else(|| de::Error::unknown_variant(&word, &WORDS))?;
        Ok(FigureSpec::new(kind, content.newtype_variant()?))
    }
}
