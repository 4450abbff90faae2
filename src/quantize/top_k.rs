//! S3GD: a <- decay a + g; of each tensor of d entries the K = ceil(fraction d) with the largest |a| are sent as
//! signs and cleared from a, the others abstain and stay. Source: 2023, arXiv 2302.07475.
//!
//! With K = 2, g = (0.5, -0.2, 0.1, -0.7) votes (+, 0, 0, -) and leaves a = (0, -0.2, 0.1, 0). Equal |a| go to the
//! lower coordinate. An entry of exactly zero has no sign: it abstains even among the K largest.
//!
//! Cost: O(D) on average (selection, no sort); 4 D bytes a worker.

use std::ops::Range;

use super::memory::with_error;
use super::sign::abstaining;
use super::{Per, WorkerMemory};
use crate::sign::SignVector;

/// The ternary vote for `gradient`, after which `memory.error` holds what was not sent.
pub(crate) fn quantize(
    gradient: &[f32],
    tensors: &[Range<usize>],
    fraction: f64,
    decay: f32,
    memory: &mut WorkerMemory,
) -> SignVector {
    let error = with_error(decay, gradient, &mut memory.error);
    let mut sent = vec![0.0; gradient.len()];
    for part in Per::Layer.parts(gradient.len(), tensors) {
        let k = share(fraction, part.len());
        move_largest(&mut error[part.clone()], &mut sent[part], k);
    }
    abstaining(&sent)
}

/// ceil(fraction * d), where a product that only rounding lifts above a whole number counts as that number:
/// 7 of 100 for 0.07, not 8.
fn share(fraction: f64, d: usize) -> usize {
    (fraction * d as f64 * (1.0 - 1e-12)).ceil() as usize
}

/// Moves the `k` entries of largest size from `kept` to `sent`.
fn move_largest(kept: &mut [f32], sent: &mut [f32], k: usize) {
    if k == 0 {
        return;
    }
    // Sizes are finite and not negative, so their bits are ordered as they are.
    let mut sizes: Vec<u32> = kept.iter().map(|a| a.abs().to_bits()).collect();
    let place = sizes.len() - k;
    let (_, &mut smallest, above) = sizes.select_nth_unstable(place);
    let mut ties = k - above.iter().filter(|size| **size > smallest).count();
    for (a, sent) in kept.iter_mut().zip(sent) {
        let size = a.abs().to_bits();
        let wins_tie = size == smallest && ties > 0;
        ties -= usize::from(wins_tie);
        let (says, keeps) = if size > smallest || wins_tie { (*a, 0.0) } else { (0.0, *a) };
        (*sent, *a) = (says, keeps);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cases::gradients;
    use super::super::finite;
    use super::*;

    fn check(rounds: &[(&[f32], &[i8], &[f32])], fraction: f64, decay: f32) {
        let mut memory = WorkerMemory::default();
        for (gradient, signs, kept) in rounds {
            let whole = 0..gradient.len();
            let vote = quantize(gradient, std::slice::from_ref(&whole), fraction, decay, &mut memory);
            assert_eq!((vote.to_signs().as_slice(), memory.error.as_slice()), (*signs, *kept));
        }
    }

    #[test]
    fn the_largest_are_sent_and_the_rest_waits() {
        check(
            &[
                (&[0.5, -0.2, 0.1, -0.7], &[1, 0, 0, -1], &[0.0, -0.2, 0.1, 0.0]),
                (&[0.125, -0.2, 0.1, 0.25], &[0, -1, 0, 1], &[0.125, 0.0, 0.2, 0.0]),
            ],
            0.5,
            1.0,
        );
    }

    #[test]
    fn old_gradients_fade() {
        // a = 0.5 * -2 - 0.25 = -1.25 loses against 1.5; with decay 1 it would win.
        check(&[(&[4.0, -2.0], &[1, 0], &[0.0, -2.0]), (&[1.5, -0.25], &[1, 0], &[0.0, -1.25])], 0.5, 0.5);
    }

    #[test]
    fn equal_sizes_go_to_the_lower_coordinate_and_zeros_abstain() {
        check(&[(&[1.0, -1.0, 1.0, 2.0], &[1, 0, 0, 1], &[0.0, -1.0, 1.0, 0.0])], 0.5, 1.0);
        check(&[(&[0.0, 0.0, 0.0, -2.0], &[0, 0, 0, -1], &[0.0; 4])], 0.5, 1.0);
    }

    #[test]
    fn shares_are_rounded_up_but_not_by_rounding_errors() {
        for (fraction, d, k) in [
            (0.1, 10, 1),
            (0.1, 11, 2),
            (0.07, 100, 7),
            (0.001, 10, 1),
            (1.0, 582_026, 582_026),
            (0.1, 582_026, 58_203),
            (0.5, 0, 0),
        ] {
            assert_eq!(share(fraction, d), k, "{fraction} of {d}");
        }
    }

    /// The plain way: sort all entries by size, then by place.
    fn plain(p: &[f32], fraction: f64) -> (Vec<i8>, Vec<f32>) {
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|&i, &j| p[j].abs().total_cmp(&p[i].abs()).then(i.cmp(&j)));
        let (mut signs, mut kept) = (vec![0; p.len()], p.to_vec());
        for &i in &order[..share(fraction, p.len())] {
            signs[i] = i8::from(p[i] > 0.0) - i8::from(p[i] < 0.0);
            kept[i] = 0.0;
        }
        (signs, kept)
    }

    proptest! {
        #[test]
        fn selection_is_what_sorting_gives((gradient, tensors) in gradients(), fraction in 0.01_f64..=1.0) {
            let mut memory = WorkerMemory::default();
            for decay in [1.0, 0.5, 0.0] {
                let before = if memory.error.is_empty() { vec![0.0; gradient.len()] } else { memory.error.clone() };
                let p: Vec<f32> =
                    before.iter().zip(&gradient).map(|(a, g)| finite(decay * a + finite(*g))).collect();
                let vote = quantize(&gradient, &tensors, fraction, decay, &mut memory).to_signs();
                for part in tensors.clone() {
                    let (signs, kept) = plain(&p[part.clone()], fraction);
                    prop_assert_eq!(&vote[part.clone()], signs.as_slice());
                    prop_assert_eq!(&memory.error[part], kept.as_slice());
                }
            }
        }
    }
}
