//! The quadratic task: a function of known smoothness, so that what theory says about convergence can be held to a run.
//!
//! f(x) = 1/2 sum_n s_n (x_n - x*_n)^2 with gradient g_n = s_n (x_n - x*_n) and least value 0. A worker's gradient over a batch
//! of B samples is g + noise / sqrt(B) z with z from N(0, 1), coordinate by coordinate: the mean of B gradients, each with
//! its own noise. So the probability that a sign is wrong is known exactly, Q(|g_n| sqrt(B) / noise), Q the upper tail of
//! N(0, 1); over the coordinates of the first round, at equal smoothness s, it is arctan(noise / (sqrt(B) s distance)) / pi on
//! average. Sources: the assumptions of Bernstein et al. 2018, arXiv 1802.04434, met with equality.
//!
//! Every worker starts from x = 0, and x* is drawn once a run: nobody is told where it is.

use std::ops::Range;
use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::gradient_vote::{GradientVote, of_step};
use super::reused_vectors::ReusedVectors;
use super::worker_plan::WorkerPlan;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::protocol::{BoxedMemory, ComputationResult, Measurement, Score, WorkerMemory};
use crate::quantize::Draws;
use crate::random::{Purpose, Streams};
use crate::sign::SignVector;
use crate::time::Round;
use crate::units::Positive;
use crate::units::single::{above_zero, finite};
use crate::vote::Vote;

/// What a quadratic is told in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuadraticSpec {
    /// D.
    pub coordinates: usize,
    /// s_1, the largest second derivative.
    #[serde(default = "one")]
    pub smoothness: Positive,
    /// s_1 / s_D, from 1 on; those between fall by equal ratios.
    #[serde(default = "one")]
    pub condition: Positive,
    /// Standard deviation of the noise in every coordinate of one sample's gradient, 0 or above.
    #[serde(default = "unit")]
    pub noise: f64,
    /// Standard deviation of the coordinates of x*, which are drawn from N(0, distance^2).
    #[serde(default = "one")]
    pub distance: Positive,
}

fn one() -> Positive {
    Positive::try_from(unit()).expect("a positive number")
}
const fn unit() -> f64 {
    1.0
}

impl QuadraticSpec {
    /// Names the setting that is out of range.
    ///
    /// # Errors
    /// A scenario error with the setting's key.
    pub fn validate(&self) -> Result<()> {
        if self.condition.get() < 1.0 {
            let why = format!("a condition of {} is below 1", self.condition);
            let help = "it is the largest smoothness over the least: write 1 where all are equal";
            return Err(Error::scenario(why).key("condition").help(help));
        }
        if !(self.noise.is_finite() && self.noise >= 0.0) {
            let why = format!("a standard deviation of {} is not a number from 0 on", self.noise);
            return Err(Error::scenario(why)
                .key("noise")
                .help("write for example 1, or 0 for exact gradients"));
        }
        Ok(())
    }

    /// Refuses numbers that single precision cannot hold, in which gradients and parameters are.
    ///
    /// # Errors
    /// A scenario error with the setting's key.
    pub fn check_single(&self) -> Result<()> {
        let Self { smoothness, condition, noise, distance, .. } = self;
        let (smoothness, distance) = (smoothness.get(), distance.get());
        above_zero(smoothness).map_err(|e| e.key("smoothness"))?;
        let least = smoothness / condition.get();
        if above_zero(least).is_err() {
            let why = format!("the least smoothness would be {least:.0e}, which is 0 in single precision");
            let help = "write a smaller condition, or a larger smoothness";
            return Err(Error::scenario(why).key("condition").help(help));
        }
        above_zero(distance).map_err(|e| e.key("distance"))?;
        finite(*noise).map_err(|e| e.key("noise"))
    }

    /// s, by coordinate.
    #[must_use]
    pub fn curvature(&self, n: usize) -> f64 {
        let last = self.coordinates.saturating_sub(1).max(1) as f64;
        self.smoothness.get() * self.condition.get().powf(-(n as f64) / last)
    }
}

/// A quadratic whose x* is drawn.
pub struct Quadratic {
    /// s and x*, by coordinate.
    terms: Vec<(f64, f64)>,
    noise: f64,
    plan: Arc<WorkerPlan>,
    /// The number behind the last worker's and the batch of the server, if it votes.
    trusted: Option<(u32, u32)>,
    /// What votes have shown.
    vectors: ReusedVectors,
}

