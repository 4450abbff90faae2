//! Builds a graph from its input on, one node after the other.

use std::ops::Range;

use super::batch_norm::BatchNorm;
use super::conv::Conv;
use super::elementwise::{Add, Relu};
use super::geometry::ConvSpec;
use super::graph::{Graph, Node, Source};
use super::layer::Layer;
use super::linear::Linear;
use super::pool::MaxPool;
use super::spatial::{MeanPool, Shortcut};
use super::tensor::{Start, Tensor};
use super::transpose::Transpose;
use crate::data::Shape;
use crate::error::{Error, Result};

/// More numbers than any machine here can train; larger products are a mistake in the scenario.
const MOST_PARAMETERS: usize = 1 << 31;

/// A graph as far as it is known.
pub(super) struct Builder {
    input: Shape,
    tensors: Vec<Tensor>,
    nodes: Vec<Node>,
    at: Tip,
}

/// What was computed last.
#[derive(Clone, Copy)]
pub(super) struct Tip {
    source: Source,
    /// A vector has one pixel.
    pub shape: Shape,
    /// Whether the channels of a pixel lie together, as convolutions want them, not the pixels of a channel, as data files
    /// and PyTorch's flattened vectors have them.
    channels_last: bool,
}

impl Builder {
    pub(super) fn new(input: Shape) -> Self {
        let at = Tip { source: Source::Input, shape: input, channels_last: false };
        Self { input, tensors: Vec::new(), nodes: Vec::new(), at }
    }

    /// What was computed last.
    pub(super) fn tip(&self) -> Tip {
        self.at
    }

    /// The finished graph, whose last node has given the logits.
    pub(super) fn finish(self, classes: usize) -> Graph {
        Graph { input: self.input, classes, tensors: self.tensors, nodes: self.nodes }
    }

    /// A cross-correlation with zeros around the image.
    pub(super) fn conv(&mut self, name: &str, spec: ConvSpec, bias: bool) -> Result<()> {
        self.images();
        let input = self.at.shape;
        let output = spec.output(input).ok_or_else(|| {
            let (Shape { height, width, .. }, kernel) = (input, spec.kernel);
            Error::scenario(format!(
                "{name}: a {kernel} x {kernel} kernel does not fit {height} x {width} pixels"
            ))
            .help("use a smaller kernel, padding, or fewer poolings before it")
        })?;
        let shape = [spec.filters, input.channels, spec.kernel, spec.kernel];
        let fan_in = shape[1..].iter().product();
        let weight = self.tensor(name, "weight", &shape, Start::Weight { fan_in })?;
        let bias = if bias {
            Some(self.tensor(name, "bias", &[spec.filters], Start::Bias { fan_in })?)
        } else {
            None
        };
        self.push(Layer::Conv(Conv::new(spec, input, weight, bias)), output);
        Ok(())
    }

    /// A dense layer to so many units.
    pub(super) fn linear(&mut self, name: &str, outputs: usize) -> Result<()> {
        self.vectors();
        let inputs = self.at.shape.features();
        let weight = self.tensor(name, "weight", &[outputs, inputs], Start::Weight { fan_in: inputs })?;
        let bias = self.tensor(name, "bias", &[outputs], Start::Bias { fan_in: inputs })?;
        let layer = Layer::Linear(Linear { inputs, outputs, relu: false, weight, bias });
        self.push(layer, Shape { channels: outputs, height: 1, width: 1 });
        Ok(())
    }

    pub(super) fn batch_norm(&mut self, name: &str) -> Result<()> {
        self.images();
        let Shape { channels, height, width } = self.at.shape;
        let scale = self.tensor(name, "weight", &[channels], Start::One)?;
        let shift = self.tensor(name, "bias", &[channels], Start::Zero)?;
        let pixels = height * width;
        let layer = BatchNorm { pixels, channels, adds: false, relu: false, scale, shift };
        self.push(Layer::BatchNorm(layer), self.at.shape);
        Ok(())
    }

    pub(super) fn relu(&mut self) {
        self.push(Layer::Relu(Relu { len: self.at.shape.features() }), self.at.shape);
    }

