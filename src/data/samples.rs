//! A loaded data set: bytes or other numbers, labels, and the constants that make network inputs of them.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::source::SourceFile;
use crate::hex::hex;

/// The class of a sample, from 0 on.
pub type Label = u16;

/// As many classes as a [`Label`] can tell apart.
pub const MOST_CLASSES: usize = 1 << Label::BITS;

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
        let mut hash = self.sizes_and_constants();
        for Samples { numbers, labels, .. } in [&self.train, &self.test] {
            match numbers {
                Numbers::Bytes(bytes) => hash.update(bytes),
                Numbers::Floats(floats) => {
                    hash.update("floats");
                    floats.iter().for_each(|x| hash.update(x.to_le_bytes()));
                }
            }
            let wide = if self.classes > 256 { 2 } else { 1 };
            labels.iter().for_each(|label| hash.update(&label.to_le_bytes()[..wide]));
        }
        hex(&hash.finalize())
    }

    /// The same of a published set, told from the checksums that were made while its files were read: its numbers are theirs, in a
    /// layout that the scenario names.
    #[must_use]
    pub fn fingerprint_by_sources(&self) -> String {
        let mut hash = self.sizes_and_constants();
        self.sources.iter().for_each(|source| hash.update(&source.sha256));
        hex(&hash.finalize())
    }

    fn sizes_and_constants(&self) -> Sha256 {
        let Shape { channels, height, width } = self.shape;
        let mut hash = Sha256::new();
        for size in [channels, height, width, self.classes, self.train.len(), self.test.len()] {
            hash.update((size as u64).to_le_bytes());
        }
        for constant in self.normalisation.mean.iter().chain(&self.normalisation.std) {
            hash.update(constant.to_le_bytes());
        }
        hash
    }
}

/// The numbers of samples, one after the other in CHW order.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Pixels; an input is made of `pixel / 255`.
    Bytes(Vec<u8>),
    /// Anything else; an input is made of the number itself.
    Floats(Vec<f32>),
}

impl Numbers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes of samples that are copied before they are normalised: they stay in the cache that is nearest.
const NEARBY: usize = 16 << 10;

/// Labelled samples; sample `i` is `features` consecutive numbers in CHW order.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    numbers: Numbers,
    labels: Vec<Label>,
    features: usize,
}

impl Samples {
    /// Samples from their bytes and labels.
    ///
    /// # Panics
    /// When there are not exactly `features` pixels a label.
    #[must_use]
    pub fn new(pixels: Vec<u8>, labels: Vec<Label>, features: usize) -> Self {
        Self::of(Numbers::Bytes(pixels), labels, features)
    }

