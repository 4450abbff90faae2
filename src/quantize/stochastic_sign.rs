//! sto-signSGD: y_n = +1 with probability clip(1/2 + g_n / (2b), 0, 1), the sign of g_n + U[-b, b].
//! Source: Jin et al. 2020, arXiv 2002.10940.
//!
//! The larger b, the closer a vote comes to being linear in the gradient, and to a coin. The literature writes both
//! 1/2 + g/(2b) (`two_b`) and 1/2 + g/b (`one_b`). With b = max|g| of each tensor (`layer_max`, scaled dither) the
//! probability is linear on the whole tensor, and the vote is unbiased up to that scale.
//!
//! With b = 0.012 in the convention `two_b`, gradients of 0.006, -0.003 and 0.02 vote + with probability 0.75, 0.375
//! and 1. Cost: one draw per coordinate.
//!
//! With `spoken` below 1 each coordinate is voted on with that probability only, and left out else: TernaryVote, whose vote is
//! +1, 0 and -1 with probabilities (A + g)/(2B), 1 - A/B and (A - g)/(2B), is b = A and spoken = A/B. Source: Jin et al. 2024,
//! arXiv 2402.10816, definition of ternary(g, A, B). That costs a second draw, and a second bit.

use std::ops::Range;

use serde::de::{Deserializer, Error, Expected, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

use super::draws::leaning_signs;
use super::{Per, largest_size};
use crate::random::{Stream, biased_bits};
use crate::sign::SignVector;
use crate::units::Positive;
use crate::units::forms::{self, Forms, Scalar};

/// The gradient beyond which no chance is left: a number, or the word `layer_max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The same for all coordinates, in units of the gradient.
    Fixed(Positive),
    /// max|g| over each tensor; a tensor of zeros votes by fair coins.
    LayerMax,
}

const LAYER_MAX: &str = "layer_max";

impl Bound {
    pub(super) fn paper() -> Self {
        Self::Fixed(Positive::try_from(0.012).expect("a positive number"))
    }
}

/// How b enters the probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// 1/2 + g / (2b).
    TwoB,
    /// 1/2 + g / b.
    OneB,
}

impl Convention {
    pub(super) const fn two_b() -> Self {
        Self::TwoB
    }
}

/// One stochastic sign a coordinate.
pub(crate) fn quantize(
    gradient: &[f32],
    tensors: &[Range<usize>],
    b: Bound,
    convention: Convention,
    stream: Stream,
) -> SignVector {
    let widths: Vec<_> = match b {
        Bound::Fixed(b) => vec![(0..gradient.len(), b.get())],
        Bound::LayerMax => {
            let parts = Per::Layer.parts(gradient.len(), tensors);
            parts.into_iter().map(|part| (part.clone(), f64::from(largest_size(&gradient[part])))).collect()
        }
    };
    match convention {
        Convention::TwoB => leaning_signs(gradient, &widths, stream, |x| 0.5 * x),
        Convention::OneB => leaning_signs(gradient, &widths, stream, |x| x),
    }
}

/// What is left of a vote in which each coordinate is spoken of with probability `share`.
pub(crate) fn spoken(signs: SignVector, share: f64, stream: impl FnOnce() -> Stream) -> SignVector {
    if share >= 1.0 {
        return signs;
    }
    let coordinates = signs.coordinates();
    let voted = biased_bits(&mut stream(), share, coordinates);
    let positive = signs.positive().iter().zip(&voted).map(|(plus, said)| plus & said).collect();
    SignVector::from_planes(coordinates, positive, voted)
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(b) => b.serialize(serializer),
            Self::LayerMax => serializer.serialize_str(LAYER_MAX),
        }
    }
}

