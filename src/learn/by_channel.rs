//! Loops over images, channels last, in which every channel has numbers of its own.
//!
//! Pixels are taken together until they make a row of about 64 entries, beside which the numbers of the channels stand as
//! often as they are needed: inner loops are then long enough for registers of any width. An image's sums are taken in
//! single precision, one for each entry of a row, and added up over the images in double precision, so that their bits
//! depend on no instruction set and their errors hardly on the batch.

use pulp::{Simd, WithSimd};

use super::operation::Sink;
use super::workspace::sized;
use crate::simd;

/// Entries that are taken together, at least, where channels are fewer.
const ROW: usize = 64;

/// Images of `pixels` x `channels`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByChannel {
    pub pixels: usize,
    pub channels: usize,
}

/// What is summed over all pixels of a batch, for each channel.
#[derive(Clone, Copy)]
pub(super) enum Sum<'a> {
    /// `x`
    Plain { x: &'a [f32] },
    /// `(x - mean)^2`
    Squares { x: &'a [f32], mean: &'a [f32] },
    /// `upstream (x - mean)`
    Products { x: &'a [f32], mean: &'a [f32], upstream: &'a [f32] },
}

impl ByChannel {
    /// Entries of a row, and of what is repeated beside it.
    pub(super) fn row(self) -> usize {
        self.channels * (ROW / self.channels).max(1)
    }

    /// Overwrites `into` with the sums, one for each channel. `rows` is scratch.
    pub(super) fn sum(self, what: Sum, rows: &mut Vec<f32>, into: &mut [f64]) {
        into.fill(0.0);
        let (mean, sums) = sized(rows, 2 * self.row()).split_at_mut(self.row());
        if let Sum::Squares { mean: by_channel, .. } | Sum::Products { mean: by_channel, .. } = what {
            repeat(by_channel, mean);
        }
        simd::dispatch(Summing { by: self, what, mean, sums, into });
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

/// Numbers by channel as a row.
pub(super) fn repeat(by_channel: &[f32], row: &mut [f32]) {
    row.chunks_exact_mut(by_channel.len()).for_each(|pixel| pixel.copy_from_slice(by_channel));
}

struct Summing<'a> {
    by: ByChannel,
    what: Sum<'a>,
    mean: &'a [f32],
    sums: &'a mut [f32],
    into: &'a mut [f64],
}

impl WithSimd for Summing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.what {
            Sum::Plain { x } => self.run(x, x, |_, x, _| x),
            Sum::Squares { x, .. } => self.run(x, x, |mean, x, _| (x - mean) * (x - mean)),
            Sum::Products { x, upstream, .. } => self.run(x, upstream, |mean, x, up| up * (x - mean)),
        }
    }
}

impl Summing<'_> {
    #[inline(always)]
    fn run(self, a: &[f32], b: &[f32], of: impl Fn(f32, f32, f32) -> f32) {
        let image = self.by.pixels * self.by.channels;
        for (a, b) in a.chunks_exact(image).zip(b.chunks_exact(image)) {
            self.sums.fill(0.0);
            for (a, b) in a.chunks(self.sums.len()).zip(b.chunks(self.sums.len())) {
                for (((sum, mean), a), b) in self.sums.iter_mut().zip(self.mean).zip(a).zip(b) {
                    *sum += of(*mean, *a, *b);
                }
            }
            for pixel in self.sums.chunks_exact(self.by.channels) {
                self.into.iter_mut().zip(pixel).for_each(|(total, sum)| *total += f64::from(*sum));
            }
        }
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