impl Quadratic {
    /// The quadratic of a run; `trusted` is the number behind the last worker's and the batch of the server, if it votes.
    #[must_use]
    pub fn draw(
        spec: &QuadraticSpec,
        plan: Arc<WorkerPlan>,
        trusted: Option<(u32, u32)>,
        streams: Streams,
    ) -> Self {
        let mut stream = streams.stream(Purpose::Optimum, 0, Round(0));
        let term = |n: usize| {
            let z: f64 = StandardNormal.sample(&mut stream);
            (spec.curvature(n), spec.distance.get() * z)
        };
        let terms = (0..spec.coordinates).map(term).take_while(|_| !interrupt::asked());
        let mut terms: Vec<(f64, f64)> = terms.collect();
        terms.resize(spec.coordinates, (1.0, 0.0));
        Self { terms, noise: spec.noise, plan, trusted, vectors: ReusedVectors::default() }
    }

    /// D.
    #[must_use]
    pub fn coordinates(&self) -> usize {
        self.terms.len()
    }

    /// |S|_1, the sum of the second derivatives.
    #[must_use]
    pub fn smoothness(&self) -> f64 {
        self.terms.iter().map(|(smoothness, _)| smoothness).sum()
    }

    /// All coordinates are one tensor.
    fn tensors(&self) -> [Range<usize>; 1] {
        std::array::from_fn(|_| 0..self.coordinates())
    }

    /// The work of a worker in a round.
    pub(super) fn vote(
        &self,
        (streams, round): (Streams, Round),
        partitions: &[u32],
        parameters: &[f32],
        (memory, shown): (BoxedMemory, bool),
        buffer: &mut Vec<f32>,
    ) -> ComputationResult {
        let (plan, tensors) = (&self.plan, &self.tensors());
        let shown = shown.then_some(&self.vectors);
        let vote = GradientVote { plan, tensors, streams, round, partitions, parameters, shown };
        vote.result(memory, buffer, &mut |draws, step, at, to| self.write_gradient(draws, step, at, to))
    }

    /// The vote that the quantiser makes of a vector by itself.
    pub(super) fn vote_of(&self, vector: &[f32], draws: Draws) -> Vote {
        let memory = &mut WorkerMemory::default();
        self.plan.quantizer.quantize(vector, &self.tensors(), memory, draws)
    }

    /// Writes the gradient over a partition's batch.
    fn write_gradient(&self, draws: Draws, step: u32, at: &[f32], to: &mut [f32]) {
        let std = self.noise / f64::from(self.batch(draws.owner as u32)).sqrt();
        let mut stream = of_step(draws, step).stream(Purpose::GradientNoise);
        for (n, ((to, x), term)) in to.iter_mut().zip(at).zip(&self.terms).enumerate() {
            if interrupt::asked_at(n / 64) {
                return;
            }
            let z: f64 = if std > 0.0 { StandardNormal.sample(&mut stream) } else { 0.0 };
            *to = (slope(*x, *term) + std * z) as f32;
        }
    }

    fn batch(&self, partition: u32) -> u32 {
        match self.trusted {
            Some((number, batch)) if partition == number => batch,
            _ => self.plan.batch.of(partition),
        }
    }

    /// The signs of the gradient itself; none where it is exactly zero.
    pub(super) fn truth(&self, parameters: &[f32]) -> SignVector {
        SignVector::of_values(&self.gradient(parameters).collect::<Vec<_>>())
    }

    /// f(x), and its gradient; f(x*) = 0.
    #[must_use]
    pub fn score(&self, parameters: &[f32]) -> Score {
        let gradient: Vec<f64> = self.gradient(parameters).collect();
        let offsets = parameters.iter().zip(&self.terms).map(|(x, (_, least))| f64::from(*x) - least);
        let excess = gradient.iter().zip(offsets).map(|(g, offset)| 0.5 * g * offset).sum();
        Score { excess: Some(excess), gradient, ..Score::default() }
    }

    /// Its score as a measurement, in one part.
    pub(super) fn measurement(self: &Arc<Self>, parameters: &Arc<[f32]>) -> Vec<Measurement> {
        let (quadratic, parameters) = (Arc::clone(self), Arc::clone(parameters));
        vec![Box::new(move |_| quadratic.score(&parameters))]
    }

