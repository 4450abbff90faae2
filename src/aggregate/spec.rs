//! The aggregators a scenario can ask for: the words, their sources, and how each is built.

use std::fmt;
use std::ops::Range;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize, Serializer};

use super::dense::{self, Before, DenseAggregator, Rule};
use super::numbers::Numbers;
use super::{Aggregator, Code, FederatedDefense, Majority, Options, Oracle, Ties, oracle};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Streams;
use crate::units::Positive;

/// The rules on signs.
const ON_SIGNS: [Entry; 4] = [
    Entry {
        word: "majority",
        about: "sign of the sum of all votes",
        source: "Bernstein et al. 2018, arXiv 1802.04434",
    },
    Entry {
        word: "federated_defense",
        about: "votes weighted by log-likelihood ratios that the server learns by decoding",
        source: "Park & Lee 2024, arXiv 2402.01340",
    },
    Entry {
        word: "election",
        about: "majority of local majorities over shared partitions of the batch; code: bernoulli (`redundancy` rho, \
                rho / (1 - (1 - rho/M)^M) on average, since who has no partition is drawn again) or deterministic",
        source: "Sohn et al. 2020, arXiv 1910.06093",
    },
    Entry {
        word: "oracle",
        about: "weighted vote that is told every worker's true crossover of the round: the ceiling",
        source: "maximum-likelihood decoder; Park & Lee 2024, arXiv 2402.01340, section 3",
    },
];

const COUNT: usize = ON_SIGNS.len() + dense::CATALOGUE.len();

const ALL: [Entry; COUNT] = {
    let mut all = [ON_SIGNS[0]; COUNT];
    let mut i = 0;
    while i < COUNT {
        all[i] = if i < ON_SIGNS.len() { ON_SIGNS[i] } else { dense::CATALOGUE[i - ON_SIGNS.len()] };
        i += 1;
    }
    all
};

static WORDS: [&str; COUNT] = {
    let mut words = [""; COUNT];
    let mut i = 0;
    while i < COUNT {
        words[i] = ALL[i].word;
        i += 1;
    }
    words
};

/// Every aggregator, for `signsim list`.
pub const CATALOGUE: &[Entry] = &ALL;

