//! Every layer alone against PyTorch.

use signsim::learn::conv::Conv;
use signsim::learn::layer::Layer;
use signsim::learn::linear::Linear;
use signsim::learn::{ConvSpec, Shape};

use super::reference::{LayerCase, read};

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
    case.output.check(&layer.apply(params, &input), TOLERANCE, "output");
    let (downstream, gradient) = layer.pull_back(params, &input, &case.upstream.values(case.output.len()));
    case.input_gradient.check(&downstream, TOLERANCE, "input gradient");
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
    let &[_, f, oh, ow] = case.output.shape.as_slice() else { panic!("images have four dimensions") };
    let input = swap(&case.input.values(), c, h * w);
    let output = swap(&layer.apply(params, &input), oh * ow, f);
    case.output.check(&output, TOLERANCE, &format!("{}: output", case.name));
    let upstream = swap(&case.upstream.values(case.output.len()), f, oh * ow);
    let (downstream, gradient) = layer.pull_back(params, &input, &upstream);
    let downstream = swap(&downstream, h * w, c);
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

/// A dense layer that passes everything through shows its ReLU alone.
#[test]
fn relu() {
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

/// A 1 x 1 convolution that passes everything through shows its pooling alone.
#[test]
fn max_pooling() {
    let spec = ConvSpec { filters: 2, kernel: 1, stride: 1, padding: 0, relu: false, pool: true };
    let layer = Layer::Conv(Conv::new(spec, Shape { channels: 2, height: 4, width: 4 }, 0..4, None));
    check_images(&case("max_pool_2"), layer, &[1.0, 0.0, 0.0, 1.0]);
}
