//! The training task: mini-batch gradients of one model on every worker's shard of one data set.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayView2;

use super::worker_plan::WorkerPlan;
use crate::aggregate::local_vote;
use crate::data::{
    Augmentation, Batches, Dataset, Label, Normalisation, Samples, Shard, draw_batch, gather_augmented,
    walk_batch,
};
use crate::interrupt;
use crate::learn::{Beginning, EVALUATION_BATCH, Evaluation, Model, Workspace};
use crate::protocol::{
    Computation, ComputationResult, Measurement, Parameters, Score, SharedVector, WorkerId, WorkerMemory,
};
use crate::quantize::Draws;
use crate::random::{Purpose, Streams};
use crate::scratch::Scratch;
use crate::time::Round;
use crate::vote::Vote;

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
    /// Workers below this learn from flipped labels.
    pub poisoned: u32,
}

/// What a vote was made of, D numbers each.
pub struct VoteVectors {
    /// The mean over the worker's partitions.
    pub gradient: Arc<[f32]>,
    /// What the quantiser was given: the gradient with momentum, and with what earlier votes left unsaid.
    pub vector: Arc<[f32]>,
}

/// Samples that one part of a full gradient looks at; a constant, so that the order of the sum does not depend on threads.
pub const GRADIENT_PART: usize = 1000;

/// What a pool thread keeps between gradients.
#[derive(Default)]
struct GradientScratch {
    workspace: Workspace,
    batch: Vec<u32>,
    labels: Vec<Label>,
    inputs: Vec<f32>,
    gradient: Vec<f32>,
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

    /// The vote of a worker on these partitions of the round's batch, and what it was made of when that is to be `shown`:
    /// draw a batch, take the gradient, quantise it; with local steps, the mean gradient along them; with several
    /// partitions, the majority of their signs.
    pub fn vote(
        &self,
        (streams, worker, round): (Streams, WorkerId, Round),
        partitions: &[u32],
        parameters: &[f32],
        memory: &mut WorkerMemory,
        shown: bool,
        scratch: &mut Scratch,
    ) -> (Vote, Option<VoteVectors>) {
        let buffers = scratch.get::<GradientScratch>();
        let tensors = self.tensors();
        let mut votes = Vec::with_capacity(partitions.len());
        let mut sum = vec![0.0; if shown && partitions.len() > 1 { parameters.len() } else { 0 }];
        let mut made_of = None;
        for &partition in partitions {
            if interrupt::asked() && !votes.is_empty() {
                break;
            }
            let draws = Draws { streams, owner: u64::from(partition), round };
            self.local_gradient(draws, worker, parameters, buffers);
            // As a sum from zero on: a gradient of -0 is shown as 0.
            let alone = shown && partitions.len() == 1;
            let gradient: SharedVector = alone.then(|| buffers.gradient.iter().map(|g| 0.0 + g).collect());
            for (sum, g) in sum.iter_mut().zip(&buffers.gradient) {
                *sum += *g;
            }
            if !self.plan.momentum.is_none() {
                self.plan.momentum.apply(&mut buffers.gradient, memory);
            }
            made_of = gradient.map(|gradient| VoteVectors {
                vector: if self.plan.remembers() {
                    self.plan.quantizer.vector(&buffers.gradient, memory).into()
                } else {
                    Arc::clone(&gradient)
                },
                gradient,
            });
            votes.push(self.plan.quantizer.quantize(&buffers.gradient, &tensors, memory, draws));
        }
        if shown && partitions.len() > 1 {
            let share = 1.0 / partitions.len() as f32;
            sum.iter_mut().for_each(|x| *x *= share);
            // A code has neither momentum nor memory, so the mean over its partitions stands for what was quantised.
            let gradient: Arc<[f32]> = sum.into();
            made_of = Some(VoteVectors { vector: Arc::clone(&gradient), gradient });
        }
        if votes.len() == 1 {
            return (votes.remove(0), made_of);
        }
        let signs = votes.iter().map(|vote| vote.signs().expect("a code is made of signs").clone());
        (Vote::Signs(local_vote(&signs.collect::<Vec<_>>())), made_of)
    }

    /// The mean gradient along the local steps, (x_0 - x_E) / (E rate), each on a batch of its own.
    fn local_gradient(
        &self,
        draws: Draws,
        worker: WorkerId,
        parameters: &[f32],
        buffers: &mut GradientScratch,
    ) {
        let (steps, rate) = (self.plan.local.steps, self.plan.local.rate.get() as f32);
        self.gradient(draws, 0, worker, parameters, buffers);
        if steps == 1 {
            return;
        }
        let (mut at, mut sum) = (parameters.to_vec(), vec![0.0; parameters.len()]);
        for step in 0..steps {
            if interrupt::asked() {
                return;
            }
            if step > 0 {
                self.gradient(draws, step, worker, &at, buffers);
            }
            for ((x, sum), g) in at.iter_mut().zip(&mut sum).zip(&buffers.gradient) {
                *x -= rate * g;
                *sum += g;
            }
        }
        let share = 1.0 / steps as f32;
        buffers.gradient.iter_mut().zip(&sum).for_each(|(g, sum)| *g = sum * share);
    }

