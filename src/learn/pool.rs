//! Max pooling over 2 x 2 pixels with stride 2, channels last.

use pulp::{Simd, WithSimd};

use crate::simd;

use super::multiply::LANES;
use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::Pass;
use super::workspace::{LayerScratch, sized};

/// The largest of every 2 x 2 pixels, for each channel: images of `height` x `width` x `channels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    /// Rows of pixels on the way in.
    pub height: usize,
    /// Pixels of a row on the way in.
    pub width: usize,
    /// Entries of a pixel.
    pub channels: usize,
}

impl MaxPool {
    /// Entries of a pooled image; a last odd row or column is dropped, as in PyTorch.
    pub(super) fn pooled(self) -> usize {
        (self.height / 2) * (self.width / 2) * self.channels
    }

    /// Calls `visit(pooled pixel, top left pixel)` for every window of one image.
    #[inline(always)]
    fn windows(self, mut visit: impl FnMut(usize, usize)) {
        for y in 0..self.height / 2 {
            for x in 0..self.width / 2 {
                visit(y * (self.width / 2) + x, 2 * y * self.width + 2 * x);
            }
        }
    }

    /// How far the four pixels of a window, row-major, lie behind its top left one.
    #[inline(always)]
    fn offsets(self) -> [usize; 4] {
        [0, 1, self.width, self.width + 1]
    }

    /// The largest of each window and which of its four pixels (row-major) held it: the first one when several
    /// do, and a NaN before everything else. Any number of images.
    pub(super) fn pool_images(self, images: &[f32], output: &mut [f32], argmax: &mut [u8]) {
        let pooled = output.chunks_exact_mut(self.pooled()).zip(argmax.chunks_exact_mut(self.pooled()));
        for (image, (output, winners)) in images.chunks_exact(self.image()).zip(pooled) {
            simd::dispatch(Forward { pool: self, image, output, winners });
        }
    }

    /// Sends each derivative to the pixel that won; every other pixel gets zero. Any number of images.
    pub(super) fn unpool_images(self, upstream: &[f32], argmax: &[u8], image_gradients: &mut [f32]) {
        let pooled = upstream.chunks_exact(self.pooled()).zip(argmax.chunks_exact(self.pooled()));
        for (image_gradient, (upstream, winners)) in
            image_gradients.chunks_exact_mut(self.image()).zip(pooled)
        {
            simd::dispatch(Backward { pool: self, upstream, winners, image_gradient });
        }
    }

    fn image(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl Operation for MaxPool {
    fn inputs(&self) -> usize {
        self.image()
    }

    fn outputs(&self) -> usize {
        self.pooled()
    }

    fn argmax_len(&self) -> usize {
        self.pooled()
    }

    fn forward(&self, _: &Pass, [input, _]: Inputs, kept: Kept<&mut [f32], &mut [u8]>, _: &mut LayerScratch) {
        self.pool_images(input, kept.output, kept.argmax);
    }

    fn backward(
        &self,
        _: &Pass,
        ([input, _], kept): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        _: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        let Some(mut sink) = sink else { return };
        if sink.adds {
            let back = sized(&mut scratch.returning, input.len());
            self.unpool_images(upstream, kept.argmax, back);
            sink.take(back);
        } else {
            self.unpool_images(upstream, kept.argmax, sink.values);
        }
    }
}

/// [`MaxPool::pool_images`], all channels of a window side by side in the widest registers.
struct Forward<'a> {
    pool: MaxPool,
    image: &'a [f32],
    output: &'a mut [f32],
    winners: &'a mut [u8],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pool, image, output, winners } = self;
        let c = pool.channels;
        let whole = c - c % S::F32_LANES;
        pool.windows(|pooled, top_left| {
            let pixels = pool.offsets().map(|offset| &image[(top_left + offset) * c..][..c]);
            let output = &mut output[pooled * c..][..c];
            let winners = &mut winners[pooled * c..][..c];
            // Apart from the rest: how long a whole register is, is known when this is compiled.
            for first in (0..whole).step_by(S::F32_LANES) {
                let lanes = first..first + S::F32_LANES;
                let pixels = pixels.map(|pixel| &pixel[lanes.clone()]);
                largest(simd, pixels, &mut output[lanes.clone()], &mut winners[lanes.clone()]);
            }
            if whole < c {
                let pixels = pixels.map(|pixel| &pixel[whole..]);
                largest(simd, pixels, &mut output[whole..], &mut winners[whole..]);
            }
        });
    }
}

