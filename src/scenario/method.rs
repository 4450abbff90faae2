//! Methods: a quantiser and an aggregator under one name.
//!
//! The word of a preset stands for its parts (`presets.rs`); `{ preset: signsgd_fd, … }` replaces some of them, and all
//! may be spelled out.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use super::{presets, words};
use crate::aggregate::AggregatorSpec;
use crate::aggregate::dense::Before;
use crate::quantize::QuantizerSpec;
use crate::units::{Positive, WordOr};

/// How votes are made and counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Method {
    /// The name in records and figures.
    pub name: String,
    pub quantizer: QuantizerSpec,
    /// Beta of the running mean of gradients that is quantised instead of the gradient (Signum); 0 for none.
    pub momentum: f64,
    /// What is done to the vectors before an aggregator on numbers combines them.
    pub before: Vec<Before>,
    pub aggregator: AggregatorSpec,
    /// Length of a step under this method, instead of the server's: signs and numbers want different ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<Positive>,
}

impl Method {
    /// The parts behind the word of a preset.
    ///
    /// # Panics
    /// When they cannot be read; a test reads them all.
    #[must_use]
    pub fn preset(word: &str) -> Option<Self> {
        let value = serde_yaml::from_str(presets::parts(word)?).expect("a preset is written in YAML");
        let method: Self = words::read(&value).unwrap_or_else(|fault| panic!("{word}: {fault}"));
        Some(Self { name: word.to_owned(), ..method })
    }
}

/// A preset spelled out, so that a setting below it can be changed.
pub(super) fn preset_as_value(word: &str) -> Option<Value> {
    use serde_yaml::with::singleton_map_recursive;
    let method = Method::preset(word)?;
    Some(
        singleton_map_recursive::serialize(&method, serde_yaml::value::Serializer)
            .expect("a method is plain data"),
    )
}

/// A name that a legend has room for.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

/// Longer names are taken for a mistake.
const LONGEST_NAME: usize = 200;

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err("a method's name is a line of text: write for example name: FD".to_owned());
        }
        match name.chars().count() {
            n if n > LONGEST_NAME => Err(format!("a name of {n} characters: write at most {LONGEST_NAME}")),
            _ => Ok(Self(name)),
        }
    }
}

/// The parts behind the word of a preset.
struct Preset(Method);

impl<'de> Deserialize<'de> for Preset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Method::preset(&word).map(Self).ok_or_else(|| D::Error::unknown_variant(&word, presets::WORDS))
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A preset with some parts replaced, or all parts.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            name: Option<Name>,
            preset: Option<Preset>,
            quantizer: Option<QuantizerSpec>,
            momentum: Option<f64>,
            #[serde(default)]
            before: Vec<Before>,
            aggregator: Option<AggregatorSpec>,
            learning_rate: Option<Positive>,
        }

        let expected =
            "the word of a preset, or a mapping with `preset`, or with `quantizer` and `aggregator`";
        let parts = match WordOr::<Parts>::read(deserializer, expected)? {
            WordOr::Word(word) => {
                return Self::preset(&word).ok_or_else(|| D::Error::unknown_variant(&word, presets::WORDS));
            }
            WordOr::Settings(parts) => parts,
        };
        let preset = parts.preset.map(|preset| preset.0);
        let missing = D::Error::missing_field;
        let aggregator = parts.aggregator.or_else(|| preset.as_ref().map(|m| m.aggregator.clone()));
        let aggregator = aggregator.ok_or_else(|| missing("aggregator"))?;
        let quantizer = parts.quantizer.or_else(|| preset.as_ref().map(|m| m.quantizer.clone()));
        let quantizer = quantizer.ok_or_else(|| missing("quantizer"))?;
        let preset_name = preset.as_ref().map(|m| m.name.clone());
        let composed = || format!("{}+{}", quantizer.word(), aggregator.word());
        Ok(Self {
            name: parts.name.map(|name| name.0).or(preset_name).unwrap_or_else(composed),
            momentum: parts.momentum.or(preset.as_ref().map(|m| m.momentum)).unwrap_or(0.0),
            learning_rate: parts.learning_rate,
            before: parts.before,
            quantizer,
            aggregator,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Entry;
    use presets::{PRESETS, WORDS};

    #[test]
    fn every_preset_can_be_read_and_has_its_source() {
        for Entry { word, source, about } in PRESETS {
            assert_eq!(Method::preset(word).map(|m| m.name).as_deref(), Some(*word));
            assert!(WORDS.contains(word) && !about.is_empty() && !source.is_empty(), "{word}");
        }
        assert_eq!(Method::preset("signsgd"), None);
    }
}
