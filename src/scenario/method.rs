//! Methods: a quantiser and an aggregator under one name.
//!
//! The word of a preset stands for its parts (`presets.rs`); `{ preset: signsgd_fd, … }` replaces some of them, and all
//! may be spelled out.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use super::{presets, words};
use crate::actors::{LearningRate, OwnModel};
use crate::aggregate::AggregatorSpec;
use crate::aggregate::dense::Before;
use crate::quantize::{Momentum, QuantizerSpec};
use crate::units::WordOr;

/// How votes are made and counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Method {
    /// The name in records and figures.
    pub name: String,
    /// What makes a vote of a gradient.
    pub quantizer: QuantizerSpec,
    /// The running mean of gradients that is quantised instead of the gradient (Signum, Lion).
    pub momentum: Momentum,
    /// How each worker moves a model of its own (RSA); what is quantised leads from it to everybody's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_model: Option<OwnModel>,
    /// What is done to the vectors before an aggregator on numbers combines them.
    pub before: Vec<Before>,
    /// What makes a step of the votes.
    pub aggregator: AggregatorSpec,
    /// Length of a step under this method, instead of the server's: signs and numbers want different ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<LearningRate>,
    /// Weight decay under this method, instead of the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
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
        let plain = plainly(&name);
        if plain.is_empty() {
            return Err("a name of which nothing can be seen: write for example name: FD".to_owned());
        }
        if plain != name {
            return Err(format!("{}: write \"{plain}\"", unseen(&name)));
        }
        match name.chars().count() {
            n if n > LONGEST_NAME => Err(format!("a name of {n} characters: write at most {LONGEST_NAME}")),
            _ => Ok(Self(name)),
        }
    }
}

/// A name as it looks: what prints nothing is omitted, and one blank stands wherever there is a gap.
fn plainly(name: &str) -> String {
    let seen: String = name.chars().filter(|c| !is_unseen(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is in a name that another name would look the same without.
fn unseen(name: &str) -> String {
    match name.chars().find(|c| is_unseen(*c) || (c.is_whitespace() && *c != ' ')) {
        Some(c) if is_unseen(c) => {
            format!("the name has a character that cannot be seen, U+{:04X}", u32::from(c))
        }
        Some(c) => format!("the name has a gap that is no plain blank, U+{:04X}", u32::from(c)),
        None => "the name has blanks that cannot be seen, at an end or side by side".to_owned(),
    }
}

/// Characters that print nothing, turn the text around them, or only change the look of the one before: Unicode's format
/// characters (Cf), separators of lines and paragraphs (Zl, Zp), variation selectors, and letters that are blank.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The parts behind the word of a preset.
struct PresetWord(Method);

impl<'de> Deserialize<'de> for PresetWord {
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
            preset: Option<PresetWord>,
            quantizer: Option<QuantizerSpec>,
            momentum: Option<Momentum>,
            own_model: Option<OwnModel>,
            #[serde(default)]
            before: Vec<Before>,
            aggregator: Option<AggregatorSpec>,
            learning_rate: Option<LearningRate>,
            weight_decay: Option<f64>,
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
            momentum: parts.momentum.or(preset.as_ref().map(|m| m.momentum)).unwrap_or(Momentum::NONE),
            own_model: parts.own_model.or(preset.as_ref().and_then(|m| m.own_model)),
            learning_rate: parts.learning_rate,
            weight_decay: parts.weight_decay,
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
    fn names_that_look_alike_are_refused() {
        let read = |name: &str| Name::try_from(name.to_owned()).map(|name| name.0);
        for good in ["ab", "a b", "T = 3 (β)", "方法", "naïve"] {
            assert_eq!(read(good).as_deref(), Ok(good));
        }
        for (name, words) in [
            ("a\u{200b}b", "cannot be seen, U+200B: write \"ab\""),
            ("a\u{202e}b", "cannot be seen, U+202E: write \"ab\""),
            ("a\u{2028}b", "cannot be seen, U+2028: write \"ab\""),
            ("a\u{e0041}b", "cannot be seen, U+E0041: write \"ab\""),
            ("ab ", "blanks that cannot be seen, at an end or side by side: write \"ab\""),
            (" ab", "at an end"),
            ("a  b", "side by side: write \"a b\""),
            ("a\u{a0}b", "no plain blank, U+00A0: write \"a b\""),
            ("\u{200b}", "nothing can be seen: write for example name: FD"),
            ("a\tb", "a line of text"),
        ] {
            let got = read(name).unwrap_err();
            assert!(got.contains(words), "{name:?}: {got}");
        }
    }

    #[test]
    fn every_preset_can_be_read_and_has_its_source() {
        for Entry { word, source, about } in PRESETS {
            assert_eq!(Method::preset(word).map(|m| m.name).as_deref(), Some(*word));
            assert!(WORDS.contains(word) && !about.is_empty() && !source.is_empty(), "{word}");
        }
        assert_eq!(Method::preset("signsgd"), None);
    }
}