impl<'de> Forms<'de> for Bound {
    fn of_scalar<E: Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        match (&written, written.number()) {
            (Scalar::Text(word), _) if word == LAYER_MAX => Ok(Self::LayerMax),
            (Scalar::Text(word), _) => Err(E::unknown_variant(word, &[LAYER_MAX])),
            (_, number) => {
                let b = number.expect("what is no text is a number");
                let fixed = Positive::try_from(b).map(Self::Fixed);
                fixed.map_err(|_| E::invalid_value(Unexpected::Float(b), expected))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The word is LAYER_MAX.
        forms::read(deserializer, "a number above 0, or the word `layer_max`,")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::rand_core::RngCore as _;

    use super::super::cases::{self, gradients, share_of_plus};
    use super::*;

    /// The formula of the paper.
    fn probability(g: f64, b: f64, convention: Convention) -> f64 {
        match convention {
            Convention::TwoB => (0.5 + g / (2.0 * b)).clamp(0.0, 1.0),
            Convention::OneB => (0.5 + g / b).clamp(0.0, 1.0),
        }
    }

    /// ternary(g, A, B) with A = .012, B = .024 and g = .006: +1, 0, -1 with .375, .5, .125.
    #[test]
    fn ternary_votes_follow_their_law() {
        let d = 100_000;
        let signs = quantize(&vec![0.006; d], &[], Bound::paper(), Convention::TwoB, cases::stream(1));
        let vote = spoken(signs.clone(), 0.5, || cases::stream(2)).to_signs();
        for (sign, expected) in [(1, 0.375), (0, 0.5), (-1, 0.125)] {
            let share = vote.iter().filter(|v| **v == sign).count() as f64 / d as f64;
            assert!(
                (share - expected).abs() < 5.0 * (expected * (1.0 - expected) / d as f64).sqrt(),
                "{sign}: {share}"
            );
        }
        assert_eq!(spoken(signs.clone(), 1.0, || unreachable!("no draw")), signs);
    }

    #[test]
    fn votes_are_plus_as_often_as_the_paper_says() {
        for (g, convention, expected) in [
            (0.006, Convention::TwoB, 0.75),
            (-0.003, Convention::TwoB, 0.375),
            (0.02, Convention::TwoB, 1.0),
            (-0.02, Convention::TwoB, 0.0),
            (0.0, Convention::TwoB, 0.5),
            (f32::NAN, Convention::TwoB, 0.5),
            (f32::NEG_INFINITY, Convention::TwoB, 0.0),
            (-0.003, Convention::OneB, 0.25),
            (0.006, Convention::OneB, 1.0),
        ] {
            share_of_plus(expected, |stream, d| {
                quantize(&vec![g; d], &[], Bound::paper(), convention, stream)
            });
        }
    }

    #[test]
    fn a_tensor_of_zeros_votes_by_fair_coins() {
        share_of_plus(0.5, |stream, d| {
            let tensors = [0..d, d..d, d..d + 1];
            let gradient = [vec![0.0; d], vec![1.0]].concat();
            let vote = quantize(&gradient, &tensors, Bound::LayerMax, Convention::TwoB, stream);
            assert_eq!(vote.sign(d), 1);
            SignVector::from_signs(&vote.to_signs()[..d])
        });
    }

    proptest! {
        #[test]
        fn every_draw_is_compared_with_the_probability(
            (gradient, tensors) in gradients(), fixed: bool, one: bool, seed: u64,
        ) {
            let b = if fixed { Bound::paper() } else { Bound::LayerMax };
            let convention = if one { Convention::OneB } else { Convention::TwoB };
            let mut stream = cases::stream(seed);
            let mut expected = Vec::new();
            for part in &tensors {
                let numbers = cases::sane(&gradient[part.clone()]);
                let largest = numbers.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
                for g in numbers {
                    // Uniform on [0, 1); a difference of two roundings is far below the 2^-32 of a draw.
                    let u = (f64::from(stream.next_u32() ^ 1 << 31)) / 4_294_967_296.0;
                    let b = if fixed { 0.012 } else { largest };
                    let p = if b == 0.0 { 0.5 } else { probability(g, b, convention) };
                    expected.push(if u < p { 1 } else { -1 });
                }
            }
            let vote = quantize(&gradient, &tensors, b, convention, cases::stream(seed));
            prop_assert_eq!(vote.to_signs(), expected);
        }
    }

    #[test]
    fn a_bound_is_a_number_or_a_word() {
        for (json, bound) in [("0.012", Bound::paper()), ("\"layer_max\"", Bound::LayerMax)] {
            assert_eq!(serde_json::from_str::<Bound>(json).unwrap(), bound);
            assert_eq!(serde_json::to_string(&bound).unwrap(), json);
        }
        let one = Bound::Fixed(Positive::try_from(1.0).unwrap());
        assert_eq!(serde_json::from_str::<Bound>("1").unwrap(), one);
        for (json, message) in [
            ("0", "a number above 0, or the word `layer_max`"),
            ("-1", "a number above 0"),
            ("\"max\"", "layer_max"),
            ("[1]", "a number above 0"),
        ] {
            let error = serde_json::from_str::<Bound>(json).unwrap_err().to_string();
            assert!(error.contains(message), "{json}: {error}");
        }
    }
}
