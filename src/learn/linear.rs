//! The dense layer and the reordering between images and vectors.

use std::ops::Range;

use super::multiply::{Addressed, Right, Then, multiply, pack, padded};
use super::offsets::narrow;
use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::{Pass, relu_backward, sum_rows};
use super::workspace::{LayerScratch, sized};

/// `y = W x + b`, perhaps clamped below at zero; W is outputs x inputs, row-major (PyTorch's `nn.Linear`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// Entries of a sample on the way in.
    pub inputs: usize,
    /// Entries of a sample on the way out.
    pub outputs: usize,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Where W lies in the flat parameter vector.
    pub weight: Range<usize>,
    /// Where b lies in the flat parameter vector.
    pub bias: Range<usize>,
}

impl Operation for Linear {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn products(&self) -> usize {
        self.inputs * self.outputs
    }

    fn has_parameters(&self) -> bool {
        true
    }

    fn scratch(&self, batch: usize) -> usize {
        self.inputs * self.outputs.max(batch) + self.outputs * (batch + 1) + 2 * batch
    }

    /// The product is taken as `y^T = W x^T`: W is read where it lies, once a batch, and only the batch, which is smaller,
    /// has to be transposed before and after.
    fn forward(
        &self,
        pass: &Pass,
        [input, _]: Inputs,
        kept: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    ) {
        let LayerScratch { panels, rows, more_rows, by_output, .. } = scratch;
        let samples = sized(panels, self.inputs * padded(pass.batch));
        pack(input, (self.inputs, pass.batch), (1, self.inputs), samples);
        let left = Addressed {
            data: &pass.params[self.weight.clone()],
            rows: offsets(rows, self.outputs, self.inputs),
            columns: &pass.iota[..self.inputs],
        };
        let by_output = sized(by_output, self.outputs * pass.batch);
        let right = Right::packed(samples, pass.batch);
        let then = Then::Store { bias: None, relu: false };
        multiply(left, right, by_output, offsets(more_rows, self.outputs, pass.batch), then);
        let bias = &pass.params[self.bias.clone()];
        for (n, sample) in kept.output.chunks_exact_mut(self.outputs).enumerate() {
            for ((y, sums), bias) in sample.iter_mut().zip(by_output.chunks_exact(pass.batch)).zip(bias) {
                let sum = sums[n] + bias;
                // Not `max`: a NaN must stay one, a diverging run is a result.
                *y = if self.relu && sum < 0.0 { 0.0 } else { sum };
            }
        }
    }

    fn backward(
        &self,
        pass: &Pass,
        ([input, _], kept): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        if self.relu {
            relu_backward(kept.output, upstream);
        }
        let LayerScratch { panels, rows, more_rows, .. } = scratch;
        sum_rows(upstream, &mut gradient[self.bias.clone()]);

        // dW = upstream^T x input
        let by_sample = offsets(rows, pass.batch, self.outputs);
        let counting = &pass.iota;
        let left = Addressed { data: upstream, rows: &counting[..self.outputs], columns: by_sample };
        let right = Right::of(input, (pass.batch, self.inputs), panels);
        let then = Then::Store { bias: None, relu: false };
        let by_output = offsets(more_rows, self.outputs, self.inputs);
        multiply(left, right, &mut gradient[self.weight.clone()], by_output, then);

        // dx = upstream x W
        if let Some(sink) = sink {
            let weight = &pass.params[self.weight.clone()];
            let left = Addressed { data: upstream, rows: by_sample, columns: &counting[..self.outputs] };
            let right = Right::of(weight, (self.outputs, self.inputs), panels);
            let then = if sink.adds { Then::Add } else { then };
            multiply(left, right, sink.values, offsets(more_rows, pass.batch, self.inputs), then);
        }
    }
}

/// 0, stride, 2 stride, ...
fn offsets(buffer: &mut Vec<u32>, count: usize, stride: usize) -> &[u32] {
    let table = sized(buffer, count);
    table.iter_mut().enumerate().for_each(|(i, offset)| *offset = narrow(i * stride));
    table
}
