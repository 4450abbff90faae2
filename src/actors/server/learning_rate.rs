//! How long the step after a round is: the same in all rounds, or by a schedule.
//!
//! The rate is a function of the round alone, whether anybody has voted or not, so server and workers know it without being
//! told: a step costs no more bytes, and a worker that catches up takes each step at the rate of its own round.
//!
//! The formulas are those of PyTorch's schedulers, t the round from 0 (in a warm-up: from its end) and a the rate `from`:
//!
//! | word | rate in round t | PyTorch |
//! |---|---|---|
//! | `step` | a factor^floor(t / every), or a factor^(rounds of `at` that are not after t) | `StepLR`, `MultiStepLR` |
//! | `cosine` | to + (a - to) (1 + cos(pi t / rounds)) / 2, and `to` from round `rounds` on | `CosineAnnealingLR` |
//! | `inverse_sqrt` | a / sqrt(1 + t / scale) | `LambdaLR` |
//! | `warm_up` | from a straight to the rate with which `then` begins | `LinearLR`, `SequentialLR` |

use serde::de::{self, Deserializer, Expected, MapAccess, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

use crate::actors::worker_plan::paper_rate;
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::units::forms::{self, Forms, Scalar};
use crate::units::single::{above_zero, finite};
use crate::units::{Positive, only_word};

/// Every schedule, for `signsim list`.
pub const SCHEDULES: &[Entry] = &[
    Entry {
        word: "step",
        about: "{ step: { from: 0.01, every: 100, factor: 0.1 } }, or `at`: [1500, 2250] instead of `every`",
        source: "PyTorch's StepLR and MultiStepLR",
    },
    Entry {
        word: "cosine",
        about: "{ cosine: { from: 0.01, to: 0 } } half a wave down to the last round, or over `rounds`",
        source: "Loshchilov & Hutter 2017, arXiv 1608.03983; PyTorch's CosineAnnealingLR",
    },
    Entry {
        word: "inverse_sqrt",
        about: "{ inverse_sqrt: { from: 0.01, scale: 1 } } from / sqrt(1 + t / scale)",
        source: "the rate of most proofs of signSGD",
    },
    Entry {
        word: "warm_up",
        about: "{ warm_up: { rounds: 20, from: 0, then: 0.01 } } straight up to `then`: a number or a schedule",
        source: "Goyal et al. 2017, arXiv 1706.02677; PyTorch's LinearLR and SequentialLR",
    },
];

/// The length of a step on every coordinate.
#[derive(Debug, Clone, PartialEq)]
pub enum LearningRate {
    /// The same in all rounds.
    Constant(Positive),
    /// Another one in every round.
    Changing(Schedule),
}

/// A rate that changes from round to round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Multiplied by a factor every so many rounds, or at certain rounds.
    Step {
        /// The rate in round 0.
        from: Positive,
        /// Rounds from one change to the next; absent where `at` says when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every: Option<u32>,
        /// The rounds in which a new rate is used for the first time, ascending from 1 on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        at: Vec<u32>,
        /// What the rate is multiplied by.
        #[serde(default = "tenth")]
        factor: Positive,
    },
    /// Down half a wave of the cosine.
    Cosine {
        /// The rate in round 0.
        from: Positive,
        /// The rate at its end and from there on, 0 or above.
        #[serde(default)]
        to: f64,
        /// Its length; to the end of the run when absent.
        #[serde(default)]
        rounds: Option<u32>,
    },
    /// Down with the square root of the round.
    InverseSqrt {
        /// The rate in round 0.
        from: Positive,
        /// Rounds; in round 3 `scale` the rate is half of `from`.
        #[serde(default = "one")]
        scale: Positive,
    },
    /// Up in a straight line, and on by something else.
    WarmUp {
        /// Its length.
        rounds: u32,
        /// The rate in round 0, 0 or above; with 0 that round moves nothing.
        #[serde(default)]
        from: f64,
        /// The rate from round `rounds` on, which counts its own rounds from there.
        then: Box<LearningRate>,
    },
}

fn tenth() -> Positive {
    Positive::try_from(0.1).expect("a positive number")
}
fn one() -> Positive {
    Positive::try_from(1.0).expect("a positive number")
}

impl LearningRate {
    /// That of Park & Lee: 0.001 in all rounds.
    #[must_use]
    pub fn paper() -> Self {
        Self::Constant(paper_rate())
    }

    /// The rate of the step that ends `round`, counted from 0.
    #[must_use]
    pub fn at(&self, round: u32) -> f64 {
        match self {
            Self::Constant(rate) => rate.get(),
            Self::Changing(schedule) => schedule.at(round),
        }
    }

    /// The highest rate of `rounds` rounds.
    #[must_use]
    pub fn highest(&self, rounds: u32) -> f64 {
        let last = self.at(rounds.saturating_sub(1));
        let then = match self {
            Self::Changing(Schedule::WarmUp { rounds: own, then, .. }) if *own < rounds => {
                then.highest(rounds - own)
            }
            _ => last,
        };
        self.at(0).max(last).max(then)
    }

