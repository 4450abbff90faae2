//! Every layer alone against PyTorch.

use signsim::learn::batch_norm::BatchNorm;
use signsim::learn::conv::Conv;
use signsim::learn::elementwise::{Add, Relu};
use signsim::learn::layer::Layer;
use signsim::learn::linear::Linear;
use signsim::learn::pool::MaxPool;
use signsim::learn::spatial::{MeanPool, Shortcut};
use signsim::learn::{ConvSpec, Shape};

use super::reference::{LayerCase, Wave, read};

const TOLERANCE: f64 = 1e-5;

fn case(name: &str) -> LayerCase {
    read().layers.into_iter().find(|case| case.name == name).expect("the case is in the reference")
}

/// From channels first to last or, with the roles of the dimensions exchanged, back.
fn swap(images: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    let image = |image: &[f32]| -> Vec<f32> {
        (0..channels * pixels).map(|i| image[i % channels * pixels + i / channels]).collect()
    };
    images.chunks_exact(channels * pixels).flat_map(image).collect()
}

fn check_linear(case: &LayerCase, layer: Layer, params: &[f32]) {
    let input = case.input.values();
    case.output.check(&layer.apply(params, &[&input]), TOLERANCE, "output");
    let (downstream, gradient) = layer.pull_back(params, &[&input], &case.upstream.values(case.output.len()));
    case.input_gradient.check(&downstream[0], TOLERANCE, "input gradient");
    check_parameters(case, &gradient);
}

fn check_parameters(case: &LayerCase, mut gradient: &[f32]) {
    for (i, digest) in case.parameter_gradients.iter().enumerate() {
        let (tensor, rest) = gradient.split_at(digest.len());
        digest.check(tensor, TOLERANCE, &format!("{}: gradient of parameter {i}", case.name));
        gradient = rest;
    }
}

fn params(case: &LayerCase) -> Vec<f32> {
    case.parameters.iter().flat_map(|fill| fill.values()).collect()
}

fn check_images(case: &LayerCase, layer: Layer, params: &[f32]) {
    let &[_, c, h, w] = case.input.shape.as_slice() else { panic!("images have four dimensions") };
    // Without height and width where an image has become a pixel.
    let (f, pixels) = (case.output.shape[1], case.output.shape[2..].iter().product());
    let input = swap(&case.input.values(), c, h * w);
    let output = swap(&layer.apply(params, &[&input]), pixels, f);
    case.output.check(&output, TOLERANCE, &format!("{}: output", case.name));
    let upstream = swap(&case.upstream.values(case.output.len()), f, pixels);
    let (downstream, gradient) = layer.pull_back(params, &[&input], &upstream);
    let downstream = swap(&downstream[0], h * w, c);
    case.input_gradient.check(&downstream, TOLERANCE, &format!("{}: input gradient", case.name));
    check_parameters(case, &gradient);
}

fn check_conv(name: &str, stride: usize, padding: usize, bias: bool) {
    let case = case(name);
    let &[filters, channels, kernel, _] = case.parameters[0].shape.as_slice() else { panic!("a kernel") };
    let &[_, _, height, width] = case.input.shape.as_slice() else { panic!("images") };
    let spec = ConvSpec { filters, kernel, stride, padding, relu: false, pool: false };
    let params = params(&case);
    let weights = filters * channels * kernel * kernel;
    let bias = bias.then_some(weights..weights + filters);
    let layer = Layer::Conv(Conv::new(spec, Shape { channels, height, width }, 0..weights, bias));
    check_images(&case, layer, &params);
}

#[test]
fn dense() {
    let case = case("linear_5_3");
    let layer = Layer::Linear(Linear { inputs: 5, outputs: 3, relu: false, weight: 0..15, bias: 15..18 });
    check_linear(&case, layer, &params(&case));
}

/// Alone, and behind a dense layer that passes everything through.
#[test]
fn relu() {
    check_linear(&case("relu"), Layer::Relu(Relu { len: 6 }), &[]);
    let layer = Layer::Linear(Linear { inputs: 6, outputs: 6, relu: true, weight: 0..36, bias: 36..42 });
    let params: Vec<f32> = (0..42).map(|i| f32::from(i < 36 && i % 7 == 0)).collect();
    check_linear(&case("relu"), layer, &params);
}

#[test]
fn convolution_of_one_channel() {
    check_conv("conv_1_2_k3", 1, 0, true);
}

#[test]
fn convolution_of_three_channels() {
    check_conv("conv_3_4_k5", 1, 0, true);
}

#[test]
fn padded_convolution_without_bias() {
    check_conv("conv_2_3_k3_pad1_nobias", 1, 1, false);
}

#[test]
fn strided_convolution() {
    check_conv("conv_2_4_k3_stride2_pad1_nobias", 2, 1, false);
}

