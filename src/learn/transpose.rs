//! Reordering of samples between channels first and channels last.

use super::operation::{Inputs, Kept, Operation, Sinks};
use super::pass::Pass;
use super::workspace::{LayerScratch, sized};

/// Turns each sample from `rows` x `columns` into `columns` x `rows`: channels first (data files, PyTorch's
/// flattened vectors) to channels last (convolutions here) and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transpose {
    /// Rows on the way in.
    pub rows: usize,
    /// Columns on the way in.
    pub columns: usize,
}

impl Transpose {
    /// For inputs or, with the roles of rows and columns exchanged, for derivatives.
    pub(super) fn apply(self, input: &[f32], output: &mut [f32]) {
        let size = self.rows * self.columns;
        for (input, output) in input.chunks_exact(size).zip(output.chunks_exact_mut(size)) {
            for (c, column) in output.chunks_exact_mut(self.rows).enumerate() {
                for (r, entry) in column.iter_mut().enumerate() {
                    *entry = input[r * self.columns + c];
                }
            }
        }
    }

    pub(super) fn inverse(self) -> Self {
        Self { rows: self.columns, columns: self.rows }
    }
}

impl Operation for Transpose {
    fn inputs(&self) -> usize {
        self.rows * self.columns
    }

    fn outputs(&self) -> usize {
        self.rows * self.columns
    }

    fn forward(&self, _: &Pass, [input, _]: Inputs, kept: Kept<&mut [f32], &mut [u8]>, _: &mut LayerScratch) {
        self.apply(input, kept.output);
    }

    fn backward(
        &self,
        _: &Pass,
        _: (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        _: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        let Some(mut sink) = sink else { return };
        if sink.adds {
            let back = sized(&mut scratch.returning, upstream.len());
            self.inverse().apply(upstream, back);
            sink.take(back);
        } else {
            self.inverse().apply(upstream, sink.values);
        }
    }
}
