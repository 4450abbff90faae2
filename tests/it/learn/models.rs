//! Whole models: PyTorch's numbers, finite differences, and what must not make a difference.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, s};
use rand_distr::{Distribution, StandardNormal};
use signsim::helpers::{Helpers, Lender};
use signsim::learn::{EVALUATION_BATCH, Initial, LayerSpec, Model, ModelSpec, Shape, Start, Workspace};
use signsim::random::{Purpose, Stream, Streams};
use signsim::time::Round;

use super::reference::{Wave, read};

const MNIST: Shape = Shape { channels: 1, height: 28, width: 28 };
const CIFAR: Shape = Shape { channels: 3, height: 32, width: 32 };

fn mlp() -> Model {
    ModelSpec::Mlp { hidden: vec![128] }.build(MNIST, 10).unwrap()
}

fn cnn(input: Shape) -> Model {
    ModelSpec::Cnn.build(input, 10).unwrap()
}

fn stream(purpose: Purpose) -> Stream {
    Streams::new(1).stream(purpose, 0, Round(0))
}

/// Standard normal samples with labels 0, 3, 6, 9, 2, ...
fn samples(model: &Model, batch: usize) -> (Array2<f32>, Vec<u16>) {
    let normal = StandardNormal.sample_iter(stream(Purpose::Samples));
    let values = normal.take(batch * model.input().features()).collect();
    let labels = (0..batch).map(|i| (i * 3 % model.classes()) as u16).collect();
    (Array2::from_shape_vec((batch, model.input().features()), values).unwrap(), labels)
}

fn gradient(model: &Model, params: &[f32], inputs: ArrayView2<f32>, labels: &[u16]) -> (f32, Vec<f32>) {
    let mut gradient = vec![f32::NAN; params.len()];
    let loss = model.gradient(params, inputs, labels, &mut Workspace::default(), &mut gradient);
    (loss, gradient)
}

fn resnet(depth: u32, classes: usize) -> Model {
    ModelSpec::Resnet { depth }.build(CIFAR, classes).unwrap()
}

fn check_reference(name: &str, model: &Model, amplitude: f64, tolerance: f64) {
    let case =
        read().models.into_iter().find(|case| case.name == name).expect("the case is in the reference");
    assert_eq!(model.parameter_count(), case.parameter_count);
    let shapes: Vec<_> = model.tensors().iter().map(|tensor| tensor.shape.clone()).collect();
    assert_eq!(shapes, case.tensors);
    let mut params = vec![0.0; model.parameter_count()];
    for (i, tensor) in model.tensors().iter().enumerate() {
        let wave = Wave { amplitude, k: 1.0 + i as f64 };
        let around = if tensor.start == Start::One { 1.0 } else { 0.0 };
        for (place, value) in params[tensor.range.clone()].iter_mut().zip(wave.values(tensor.range.len())) {
            *place = around + value;
        }
    }
    let shape = (case.labels.len(), model.input().features());
    let inputs = Array2::from_shape_vec(shape, case.input.values()).unwrap();
    let (loss, gradient) = gradient(model, &params, inputs.view(), &case.labels);
    let expected = case.loss_mean_cross_entropy;
    assert!(
        (f64::from(loss) - expected).abs() < (1e-2 * tolerance).min(1e-5) * expected,
        "{loss}, not {expected}"
    );
    for (tensor, digest) in model.tensors().iter().zip(&case.parameter_gradients) {
        digest.check(&gradient[tensor.range.clone()], tolerance, &tensor.name);
    }
}

#[test]
fn mlp_agrees_with_pytorch() {
    check_reference("mlp_784_128_10", &mlp(), 0.05, 1e-4);
}

#[test]
fn cnn_agrees_with_pytorch() {
    check_reference("cnn_mnist_32_64_512", &cnn(MNIST), 0.05, 1e-4);
}

