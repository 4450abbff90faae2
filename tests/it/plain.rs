//! The simulator against a plain loop: no actors, no clock, no packing, the same batches and formulas.

use std::sync::Arc;

use ndarray::ArrayView2;
use rand::seq::SliceRandom;
use signsim::data::{Batches, Dataset, SplitSpec, draw_batch};
use signsim::learn::{Initial, Model, ModelSpec, Workspace};
use signsim::random::{Purpose, Streams};
use signsim::run::{DatasetCache, RunOutput};
use signsim::scenario::{Plan, TaskSpec};
use signsim::time::Round;

use crate::engine::run;

const ROUNDS: u32 = 6;
const WORKERS: u32 = 5;
const ADVERSARIES: u32 = 2;
const RATE: f32 = 0.01;

fn scenario(more: &str) -> String {
    format!(
        "{{ name: t, rounds: {ROUNDS}, evaluate_every: 2, workers: {{ count: {WORKERS}, batch: \"2x8 + 3x16\" }},
           task: {{ train: {{ data: {{ digits: {{ train: 300, test: 120 }} }}, split: iid, model: {{ mlp: {{ hidden: [16] }} }} }} }},
           method: {{ quantizer: {{ sign: {{ zero: plus }} }}, aggregator: majority }}, server: {{ learning_rate: {RATE} }},
           adversaries: {{ count: {ADVERSARIES}, attack: sign_inversion }}, metrics: {{ workers_every: 1, layers: true {more} }} }}"
    )
}

/// What the loop finds in a round.
struct Plain {
    decoding_error: f64,
    /// By worker.
    crossovers: Vec<f64>,
    /// Decoding error on the coordinates of the last layer.
    last_layer: f64,
    /// l1 and l2 of the reference gradient, of the model that the round begins with.
    norms: (f64, f64),
}

struct World {
    /// The parameters before the first round.
    start: Arc<[f32]>,
    data: Arc<Dataset>,
    model: Model,
    shards: Vec<Vec<u32>>,
    batches: Batches,
    streams: Streams,
    workspace: Workspace,
}

impl World {
    fn gradient(&mut self, parameters: &[f32], samples: &[u32]) -> Vec<f32> {
        let features = self.data.shape.features();
        let (mut labels, mut inputs) = (vec![0; samples.len()], vec![0.0; samples.len() * features]);
        self.data.train.gather_labels(samples, &mut labels);
        self.data.train.gather(samples, &self.data.normalisation, &mut inputs);
        let mut gradient = vec![0.0; parameters.len()];
        let inputs = ArrayView2::from_shape((samples.len(), features), &inputs).unwrap();
        self.model.gradient(parameters, inputs, &labels, &mut self.workspace, &mut gradient);
        gradient
    }

    fn batch(&self, worker: u32, round: u32, local_step: u32, steps: u32) -> Vec<u32> {
        let mut batch = Vec::new();
        let size = if worker < 2 { 8 } else { 16 };
        if self.batches == Batches::Epoch {
            // All epochs one after the other, and the n-th group of them.
            let epoch = |epoch: u32| {
                let mut order = self.shards[worker as usize].clone();
                order.shuffle(&mut self.streams.stream(Purpose::Epoch, u64::from(worker), Round(epoch)));
                order
            };
            let walk = (0..).flat_map(epoch);
            return walk.skip((round * steps + local_step) as usize * size).take(size).collect();
        }
        let owner = u64::from(worker) | u64::from(local_step) << 32;
        let mut stream = self.streams.stream(Purpose::Batch, owner, Round(round));
        draw_batch(&self.shards[worker as usize], size, &mut stream, &mut batch);
        batch
    }

    /// The mean gradient along so many steps of rate 0.05 from these parameters.
    fn local(&mut self, parameters: &[f32], worker: u32, round: u32, steps: u32) -> Vec<f32> {
        if steps == 1 {
            return self.gradient(parameters, &self.batch(worker, round, 0, 1));
        }
        let (mut at, mut sum) = (parameters.to_vec(), vec![0.0; parameters.len()]);
        for step in 0..steps {
            let gradient = self.gradient(&at, &self.batch(worker, round, step, steps));
            for n in 0..at.len() {
                at[n] -= 0.05 * gradient[n];
                sum[n] += gradient[n];
            }
        }
        sum.iter().map(|x| x * (1.0 / steps as f32)).collect()
    }
}

