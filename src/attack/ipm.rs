//! Inner-product manipulation (IPM): g' = -epsilon mean of the honest gradients, for all corrupted workers, so that the
//! aggregate's inner product with the true gradient turns negative. A small epsilon hides among dense votes; votes of
//! bare signs have no length, so there epsilon has no effect and the attack is minus the sign of the honest mean.
//!
//! The gradients are those that honest workers send: with momentum and with what earlier votes left unsaid where the method
//! has them. Where nobody honest was asked or overheard, the mean is over the coalition's own. Source: Xie et al., arXiv
//! 1903.03936. With `search` epsilon is found anew in every round on a copy of the server's rule, as ByzFL's optimised IPM does. Knows
//! the honest gradients of the round. Cost O((M - L) D) a round, and with a search as many decisions as trials.
//!
//! Example: honest (1, -2) and (3, 1), epsilon = 0.5: (-1, 0.25).

use serde::{Deserialize, Serialize};

use super::OnGradients;
use super::alie::mean;
use super::line_search::{Trials, worst_length};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::units::{Population, Positive, single};

pub(crate) const ENTRY: Entry = Entry {
    word: "ipm",
    about: "g' = -`epsilon` (0.5) mean of the honest gradients as they are sent, of the coalition's own where there are none; with \
            `search` it is what hurts the rule in use most of so many trials; knows the honest gradients",
    source: "Xie et al. 2019, arXiv 1903.03936",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ipm {
    /// Length in units of the honest mean.
    #[serde(default = "one_half")]
    pub epsilon: Positive,
    /// In the place of epsilon: how many are tried in every round on a copy of the server's rule, of which the worst is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Trials>,
}

impl Ipm {
    pub(super) fn validate(&self) -> Result<()> {
        if self.search.is_some() && self.epsilon != one_half() {
            let why = Error::scenario("a search finds epsilon itself");
            return Err(why.key("epsilon").help("write `epsilon` or `search`"));
        }
        single::above_zero(self.epsilon.get()).map_err(|e| e.key("epsilon"))
    }
}

fn one_half() -> Positive {
    Positive::try_from(0.5).expect("a positive number")
}

impl OnGradients for Ipm {
    fn gradient(&mut self, honest: &[&[f32]], _: Population) -> Vec<f32> {
        turned(&mean(honest), self.epsilon.get())
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
        let mean = mean(honest);
        turned(&mean, worst_length(trials, |epsilon| harm(&turned(&mean, epsilon))))
    }
}

/// -epsilon mean.
fn turned(mean: &[f64], epsilon: f64) -> Vec<f32> {
    mean.iter().map(|mean| (-epsilon * mean) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_turned_around_and_scaled() {
        let population = Population { workers: 3, adversaries: 1 };
        let honest: [&[f32]; 2] = [&[1.0, -2.0], &[3.0, 1.0]];
        for (epsilon, expected) in [(0.5, [-1.0, 0.25]), (2.0, [-4.0, 1.0])] {
            let mut attack = Ipm { epsilon: Positive::try_from(epsilon).unwrap(), search: None };
            assert_eq!(attack.gradient(&honest, population), expected);
        }
    }
}
