//! A model: one flat parameter vector, the tensors and layers that are views of it, and what it computes.

use std::ops::Range;

use ndarray::{ArrayView2, Axis};

use super::layer::Layer;
use super::loss;
use super::pass::Pass;
use super::workspace::{Workspace, sized};
use crate::data::Shape;

/// Samples that [`Model::evaluate`] looks at together; it bounds the memory of an evaluation.
const EVALUATION_BATCH: usize = 256;

/// A named, shaped part of the flat parameter vector, in PyTorch's order and layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Layer and role, such as `conv1.weight`.
    pub name: String,
    /// Outputs x inputs, filters x channels x height x width, or a single length for a bias.
    pub shape: Vec<usize>,
    /// Where it lies in the flat vector.
    pub range: Range<usize>,
}

/// What an evaluation found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Samples whose label got the largest logit (the first one in a tie; never when the loss is not finite).
    pub correct: u64,
    /// Samples in all.
    pub samples: u64,
    /// The sum of their losses; NaN or infinite when the model has diverged.
    pub loss_sum: f64,
}

/// A classifier whose parameters live in one flat `f32` vector outside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    input: Shape,
    classes: usize,
    tensors: Vec<Tensor>,
    layers: Vec<Layer>,
    iota: Vec<u32>,
}

impl Model {
    /// The layers must fit each other and their tensors.
    pub(super) fn new(input: Shape, classes: usize, tensors: Vec<Tensor>, layers: Vec<Layer>) -> Self {
        let widest = layers.iter().map(|layer| layer.inputs().max(layer.outputs())).max().unwrap_or(0);
        let counting = super::offsets::table(widest, |i| i);
        let model = Self { input, classes, tensors, layers, iota: counting };
        let mut width = input.features();
        for layer in &model.layers {
            assert_eq!(layer.inputs(), width, "each layer takes what the one before it gives");
            width = layer.outputs();
        }
        assert_eq!(width, classes, "the last layer gives a logit for every class");
        model
    }

    /// Length of the flat parameter vector.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// The parts of the flat vector, in order and without gaps.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The shape of a sample.
    #[must_use]
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Number of classes; labels are below it.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The mean softmax cross-entropy of a batch; `gradient` is overwritten with its derivative.
    ///
    /// `inputs` is samples x features, each sample in the order (channel, row, column).
    ///
    /// # Panics
    /// When lengths do not match the model, a label is not below [`Model::classes`] or the batch is empty.
    pub fn gradient(
        &self,
        params: &[f32],
        inputs: ArrayView2<f32>,
        labels: &[u8],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) -> f32 {
        assert_eq!(gradient.len(), self.parameter_count(), "a gradient is as long as the parameters");
        assert!(!labels.is_empty(), "a gradient needs a sample");
        let batch = labels.len();
        let inputs = inputs.as_standard_layout();
        let inputs = inputs.as_slice().expect("rows follow each other");
        self.forward(params, inputs, labels, workspace);
        let Workspace { activations, argmax: winners, upstream, downstream, scratch } = workspace;

        let logits = &activations[self.layers.len() - 1][..batch * self.classes];
        sized(upstream, logits.len()).copy_from_slice(logits);
        let mut loss_sum = 0.0;
        for (logits, &label) in upstream.chunks_exact_mut(self.classes).zip(labels) {
            loss_sum += loss::cross_entropy(logits, label);
            loss::derivative(logits, label, 1.0 / batch as f32);
        }

        let pass = Pass { params, batch, iota: &self.iota };
        let first_with_parameters = self.layers.iter().position(|layer| layer.products() > 0).unwrap_or(0);
        for (i, layer) in self.layers.iter().enumerate().skip(first_with_parameters).rev() {
            let input = if i == 0 { inputs } else { &activations[i - 1][..batch * layer.inputs()] };
            let output = &activations[i][..batch * layer.outputs()];
            let winners = &winners[i][..batch * layer.argmax_len()];
            // Nobody asks for the derivative by the data.
            let wanted = (i > first_with_parameters).then(|| sized(downstream, input.len()));
            let upstream_of_layer = &mut upstream[..output.len()];
            layer.backward(&pass, (input, output, winners), upstream_of_layer, wanted, gradient, scratch);
            std::mem::swap(upstream, downstream);
        }
        (loss_sum / batch as f64) as f32
    }