/// The aggregators a scenario can ask for.
///
/// Its words are those of the rules on signs and, as [`AggregatorSpec::Dense`], those of the rules on numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case", deny_unknown_fields)]
pub enum AggregatorSpec {
    /// signSGD-MV: every vote counts the same (Bernstein et al. 2018, arXiv 1802.04434).
    Majority {
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// signSGD-FD: votes weighted by learned log-likelihood ratios (Park & Lee 2024, arXiv 2402.01340).
    FederatedDefense(Options),
    /// Majority of local majorities over shared partitions (Sohn et al. 2020, arXiv 1910.06093).
    Election {
        code: Code,
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// A weighted vote with the true crossovers of the round: the ceiling for every learned weight.
    Oracle {
        /// Weights are clipped to +- this.
        #[serde(default = "oracle::default_max_llr")]
        max_llr: Positive,
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// A rule on numbers, which reads signs as -1 and +1.
    #[serde(skip)]
    Dense(Rule),
}

/// Who elects, and what the server knows about them.
#[derive(Debug, Clone, Copy)]
pub struct Electorate<'a> {
    /// M.
    pub workers: u32,
    /// How many adversaries the server believes in.
    pub declared: u32,
    /// Ranges that cover the coordinates 0..D in order.
    pub layers: &'a [Range<usize>],
    pub streams: Streams,
}

impl AggregatorSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Majority { .. } => "majority",
            Self::FederatedDefense(_) => "federated_defense",
            Self::Election { .. } => "election",
            Self::Oracle { .. } => "oracle",
            Self::Dense(rule) => rule.word(),
        }
    }

    /// Whether the rule must be told the truth of every round.
    #[must_use]
    pub const fn needs_truth(&self) -> bool {
        matches!(self, Self::Oracle { .. })
    }

    /// Whether the rule counts signs and understands nothing else.
    #[must_use]
    pub const fn reads_signs_only(&self) -> bool {
        !matches!(self, Self::Dense(_))
    }

    /// Whether a vote may count for less than one.
    #[must_use]
    pub const fn weighs_votes(&self) -> bool {
        matches!(
            self,
            Self::Majority { .. }
                | Self::FederatedDefense(_)
                | Self::Election { .. }
                | Self::Oracle { .. }
                | Self::Dense(Rule::Mean {})
        )
    }

    /// Whether it may leave a coordinate where it is, so that its step needs a second plane of bits.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        match self {
            Self::Majority { ties } | Self::Election { ties, .. } | Self::Oracle { ties, .. } => {
                *ties == Ties::Hold
            }
            Self::FederatedDefense(options) => options.ties == Ties::Hold,
            Self::Dense(_) => false,
        }
    }

    /// Who computes what, where workers share partitions of the batch.
    #[must_use]
    pub const fn code(&self) -> Option<&Code> {
        match self {
            Self::Election { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Checks what the types cannot for M workers; `rounds` bounds the counters. Rules on numbers are checked by
    /// [`dense::validate`], with what stands before them.
    ///
    /// # Errors
    /// Names the setting below `aggregator` that is out of range.
    pub fn validate(&self, workers: u32, rounds: u32) -> Result<()> {
        match self {
            Self::Majority { .. } | Self::Oracle { .. } | Self::Dense(_) => Ok(()),
            Self::Election { code, .. } => code.validate(workers).map_err(|e| e.key("election.code")),
            Self::FederatedDefense(options) => options
                .validate(rounds)
                .map_err(|(key, why)| Error::scenario(why).key(format!("federated_defense.{key}"))),
        }
    }

    /// Bytes that the rule remembers between rounds for M workers and D coordinates, about.
    #[must_use]
    pub fn memory_bytes(&self, workers: u32, coordinates: usize) -> u64 {
        match self {
            Self::Majority { .. } | Self::Election { .. } | Self::Oracle { .. } => 0,
            Self::FederatedDefense(options) => options.memory_bytes(workers, coordinates),
            // The rule's own memory and the vectors that are mixed before it.
            Self::Dense(rule) => rule.memory_bytes(coordinates) + 4 * u64::from(workers) * coordinates as u64,
        }
    }

    /// A fresh server's rule; `before` stands before rules on numbers.
    ///
    /// # Panics
    /// When the rule or `before` was not validated.
    #[must_use]
    pub fn build(&self, electorate: Electorate<'_>, before: &[Before]) -> Box<dyn Aggregator> {
        let Electorate { workers, declared, layers, streams } = electorate;
        let coordinates = layers.last().map_or(0, |l| l.end);
        match self {
            Self::Majority { ties } | Self::Election { ties, .. } => {
                Box::new(Majority::new(coordinates, *ties))
            }
            Self::Oracle { max_llr, ties } => Box::new(Oracle::new(coordinates, max_llr.get(), *ties)),
            Self::FederatedDefense(options) => {
                Box::new(FederatedDefense::new(options.clone(), workers, layers))
            }
            Self::Dense(rule) => {
                let rule = DenseAggregator::new(rule, before, workers, declared, coordinates);
                Box::new(Numbers::new(rule.expect("a validated rule"), coordinates, streams))
            }
        }
    }
}

impl Serialize for AggregatorSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Dense(rule) => rule.serialize(serializer),
            _ => Self::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for AggregatorSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_enum("AggregatorSpec", &WORDS, EitherFamily)
    }
}

/// Looks at the word and lets its family read the rest.
struct EitherFamily;

impl<'de> Visitor<'de> for EitherFamily {
    type Value = AggregatorSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the word of an aggregator")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> std::result::Result<AggregatorSpec, A::Error> {
        let (word, content) = data.variant::<String>()?;
        if !WORDS.contains(&word.as_str()) {
            return Err(A::Error::unknown_variant(&word, &WORDS));
        }
        let on_numbers = dense::CATALOGUE.iter().any(|entry| entry.word == word);
        let again = Reread { word, content };
        if on_numbers {
            Rule::deserialize(again).map(AggregatorSpec::Dense)
        } else {
            AggregatorSpec::deserialize(again)
        }
    }
}

/// A word that has been read, and what stands behind it, as it was before.
struct Reread<C> {
    word: String,
    content: C,
}

impl<'de, C: VariantAccess<'de>> Deserializer<'de> for Reread<C> {
    type Error = C::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, C::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, C: VariantAccess<'de>> EnumAccess<'de> for Reread<C> {
    type Error = C::Error;
    type Variant = C;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> std::result::Result<(S::Value, C), C::Error> {
        let word: StringDeserializer<C::Error> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self.content))
    }
}