/// Alone, and behind a 1 x 1 convolution that passes everything through.
#[test]
fn max_pooling() {
    let case = case("max_pool_2");
    check_images(&case, Layer::MaxPool(MaxPool { height: 4, width: 4, channels: 2 }), &[]);
    let spec = ConvSpec { filters: 2, kernel: 1, stride: 1, padding: 0, relu: false, pool: true };
    let layer = Layer::Conv(Conv::new(spec, Shape { channels: 2, height: 4, width: 4 }, 0..4, None));
    check_images(&case, layer, &[1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn mean_pooling() {
    check_images(&case("global_mean_pool"), Layer::MeanPool(MeanPool { pixels: 16, channels: 3 }), &[]);
}

#[test]
fn batch_normalisation() {
    let case = case("batch_norm_3_batch_statistics");
    let layer = BatchNorm { pixels: 16, channels: 3, adds: false, relu: false, scale: 0..3, shift: 3..6 };
    check_images(&case, Layer::BatchNorm(layer), &params(&case));
}

#[test]
fn shortcut_to_more_channels_and_fewer_pixels() {
    let input = Shape { channels: 4, height: 4, width: 4 };
    let output = Shape { channels: 8, height: 2, width: 2 };
    check_images(&case("shortcut_a_4_to_8"), Layer::Shortcut(Shortcut { input, output, stride: 2 }), &[]);
}

/// The block of a residual network, layer by layer: to twice the channels and half the pixels.
#[test]
fn residual_block() {
    let case = case("residual_block_4_8_stride2");
    let (input, output) =
        (Shape { channels: 4, height: 6, width: 6 }, Shape { channels: 8, height: 3, width: 3 });
    let params = params(&case);
    let conv = |input: Shape, stride, from: usize| {
        let spec = ConvSpec { filters: 8, kernel: 3, stride, padding: 1, relu: false, pool: false };
        let weights = 72 * input.channels;
        Layer::Conv(Conv::new(spec, input, from..from + weights, None))
    };
    let norm = |adds, from: usize| {
        let (scale, shift) = (from..from + 8, from + 8..from + 16);
        Layer::BatchNorm(BatchNorm { pixels: 9, channels: 8, adds, relu: true, scale, shift })
    };
    let (first, second) = (conv(input, 2, 0), conv(output, 1, 304));
    let (first_norm, second_norm) = (norm(false, 288), norm(true, 880));
    let shortcut = Layer::Shortcut(Shortcut { input, output, stride: 2 });

    let x = swap(&case.input.values(), 4, 36);
    let a = first.apply(&params, &[&x]);
    let b = first_norm.apply(&params, &[&a]);
    let c = second.apply(&params, &[&b]);
    let past = shortcut.apply(&params, &[&x]);
    let y = second_norm.apply(&params, &[&c, &past]);
    case.output.check(&swap(&y, 9, 8), TOLERANCE, "output");

    let upstream = swap(&case.upstream.values(case.output.len()), 8, 9);
    let mut gradient = vec![0.0_f32; params.len()];
    // A layer leaves the gradients of the others as they are, which is NaN here.
    let mut add = |own: Vec<f32>| {
        gradient.iter_mut().zip(own).filter(|(_, own)| !own.is_nan()).for_each(|(sum, own)| *sum += own);
    };
    let (of_sum, own) = second_norm.pull_back(&params, &[&c, &past], &upstream);
    add(own);
    let (of_b, own) = second.pull_back(&params, &[&b], &of_sum[0]);
    add(own);
    let (of_a, own) = first_norm.pull_back(&params, &[&a], &of_b[0]);
    add(own);
    let (of_x, own) = first.pull_back(&params, &[&x], &of_a[0]);
    add(own);
    let (past_x, _) = shortcut.pull_back(&params, &[&x], &of_sum[1]);
    let of_x: Vec<f32> = of_x[0].iter().zip(&past_x[0]).map(|(a, b)| a + b).collect();
    case.input_gradient.check(&swap(&of_x, 36, 4), TOLERANCE, "input gradient");
    check_parameters(&case, &gradient);
}

/// What is fused does what its parts do, bit by bit: forward, and back to both inputs and the parameters.
#[test]
fn normalisation_with_addition_and_relu() {
    for (pixels, channels, batch) in [(9, 5, 4), (16, 16, 3), (1, 100, 7), (4, 64, 2), (25, 32, 1)] {
        let len = pixels * channels;
        let norm = |adds, relu| {
            let (scale, shift) = (0..channels, channels..2 * channels);
            Layer::BatchNorm(BatchNorm { pixels, channels, adds, relu, scale, shift })
        };
        let wave = |k: f64, n: usize| Wave { amplitude: 1.5, k }.values(n);
        let (x, r, up) = (wave(0.3, batch * len), wave(1.1, batch * len), wave(2.0, batch * len));
        let params = wave(0.7, 2 * channels);
        let (add, relu) = (Layer::Add(Add { len }), Layer::Relu(Relu { len }));
        let plain = norm(false, false).apply(&params, &[&x]);
        let sum = add.apply(&[], &[&plain, &r]);
        let whole = norm(true, true);
        assert_eq!(whole.apply(&params, &[&x, &r]), relu.apply(&[], &[&sum]));
        let (of_sum, _) = relu.pull_back(&[], &[&sum], &up);
        let (of_parts, _) = add.pull_back(&[], &[&plain, &r], &of_sum[0]);
        let (of_x, gradient) = norm(false, false).pull_back(&params, &[&x], &of_parts[0]);
        let expected = (vec![of_x[0].clone(), of_parts[1].clone()], gradient);
        assert_eq!(whole.pull_back(&params, &[&x, &r], &up), expected);
        let clamped = norm(false, true).apply(&params, &[&x]);
        assert_eq!(clamped, relu.apply(&[], &[&plain]));
    }
}

/// A channel whose values are all equal is its shift, and nothing comes back through it.
#[test]
fn a_channel_without_variance_is_its_shift() {
    let layer = BatchNorm { pixels: 1, channels: 2, adds: false, relu: false, scale: 0..2, shift: 2..4 };
    let layer = Layer::BatchNorm(layer);
    let params = [3.0, 5.0, 0.25, -0.5];
    assert_eq!(layer.apply(&params, &[&[7.0, 9.0]]), [0.25, -0.5]);
    let (downstream, gradient) = layer.pull_back(&params, &[&[7.0, 9.0]], &[1.0, 2.0]);
    assert_eq!((downstream[0].as_slice(), gradient.as_slice()), (&[0.0, 0.0][..], &[0.0, 0.0, 1.0, 2.0][..]));
}
