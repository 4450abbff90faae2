//! Batch normalisation with the statistics of the batch, and the addition and ReLU that may follow it.
//!
//! There are no running averages, as in the code of the papers that this reruns: the mean and variance are those of the
//! batch at hand, in training and in evaluation alike. So the result for a sample depends on the others in its batch, and
//! where a channel has a single value in a batch, or equal ones, the result is the shift alone.

use std::ops::Range;

use super::by_channel::ByChannel;
use super::operation::{Inputs, Kept, Operation, Sink, Sinks};
use super::pass::{Pass, relu_backward};
use super::share::{GROUP, Share};
use super::workspace::{LayerScratch, sized};
use crate::helpers::Lent;

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

    fn scratch(&self, batch: usize) -> usize {
        // Double precision counts twice.
        3 * self.by_channel().row() + self.by_channel().rows() + 4 * self.channels * (batch + 1)
    }

    fn shared_scratch(&self, _: usize, threads: usize) -> usize {
        (threads - 1) * self.by_channel().rows()
    }

    fn forward(
        &self,
        pass: &Pass,
        [input, residual]: Inputs,
        kept: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    ) {
        let (by_channel, entries) = (self.by_channel(), self.outputs());
        let LayerScratch { rows_by_channel, sums_by_channel, coefficients, .. } = scratch;
        let (totals, by_image) = self.sums(pass.batch, sums_by_channel);
        let (lent, share) = self.share(pass);
        let rows = by_channel.rows();
        let parts = share.cut(input, entries).zip(share.cut_mut(by_image, 2 * self.channels));
        let parts = parts.zip(sized(rows_by_channel, (lent.threads() + 1) * rows).chunks_exact_mut(rows));
        lent.for_each(parts, |((input, sums), rows)| by_channel.moments(input, rows, sums));
        let (mean, inverse) = kept.statistics.split_at_mut(self.channels);
        self.statistics(by_image, totals, (mean, inverse));
        let (scale, shift) = (&pass.params[self.scale.clone()], &pass.params[self.shift.clone()]);
        let of_channel = |c: usize| {
            let factor = scale[c] * inverse[c];
            [factor, shift[c] - factor * mean[c]]
        };
        let [factor, constant] = self.rows(of_channel, coefficients);
        let coefficients = (&*factor, &*constant);
        let (lent, share) = self.share(pass);
        let mut residual = share.cut(residual, if self.adds { entries } else { 0 });
        let parts = share.cut(input, entries).zip(share.cut_mut(kept.output, entries));
        let parts = parts.map(|part| (part, residual.next()));
        lent.for_each(parts, |((input, output), residual)| {
            by_channel.scale(input, residual, coefficients, self.relu, output);
        });
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
        let (by_channel, entries) = (self.by_channel(), self.inputs());
        let count = (pass.batch * self.pixels) as f64;
        let LayerScratch { rows_by_channel, sums_by_channel, coefficients, .. } = scratch;
        let (mean, inverse) = kept.statistics.split_at(self.channels);
        let (totals, by_image) = self.sums(pass.batch, sums_by_channel);
        let (lent, share) = self.share(pass);
        let [mean_row] = self.rows(|c| [mean[c]], coefficients);
        let rows = by_channel.rows();
        let parts = share.cut(input, entries).zip(share.cut(kept.output, entries));
        let parts = parts.zip(share.cut_mut(upstream, entries)).zip(residual_parts(share, residual, entries));
        let parts = parts.zip(share.cut_mut(by_image, 2 * self.channels));
        let parts = parts.zip(sized(rows_by_channel, (lent.threads() + 1) * rows).chunks_exact_mut(rows));
        lent.for_each(parts, |(((((input, output), upstream), residual), sums), rows)| {
            self.sum_back((input, output, mean_row), (upstream, residual), sums, rows);
        });
        total(by_image, totals);
        let (plain, products) = totals.split_at(self.channels);
        // By the shift the sum of what comes back; by the scale its sum with the normalised input.
        for (place, sum) in gradient[self.shift.clone()].iter_mut().zip(plain) {
            *place = *sum as f32;
        }
        for ((place, sum), inverse) in gradient[self.scale.clone()].iter_mut().zip(products).zip(inverse) {
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
        let coefficients = (&*factor, &*slope, &*constant);
        let (lent, share) = self.share(pass);
        let parts = share.cut(input, entries).zip(share.cut(upstream, entries));
        let parts = parts.zip(share.cut_mut(sink.values, entries));
        lent.for_each(parts, |((input, upstream), values)| {
            by_channel.back(upstream, input, coefficients, Sink { values, adds: sink.adds });
        });
    }
}