    /// The largest of 2 x 2 pixels; `name` is for the message.
    pub(super) fn max_pool(&mut self, name: &str) -> Result<()> {
        self.images();
        let Shape { channels, height, width } = self.at.shape;
        if height < 2 || width < 2 {
            return Err(Error::scenario(format!(
                "{name}: {height} x {width} pixels are too few for max_pool"
            ))
            .help("max_pool takes the largest of 2 x 2 pixels; leave it out here"));
        }
        let output = Shape { channels, height: height / 2, width: width / 2 };
        self.push(Layer::MaxPool(MaxPool { height, width, channels }), output);
        Ok(())
    }

    /// The mean over all pixels.
    pub(super) fn mean_pool(&mut self) {
        self.images();
        let Shape { channels, height, width } = self.at.shape;
        let layer = Layer::MeanPool(MeanPool { pixels: height * width, channels });
        self.push(layer, Shape { channels, height: 1, width: 1 });
    }

    /// Adds what was there at `start` to what is there now; `name` is for the message.
    pub(super) fn add(&mut self, name: &str, start: Tip) -> Result<()> {
        self.images();
        let end = self.at;
        self.at = start;
        self.images();
        let (input, output) = (self.at.shape, end.shape);
        if input != output {
            let stride = input.height.div_ceil(output.height);
            let fits =
                |outer: usize, inner: usize| (outer / stride..=outer.div_ceil(stride)).contains(&inner);
            if !(fits(input.height, output.height)
                && fits(input.width, output.width)
                && input.channels <= output.channels)
            {
                let words = |s: Shape| format!("{} x {} x {}", s.channels, s.height, s.width);
                return Err(Error::scenario(format!(
                    "{name}: {} cannot be added to {} (channels x height x width)",
                    words(input),
                    words(output)
                ))
                .help("within a residual keep the pixels (3 x 3 kernels with padding: 1) or halve them by stride: 2, and the channels or more of them"));
            }
            self.push(Layer::Shortcut(Shortcut { input, output, stride }), output);
        }
        let inputs = vec![end.source, self.at.source];
        self.nodes.push(Node { layer: Layer::Add(Add { len: output.features() }), inputs });
        self.at = Tip { source: Source::Node(self.nodes.len() - 1), ..end };
        Ok(())
    }

    /// Brings the channels of a pixel together.
    fn images(&mut self) {
        let Shape { channels, height, width } = self.at.shape;
        if !self.at.channels_last {
            self.transpose(channels, height * width);
            self.at.channels_last = true;
        }
    }

    /// Brings the pixels of a channel together.
    fn vectors(&mut self) {
        let Shape { channels, height, width } = self.at.shape;
        if self.at.channels_last {
            self.transpose(height * width, channels);
        }
        self.at.channels_last = false;
    }

    fn transpose(&mut self, rows: usize, columns: usize) {
        if rows > 1 && columns > 1 {
            self.push(Layer::Transpose(Transpose { rows, columns }), self.at.shape);
        }
    }

    fn push(&mut self, layer: Layer, shape: Shape) {
        self.nodes.push(Node { layer, inputs: vec![self.at.source] });
        self.at = Tip { source: Source::Node(self.nodes.len() - 1), shape, ..self.at };
    }

    /// The next `shape` numbers of the flat vector.
    fn tensor(&mut self, layer: &str, role: &str, shape: &[usize], start: Start) -> Result<Range<usize>> {
        let begin = self.tensors.last().map_or(0, |tensor| tensor.range.end);
        let len = shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side));
        let end = len.and_then(|len| begin.checked_add(len)).filter(|&end| end <= MOST_PARAMETERS);
        let end = end.ok_or_else(|| {
            Error::scenario(format!("{layer} is too large: a model may have {MOST_PARAMETERS} parameters"))
                .help("use fewer or narrower layers")
        })?;
        let name = format!("{layer}.{role}");
        self.tensors.push(Tensor { name, shape: shape.to_vec(), range: begin..end, start });
        Ok(begin..end)
    }
}
