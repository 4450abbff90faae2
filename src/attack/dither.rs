//! Dither: y' = sign(g + std z) with z ~ N(0, 1), a gradient under noise. Where |g| is far above std nothing changes; far
//! below, the vote is a coin: g flips with probability Phi(-|g| / std). g is what the worker would quantise: its gradient
//! with momentum and with what earlier votes left unsaid where the method has them; the noise comes on top of that, once.
//! Source: the public code of Park & Lee, arXiv 2402.01340, which calls it `lie` (it is not ALIE). Knows the worker's own
//! gradient. Cost O(D) draws.
//!
//! Example: g = 0.05 under std = 0.05 votes minus with probability Phi(-1) = 0.1587.

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{AttackContext, OnGradient};
use crate::catalogue::Entry;
use crate::units::Positive;

pub(crate) const ENTRY: Entry = Entry {
    word: "dither",
    about: "y' = sign(g + `std` (0.05) z), z ~ N(0, 1); knows its own gradient",
    source: "public code of Park & Lee 2024, arXiv 2402.01340 (there: lie)",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dither {
    /// In units of the gradient; on channels, where a vote stands for its gradient, of one sign.
    #[serde(default = "published")]
    pub std: Positive,
}

fn published() -> Positive {
    Positive::try_from(0.05).expect("a positive number")
}

impl OnGradient for Dither {
    fn change(&mut self, gradient: &mut [f32], context: AttackContext<'_>) {
        let std = self.std.get() as f32;
        let noise = StandardNormal.sample_iter(context.stream());
        for (g, z) in gradient.iter_mut().zip(noise) {
            let z: f32 = z;
            *g += std * z;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{context, signs};

    #[test]
    fn a_gradient_as_large_as_the_noise_flips_as_often_as_the_normal_law_says() {
        let (mut gradient, own) = (vec![0.05; 100_000], signs("+"));
        Dither { std: published() }.change(&mut gradient, context(0, 0, &own));
        let flipped = gradient.iter().filter(|g| **g < 0.0).count() as f64 / 1e5;
        // scipy.stats.norm.cdf(-1); five standard deviations.
        let expected = 0.158_655_253_931_457_07;
        assert!((flipped - expected).abs() < 5.0 * (expected * (1.0 - expected) / 1e5).sqrt(), "{flipped}");
    }
}
