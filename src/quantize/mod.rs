//! From a gradient to a vote: what a worker puts on the wire.
//!
//! A quantiser is a function of the gradient, of what the worker remembers, and of its keyed streams. Adding one is a
//! file with its formula and source, an arm of [`QuantizerSpec`] and a line of [`CATALOGUE`].
//!
//! Gradients of a diverging run may hold anything. Every quantiser, momentum and memory read an entry that is not a
//! number as zero and an infinity as the largest number of its sign; votes and memories hold finite numbers only.

mod draws;
mod memory;
mod momentum;
mod noisy_sign;
mod parts;
mod scaled_sign;
mod sign;
mod spec;
mod stochastic_sign;
mod ternary;
mod top_k;

pub use crate::protocol::WorkerMemory;
pub use draws::Draws;
pub use momentum::Momentum;
pub use noisy_sign::NoiseLaw;
pub use parts::Per;
pub use sign::ZeroRule;
pub use spec::{QuantizerSpec, VoteKind};
pub use stochastic_sign::{Bound, Convention};
pub use ternary::Norm;

use crate::catalogue::Entry;

/// Every quantiser, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "sign",
        about: "sign of every coordinate; zero: coin, plus or abstain",
        source: "Bernstein et al. 2018, arXiv 1802.04434",
    },
    Entry {
        word: "stochastic_sign",
        about: "+ with probability 1/2 + g/(2b); b: a number (0.012) or layer_max; convention: two_b or one_b (g/b)",
        source: "Jin et al. 2020, arXiv 2002.10940",
    },
    Entry {
        word: "noisy_sign",
        about: "sign(g + std xi); std (0.001); law: gaussian, uniform, laplace or logistic",
        source: "Chen et al. 2020, arXiv 1906.01736",
    },
    Entry {
        word: "top_k",
        about: "signs of the largest `fraction` (0.1) of each tensor, the rest accumulates; decay (1) of what waits",
        source: "S3GD, 2023, arXiv 2302.07475",
    },
    Entry {
        word: "ternary",
        about: "scale * sign(g) with probability |g|/scale, else 0; norm: l2 or max; per: layer or vector",
        source: "QSGD, Alistarh et al. 2017, arXiv 1610.02132; TernGrad, Wen et al. 2017, arXiv 1705.07878 (max)",
    },
    Entry {
        word: "scaled_sign",
        about: "mean|p| * sign(p) with error feedback; per: vector or layer; zero: coin, plus or abstain",
        source: "EF-signSGD, Karimireddy et al. 2019, arXiv 1901.09847",
    },
    Entry { word: "dense", about: "the gradient itself, 32 bits a coordinate", source: "full precision" },
];

/// The number that `x` is read as: zero for what is not a number, the largest of its sign for an infinity.
pub(crate) fn finite(x: f32) -> f32 {
    if x.is_nan() { 0.0 } else { x.clamp(f32::MIN, f32::MAX) }
}

/// max|g|; zero for no entries.
fn largest_size(part: &[f32]) -> f32 {
    part.iter().fold(0.0, |largest, g| largest.max(finite(*g).abs()))
}

#[cfg(test)]
mod cases;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::cases::{all, gradients, sane};
    use super::*;
    use crate::random::Streams;
    use crate::time::Round;
    use crate::vote::Vote;

    fn draws(round: u32) -> Draws {
        Draws { streams: Streams::new(9), owner: 2, round: Round(round) }
    }

    proptest! {
        /// Three rounds of any gradient: same draws give the same vote, the kind is as promised, all numbers are
        /// finite, and what is not a number counts as its stand-in.
        #[test]
        fn any_gradient_gets_a_vote_of_finite_numbers((gradient, tensors) in gradients()) {
            let sane: Vec<f32> = sane(&gradient).iter().map(|g| *g as f32).collect();
            for spec in all() {
                let (mut memory, mut twin) = (WorkerMemory::default(), WorkerMemory::default());
                for round in 0..3 {
                    let vector = spec.vector(&gradient, &memory);
                    let again = spec.quantize(&vector, &tensors, &mut WorkerMemory::default(), draws(round));
                    let vote = spec.quantize(&gradient, &tensors, &mut memory, draws(round));
                    prop_assert_eq!(&vote, &spec.quantize(&sane, &tensors, &mut twin, draws(round)));
                    let kind = match &vote {
                        Vote::Signs(_) => VoteKind::Signs,
                        Vote::Scaled(_) => VoteKind::Scaled,
                        Vote::Dense(_) => VoteKind::Dense,
                    };
                    prop_assert_eq!(&again, &vote, "its vector is all that a vote depends on");
                    prop_assert_eq!(kind, spec.vote_kind());
                    let ternary = vote.signs().is_some_and(|signs| signs.voted().is_some());
                    prop_assert_eq!(ternary, spec.is_ternary());
                    prop_assert_eq!(vote.coordinates(), gradient.len());
                    prop_assert!(vote.to_dense().iter().all(|x| x.is_finite()));
                }
                prop_assert_eq!(&memory, &twin);
                prop_assert!(memory.error.iter().all(|x| x.is_finite()));
                prop_assert!(memory.momentum.is_empty());
                prop_assert_eq!(spec.memory_bytes(gradient.len()), 4 * memory.error.len() as u64);
                let (mut v, mut w) = (gradient.clone(), sane.clone());
                Momentum::of(0.9).apply(&mut v, &mut memory);
                Momentum::of(0.9).apply(&mut w, &mut twin);
                prop_assert!(v == w && v.iter().all(|x| x.is_finite()));
            }
        }
    }

    #[test]
    fn noise_is_new_for_every_worker_and_round() {
        // No entry comes near the largest, so every one is left to chance.
        let mut gradient = vec![1e-4; 1000];
        gradient[1] = 1e-3;
        for spec in all().filter(|s| matches!(s.word(), "stochastic_sign" | "noisy_sign" | "ternary")) {
            let vote =
                |draws| spec.quantize(&gradient, &[0..1, 1..1000], &mut WorkerMemory::default(), draws);
            let first = vote(draws(0));
            assert_eq!(first, vote(draws(0)));
            assert_ne!(first, vote(draws(1)), "{spec:?}");
            assert_ne!(first, vote(Draws { owner: 3, ..draws(0) }), "{spec:?}");
        }
    }

    #[test]
    fn dense_is_the_gradient() {
        let gradient = [0.5, -1e-30, 0.0, f32::NAN, f32::INFINITY];
        let spec = QuantizerSpec::Dense {};
        let vote = spec.quantize(&gradient, &[0..2, 2..5], &mut WorkerMemory::default(), draws(0));
        assert_eq!(vote, Vote::Dense(vec![0.5, -1e-30, 0.0, 0.0, f32::MAX]));
    }
}
