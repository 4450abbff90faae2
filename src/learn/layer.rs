//! The layers a model is made of, behind one trait.
//!
//! A layer maps a batch (samples one after the other) to a batch and, on the way back, turns the loss's derivative by
//! its output into those by its parameters and its inputs. A new layer is a file that implements `Operation`, and an arm
//! here.

use super::batch_norm::BatchNorm;
use super::conv::Conv;
use super::elementwise::{Add, Relu};
use super::linear::Linear;
use super::offsets::table;
use super::operation::{Inputs, Kept, Operation, Sink};
use super::pass::Pass;
use super::pool::MaxPool;
use super::spatial::{MeanPool, Shortcut};
use super::transpose::Transpose;
use super::workspace::LayerScratch;
use crate::helpers::NOBODY;

/// A step of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// Convolution; with ReLU and max pooling where they were fused to it.
    Conv(Conv),
    /// Dense layer; with ReLU where it was fused to it.
    Linear(Linear),
    /// Batch normalisation; with an addition and ReLU where they were fused to it.
    BatchNorm(BatchNorm),
    /// Reorders every sample.
    Transpose(Transpose),
    /// `max(x, 0)`.
    Relu(Relu),
    /// The sum of two batches.
    Add(Add),
    /// The largest of 2 x 2 pixels.
    MaxPool(MaxPool),
    /// The mean over all pixels.
    MeanPool(MeanPool),
    /// Past a block of another shape.
    Shortcut(Shortcut),
}

impl Layer {
    pub(super) fn operation(&self) -> &dyn Operation {
        match self {
            Self::Conv(layer) => layer,
            Self::Linear(layer) => layer,
            Self::BatchNorm(layer) => layer,
            Self::Transpose(layer) => layer,
            Self::Relu(layer) => layer,
            Self::Add(layer) => layer,
            Self::MaxPool(layer) => layer,
            Self::MeanPool(layer) => layer,
            Self::Shortcut(layer) => layer,
        }
    }

    /// The layer alone, without a model around it: its output for one batch, or two. Images are channels last.
    #[must_use]
    pub fn apply(&self, params: &[f32], inputs: &[&[f32]]) -> Vec<f32> {
        self.alone(params, inputs, |_, _, kept, _| kept.output.to_vec())
    }

    /// The layer alone: the derivatives of `sum(upstream * output)` by each of its inputs, and by `params`.
    #[must_use]
    pub fn pull_back(
        &self,
        params: &[f32],
        inputs: &[&[f32]],
        upstream: &[f32],
    ) -> (Vec<Vec<f32>>, Vec<f32>) {
        self.alone(params, inputs, |pass, seen, kept, scratch| {
            let mut downstream = inputs.iter().map(|input| vec![f32::NAN; input.len()]).collect::<Vec<_>>();
            let (mut gradient, mut upstream) = (vec![f32::NAN; params.len()], upstream.to_vec());
            let mut sinks = downstream.iter_mut().map(|values| Sink { values, adds: false });
            let sinks = [sinks.next(), sinks.next()];
            self.operation().backward(pass, (seen, kept), &mut upstream, sinks, &mut gradient, scratch);
            (downstream, gradient)
        })
    }

    fn alone<T>(
        &self,
        params: &[f32],
        inputs: &[&[f32]],
        then: impl FnOnce(&Pass, Inputs, Kept<&[f32], &[u8]>, &mut LayerScratch) -> T,
    ) -> T {
        let operation = self.operation();
        let inputs = [inputs[0], inputs.get(1).copied().unwrap_or_default()];
        let counting = table(operation.inputs().max(operation.outputs()), |i| i);
        let pass =
            Pass { params, batch: inputs[0].len() / operation.inputs(), iota: &counting, helpers: &NOBODY };
        let mut output = vec![f32::NAN; pass.batch * operation.outputs()];
        let mut argmax = vec![u8::MAX; pass.batch * operation.argmax_len()];
        let mut statistics = vec![f32::NAN; operation.statistics_len()];
        let mut scratch = LayerScratch::default();
        let kept = Kept { output: &mut output[..], argmax: &mut argmax[..], statistics: &mut statistics[..] };
        operation.forward(&pass, inputs, kept, &mut scratch);
        let kept = Kept { output: &output[..], argmax: &argmax[..], statistics: &statistics[..] };
        then(&pass, inputs, kept, &mut scratch)
    }
}
