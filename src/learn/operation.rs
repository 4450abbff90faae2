//! What every node of a model can do: from a batch to a batch, and the derivatives back.

use super::pass::Pass;
use super::workspace::LayerScratch;

/// A map from one batch, or two, to a batch. Samples lie one after the other; images are channels last.
pub(super) trait Operation {
    /// Entries of a sample on the way in, of each of its inputs.
    fn inputs(&self) -> usize;

    /// How many batches it takes: one, or two of the same shape on the way out.
    fn arity(&self) -> usize {
        1
    }

    /// Entries of a sample on the way out.
    fn outputs(&self) -> usize;

    /// Entries of a sample for which it must remember which input won.
    fn argmax_len(&self) -> usize {
        0
    }

    /// Numbers about the whole batch that it must remember.
    fn statistics_len(&self) -> usize {
        0
    }

    /// Multiply-adds of the forward pass for a sample, where it is a product.
    fn products(&self) -> usize {
        0
    }

    /// Whether it has parameters, so that somebody asks for the derivative by its output.
    fn has_parameters(&self) -> bool {
        false
    }

    /// Entries of scratch, for a batch.
    fn scratch(&self, _batch: usize) -> usize {
        0
    }

    /// Entries more where so many threads share its part of a gradient.
    fn shared_scratch(&self, _batch: usize, _threads: usize) -> usize {
        0
    }

    /// Overwrites what it leaves behind.
    fn forward(
        &self,
        pass: &Pass,
        inputs: Inputs,
        kept: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    );

    /// Overwrites its part of `gradient`, and gives every input that has a sink its derivatives; may change `upstream`.
    fn backward(
        &self,
        pass: &Pass,
        seen: (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        sinks: Sinks,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    );
}

/// The batches on the way in; the second one is empty where there is one.
pub(super) type Inputs<'a> = [&'a [f32]; 2];

/// What the forward pass leaves for the way back.
#[derive(Clone, Copy)]
pub(super) struct Kept<F, U> {
    pub output: F,
    /// Which input won, for every entry of the output.
    pub argmax: U,
    /// Numbers about the whole batch.
    pub statistics: F,
}

/// Where the derivatives by an input go. Several nodes may have read it: the first to come back stores, the others add.
pub(super) struct Sink<'a> {
    pub values: &'a mut [f32],
    pub adds: bool,
}

/// For each input, unless nobody asks.
pub(super) type Sinks<'a> = [Option<Sink<'a>>; 2];

impl Sink<'_> {
    /// Takes derivatives as they are.
    pub(super) fn take(&mut self, derivatives: &[f32]) {
        self.take_each(derivatives.iter().copied());
    }

    /// Takes derivatives one after the other.
    #[inline(always)]
    pub(super) fn take_each(&mut self, derivatives: impl Iterator<Item = f32>) {
        let values = self.values.iter_mut().zip(derivatives);
        if self.adds {
            values.for_each(|(value, derivative)| *value += derivative);
        } else {
            values.for_each(|(value, derivative)| *value = derivative);
        }
    }
}
