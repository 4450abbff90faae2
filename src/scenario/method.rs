//! Methods: a quantiser and an aggregator under one name.
//!
//! The word of a preset stands for its parts; the parts may also be spelled out.

use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::aggregate::{AggregatorSpec, Options, Ties};
use crate::catalogue::Entry;
use crate::quantize::{QuantizerSpec, ZeroRule};

/// How votes are made and counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Method {
    /// The name in records and figures.
    pub name: String,
    pub quantizer: QuantizerSpec,
    pub aggregator: AggregatorSpec,
}

/// Every preset, for `signsim list`.
pub const PRESETS: &[Entry] = &[
    Entry {
        word: "signsgd_mv",
        about: "signSGD-MV: sign, majority",
        source: "Bernstein et al. 2018, arXiv 1802.04434",
    },
    Entry {
        word: "signsgd_fd",
        about: "signSGD-FD: sign, federated_defense",
        source: "Park & Lee 2024, arXiv 2402.01340",
    },
];

const WORDS: [&str; 4] = ["signsgd_mv", "signsgd_fd", "quantizer", "aggregator"];

impl Method {
    /// The parts behind a word.
    #[must_use]
    pub fn preset(word: &str) -> Option<Self> {
        let aggregator = match word {
            "signsgd_mv" => AggregatorSpec::Majority { ties: Ties::Coin },
            "signsgd_fd" => AggregatorSpec::FederatedDefense(Options::paper()),
            _ => return None,
        };
        Some(Self {
            name: word.to_owned(),
            quantizer: QuantizerSpec::Sign { zero: ZeroRule::Coin },
            aggregator,
        })
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

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            name: Option<String>,
            quantizer: QuantizerSpec,
            aggregator: AggregatorSpec,
        }

        struct WordOrParts;
        impl<'de> Visitor<'de> for WordOrParts {
            type Value = Method;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the word of a preset, or a mapping with `quantizer` and `aggregator`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Method, E> {
                Method::preset(word).ok_or_else(|| E::unknown_variant(word, &WORDS))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Method, A::Error> {
                let parts = Parts::deserialize(MapAccessDeserializer::new(map))?;
                let composed = || format!("{}+{}", parts.quantizer.word(), parts.aggregator.word());
                Ok(Method {
                    name: parts.name.clone().unwrap_or_else(composed),
                    quantizer: parts.quantizer,
                    aggregator: parts.aggregator,
                })
            }
        }
        deserializer.deserialize_any(WordOrParts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_preset_exists_and_is_a_legal_word() {
        for Entry { word, source, .. } in PRESETS {
            assert_eq!(Method::preset(word).map(|m| m.name).as_deref(), Some(*word));
            assert!(source.contains("arXiv") && WORDS.contains(word), "{word}");
        }
    }
}
