//! Against plain loops in double precision.

use super::super::conv::Conv;
use super::super::layer::Layer;
use super::*;

/// Numbers without a pattern between -1 and 1.
fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(next).collect()
}

/// A convolution by plain loops in double precision: what comes out, and the derivatives of its product with `upstream` by
/// the input and by the weights. Images are channels last.
fn plainly(
    ConvSpec { filters, kernel, padding, .. }: ConvSpec,
    (input, output): (Shape, Shape),
    x: &[f32],
    weight: &[f32],
    upstream: &[f32],
) -> [Vec<f64>; 3] {
    let Shape { channels, height, width } = input;
    let (mut out, mut by_x, mut by_weight) =
        (vec![0.0; upstream.len()], vec![0.0; x.len()], vec![0.0; weight.len()]);
    for at in 0..upstream.len() / filters {
        let pixels = output.height * output.width;
        let (image, y, x0) = (at / pixels, at % pixels / output.width, at % output.width);
        for (k, l) in (0..kernel * kernel).map(|tap| (tap / kernel, tap % kernel)) {
            let (y, x0) = ((y + k).wrapping_sub(padding), (x0 + l).wrapping_sub(padding));
            if y >= height || x0 >= width {
                continue;
            }
            let from = ((image * height + y) * width + x0) * channels;
            for (f, c) in (0..filters).flat_map(|f| (0..channels).map(move |c| (f, c))) {
                let w = (f * channels + c) * kernel * kernel + kernel * k + l;
                let up = f64::from(upstream[at * filters + f]);
                out[at * filters + f] += f64::from(weight[w]) * f64::from(x[from + c]);
                by_x[from + c] += up * f64::from(weight[w]);
                by_weight[w] += up * f64::from(x[from + c]);
            }
        }
    }
    [out, by_x, by_weight]
}

/// How far numbers are from what they should be, beside the largest of those.
fn error(numbers: &[f32], exact: &[f64]) -> f64 {
    assert_eq!(numbers.len(), exact.len());
    let largest = exact.iter().fold(0.0, |largest: f64, e| largest.max(e.abs()));
    numbers.iter().zip(exact).map(|(n, e)| (f64::from(*n) - e).abs()).fold(0.0, f64::max) / largest
}

/// The errors of a convolution, its input gradient and its weight gradient, each by the largest entry.
fn errors(convolution: Convolution, spec: ConvSpec, input: Shape, images: usize) -> [f64; 3] {
    let output = spec.output(input).expect("the kernel fits the image");
    let weights = spec.kernel * spec.kernel * input.channels * spec.filters;
    let (x, weight) = (noise(images * input.features(), 1), noise(weights, 2));
    let upstream = noise(images * output.features(), 3);
    let [out, by_x, by_weight] = plainly(spec, (input, output), &x, &weight, &upstream);
    let layer = Layer::Conv(Conv::new(spec, input, 0..weights, None).computed_by(convolution));
    let (downstream, gradient) = layer.pull_back(&weight, &[&x], &upstream);
    [error(&layer.apply(&weight, &[&x]), &out), error(&downstream[0], &by_x), error(&gradient, &by_weight)]
}

const SPEC: ConvSpec = ConvSpec { filters: 16, kernel: 3, stride: 1, padding: 1, relu: false, pool: false };

/// Which form computes it, if any.
fn form(convolution: Convolution, spec: ConvSpec, input: Shape) -> Option<Form> {
    let pooled = spec.output(input).expect("the kernel fits the image");
    let twice = if spec.pool { 2 } else { 1 };
    let output = Shape { height: twice * pooled.height, width: twice * pooled.width, ..pooled };
    Winograd::of(convolution, spec, (input, output)).map(|winograd| winograd.grid.form)
}

/// For images of one tile and of many, in one block and in several, and more filters than a panel has.
#[test]
fn tiles_of_four_are_the_convolution_and_its_derivatives() {
    for (channels, filters, height, width, images) in
        [(16, 16, 2, 2, 1), (16, 32, 4, 6, 5), (32, 16, 32, 32, 4), (16, 80, 8, 4, 3), (64, 64, 8, 8, 7)]
    {
        let (spec, input) = (ConvSpec { filters, ..SPEC }, Shape { channels, height, width });
        assert_eq!(form(Convolution::Winograd4, spec, input), Some(Form::F23));
        let errors = errors(Convolution::Winograd4, spec, input, images);
        assert!(errors.iter().all(|error| *error < 1e-6), "{spec:?}, {images} of {input:?}: {errors:?}");
    }
}