    /// Losses and hits over any number of samples, a bounded number at a time.
    ///
    /// # Panics
    /// When lengths do not match the model or a label is not below [`Model::classes`].
    #[must_use]
    pub fn evaluate(
        &self,
        params: &[f32],
        inputs: ArrayView2<f32>,
        labels: &[u8],
        workspace: &mut Workspace,
    ) -> Evaluation {
        assert_eq!(inputs.nrows(), labels.len(), "every sample has a label");
        let mut result = Evaluation { correct: 0, samples: labels.len() as u64, loss_sum: 0.0 };
        let batches = inputs.axis_chunks_iter(Axis(0), EVALUATION_BATCH);
        for (inputs, labels) in batches.zip(labels.chunks(EVALUATION_BATCH)) {
            let inputs = inputs.as_standard_layout();
            self.forward(params, inputs.as_slice().expect("rows follow each other"), labels, workspace);
            let logits = workspace.activations[self.layers.len() - 1].chunks_exact(self.classes);
            for (logits, &label) in logits.zip(labels) {
                result.loss_sum += loss::cross_entropy(logits, label);
                result.correct += u64::from(loss::is_correct(logits, label));
            }
        }
        result
    }

    /// Fills the workspace's activations and winners.
    fn forward(&self, params: &[f32], inputs: &[f32], labels: &[u8], workspace: &mut Workspace) {
        let batch = labels.len();
        assert_eq!(params.len(), self.parameter_count(), "the parameters belong to this model");
        assert_eq!(inputs.len(), batch * self.input.features(), "inputs are samples x features");
        assert!(labels.iter().all(|&label| usize::from(label) < self.classes), "labels are classes");
        let Workspace { activations, argmax: winners, scratch, .. } = workspace;
        let depth = self.layers.len();
        activations.resize_with(activations.len().max(depth), Vec::new);
        winners.resize_with(winners.len().max(depth), Vec::new);

        let pass = Pass { params, batch, iota: &self.iota };
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, after) = activations.split_at_mut(i);
            let input = before.last().map_or(inputs, |input| &input[..batch * layer.inputs()]);
            let output = sized(&mut after[0], batch * layer.outputs());
            let winners = sized(&mut winners[i], batch * layer.argmax_len());
            layer.forward(&pass, input, output, winners, scratch);
        }
    }

    /// Floating-point operations of a gradient for one sample, a multiply-add counted as two: forward, weight
    /// gradient and, except for the first layer, input gradient. Pooling and the like are not counted.
    #[must_use]
    pub fn flops_per_sample(&self) -> u64 {
        let products = self.layers.iter().map(Layer::products).filter(|&n| n > 0);
        products.enumerate().map(|(i, n)| 2 * n as u64 * if i == 0 { 2 } else { 3 }).sum()
    }

    /// About how large a [`Workspace`] grows when the largest batch has `batch` samples (at least those of an
    /// evaluation).
    #[must_use]
    pub fn workspace_bytes(&self, batch: usize) -> u64 {
        let batch = batch.max(EVALUATION_BATCH);
        let activations: usize = self.layers.iter().map(|l| 4 * l.outputs() + l.argmax_len()).sum();
        let widest = 4 * self.iota.len();
        let per_sample = activations + 2 * widest;
        let scratch = self.layers.iter().map(|layer| 4 * layer.scratch(batch)).max().unwrap_or(0);
        (per_sample as u64) * (batch as u64) + scratch as u64
    }
}