/// The parameters before the first round, and what the loop works with.
fn world(batches: Batches) -> (Vec<f32>, World) {
    let streams = Streams::new(1);
    let spec = &Plan::parse("t", &scenario(""), &[], None).unwrap().runs[0].spec;
    let TaskSpec::Train { data, .. } = &spec.task else { panic!("a training task") };
    let data = DatasetCache::default().get(data, 1).unwrap();
    let model = ModelSpec::Mlp { hidden: vec![16] }.build(data.shape, data.classes).unwrap();
    let shards = SplitSpec::Iid.split(data.train.labels(), data.classes, WORKERS as usize, streams).unwrap();
    let shards = shards.iter().map(|s| s.to_vec()).collect();
    let parameters = Initial::KaimingNormal.draw(&model, &mut streams.stream(Purpose::Initial, 0, Round(0)));
    let start = parameters.clone().into();
    (parameters, World { start, data, model, shards, batches, streams, workspace: Workspace::default() })
}

/// Final parameters and the measurements of every round.
fn plain(full_batch: bool, local_steps: u32, batches: Batches) -> (Vec<f32>, Vec<Plain>) {
    let (mut parameters, mut world) = world(batches);
    let last = world.model.tensors()[2].range.start..parameters.len();
    let mut measured = Vec::new();
    for round in 0..ROUNDS {
        let gradients: Vec<Vec<f32>> =
            (0..WORKERS).map(|m| world.local(&parameters, m, round, local_steps)).collect();
        let sign = |g: f32| if g >= 0.0 { 1 } else { -1 };
        let vote = |m: usize, n: usize| {
            let sign = sign(gradients[m][n]);
            if m < ADVERSARIES as usize { -sign } else { sign }
        };
        let d = parameters.len();
        let decision: Vec<i32> =
            (0..d).map(|n| (0..WORKERS as usize).map(|m| vote(m, n)).sum::<i32>().signum()).collect();
        let reference: Vec<f64> = if full_batch {
            let all: Vec<u32> = (0..world.data.train.len() as u32).collect();
            world.gradient(&parameters, &all).iter().map(|g| f64::from(*g)).collect()
        } else {
            let honest = &gradients[ADVERSARIES as usize..];
            (0..d).map(|n| honest.iter().map(|g| f64::from(g[n])).sum()).collect()
        };
        let share = |range: std::ops::Range<usize>, of: &dyn Fn(usize) -> i32| {
            let signed: Vec<usize> = range.filter(|n| reference[*n] != 0.0).collect();
            let wrong = signed.iter().filter(|n| f64::from(of(**n)) * reference[**n] < 0.0).count();
            wrong as f64 / signed.len() as f64
        };
        measured.push(Plain {
            decoding_error: share(0..d, &|n| decision[n]),
            crossovers: (0..WORKERS as usize).map(|m| share(0..d, &|n| vote(m, n))).collect(),
            last_layer: share(last.clone(), &|n| decision[n]),
            norms: (
                reference.iter().map(|g| g.abs()).sum(),
                reference.iter().map(|g| g * g).sum::<f64>().sqrt(),
            ),
        });
        for (x, u) in parameters.iter_mut().zip(&decision) {
            *x -= RATE * *u as f32;
        }
    }
    (parameters, measured)
}

fn check(output: &RunOutput, plain: &(Vec<f32>, Vec<Plain>), tolerance: f64) {
    assert_eq!(output.parameters.as_deref(), Some(&plain.0[..]), "the same parameters, bit for bit");
    let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() <= tolerance, "{a:?} {b}");
    for (row, expected) in output.rounds[1..].iter().zip(&plain.1) {
        close(row.decoding_error, expected.decoding_error);
        close(row.adversary_crossover, expected.crossovers[..2].iter().sum::<f64>() / 2.0);
        close(row.honest_crossover, expected.crossovers[2..].iter().sum::<f64>() / 3.0);
        for worker in output.workers.iter().filter(|w| w.round == row.round) {
            close(worker.true_crossover, expected.crossovers[worker.worker as usize]);
        }
        let last = output.layers.iter().rfind(|l| l.round == row.round).unwrap();
        close(last.decoding_error, expected.last_layer);
    }
    let mean = plain.1.iter().map(|p| p.decoding_error).sum::<f64>() / f64::from(ROUNDS);
    close(output.summary.decoding_error, mean);
    assert_eq!(output.layers.len(), 2 * ROUNDS as usize);
}

#[test]
fn an_ideal_network_is_a_plain_loop_measured_by_the_honest_mean() {
    let plain = plain(false, 1, Batches::Fresh);
    for threads in [1, 2] {
        check(&run(&scenario(""), threads).unwrap(), &plain, 1e-12);
    }
}

