//! The methods that papers give a name.

use crate::catalogue::Entry;

/// A method: its word, what `list` says of it, and its parts as a scenario would write them.
struct Preset {
    entry: Entry,
    parts: &'static str,
}

macro_rules! presets {
    ($($word:literal, $about:literal, $source:literal, $parts:literal;)+) => {
        const ALL: &[Preset] =
            &[$(Preset { entry: Entry { word: $word, about: $about, source: $source }, parts: $parts }),+];

        /// Every preset, for `signsim list`.
        pub const PRESETS: &[Entry] = &[$(Entry { word: $word, about: $about, source: $source }),+];

        /// The words of presets.
        pub(super) const WORDS: &[&str] = &[$($word),+];
    };
}

presets! {
    "signsgd_mv", "signSGD-MV: sign, majority", "Bernstein et al. 2018, arXiv 1802.04434",
        "{ quantizer: sign, aggregator: majority }";
    "signsgd_fd", "signSGD-FD: sign, federated_defense", "Park & Lee 2024, arXiv 2402.01340",
        "{ quantizer: sign, aggregator: federated_defense }";
    "signsgd_fv", "signSGD-FV: as FD, but plain majority before round t_in", "Park & Lee 2024, arXiv 2403.16372",
        "{ quantizer: sign, aggregator: { federated_defense: { initial_phase: majority } } }";
    "signum", "Signum: sign of the running mean of gradients (momentum 0.9), majority",
        "Bernstein et al. 2018, arXiv 1802.04434",
        "{ quantizer: sign, momentum: 0.9, aggregator: majority }";
    "d_lion_mavo", "distributed Lion: sign of Lion's mean of gradients (betas 0.9 and 0.99), majority that holds ties",
        "Liu et al. 2024, arXiv 2404.00438",
        "{ quantizer: sign, momentum: { beta1: 0.9, beta2: 0.99 }, aggregator: { majority: { ties: hold } } }";
    "election_signsgd", "election coding: a random Bernoulli code of redundancy 2, sign, majority",
        "Sohn et al. 2020, arXiv 1910.06093",
        "{ quantizer: sign, aggregator: { election: { code: { bernoulli: { redundancy: 2 } } } } }";
    "sto_signsgd", "sto-signSGD: stochastic_sign (b 0.012), majority", "Jin et al. 2020, arXiv 2002.10940",
        "{ quantizer: stochastic_sign, aggregator: majority }";
    "ternary_vote", "TernaryVote: stochastic_sign (b 0.012) on half of the coordinates, majority that holds ties",
        "Jin et al. 2024, arXiv 2402.10816",
        "{ quantizer: { stochastic_sign: { spoken: 0.5 } }, aggregator: { majority: { ties: hold } } }";
    "noisy_signsgd", "noisy signSGD: noisy_sign (Gaussian, std 0.001), majority",
        "Chen et al. 2020, arXiv 1906.01736", "{ quantizer: noisy_sign, aggregator: majority }";
    "ef_signsgd", "EF-signSGD: scaled_sign with error feedback, mean", "Karimireddy et al. 2019, arXiv 1901.09847",
        "{ quantizer: scaled_sign, aggregator: mean }";
    "rsa", "RSA: signs between every worker's own model and everybody's (penalty 0.003, rate 0.3), mean; a learning rate of \
            rate times penalty times M is the paper's",
        "Li et al. 2019, arXiv 1811.03761",
        "{ quantizer: { sign: { zero: abstain } }, own_model: { penalty: 0.003, rate: 0.3 }, aggregator: mean }";
    "s3gd", "S3GD: signs of the largest tenth with error accumulation, majority that holds ties",
        "Park & Lee 2023, arXiv 2302.07475",
        "{ quantizer: top_k, aggregator: { majority: { ties: hold } } }";
    "sgd", "distributed SGD: dense, mean", "the method without any defence or compression",
        "{ quantizer: dense, aggregator: mean }";
    "median", "dense, coordinate-wise median", "Yin et al. 2018, arXiv 1803.01498",
        "{ quantizer: dense, aggregator: median }";
    "trimmed_mean", "dense, coordinate-wise trimmed mean", "Yin et al. 2018, arXiv 1803.01498",
        "{ quantizer: dense, aggregator: trimmed_mean }";
    "krum", "dense, Krum", "Blanchard et al. 2017, arXiv 1703.02757",
        "{ quantizer: dense, aggregator: krum }";
    "multi_krum", "dense, Multi-Krum", "Blanchard et al. 2017, arXiv 1703.02757",
        "{ quantizer: dense, aggregator: multi_krum }";
    "geometric_median", "dense, geometric median", "Pillutla et al. 2019, arXiv 1912.13445",
        "{ quantizer: dense, aggregator: geometric_median }";
    "centered_clipping", "dense, centred clipping", "Karimireddy et al. 2021, arXiv 2012.10333",
        "{ quantizer: dense, aggregator: centered_clipping }";
}

/// The parts of a preset as YAML.
#[must_use]
pub(super) fn parts(word: &str) -> Option<&'static str> {
    Some(ALL.iter().find(|preset| preset.entry.word == word)?.parts)
}
