//! Residual networks once more, in double precision, channels first and by plain loops: a loss alone, whose slopes in any
//! direction are the gradient's.

use ndarray::{Array1, Array4, ArrayView1, Axis};
use signsim::learn::{Initial, Model, ModelSpec, Shape, Workspace};
use signsim::random::{Purpose, Streams};
use signsim::time::Round;

use super::reference::{Wave, read};

type Images = Array4<f64>;

/// A network as its tensors, in order.
struct Tensors<'a> {
    model: &'a Model,
    params: &'a [f64],
    next: usize,
}

impl<'a> Tensors<'a> {
    fn next(&mut self) -> (&'a [usize], &'a [f64]) {
        let tensor = &self.model.tensors()[self.next];
        self.next += 1;
        (&tensor.shape, &self.params[tensor.range.clone()])
    }

    fn conv(&mut self, x: &Images, stride: usize) -> Images {
        let (shape, weight) = self.next();
        let (n, channels, height, width) = x.dim();
        let (rows, columns) = (height.div_ceil(stride), width.div_ceil(stride));
        let x = x.as_slice().unwrap();
        let mut out = vec![0.0; n * shape[0] * rows * columns];
        for (place, out) in out.chunks_exact_mut(columns).enumerate() {
            let (n, f, y) = (place / rows / shape[0], place / rows % shape[0], place % rows);
            for (tap, w) in weight[f * channels * 9..][..channels * 9].iter().enumerate() {
                let (c, i, j) = (tap / 9, tap / 3 % 3, tap % 3);
                // One row and one column of zeros around.
                let row = (y * stride + i).wrapping_sub(1);
                if row < height {
                    let row = &x[((n * channels + c) * height + row) * width..][..width];
                    for (z, sum) in out.iter_mut().enumerate() {
                        *sum += w * row.get((z * stride + j).wrapping_sub(1)).unwrap_or(&0.0);
                    }
                }
            }
        }
        Images::from_shape_vec((n, shape[0], rows, columns), out).unwrap()
    }

    fn norm(&mut self, mut x: Images) -> Images {
        let ((_, scale), (_, shift)) = (self.next(), self.next());
        for (c, mut channel) in x.axis_iter_mut(Axis(1)).enumerate() {
            let count = channel.len() as f64;
            let mean = channel.sum() / count;
            let variance = channel.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            channel.mapv_inplace(|x| (x - mean) / (variance + 1e-5).sqrt() * scale[c] + shift[c]);
        }
        x
    }

    fn block(&mut self, x: &Images, filters: usize, stride: usize) -> Images {
        let inner = self.conv(x, stride);
        let inner = relu(self.norm(inner));
        let inner = self.conv(&inner, 1);
        let mut y = self.norm(inner);
        let (n, channels, height, width) = x.dim();
        let before = (filters - channels) / 2;
        for (n, c, i, j) in ndarray::indices((n, channels, height, width)) {
            if i.is_multiple_of(stride) && j.is_multiple_of(stride) {
                y[[n, before + c, i / stride, j / stride]] += x[[n, c, i, j]];
            }
        }
        relu(y)
    }
}

fn relu(mut x: Images) -> Images {
    x.mapv_inplace(|x| x.max(0.0));
    x
}

