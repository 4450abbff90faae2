//! A little is enough (ALIE): g' = mean - z std, coordinate by coordinate over the honest gradients, for all corrupted
//! workers. Source: Baruch et al., arXiv 1902.06156.
//!
//! Unless given, z is the largest shift that still hides behind s honest workers, as many as a majority lacks:
//!
//! ```text
//! s = floor(M/2 + 1) - L,     z = Phi^-1((M - L - s) / (M - L))
//! ```
//!
//! The fraction is kept half a worker away from 0 and 1, where z would be infinite (L >= M/2, and M = 2). M and L are the
//! true ones, also in rounds in which only some are asked. One corrupted worker alone has z = 0 where M is odd and z < 0
//! where it is even: the formula then makes it send the mean, or something better ([`Alie::remark`]).
//!
//! The gradients are those that honest workers send: with momentum and with what earlier votes left unsaid where the method
//! has them. Mean and std are over those that were overheard, as in ByzFL, Blades and the code of Karimireddy et al. (arXiv
//! 2012.10333); the attackers of Baruch et al. are not omniscient, their code takes both over the corrupted workers' own
//! gradients. That is also done here where nobody honest was asked or overheard, and where nobody honest exists (L = M) each
//! of the n own stands for an honest one, z = Phi^-1(1 - 1/(2n)). std is that of the population, divided by n as in Baruch's
//! code (ByzFL and Karimireddy divide by n - 1); the shift is against the sign as in the paper's formula, where ByzFL adds it.
//!
//! With `search` z is found anew in every round, as ByzFL's optimised ALIE does: of so many trials, the one with which a copy of the
//! server's rule, that has learned from the same rounds, goes most astray ([`line_search`](super::line_search)).
//!
//! Knows the honest gradients of the round. Cost O((M - L) D) a round, and with a search as many decisions as trials.
//!
//! Example: M = 7, L = 3: s = 1, z = Phi^-1(3/4) = 0.6745; honest 1, 2, -0.5, 0.75: mean 0.8125, std 0.8905: 0.2119.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::OnGradients;
use super::line_search::{Trials, worst_length};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::units::{Population, single};

