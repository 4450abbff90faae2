//! The running mean of gradients that a worker keeps, and what it quantises in the place of its gradient.
//!
//! c = beta1 m + (1 - beta1) g is quantised, and m <- beta2 m + (1 - beta2) g is kept, m being zero at first.
//!
//! With beta1 = beta2 that is Signum (Bernstein et al. 2018, arXiv 1802.04434), where c is the new m, and is written as one
//! number. With two of them it is Lion (Chen et al. 2023, arXiv 2302.06675), whose sign every worker of distributed Lion
//! sends (Liu et al. 2024, arXiv 2404.00438); its usual betas are 0.9 and 0.99.
//!
//! With beta = 0.9, the gradients (1, -0.5) and (-3, 0.2) give m = (0.1, -0.05), then (-0.21, -0.025): votes (+, -), then
//! (-, -). With 0.9 and 0.99 the second vote is that of 0.9 (0.01, -0.005) + 0.1 (-3, 0.2) = (-0.291, 0.0155): (-, +). Cost:
//! O(D) time, 4 D bytes a worker.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, Expected, MapAccess};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::finite;
use super::memory::room;
use crate::protocol::WorkerMemory;
use crate::units::forms::{self, Forms, Scalar};

/// The two weights of the past, both from 0 to below 1; a scenario writes one number where they are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// In what is quantised.
    pub beta1: f64,
    /// In what is kept.
    pub beta2: f64,
}

impl Momentum {
    /// The gradient itself is quantised, and nothing is kept.
    pub const NONE: Self = Self::of(0.0);

    /// Signum's: one weight for both.
    #[must_use]
    pub const fn of(beta: f64) -> Self {
        Self { beta1: beta, beta2: beta }
    }

    /// Whether nothing is kept.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.beta1 == 0.0 && self.beta2 == 0.0
    }

    /// Takes a gradient in; afterwards `gradient` holds c, which is what the quantiser sees.
    ///
    /// An entry that is not a number counts as zero, an infinity as the largest number of its sign.
    ///
    /// # Panics
    /// When `memory` was kept for a gradient of another length.
    pub fn apply(&self, gradient: &mut [f32], memory: &mut WorkerMemory) {
        let [sent, kept] = [self.beta1 as f32, self.beta2 as f32];
        let mean = |beta: f32, m: f32, g: f32| finite(beta * m + (1.0 - beta) * g);
        for (m, g) in room(&mut memory.momentum, gradient.len()).iter_mut().zip(gradient) {
            let (old, new) = (*m, finite(*g));
            *m = mean(kept, old, new);
            *g = mean(sent, old, new);
        }
    }
}

impl Serialize for Momentum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.beta1 == self.beta2 {
            return self.beta1.serialize(serializer);
        }
        let mut both = serializer.serialize_struct("Momentum", 2)?;
        both.serialize_field("beta1", &self.beta1)?;
        both.serialize_field("beta2", &self.beta2)?;
        both.end()
    }
}

impl<'de> Forms<'de> for Momentum {
    fn of_scalar<E: Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        let refused = || E::invalid_type(written.unexpected(), expected);
        written.number().map(Self::of).ok_or_else(refused)
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Betas {
            beta1: f64,
            beta2: f64,
        }

        let Betas { beta1, beta2 } = Betas::deserialize(MapAccessDeserializer::new(map))?;
        if beta1 == 0.0 && beta2 != 0.0 {
            return Err(A::Error::custom(
                "with beta1: 0 nothing that is kept is ever sent: write momentum: 0 instead",
            ));
        }
        Ok(Self { beta1, beta2 })
    }
}

impl<'de> Deserialize<'de> for Momentum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a number from 0 to below 1, or both betas such as { beta1: 0.9, beta2: 0.99 },";
        forms::read_number_or(deserializer, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gradients (1, -0.5) and (-3, 0.2).
    fn check(momentum: Momentum, sent: [[f32; 2]; 2], kept: [[f32; 2]; 2]) {
        let mut memory = WorkerMemory::default();
        let close = |a: &[f32], b: [f32; 2]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        for ((gradient, sent), kept) in [[1.0, -0.5], [-3.0, 0.2]].into_iter().zip(sent).zip(kept) {
            let mut c = gradient;
            momentum.apply(&mut c, &mut memory);
            assert!(close(&c, sent) && close(&memory.momentum, kept), "{c:?} {memory:?}");
        }
        assert!(memory.error.is_empty());
    }

    #[test]
    fn momentum_remembers_earlier_gradients() {
        let m = [[0.1, -0.05], [-0.21, -0.025]];
        check(Momentum::of(0.9), m, m);
        let lion = Momentum { beta1: 0.9, beta2: 0.99 };
        check(lion, [[0.1, -0.05], [-0.291, 0.0155]], [[0.01, -0.005], [-0.0201, -0.002_95]]);
    }

    #[test]
    fn no_momentum_is_the_gradient_itself() {
        let (mut gradient, mut memory) = ([0.3, -1e-30, 0.0], WorkerMemory::default());
        Momentum::NONE.apply(&mut gradient, &mut memory);
        assert_eq!(gradient, [0.3, -1e-30, 0.0]);
    }

    #[test]
    fn one_wild_gradient_does_not_spoil_the_memory() {
        let (half, mut memory) = (Momentum::of(0.5), WorkerMemory::default());
        half.apply(&mut [f32::NAN, f32::INFINITY], &mut memory);
        assert_eq!(memory.momentum, [0.0, 0.5 * f32::MAX]);
        for _ in 0..200 {
            half.apply(&mut [1.0, -1.0], &mut memory);
        }
        assert_eq!(memory.momentum, [1.0, -1.0]);
    }

    #[test]
    #[should_panic(expected = "belongs to one model")]
    fn a_memory_belongs_to_one_model() {
        Momentum::of(0.5)
            .apply(&mut [1.0], &mut WorkerMemory { momentum: vec![0.0; 2], ..WorkerMemory::default() });
    }
}
