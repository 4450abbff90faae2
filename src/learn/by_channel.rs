//! Loops over images, channels last, in which every channel has numbers of its own.
//!
//! Pixels are taken together until they make a row of about 64 entries, beside which the numbers of the channels stand as
//! often as they are needed: inner loops are then long enough for registers of any width. An image's sums are taken in
//! single precision, one for each entry of a row, and added up over the images in double precision, so that their bits
//! depend on no instruction set and on no number of threads, and their errors hardly on the batch.

use pulp::{Simd, WithSimd};

use super::operation::Sink;
use crate::simd;

/// Entries that are taken together, at least, where channels are fewer.
const ROW: usize = 64;

/// Images of `pixels` x `channels`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByChannel {
    pub pixels: usize,
    pub channels: usize,
}

impl ByChannel {
    /// Entries of a row, and of what is repeated beside it.
    pub(super) fn row(self) -> usize {
        self.channels * (ROW / self.channels).max(1)
    }

    /// Scratch of one thread that sums.
    pub(super) fn rows(self) -> usize {
        2 * self.row()
    }

    /// For every image of `x` the sums of its channels, then the sums of the squares of what they differ by from their mean in
    /// the image, in single precision ([`ByChannel::middle`]). `rows` is scratch.
    pub(super) fn moments(self, x: &[f32], rows: &mut [f32], into: &mut [f64]) {
        simd::dispatch(Moments { by: self, x, rows, into });
    }

    /// From what the moments of an image are taken, given the sum of the channel.
    pub(super) fn middle(self, sum: f64) -> f32 {
        (sum / self.pixels as f64) as f32
    }

    /// For every image the sums of `upstream`, then those of `upstream (x - mean)`; `mean` is a row.
    pub(super) fn derivatives(
        self,
        x: &[f32],
        mean: &[f32],
        upstream: &[f32],
        rows: &mut [f32],
        into: &mut [f64],
    ) {
        simd::dispatch(Derivatives { by: self, x, mean, upstream, rows, into });
    }

    /// `out = factor x + constant`, plus the residual where there is one, clamped below at zero where that is wanted.
    /// `factor` and `constant` are rows.
    pub(super) fn scale(
        self,
        x: &[f32],
        residual: Option<&[f32]>,
        (factor, constant): (&[f32], &[f32]),
        relu: bool,
        out: &mut [f32],
    ) {
        simd::dispatch(Scaling { row: self.row(), x, residual, factor, constant, relu, out });
    }

    /// `sink <- factor upstream + slope x + constant`; the three are rows.
    pub(super) fn back(
        self,
        upstream: &[f32],
        x: &[f32],
        (factor, slope, constant): (&[f32], &[f32], &[f32]),
        sink: Sink,
    ) {
        simd::dispatch(Returning { row: self.row(), upstream, x, factor, slope, constant, sink });
    }
}

struct Moments<'a> {
    by: ByChannel,
    x: &'a [f32],
    rows: &'a mut [f32],
    into: &'a mut [f64],
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { by, x, rows, into } = self;
        let (sums, mean) = rows.split_at_mut(by.row());
        let images = x.chunks_exact(by.pixels * by.channels).zip(into.chunks_exact_mut(2 * by.channels));
        for (image, into) in images {
            let (plain, squares) = into.split_at_mut(by.channels);
            sums.fill(0.0);
            for x in image.chunks(sums.len()) {
                sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            }
            gather(sums, plain);
            // The image lies in the cache when it is read again.
            for pixel in mean.chunks_exact_mut(by.channels) {
                pixel.iter_mut().zip(&*plain).for_each(|(mean, sum)| *mean = by.middle(*sum));
            }
            sums.fill(0.0);
            for x in image.chunks(sums.len()) {
                for ((sum, mean), x) in sums.iter_mut().zip(&*mean).zip(x) {
                    *sum += (x - mean) * (x - mean);
                }
            }
            gather(sums, squares);
        }
    }
}

