//! Ternary rounding: g_n becomes scale * sign(g_n) with probability |g_n| / scale and zero otherwise, so the vote is
//! right on average. Sources: QSGD with one level, scale |g|_2 (Alistarh et al. 2017, arXiv 1610.02132); TernGrad,
//! scale max|g| (Wen et al. 2017, arXiv 1705.07878).
//!
//! The gradient (3, -4) has scale 5 under `l2`: (5, 0) comes with probability 0.6 * 0.2. Under `max` the scale is 4
//! and the second entry is always -4. Cost: one draw per coordinate; a part of zeros has scale 0 and abstains.

use std::ops::Range;

use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use super::draws::VALUES;
use super::sign::abstaining;
use super::{finite, largest_size};
use crate::random::Stream;
use crate::sign::SignVector;
use crate::vote::ScaledSigns;

/// The length that a part's signs stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// The Euclidean norm: few signs, long steps.
    L2,
    /// The largest size.
    Max,
}

impl Norm {
    pub(super) const fn l2() -> Self {
        Self::L2
    }

    fn of(self, part: &[f32]) -> f32 {
        match self {
            Self::L2 => {
                let squares: f64 = part.iter().map(|g| f64::from(finite(*g)).powi(2)).sum();
                finite(squares.sqrt() as f32)
            }
            Self::Max => largest_size(part),
        }
    }
}

/// The scaled ternary vote for `gradient`.
pub(crate) fn quantize(
    gradient: &[f32],
    parts: &[Range<usize>],
    norm: Norm,
    mut stream: Stream,
) -> ScaledSigns {
    let mut kept = vec![0.0; gradient.len()];
    let mut scales = Vec::with_capacity(parts.len());
    for part in parts {
        let scale = norm.of(&gradient[part.clone()]);
        for (kept, g) in kept[part.clone()].iter_mut().zip(&gradient[part.clone()]) {
            let (draw, g) = (f64::from(stream.next_u32()), finite(*g));
            // draw / 2^32 < |g| / scale, also where the scale is zero.
            let keeps = draw * f64::from(scale) < VALUES * f64::from(g.abs());
            *kept = if keeps { g } else { 0.0 };
        }
        scales.push((part.end, scale));
    }
    let signs: SignVector = abstaining(&kept);
    ScaledSigns { signs, parts: scales }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::rand_core::RngCore as _;

    use super::super::cases::{self, gradients};
    use super::*;

    /// Over many parts that all hold (3, -4, 0), the mean vote is (3, -4, 0) within five standard deviations.
    #[test]
    fn votes_are_right_on_average() {
        const PARTS: usize = 100_000;
        let gradient = [3.0, -4.0, 0.0].repeat(PARTS);
        let parts: Vec<_> = (0..PARTS).map(|k| 3 * k..3 * k + 3).collect();
        for (norm, scale) in [(Norm::L2, 5.0_f64), (Norm::Max, 4.0)] {
            let vote = quantize(&gradient, &parts, norm, cases::stream(3));
            assert!(vote.parts.iter().all(|(_, s)| f64::from(*s) == scale));
            let dense = vote.to_dense();
            for (i, g) in [3.0, -4.0, 0.0_f64].into_iter().enumerate() {
                let mean = dense[i..].iter().step_by(3).map(|x| f64::from(*x)).sum::<f64>() / PARTS as f64;
                let deviation = (g.abs() * (scale - g.abs()) / PARTS as f64).sqrt();
                assert!((mean - g).abs() <= 5.0 * deviation, "{norm:?}: {mean} for {g}");
            }
        }
    }

    #[test]
    fn what_is_as_large_as_the_scale_is_always_sent() {
        for g in [-2.0, 1e-45, f32::MAX, f32::INFINITY] {
            for norm in [Norm::L2, Norm::Max] {
                let vote = quantize(&[0.0, g], std::slice::from_ref(&(0..2)), norm, cases::stream(1));
                assert_eq!(vote.to_dense(), [0.0, finite(g)], "{norm:?}");
            }
        }
        let zeros = quantize(&[0.0, f32::NAN], std::slice::from_ref(&(0..2)), Norm::L2, cases::stream(1));
        assert_eq!((zeros.signs.votes(), zeros.parts), (0, vec![(2, 0.0)]));
    }

    proptest! {
        #[test]
        fn every_draw_is_compared_with_the_probability((gradient, tensors) in gradients(), max: bool, seed: u64) {
            let norm = if max { Norm::Max } else { Norm::L2 };
            let vote = quantize(&gradient, &tensors, norm, cases::stream(seed));
            let mut stream = cases::stream(seed);
            for (part, (end, scale)) in tensors.iter().zip(&vote.parts) {
                let numbers = cases::sane(&gradient[part.clone()]);
                let expected = if max {
                    numbers.iter().fold(0.0, |m: f64, g| m.max(g.abs()))
                } else {
                    numbers.iter().map(|g| g * g).sum::<f64>().sqrt().min(f64::from(f32::MAX))
                };
                prop_assert_eq!((*end, *scale), (part.end, expected as f32));
                for (i, g) in part.clone().zip(numbers) {
                    let u = f64::from(stream.next_u32()) / 4_294_967_296.0;
                    let kept = g != 0.0 && u < g.abs() / f64::from(*scale);
                    let sign = if !kept { 0 } else if g > 0.0 { 1 } else { -1 };
                    prop_assert_eq!(vote.signs.sign(i), sign);
                }
            }
        }
    }
}
