//! noisy-signSGD: y_n = sign(g_n + std xi_n), where xi has a symmetric law of mean 0 and variance 1.
//! Source: Chen et al. 2020, arXiv 1906.01736 (the experiments are Gaussian).
//!
//! The law decides what a gradient z = g / std far below and far above the noise can say:
//! P(+) is Phi(z) (Gaussian), 1/2 + z / (2 sqrt 3) clipped (uniform), 1 - exp(-sqrt 2 z) / 2 for z >= 0 (Laplace),
//! 1 / (1 + exp(-pi z / sqrt 3)) (logistic). At z = 1/2: 0.691462, 0.644338, 0.753466, 0.712365.
//!
//! The last three compare one uniform draw with P(+), which has the same law as adding noise and costs at most one
//! exponential; the Gaussian draws its noise by ziggurat, which is quicker than Phi.

use std::f64::consts::{PI, SQRT_2};

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::draws::leaning_signs;
use super::finite;
use crate::random::Stream;
use crate::sign::{SignVector, words_for};

/// The law of the noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseLaw {
    /// N(0, 1).
    Gaussian,
    /// On [-sqrt 3, sqrt 3].
    Uniform,
    /// Density exp(-sqrt 2 |x|) / sqrt 2.
    Laplace,
    /// Scale sqrt 3 / pi.
    Logistic,
}

impl NoiseLaw {
    pub(super) const fn gaussian() -> Self {
        Self::Gaussian
    }
}

/// One noisy sign a coordinate.
pub(crate) fn quantize(gradient: &[f32], std: f64, law: NoiseLaw, stream: Stream) -> SignVector {
    let widths = [(0..gradient.len(), std)];
    let leaning = |lean: fn(f64) -> f64| leaning_signs(gradient, &widths, stream.clone(), lean);
    match law {
        NoiseLaw::Gaussian => gaussian(gradient, std, stream),
        NoiseLaw::Uniform => leaning(uniform),
        NoiseLaw::Laplace => leaning(laplace),
        NoiseLaw::Logistic => leaning(logistic),
    }
}

fn gaussian(gradient: &[f32], std: f64, mut stream: Stream) -> SignVector {
    let mut words = vec![0; words_for(gradient.len())];
    for (word, chunk) in words.iter_mut().zip(gradient.chunks(64)) {
        for (i, g) in chunk.iter().enumerate() {
            let noise: f64 = StandardNormal.sample(&mut stream);
            *word |= u64::from(f64::from(finite(*g)) + std * noise > 0.0) << i;
        }
    }
    SignVector::from_words(gradient.len(), words)
}

/// P(+) - 1/2 at z = g / std, before clipping.
fn uniform(z: f64) -> f64 {
    z / (2.0 * 3.0_f64.sqrt())
}

fn laplace(z: f64) -> f64 {
    (0.5 - 0.5 * (-SQRT_2 * z.abs()).exp()).copysign(z)
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-PI / 3.0_f64.sqrt() * z).exp()) - 0.5
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Laplace, Normal, Uniform};

    use super::super::cases::{self, gradients, share_of_plus};
    use super::*;

    const LAWS: [NoiseLaw; 4] =
        [NoiseLaw::Gaussian, NoiseLaw::Uniform, NoiseLaw::Laplace, NoiseLaw::Logistic];

    #[test]
    fn leans_are_those_of_the_distribution_functions() {
        for (lean, at_half) in [
            (uniform as fn(f64) -> f64, 0.644_338),
            (laplace as fn(f64) -> f64, 0.753_466),
            (logistic as fn(f64) -> f64, 0.712_365),
        ] {
            assert!((0.5 + lean(0.5) - at_half).abs() < 5e-7, "{}", lean(0.5));
        }
        let (root, half) = (3.0_f64.sqrt(), 0.5_f64);
        let exact_uniform = Uniform::new(-root, root).unwrap();
        let exact_laplace = Laplace::new(0.0, half.sqrt()).unwrap();
        for z in (-60..=60).map(|k| 0.1 * f64::from(k)) {
            assert!((0.5 + laplace(z) - exact_laplace.cdf(z)).abs() < 1e-12, "{z}");
            assert!(((0.5 + uniform(z)).clamp(0.0, 1.0) - exact_uniform.cdf(z)).abs() < 1e-12, "{z}");
            assert!((logistic(z) - 0.5 * (PI * z / (2.0 * root)).tanh()).abs() < 1e-12, "{z}");
        }
    }

    #[test]
    fn votes_are_plus_as_often_as_the_law_says() {
        for (law, at_half) in LAWS.into_iter().zip([0.691_462, 0.644_338, 0.753_466, 0.712_365]) {
            for (g, expected) in [
                (5e-4, at_half),
                (-5e-4, 1.0 - at_half),
                (0.0, 0.5),
                (f32::NAN, 0.5),
                (f32::INFINITY, 1.0),
                (-1.0, 0.0),
            ] {
                share_of_plus(expected, |stream, d| quantize(&vec![g; d], 1e-3, law, stream));
            }
        }
        let exact = Normal::new(0.0, 1.0).unwrap();
        for z in [-2.0, 0.1, 1.0] {
            share_of_plus(exact.cdf(z), |stream, d| {
                quantize(&vec![z as f32; d], 1.0, NoiseLaw::Gaussian, stream)
            });
        }
    }

    proptest! {
        /// Under the same draws, a larger gradient never loses a +.
        #[test]
        fn votes_grow_with_the_gradient((gradient, _) in gradients(), law in 0..4_usize, seed: u64) {
            let vote = |shift: f32| {
                let shifted: Vec<f32> = cases::sane(&gradient).iter().map(|g| *g as f32 + shift).collect();
                quantize(&shifted, 1.0, LAWS[law], cases::stream(seed)).to_signs()
            };
            let (low, high) = (vote(0.0), vote(0.7));
            prop_assert!(low.iter().zip(&high).all(|(l, h)| l <= h));
        }

        #[test]
        fn gaussian_noise_is_added_coordinate_by_coordinate((gradient, _) in gradients(), seed: u64) {
            let mut stream = cases::stream(seed);
            let expected: Vec<i8> = cases::sane(&gradient).iter().map(|g| {
                let noise: f64 = StandardNormal.sample(&mut stream);
                if *g > -0.3 * noise { 1 } else { -1 }
            }).collect();
            let vote = quantize(&gradient, 0.3, NoiseLaw::Gaussian, cases::stream(seed));
            prop_assert_eq!(vote.to_signs(), expected);
        }
    }
}
