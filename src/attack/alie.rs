//! A little is enough (ALIE): g' = mean - z std, coordinate by coordinate over the honest gradients, for all corrupted
//! workers. Source: Baruch et al., arXiv 1902.06156.
//!
//! Unless given, z is the largest shift that still hides behind s honest workers, as many as a majority lacks:
//!
//! ```text
//! s = floor(M/2 + 1) - L,     z = Phi^-1((M - L - s) / (M - L))
//! ```
//!
//! The fraction is kept half a worker away from 0 and 1, where z would be infinite (L >= M/2, and M = 2). std is that of
//! the population, divided by the number of honest gradients, as in the authors' code. M and L are the true ones;
//! mean and std are over the honest gradients that were overheard. Knows the honest gradients of the round. Cost
//! O((M - L) D) a round.
//!
//! Example: M = 7, L = 3: s = 1, z = Phi^-1(3/4) = 0.6745; honest 1, 2, -0.5, 0.75: mean 0.8125, std 0.8905: 0.2119.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Census, OnGradients};
use crate::catalogue::Entry;
use crate::error::{Error, Result};

pub const ENTRY: Entry = Entry {
    word: "alie",
    about: "g' = mean - z std of the honest gradients; `z` (null: Phi^-1((M-L-s)/(M-L)), s = floor(M/2+1) - L); \
            knows the honest gradients",
    source: "Baruch et al. 2019, arXiv 1902.06156",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alie {
    /// The shift in standard deviations; from M and L when absent.
    #[serde(default)]
    pub z: Option<f64>,
}

impl Alie {
    pub(super) fn validate(&self) -> Result<()> {
        match self.z {
            Some(z) if !z.is_finite() => Err(Error::scenario(format!("{z} is not a finite number")).key("z")),
            _ => Ok(()),
        }
    }
}

/// The shift that hides behind as many honest workers as a majority lacks.
fn hidden_shift(census: Census) -> f64 {
    let (workers, adversaries) = (f64::from(census.workers), f64::from(census.adversaries));
    let honest = workers - adversaries;
    let lacking = (workers / 2.0 + 1.0).floor() - adversaries;
    let fraction = ((honest - lacking) / honest).clamp(0.5 / honest, 1.0 - 0.5 / honest);
    Normal::standard().inverse_cdf(fraction)
}

impl OnGradients for Alie {
    fn gradient(&mut self, honest: &[&[f32]], census: Census) -> Vec<f32> {
        let z = self.z.unwrap_or_else(|| hidden_shift(census));
        let mean = mean(honest);
        let mut squares = vec![0.0; mean.len()];
        for gradient in honest {
            for ((sum, g), mean) in squares.iter_mut().zip(*gradient).zip(&mean) {
                *sum += (f64::from(*g) - mean).powi(2);
            }
        }
        let count = honest.len() as f64;
        mean.iter().zip(squares).map(|(mean, sum)| (mean - z * (sum / count).sqrt()) as f32).collect()
    }
}

/// The mean of vectors of equal length, at least one.
pub(super) fn mean(vectors: &[&[f32]]) -> Vec<f64> {
    let mut sum = vec![0.0; vectors[0].len()];
    for vector in vectors {
        for (sum, x) in sum.iter_mut().zip(*vector) {
            *sum += f64::from(*x);
        }
    }
    let count = vectors.len() as f64;
    sum.iter().map(|sum| sum / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HONEST: [&[f32]; 4] = [&[1.0, -2.0, 0.5], &[2.0, 0.25, 0.5], &[-0.5, 1.0, 0.5], &[0.75, -1.5, 0.5]];

    fn census(workers: u32, adversaries: u32) -> Census {
        Census { workers, adversaries }
    }

    /// scipy.stats.norm.ppf((M - L - s) / (M - L)); the last three are kept away from infinity.
    #[test]
    fn the_shift_is_the_published_quantile() {
        for (workers, adversaries, expected) in [
            (15, 3, 0.210_428_394_247_924_85),
            (15, 6, 0.764_709_673_786_387_1),
            (15, 7, 1.150_349_380_376_007_9),
            (50, 12, 0.336_038_140_371_823_06),
            (100, 49, 1.759_861_027_933_533_6),
            (3, 1, 0.0),
            (4, 1, -0.430_727_299_295_457_56),
            (15, 8, 1.465_233_792_685_523),
            (15, 14, 0.0),
            (2, 1, 0.0),
        ] {
            let z = hidden_shift(census(workers, adversaries));
            assert!(
                (z - expected).abs() < 1e-9,
                "M = {workers}, L = {adversaries}: {z} instead of {expected}"
            );
        }
    }

    /// numpy: g.mean(0) - z * g.std(0).
    #[test]
    fn the_vector_is_the_one_numpy_computes() {
        for (z, expected) in [
            (None, [0.211_875, -1.391_798, 0.5]),
            (Some(1.5), [-0.523_232, -2.406_78, 0.5]),
            (Some(0.0), [0.8125, -0.5625, 0.5]),
        ] {
            let vector = Alie { z }.gradient(&HONEST, census(7, 3));
            assert!(vector.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6), "{z:?}: {vector:?}");
        }
    }

    #[test]
    fn a_shift_is_a_finite_number() {
        assert!(Alie { z: Some(-2.0) }.validate().is_ok());
        assert!(Alie { z: Some(f64::NAN) }.validate().is_err());
    }
}