    /// Samples from their numbers, of either kind, and labels.
    ///
    /// # Panics
    /// When there are not exactly `features` numbers a label.
    #[must_use]
    pub fn of(numbers: Numbers, labels: Vec<Label>, features: usize) -> Self {
        assert_eq!(numbers.len(), labels.len() * features, "every label has its pixels");
        Self { numbers, labels, features }
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
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// All numbers, one sample after the other.
    #[must_use]
    pub fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// The bytes of sample `index`.
    ///
    /// # Panics
    /// When samples are no bytes, or there is no such sample.
    #[must_use]
    pub fn pixels(&self, index: usize) -> &[u8] {
        let Numbers::Bytes(bytes) = &self.numbers else { panic!("these samples are no bytes") };
        &bytes[self.range(index)]
    }

    /// Where sample `index` stands among the numbers.
    pub(super) fn range(&self, index: usize) -> Range<usize> {
        index * self.features..(index + 1) * self.features
    }

    /// Writes the normalised inputs of `indices`, one sample after the other.
    ///
    /// # Panics
    /// When `out` is not `indices.len() * features` long or an index is out of range.
    pub fn gather(&self, indices: &[u32], normalisation: &Normalisation, out: &mut [f32]) {
        assert_eq!(out.len(), indices.len() * self.features, "room for every gathered sample");
        if let Numbers::Bytes(bytes) = &self.numbers
            && self.features <= NEARBY
        {
            return self.gather_bytes(bytes, indices, normalisation, out);
        }
        for (&index, out) in indices.iter().zip(out.chunks_exact_mut(self.features)) {
            self.normalised(index as usize, normalisation, out);
        }
    }

    /// [`Samples::gather`] of bytes, a few samples at a time: they lie anywhere in memory, and are copied first, since a processor
    /// waits for many places at once when it copies, and for one after the other when it does more with each byte.
    fn gather_bytes(&self, bytes: &[u8], indices: &[u32], normalisation: &Normalisation, out: &mut [f32]) {
        let (features, mut nearby) = (self.features, [0; NEARBY]);
        let together = NEARBY / features;
        for (indices, out) in indices.chunks(together).zip(out.chunks_mut(together * features)) {
            for (&index, near) in indices.iter().zip(nearby.chunks_exact_mut(features)) {
                near.copy_from_slice(&bytes[self.range(index as usize)]);
            }
            for (near, out) in nearby.chunks_exact(features).zip(out.chunks_exact_mut(features)) {
                normalisation.apply(near, out);
            }
        }
    }

    /// Writes the normalised inputs of consecutive samples: what an evaluation reads.
    ///
    /// # Panics
    /// When `out` is not `range.len() * features` long or the range exceeds the samples.
    pub fn gather_range(&self, range: Range<usize>, normalisation: &Normalisation, out: &mut [f32]) {
        assert_eq!(out.len(), range.len() * self.features, "room for every gathered sample");
        for (index, out) in range.zip(out.chunks_exact_mut(self.features)) {
            self.normalised(index, normalisation, out);
        }
    }

    fn normalised(&self, index: usize, normalisation: &Normalisation, out: &mut [f32]) {
        match &self.numbers {
            Numbers::Bytes(bytes) => normalisation.apply(&bytes[self.range(index)], out),
            Numbers::Floats(floats) => normalisation.apply_to_floats(&floats[self.range(index)], out),
        }
    }

    /// Mean and standard deviation (of the population) of every channel, over all samples; of bytes those of `pixel / 255`, whose
    /// sums are whole numbers, so that the order of samples changes no bit.
    ///
    /// # Panics
    /// When there is no sample.
    #[must_use]
    pub fn moments(&self, channels: usize) -> Vec<(f64, f64)> {
        assert!(!self.is_empty(), "a mean is one of something");
        let plane = self.features / channels;
        match &self.numbers {
            Numbers::Bytes(bytes) => moments_of_bytes(bytes, plane, channels),
            Numbers::Floats(floats) => moments_of_floats(floats, plane, channels),
        }
    }

    /// Writes the labels of `indices`.
    ///
    /// # Panics
    /// When `out` has another length than `indices` or an index is out of range.
    pub fn gather_labels(&self, indices: &[u32], out: &mut [Label]) {
        assert_eq!(out.len(), indices.len(), "room for every gathered label");
        for (&index, out) in indices.iter().zip(out) {
            *out = self.labels[index as usize];
        }
    }
}

/// [`Samples::moments`] of pixels, `plane` of each channel after the other.
fn moments_of_bytes(bytes: &[u8], plane: usize, channels: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![(0_u64, 0_u64); channels];
    for (k, pixels) in bytes.chunks_exact(plane).enumerate() {
        let (sum, squares) = &mut sums[k % channels];
        for pixel in pixels.iter().map(|&pixel| u64::from(pixel)) {
            *sum += pixel;
            *squares += pixel * pixel;
        }
    }
    let n = (bytes.len() / channels) as u128;
    let of = |(sum, squares): (u64, u64)| {
        let (sum, squares) = (u128::from(sum), u128::from(squares));
        let std = ((n * squares - sum * sum) as f64).sqrt() / n as f64;
        (sum as f64 / n as f64 / 255.0, std / 255.0)
    };
    sums.into_iter().map(of).collect()
}

/// [`Samples::moments`] of other numbers: the mean first, so that the deviation does not drown in it.
fn moments_of_floats(floats: &[f32], plane: usize, channels: usize) -> Vec<(f64, f64)> {
    let n = (floats.len() / channels) as f64;
    let mut means = vec![0.0; channels];
    for (k, numbers) in floats.chunks_exact(plane).enumerate() {
        means[k % channels] += numbers.iter().map(|&x| f64::from(x)).sum::<f64>();
    }
    means.iter_mut().for_each(|mean| *mean /= n);
    let mut squares = vec![0.0; channels];
    for (k, numbers) in floats.chunks_exact(plane).enumerate() {
        let mean = means[k % channels];
        squares[k % channels] += numbers.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>();
    }
    means.into_iter().zip(squares).map(|(mean, sum)| (mean, (sum / n).sqrt())).collect()
}

/// Per channel, `(x - mean) / std`, where x is `pixel / 255` of bytes, and other numbers themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    mean: Vec<f64>,
    std: Vec<f64>,
    /// A byte has 256 values: the formula is worked out once for each, a table a channel, unless channels are many.
    tables: Vec<[f32; 256]>,
}

