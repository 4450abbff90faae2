//! Gaussian noise: y'_n = sign(z_n) with z_n ~ N(0, 1), independent of the gradient, so q = 1/2 whatever p is. Scaled
//! signs keep their scales; a dense vote becomes the numbers std z_n themselves. Source: the Gaussian workers of
//! Blanchard et al., arXiv 1703.02757. Knows nothing. Cost O(D) draws.
//!
//! Example: std = 3 makes three coordinates of a dense vote (0, 0, 0) three draws of N(0, 9).

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;
use crate::sign::SignVector;
use crate::units::Positive;
use crate::vote::Vote;

pub(crate) const ENTRY: Entry = Entry {
    word: "gaussian",
    about: "y' = sign(z), z ~ N(0, 1); a dense vote becomes `std` (1) z; knows nothing",
    source: "Blanchard et al. 2017, arXiv 1703.02757 (Gaussian workers)",
};

/// The settings, which are the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {
    /// Standard deviation of a dense vote; signs have none.
    #[serde(default = "one")]
    pub std: Positive,
}

fn one() -> Positive {
    Positive::try_from(1.0).expect("a positive number")
}

impl OnVote for Gaussian {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let std = self.std.get() as f32;
        let draws = StandardNormal.sample_iter(context.stream()).take(context.own_vote.coordinates());
        let noise: Vec<f32> = draws.collect();
        Act::cast(match context.own_vote {
            Vote::Dense(_) => Vote::Dense(noise.iter().map(|z| std * z).collect()),
            signs => signs.with_signs(SignVector::of_values(&noise)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, scaled, signs};

    const D: usize = 100_000;

    #[test]
    fn dense_votes_have_the_variance_that_is_asked_for() {
        let mut attack = Gaussian { std: Positive::try_from(3.0).unwrap() };
        let Vote::Dense(noise) = says(&mut attack, 0, &numbers(&[0.0; D])) else { panic!("not dense") };
        let mean = noise.iter().map(|x| f64::from(*x)).sum::<f64>() / D as f64;
        let variance = noise.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / D as f64;
        // Five standard deviations of a mean, std / sqrt(D), and of a variance, std^2 sqrt(2 / D).
        assert!(mean.abs() < 5.0 * 3.0 / (D as f64).sqrt(), "{mean}");
        assert!((variance - 9.0).abs() < 5.0 * 9.0 * (2.0 / D as f64).sqrt(), "{variance}");
    }

    #[test]
    fn signs_are_those_of_the_same_noise_and_scales_stay() {
        let mut attack = Gaussian { std: one() };
        let noise = says(&mut attack, 0, &numbers(&[0.0; D])).to_dense().into_owned();
        let own = signs(&"0+".repeat(D / 2));
        assert_eq!(says(&mut attack, 0, &own), Vote::Signs(SignVector::of_values(&noise)));
        let Vote::Scaled(vote) = says(&mut attack, 0, &scaled("+-0", 0.5)) else { panic!("not scaled") };
        assert_eq!(vote.parts, [(3, 0.5)]);
    }
}
