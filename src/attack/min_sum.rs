//! Min-Sum: g' = mean + gamma p over the honest gradients, p a perturbation against the mean and gamma the largest for which the
//! squared distances of g' from all of them sum to no more than those of some honest gradient:
//!
//! ```text
//! sum_i |g' - g_i|^2  <=  max_j sum_i |g_j - g_i|^2
//! ```
//!
//! The left side is n gamma^2 |p|^2 + sum_i |mean - g_i|^2, so that gamma needs no search. Gradients are those that
//! honest workers send, the coalition's own where nobody honest was asked or overheard. Votes of bare signs lose the
//! length of g'. Source: Shejwalkar and Houmansadr, *Manipulating the Byzantine*, NDSS 2021. Knows the honest
//! gradients of the round. Cost O((M - L)^2 D) a round.
//!
//! Example: honest 1 and 3, p = -std = -1: 2 gamma^2 + 2 <= 4, so gamma = 1 and g' = 1.

use serde::{Deserialize, Serialize};

use super::OnGradients;
use super::perturbation::{Perturbation, Seen, squared_distances, std};
use crate::catalogue::Entry;
use crate::units::Population;

pub(crate) const ENTRY: Entry = Entry {
    word: "min_sum",
    about: "g' = mean + gamma p of the honest gradients, its squared distances summing to no more than theirs; `perturbation` p: \
            std (default), unit, sign; knows the honest gradients",
    source: "Shejwalkar & Houmansadr 2021, NDSS",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinSum {
    /// p.
    #[serde(default = "std")]
    pub perturbation: Perturbation,
}

impl OnGradients for MinSum {
    fn gradient(&mut self, honest: &[&[f32]], _: Population) -> Vec<f32> {
        let seen = Seen::new(honest, self.perturbation);
        let widest = squared_distances(honest).iter().map(|row| row.iter().sum()).fold(0.0, f64::max);
        let spent: f64 = seen.from_mean.iter().map(|(far, _)| far).sum();
        let free = (widest - spent).max(0.0);
        let gamma = if seen.length > 0.0 { (free / (honest.len() as f64 * seen.length)).sqrt() } else { 0.0 };
        seen.pushed(gamma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Population = Population { workers: 7, adversaries: 3 };
    const HONEST: [&[f32]; 4] = [&[1.0, -2.0, 0.5], &[2.0, 0.25, 0.5], &[-0.5, 1.0, 0.5], &[0.75, -1.5, 0.5]];

    #[test]
    fn its_distances_sum_to_those_of_the_outermost_honest_one() {
        assert_eq!(MinSum { perturbation: Perturbation::Std }.gradient(&[&[1.0], &[3.0]], NOBODY), [1.0]);
        for perturbation in [Perturbation::Std, Perturbation::Unit, Perturbation::Sign] {
            let forged = MinSum { perturbation }.gradient(&HONEST, NOBODY);
            let sum = |at: &[f32]| HONEST.iter().map(|g| squared_distances(&[at, g])[0][1]).sum::<f64>();
            let widest = HONEST.iter().map(|g| sum(g)).fold(0.0, f64::max);
            assert!((sum(&forged) - widest).abs() < 1e-4, "{perturbation:?}: {} {widest}", sum(&forged));
        }
    }
}