/// Where the derivatives of each thread's images go past the normalisation.
fn residual_parts<'a>(
    share: Share,
    residual: Option<Sink<'a>>,
    entries: usize,
) -> impl Iterator<Item = Option<Sink<'a>>> {
    let (values, adds) = residual.map(|sink| (sink.values, sink.adds)).unwrap_or_default();
    let sinks = share.cut_mut(values, entries).map(move |values| Some(Sink { values, adds }));
    sinks.chain(std::iter::repeat_with(|| None))
}

/// The sums of all images, in their order.
fn total(by_image: &[f64], totals: &mut [f64]) {
    totals.fill(0.0);
    for sums in by_image.chunks_exact(totals.len()) {
        totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
}

impl BatchNorm {
    fn by_channel(&self) -> ByChannel {
        ByChannel { pixels: self.pixels, channels: self.channels }
    }

    /// Help with a step through the batch, and how it is shared: as much as this many multiply-adds for each entry.
    fn share<'a>(&self, pass: &Pass<'a>) -> (Lent<'a>, Share) {
        const WORTH: usize = 40;
        let lent = pass.lend(WORTH * pass.batch * self.outputs(), pass.batch.div_ceil(GROUP));
        let share = Share::of(pass.batch, lent.threads() + 1);
        (lent, share)
    }

    /// What comes back to some images, past the ReLU and to the residual, and the sums of it; image by image, so that what is
    /// read again still lies in the cache.
    fn sum_back(
        &self,
        (input, output, mean): (&[f32], &[f32], &[f32]),
        (upstream, mut residual): (&mut [f32], Option<Sink>),
        sums: &mut [f64],
        rows: &mut [f32],
    ) {
        let entries = self.inputs();
        let images = input.chunks_exact(entries).zip(output.chunks_exact(entries));
        let images = images.zip(upstream.chunks_exact_mut(entries));
        let images = images.zip(sums.chunks_exact_mut(2 * self.channels));
        for (n, (((input, output), upstream), sums)) in images.enumerate() {
            if self.relu {
                relu_backward(output, upstream);
            }
            if let Some(Sink { values, adds }) = &mut residual {
                let values = &mut values[n * entries..][..entries];
                Sink { values, adds: *adds }.take(upstream);
            }
            self.by_channel().derivatives(input, mean, upstream, rows, sums);
        }
    }

    /// Two sums for each channel, of the batch and of every image.
    fn sums<'a>(&self, batch: usize, buffer: &'a mut Vec<f64>) -> (&'a mut [f64], &'a mut [f64]) {
        sized(buffer, 2 * self.channels * (batch + 1)).split_at_mut(2 * self.channels)
    }

    /// The mean of every channel and the inverse of its standard deviation, from the moments of each image.
    fn statistics(&self, by_image: &[f64], totals: &mut [f64], (mean, inverse): (&mut [f32], &mut [f32])) {
        let by_channel = self.by_channel();
        let pixels = self.pixels as f64;
        let count = (by_image.len() / (2 * self.channels)) as f64 * pixels;
        total(by_image, totals);
        let (sums, squares) = totals.split_at_mut(self.channels);
        mean.iter_mut().zip(&*sums).for_each(|(mean, sum)| *mean = (sum / count) as f32);
        // Taken from another point than its mean, an image's squares lack what lies between the two.
        for image in by_image.chunks_exact(2 * self.channels) {
            for ((square, mean), sum) in squares.iter_mut().zip(&*mean).zip(image) {
                let (middle, mean) = (f64::from(by_channel.middle(*sum)), f64::from(*mean));
                *square += (middle - mean) * (2.0 * (sum - pixels * middle) + pixels * (middle - mean));
            }
        }
        for (inverse, square) in inverse.iter_mut().zip(&*squares) {
            *inverse = (1.0 / (square / count + EPSILON).sqrt()) as f32;
        }
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
