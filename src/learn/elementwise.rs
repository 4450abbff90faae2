//! The nodes that look at one entry at a time: ReLU and addition.

use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::{Pass, relu_backward};
use super::workspace::LayerScratch;

/// `max(x, 0)`, where a NaN stays one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relu {
    /// Entries of a sample.
    pub len: usize,
}

/// The sum of two batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Add {
    /// Entries of a sample.
    pub len: usize,
}

impl Operation for Relu {
    fn inputs(&self) -> usize {
        self.len
    }

    fn outputs(&self) -> usize {
        self.len
    }

    fn forward(&self, _: &Pass, [input, _]: Inputs, kept: Kept<&mut [f32], &mut [u8]>, _: &mut LayerScratch) {
        for (y, &x) in kept.output.iter_mut().zip(input) {
            // Not `max`: a diverging run is a result.
            *y = if x < 0.0 { 0.0 } else { x };
        }
    }

    fn backward(
        &self,
        _: &Pass,
        (_, kept): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        _: &mut [f32],
        _: &mut LayerScratch,
    ) {
        relu_backward(kept.output, upstream);
        if let Some(mut sink) = sink {
            sink.take(upstream);
        }
    }
}

impl Operation for Add {
    fn inputs(&self) -> usize {
        self.len
    }

    fn arity(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        self.len
    }

    fn forward(&self, _: &Pass, [a, b]: Inputs, kept: Kept<&mut [f32], &mut [u8]>, _: &mut LayerScratch) {
        for ((y, a), b) in kept.output.iter_mut().zip(a).zip(b) {
            *y = a + b;
        }
    }

    fn backward(
        &self,
        _: &Pass,
        _: (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        sinks: Sinks,
        _: &mut [f32],
        _: &mut LayerScratch,
    ) {
        for mut sink in sinks.into_iter().flatten() {
            sink.take(upstream);
        }
    }
}
