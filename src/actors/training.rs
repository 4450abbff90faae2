//! The training task: mini-batch gradients of one model on every worker's shard of one data set.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayView2;

use super::batches_ahead::{Batch, BatchesAhead};
use super::gradient_vote::{GradientVote, of_step};
use super::reused_vectors::ReusedVectors;
use super::worker_plan::WorkerPlan;
use crate::data::{
    Augmentation, Batches, Dataset, Label, Normalisation, Samples, Shard, draw_batch, gather_augmented,
    walk_batch,
};
use crate::helpers::Prefetch;
use crate::learn::{Beginning, EVALUATION_BATCH, Evaluation, Model, Workspace};
use crate::protocol::{
    BoxedMemory, Computation, ComputationResult, Measurement, Parameters, Score, WorkerId,
};
use crate::quantize::Draws;
use crate::random::{Purpose, Streams};
use crate::scratch::Scratch;
use crate::time::Round;

/// Test samples that one part of a measurement looks at. A constant, so that the order of the sum, and with it
/// every bit of the loss, does not depend on the number of threads.
const PART: usize = 500;

/// Everything a worker needs to turn parameters into a vote.
pub struct Training {
    /// Layers of D parameters in all; it holds none of them.
    pub model: Model,
    /// Its parameters before the first round.
    pub initial: Beginning,
    /// Training and test samples, shared by the runs that use them.
    pub data: Arc<Dataset>,
    /// What turns its bytes into inputs, of training and test samples alike.
    pub normalisation: Normalisation,
    /// How the samples of a worker's batch are changed before that, if they are.
    pub augmentation: Option<Augmentation>,
    /// Test samples that are looked at together, where the model's results depend on it.
    pub evaluation_batch: Option<usize>,
    /// By worker.
    pub shards: Vec<Shard>,
    /// What the server holds itself, and the batch that it draws of it, if it votes: as the number behind the last worker's.
    pub trusted: Option<(Shard, usize)>,
    /// What workers do with them.
    pub plan: Arc<WorkerPlan>,
    /// Of each corrupted worker, whether it learns from flipped labels.
    pub poisoned: Vec<bool>,
    /// What threads that would rest have made for the next round.
    pub ahead: BatchesAhead,
    /// What votes have shown.
    pub vectors: ReusedVectors,
}

/// Samples that one part of a full gradient looks at; a constant, so that the order of the sum does not depend on threads.
pub const GRADIENT_PART: usize = 1000;

/// Such parts that one part of a measurement adds up, each of which keeps D sums in double precision until all are there.
pub const PARTS_MEASURED: usize = 8;

/// What a measurement looks at besides how the test set as a whole is classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeasurementExtras {
    /// Every class of the test set, and all training samples of every worker.
    pub fairness: bool,
    /// The gradient over the whole training set.
    pub gradient_norm: bool,
}

/// What a pool thread keeps between gradients.
#[derive(Default)]
struct GradientScratch {
    workspace: Workspace,
    batch: Batch,
    gradient: Vec<f32>,
}

/// What the thread has kept, and who helps it.
fn buffers(scratch: &mut Scratch) -> &mut GradientScratch {
    let helpers = scratch.helpers().clone();
    let buffers = scratch.get::<GradientScratch>();
    buffers.workspace.helped_by(helpers);
    buffers
}

impl Prefetch for Training {
    fn prefetch(&self) -> bool {
        let Some((partition, streams, round, mut batch)) = self.ahead.next() else { return false };
        self.batch(Draws { streams, owner: u64::from(partition), round }, 0, &mut batch);
        self.ahead.keep(partition, round, batch);
        true
    }
}

impl Training {
    /// The parameters by layer, with its name: a layer's weight and bias belong together.
    #[must_use]
    pub fn layers(&self) -> Vec<(&str, Range<usize>)> {
        let mut layers: Vec<(&str, Range<usize>)> = Vec::new();
        for tensor in self.model.tensors() {
            let layer = tensor.name.rsplit_once('.').map_or(tensor.name.as_str(), |(layer, _)| layer);
            match layers.last_mut() {
                Some((name, range)) if *name == layer => range.end = tensor.range.end,
                _ => layers.push((layer, tensor.range.clone())),
            }
        }
        layers
    }

    /// The parameters by tensor, in order.
    #[must_use]
    pub fn tensors(&self) -> Vec<Range<usize>> {
        self.model.tensors().iter().map(|tensor| tensor.range.clone()).collect()
    }

    /// The model before the first round.
    #[must_use]
    pub fn initial(&self, streams: Streams) -> Parameters {
        let stream = &mut streams.stream(Purpose::Initial, 0, Round(0));
        Some(self.initial.parameters(&self.model, stream).into())
    }

