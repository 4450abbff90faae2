//! What the tests of all quantisers share: the quantisers, gradients with every trap in them, streams, shares of +.

use std::ops::Range;

use proptest::prelude::*;

use super::{QuantizerSpec, finite};
use crate::random::{Purpose, Stream, Streams};
use crate::sign::SignVector;
use crate::time::Round;

/// A stream for tests.
pub(crate) fn stream(seed: u64) -> Stream {
    Streams::new(seed).stream(Purpose::QuantizerNoise, 3, Round(7))
}

/// The gradient as quantisers see it, in double precision.
pub(crate) fn sane(gradient: &[f32]) -> Vec<f64> {
    gradient.iter().map(|g| f64::from(finite(*g))).collect()
}

/// A gradient with ties, zeros, extremes and what is no number at all, cut into tensors, some of them empty.
pub(crate) fn gradients() -> impl Strategy<Value = (Vec<f32>, Vec<Range<usize>>)> {
    let entry = prop_oneof![
        8 => -2.0_f32..2.0,
        4 => (-3_i8..=3).prop_map(|g| 0.004 * f32::from(g)),
        2 => prop::sample::select(vec![0.0, -0.0, 1e-42, f32::MAX, f32::MIN]),
        1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
    ];
    (prop::collection::vec(entry, 1..200), prop::collection::vec(0.0..1.0, 0..4)).prop_map(
        |(gradient, cuts)| {
            let mut ends: Vec<usize> =
                cuts.iter().map(|c: &f64| (c * gradient.len() as f64) as usize).collect();
            ends.push(gradient.len());
            ends.sort_unstable();
            let starts = std::iter::once(0).chain(ends.clone());
            let tensors = starts.zip(ends).map(|(start, end)| start..end).collect();
            (gradient, tensors)
        },
    )
}

/// 200,000 votes are + with this probability, within five standard deviations.
pub(crate) fn share_of_plus(expected: f64, vote: impl FnOnce(Stream, usize) -> SignVector) {
    const VOTES: usize = 200_000;
    let plus: u32 = vote(stream(17), VOTES).positive().iter().map(|word| word.count_ones()).sum();
    let share = f64::from(plus) / VOTES as f64;
    let five_sigma = 5.0 * (expected * (1.0 - expected) / VOTES as f64).sqrt();
    assert!((share - expected).abs() <= five_sigma, "{share} of the votes are +, not {expected}");
}

/// Every word with all its defaults and with other settings, as YAML writes them.
pub(crate) const ALL: [&str; 14] = [
    "sign: { zero: coin }",
    "sign: { zero: abstain }",
    "stochastic_sign: { b: 0.012, convention: two_b, spoken: 1.0 }",
    "stochastic_sign: { b: layer_max, convention: one_b, spoken: 0.25 }",
    "noisy_sign: { std: 0.001, law: gaussian }",
    "noisy_sign: { std: 0.5, law: uniform }",
    "noisy_sign: { std: 0.5, law: laplace }",
    "noisy_sign: { std: 0.5, law: logistic }",
    "top_k: { fraction: 0.1, decay: 1.0 }",
    "top_k: { fraction: 0.5, decay: 0.5 }",
    "ternary: { norm: l2, per: layer }",
    "ternary: { norm: max, per: vector }",
    "scaled_sign: { per: vector, zero: coin }",
    "dense: {}",
];

pub(crate) fn read(text: &str) -> serde_yaml::Result<QuantizerSpec> {
    let document = serde_yaml::Deserializer::from_str(text);
    serde_yaml::with::singleton_map_recursive::deserialize(document)
}

pub(crate) fn all() -> impl Iterator<Item = QuantizerSpec> {
    ALL.iter().map(|text| read(text).expect(text))
}