    /// The slopes at these parameters, D each.
    pub fn gradient(&self, parameters: &[f32]) -> impl Iterator<Item = f64> {
        parameters.iter().zip(&self.terms).map(|(x, term)| slope(*x, *term))
    }
}

/// s (x - x*).
fn slope(x: f32, (smoothness, least): (f64, f64)) -> f64 {
    smoothness * (f64::from(x) - least)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::actors::worker_plan::Local;
    use crate::data::Batches;
    use crate::quantize::{Momentum, QuantizerSpec};
    use crate::sim::Law;
    use crate::units::{PerWorker, Span};

    fn plan(batch: u32) -> Arc<WorkerPlan> {
        Arc::new(WorkerPlan {
            batch: PerWorker::Same(batch),
            batches: Batches::Fresh,
            compute_time: Law::ZERO,
            time_per_sample: Span::ZERO,
            speed: PerWorker::Same(one()),
            local: Local::default(),
            quantizer: QuantizerSpec::Dense {},
            momentum: Momentum::NONE,
            own_model: None,
        })
    }

    fn spec(coordinates: usize) -> QuadraticSpec {
        QuadraticSpec { coordinates, smoothness: one(), condition: one(), noise: 1.0, distance: one() }
    }

    #[test]
    fn smoothness_falls_by_equal_ratios_to_its_condition() {
        let spec = QuadraticSpec { condition: Positive::try_from(100.0).unwrap(), ..spec(3) };
        let all: Vec<f64> = (0..3).map(|n| spec.curvature(n)).collect();
        assert!(all.iter().zip([1.0, 0.1, 0.01]).all(|(a, b)| (a - b).abs() < 1e-15), "{all:?}");
        assert_eq!(QuadraticSpec { coordinates: 1, ..spec }.curvature(0), 1.0);
    }

    /// f, its gradient and their noise by hand.
    #[test]
    fn scores_and_gradients_are_those_of_the_formula() {
        let quadratic = Quadratic {
            terms: vec![(2.0, 1.0), (0.5, -2.0)],
            noise: 0.0,
            plan: plan(1),
            trusted: None,
            vectors: ReusedVectors::default(),
        };
        let score = quadratic.score(&[0.0, 0.0]);
        assert_eq!((score.loss(), score.gradient_norms()), (1.0 + 1.0, Some((3.0, 5.0_f64.sqrt()))));
        let at_least = quadratic.score(&[1.0, -2.0]);
        assert_eq!((at_least.loss(), at_least.gradient_norms()), (0.0, Some((0.0, 0.0))));
        assert_eq!(quadratic.truth(&[0.0, -2.0]).to_signs(), [-1, 0]);
        let draws = Draws { streams: Streams::new(1), owner: 0, round: Round(0) };
        let mut gradient = [0.0; 2];
        quadratic.write_gradient(draws, 0, &[0.0, 0.0], &mut gradient);
        assert_eq!(gradient, [-2.0, 1.0]);
    }

    /// Two normal numbers of deviations a and b, g and g + z, have unlike signs with probability arctan(b / a) / pi.
    #[test]
    fn a_sign_is_wrong_as_often_as_the_arctangent_says() {
        let (coordinates, streams) = (100_000, Streams::new(7));
        for (batch, noise) in [(1, 0.5), (16, 4.0), (64, 4.0)] {
            let spec = QuadraticSpec { noise, ..spec(coordinates) };
            let quadratic = Quadratic::draw(&spec, plan(batch), Some((3, 4 * batch)), streams);
            let at = vec![0.0; coordinates];
            for (owner, samples) in [(0, batch), (3, 4 * batch)] {
                let mut gradient = vec![0.0; coordinates];
                let draws = Draws { streams, owner, round: Round(2) };
                quadratic.write_gradient(draws, 0, &at, &mut gradient);
                let (wrong, of) = SignVector::of_values(&gradient).disagreement(&quadratic.truth(&at));
                let expected = (noise / f64::from(samples).sqrt()).atan() / PI;
                let share = wrong as f64 / of as f64;
                let deviation = (expected * (1.0 - expected) / coordinates as f64).sqrt();
                assert!((share - expected).abs() < 4.0 * deviation, "{samples}: {share}, not {expected}");
            }
        }
    }
}