/// Where rounding switches a ReLU, all gradients before it feel it: PyTorch's own in single precision are .2 % away from
/// these at depth 20, and up to a quarter at depth 56. What depth 56 computes is compared with a twin in double precision.
#[test]
fn a_residual_network_agrees_with_pytorch() {
    check_reference("resnet_20_cifar10", &resnet(20, 10), 0.1, 2e-2);
}

#[test]
fn residual_networks_have_their_sizes() {
    let sizes = [(20, 10, 269_722), (56, 10, 853_018), (56, 100, 858_868)];
    for (depth, classes, parameters) in sizes {
        assert_eq!(resnet(depth, classes).parameter_count(), parameters);
    }
    let names: Vec<_> = resnet(8, 10).tensors().iter().map(|tensor| tensor.name.clone()).collect();
    assert_eq!(names[..4], ["conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight"]);
    assert_eq!(names[names.len() - 3..], ["layer3.0.bn2.bias", "linear.weight", "linear.bias"]);
}

fn own(layers: &str) -> ModelSpec {
    serde_json::from_str(&format!(r#"{{ "conv_net": {layers} }}"#)).unwrap()
}

/// A network of every layer there is, in which a batch is read by several nodes, images and vectors alike.
fn everything() -> ModelSpec {
    own(r#"[{ "conv": { "filters": 6, "padding": 1 } }, "relu",
            { "residual": [{ "conv": { "filters": 8, "stride": 2, "padding": 1, "bias": false } }, "batch_norm", "relu"] },
            { "residual": [{ "residual": ["batch_norm", "relu"] }, { "conv": { "filters": 9, "kernel": 1 } }] }, "relu",
            { "residual": ["relu", "batch_norm"] }, "max_pool", { "residual": ["max_pool", "relu"] }, "batch_norm",
            { "dense": 20 }, "relu", { "residual": [{ "dense": 20 }, "relu"] }, { "dense": 12 }, "batch_norm", "mean_pool"]"#)
}

/// Fusing changes no bit of what a model computes, and none of its gradient but for the order of sums (a bias is summed
/// behind the pooling, not before it). The unfused one is checked layer by layer.
#[test]
fn what_is_fused_computes_the_same() {
    for (spec, fewer) in [(everything(), 6), (ModelSpec::Resnet { depth: 14 }, 19), (ModelSpec::Cnn, 5)] {
        let plain = spec.graph(CIFAR, 10).unwrap();
        assert_eq!(plain.nodes.len() - plain.clone().fused().nodes.len(), fewer);
        let (plain, fused) = (Model::new(plain), spec.build(CIFAR, 10).unwrap());
        let (inputs, labels) = samples(&plain, 5);
        let params = Initial::Pytorch.draw(&plain, &mut stream(Purpose::Initial));
        let expected = gradient(&plain, &params, inputs.view(), &labels);
        let (loss, found) = gradient(&fused, &params, inputs.view(), &labels);
        assert_eq!(loss, expected.0);
        for tensor in plain.tensors() {
            let norm =
                |of: &dyn Fn(usize) -> f32| tensor.range.clone().map(|i| of(i).powi(2)).sum::<f32>().sqrt();
            let apart = norm(&|i| found[i] - expected.1[i]);
            assert!(apart <= 1e-5 * norm(&|i| expected.1[i]) + 1e-8, "{}: {apart}", tensor.name);
        }
        for batch in [5, 2] {
            let evaluate = |model: &Model| {
                model.evaluate(&params, inputs.view(), &labels, batch, &mut Workspace::default())
            };
            assert_eq!(evaluate(&fused), evaluate(&plain));
        }
        let loss = fused.evaluate(&params, inputs.view(), &labels, 5, &mut Workspace::default()).loss_sum;
        assert!((loss / 5.0 - f64::from(expected.0)).abs() < 1e-6 * loss);
    }
}

#[test]
fn only_what_normalises_mixes_samples() {
    let (inputs, labels) = samples(&resnet(8, 10), 6);
    for (spec, mixes) in [
        (everything(), true),
        (ModelSpec::Resnet { depth: 8 }, true),
        (ModelSpec::Cnn, false),
        (own(r#"[{ "residual": ["relu"] }]"#), false),
        (own(r#"[{ "residual": ["relu", { "residual": ["batch_norm"] }] }]"#), true),
    ] {
        let model = spec.build(CIFAR, 10).unwrap();
        assert_eq!((spec.mixes_samples(), model.mixes_samples()), (mixes, mixes));
        let params = Initial::Pytorch.draw(&model, &mut stream(Purpose::Initial));
        let evaluate = |batch| {
            model.evaluate(&params, inputs.view(), &labels, batch, &mut Workspace::default()).loss_sum
        };
        assert_eq!((evaluate(6) - evaluate(3)).abs() > 1e-3, mixes, "{spec:?}");
    }
}

/// Along each tensor's own gradient the loss must climb by its squared norm. The step moves the loss by about 0.01, a
/// thousand times its rounding, or the tensor by 0.02, little enough for few ReLUs to switch; 2 % covers both, and 4 % where
/// a normalisation moves every pixel of a channel at once.
fn check_finite_differences(model: &Model) {
    let tolerance = if model.mixes_samples() { 0.04 } else { 0.02 };
    let (inputs, labels) = samples(model, 7);
    let params = Initial::KaimingNormal.draw(model, &mut stream(Purpose::Initial));
    let (_, gradient) = gradient(model, &params, inputs.view(), &labels);
    let mut workspace = Workspace::default();
    for tensor in model.tensors() {
        let square: f64 = gradient[tensor.range.clone()].iter().map(|&g| f64::from(g).powi(2)).sum();
        if square < 1e-12 {
            // A scale or shift that a later normalisation undoes.
            assert!(model.mixes_samples());
            continue;
        }
        let step = (0.005 / square).min(0.02 / square.sqrt());
        let mut loss = |step: f64| {
            let mut moved = params.clone();
            for i in tensor.range.clone() {
                moved[i] += (step * f64::from(gradient[i])) as f32;
            }
            model.evaluate(&moved, inputs.view(), &labels, EVALUATION_BATCH, &mut workspace).loss_sum
                / labels.len() as f64
        };
        let slope = (loss(step) - loss(-step)) / (2.0 * step);
        assert!((slope / square - 1.0).abs() < tolerance, "{}: {slope}, not {square}", tensor.name);
    }
}

#[test]
fn gradients_are_slopes_of_the_loss() {
    check_finite_differences(&ModelSpec::Logistic.build(MNIST, 10).unwrap());
    check_finite_differences(&ModelSpec::Mlp { hidden: vec![33, 17] }.build(CIFAR, 100).unwrap());
    check_finite_differences(&cnn(CIFAR));
    check_finite_differences(&resnet(8, 10));
    check_finite_differences(&everything().build(Shape { channels: 2, height: 9, width: 12 }, 7).unwrap());
    // A pooling that drops a row and a column.
    check_finite_differences(&cnn(Shape { channels: 2, height: 19, width: 21 }));
}

#[test]
fn a_batch_is_the_mean_of_its_samples() {
    let model = cnn(MNIST);
    let (inputs, labels) = samples(&model, 7);
    let params = Initial::KaimingNormal.draw(&model, &mut stream(Purpose::Initial));
    let (_, together) = gradient(&model, &params, inputs.view(), &labels);
    let mut mean = vec![0.0; params.len()];
    for i in 0..labels.len() {
        let (_, one) = gradient(&model, &params, inputs.slice(s![i..=i, ..]), &labels[i..=i]);
        mean.iter_mut().zip(&one).for_each(|(mean, one)| *mean += one / labels.len() as f32);
    }
    for tensor in model.tensors() {
        let norm = |entries: &mut dyn Iterator<Item = f32>| entries.map(|x| x * x).sum::<f32>().sqrt();
        let range = tensor.range.clone();
        let apart = norm(&mut range.clone().map(|i| together[i] - mean[i]));
        assert!(apart < 1e-5 * norm(&mut range.map(|i| mean[i])), "{}: {apart}", tensor.name);
    }
}

#[test]
fn a_used_workspace_changes_no_bit() {
    let (small, large) = (mlp(), cnn(CIFAR));
    let mut workspace = Workspace::default();
    for model in [&small, &large, &resnet(8, 10), &everything().build(CIFAR, 10).unwrap()] {
        let (inputs, labels) = samples(model, 5);
        let params = Initial::KaimingNormal.draw(model, &mut stream(Purpose::Initial));
        let fresh = gradient(model, &params, inputs.view(), &labels);
        // Leave something bad behind: another model, a larger batch, NaN everywhere.
        let other = cnn(MNIST);
        let (noise, noise_labels) = samples(&other, 20);
        let poison = vec![f32::NAN; other.parameter_count()];
        let mut unused = poison.clone();
        let loss = other.gradient(&poison, noise.view(), &noise_labels, &mut workspace, &mut unused);
        assert!(loss.is_nan(), "a diverged model has no loss");
        let mut again = vec![f32::NAN; params.len()];
        let loss = model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut again);
        assert_eq!(loss.to_bits(), fresh.0.to_bits());
        assert!(again.iter().zip(&fresh.1).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

#[test]
fn an_evaluation_sums_the_losses_of_gradients() {
    let model = mlp();
    let (inputs, mut labels) = samples(&model, 600);
    let params = Initial::KaimingNormal.draw(&model, &mut stream(Purpose::Initial));
    let before = model.evaluate(&params, inputs.view(), &labels, EVALUATION_BATCH, &mut Workspace::default());
    let (loss, _) = gradient(&model, &params, inputs.view(), &labels);
    assert_eq!(before.samples, 600);
    assert!((before.loss_sum / 600.0 - f64::from(loss)).abs() < 1e-6 * f64::from(loss));
    // Labels that are the model's own answers are all correct, and only those.
    for (i, label) in labels.iter_mut().enumerate() {
        let right = |&class: &u16| {
            let sample = inputs.slice(s![i..=i, ..]);
            model.evaluate(&params, sample, &[class], EVALUATION_BATCH, &mut Workspace::default()).correct
                == 1
        };
        let answers: Vec<u16> = (0..10).filter(right).collect();
        assert_eq!(answers.len(), 1, "one class has the largest logit");
        *label = answers[0];
    }
    labels[599] = (labels[599] + 1) % 10;
    assert_eq!(
        model.evaluate(&params, inputs.view(), &labels, EVALUATION_BATCH, &mut Workspace::default()).correct,
        599
    );
}

#[test]
fn a_diverged_model_is_wrong_but_does_not_panic() {
    for (model, bad) in [
        (mlp(), f32::NAN),
        (mlp(), f32::INFINITY),
        (cnn(MNIST), f32::NAN),
        (cnn(MNIST), 1e38),
        (resnet(8, 10), f32::NAN),
    ] {
        let (inputs, labels) = samples(&model, 4);
        let params = vec![bad; model.parameter_count()];
        let result =
            model.evaluate(&params, inputs.view(), &labels, EVALUATION_BATCH, &mut Workspace::default());
        assert!(!result.loss_sum.is_finite() && result.correct == 0, "{result:?}");
        assert!(!gradient(&model, &params, inputs.view(), &labels).0.is_finite());
    }
}

#[test]
fn inputs_may_be_a_view_with_gaps() {
    let model = mlp();
    let (inputs, labels) = samples(&model, 6);
    let params = Initial::KaimingNormal.draw(&model, &mut stream(Purpose::Initial));
    let view = inputs.slice(s![..;2, ..]);
    let packed = gradient(&model, &params, view.to_owned().view(), &labels[..3]);
    assert_eq!(gradient(&model, &params, view, &labels[..3]), packed);
}

/// Threads that are always idle, so many of them.
struct Idle(usize);

impl Lender for Idle {
    fn lend(&self, most: usize) -> usize {
        most.min(self.0)
    }

    fn give_back(&self, _: usize) {}
}

/// Whatever number of threads help with a layer, also more than it has groups of images: the last group is smaller than the
/// others, and the gradients by the input of a residual block add to what is there.
#[test]
fn help_changes_no_bit_of_a_gradient() {
    for (model, batch) in [(cnn(MNIST), 10), (resnet(20, 10), 14)] {
        let (inputs, labels) = samples(&model, batch);
        let params = Initial::KaimingNormal.draw(&model, &mut stream(Purpose::Initial));
        let alone = gradient(&model, &params, inputs.view(), &labels);
        let mut workspace = Workspace::default();
        let evaluated = model.evaluate(&params, inputs.view(), &labels, batch, &mut workspace);
        for threads in [1, 2, 9] {
            workspace.helped_by(Helpers::of(Arc::new(Idle(threads))));
            let mut helped = vec![f32::NAN; params.len()];
            let loss = model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut helped);
            let bits = |gradient: &[f32]| gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>();
            assert!(loss.to_bits() == alone.0.to_bits() && bits(&helped) == bits(&alone.1), "{threads}");
            let again = model.evaluate(&params, inputs.view(), &labels, batch, &mut workspace);
            assert_eq!(again, evaluated, "{threads}");
        }
    }
}

#[test]
fn logistic_regression_separates_what_is_separable() {
    let shape = Shape { channels: 1, height: 1, width: 2 };
    let model = ModelSpec::Logistic.build(shape, 3).unwrap();
    let inputs = Array2::from_shape_fn((60, 2), |(i, j)| {
        let angle = (i % 3) as f32 * 2.1 + (i / 3) as f32 * 0.05;
        if j == 0 { angle.cos() } else { angle.sin() }
    });
    let labels: Vec<u16> = (0..60).map(|i| (i % 3) as u16).collect();
    let mut params = Initial::KaimingNormal.draw(&model, &mut stream(Purpose::Initial));
    let mut workspace = Workspace::default();
    let mut gradient = vec![0.0; params.len()];
    let first = model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut gradient);
    for _ in 0..300 {
        model.gradient(&params, inputs.view(), &labels, &mut workspace, &mut gradient);
        params.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= g);
    }
    let result = model.evaluate(&params, inputs.view(), &labels, EVALUATION_BATCH, &mut workspace);
    assert_eq!(result.correct, 60);
    assert!(result.loss_sum / 60.0 < 0.5 * f64::from(first), "{result:?} from {first}");
}

#[test]
fn sizes_are_known_before_training() {
    let model = cnn(MNIST);
    assert_eq!(model.parameter_count(), 582_026);
    assert_eq!(model.tensors()[4].name, "linear1.weight");
    assert_eq!(cnn(CIFAR).tensors()[4].shape, [512, 1600]);
    // Two passes of the first layer, three of the others.
    let (conv1, conv2, dense) = (24 * 24 * 32 * 25, 8 * 8 * 64 * 800, 1024 * 512 + 5120);
    assert_eq!(model.flops_per_sample(), 2 * (2 * conv1 + 3 * (conv2 + dense)));
    assert!(model.workspace_bytes(1000, 1, 1) > model.workspace_bytes(500, 1, 1));
}

#[test]
fn words_of_a_scenario() {
    let read = |json: &str| serde_json::from_str::<ModelSpec>(json);
    assert_eq!(read(r#""cnn""#).unwrap(), ModelSpec::Cnn);
    assert_eq!(read(r#""logistic""#).unwrap(), ModelSpec::Logistic);
    assert_eq!(read(r#"{"mlp": {}}"#).unwrap(), ModelSpec::Mlp { hidden: vec![128] });
    assert!(read(r#"{"mlp": {"width": 3}}"#).is_err());
    assert_eq!(read(r#"{"resnet": {"depth": 56}}"#).unwrap(), ModelSpec::Resnet { depth: 56 });
    let conv = LayerSpec::Conv { filters: 4, kernel: 3, stride: 1, padding: 0, bias: true };
    assert_eq!(
        own(r#"[{ "conv": { "filters": 4 } }, { "dense": 8 }]"#),
        ModelSpec::ConvNet(vec![conv, LayerSpec::Dense(8)])
    );
}

#[test]
fn impossible_models_are_refused_with_a_way_out() {
    let check = |spec: ModelSpec, input, classes, message: &str| {
        let error = spec.build(input, classes).expect_err(message);
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.advice().is_some());
    };
    let tiny = Shape { channels: 1, height: 15, width: 28 };
    check(ModelSpec::Cnn, tiny, 10, "15 x 28");
    check(ModelSpec::Mlp { hidden: vec![8, 0] }, MNIST, 10, "hidden layer 2");
    check(ModelSpec::Mlp { hidden: vec![usize::MAX] }, MNIST, 10, "linear1 is too large");
    check(ModelSpec::Logistic, Shape { channels: 0, ..MNIST }, 10, "shape");
    check(ModelSpec::Logistic, MNIST, 1, "classes");
    for depth in [0, 2, 7, 21, 49] {
        check(ModelSpec::Resnet { depth }, CIFAR, 10, "no residual network of depth");
    }
    let refused = [
        (r#"[{ "conv": { "filters": 4, "kernel": 33 } }]"#, "a 33 x 33 kernel does not fit 32 x 32 pixels"),
        (r#"[{ "conv": { "filters": 0 } }]"#, "layer 0: a convolution has filters"),
        (r#"["relu", { "dense": 0 }]"#, "layer 1 has no units"),
        (r#"[{ "residual": [] }]"#, "layer 0 has no layers"),
        (r#"["mean_pool", "max_pool"]"#, "layer 1: 1 x 1 pixels are too few for max_pool"),
        (r#"[{ "residual": [{ "conv": { "filters": 2 } }] }]"#, "3 x 32 x 32 cannot be added to 2 x 30 x 30"),
        (r#"[{ "residual": [{ "conv": { "filters": 4 } }] }]"#, "3 x 32 x 32 cannot be added to 4 x 30 x 30"),
    ];
    for (layers, message) in refused {
        check(own(layers), CIFAR, 10, message);
    }
    assert!(ModelSpec::Cnn.build(Shape { channels: 1, height: 16, width: 16 }, 2).is_ok());
}

/// The thousandth gradient finds all the memory it needs in its workspace, whatever model and batch came before.
#[test]
fn nothing_is_allocated_once_the_workspace_has_grown() {
    let logistic = ModelSpec::Logistic.build(MNIST, 10).unwrap();
    let models = [cnn(MNIST), mlp(), logistic, cnn(CIFAR), resnet(8, 10)];
    let steps = |workspace: &mut Workspace| {
        let prepared: Vec<_> = models
            .iter()
            .flat_map(|model| [64, 5].map(|batch| (model, samples(model, batch))))
            .map(|(model, samples)| {
                (model, samples, Initial::KaimingNormal.draw(model, &mut stream(Purpose::Initial)))
            })
            .collect();
        let mut gradient = vec![0.0; models.iter().map(Model::parameter_count).max().unwrap_or(0)];
        allocation_counter::measure(|| {
            for (model, (inputs, labels), params) in &prepared {
                let gradient = &mut gradient[..params.len()];
                let loss = model.gradient(params, inputs.view(), labels, workspace, gradient);
                let score = model.evaluate(params, inputs.view(), labels, EVALUATION_BATCH, workspace);
                assert!(loss.is_finite() && score.loss_sum.is_finite());
            }
        })
    };
    let mut workspace = Workspace::default();
    assert!(steps(&mut workspace).count_total > 0, "the counter counts");
    assert_eq!(steps(&mut workspace).count_total, 0);
}