/// With every padding that a kernel can have, so that tiles reach beyond the image on no side, on one or on both.
#[test]
fn tiles_of_six_are_the_convolution_and_its_derivatives() {
    for (form_of_it, kernel, padding, channels, filters, height, width, images) in [
        (Form::F43, 3, 1, 16, 16, 4, 4, 1),
        (Form::F43, 3, 1, 32, 16, 32, 32, 4),
        (Form::F43, 3, 0, 16, 80, 10, 6, 3),
        (Form::F43, 3, 2, 16, 32, 10, 14, 2),
        (Form::F43, 3, 1, 64, 64, 8, 8, 7),
        (Form::F23, 3, 1, 16, 16, 6, 6, 2),
        (Form::F25, 5, 0, 16, 16, 6, 6, 1),
        (Form::F25, 5, 0, 32, 64, 12, 12, 7),
        (Form::F25, 5, 2, 16, 80, 4, 6, 5),
        (Form::F25, 5, 1, 16, 16, 8, 10, 3),
        (Form::F25, 5, 4, 16, 16, 2, 4, 3),
    ] {
        let spec = ConvSpec { filters, kernel, padding, ..SPEC };
        let input = Shape { channels, height, width };
        assert_eq!(form(Convolution::Winograd6, spec, input), Some(form_of_it));
        // The largest that was seen is 3.2e-6.
        let errors = errors(Convolution::Winograd6, spec, input, images);
        assert!(errors.iter().all(|error| *error < 5e-6), "{spec:?}, {images} of {input:?}: {errors:?}");
    }
}

/// The numbers of `docs/performance.md`.
#[test]
fn errors_are_those_of_rounding() {
    use Convolution::{Patches, Winograd4, Winograd6};
    let narrow = Shape { channels: 32, height: 32, width: 32 };
    let second = Shape { channels: 32, height: 12, width: 12 };
    let five = ConvSpec { filters: 64, kernel: 5, padding: 0, ..SPEC };
    for (convolution, spec, input, bound) in [
        (Patches, SPEC, narrow, 1.8e-6),
        (Winograd4, SPEC, narrow, 4e-7),
        (Winograd6, SPEC, narrow, 2e-6),
        (Patches, five, second, 1.8e-6),
        (Winograd6, five, second, 4e-6),
    ] {
        let errors = errors(convolution, spec, input, 4);
        assert!(errors.iter().all(|error| *error < bound), "{convolution:?}, {spec:?}: {errors:?}");
    }
}

/// A pooling behind it and several threads see the same convolution.
#[test]
fn pooling_behind_tiles_is_that_behind_patches() {
    let input = Shape { channels: 16, height: 12, width: 8 };
    let spec = ConvSpec { kernel: 5, padding: 0, relu: true, pool: true, ..SPEC };
    assert_eq!(form(Convolution::Winograd6, spec, input), Some(Form::F25));
    let output = spec.output(input).expect("it fits");
    let (x, weight) = (noise(5 * input.features(), 1), noise(25 * 16 * 16 + 16, 2));
    let upstream = noise(5 * output.features(), 3);
    let of = |convolution| {
        let bias = Some(25 * 16 * 16..25 * 16 * 16 + 16);
        let layer = Layer::Conv(Conv::new(spec, input, 0..25 * 16 * 16, bias).computed_by(convolution));
        let (mut back, gradient) = layer.pull_back(&weight, &[&x], &upstream);
        [layer.apply(&weight, &[&x]), back.remove(0), gradient]
    };
    let exact =
        of(Convolution::Patches).map(|numbers| numbers.into_iter().map(f64::from).collect::<Vec<_>>());
    for (numbers, exact) in of(Convolution::Winograd6).iter().zip(&exact) {
        assert!(error(numbers, exact) < 4e-6);
    }
}

#[test]
fn other_convolutions_are_left_to_products_of_patches() {
    use Convolution::{Patches, Winograd4, Winograd6};
    let input = Shape { channels: 16, height: 8, width: 8 };
    assert_eq!(form(Winograd4, SPEC, input), Some(Form::F23));
    for convolution in [Winograd4, Winograd6] {
        for other in [
            ConvSpec { kernel: 1, padding: 0, ..SPEC },
            ConvSpec { stride: 2, ..SPEC },
            ConvSpec { filters: 20, ..SPEC },
        ] {
            assert_eq!(form(convolution, other, input), None);
        }
        assert_eq!(form(convolution, SPEC, Shape { height: 7, ..input }), None);
        assert_eq!(form(convolution, SPEC, Shape { channels: 3, ..input }), None);
    }
    for other in [
        ConvSpec { kernel: 5, padding: 2, ..SPEC },
        ConvSpec { padding: 0, ..SPEC },
        ConvSpec { pool: true, ..SPEC },
    ] {
        assert_eq!(form(Winograd4, other, input), None);
    }
    assert_eq!(form(Patches, SPEC, input), None);
}