struct Derivatives<'a> {
    by: ByChannel,
    x: &'a [f32],
    mean: &'a [f32],
    upstream: &'a [f32],
    rows: &'a mut [f32],
    into: &'a mut [f64],
}

impl WithSimd for Derivatives<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { by, x, mean, upstream, rows, into } = self;
        let len = by.pixels * by.channels;
        let (sums, products) = rows.split_at_mut(by.row());
        let images = x.chunks_exact(len).zip(upstream.chunks_exact(len));
        for ((x, upstream), into) in images.zip(into.chunks_exact_mut(2 * by.channels)) {
            sums.fill(0.0);
            products.fill(0.0);
            for (x, upstream) in x.chunks(mean.len()).zip(upstream.chunks(mean.len())) {
                let entries = sums.iter_mut().zip(products.iter_mut()).zip(mean).zip(x).zip(upstream);
                for ((((sum, product), mean), x), up) in entries {
                    *sum += up;
                    *product += up * (x - mean);
                }
            }
            let (plain, by_x) = into.split_at_mut(by.channels);
            gather(sums, plain);
            gather(products, by_x);
        }
    }
}

/// A row's sums by channel, in double precision.
#[inline(always)]
fn gather(row: &[f32], into: &mut [f64]) {
    into.fill(0.0);
    for pixel in row.chunks_exact(into.len()) {
        into.iter_mut().zip(pixel).for_each(|(total, sum)| *total += f64::from(*sum));
    }
}

struct Scaling<'a> {
    row: usize,
    x: &'a [f32],
    residual: Option<&'a [f32]>,
    factor: &'a [f32],
    constant: &'a [f32],
    relu: bool,
    out: &'a mut [f32],
}

impl WithSimd for Scaling<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // Not `max`: a NaN stays one, since a diverging run is a result.
        let clamp = |y: f32| if y < 0.0 { 0.0 } else { y };
        let x = self.x;
        match (self.residual, self.relu) {
            (None, false) => self.run(x, |y, _| y),
            (None, true) => self.run(x, |y, _| clamp(y)),
            (Some(residual), false) => self.run(residual, |y, r| y + r),
            (Some(residual), true) => self.run(residual, |y, r| clamp(y + r)),
        }
    }
}

impl Scaling<'_> {
    #[inline(always)]
    fn run(self, residual: &[f32], then: impl Fn(f32, f32) -> f32) {
        let inputs = self.x.chunks(self.row).zip(residual.chunks(self.row));
        for (out, (x, residual)) in self.out.chunks_mut(self.row).zip(inputs) {
            let coefficients = self.factor.iter().zip(self.constant);
            for (((y, x), residual), (factor, constant)) in
                out.iter_mut().zip(x).zip(residual).zip(coefficients)
            {
                *y = then(factor * x + constant, *residual);
            }
        }
    }
}

struct Returning<'a> {
    row: usize,
    upstream: &'a [f32],
    x: &'a [f32],
    factor: &'a [f32],
    slope: &'a [f32],
    constant: &'a [f32],
    sink: Sink<'a>,
}

impl WithSimd for Returning<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if self.sink.adds { self.run(|old, new| old + new) } else { self.run(|_, new| new) }
    }
}

impl Returning<'_> {
    #[inline(always)]
    fn run(self, then: impl Fn(f32, f32) -> f32) {
        let inputs = self.upstream.chunks(self.row).zip(self.x.chunks(self.row));
        for (values, (upstream, x)) in self.sink.values.chunks_mut(self.row).zip(inputs) {
            let coefficients = self.factor.iter().zip(self.slope).zip(self.constant);
            let entries = values.iter_mut().zip(upstream).zip(x);
            for (((value, up), x), ((factor, slope), constant)) in entries.zip(coefficients) {
                *value = then(*value, factor * up + slope * x + constant);
            }
        }
    }
}