/// The largest of four pixels and its place, for as many channels as a register has lanes or fewer.
// Written out: the compiler would take the channels one by one, and pooling would cost an eighth of a CNN's gradient.
#[inline(always)]
fn largest<S: Simd>(simd: S, [first, rest @ ..]: [&[f32]; 4], output: &mut [f32], winners: &mut [u8]) {
    let mut best = simd.partial_load_f32s(first);
    let mut winner = simd.splat_u32s(0);
    for (place, pixel) in (1..).zip(rest) {
        let value = simd.partial_load_f32s(pixel);
        // Larger, or the first NaN: it is not at most anything, and nothing wins over it.
        let at_most = simd.less_than_or_equal_f32s(value, best);
        let wins = simd.and_m32s(simd.not_m32s(at_most), simd.equal_f32s(best, best));
        best = simd.select_f32s(wins, value, best);
        winner = simd.select_u32s(wins, simd.splat_u32s(place), winner);
    }
    simd.partial_store_f32s(output, best);
    let mut places = [0; LANES];
    simd.partial_store_u32s(&mut places[..winners.len()], winner);
    let places = places.map(|place| place as u8);
    winners.copy_from_slice(&places[..winners.len()]);
}

/// [`MaxPool::unpool_images`].
struct Backward<'a> {
    pool: MaxPool,
    upstream: &'a [f32],
    winners: &'a [u8],
    image_gradient: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pool, upstream, winners, image_gradient } = self;
        let c = pool.channels;
        if !pool.height.is_multiple_of(2) || !pool.width.is_multiple_of(2) {
            image_gradient.fill(0.0);
        }
        pool.windows(|pooled, top_left| {
            let upstream = &upstream[pooled * c..][..c];
            let winners = &winners[pooled * c..][..c];
            for (place, offset) in (0..).zip(pool.offsets()) {
                let pixel = &mut image_gradient[(top_left + offset) * c..][..c];
                for ((pixel, &up), &winner) in pixel.iter_mut().zip(upstream).zip(winners) {
                    *pixel = if winner == place { up } else { 0.0 };
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_wins_and_odd_borders_are_dropped() {
        let pool = MaxPool { height: 2, width: 3, channels: 1 };
        let (mut output, mut winners, mut back) = ([0.0], [9], [9.0; 6]);
        pool.pool_images(&[1.0, 2.0, 7.0, 2.0, 2.0, 7.0], &mut output, &mut winners);
        assert_eq!((output, winners), ([2.0], [1]));
        pool.unpool_images(&[5.0], &winners, &mut back);
        assert_eq!(back, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
    }

    /// With values of few kinds, NaN among them, and more channels than a register has lanes.
    #[test]
    fn every_instruction_set_gives_the_same_winners() {
        let pool = MaxPool { height: 5, width: 4, channels: 21 };
        let kinds = [f32::NAN, 0.0, -0.0, 1.0, -1.0, f32::INFINITY, 2.0];
        let image: Vec<f32> = (0..5 * 4 * 21).map(|i| kinds[(i * i + i / 3) % 7]).collect();
        let run = |scalar: bool| {
            let (mut output, mut winners) = (vec![9.0; pool.pooled()], vec![9; pool.pooled()]);
            let mut back = vec![9.0; image.len()];
            let (image, upstream) = (&image[..], &image[..pool.pooled()]);
            if scalar {
                let (output, winners) = (&mut output[..], &mut winners[..]);
                Forward { pool, image, output, winners }.with_simd(pulp::Scalar);
                let (winners, image_gradient) = (&*winners, &mut back[..]);
                Backward { pool, upstream, winners, image_gradient }.with_simd(pulp::Scalar);
            } else {
                pool.pool_images(image, &mut output, &mut winners);
                pool.unpool_images(upstream, &winners, &mut back);
            }
            let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            (bits(&output), winners, bits(&back))
        };
        assert_eq!(run(true), run(false));
    }

    #[test]
    fn a_nan_is_not_lost() {
        let pool = MaxPool { height: 2, width: 2, channels: 1 };
        let (mut output, mut winners) = ([0.0], [9]);
        pool.pool_images(&[1.0, f32::NAN, 7.0, f32::NAN], &mut output, &mut winners);
        assert!(output[0].is_nan());
        assert_eq!(winners, [1]);
    }
}
