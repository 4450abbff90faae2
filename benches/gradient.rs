//! How long a worker's gradient takes on one core, how long a round of fifteen of them takes on several, and the rate of
//! a plain large matrix product next to both.
//!
//! `gradient` is a function call; `round` is the whole simulator: actors, batches, gradients, signs, a majority, the step
//! and the record. The peers of `round` are in `benches/peers/torch_round.py`.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, linalg::general_mat_mul};
use signsim::learn::{ModelSpec, Shape, Workspace};
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate};
use signsim::scenario::{Plan, TaskSpec};
use signsim::sim::IdleThreads;

mod common;

const MNIST: Shape = Shape { channels: 1, height: 28, width: 28 };
const CIFAR: Shape = Shape { channels: 3, height: 32, width: 32 };

fn wave(len: usize, amplitude: f64, phase: f64) -> Vec<f32> {
    (0..len).map(|i| (amplitude * (0.37 * i as f64 + phase).sin()) as f32).collect()
}

fn gradient(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient");
    // The losses at these parameters and samples, computed by plain loops in double precision.
    use signsim::learn::Convolution::{Patches, Winograd4, Winograd6};
    for (name, spec, convolution, shape, batch, expected) in [
        ("cnn", ModelSpec::Cnn, Winograd4, MNIST, 64, 2.324_572),
        ("cnn_winograd_6", ModelSpec::Cnn, Winograd6, MNIST, 64, 2.324_572),
        ("cnn", ModelSpec::Cnn, Winograd4, MNIST, 4, 2.306_562),
        ("mlp", ModelSpec::Mlp { hidden: vec![128] }, Winograd4, MNIST, 64, 2.747_076),
        ("logistic", ModelSpec::Logistic, Winograd4, MNIST, 64, 18.873_451),
        ("resnet20_patches", ModelSpec::Resnet { depth: 20 }, Patches, CIFAR, 64, 2.306_649),
        ("resnet20", ModelSpec::Resnet { depth: 20 }, Winograd4, CIFAR, 64, 2.306_649),
        ("resnet20_winograd_6", ModelSpec::Resnet { depth: 20 }, Winograd6, CIFAR, 64, 2.306_649),
    ] {
        let model = spec.build_with(shape, 10, convolution).expect("the model fits the images");
        let params = wave(model.parameter_count(), 0.05, 1.0);
        let inputs = wave(batch * shape.features(), 1.0, 0.1);
        let inputs = Array2::from_shape_vec((batch, shape.features()), inputs).expect("samples x features");
        let labels: Vec<u16> = (0..batch).map(|i| (i * 3 % 10) as u16).collect();
        let mut workspace = Workspace::default();
        let mut gradient = vec![0.0; params.len()];
        let mut step = || model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut gradient);
        let loss = step();
        assert!((loss - expected).abs() < 1e-3, "{name} with batch {batch}: loss {loss}, not {expected}");
        group.throughput(Throughput::Elements(model.flops_per_sample() * batch as u64));
        let id = format!("{name}/batch={batch}/d={}", params.len());
        group.bench_function(id, |bencher| bencher.iter(&mut step));
    }
    group.finish();
}

fn round(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("round");
    // So many rounds that what a run costs beside them hardly counts.
    let mlp = ModelSpec::Mlp { hidden: vec![128] };
    let resnet = ModelSpec::Resnet { depth: 20 };
    for (name, model, data, (spec, shape), workers, rounds) in [
        ("mlp", "{ mlp: { hidden: [128] } }", "digits: { train: 1500, test: 10 }", (mlp, MNIST), 15, 100_u32),
        ("cnn", "cnn", "digits: { train: 1500, test: 10 }", (ModelSpec::Cnn, MNIST), 15, 5),
        (
            "cnn_winograd_6",
            "cnn, convolution: winograd_6",
            "digits: { train: 1500, test: 10 }",
            (ModelSpec::Cnn, MNIST),
            15,
            5,
        ),
        (
            "resnet20",
            "{ resnet: { depth: 20 } }",
            "shapes: { train: 300, test: 10 }",
            (resnet.clone(), CIFAR),
            3,
            4,
        ),
        (
            "resnet20_winograd_6",
            "{ resnet: { depth: 20 } }, convolution: winograd_6",
            "shapes: { train: 300, test: 10 }",
            (resnet, CIFAR),
            3,
            4,
        ),
    ] {
        let text = format!(
            "{{ name: t, rounds: {rounds}, evaluate_every: {rounds}, workers: {{ count: {workers}, batch: 64 }},
                task: {{ train: {{ data: {{ {data} }}, split: replicated,
                                   model: {model} }} }},
                metrics: {{ reference: none }}, method: signsgd_mv, server: {{ learning_rate: 0.001 }} }}"
        );
        let plan = Plan::parse("bench", &text, &[], None).expect("a scenario");
        let run = &plan.runs[0].spec;
        let TaskSpec::Train { data, .. } = &run.task else { panic!("a training task") };
        let data = DatasetCache::default().get(data, run.seed).expect("procedural data");
        let simulate = |threads: usize| -> RunOutput {
            let control = RunControl {
                threads,
                interrupted: &AtomicBool::new(false),
                on_round: &|_| {},
                spare: &IdleThreads::default(),
            };
            simulate(run, Some(data.clone()), &control).expect("the run reaches its last round")
        };
        let first = simulate(1);
        assert_eq!(first.summary.votes_received, workers * u64::from(rounds));
        let flops = spec.build(shape, 10).expect("the model fits the images").flops_per_sample();
        group.throughput(Throughput::Elements(flops * 64 * workers * u64::from(rounds)));
        for threads in [1, 2] {
            assert_eq!(simulate(threads).summary.digest, first.summary.digest, "threads change no bit");
            // The time of all rounds of a run: divide by their number.
            let id = format!("{name}/m={workers}/batch=64/rounds={rounds}/threads={threads}");
            group.bench_function(id, |bencher| bencher.iter(|| black_box(simulate(threads))));
        }
    }
    group.finish();
}

/// Products that a thread takes one after the other.
const IN_A_ROW: u64 = 8;

fn gemm(criterion: &mut Criterion) {
    let side = 1024;
    let mut group = criterion.benchmark_group("gemm");
    let square = |value| Array2::<f32>::from_elem((side, side), value);
    for threads in [1, 2] {
        let mut products: Vec<_> = (0..threads).map(|_| (square(0.5), square(0.25), square(0.0))).collect();
        // Several in a row: a thread's first product also pays for its packing buffer.
        let mut multiply = || {
            std::thread::scope(|scope| {
                for (a, b, c) in &mut products {
                    scope.spawn(|| {
                        for _ in 0..IN_A_ROW {
                            general_mat_mul(1.0, black_box(&*a), black_box(&*b), 0.0, black_box(&mut *c));
                        }
                    });
                }
            });
        };
        multiply();
        group.throughput(Throughput::Elements(threads * IN_A_ROW * 2 * (side as u64).pow(3)));
        group.bench_function(format!("{side}/products={IN_A_ROW}/threads={threads}"), |bencher| {
            bencher.iter(&mut multiply)
        });
        assert!(products.iter().all(|(_, _, c)| (c[[3, 5]] - 128.0).abs() < 1e-3), "1024 products of 1/8");
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::criterion().sample_size(20).measurement_time(std::time::Duration::from_secs(3))
        .warm_up_time(std::time::Duration::from_secs(1));
    targets = gradient, round, gemm
}
criterion_main!(benches);
