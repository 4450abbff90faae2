//! Min-Max: g' = mean + gamma p over the honest gradients, p a perturbation against the mean and gamma the largest for which g'
//! is no further from any honest gradient than two honest ones are from each other:
//!
//! ```text
//! max_i |g' - g_i|  <=  max_ij |g_i - g_j|
//! ```
//!
//! |g' - g_i|^2 is a parabola in gamma, so that the largest gamma is the least of its roots over i; the paper searches it by
//! halving steps. Gradients are those that honest workers send, the coalition's own where nobody honest was asked or overheard.
//! Votes of bare signs lose the length of g'. Source: Shejwalkar and Houmansadr, *Manipulating the Byzantine*, NDSS 2021. Knows
//! the honest gradients of the round. Cost O((M - L)^2 D) a round.
//!
//! Example: honest 1 and 3, p = -std = -1: no further than 2 from 3, so gamma = 1 and g' = 1.

use serde::{Deserialize, Serialize};

use super::OnGradients;
use super::perturbation::{Perturbation, Seen, squared_distances, std};
use crate::catalogue::Entry;
use crate::units::Population;

pub(crate) const ENTRY: Entry = Entry {
    word: "min_max",
    about: "g' = mean + gamma p of the honest gradients, no further from any than two of them are apart; `perturbation` p: std \
            (default), unit, sign; knows the honest gradients",
    source: "Shejwalkar & Houmansadr 2021, NDSS",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinMax {
    /// p.
    #[serde(default = "std")]
    pub perturbation: Perturbation,
}

impl OnGradients for MinMax {
    fn gradient(&mut self, honest: &[&[f32]], _: Population) -> Vec<f32> {
        let seen = Seen::new(honest, self.perturbation);
        let widest = squared_distances(honest).into_iter().flatten().fold(0.0, f64::max);
        // length gamma^2 + 2 along gamma + far <= widest, for every gradient.
        let root = |(far, along): &(f64, f64)| {
            (-along + (along * along + seen.length * (widest - far).max(0.0)).sqrt()) / seen.length
        };
        let gamma = seen.from_mean.iter().map(root).fold(f64::INFINITY, f64::min);
        seen.pushed(if seen.length > 0.0 { gamma.max(0.0) } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Population = Population { workers: 7, adversaries: 3 };
    const HONEST: [&[f32]; 4] = [&[1.0, -2.0, 0.5], &[2.0, 0.25, 0.5], &[-0.5, 1.0, 0.5], &[0.75, -1.5, 0.5]];

    #[test]
    fn it_goes_as_far_as_two_honest_ones_are_apart() {
        let mut attack = MinMax { perturbation: Perturbation::Std };
        assert_eq!(attack.gradient(&[&[1.0], &[3.0]], NOBODY), [1.0]);
        assert_eq!(attack.gradient(&[&[1.5, 2.0]], NOBODY), [1.5, 2.0], "one alone is not left");
    }

    /// A search in small steps finds the same length.
    #[test]
    fn a_search_finds_the_same_point() {
        for perturbation in [Perturbation::Std, Perturbation::Unit, Perturbation::Sign] {
            let forged = MinMax { perturbation }.gradient(&HONEST, NOBODY);
            let (seen, apart) = (Seen::new(&HONEST, perturbation), squared_distances(&HONEST));
            let widest = apart.into_iter().flatten().fold(0.0, f64::max);
            let fits = |gamma: f64| {
                let at = seen.pushed(gamma);
                HONEST.iter().all(|g| squared_distances(&[&at, g])[0][1] <= widest)
            };
            let gamma = (0..1_000_000).map(|i| f64::from(i) * 1e-5).take_while(|g| fits(*g)).last().unwrap();
            for (x, y) in forged.iter().zip(seen.pushed(gamma)) {
                assert!((x - y).abs() < 1e-4, "{perturbation:?}: {forged:?}");
            }
        }
    }
}