/// The mean cross-entropy.
fn loss(model: &Model, depth: usize, params: &[f64], inputs: &[f32], labels: &[u16]) -> f64 {
    let Shape { channels, height, width } = model.input();
    let x = inputs.iter().map(|x| f64::from(*x)).collect();
    let x = Images::from_shape_vec((labels.len(), channels, height, width), x).unwrap();
    let mut tensors = Tensors { model, params, next: 0 };
    let x = tensors.conv(&x, 1);
    let mut x = relu(tensors.norm(x));
    for filters in [16, 32, 64] {
        for block in 0..(depth - 2) / 6 {
            x = tensors.block(&x, filters, if block == 0 && filters > 16 { 2 } else { 1 });
        }
    }
    let ((_, weight), (_, bias)) = (tensors.next(), tensors.next());
    assert_eq!(tensors.next, model.tensors().len());
    let mut sum = 0.0;
    for (image, label) in x.outer_iter().zip(labels) {
        let features: Array1<f64> = image.outer_iter().map(|channel| channel.mean().unwrap()).collect();
        let logits: Vec<f64> = weight
            .chunks_exact(features.len())
            .zip(bias)
            .map(|(row, bias)| ArrayView1::from(row).dot(&features) + bias)
            .collect();
        sum += logits.iter().map(|z| z.exp()).sum::<f64>().ln() - logits[usize::from(*label)];
    }
    sum / labels.len() as f64
}

fn resnet(depth: u32, input: Shape, classes: usize) -> Model {
    ModelSpec::Resnet { depth }.build(input, classes).unwrap()
}

#[test]
fn the_twin_agrees_with_pytorch() {
    for (name, depth, classes) in [("resnet_20_cifar10", 20, 10), ("resnet_56_cifar100", 56, 100)] {
        let case = read().models.into_iter().find(|case| case.name == name).unwrap();
        let model = resnet(depth, Shape { channels: 3, height: 32, width: 32 }, classes);
        let mut params = vec![0.0; model.parameter_count()];
        for (i, tensor) in model.tensors().iter().enumerate() {
            // Tensor by tensor a wave, the scales of normalisations around one.
            let around =
                if tensor.name.contains("bn") && tensor.name.ends_with("weight") { 1.0 } else { 0.0 };
            for (j, place) in params[tensor.range.clone()].iter_mut().enumerate() {
                *place = around + 0.1 * (0.37 * j as f64 + 1.0 + i as f64).sin();
            }
        }
        let found = loss(&model, depth as usize, &params, &case.input.values(), &case.labels);
        let expected = case.loss_mean_cross_entropy;
        // The samples are in single precision.
        assert!((found - expected).abs() < 1e-6 * expected, "{found}, not {expected}");
    }
}

/// Along each tensor for itself, and along all of them.
#[test]
fn gradients_are_slopes_of_the_twin() {
    let input = Shape { channels: 3, height: 8, width: 8 };
    for (depth, by_tensor) in [(8, true), (56, false)] {
        let model = resnet(depth, input, 5);
        let mut stream = Streams::new(5).stream(Purpose::Initial, 0, Round(0));
        let params = Initial::KaimingNormal.draw(&model, &mut stream);
        let (inputs, labels) = (Wave { amplitude: 2.0, k: 0.4 }.values(4 * 192), [0, 3, 1, 4]);
        let view = ndarray::ArrayView2::from_shape((4, 192), &inputs).unwrap();
        let mut gradient = vec![0.0; params.len()];
        model.gradient(&params, view, &labels, &mut Workspace::default(), &mut gradient);
        let direction = Wave { amplitude: 1.0, k: 2.0 }.values(params.len());
        let all = std::iter::once(0..params.len());
        let tensors = model.tensors().iter().map(|tensor| tensor.range.clone()).filter(|_| by_tensor);
        for range in all.chain(tensors) {
            let size =
                |of: &[f32]| of[range.clone()].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let along = range.clone().map(|i| f64::from(gradient[i]) * f64::from(direction[i])).sum::<f64>();
            let (length, own) = (size(&direction), size(&gradient));
            let moved = |step: f64| {
                let mut params: Vec<f64> = params.iter().map(|x| f64::from(*x)).collect();
                range.clone().for_each(|i| params[i] += step / length * f64::from(direction[i]));
                loss(&model, depth as usize, &params, &inputs, &labels)
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            let apart = (slope - along / length).abs();
            assert!(apart < 1e-3 * own, "{depth} {range:?}: {slope}, {apart} apart of {own}");
        }
    }
}
