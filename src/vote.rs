//! What a worker says about one gradient: signs, signs with a scale, or every number in full.
//!
//! One-bit methods send [`Vote::Signs`]. Methods whose signs carry a length (error feedback, ternary quantisation)
//! send [`Vote::Scaled`], a scale for each of a few parts; full-precision baselines send [`Vote::Dense`]. A rule on
//! signs reads the first two, a rule on vectors reads all three.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::sign::SignVector;

/// One worker's message about D coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Vote {
    /// D signs: one bit each on the wire, two where it is ternary.
    Signs(SignVector),
    /// D signs and a scale for each part, 8 bytes more a part. Boxed, since it is larger than the others and a million votes
    /// of one sign each may be on their way.
    Scaled(Box<ScaledSigns>),
    /// D numbers, 32 bits each on the wire.
    Dense(Vec<f32>),
}

/// Signs that stand for `scale * sign`, one scale for each part of the vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScaledSigns {
    /// D signs; a zero stands for 0 whatever the scale.
    pub signs: SignVector,
    /// Where each part ends and its scale, in order; the last part ends at D.
    pub parts: Vec<(usize, f32)>,
}

impl ScaledSigns {
    /// `scale * sign`, coordinate by coordinate.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = self.signs.to_dense();
        let mut start = 0;
        for &(end, scale) in &self.parts {
            dense[start..end].iter_mut().for_each(|x| *x *= scale);
            start = end;
        }
        dense
    }
}

impl Vote {
    /// D signs, and where each part ends and its scale.
    #[must_use]
    pub fn scaled(signs: SignVector, parts: Vec<(usize, f32)>) -> Self {
        Self::Scaled(Box::new(ScaledSigns { signs, parts }))
    }

    /// Number of coordinates, D.
    #[must_use]
    pub fn coordinates(&self) -> usize {
        match self {
            Self::Signs(signs) => signs.coordinates(),
            Self::Scaled(scaled) => scaled.signs.coordinates(),
            Self::Dense(values) => values.len(),
        }
    }

    /// The signs, where the vote is made of them.
    #[must_use]
    pub fn signs(&self) -> Option<&SignVector> {
        match self {
            Self::Signs(signs) => Some(signs),
            Self::Scaled(scaled) => Some(&scaled.signs),
            Self::Dense(_) => None,
        }
    }

    /// The vector that the vote stands for; bare signs stand for -1, 0 and +1.
    #[must_use]
    pub fn to_dense(&self) -> Cow<'_, [f32]> {
        match self {
            Self::Signs(signs) => Cow::Owned(signs.to_dense()),
            Self::Scaled(scaled) => Cow::Owned(scaled.to_dense()),
            Self::Dense(values) => Cow::Borrowed(values),
        }
    }

    /// The vote with its signs replaced, scales kept. A dense vote becomes the new signs times the magnitudes
    /// it had.
    ///
    /// # Panics
    /// When `signs` has another number of coordinates.
    #[must_use]
    pub fn with_signs(&self, signs: SignVector) -> Self {
        assert_eq!(signs.coordinates(), self.coordinates(), "one sign per coordinate");
        match self {
            Self::Signs(_) => Self::Signs(signs),
            Self::Scaled(scaled) => Self::scaled(signs, scaled.parts.clone()),
            Self::Dense(values) => {
                let sign = signs.to_dense();
                Self::Dense(values.iter().zip(sign).map(|(x, s)| x.abs() * s).collect())
            }
        }
    }

    /// The vote with the signs negated where `flips` has a set bit, 64 coordinates to a word; lengths stay.
    ///
    /// # Panics
    /// When `flips` has another number of words than D needs.
    #[must_use]
    pub fn flipped_where(&self, flips: &[u64]) -> Self {
        match self {
            Self::Dense(values) => {
                assert_eq!(flips.len(), values.len().div_ceil(64), "one flip bit a coordinate");
                let flip = |(i, x): (usize, &f32)| if flips[i / 64] >> (i % 64) & 1 == 1 { -x } else { *x };
                Self::Dense(values.iter().enumerate().map(flip).collect())
            }
            Self::Signs(signs) => Self::Signs(signs.clone().flipped_where(flips)),
            Self::Scaled(scaled) => {
                Self::scaled(scaled.signs.clone().flipped_where(flips), scaled.parts.clone())
            }
        }
    }

    /// The vote for the opposite direction: every sign negated, lengths kept.
    #[must_use]
    pub fn inverted(&self) -> Self {
        match self {
            Self::Dense(values) => Self::Dense(values.iter().map(|x| -x).collect()),
            Self::Signs(signs) => Self::Signs(signs.clone().inverted()),
            Self::Scaled(scaled) => Self::scaled(scaled.signs.clone().inverted(), scaled.parts.clone()),
        }
    }
}

