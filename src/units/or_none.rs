//! Settings that are there or not: the word `none`, or a mapping.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

use super::word_or::WordOr;

/// The word `none`, or settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrNone<T>(pub Option<T>);

impl<T> Default for OrNone<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Serialize> Serialize for OrNone<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(settings) => settings.serialize(serializer),
            None => serializer.serialize_str("none"),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match WordOr::read(deserializer, "the word `none`, or a mapping with its settings")? {
            WordOr::Word(word) if word == "none" => Ok(Self(None)),
            WordOr::Word(word) => Err(D::Error::unknown_variant(&word, &["none"])),
            WordOr::Settings(settings) => Ok(Self(Some(settings))),
        }
    }
}
