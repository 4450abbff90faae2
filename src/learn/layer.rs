//! The layers a model is made of, behind one pair of functions.
//!
//! A layer maps a batch (samples one after the other) to a batch and, on the way back, turns the loss's derivative by
//! its output into those by its parameters and its input. New layers are an arm here.

use super::conv::Conv;
use super::linear::Linear;
use super::offsets::table;
use super::pass::Pass;
use super::transpose::Transpose;
use super::workspace::LayerScratch;

/// A step of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// Convolution, perhaps with ReLU and max pooling.
    Conv(Conv),
    /// Dense layer, perhaps with ReLU.
    Linear(Linear),
    /// Reorders every sample.
    Transpose(Transpose),
}

impl Layer {
    /// The layer alone, without a model around it: its output for a batch. Images are channels last.
    #[must_use]
    pub fn apply(&self, params: &[f32], input: &[f32]) -> Vec<f32> {
        self.alone(params, input, |_, output, _, _| output.to_vec())
    }

    /// The layer alone: the derivatives of `sum(upstream * output)` by its input and by `params`.
    #[must_use]
    pub fn pull_back(&self, params: &[f32], input: &[f32], upstream: &[f32]) -> (Vec<f32>, Vec<f32>) {
        self.alone(params, input, |pass, output, winners, scratch| {
            let (mut downstream, mut gradient) = (vec![f32::NAN; input.len()], vec![f32::NAN; params.len()]);
            let (seen, mut upstream) = ((input, output, winners), upstream.to_vec());
            self.backward(pass, seen, &mut upstream, Some(&mut downstream), &mut gradient, scratch);
            (downstream, gradient)
        })
    }

    fn alone<T>(
        &self,
        params: &[f32],
        input: &[f32],
        then: impl FnOnce(&Pass, &[f32], &[u8], &mut LayerScratch) -> T,
    ) -> T {
        let counting = table(self.inputs().max(self.outputs()), |i| i);
        let pass = Pass { params, batch: input.len() / self.inputs(), iota: &counting };
        let mut output = vec![f32::NAN; pass.batch * self.outputs()];
        let mut winners = vec![u8::MAX; pass.batch * self.argmax_len()];
        let mut scratch = LayerScratch::default();
        self.forward(&pass, input, &mut output, &mut winners, &mut scratch);
        then(&pass, &output, &winners, &mut scratch)
    }

    /// Entries of a sample on the way in.
    pub(super) fn inputs(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.inputs(),
            Self::Linear(linear) => linear.inputs,
            Self::Transpose(t) => t.rows * t.columns,
        }
    }

    /// Entries of a sample on the way out.
    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.outputs(),
            Self::Linear(linear) => linear.outputs,
            Self::Transpose(t) => t.rows * t.columns,
        }
    }

    /// Entries for which the layer must remember a winner.
    pub(super) fn argmax_len(&self) -> usize {
        match self {
            Self::Conv(conv) if conv.pools() => conv.outputs(),
            _ => 0,
        }
    }

    /// Multiply-adds of the forward pass for a sample.
    pub(super) fn products(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.products(),
            Self::Linear(linear) => linear.inputs * linear.outputs,
            Self::Transpose(_) => 0,
        }
    }

    /// Entries of scratch, for a batch.
    pub(super) fn scratch(&self, batch: usize) -> usize {
        match self {
            Self::Conv(conv) => conv.scratch(),
            Self::Linear(linear) => {
                linear.inputs * linear.outputs.max(batch) + linear.outputs * (batch + 1) + 2 * batch
            }
            Self::Transpose(_) => 0,
        }
    }

    /// Overwrites `output` (and `winners`).
    pub(super) fn forward(
        &self,
        pass: &Pass,
        input: &[f32],
        output: &mut [f32],
        winners: &mut [u8],
        scratch: &mut LayerScratch,
    ) {
        match self {
            Self::Conv(conv) => conv.forward(pass, input, output, winners, scratch),
            Self::Linear(linear) => linear.forward(pass, input, output, scratch),
            Self::Transpose(transpose) => transpose.apply(input, output),
        }
    }

    /// Overwrites the layer's part of `gradient` and, if wanted, `downstream`; may change `upstream`.
    pub(super) fn backward(
        &self,
        pass: &Pass,
        (input, output, winners): (&[f32], &[f32], &[u8]),
        upstream: &mut [f32],
        downstream: Option<&mut [f32]>,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        match self {
            Self::Conv(conv) => {
                conv.backward(pass, (input, output, winners), upstream, downstream, gradient, scratch);
            }
            Self::Linear(linear) => {
                linear.backward(pass, (input, output), upstream, downstream, gradient, scratch);
            }
            Self::Transpose(transpose) => {
                if let Some(downstream) = downstream {
                    transpose.inverse().apply(upstream, downstream);
                }
            }
        }
    }
}
