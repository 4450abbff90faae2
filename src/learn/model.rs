//! A model: one flat parameter vector, the tensors and layers that are views of it, and what it computes.

use ndarray::{ArrayView2, Axis};

use super::graph::{Graph, Node, Source};
use super::lifetimes::{Buffers, Plan};
use super::loss;
use super::offsets::table;
use super::operation::{Inputs, Kept, Operation, Sink};
use super::pass::Pass;
use super::tensor::Tensor;
use super::workspace::{Workspace, sized};
use crate::data::{Label, Shape};

/// Samples that an evaluation looks at together where it makes no difference; it bounds its memory.
pub const EVALUATION_BATCH: usize = 256;

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
    graph: Graph,
    plan: Plan,
    iota: Vec<u32>,
}

impl Model {
    /// Plans the passes of a graph.
    ///
    /// # Panics
    /// When its nodes do not fit each other.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        for (at, Node { layer, inputs }) in graph.nodes.iter().enumerate() {
            let operation = layer.operation();
            assert_eq!(inputs.len(), operation.arity(), "every input has a source");
            assert!(inputs.len() < 2 || inputs[0] != inputs[1], "two inputs are two batches");
            for source in inputs {
                let given = match source {
                    Source::Input => graph.input.features(),
                    Source::Node(before) => graph.nodes[..at][*before].layer.operation().outputs(),
                };
                assert_eq!(given, operation.inputs(), "each node takes what the one before it gives");
            }
        }
        let operations = || graph.nodes.iter().map(|node| node.layer.operation());
        let logits = operations().next_back().map(Operation::outputs);
        assert_eq!(logits, Some(graph.classes), "the last node gives a logit for every class");
        let widest = operations().map(|node| node.inputs().max(node.outputs())).max().unwrap_or(0);
        Self { plan: Plan::new(&graph.nodes), iota: table(widest, |i| i), graph }
    }

    /// Length of the flat parameter vector.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.graph.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// The parts of the flat vector, in order and without gaps.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.graph.tensors
    }

    /// The shape of a sample.
    #[must_use]
    pub fn input(&self) -> Shape {
        self.graph.input
    }

    /// Number of classes; labels are below it.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.graph.classes
    }

    /// Whether the result for a sample depends on the others in its batch, as batch normalisation has it.
    #[must_use]
    pub fn mixes_samples(&self) -> bool {
        self.operations().any(|node| node.statistics_len() > 0)
    }

    fn operations(&self) -> impl DoubleEndedIterator<Item = &dyn Operation> {
        self.graph.nodes.iter().map(|node| node.layer.operation())
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
        labels: &[Label],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) -> f32 {
        assert_eq!(gradient.len(), self.parameter_count(), "a gradient is as long as the parameters");
        assert!(!labels.is_empty(), "a gradient needs a sample");
        let batch = labels.len();
        let inputs = inputs.as_standard_layout();
        let inputs = inputs.as_slice().expect("rows follow each other");
        self.forward(params, inputs, labels, &self.plan.kept, workspace);

        let (last, buffers) = (self.graph.nodes.len() - 1, &self.plan.derivatives);
        let Workspace { activations, derivatives, .. } = workspace;
        derivatives.resize_with(derivatives.len().max(buffers.len.len()), Vec::new);
        let upstream = sized(&mut derivatives[buffers.of[last]], batch * self.graph.classes);
        upstream.copy_from_slice(&activations[self.plan.kept.of[last]][..upstream.len()]);
        let mut loss_sum = 0.0;
        for (logits, &label) in upstream.chunks_exact_mut(self.graph.classes).zip(labels) {
            loss_sum += loss::cross_entropy(logits, label);
            loss::derivative(logits, label, 1.0 / batch as f32);
        }
        let helpers = workspace.helpers.clone();
        let pass = Pass { params, batch, iota: &self.iota, helpers: &helpers };
        self.backward(&pass, inputs, workspace, gradient);
        (loss_sum / batch as f64) as f32
    }

    /// Losses and hits over any number of samples, `batch` at a time, the last ones fewer.
    ///
    /// # Panics
    /// When lengths do not match the model, a label is not below [`Model::classes`], or `batch` is 0.
    #[must_use]
    pub fn evaluate(
        &self,
        params: &[f32],
        inputs: ArrayView2<f32>,
        labels: &[Label],
        batch: usize,
        workspace: &mut Workspace,
    ) -> Evaluation {
        assert_eq!(inputs.nrows(), labels.len(), "every sample has a label");
        let mut result = Evaluation { correct: 0, samples: labels.len() as u64, loss_sum: 0.0 };
        workspace.hits.clear();
        let logits = self.plan.passing.of[self.graph.nodes.len() - 1];
        let batches = inputs.axis_chunks_iter(Axis(0), batch);
        for (inputs, labels) in batches.zip(labels.chunks(batch)) {
            let inputs = inputs.as_standard_layout();
            let inputs = inputs.as_slice().expect("rows follow each other");
            self.forward(params, inputs, labels, &self.plan.passing, workspace);
            let logits = workspace.activations[logits].chunks_exact(self.graph.classes);
            for (logits, &label) in logits.zip(labels) {
                result.loss_sum += loss::cross_entropy(logits, label);
                workspace.hits.push(loss::is_correct(logits, label));
            }
        }
        result.correct = workspace.hits.iter().filter(|hit| **hit).count() as u64;
        result
    }

    /// Fills the workspace's activations, as far as the buffers keep them.
    fn forward(
        &self,
        params: &[f32],
        inputs: &[f32],
        labels: &[Label],
        buffers: &Buffers,
        workspace: &mut Workspace,
    ) {
        let batch = labels.len();
        assert_eq!(params.len(), self.parameter_count(), "the parameters belong to this model");
        assert_eq!(inputs.len(), batch * self.graph.input.features(), "inputs are samples x features");
        assert!(labels.iter().all(|&label| usize::from(label) < self.graph.classes), "labels are classes");
        let Workspace { activations, argmax, statistics, scratch, helpers, .. } = workspace;
        let depth = self.graph.nodes.len();
        activations.resize_with(activations.len().max(buffers.len.len()), Vec::new);
        argmax.resize_with(argmax.len().max(depth), Vec::new);
        statistics.resize_with(statistics.len().max(depth), Vec::new);

        let pass = Pass { params, batch, iota: &self.iota, helpers };
        for (i, node) in self.graph.nodes.iter().enumerate() {
            let operation = node.layer.operation();
            let mut output = std::mem::take(&mut activations[buffers.of[i]]);
            let kept = Kept {
                output: sized(&mut output, batch * operation.outputs()),
                argmax: sized(&mut argmax[i], batch * operation.argmax_len()),
                statistics: sized(&mut statistics[i], operation.statistics_len()),
            };
            let read = read(node, inputs, activations, (buffers, batch));
            operation.forward(&pass, read, kept, scratch);
            activations[buffers.of[i]] = output;
        }
    }

    /// From the derivatives by the logits to those by all parameters.
    fn backward(&self, pass: &Pass, inputs: &[f32], workspace: &mut Workspace, gradient: &mut [f32]) {
        let Workspace { activations, argmax, statistics, derivatives, scratch, .. } = workspace;
        let Plan { kept, derivatives: buffers, sinks, .. } = &self.plan;
        for (i, node) in self.graph.nodes.iter().enumerate().rev().filter(|(i, _)| self.plan.wanted[*i]) {
            let operation = node.layer.operation();
            let (taken_in, given) = (pass.batch * operation.inputs(), pass.batch * operation.outputs());
            let seen = Kept {
                output: &activations[kept.of[i]][..given],
                argmax: &argmax[i][..pass.batch * operation.argmax_len()],
                statistics: &statistics[i][..operation.statistics_len()],
            };
            let read = read(node, inputs, activations, (kept, pass.batch));
            let mut upstream = std::mem::take(&mut derivatives[buffers.of[i]]);
            let mut taken = sinks[i].map(|sink| {
                sink.map(|(source, adds)| (std::mem::take(&mut derivatives[buffers.of[source]]), adds))
            });
            let open = taken.each_mut().map(|sink| {
                sink.as_mut().map(|(values, adds)| Sink { values: sized(values, taken_in), adds: *adds })
            });
            operation.backward(pass, (read, seen), &mut upstream[..given], open, gradient, scratch);
            for (sink, values) in sinks[i].iter().zip(taken) {
                if let (Some((source, _)), Some((values, _))) = (sink, values) {
                    derivatives[buffers.of[*source]] = values;
                }
            }
            derivatives[buffers.of[i]] = upstream;
        }
    }

    /// Floating-point operations of a gradient for one sample, a multiply-add counted as two: forward, weight
    /// gradient and, except for the first layer, input gradient. Pooling and the like are not counted.
    #[must_use]
    pub fn flops_per_sample(&self) -> u64 {
        let products = self.operations().map(Operation::products).filter(|&n| n > 0);
        products.enumerate().map(|(i, n)| 2 * n as u64 * if i == 0 { 2 } else { 3 }).sum()
    }

    /// About how large a [`Workspace`] grows with gradients of `batch` samples and evaluations of `evaluated` at a time, where
    /// so many threads share a layer at the most.
    #[must_use]
    pub fn workspace_bytes(&self, batch: usize, evaluated: usize, threads: usize) -> u64 {
        let Plan { kept, passing, derivatives, .. } = &self.plan;
        let activations = (0..kept.len.len().max(passing.len.len())).map(|buffer| {
            let len = |buffers: &Buffers| buffers.len.get(buffer).copied().unwrap_or_default();
            4 * (len(kept) * batch).max(len(passing) * evaluated)
        });
        let most = batch.max(evaluated);
        let argmax = self.operations().map(|node| node.argmax_len() * most);
        let derivatives = derivatives.len.iter().map(|len| 4 * len * batch);
        let scratch = self
            .operations()
            .map(|node| 4 * (node.scratch(most) + node.shared_scratch(batch, threads)))
            .max()
            .unwrap_or(0);
        activations.chain(argmax).chain(derivatives).map(|bytes| bytes as u64).sum::<u64>() + scratch as u64
    }
}

/// What a node reads, where it lies.
fn read<'a>(
    node: &Node,
    inputs: &'a [f32],
    activations: &'a [Vec<f32>],
    (buffers, batch): (&Buffers, usize),
) -> Inputs<'a> {
    let len = batch * node.layer.operation().inputs();
    let at = |source: Option<&Source>| match source {
        Some(Source::Input) => inputs,
        Some(Source::Node(before)) => &activations[buffers.of[*before]][..len],
        None => &[],
    };
    [at(node.inputs.first()), at(node.inputs.get(1))]
}
