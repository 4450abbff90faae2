//! What decisions are compared with: the truth of a channel or of a quadratic, or the sign of an honest gradient.
//!
//! Nobody in a real system could know it; it is for the record, and for the oracle.

use std::sync::Arc;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::task::SharedTask;
use crate::protocol::Parameters;
use crate::random::Streams;
use crate::sign::SignVector;
use crate::simd;
use crate::time::Round;

/// Which signs count as right, and how often the record asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReferenceSigns {
    /// Where they come from.
    pub kind: ReferenceKind,
    /// Every so many rounds, beginning with round 0.
    pub every: u32,
    /// The aggregator itself is told, in every round.
    pub told: bool,
}

/// Which signs count as right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReferenceKind {
    /// Nothing is compared.
    #[default]
    Nothing,
    /// Those that the channels were given, or of the gradient that a quadratic is known to have.
    Truth,
    /// Those of the mean gradient of the honest workers whose votes came in time.
    HonestMean,
    /// Those of the gradient over the whole training set.
    FullBatch,
}

impl ReferenceSigns {
    /// Whether the record compares this round.
    #[must_use]
    pub const fn measures(&self, round: Round) -> bool {
        !matches!(self.kind, ReferenceKind::Nothing) && round.0.is_multiple_of(self.every)
    }

    const fn needed(&self, round: Round) -> bool {
        self.told || self.measures(round)
    }

    /// Whether this round needs the gradient over the whole training set.
    #[must_use]
    pub fn reads_all_data(&self, round: Round) -> bool {
        self.kind == ReferenceKind::FullBatch && self.needed(round)
    }

    /// How often honest workers show their gradients.
    #[must_use]
    pub fn gradient_every(&self) -> Option<u32> {
        (self.kind == ReferenceKind::HonestMean).then_some(if self.told { 1 } else { self.every })
    }

    /// The signs that are right in this round, which began with these parameters, if it needs them and they are known.
    #[must_use]
    pub fn reference(
        &self,
        accumulator: &mut GradientAccumulator,
        task: &SharedTask,
        streams: Streams,
        (round, parameters): (Round, &Parameters),
    ) -> Option<SignVector> {
        match self.kind {
            _ if !self.needed(round) => None,
            ReferenceKind::Nothing => None,
            ReferenceKind::Truth => task.truth(streams, round, parameters),
            ReferenceKind::HonestMean | ReferenceKind::FullBatch => accumulator.signs(),
        }
    }
}

/// The sum of the gradients seen in a round.
///
/// Sums of `f32` in `f64` are exact unless their magnitudes differ by more than nine orders, so its signs do not
/// depend on the order in which gradients come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct GradientAccumulator {
    sum: Vec<f64>,
    /// Seen and not yet added: a pass over the sum costs more than one over a gradient, so several share it.
    waiting: Vec<Arc<[f32]>>,
}

/// Gradients that wait for a pass over the sum, at most.
pub const GRADIENTS_WAITING: usize = 8;

/// Coordinates of the sum that a pass keeps in the nearest cache.
const BLOCK: usize = 1024;

impl GradientAccumulator {
    /// Adds a gradient of D numbers.
    ///
    /// # Panics
    /// When it has another length than those before it.
    pub fn add(&mut self, gradient: Arc<[f32]>) {
        if self.sum.is_empty() {
            self.sum.resize(gradient.len(), 0.0);
        }
        assert_eq!(self.sum.len(), gradient.len(), "gradients of equal length");
        self.waiting.push(gradient);
        if self.waiting.len() == GRADIENTS_WAITING {
            self.sum_up();
        }
    }

    fn sum_up(&mut self) {
        simd::dispatch(Summation { sum: &mut self.sum, gradients: &self.waiting });
        self.waiting.clear();
    }

    /// The signs of the sum; `None` when nothing was seen.
    #[must_use]
    pub fn signs(&mut self) -> Option<SignVector> {
        self.sum_up();
        (!self.sum.is_empty()).then(|| SignVector::of_values(&self.sum))
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.sum.clear();
    }
}

/// Adds gradients to a sum, one after the other for every coordinate.
struct Summation<'a> {
    sum: &'a mut [f64],
    gradients: &'a [Arc<[f32]>],
}

impl WithSimd for Summation<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (block, sums) in self.sum.chunks_mut(BLOCK).enumerate() {
            for gradient in self.gradients {
                let part = &gradient[BLOCK * block..][..sums.len()];
                for (sum, g) in sums.iter_mut().zip(part) {
                    *sum += f64::from(*g);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use rand::Rng;

    use super::*;
    use crate::random::Purpose;

    #[test]
    fn the_sum_does_not_depend_on_the_order() {
        let gradients = [[1e-3_f32, -1.0, 0.0], [-1e-3, 0.5, 0.0], [1e-9, 0.5, 0.0]];
        let signs = |order: [usize; 3]| {
            let mut accumulator = GradientAccumulator::default();
            order.iter().for_each(|i| accumulator.add(gradients[*i].into()));
            accumulator.signs().unwrap().to_signs()
        };
        assert_eq!(signs([0, 1, 2]), [1, 0, 0]);
        assert_eq!(signs([0, 1, 2]), signs([2, 0, 1]));
        assert!(GradientAccumulator::default().signs().is_none());
    }

    proptest! {
        /// Registers add what a plain loop does, to the last bit, also beyond a block and where gradients wait for each other.
        #[test]
        fn sums_are_those_of_a_plain_loop(
            seed in any::<u64>(), coordinates in 1..3 * BLOCK, gradients in 1..20_usize,
        ) {
            let mut stream = Streams::new(seed).stream(Purpose::Samples, 0, Round(0));
            let gradients: Vec<Arc<[f32]>> = (0..gradients)
                .map(|_| (0..coordinates).map(|_| stream.random_range(-1.0..1.0) * 1e-3).collect())
                .collect();
            let mut accumulator = GradientAccumulator::default();
            gradients.iter().for_each(|gradient| accumulator.add(Arc::clone(gradient)));
            accumulator.sum_up();
            let plain = |i: usize| gradients.iter().fold(0.0, |sum, gradient| sum + f64::from(gradient[i]));
            prop_assert_eq!(accumulator.sum, (0..coordinates).map(plain).collect::<Vec<f64>>());
        }
    }

    #[test]
    fn an_oracle_is_told_in_every_round() {
        let asked = ReferenceSigns { kind: ReferenceKind::HonestMean, every: 5, told: false };
        assert!(asked.measures(Round(10)) && !asked.measures(Round(11)));
        assert_eq!(asked.gradient_every(), Some(5));
        assert_eq!(ReferenceSigns { told: true, ..asked }.gradient_every(), Some(1));
    }
}
