//! A loaded data set: bytes, labels, and the constants that make network inputs of them.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::source::SourceFile;
use crate::hex::hex;

/// The shape of one sample; pixels lie channel by channel, row by row (CHW).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Grey is 1, colour is 3.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

impl Shape {
    /// Numbers in one sample.
    #[must_use]
    pub const fn features(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// Everything a training task needs to know about its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What the workers learn from.
    pub train: Samples,
    /// What the evaluation counts; no worker sees it.
    pub test: Samples,
    /// The shape of every sample.
    pub shape: Shape,
    /// Number of classes; every label is below it.
    pub classes: usize,
    /// The set's own constants for turning bytes into inputs ([`Normalize`](super::Normalize) may say others).
    pub normalisation: Normalisation,
    /// The files it was read from; empty for a set drawn from the seed.
    pub sources: Vec<SourceFile>,
}

impl Dataset {
    /// SHA-256 of every number a run can read from this set, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let Shape { channels, height, width } = self.shape;
        let mut hash = Sha256::new();
        for size in [channels, height, width, self.classes, self.train.len(), self.test.len()] {
            hash.update((size as u64).to_le_bytes());
        }
        for constant in self.normalisation.mean.iter().chain(&self.normalisation.std) {
            hash.update(constant.to_le_bytes());
        }
        for samples in [&self.train, &self.test] {
            hash.update(&samples.pixels);
            hash.update(&samples.labels);
        }
        hex(&hash.finalize())
    }
}

/// Labelled samples as bytes; sample `i` is `features` consecutive pixels in CHW order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    features: usize,
}

impl Samples {
    /// Samples from their bytes and labels.
    ///
    /// # Panics
    /// When there are not exactly `features` pixels a label.
    #[must_use]
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>, features: usize) -> Self {
        assert_eq!(pixels.len(), labels.len() * features, "every label has its pixels");
        Self { pixels, labels, features }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// All labels, in the order of the samples.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The bytes of sample `index`.
    #[must_use]
    pub fn pixels(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.features..][..self.features]
    }

    /// Writes the normalised inputs of `indices`, one sample after the other.
    ///
    /// # Panics
    /// When `out` is not `indices.len() * features` long or an index is out of range.
    pub fn gather(&self, indices: &[u32], normalisation: &Normalisation, out: &mut [f32]) {
        assert_eq!(out.len(), indices.len() * self.features, "room for every gathered sample");
        for (&index, out) in indices.iter().zip(out.chunks_exact_mut(self.features)) {
            normalisation.apply(self.pixels(index as usize), out);
        }
    }

    /// Writes the normalised inputs of consecutive samples: what an evaluation reads.
    ///
    /// # Panics
    /// When `out` is not `range.len() * features` long or the range exceeds the samples.
    pub fn gather_range(&self, range: Range<usize>, normalisation: &Normalisation, out: &mut [f32]) {
        assert_eq!(out.len(), range.len() * self.features, "room for every gathered sample");
        for (index, out) in range.zip(out.chunks_exact_mut(self.features)) {
            normalisation.apply(self.pixels(index), out);
        }
    }

    /// Mean and standard deviation (of the population) of `pixel / 255` in every channel, over all samples. Sums are whole
    /// numbers, so that the order of samples changes no bit.
    ///
    /// # Panics
    /// When there is no sample.
    #[must_use]
    pub fn moments(&self, channels: usize) -> Vec<(f64, f64)> {
        assert!(!self.is_empty(), "a mean is one of something");
        let plane = self.features / channels;
        let mut counts = vec![[0_u64; 256]; channels];
        for (k, pixels) in self.pixels.chunks_exact(plane).enumerate() {
            let counts = &mut counts[k % channels];
            pixels.iter().for_each(|&pixel| counts[usize::from(pixel)] += 1);
        }
        let n = self.len() as u128 * plane as u128;
        let moment = |counts: &[u64; 256], power| -> u128 {
            (0_u128..).zip(counts).map(|(pixel, &count)| pixel.pow(power) * u128::from(count)).sum()
        };
        let of = |counts: &[u64; 256]| {
            let (sum, squares) = (moment(counts, 1), moment(counts, 2));
            let std = ((n * squares - sum * sum) as f64).sqrt() / n as f64;
            (sum as f64 / n as f64 / 255.0, std / 255.0)
        };
        counts.iter().map(of).collect()
    }

    /// Writes the labels of `indices`.
    ///
    /// # Panics
    /// When `out` has another length than `indices` or an index is out of range.
    pub fn gather_labels(&self, indices: &[u32], out: &mut [u8]) {
        assert_eq!(out.len(), indices.len(), "room for every gathered label");
        for (&index, out) in indices.iter().zip(out) {
            *out = self.labels[index as usize];
        }
    }
}

/// Per channel, `(pixel / 255 - mean) / std`.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    mean: Vec<f64>,
    std: Vec<f64>,
    /// A byte has 256 values: the formula is worked out once for each, a table a channel.
    tables: Vec<[f32; 256]>,
}

impl Normalisation {
    /// The normalisation with these constants, in units of `pixel / 255`; one of each for every channel.
    ///
    /// # Panics
    /// When the lists differ in length or a deviation is not positive.
    #[must_use]
    pub fn new(mean: &[f64], std: &[f64]) -> Self {
        assert_eq!(mean.len(), std.len(), "a mean and a deviation for every channel");
        assert!(std.iter().all(|&std| std > 0.0), "a deviation divides: it is positive");
        let table = |(mean, std): (&f64, &f64)| {
            std::array::from_fn(|pixel| ((pixel as f64 / 255.0 - mean) / std) as f32)
        };
        let tables = mean.iter().zip(std).map(table).collect();
        Self { mean: mean.to_vec(), std: std.to_vec(), tables }
    }

    /// The mean of each channel, in units of `pixel / 255`.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The standard deviation of each channel, in units of `pixel / 255`.
    #[must_use]
    pub fn std(&self) -> &[f64] {
        &self.std
    }

    /// Normalises one sample in CHW order.
    pub(super) fn apply(&self, pixels: &[u8], out: &mut [f32]) {
        let plane = pixels.len() / self.tables.len();
        let planes = pixels.chunks_exact(plane).zip(out.chunks_exact_mut(plane));
        for (table, (pixels, out)) in self.tables.iter().zip(planes) {
            for (&pixel, out) in pixels.iter().zip(out) {
                *out = table[usize::from(pixel)];
            }
        }
    }
}