pub(crate) const ENTRY: Entry = Entry {
    word: "alie",
    about: "g' = mean - z std of the honest gradients as they are sent, of the coalition's own where there are none; `z` \
            (null: Phi^-1((M-L-s)/(M-L)), s = floor(M/2+1) - L); with `search` it is what hurts the rule in use most of so many \
            trials; knows the honest gradients",
    source: "Baruch et al. 2019, arXiv 1902.06156; over the honest gradients as in arXiv 2012.10333",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alie {
    /// The shift in standard deviations; from M and L when absent.
    #[serde(default)]
    pub z: Option<f64>,
    /// In the place of z: how many are tried in every round on a copy of the server's rule, of which the worst is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Trials>,
}

impl Alie {
    pub(super) fn validate(&self) -> Result<()> {
        match self.z {
            Some(_) if self.search.is_some() => {
                Err(Error::scenario("a search finds z itself").key("z").help("write `z` or `search`"))
            }
            Some(z) if !z.is_finite() => Err(Error::scenario(format!("{z} is not a finite number")).key("z")),
            Some(z) => single::finite(z).map_err(|e| e.key("z")),
            None => Ok(()),
        }
    }
}

impl Alie {
    /// What to do where there is something to remark.
    pub const ADVICE: &str = "write another number of adversaries, or alie: { z: 1 }";

    /// What a reader should know of L of M workers that attack like this: a shift of 0 or below is no attack.
    #[must_use]
    pub fn remark(&self, workers: u32, adversaries: u32) -> Option<String> {
        if adversaries == 0 || self.search.is_some() {
            return None;
        }
        if adversaries == workers {
            let what = "alie has no honest vectors to hide behind at L = M: its votes are those of its own workers, shifted";
            return Some(format!("{what}, and may look like no attack"));
        }
        let z = self.z.unwrap_or_else(|| hidden_shift(Population { workers, adversaries }, adversaries));
        // A quantile of exactly one half may come out a rounding error away from zero.
        let (is, effect) = match z {
            z if z > 1e-9 => return None,
            z if z < -1e-9 => (format!("{z:.3}"), "its votes are better than the mean"),
            _ => ("0".to_owned(), "it sends the mean of the honest gradients"),
        };
        let why = match self.z {
            Some(_) => format!("alie with z = {is}"),
            None => {
                format!("alie has z = {is} for M = {workers} and L = {adversaries} by its paper's formula")
            }
        };
        Some(format!("{why}: {effect}, which is no attack"))
    }
}

/// The shift that hides behind as many honest workers as a majority lacks; where there are none, behind one of the
/// `vectors` that stand for them.
fn hidden_shift(population: Population, vectors: u32) -> f64 {
    let (workers, adversaries) = (f64::from(population.workers), f64::from(population.adversaries));
    let honest =
        if population.workers > population.adversaries { workers - adversaries } else { f64::from(vectors) };
    let lacking = (workers / 2.0 + 1.0).floor() - adversaries;
    let fraction = ((honest - lacking) / honest).clamp(0.5 / honest, 1.0 - 0.5 / honest);
    Normal::standard().inverse_cdf(fraction)
}

impl OnGradients for Alie {
    fn gradient(&mut self, honest: &[&[f32]], population: Population) -> Vec<f32> {
        let z = self.z.unwrap_or_else(|| hidden_shift(population, honest.len() as u32));
        Spread::of(honest).shifted(z)
    }

    fn rehearses(&self) -> bool {
        self.search.is_some()
    }

    fn rehearsed(
        &mut self,
        honest: &[&[f32]],
        population: Population,
        harm: &mut dyn FnMut(&[f32]) -> f64,
    ) -> Vec<f32> {
        let Some(trials) = self.search else { return self.gradient(honest, population) };
        let spread = Spread::of(honest);
        spread.shifted(worst_length(trials, |z| harm(&spread.shifted(z))))
    }
}

/// Mean and standard deviation of every coordinate.
struct Spread {
    mean: Vec<f64>,
    std: Vec<f64>,
}

impl Spread {
    fn of(honest: &[&[f32]]) -> Self {
        let mean = mean(honest);
        let mut squares = vec![0.0; mean.len()];
        for gradient in honest {
            for ((sum, g), mean) in squares.iter_mut().zip(*gradient).zip(&mean) {
                *sum += (f64::from(*g) - mean).powi(2);
            }
        }
        let count = honest.len() as f64;
        Self { mean, std: squares.into_iter().map(|sum| (sum / count).sqrt()).collect() }
    }

    /// mean - z std.
    fn shifted(&self, z: f64) -> Vec<f32> {
        self.mean.iter().zip(&self.std).map(|(mean, std)| (mean - z * std) as f32).collect()
    }
}

/// The mean of vectors of equal length, at least one.
pub(crate) fn mean(vectors: &[&[f32]]) -> Vec<f64> {
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

    fn population(workers: u32, adversaries: u32) -> Population {
        Population { workers, adversaries }
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
            // Nobody honest: Phi^-1(0.9) and Phi^-1(0.5).
            (5, 5, 1.281_551_565_544_600_4),
            (1, 1, 0.0),
        ] {
            let z = hidden_shift(population(workers, adversaries), adversaries);
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
            let vector = Alie { z, search: None }.gradient(&HONEST, population(7, 3));
            assert!(vector.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6), "{z:?}: {vector:?}");
        }
    }

    #[test]
    fn who_does_not_shift_or_shifts_to_the_wrong_side_is_remarked() {
        for (z, workers, adversaries, says) in [
            (None, 15, 1, Some("z = 0 for M = 15 and L = 1")),
            (None, 10, 1, Some("z = -0.140 for M = 10 and L = 1")),
            (None, 15, 14, Some("sends the mean")),
            (None, 15, 2, None),
            (None, 15, 0, None),
            (None, 5, 5, Some("at L = M")),
            (Some(0.0), 15, 6, Some("alie with z = 0")),
            (Some(-1.0), 15, 6, Some("better than the mean")),
            (Some(1.5), 15, 1, None),
        ] {
            let remark = Alie { z, search: None }.remark(workers, adversaries);
            assert_eq!(remark.is_some(), says.is_some(), "{workers} {adversaries}: {remark:?}");
            assert!(remark.zip(says).is_none_or(|(remark, says)| remark.contains(says)));
        }
    }

    #[test]
    fn a_shift_is_a_finite_number() {
        assert!(Alie { z: Some(-2.0), search: None }.validate().is_ok());
        assert!(Alie { z: Some(f64::NAN), search: None }.validate().is_err());
        assert!(Alie { z: Some(1e39), search: None }.validate().is_err(), "infinite in single precision");
    }
}