/// Summed in parts, a gradient of nearly zero may round to the other side: a coordinate or two.
#[test]
fn an_ideal_network_is_a_plain_loop_measured_by_the_full_batch() {
    check(&run(&scenario(", reference: full_batch"), 2).unwrap(), &plain(true, 1, Batches::Fresh), 2e-4);
}

/// Norms of the gradient are measured where the model is: every second of six rounds, and what they are says nothing else.
#[test]
fn norms_of_the_gradient_are_those_of_a_plain_loop() {
    let (_, rounds) = plain(true, 1, Batches::Fresh);
    let without = run(&scenario(""), 1).unwrap();
    for threads in [1, 2] {
        let mut with = run(&scenario(", gradient_norm: true"), threads).unwrap();
        assert_eq!(with.summary.digest, without.summary.digest);
        for (row, plain) in with.rounds.iter().zip(&rounds) {
            assert_eq!(
                (row.gradient_l1.is_some(), row.gradient_l2.is_some()),
                (row.round % 2 == 0, row.round % 2 == 0)
            );
            let Some((l1, l2)) = row.gradient_l1.zip(row.gradient_l2) else { continue };
            assert!((l1 / plain.norms.0 - 1.0).abs() < 1e-5, "{l1}, not {}", plain.norms.0);
            assert!((l2 / plain.norms.1 - 1.0).abs() < 1e-5, "{l2}, not {}", plain.norms.1);
        }
        let begun: f64 = [0, 2, 4].iter().map(|round| rounds[*round].norms.0 / 3.0).sum();
        assert!((with.summary.mean_gradient_l1.unwrap() / begun - 1.0).abs() < 1e-5);
        let last = with.rounds.last().unwrap();
        assert_eq!(with.summary.final_gradient_l1, last.gradient_l1);
        for row in &mut with.tables.rounds {
            (row.gradient_l1, row.gradient_l2) = (None, None);
        }
        assert_eq!(with.rounds, without.rounds);
    }
}

/// RSA: every worker votes on where everybody's model lies from its own, which it moves by its gradient there.
#[test]
fn own_models_are_those_of_a_plain_loop() {
    const PENALTY: f32 = 0.05;
    const OWN_RATE: f32 = 0.1;
    let text = scenario("").replace(
        "quantizer: { sign: { zero: plus } }, aggregator: majority",
        "quantizer: { sign: { zero: abstain } }, own_model: { penalty: 0.05, rate: 0.1 }, aggregator: mean",
    );
    let output = run(&text, 2).unwrap();
    let (mut parameters, mut world) = world(Batches::Fresh);
    let mut own = vec![parameters.clone(); WORKERS as usize];
    for round in 0..ROUNDS {
        let mut sums = vec![0.0_f32; parameters.len()];
        for (m, own) in own.iter_mut().enumerate() {
            let batch = world.batch(m as u32, round, 0, 1);
            let gradient = world.gradient(own, &batch);
            for n in 0..parameters.len() {
                let away = parameters[n] - own[n];
                let sign = if away == 0.0 { 0.0 } else { away.signum() };
                sums[n] += if m < ADVERSARIES as usize { -sign } else { sign };
                own[n] -= OWN_RATE * (gradient[n] - PENALTY * sign);
            }
        }
        for (x, sum) in parameters.iter_mut().zip(&sums) {
            *x -= RATE * (sum / WORKERS as f32);
        }
    }
    let found = output.parameters.unwrap();
    let moved = found.iter().zip(&*world.start).filter(|(x, start)| x != start).count();
    assert!(moved > found.len() / 2, "{moved} of {} parameters moved", found.len());
    let apart = found.iter().zip(&parameters).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-6, "{apart}");
}

#[test]
fn local_steps_are_steps_of_a_plain_loop() {
    let text = scenario("").replace("\"2x8 + 3x16\"", "\"2x8 + 3x16\", local: { steps: 3, rate: 0.05 }");
    check(&run(&text, 2).unwrap(), &plain(false, 3, Batches::Fresh), 1e-12);
}

/// 60 samples a worker: batches of 8 and of 16 both run over the end of an epoch.
#[test]
fn epochs_are_walks_of_a_plain_loop() {
    for steps in [1, 3] {
        let rate = if steps > 1 { ", rate: 0.05" } else { "" };
        let words = format!("\"2x8 + 3x16\", batches: epoch, local: {{ steps: {steps}{rate} }}");
        let text = scenario("").replace("\"2x8 + 3x16\"", &words);
        check(&run(&text, 2).unwrap(), &plain(false, steps, Batches::Epoch), 1e-12);
    }
}