    /// The vote of a worker on these partitions of the round's batch.
    pub(super) fn vote(
        &self,
        (streams, worker, round): (Streams, WorkerId, Round),
        partitions: &[u32],
        parameters: &[f32],
        (memory, shown): (BoxedMemory, bool),
        scratch: &mut Scratch,
    ) -> ComputationResult {
        let buffers = buffers(scratch);
        let mut gradient = std::mem::take(&mut buffers.gradient);
        let (plan, tensors) = (&self.plan, &self.tensors());
        let shown = shown.then_some(&self.vectors);
        let vote = GradientVote { plan, tensors, streams, round, partitions, parameters, shown };
        let result = vote.result(memory, &mut gradient, &mut |draws, step, at, to| {
            self.gradient(draws, step, worker, at, (buffers, to));
        });
        buffers.gradient = gradient;
        result
    }

    /// The gradient on one partition of the round's batch, as this worker sees its labels. Local steps after the first
    /// draw batches of their own.
    fn gradient(
        &self,
        draws: Draws,
        step: u32,
        worker: WorkerId,
        parameters: &[f32],
        (buffers, gradient): (&mut GradientScratch, &mut [f32]),
    ) {
        let partition = draws.owner as u32;
        if step == 0 {
            let made = self.ahead.take(partition, draws.round);
            let unused = made.map(|made| std::mem::replace(&mut buffers.batch, made));
            if unused.is_none() {
                self.batch(draws, step, &mut buffers.batch);
            }
            self.ahead.wish(partition, (draws.streams, Round(draws.round.0 + 1)), &buffers.batch);
            unused.into_iter().for_each(|batch| self.ahead.leave(batch));
        } else {
            self.batch(draws, step, &mut buffers.batch);
        }
        let Batch { labels, inputs, .. } = &mut buffers.batch;
        if self.poisoned.get(worker.index()) == Some(&true) {
            let last = (self.data.classes - 1) as Label;
            labels.iter_mut().for_each(|y| *y = last - *y);
        }
        let shape = (labels.len(), self.data.shape.features());
        let inputs = ArrayView2::from_shape(shape, inputs).expect("a row a sample");
        self.model.gradient(parameters, inputs, labels, &mut buffers.workspace, gradient);
    }

    /// The batch of a partition, a function of its draws and of the local step.
    fn batch(&self, draws: Draws, step: u32, into: &mut Batch) {
        let partition = draws.owner as u32;
        let (shard, batch) = self.partition(partition);
        match self.plan.batches {
            Batches::Fresh => {
                draw_batch(shard, batch, &mut of_step(draws, step).stream(Purpose::Batch), &mut into.samples);
            }
            Batches::Epoch => {
                let number = u64::from(draws.round.0) * u64::from(self.plan.local.steps) + u64::from(step);
                let epoch = |epoch: u64| {
                    let owner = u64::from(partition) | (epoch >> 32) << 32;
                    draws.streams.stream(Purpose::Epoch, owner, Round(epoch as u32))
                };
                walk_batch(shard, batch, number, epoch, &mut into.samples);
            }
        }
        self.gather_batch(draws, step, into);
    }

    /// The samples of a partition, and how many of them are drawn in a round.
    fn partition(&self, partition: u32) -> (&Shard, usize) {
        match (self.shards.get(partition as usize), &self.trusted) {
            (Some(shard), _) => (shard, self.plan.batch.of(partition) as usize),
            (None, Some((shard, batch))) => (shard, *batch),
            (None, None) => unreachable!("a partition is a worker's or the server's"),
        }
    }

    /// The labels and the inputs of a batch, changed if they are to be. That is drawn by the partition, as the batch is: whoever
    /// computes it computes the same.
    fn gather_batch(&self, draws: Draws, step: u32, batch: &mut Batch) {
        let Some(augmentation) = &self.augmentation else { return self.gather(batch) };
        self.gather_labels(batch);
        let how = (augmentation, &of_step(draws, step).stream(Purpose::Augmentation));
        let (train, shape) = (&self.data.train, self.data.shape);
        gather_augmented(train, shape, &batch.samples, how, &self.normalisation, &mut batch.inputs);
    }

    fn gather(&self, batch: &mut Batch) {
        self.gather_labels(batch);
        self.data.train.gather(&batch.samples, &self.normalisation, &mut batch.inputs);
    }

    /// Gathers the labels, and makes room for the inputs.
    fn gather_labels(&self, Batch { samples, labels, inputs }: &mut Batch) {
        labels.resize(samples.len(), 0);
        inputs.resize(samples.len() * self.data.shape.features(), 0.0);
        self.data.train.gather_labels(samples, labels);
    }

