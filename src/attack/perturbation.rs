//! In which direction attacks on the mean of the honest gradients push, and how far apart these lie.

use serde::{Deserialize, Serialize};

use super::alie::mean;

/// A direction, against the mean of the honest gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perturbation {
    /// Minus the standard deviation of every coordinate (divided by n).
    Std,
    /// Minus the mean, of length 1.
    Unit,
    /// Minus the signs of the mean.
    Sign,
}

/// The best of three in the paper.
pub(super) const fn std() -> Perturbation {
    Perturbation::Std
}

/// Honest gradients seen from their mean.
pub(super) struct Seen {
    pub mean: Vec<f64>,
    pub direction: Vec<f64>,
    /// The squared length of the direction.
    pub length: f64,
    /// For each gradient: squared distance from the mean, and the product of (mean - gradient) with the direction.
    pub from_mean: Vec<(f64, f64)>,
}

impl Seen {
    /// O(n D) for n gradients.
    pub(super) fn new(honest: &[&[f32]], perturbation: Perturbation) -> Self {
        let mean = mean(honest);
        let direction = direction(&mean, honest, perturbation);
        let from = |gradient: &&[f32]| {
            let away = mean.iter().zip(*gradient).map(|(mean, x)| mean - f64::from(*x));
            away.zip(&direction)
                .fold((0.0, 0.0), |(far, along), (away, d)| (far + away * away, along + away * d))
        };
        let from_mean = honest.iter().map(from).collect();
        let length = direction.iter().map(|d| d * d).sum();
        Self { mean, direction, length, from_mean }
    }

    /// mean + gamma * direction.
    pub(super) fn pushed(&self, gamma: f64) -> Vec<f32> {
        self.mean.iter().zip(&self.direction).map(|(mean, d)| (mean + gamma * d) as f32).collect()
    }
}

fn direction(mean: &[f64], honest: &[&[f32]], perturbation: Perturbation) -> Vec<f64> {
    match perturbation {
        Perturbation::Sign => mean.iter().map(|m| if *m == 0.0 { 0.0 } else { -m.signum() }).collect(),
        Perturbation::Unit => {
            let length = mean.iter().map(|m| m * m).sum::<f64>().sqrt();
            mean.iter().map(|m| if length > 0.0 { -m / length } else { 0.0 }).collect()
        }
        Perturbation::Std => {
            let deviation = |(n, mean): (usize, &f64)| {
                let squares = honest.iter().map(|g| (f64::from(g[n]) - mean).powi(2)).sum::<f64>();
                -(squares / honest.len() as f64).sqrt()
            };
            mean.iter().enumerate().map(deviation).collect()
        }
    }
}

/// Squared distances of every pair, n x n. O(n^2 D).
pub(super) fn squared_distances(honest: &[&[f32]]) -> Vec<Vec<f64>> {
    let far = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum()
    };
    honest.iter().map(|a| honest.iter().map(|b| far(a, b)).collect()).collect()
}
