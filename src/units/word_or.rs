//! A setting that is a word or a mapping of settings: `ideal`, or `{ links: … }`; and one that is a value or a word with its
//! settings: `0.01`, or `{ cosine: { from: 0.01 } }`.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, Expected, IgnoredAny, MapAccess};

use super::forms::{self, Forms, Scalar};

/// What was written.
pub enum WordOr<S> {
    /// As written; whether it is a legal word is for the caller to say.
    Word(String),
    /// A mapping, read as its settings.
    Settings(S),
}

impl<S> WordOr<S> {
    /// Reads either; anything else is answered with what is `expected`.
    ///
    /// # Errors
    /// Those of the settings, and for a number, a list, nothing, or true and false.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D, expected: &'static str) -> Result<Self, D::Error>
    where
        S: Deserialize<'de>,
    {
        forms::read(deserializer, expected)
    }
}

impl<'de, S: Deserialize<'de>> Forms<'de> for WordOr<S> {
    fn of_scalar<E: Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        match written {
            Scalar::Text(word) => Ok(Self::Word(word)),
            number => Err(E::invalid_type(number.unexpected(), expected)),
        }
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> Result<Self, A::Error> {
        S::deserialize(MapAccessDeserializer::new(map)).map(Self::Settings)
    }
}

/// The word with its settings that a mapping holds.
///
/// # Errors
/// Those of the word and its settings, and for a second word.
pub(crate) fn only_word<'de, T: Deserialize<'de>, A: MapAccess<'de>>(mut map: A) -> Result<T, A::Error> {
    let word = T::deserialize(MapAccessDeserializer::new(&mut map))?;
    match map.next_entry::<IgnoredAny, IgnoredAny>()? {
        None => Ok(word),
        Some(_) => Err(A::Error::custom("exactly one word with its settings is expected here")),
    }
}
