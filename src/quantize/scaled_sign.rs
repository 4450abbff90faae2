//! EF-signSGD: p = g + e; send (|p|_1 / d) sign(p) for each part of d entries; e = p - sent, so what one vote gets
//! wrong the next ones make good. Source: Karimireddy et al. 2019, arXiv 1901.09847.
//!
//! The paper accumulates lr g; with a constant learning rate that is the same in other units. The gradient (1, -3)
//! sends 2 (+, -) and leaves e = (-1, -1); with lr 0.1 these are the paper's 0.2 (+, -) and (-0.1, -0.1).
//!
//! Cost: O(D) time, 4 D bytes a worker.

use std::ops::Range;

use super::memory::with_error;
use super::{WorkerMemory, ZeroRule, sign};
use crate::random::Stream;
use crate::vote::ScaledSigns;

/// The scaled vote for `gradient`, after which `memory.error` holds what it got wrong. `stream` gives the coins of
/// zeros.
pub(crate) fn quantize(
    gradient: &[f32],
    parts: &[Range<usize>],
    zero: ZeroRule,
    memory: &mut WorkerMemory,
    stream: Stream,
) -> ScaledSigns {
    let p = with_error(1.0, gradient, &mut memory.error);
    let vote = ScaledSigns {
        signs: sign::quantize(p, zero, stream),
        parts: parts.iter().map(|part| (part.end, mean_size(&p[part.clone()]))).collect(),
    };
    // The very numbers that the server will read.
    p.iter_mut().zip(vote.to_dense()).for_each(|(p, sent)| *p -= sent);
    vote
}

/// |p|_1 / d; zero for no entries.
fn mean_size(p: &[f32]) -> f32 {
    let sum: f64 = p.iter().map(|x| f64::from(x.abs())).sum();
    (sum / p.len().max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cases::{self, gradients};
    use super::super::finite;
    use super::*;

    #[test]
    fn errors_are_made_good_by_later_votes() {
        let mut memory = WorkerMemory::default();
        for (gradient, sent, error) in [
            ([1.0, -3.0], [2.0, -2.0], [-1.0, -1.0]),
            // p = (2, -1)
            ([3.0, 0.0], [1.5, -1.5], [0.5, 0.5]),
            // p = (0, 0)
            ([-0.5, -0.5], [0.0, 0.0], [0.0, 0.0]),
        ] {
            let whole = 0..2;
            let parts = std::slice::from_ref(&whole);
            let vote = quantize(&gradient, parts, ZeroRule::Plus, &mut memory, cases::stream(0));
            assert_eq!((vote.to_dense().as_slice(), memory.error.as_slice()), (&sent[..], &error[..]));
        }
    }

    #[test]
    fn every_part_has_its_scale_and_zeros_their_rule() {
        let gradient = [4.0, 0.0, -1.0, f32::NAN];
        for (zero, signs) in [(ZeroRule::Plus, [1, 1, -1, 1]), (ZeroRule::Abstain, [1, 0, -1, 0])] {
            let mut memory = WorkerMemory::default();
            let vote = quantize(&gradient, &[0..2, 2..2, 2..4], zero, &mut memory, cases::stream(0));
            assert_eq!(vote.parts, [(2, 2.0), (2, 0.0), (4, 0.5)]);
            assert_eq!(vote.signs.to_signs(), signs);
        }
    }

    proptest! {
        /// With numbers whose sums are exact, no gradient is ever lost: all gradients = all votes + the error.
        #[test]
        fn nothing_is_lost(rounds in prop::collection::vec(prop::collection::vec(-64_i8..=64, 8), 1..6), seed: u64) {
            let (mut memory, mut total) = (WorkerMemory::default(), [0.0_f32; 8]);
            for gradient in rounds {
                let gradient: Vec<f32> = gradient.iter().map(|g| f32::from(*g)).collect();
                let tensors = [0..4, 4..8];
                let vote = quantize(&gradient, &tensors, ZeroRule::Coin, &mut memory, cases::stream(seed));
                let sent = vote.to_dense();
                for i in 0..8 {
                    total[i] += gradient[i] - sent[i];
                }
                prop_assert_eq!(memory.error.as_slice(), &total[..]);
            }
        }

        #[test]
        fn a_vote_is_the_mean_size_times_the_signs((gradient, tensors) in gradients(), seed: u64) {
            let mut memory = WorkerMemory::default();
            for _ in 0..3 {
                let mut p = if memory.error.is_empty() { vec![0.0; gradient.len()] } else { memory.error.clone() };
                p.iter_mut().zip(&gradient).for_each(|(p, g)| *p = finite(*p + finite(*g)));
                let vote = quantize(&gradient, &tensors, ZeroRule::Coin, &mut memory, cases::stream(seed));
                for (part, (end, scale)) in tensors.iter().zip(&vote.parts) {
                    let mean = p[part.clone()].iter().map(|x| f64::from(x.abs())).sum::<f64>()
                        / part.len().max(1) as f64;
                    prop_assert_eq!((*end, *scale), (part.end, mean as f32));
                    for i in part.clone() {
                        let sign = f32::from(vote.signs.sign(i));
                        prop_assert!(p[i] == 0.0 || sign == p[i].signum());
                        prop_assert_eq!(memory.error[i], p[i] - sign * scale);
                    }
                }
            }
        }
    }
}