    /// The same with what it leaves to the number of rounds, T, written out.
    #[must_use]
    pub fn decided(mut self, all: u32) -> Self {
        match &mut self {
            Self::Changing(Schedule::Cosine { rounds, .. }) => _ = rounds.get_or_insert(all.max(1)),
            Self::Changing(Schedule::WarmUp { rounds, then, .. }) => {
                **then = then.as_ref().clone().decided(all.saturating_sub(*rounds));
            }
            Self::Constant(_) | Self::Changing(Schedule::Step { .. } | Schedule::InverseSqrt { .. }) => {}
        }
        self
    }

    /// Refuses numbers that make no schedule, and those that single precision cannot hold in one of `rounds` rounds.
    ///
    /// # Errors
    /// Names the setting of the schedule.
    pub fn validate(&self, rounds: u32) -> Result<()> {
        match self {
            Self::Constant(rate) => above_zero(rate.get()),
            Self::Changing(schedule) => {
                let fine = schedule.validate(rounds).and_then(|()| finite(self.highest(rounds)));
                fine.map_err(|e| e.key(schedule.word()))
            }
        }
    }
}

impl Schedule {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Step { .. } => "step",
            Self::Cosine { .. } => "cosine",
            Self::InverseSqrt { .. } => "inverse_sqrt",
            Self::WarmUp { .. } => "warm_up",
        }
    }

    fn at(&self, round: u32) -> f64 {
        let t = f64::from(round);
        match self {
            Self::Step { from, every: Some(every), factor, .. } => {
                from.get() * factor.get().powf(f64::from(round / every))
            }
            Self::Step { from, every: None, at, factor } => {
                from.get() * factor.get().powf(at.partition_point(|change| *change <= round) as f64)
            }
            Self::Cosine { from, to, rounds } => {
                let way = rounds.map_or(0.0, |rounds| (t / f64::from(rounds)).min(1.0));
                to + (from.get() - to) * f64::midpoint(1.0, (std::f64::consts::PI * way).cos())
            }
            Self::InverseSqrt { from, scale } => from.get() / (1.0 + t / scale.get()).sqrt(),
            Self::WarmUp { rounds, from, then } if round < *rounds => {
                from + (then.at(0) - from) * (t / f64::from(*rounds))
            }
            Self::WarmUp { rounds, then, .. } => then.at(round - rounds),
        }
    }

    fn validate(&self, all: u32) -> Result<()> {
        let zero_or_above = |key: &str, x: f64| {
            if x.is_finite() && x >= 0.0 {
                return finite(x).map_err(|e| e.key(key));
            }
            Err(Error::scenario(format!("{x} is not a rate: it is a finite number, 0 or above")).key(key))
        };
        let at_least_one = |key: &str, n: u32| match n {
            0 => Err(Error::scenario(format!("`{key}` must be at least 1")).key(key).help("write 1 or more")),
            _ => Ok(()),
        };
        match self {
            Self::Step { from, every, at, factor } => {
                above_zero(from.get()).map_err(|e| e.key("from"))?;
                above_zero(factor.get()).map_err(|e| e.key("factor"))?;
                at_least_one("every", every.unwrap_or(1))?;
                if every.is_some() != at.is_empty() {
                    let found = if every.is_some() { "both are" } else { "neither is" };
                    return Err(Error::scenario(format!(
                        "a step changes `every` so many rounds or `at` some: {found} written"
                    ))
                    .help("write { step: { from: 0.01, every: 100 } } or { step: { from: 0.01, at: [1500, 2250] } }"));
                }
                if at.first() == Some(&0) || !at.is_sorted_by(|a, b| a < b) {
                    let error = Error::scenario("the rounds of a step begin at 1 or later and ascend");
                    return Err(error.key("at").help("write for example at: [1500, 2250]"));
                }
                Ok(())
            }
            Self::Cosine { from, to, rounds } => {
                above_zero(from.get()).map_err(|e| e.key("from"))?;
                zero_or_above("to", *to)?;
                at_least_one("rounds", rounds.unwrap_or(1))
            }
            Self::InverseSqrt { from, .. } => above_zero(from.get()).map_err(|e| e.key("from")),
            Self::WarmUp { rounds, from, then } => {
                at_least_one("rounds", *rounds)?;
                zero_or_above("from", *from)?;
                then.validate(all.saturating_sub(*rounds)).map_err(|e| e.key("then"))
            }
        }
    }
}

impl Serialize for LearningRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Constant(rate) => rate.serialize(serializer),
            Self::Changing(schedule) => schedule.serialize(serializer),
        }
    }
}

impl<'de> Forms<'de> for LearningRate {
    fn of_scalar<E: de::Error>(written: Scalar, expected: &dyn Expected) -> std::result::Result<Self, E> {
        match (&written, written.number()) {
            (_, Some(rate)) => Positive::try_from(rate)
                .map(Self::Constant)
                .map_err(|_| E::invalid_value(Unexpected::Float(rate), expected)),
            (Scalar::Text(word), _) if SCHEDULES.iter().any(|entry| entry.word == word) => {
                Err(E::custom(format!("`{word}` needs its settings; signsim list schedules shows them")))
            }
            (text, None) => Err(E::invalid_type(text.unexpected(), expected)),
        }
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> std::result::Result<Self, A::Error> {
        only_word(map).map(Self::Changing)
    }
}

impl<'de> Deserialize<'de> for LearningRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let expected = "a number above 0, or a schedule such as { cosine: { from: 0.01 } },";
        forms::read_number_or(deserializer, expected)
    }
}
