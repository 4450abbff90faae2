//! Who is served how well: accuracy by class and on every worker's own samples, against a plain count.

use std::sync::atomic::AtomicBool;

use ndarray::ArrayView2;
use signsim::learn::{ModelSpec, Workspace};
use signsim::random::Streams;
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate_alone, simulate_resumable};
use signsim::scenario::{Plan, RunSpec, TaskSpec};
use signsim::sim::{Checkpoints, IdleThreads};

const TRAINING: &str = "\
name: t
rounds: 12
evaluate_every: 5
workers: { count: 6, batch: 8 }
task: { train: { data: { digits: { train: 1100, test: 600 } }, split: SPLIT, model: logistic } }
method: signsgd_mv
adversaries: { count: 2, attack: sign_inversion }
server: { learning_rate: 0.01 }
metrics: { fairness: true }
";

fn spec(split: &str, sets: &[&str]) -> RunSpec {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Plan::parse("t.yaml", &TRAINING.replace("SPLIT", split), &sets, None).unwrap().runs.remove(0).spec
}

/// Correct ones of these samples, each looked at by itself.
fn correct(
    spec: &RunSpec,
    parameters: &[f32],
    samples: &[u32],
    test: bool,
    label: Option<usize>,
) -> (u64, u64) {
    let TaskSpec::Train { data, .. } = &spec.task else { panic!("a training task") };
    let data = DatasetCache::default().get(data, spec.seed).unwrap();
    let model = ModelSpec::Logistic.build(data.shape, data.classes).unwrap();
    let (set, features) = (if test { &data.test } else { &data.train }, data.shape.features());
    let (mut workspace, mut sum) = (Workspace::default(), (0, 0));
    for sample in samples {
        let of = set.labels()[*sample as usize];
        if label.is_some_and(|label| label != usize::from(of)) {
            continue;
        }
        let mut inputs = vec![0.0; features];
        set.gather(&[*sample], &data.normalisation, &mut inputs);
        let inputs = ArrayView2::from_shape((1, features), &inputs).unwrap();
        sum.0 += model.evaluate(parameters, inputs, &[of], 1, &mut workspace).correct;
        sum.1 += 1;
    }
    sum
}

#[test]
fn classes_and_shards_are_counted_sample_by_sample() {
    for split in ["{ labels_per_worker: 2 }", "iid", "replicated"] {
        let spec = spec(split, &[]);
        let output = simulate_alone(&spec, 2).unwrap();
        let parameters = output.parameters.as_deref().unwrap();
        let all: Vec<u32> = (0..600).collect();
        let last: Vec<_> = output.classes.iter().filter(|row| row.round == 12).collect();
        assert_eq!(last.len(), 10);
        for row in &last {
            let (right, samples) = correct(&spec, parameters, &all, true, Some(row.label as usize));
            assert_eq!(row.samples, samples);
            assert_eq!(row.accuracy, Some(right as f64 / samples as f64), "{row:?}");
        }
        let whole: f64 =
            last.iter().map(|row| row.accuracy.unwrap() * row.samples as f64).sum::<f64>() / 600.0;
        assert!((whole - output.summary.final_accuracy.unwrap()).abs() < 1e-12);
        let TaskSpec::Train { data, split, .. } = &spec.task else { panic!("a training task") };
        let data = DatasetCache::default().get(data, spec.seed).unwrap();
        let shards = split.split(data.train.labels(), data.classes, 6, Streams::new(spec.seed)).unwrap();
        let last: Vec<_> = output.shards.iter().filter(|row| row.round == 12).collect();
        for (row, shard) in last.iter().zip(&shards) {
            let (right, samples) = correct(&spec, parameters, shard, false, None);
            assert_eq!((row.samples, row.adversary), (samples, row.worker < 2));
            assert_eq!(row.accuracy, Some(right as f64 / samples as f64), "{row:?}");
        }
        let rounds: Vec<u32> = output.shards.iter().step_by(6).map(|row| row.round).collect();
        assert_eq!((rounds, last.len()), (vec![0, 5, 10, 12], 6));
        let honest = || last[2..].iter().map(|row| row.accuracy.unwrap());
        let summary = &output.summary;
        assert_eq!(summary.worst_worker_accuracy, honest().reduce(f64::min));
        assert_eq!(summary.best_worker_accuracy, honest().reduce(f64::max));
        assert!(summary.worst_class_accuracy.unwrap() <= summary.final_accuracy.unwrap());
    }
}

/// Asking changes nothing about the run, and neither do threads.
#[test]
fn who_looks_changes_nothing() {
    let with = simulate_alone(&spec("iid", &[]), 3).unwrap();
    assert_eq!(with, simulate_alone(&spec("iid", &[]), 1).unwrap());
    let mut without = simulate_alone(&spec("iid", &["metrics.fairness=false"]), 2).unwrap();
    assert!(without.classes.is_empty() && without.shards.is_empty());
    assert_eq!(without.summary.worst_class_accuracy, None);
    assert_eq!(without.rounds, with.rounds);
    without.summary.worst_class_accuracy = with.summary.worst_class_accuracy;
    without.summary.worst_worker_accuracy = with.summary.worst_worker_accuracy;
    without.summary.best_worker_accuracy = with.summary.best_worker_accuracy;
    assert_eq!(without.summary, with.summary);
    let stopped = simulate_alone(&spec("iid", &["stop.accuracy=0.01"]), 1).unwrap();
    assert_eq!((stopped.classes.len(), stopped.shards.len()), (10, 6));
}

/// Keeps the state after one round, and begins from one.
struct One {
    found: Option<Vec<u8>>,
    kept: Option<Vec<u8>>,
    rounds: u32,
}

impl Checkpoints for One {
    fn found(&mut self) -> Option<Vec<u8>> {
        self.found.take()
    }

    fn wanted(&mut self) -> bool {
        self.rounds += 1;
        self.rounds == 7
    }

    fn keep(&mut self, state: &[u8]) -> signsim::error::Result<()> {
        self.kept = Some(state.to_vec());
        Ok(())
    }

    fn refused(&mut self, why: &str) -> signsim::error::Result<()> {
        unreachable!("{why}")
    }
}

#[test]
fn a_run_that_goes_on_later_has_the_same_rows() {
    let spec = spec(
        "{ dirichlet: 0.5 }",
        &[
            "server.learning_rate={ warm_up: { rounds: 5, then: { cosine: { from: 0.02 } } } }",
            "server.weight_decay=0.1",
            "method=d_lion_mavo",
            "stop={ loss_above: 1000 }",
        ],
    );
    let run = |found: Option<Vec<u8>>| -> (RunOutput, Option<Vec<u8>>) {
        let data = DatasetCache::default().of(&spec, 1).unwrap();
        let (interrupted, spare) = (AtomicBool::new(false), IdleThreads::default());
        let control = RunControl { threads: 1, interrupted: &interrupted, on_round: &|_| {}, spare: &spare };
        let mut one = One { found, kept: None, rounds: 0 };
        (simulate_resumable(&spec, data, &control, &mut one).unwrap(), one.kept)
    };
    let (whole, state) = run(None);
    assert_eq!(run(state).0, whole);
}
