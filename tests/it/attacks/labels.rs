//! Label flip: only labels change, and only those of corrupted workers.

use std::sync::Arc;

use signsim::actors::{BatchesAhead, Partitions, ReusedVectors, Task, Training};
use signsim::data::{DataSpec, Dataset, Samples, SplitSpec};
use signsim::helpers::NOBODY;
use signsim::learn::{Initial, ModelSpec};
use signsim::protocol::{ComputationResult, WorkerId};
use signsim::quantize::{QuantizerSpec, ZeroRule};
use signsim::random::Streams;
use signsim::scratch::Scratch;
use signsim::time::Round;
use signsim::vote::Vote;

use crate::engine::plan;

const STREAMS: Streams = Streams::new(3);

/// What a worker votes in round 4, and its gradient.
fn vote(data: &Arc<Dataset>, poisoned: [bool; 2], worker: u32) -> (Vote, Arc<[f32]>) {
    let model = ModelSpec::Logistic.build(data.shape, data.classes).unwrap();
    // Everyone holds everything, so labels do not decide who holds what.
    let shards = SplitSpec::Replicated.split(data.train.labels(), data.classes, 3, STREAMS).unwrap();
    let task = Task::Train(Arc::new(Training {
        model,
        initial: Initial::KaimingNormal.into(),
        normalisation: data.normalisation.clone(),
        augmentation: None,
        evaluation_batch: None,
        data: Arc::clone(data),
        shards,
        trusted: None,
        plan: Arc::new(plan(QuantizerSpec::Sign { zero: ZeroRule::Coin })),
        poisoned: poisoned.to_vec(),
        ahead: BatchesAhead::default(),
        vectors: ReusedVectors::default(),
    }));
    let parameters = task.initial(STREAMS);
    let worker = WorkerId(worker);
    let work = task.work(STREAMS, worker, Partitions::Own(worker), Round(4), &parameters, None, true);
    match work(&mut Scratch::default()) {
        ComputationResult::Vote { vote, gradient, .. } => (vote.as_ref().clone(), gradient.unwrap()),
        ComputationResult::GradientSum(_) => panic!("not a vote"),
    }
}

/// The same pixels with every training label flipped.
fn turned(data: &Dataset) -> Arc<Dataset> {
    let (features, last) = (data.shape.features(), (data.classes - 1) as u16);
    let pixels = (0..data.train.len()).flat_map(|i| data.train.pixels(i).to_vec()).collect();
    let labels = data.train.labels().iter().map(|y| last - y).collect();
    let train = Samples::new(pixels, labels, features);
    Arc::new(Dataset {
        train,
        test: data.test.clone(),
        shape: data.shape,
        classes: data.classes,
        normalisation: data.normalisation.clone(),
        sources: Vec::new(),
    })
}

#[test]
fn a_corrupted_worker_computes_on_labels_that_are_turned_around_and_nobody_else_does() {
    let data = Arc::new(
        DataSpec::Digits { train: 300, test: 10, distortion: 1.0, noise: 0.1 }
            .load(STREAMS, &NOBODY)
            .unwrap(),
    );
    let other = turned(&data);
    for worker in 0..3 {
        let honest = vote(&data, [false; 2], worker);
        let expected = if worker < 2 { vote(&other, [false; 2], worker) } else { honest.clone() };
        assert_eq!(vote(&data, [true; 2], worker), expected, "worker {worker}");
        let alone = if worker == 1 { &expected } else { &honest };
        assert_eq!(&vote(&data, [false, true], worker), alone, "worker {worker}");
        assert_eq!(expected == honest, worker == 2);
    }
}
