//! How long a worker takes to turn the gradient of the paper's CNN, 582,026 numbers, into a vote.
//!
//! A round of the standard experiment is fifteen votes, each after a gradient of some tens of milliseconds.

use std::f64::consts::FRAC_2_PI;
use std::hint::black_box;
use std::ops::Range;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use signsim::learn::{ModelSpec, Shape};
use signsim::quantize::{Draws, Momentum, QuantizerSpec, WorkerMemory};
use signsim::random::Streams;
use signsim::time::Round;

/// Quantiser, and how far its vote agrees with the signs of the gradient: the mean of vote times sign. Summed
/// by plain Python in double precision over the probabilities of the papers; a sine has the mean size 2 / pi.
const CASES: [(&str, &str, f64); 12] = [
    ("sign", "sign: { zero: coin }", 1.0),
    ("stochastic_sign/fixed", "stochastic_sign: { b: 0.012 }", 0.053_052),
    ("stochastic_sign/layer_max", "stochastic_sign: { b: layer_max }", FRAC_2_PI),
    ("noisy_sign/gaussian", "noisy_sign: { law: gaussian }", 0.457_648),
    ("noisy_sign/uniform", "noisy_sign: { law: uniform }", 0.367_553),
    ("noisy_sign/laplace", "noisy_sign: { law: laplace }", 0.550_979),
    ("noisy_sign/logistic", "noisy_sign: { law: logistic }", 0.493_479),
    ("top_k", "top_k: { fraction: 0.1 }", 0.100_004),
    ("ternary/l2", "ternary: { norm: l2 }", 0.001_686),
    ("ternary/max", "ternary: { norm: max }", FRAC_2_PI),
    ("scaled_sign", "scaled_sign: { per: vector }", 1.0),
    ("dense", "dense: {}", 1.0),
];

fn agreement(spec: &QuantizerSpec, gradient: &[f32], tensors: &[Range<usize>], draws: Draws) -> f64 {
    let vote = spec.quantize(gradient, tensors, &mut WorkerMemory::default(), draws);
    let sign = |x: f32| {
        if x > 0.0 {
            1.0
        } else if x < 0.0 {
            -1.0
        } else {
            0.0
        }
    };
    let products = vote.to_dense().iter().zip(gradient).map(|(v, g)| sign(*v) * sign(*g)).sum::<f64>();
    products / gradient.len() as f64
}

fn quantize(criterion: &mut Criterion) {
    let shape = Shape { channels: 1, height: 28, width: 28 };
    let model = ModelSpec::Cnn.build(shape, 10).expect("the model fits MNIST");
    let tensors: Vec<_> = model.tensors().iter().map(|tensor| tensor.range.clone()).collect();
    let d = model.parameter_count();
    let gradient: Vec<f32> = (0..d).map(|i| (0.001 * (0.37 * i as f64 + 0.1).sin()) as f32).collect();
    let draws = Draws { streams: Streams::new(1), owner: 0, round: Round(0) };
    let mut group = criterion.benchmark_group("quantize");
    group.throughput(Throughput::Elements(d as u64));
    for (name, yaml, expected) in CASES {
        let document = serde_yaml::Deserializer::from_str(yaml);
        let spec: QuantizerSpec =
            serde_yaml::with::singleton_map_recursive::deserialize(document).expect("a quantiser");
        let found = agreement(&spec, &gradient, &tensors, draws);
        let variance = if spec.is_ternary() { expected } else { 1.0 };
        let five_sigma = 5.0 * (variance / d as f64).sqrt();
        assert!((found - expected).abs() < five_sigma, "{name}: agreement {found}, not {expected}");
        let mut memory = WorkerMemory::default();
        group.bench_function(format!("{name}/d={d}"), |bencher| {
            bencher.iter(|| black_box(spec.quantize(black_box(&gradient), &tensors, &mut memory, draws)));
        });
    }
    let (mut memory, mut v) = (WorkerMemory::default(), gradient.clone());
    group.bench_function(format!("momentum/d={d}"), |bencher| {
        bencher.iter(|| Momentum::of(0.9).apply(black_box(&mut v), &mut memory));
    });
    assert!(
        v.iter().zip(&gradient).all(|(v, g)| v * g >= 0.0),
        "the average of one gradient is that gradient"
    );
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(std::time::Duration::from_secs(2));
    targets = quantize
}
criterion_main!(benches);
