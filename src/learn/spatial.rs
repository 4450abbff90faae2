//! What has no parameters and moves or averages pixels: the mean over an image, and the shortcut past a block that
//! changes its shape.

use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::Pass;
use super::workspace::LayerScratch;
use crate::data::Shape;

/// The mean over all pixels of each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanPool {
    /// Height times width.
    pub pixels: usize,
    /// Entries of a pixel, and of a sample on the way out.
    pub channels: usize,
}

/// Past a block of another shape without parameters: every `stride`-th pixel, and zeros around its channels (option A of He
/// et al. 2015, arXiv 1512.03385). Of the new channels as many lie before as behind; an odd one lies behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// What comes in.
    pub input: Shape,
    /// What goes out: no fewer channels, and `stride` times fewer rows and columns, rounded up or down.
    pub output: Shape,
    /// Pixels from one that stays to the next.
    pub stride: usize,
}

impl Operation for MeanPool {
    fn inputs(&self) -> usize {
        self.pixels * self.channels
    }

    fn outputs(&self) -> usize {
        self.channels
    }

    fn forward(&self, _: &Pass, [input, _]: Inputs, kept: Kept<&mut [f32], &mut [u8]>, _: &mut LayerScratch) {
        let images = input.chunks_exact(self.inputs());
        for (mean, image) in kept.output.chunks_exact_mut(self.channels).zip(images) {
            mean.fill(0.0);
            for pixel in image.chunks_exact(self.channels) {
                mean.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += x);
            }
            mean.iter_mut().for_each(|sum| *sum /= self.pixels as f32);
        }
    }

    fn backward(
        &self,
        _: &Pass,
        _: (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        _: &mut [f32],
        _: &mut LayerScratch,
    ) {
        if let Some(mut sink) = sink {
            let share = 1.0 / self.pixels as f32;
            upstream.iter_mut().for_each(|derivative| *derivative *= share);
            let images = upstream.chunks_exact(self.channels);
            sink.take_each(
                images.flat_map(|image| (0..self.pixels).flat_map(move |_| image.iter().copied())),
            );
        }
    }
}

impl Shortcut {
    /// Channels of zeros before those that come in.
    fn before(&self) -> usize {
        (self.output.channels - self.input.channels) / 2
    }

    /// Visits every pixel that stays: where it begins on the way in, and where what it becomes begins on the way out.
    fn pixels(&self, samples: usize, mut visit: impl FnMut(usize, usize)) {
        let (input, output) = (self.input, self.output);
        for n in 0..samples {
            for y in 0..output.height {
                for x in 0..output.width {
                    let from = (n * input.height + y * self.stride) * input.width + x * self.stride;
                    let to = (n * output.height + y) * output.width + x;
                    visit(from * input.channels, to * output.channels);
                }
            }
        }
    }
}

impl Operation for Shortcut {
    fn inputs(&self) -> usize {
        self.input.features()
    }

    fn outputs(&self) -> usize {
        self.output.features()
    }

    fn forward(
        &self,
        pass: &Pass,
        [input, _]: Inputs,
        kept: Kept<&mut [f32], &mut [u8]>,
        _: &mut LayerScratch,
    ) {
        let (channels, before) = (self.input.channels, self.before());
        kept.output.fill(0.0);
        self.pixels(pass.batch, |from, to| {
            kept.output[to + before..][..channels].copy_from_slice(&input[from..][..channels]);
        });
    }

    fn backward(
        &self,
        pass: &Pass,
        _: (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        _: &mut [f32],
        _: &mut LayerScratch,
    ) {
        let Some(sink) = sink else { return };
        let (channels, before) = (self.input.channels, self.before());
        if !sink.adds {
            sink.values.fill(0.0);
        }
        self.pixels(pass.batch, |from, to| {
            let derivatives = &upstream[to + before..][..channels];
            sink.values[from..][..channels].iter_mut().zip(derivatives).for_each(|(x, d)| *x += d);
        });
    }
}
