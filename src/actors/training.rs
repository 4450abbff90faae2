//! The training task: mini-batch gradients of one model on every worker's shard of one data set.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayView2;

use crate::data::{Dataset, Shard, draw_batch};
use crate::learn::{Model, Workspace};
use crate::protocol::{Measurement, Parameters, Score, WorkerId};
use crate::quantize::QuantizerSpec;
use crate::random::{Purpose, Streams};
use crate::scratch::Scratch;
use crate::sign::SignVector;
use crate::time::Round;

/// Test samples that one part of a measurement looks at. A constant, so that the order of the sum, and with it
/// every bit of the loss, does not depend on the number of threads.
const PART: usize = 500;

/// Everything a worker needs to turn parameters into a vote.
pub struct Training {
    pub model: Model,
    pub data: Arc<Dataset>,
    /// By worker.
    pub shards: Vec<Shard>,
    /// Samples a worker draws in a round.
    pub batch: usize,
    pub quantizer: QuantizerSpec,
}

/// What a pool thread keeps between gradients.
#[derive(Default)]
struct Memory {
    workspace: Workspace,
    batch: Vec<u32>,
    labels: Vec<u8>,
    inputs: Vec<f32>,
    gradient: Vec<f32>,
}

impl Training {
    /// The parameters by layer: a layer's weight and bias belong together.
    #[must_use]
    pub fn layers(&self) -> Vec<Range<usize>> {
        let mut layers: Vec<(&str, Range<usize>)> = Vec::new();
        for tensor in self.model.tensors() {
            let layer = tensor.name.rsplit_once('.').map_or(tensor.name.as_str(), |(layer, _)| layer);
            match layers.last_mut() {
                Some((name, range)) if *name == layer => range.end = tensor.range.end,
                _ => layers.push((layer, tensor.range.clone())),
            }
        }
        layers.into_iter().map(|(_, range)| range).collect()
    }

    /// The model before the first round.
    #[must_use]
    pub fn initial(&self, streams: Streams) -> Parameters {
        Some(self.model.initialise(&mut streams.stream(Purpose::Initial, 0, Round(0))).into())
    }

    /// The vote of an honest worker: draw a batch, take the gradient, quantise it.
    #[must_use]
    pub fn vote(
        &self,
        streams: Streams,
        worker: WorkerId,
        round: Round,
        parameters: &[f32],
        scratch: &mut Scratch,
    ) -> SignVector {
        let stream = |purpose| streams.stream(purpose, u64::from(worker.0), round);
        let memory = scratch.get::<Memory>();
        draw_batch(&self.shards[worker.index()], self.batch, &mut stream(Purpose::Batch), &mut memory.batch);
        let (samples, features) = (memory.batch.len(), self.data.shape.features());
        memory.labels.resize(samples, 0);
        memory.inputs.resize(samples * features, 0.0);
        memory.gradient.resize(parameters.len(), 0.0);
        let train = &self.data.train;
        train.gather_labels(&memory.batch, &mut memory.labels);
        train.gather(&memory.batch, &self.data.normalisation, &mut memory.inputs);
        let inputs = ArrayView2::from_shape((samples, features), &memory.inputs).expect("a row a sample");
        self.model.gradient(parameters, inputs, &memory.labels, &mut memory.workspace, &mut memory.gradient);
        self.quantizer.quantize(&memory.gradient, stream(Purpose::ZeroCoin))
    }

    /// The test set in parts.
    #[must_use]
    pub fn measurement(self: &Arc<Self>, parameters: &Arc<[f32]>) -> Vec<Measurement> {
        let samples = self.data.test.len();
        let part = |start: usize| -> Measurement {
            let (training, parameters) = (Arc::clone(self), Arc::clone(parameters));
            let range = start..(start + PART).min(samples);
            Box::new(move |scratch| training.score(range, &parameters, scratch))
        };
        (0..samples).step_by(PART).map(part).collect()
    }

    fn score(&self, range: Range<usize>, parameters: &[f32], scratch: &mut Scratch) -> Score {
        let memory = scratch.get::<Memory>();
        let (samples, features) = (range.len(), self.data.shape.features());
        memory.inputs.resize(samples * features, 0.0);
        self.data.test.gather_range(range.clone(), &self.data.normalisation, &mut memory.inputs);
        let inputs = ArrayView2::from_shape((samples, features), &memory.inputs).expect("a row a sample");
        let labels = &self.data.test.labels()[range];
        let evaluation = self.model.evaluate(parameters, inputs, labels, &mut memory.workspace);
        Score { correct: evaluation.correct, samples: evaluation.samples, loss_sum: evaluation.loss_sum }
    }
}
