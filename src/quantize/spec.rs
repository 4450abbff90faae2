//! The words of `method.quantizer`, with their settings and defaults.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::memory::with_error;
use super::{Bound, Convention, Draws, NoiseLaw, Norm, Per, WorkerMemory, ZeroRule, finite};
use super::{noisy_sign, scaled_sign, sign, stochastic_sign, ternary, top_k};
use crate::error::{Error, Result};
use crate::random::Purpose;
use crate::units::{Positive, Probability};
use crate::vote::Vote;

/// The quantisers a scenario can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QuantizerSpec {
    /// The sign of every coordinate (Bernstein et al. 2018, arXiv 1802.04434).
    Sign {
        /// What a coordinate without a sign says.
        #[serde(default = "ZeroRule::coin")]
        zero: ZeroRule,
    },
    /// The sign of g + U[-b, b] (Jin et al. 2020, arXiv 2002.10940).
    StochasticSign {
        /// b, in units of the gradient.
        #[serde(default = "Bound::paper")]
        b: Bound,
        /// How the law is written: with 1/2 + g/(2b) or with 1/2 + g/b.
        #[serde(default = "Convention::two_b")]
        convention: Convention,
        /// The probability that a coordinate is voted on at all: A/B of TernaryVote (Jin et al. 2024, arXiv 2402.10816), b its A.
        #[serde(default = "one")]
        spoken: Probability,
    },
    /// The sign of g + std xi (Chen et al. 2020, arXiv 1906.01736).
    NoisySign {
        /// In units of the gradient.
        #[serde(default = "paper_std")]
        std: Positive,
        /// The law of xi, with mean 0 and variance 1.
        #[serde(default = "NoiseLaw::gaussian")]
        law: NoiseLaw,
    },
    /// S3GD: the signs of the largest accumulated entries of each tensor (arXiv 2302.07475).
    TopK {
        /// The share of each tensor that is sent, in (0, 1].
        #[serde(default = "tenth")]
        fraction: Probability,
        /// What is left after a round of an entry that waits.
        #[serde(default = "one")]
        decay: Probability,
    },
    /// Unbiased rounding to {-scale, 0, scale} (arXiv 1610.02132 and 1705.07878).
    Ternary {
        /// What a scale is.
        #[serde(default = "Norm::l2")]
        norm: Norm,
        /// What shares one scale.
        #[serde(default = "Per::layer")]
        per: Per,
    },
    /// EF-signSGD: signs times their mean size, with error feedback (Karimireddy et al. 2019, arXiv 1901.09847).
    ScaledSign {
        /// What shares one scale.
        #[serde(default = "Per::vector")]
        per: Per,
        /// What a coordinate without a sign says.
        #[serde(default = "ZeroRule::coin")]
        zero: ZeroRule,
    },
    /// The gradient itself.
    Dense {},
}

/// Which [`Vote`] a quantiser casts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteKind {
    /// Signs, one bit each, or two where they may abstain.
    Signs,
    /// Signs with a scale for each part.
    Scaled,
    /// D numbers, 32 bits each.
    Dense,
}

fn paper_std() -> Positive {
    Positive::try_from(0.001).expect("a positive number")
}

fn tenth() -> Probability {
    Probability::try_from(0.1).expect("a probability")
}

fn one() -> Probability {
    Probability::try_from(1.0).expect("a probability")
}