/// What everyone does after a round: a step of one length along signs, or along a vector; or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// D signs: zero where the coordinate is held, which makes it two bits each on the wire instead of one.
    Signs(SignVector),
    /// D numbers, 32 bits each on the wire.
    Dense(Vec<f32>),
    /// Nobody has voted about the D coordinates: no vote, no step.
    Nothing(usize),
}

impl Step {
    /// x <- x - rate * step.
    ///
    /// # Panics
    /// When `parameters` has another length.
    pub fn apply(&self, parameters: &mut [f32], rate: f32) {
        match self {
            Self::Signs(signs) => signs.step(parameters, rate),
            Self::Dense(values) => {
                assert_eq!(parameters.len(), values.len(), "one parameter per coordinate");
                parameters.iter_mut().zip(values).for_each(|(x, v)| *x -= rate * v);
            }
            Self::Nothing(coordinates) => {
                assert_eq!(parameters.len(), *coordinates, "one parameter per coordinate");
            }
        }
    }

    /// The direction of the step, coordinate by coordinate; zero where nothing moves.
    #[must_use]
    pub fn signs(&self) -> Cow<'_, SignVector> {
        match self {
            Self::Signs(signs) => Cow::Borrowed(signs),
            Self::Dense(values) => Cow::Owned(SignVector::of_values(values)),
            Self::Nothing(coordinates) => Cow::Owned(SignVector::zeros(*coordinates)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled() -> Vote {
        let signs = SignVector::from_signs(&[1, -1, 0, -1, 1]);
        Vote::scaled(signs, vec![(2, 0.5), (5, 3.0)])
    }

    #[test]
    fn every_vote_stands_for_a_vector() {
        assert_eq!(*scaled().to_dense(), [0.5, -0.5, 0.0, -3.0, 3.0]);
        assert_eq!(*Vote::Signs(SignVector::from_signs(&[1, 0, -1])).to_dense(), [1.0, 0.0, -1.0]);
        assert_eq!(*Vote::Dense(vec![2.0, -0.5]).to_dense(), [2.0, -0.5]);
    }

    #[test]
    fn inversion_negates_the_vector_it_stands_for() {
        for vote in
            [scaled(), Vote::Dense(vec![2.0, 0.0, -0.5]), Vote::Signs(SignVector::from_signs(&[1, 0]))]
        {
            let negated: Vec<f32> = vote.to_dense().iter().map(|x| -x).collect();
            assert_eq!(*vote.inverted().to_dense(), negated);
        }
    }

    #[test]
    fn flips_negate_the_marked_coordinates() {
        assert_eq!(*scaled().flipped_where(&[0b01010]).to_dense(), [0.5, 0.5, 0.0, 3.0, 3.0]);
        assert_eq!(*Vote::Dense(vec![2.0, -0.5]).flipped_where(&[0b10]).to_dense(), [2.0, 0.5]);
    }

    #[test]
    fn new_signs_keep_magnitudes() {
        let vote = Vote::Dense(vec![2.0, -0.5]).with_signs(SignVector::from_signs(&[-1, -1]));
        assert_eq!(vote, Vote::Dense(vec![-2.0, -0.5]));
    }

    #[test]
    fn steps_go_against_their_vector() {
        for (step, expected) in [
            (Step::Dense(vec![2.0, -4.0, 0.0]), [0.0, 3.0, 1.0]),
            (Step::Signs(SignVector::from_signs(&[1, -1, 0])), [0.5, 1.5, 1.0]),
        ] {
            let mut x = [1.0; 3];
            step.apply(&mut x, 0.5);
            assert_eq!(x, expected);
            assert_eq!(step.signs().to_signs(), [1, -1, 0]);
        }
        let mut x = [1.0, -0.0, f32::NAN];
        Step::Nothing(3).apply(&mut x, 0.5);
        assert_eq!(x.map(f32::to_bits), [1.0, -0.0, f32::NAN].map(f32::to_bits));
        assert_eq!(Step::Nothing(3).signs().to_signs(), [0, 0, 0]);
    }
}