impl Normalisation {
    /// The normalisation with these constants, on the scale of x; one of each for every channel.
    ///
    /// # Panics
    /// When the lists differ in length or a deviation is not positive.
    #[must_use]
    pub fn new(mean: &[f64], std: &[f64]) -> Self {
        assert_eq!(mean.len(), std.len(), "a mean and a deviation for every channel");
        assert!(std.iter().all(|&std| std > 0.0), "a deviation divides: it is positive");
        let table =
            |(&mean, &std): (&f64, &f64)| std::array::from_fn(|pixel| of_byte(pixel as u8, mean, std));
        let tabled = if mean.len() > MOST_TABLES { 0 } else { mean.len() };
        let tables = mean.iter().zip(std).take(tabled).map(table).collect();
        Self { mean: mean.to_vec(), std: std.to_vec(), tables }
    }

    /// The mean of each channel, on the scale of x.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The standard deviation of each channel, on the scale of x.
    #[must_use]
    pub fn std(&self) -> &[f64] {
        &self.std
    }

    /// Normalises one sample of bytes in CHW order.
    pub(super) fn apply(&self, pixels: &[u8], out: &mut [f32]) {
        let plane = pixels.len() / self.mean.len();
        let planes = pixels.chunks_exact(plane).zip(out.chunks_exact_mut(plane));
        if self.tables.is_empty() {
            for ((pixels, out), (&mean, &std)) in planes.zip(self.mean.iter().zip(&self.std)) {
                out.iter_mut().zip(pixels).for_each(|(out, &pixel)| *out = of_byte(pixel, mean, std));
            }
            return;
        }
        for (table, (pixels, out)) in self.tables.iter().zip(planes) {
            for (&pixel, out) in pixels.iter().zip(out) {
                *out = table[usize::from(pixel)];
            }
        }
    }

    /// Normalises one sample of other numbers in CHW order.
    pub(super) fn apply_to_floats(&self, numbers: &[f32], out: &mut [f32]) {
        let plane = numbers.len() / self.mean.len();
        let planes = numbers.chunks_exact(plane).zip(out.chunks_exact_mut(plane));
        for ((numbers, out), (mean, std)) in planes.zip(self.mean.iter().zip(&self.std)) {
            for (&number, out) in numbers.iter().zip(out) {
                *out = ((f64::from(number) - mean) / std) as f32;
            }
        }
    }
}

/// A table has a kilobyte.
const MOST_TABLES: usize = 64;

fn of_byte(pixel: u8, mean: f64, std: f64) -> f32 {
    ((f64::from(pixel) / 255.0 - mean) / std) as f32
}
