//! What a worker keeps between its gradients: the average that Signum votes on, and what error feedback still owes.
//!
//! Signum: v <- beta v + (1 - beta) g, and v is quantised in place of g (Bernstein et al. 2018, arXiv 1802.04434).
//! With beta = 0.9, the gradients (1, -0.5) and (-3, 0.2) give v = (0.1, -0.05), then (-0.21, -0.025): votes (+, -),
//! then (-, -). Cost: O(D) time, 4 D bytes a worker.

use super::finite;
use crate::protocol::WorkerMemory;

/// The `coordinates` numbers kept in `kept`; zeros at first.
///
/// # Panics
/// When they were kept for a vector of another length.
fn room(kept: &mut Vec<f32>, coordinates: usize) -> &mut [f32] {
    if kept.is_empty() {
        kept.resize(coordinates, 0.0);
    }
    assert_eq!(kept.len(), coordinates, "a worker's memory belongs to one model");
    kept
}

/// e <- decay e + g, which error feedback quantises in place of g; the quantiser takes away what it sends. Numbers stay
/// finite: an entry that is not a number counts as zero, an infinity as the largest number of its sign.
///
/// # Panics
/// When `kept` was kept for a gradient of another length.
pub(super) fn with_error<'a>(decay: f32, gradient: &[f32], kept: &'a mut Vec<f32>) -> &'a mut [f32] {
    let kept = room(kept, gradient.len());
    kept.iter_mut().zip(gradient).for_each(|(e, g)| *e = finite(decay * *e + finite(*g)));
    kept
}

/// Signum: v <- beta v + (1 - beta) g; afterwards `gradient` holds v, which is what the quantiser sees.
///
/// An entry that is not a number counts as zero, an infinity as the largest number of its sign.
///
/// # Panics
/// When `memory` was kept for a gradient of another length.
pub fn with_momentum(beta: f32, gradient: &mut [f32], memory: &mut WorkerMemory) {
    for (v, g) in room(&mut memory.momentum, gradient.len()).iter_mut().zip(gradient) {
        *v = finite(beta * *v + (1.0 - beta) * finite(*g));
        *g = *v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn momentum_remembers_earlier_gradients() {
        let mut memory = WorkerMemory::default();
        for (gradient, expected) in [([1.0, -0.5], [0.1, -0.05]), ([-3.0, 0.2], [-0.21, -0.025])] {
            let mut v = gradient;
            with_momentum(0.9, &mut v, &mut memory);
            for (v, expected) in v.iter().zip(expected) {
                assert!((v - expected).abs() < 1e-6, "{v}, not {expected}");
            }
            assert_eq!(memory.momentum, v);
        }
        assert!(memory.error.is_empty());
    }

    #[test]
    fn no_momentum_is_the_gradient_itself() {
        let (mut gradient, mut memory) = ([0.3, -1e-30, 0.0], WorkerMemory::default());
        with_momentum(0.0, &mut gradient, &mut memory);
        assert_eq!(gradient, [0.3, -1e-30, 0.0]);
    }

    #[test]
    fn one_wild_gradient_does_not_spoil_the_memory() {
        let mut memory = WorkerMemory::default();
        with_momentum(0.5, &mut [f32::NAN, f32::INFINITY], &mut memory);
        assert_eq!(memory.momentum, [0.0, 0.5 * f32::MAX]);
        for _ in 0..200 {
            with_momentum(0.5, &mut [1.0, -1.0], &mut memory);
        }
        assert_eq!(memory.momentum, [1.0, -1.0]);
    }

    #[test]
    #[should_panic(expected = "belongs to one model")]
    fn a_memory_belongs_to_one_model() {
        with_momentum(0.5, &mut [1.0], &mut WorkerMemory { momentum: vec![0.0; 2], error: vec![] });
    }
}
