//! How long a worker's gradient takes on one core, next to the rate of a plain large matrix product.
//!
//! A round of the standard experiment is fifteen times `gradient/cnn/batch=64`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, linalg::general_mat_mul};
use signsim::learn::{ModelSpec, Shape, Workspace};

const MNIST: Shape = Shape { channels: 1, height: 28, width: 28 };

fn wave(len: usize, amplitude: f64, phase: f64) -> Vec<f32> {
    (0..len).map(|i| (amplitude * (0.37 * i as f64 + phase).sin()) as f32).collect()
}

fn gradient(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient");
    // The losses at these parameters and samples, computed by plain loops in double precision.
    for (name, spec, batch, expected) in [
        ("cnn", ModelSpec::Cnn, 64, 2.324_572),
        ("cnn", ModelSpec::Cnn, 4, 2.306_562),
        ("mlp", ModelSpec::Mlp { hidden: vec![128] }, 64, 2.747_076),
        ("logistic", ModelSpec::Logistic, 64, 18.873_451),
    ] {
        let model = spec.build(MNIST, 10).expect("the model fits MNIST");
        let params = wave(model.parameter_count(), 0.05, 1.0);
        let inputs = wave(batch * MNIST.features(), 1.0, 0.1);
        let inputs = Array2::from_shape_vec((batch, MNIST.features()), inputs).expect("samples x features");
        let labels: Vec<u8> = (0..batch).map(|i| (i * 3 % 10) as u8).collect();
        let mut workspace = Workspace::default();
        let mut gradient = vec![0.0; params.len()];
        let mut step = || model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut gradient);
        let loss = step();
        assert!((loss - expected).abs() < 1e-3, "{name} with batch {batch}: loss {loss}, not {expected}");
        group.throughput(Throughput::Elements(model.flops_per_sample() * batch as u64));
        group.bench_function(format!("{name}/batch={batch}"), |bencher| bencher.iter(&mut step));
    }
    group.finish();
}

fn gemm(criterion: &mut Criterion) {
    let side = 1024;
    let mut group = criterion.benchmark_group("gemm");
    let square = |value| Array2::<f32>::from_elem((side, side), value);
    let (a, b, mut c) = (square(0.5), square(0.25), square(0.0));
    let mut multiply = || general_mat_mul(1.0, black_box(&a), black_box(&b), 0.0, black_box(&mut c));
    multiply();
    group.throughput(Throughput::Elements(2 * (side as u64).pow(3)));
    group.bench_function(BenchmarkId::from_parameter(side), |bencher| bencher.iter(&mut multiply));
    assert!((c[[3, 5]] - 128.0).abs() < 1e-3, "1024 products of 1/8");
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(std::time::Duration::from_secs(3));
    targets = gradient, gemm
}
criterion_main!(benches);