impl QuantizerSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
            Self::StochasticSign { .. } => "stochastic_sign",
            Self::NoisySign { .. } => "noisy_sign",
            Self::TopK { .. } => "top_k",
            Self::Ternary { .. } => "ternary",
            Self::ScaledSign { .. } => "scaled_sign",
            Self::Dense {} => "dense",
        }
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// Names the setting below `quantizer` that is out of range.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::TopK { fraction, .. } if *fraction == Probability::ZERO => {
                Err(Error::scenario("a fraction of 0 sends nothing at all")
                    .key("top_k.fraction")
                    .help("write a number above 0, at most 1; 0.1 sends a tenth of each tensor"))
            }
            Self::StochasticSign { spoken, .. } if *spoken == Probability::ZERO => {
                Err(Error::scenario("with 0 no coordinate is ever voted on")
                    .key("stochastic_sign.spoken")
                    .help("write a number above 0, at most 1"))
            }
            _ => Ok(()),
        }
    }

    /// What kind of vote it casts.
    #[must_use]
    pub const fn vote_kind(&self) -> VoteKind {
        match self {
            Self::Sign { .. } | Self::StochasticSign { .. } | Self::NoisySign { .. } | Self::TopK { .. } => {
                VoteKind::Signs
            }
            Self::Ternary { .. } | Self::ScaledSign { .. } => VoteKind::Scaled,
            Self::Dense {} => VoteKind::Dense,
        }
    }

    /// Whether votes may abstain and so carry a second plane of bits.
    #[must_use]
    pub const fn is_ternary(&self) -> bool {
        match self {
            Self::Sign { zero } | Self::ScaledSign { zero, .. } => matches!(zero, ZeroRule::Abstain),
            Self::TopK { .. } | Self::Ternary { .. } => true,
            Self::StochasticSign { spoken, .. } => spoken.get() < 1.0,
            Self::NoisySign { .. } | Self::Dense {} => false,
        }
    }

    /// Whether it accumulates what votes leave unsaid ([`WorkerMemory::error`]).
    #[must_use]
    pub const fn keeps_memory(&self) -> bool {
        matches!(self, Self::TopK { .. } | Self::ScaledSign { .. })
    }

    /// Bytes that one worker keeps between rounds for D coordinates; momentum comes on top.
    #[must_use]
    pub const fn memory_bytes(&self, coordinates: usize) -> u64 {
        if self.keeps_memory() { 4 * coordinates as u64 } else { 0 }
    }

    /// The vector that [`QuantizerSpec::quantize`] makes a vote of: the gradient, and where the quantiser accumulates what
    /// votes leave unsaid, that too. Quantised by a worker that remembers nothing, it gives the same vote.
    ///
    /// # Panics
    /// When `memory` was kept for a gradient of another length.
    #[must_use]
    pub fn vector(&self, gradient: &[f32], memory: &WorkerMemory) -> Vec<f32> {
        let decay = match self {
            Self::TopK { decay, .. } => decay.get() as f32,
            Self::ScaledSign { .. } => 1.0,
            Self::Sign { .. }
            | Self::StochasticSign { .. }
            | Self::NoisySign { .. }
            | Self::Ternary { .. }
            | Self::Dense {} => return gradient.to_vec(),
        };
        let mut kept = memory.error.clone();
        with_error(decay, gradient, &mut kept);
        kept
    }

    /// The vote for a gradient of D entries, whose `tensors` lie in it in order and without gaps. `memory` is that of
    /// the worker whose `draws` these are.
    ///
    /// # Panics
    /// When `tensors` do not cover the gradient, or `memory` was kept for one of another length.
    #[must_use]
    pub fn quantize(
        &self,
        gradient: &[f32],
        tensors: &[Range<usize>],
        memory: &mut WorkerMemory,
        draws: Draws,
    ) -> Vote {
        let (noise, coins) = (draws.stream(Purpose::QuantizerNoise), draws.stream(Purpose::ZeroCoin));
        let parts = |per: Per| per.parts(gradient.len(), tensors);
        match self {
            Self::Sign { zero } => Vote::Signs(sign::quantize(gradient, *zero, coins)),
            Self::StochasticSign { b, convention, spoken } => {
                let signs = stochastic_sign::quantize(gradient, tensors, *b, *convention, noise);
                let chosen = || draws.stream(Purpose::Spoken);
                Vote::Signs(stochastic_sign::spoken(signs, spoken.get(), chosen))
            }
            Self::NoisySign { std, law } => {
                Vote::Signs(noisy_sign::quantize(gradient, std.get(), *law, noise))
            }
            Self::TopK { fraction, decay } => {
                let decay = decay.get() as f32;
                Vote::Signs(top_k::quantize(gradient, tensors, fraction.get(), decay, memory))
            }
            Self::Ternary { norm, per } => {
                Vote::Scaled(Box::new(ternary::quantize(gradient, &parts(*per), *norm, noise)))
            }
            Self::ScaledSign { per, zero } => {
                Vote::Scaled(Box::new(scaled_sign::quantize(gradient, &parts(*per), *zero, memory, coins)))
            }
            Self::Dense {} => Vote::Dense(gradient.iter().map(|g| finite(*g)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CATALOGUE;
    use super::super::cases::{ALL, all, read};
    use super::*;

    #[test]
    fn words_read_and_write_themselves() {
        for text in ALL {
            let spec = read(text).expect(text);
            let mut written = Vec::new();
            let mut serializer = serde_yaml::Serializer::new(&mut written);
            serde_yaml::with::singleton_map_recursive::serialize(&spec, &mut serializer).unwrap();
            let written: serde_yaml::Value = serde_yaml::from_slice(&written).unwrap();
            assert_eq!(written, serde_yaml::from_str::<serde_yaml::Value>(text).unwrap());
            assert!(text.starts_with(&format!("{}:", spec.word())));
        }
    }

    #[test]
    fn settings_left_out_are_those_of_the_papers() {
        for (word, full) in CATALOGUE.iter().map(|entry| entry.word).zip([0, 2, 4, 8, 10, 12, 13]) {
            assert_eq!(read(&format!("{word}: {{}}")).unwrap(), read(ALL[full]).unwrap());
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for (text, message) in [
            ("stochastic_sign: { b: 0 }", "a number above 0"),
            ("noisy_sign: { std: -1 }", "above 0"),
            ("noisy_sign: { law: cauchy }", "cauchy"),
            ("top_k: { fraction: 1.5 }", "between 0 and 1"),
            ("top_k: { k: 3 }", "unknown field"),
            ("ternary: { per: worker }", "worker"),
            ("dense: { bits: 16 }", "unknown field"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
        let error = read("top_k: { fraction: 0 }").unwrap().validate().unwrap_err();
        assert!(matches!(&error, Error::Scenario { key: Some(key), .. } if key == "top_k.fraction"));
        assert!(all().all(|spec| spec.validate().is_ok()));
    }
}
