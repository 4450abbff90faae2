//! What every layer is given on its way through a batch, and what several of them do on the way back.

use crate::helpers::{Helpers, Lent};

/// Multiply-adds that are not worth waking a thread: about a tenth of a millisecond.
const SMALL: usize = 5_000_000;

/// What all layers of one pass share.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    /// The whole model's parameters.
    pub params: &'a [f32],
    /// Samples.
    pub batch: usize,
    /// 0, 1, 2, ... up to the widest vector of the model.
    pub iota: &'a [u32],
    /// Who helps with large layers.
    pub helpers: &'a Helpers,
}

impl<'a> Pass<'a> {
    /// Help with work of so many multiply-adds in so many parts, if it is worth it.
    pub(super) fn lend(&self, work: usize, parts: usize) -> Lent<'a> {
        self.helpers.lend(if work < SMALL { 0 } else { parts.saturating_sub(1) })
    }
}

/// Where a ReLU's output is zero, nothing flows back.
pub(super) fn relu_backward(output: &[f32], upstream: &mut [f32]) {
    for (up, &out) in upstream.iter_mut().zip(output) {
        // A NaN compares as "not at most zero" and so passes its derivative on, as in PyTorch.
        *up = if out <= 0.0 { 0.0 } else { *up };
    }
}

/// `sums[n] = sum over rows of matrix[row][n]`, overwritten.
pub(super) fn sum_rows(matrix: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for row in matrix.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry);
    }
}