    /// The sum of the gradients of all training samples, in parts.
    #[must_use]
    pub fn full_gradient(self: &Arc<Self>, parameters: &Arc<[f32]>) -> Vec<Computation> {
        let samples = self.data.train.len();
        let part = |start: usize| -> Computation {
            let (training, parameters) = (Arc::clone(self), Arc::clone(parameters));
            let range = start..(start + GRADIENT_PART).min(samples);
            Box::new(move |scratch| {
                let buffers = buffers(scratch);
                let count = range.len() as f32;
                training.mean_gradient(range, &parameters, buffers);
                ComputationResult::GradientSum(buffers.gradient.iter().map(|g| g * count).collect())
            })
        };
        (0..samples).step_by(GRADIENT_PART).map(part).collect()
    }

    /// The mean gradient of a range of training samples, into the buffer for it.
    fn mean_gradient(&self, range: Range<usize>, parameters: &[f32], buffers: &mut GradientScratch) {
        let GradientScratch { workspace, batch, gradient } = buffers;
        batch.samples.clear();
        batch.samples.extend(range.start as u32..range.end as u32);
        self.gather(batch);
        gradient.resize(parameters.len(), 0.0);
        let shape = (batch.samples.len(), self.data.shape.features());
        let inputs = ArrayView2::from_shape(shape, &batch.inputs).expect("a row a sample");
        self.model.gradient(parameters, inputs, &batch.labels, workspace, gradient);
    }

    /// The test set in parts; the training set behind it where it is asked who is served how well, and once more where its
    /// gradient is.
    #[must_use]
    pub fn measurement(
        self: &Arc<Self>,
        parameters: &Arc<[f32]>,
        extras: MeasurementExtras,
    ) -> Vec<Measurement> {
        type Part = fn(&Training, Range<usize>, &[f32], &mut Scratch) -> Score;
        let len = self.evaluation_batch.unwrap_or(PART);
        let parts = |samples: usize, len: usize, score: Part| {
            (0..samples).step_by(len).map(move |start| -> Measurement {
                let (training, parameters) = (Arc::clone(self), Arc::clone(parameters));
                let range = start..(start + len).min(samples);
                Box::new(move |scratch| score(&training, range, &parameters, scratch))
            })
        };
        let (test, train) = (self.data.test.len(), self.data.train.len());
        let score = if extras.fairness { Self::score_by_label } else { Self::score };
        let fairness = extras.fairness.then(|| parts(train, len, Self::hits));
        let gradient =
            extras.gradient_norm.then(|| parts(train, PARTS_MEASURED * GRADIENT_PART, Self::slopes));
        parts(test, len, score)
            .chain(fairness.into_iter().flatten())
            .chain(gradient.into_iter().flatten())
            .collect()
    }

    fn score(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let Evaluation { correct, samples, loss_sum } =
            self.evaluate(&self.data.test, range, parameters, scratch.get());
        Score { correct, samples, loss_sum, ..Score::default() }
    }

    fn score_by_label(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let score = self.score(range.clone(), parameters, scratch);
        let mut of_label = vec![0; self.data.classes];
        let hits = buffers(scratch).workspace.hits();
        for (label, hit) in self.data.test.labels()[range].iter().zip(hits) {
            of_label[usize::from(*label)] += u64::from(*hit);
        }
        Score { of_label, ..score }
    }

    /// Which training samples of a range are classified correctly.
    fn hits(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let buffers = buffers(scratch);
        self.evaluate(&self.data.train, range, parameters, buffers);
        Score { training: buffers.workspace.hits().to_vec(), ..Score::default() }
    }

    /// What a range of training samples adds to the gradient of the mean loss over all of them.
    fn slopes(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let (buffers, all) = (buffers(scratch), self.data.train.len() as f64);
        let mut gradient = vec![0.0; parameters.len()];
        for start in range.clone().step_by(GRADIENT_PART) {
            let part = start..(start + GRADIENT_PART).min(range.end);
            let share = part.len() as f64 / all;
            self.mean_gradient(part, parameters, buffers);
            gradient.iter_mut().zip(&buffers.gradient).for_each(|(sum, g)| *sum += share * f64::from(*g));
        }
        Score { gradient, ..Score::default() }
    }

    fn evaluate(
        &self,
        set: &Samples,
        range: Range<usize>,
        parameters: &[f32],
        buffers: &mut GradientScratch,
    ) -> Evaluation {
        let (samples, features) = (range.len(), self.data.shape.features());
        let pixels = &mut buffers.batch.inputs;
        pixels.resize(samples * features, 0.0);
        set.gather_range(range.clone(), &self.normalisation, pixels);
        let inputs = ArrayView2::from_shape((samples, features), pixels).expect("a row a sample");
        let batch = self.evaluation_batch.unwrap_or(EVALUATION_BATCH);
        self.model.evaluate(parameters, inputs, &set.labels()[range], batch, &mut buffers.workspace)
    }
}
