//! Batch normalisation with the statistics of the batch, and the addition and ReLU that may follow it.
//!
//! There are no running averages, as in the code of the papers that this reruns: the mean and variance are those of the
//! batch at hand, in training and in evaluation alike. So the result for a sample depends on the others in its batch, and
//! where a channel has a single value in a batch, or equal ones, the result is the shift alone.

use std::ops::Range;

use super::by_channel::{ByChannel, Sum};
use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::{Pass, relu_backward};
use super::workspace::{LayerScratch, sized};

/// What keeps a channel without variance finite; PyTorch's.
const EPSILON: f64 = 1e-5;

/// `y = scale (x - mean) / sqrt(variance + 1e-5) + shift` for every channel, with the mean and the (biased) variance over
/// all pixels of the batch (PyTorch's `nn.BatchNorm2d` with `track_running_stats=False`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchNorm {
    /// Pixels of a sample; 1 for a vector.
    pub pixels: usize,
    /// Entries of a pixel.
    pub channels: usize,
    /// Whether a second batch is added to the result.
    pub adds: bool,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Where the scales lie in the flat parameter vector, one for each channel.
    pub scale: Range<usize>,
    /// Where the shifts lie in the flat parameter vector.
    pub shift: Range<usize>,
}

impl Operation for BatchNorm {
    fn inputs(&self) -> usize {
        self.pixels * self.channels
    }

    fn arity(&self) -> usize {
        if self.adds { 2 } else { 1 }
    }

    fn outputs(&self) -> usize {
        self.pixels * self.channels
    }

    /// The mean of every channel, then the inverse of its standard deviation.
    fn statistics_len(&self) -> usize {
        2 * self.channels
    }

    fn has_parameters(&self) -> bool {
        true
    }

    fn scratch(&self, _: usize) -> usize {
        5 * self.by_channel().row() + 5 * self.channels
    }

    fn forward(
        &self,
        pass: &Pass,
        [input, residual]: Inputs,
        kept: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    ) {
        let (by_channel, count) = (self.by_channel(), (pass.batch * self.pixels) as f64);
        let LayerScratch { rows_by_channel: rows, sums_by_channel, coefficients, .. } = scratch;
        let (mean, inverse) = kept.statistics.split_at_mut(self.channels);
        let sums = sized(sums_by_channel, self.channels);
        by_channel.sum(Sum::Plain { x: input }, rows, sums);
        mean.iter_mut().zip(&*sums).for_each(|(mean, sum)| *mean = (sum / count) as f32);
        by_channel.sum(Sum::Squares { x: input, mean }, rows, sums);
        for (inverse, square) in inverse.iter_mut().zip(&*sums) {
            *inverse = (1.0 / (square / count + EPSILON).sqrt()) as f32;
        }
        let (scale, shift) = (&pass.params[self.scale.clone()], &pass.params[self.shift.clone()]);
        let of_channel = |c: usize| {
            let factor = scale[c] * inverse[c];
            [factor, shift[c] - factor * mean[c]]
        };
        let [factor, constant] = self.rows(of_channel, coefficients);
        let residual = self.adds.then_some(residual);
        by_channel.scale(input, residual, (factor, constant), self.relu, kept.output);
    }

    fn backward(
        &self,
        pass: &Pass,
        ([input, _], kept): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, residual]: Sinks,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        let (by_channel, count) = (self.by_channel(), (pass.batch * self.pixels) as f64);
        let LayerScratch { rows_by_channel: rows, sums_by_channel, coefficients, .. } = scratch;
        let (mean, inverse) = kept.statistics.split_at(self.channels);
        if self.relu {
            relu_backward(kept.output, upstream);
        }
        if let Some(mut residual) = residual {
            residual.take(upstream);
        }
        let (plain, products) = sized(sums_by_channel, 2 * self.channels).split_at_mut(self.channels);
        by_channel.sum(Sum::Plain { x: upstream }, rows, plain);
        by_channel.sum(Sum::Products { x: input, mean, upstream }, rows, products);
        // By the shift the sum of what comes back; by the scale its sum with the normalised input.
        for (place, sum) in gradient[self.shift.clone()].iter_mut().zip(&*plain) {
            *place = *sum as f32;
        }
        for ((place, sum), inverse) in gradient[self.scale.clone()].iter_mut().zip(&*products).zip(inverse) {
            *place = (sum * f64::from(*inverse)) as f32;
        }
        let Some(sink) = sink else { return };
        // dx = factor (up - mean(up) - normalised mean(up normalised)), as factor up + slope x + constant.
        let scale = &pass.params[self.scale.clone()];
        let of_channel = |c: usize| {
            let inverse = f64::from(inverse[c]);
            let factor = f64::from(scale[c]) * inverse;
            let slope = -factor * products[c] / count * inverse * inverse;
            let constant = -factor * plain[c] / count - slope * f64::from(mean[c]);
            [factor as f32, slope as f32, constant as f32]
        };
        let [factor, slope, constant] = self.rows(of_channel, coefficients);
        by_channel.back(upstream, input, (factor, slope, constant), sink);
    }
}

impl BatchNorm {
    fn by_channel(&self) -> ByChannel {
        ByChannel { pixels: self.pixels, channels: self.channels }
    }

    /// Some numbers for each channel, as rows.
    fn rows<'a, const N: usize>(
        &self,
        of_channel: impl Fn(usize) -> [f32; N],
        buffer: &'a mut Vec<f32>,
    ) -> [&'a mut [f32]; N] {
        let row = self.by_channel().row();
        let mut rows = sized(buffer, N * row).chunks_exact_mut(row);
        let mut rows: [&mut [f32]; N] =
            std::array::from_fn(|_| rows.next().expect("as many rows as numbers"));
        for i in 0..row {
            let numbers = of_channel(i % self.channels);
            rows.iter_mut().zip(numbers).for_each(|(row, number)| row[i] = number);
        }
        rows
    }
}