    /// The gradient on one partition of the round's batch, as this worker sees its labels. Local steps after the first
    /// draw batches of their own.
    fn gradient(
        &self,
        draws: Draws,
        step: u32,
        worker: WorkerId,
        parameters: &[f32],
        buffers: &mut GradientScratch,
    ) {
        let partition = draws.owner as u32;
        let (shard, batch) = self.partition(partition);
        match self.plan.batches {
            Batches::Fresh => {
                let draws = Draws { owner: draws.owner | u64::from(step) << 32, ..draws };
                draw_batch(shard, batch, &mut draws.stream(Purpose::Batch), &mut buffers.batch);
            }
            Batches::Epoch => {
                let number = u64::from(draws.round.0) * u64::from(self.plan.local.steps) + u64::from(step);
                let epoch = |epoch: u64| {
                    let owner = u64::from(partition) | (epoch >> 32) << 32;
                    draws.streams.stream(Purpose::Epoch, owner, Round(epoch as u32))
                };
                walk_batch(shard, batch, number, epoch, &mut buffers.batch);
            }
        }
        let samples = std::mem::take(&mut buffers.batch);
        self.gather_batch(draws, step, &samples, buffers);
        buffers.batch = samples;
        if worker.0 < self.poisoned {
            let last = (self.data.classes - 1) as Label;
            buffers.labels.iter_mut().for_each(|y| *y = last - *y);
        }
        buffers.gradient.resize(parameters.len(), 0.0);
        let (samples, features) = (buffers.labels.len(), self.data.shape.features());
        let inputs = ArrayView2::from_shape((samples, features), &buffers.inputs).expect("a row a sample");
        self.model.gradient(
            parameters,
            inputs,
            &buffers.labels,
            &mut buffers.workspace,
            &mut buffers.gradient,
        );
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
    fn gather_batch(&self, draws: Draws, step: u32, samples: &[u32], buffers: &mut GradientScratch) {
        let Some(augmentation) = &self.augmentation else { return self.gather(samples, buffers) };
        self.gather_labels(samples, buffers);
        let draws = Draws { owner: draws.owner | u64::from(step) << 32, ..draws };
        let how = (augmentation, &draws.stream(Purpose::Augmentation));
        let (train, shape) = (&self.data.train, self.data.shape);
        gather_augmented(train, shape, samples, how, &self.normalisation, &mut buffers.inputs);
    }

    fn gather(&self, samples: &[u32], buffers: &mut GradientScratch) {
        self.gather_labels(samples, buffers);
        self.data.train.gather(samples, &self.normalisation, &mut buffers.inputs);
    }

    /// Gathers the labels, and makes room for the inputs.
    fn gather_labels(&self, samples: &[u32], buffers: &mut GradientScratch) {
        buffers.labels.resize(samples.len(), 0);
        buffers.inputs.resize(samples.len() * self.data.shape.features(), 0.0);
        self.data.train.gather_labels(samples, &mut buffers.labels);
    }

    /// The sum of the gradients of all training samples, in parts.
    #[must_use]
    pub fn full_gradient(self: &Arc<Self>, parameters: &Arc<[f32]>) -> Vec<Computation> {
        let samples = self.data.train.len();
        let part = |start: usize| -> Computation {
            let (training, parameters) = (Arc::clone(self), Arc::clone(parameters));
            let range = start as u32..(start + GRADIENT_PART).min(samples) as u32;
            Box::new(move |scratch| {
                let buffers = scratch.get::<GradientScratch>();
                let samples: Vec<u32> = range.collect();
                training.gather(&samples, buffers);
                buffers.gradient.resize(parameters.len(), 0.0);
                let shape = (samples.len(), training.data.shape.features());
                let inputs = ArrayView2::from_shape(shape, &buffers.inputs).expect("a row a sample");
                let (labels, workspace) = (&buffers.labels, &mut buffers.workspace);
                training.model.gradient(&parameters, inputs, labels, workspace, &mut buffers.gradient);
                let count = samples.len() as f32;
                ComputationResult::GradientSum(buffers.gradient.iter().map(|g| g * count).collect())
            })
        };
        (0..samples).step_by(GRADIENT_PART).map(part).collect()
    }

    /// The test set in parts; where it is asked who is served how well (`fairness`), the training set behind it.
    #[must_use]
    pub fn measurement(self: &Arc<Self>, parameters: &Arc<[f32]>, fairness: bool) -> Vec<Measurement> {
        type Part = fn(&Training, Range<usize>, &[f32], &mut Scratch) -> Score;
        let len = self.evaluation_batch.unwrap_or(PART);
        let parts = |samples: usize, score: Part| {
            (0..samples).step_by(len).map(move |start| -> Measurement {
                let (training, parameters) = (Arc::clone(self), Arc::clone(parameters));
                let range = start..(start + len).min(samples);
                Box::new(move |scratch| score(&training, range, &parameters, scratch))
            })
        };
        if !fairness {
            return parts(self.data.test.len(), Self::score).collect();
        }
        parts(self.data.test.len(), Self::score_by_label)
            .chain(parts(self.data.train.len(), Self::hits))
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
        let hits = scratch.get::<GradientScratch>().workspace.hits();
        for (label, hit) in self.data.test.labels()[range].iter().zip(hits) {
            of_label[usize::from(*label)] += u64::from(*hit);
        }
        Score { of_label, ..score }
    }

    /// Which training samples of a range are classified correctly.
    fn hits(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let buffers = scratch.get::<GradientScratch>();
        self.evaluate(&self.data.train, range, parameters, buffers);
        Score { training: buffers.workspace.hits().to_vec(), ..Score::default() }
    }

    fn evaluate(
        &self,
        set: &Samples,
        range: Range<usize>,
        parameters: &[f32],
        buffers: &mut GradientScratch,
    ) -> Evaluation {
        let (samples, features) = (range.len(), self.data.shape.features());
        buffers.inputs.resize(samples * features, 0.0);
        set.gather_range(range.clone(), &self.normalisation, &mut buffers.inputs);
        let inputs = ArrayView2::from_shape((samples, features), &buffers.inputs).expect("a row a sample");
        let batch = self.evaluation_batch.unwrap_or(EVALUATION_BATCH);
        self.model.evaluate(parameters, inputs, &set.labels()[range], batch, &mut buffers.workspace)
    }
}
