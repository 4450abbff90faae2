//! The words of a scenario for a model, and the layers they stand for.

use serde::{Deserialize, Serialize};

use super::conv::Conv;
use super::geometry::ConvSpec;
use super::layer::Layer;
use super::linear::Linear;
use super::model::{Model, Tensor};
use super::transpose::Transpose;
use crate::data::Shape;
use crate::error::{Error, Result};

/// Which model is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelSpec {
    /// Multinomial logistic regression: one dense layer.
    Logistic,
    /// Dense layers with ReLU between them.
    Mlp {
        /// Widths of the hidden layers, from the input on.
        #[serde(default = "hidden")]
        hidden: Vec<usize>,
    },
    /// The convolutional network of Park & Lee (arXiv 2402.01340): conv 5x5 to 32, ReLU, max pooling, conv 5x5 to
    /// 64, ReLU, max pooling, dense to 512, ReLU, dense to the classes. 582,026 parameters on 28 x 28 x 1.
    Cnn,
}

fn hidden() -> Vec<usize> {
    vec![128]
}

/// More numbers than any machine here can train; larger products are a mistake in the scenario.
const MOST_PARAMETERS: usize = 1 << 31;

impl ModelSpec {
    /// Whether ReLUs stand between inputs and classes, so that a whole row of the gradient may be exactly 0.
    #[must_use]
    pub fn has_hidden_layers(&self) -> bool {
        match self {
            Self::Logistic => false,
            Self::Mlp { hidden } => !hidden.is_empty(),
            Self::Cnn => true,
        }
    }

    /// The model for samples of shape `input` and labels below `classes`.
    ///
    /// # Errors
    /// A scenario error when the image is too small for the convolutions, a layer would have no units, there are not
    /// 2 to 256 classes (labels are bytes), or the parameters would not fit 32-bit offsets.
    pub fn build(&self, input: Shape, classes: usize) -> Result<Model> {
        let sides = [input.channels, input.height, input.width];
        if sides.iter().try_fold(1_usize, |product, &side| product.checked_mul(side)).is_none_or(|n| n == 0) {
            return Err(Error::scenario("the samples have no sensible shape")
                .help(format!("channels x height x width are {sides:?}; each must be at least 1")));
        }
        if !(2..=256).contains(&classes) {
            return Err(Error::scenario(format!("a model needs 2 to 256 classes, the data have {classes}"))
                .help("check the labels of the data"));
        }
        let mut plan = ModelPlan::default();
        match self {
            Self::Logistic => plan.linear("linear", input.features(), classes, false)?,
            Self::Mlp { hidden } => plan.mlp(input.features(), hidden, classes)?,
            Self::Cnn => plan.cnn(input, classes)?,
        }
        Ok(Model::new(input, classes, plan.tensors, plan.layers))
    }
}

/// Layers and their tensors, as far as they are known.
#[derive(Default)]
struct ModelPlan {
    tensors: Vec<Tensor>,
    layers: Vec<Layer>,
}

impl ModelPlan {
    fn mlp(&mut self, inputs: usize, hidden: &[usize], classes: usize) -> Result<()> {
        let mut width = inputs;
        for (i, &units) in hidden.iter().enumerate() {
            if units == 0 {
                return Err(Error::scenario(format!("hidden layer {} has no units", i + 1))
                    .help("give every hidden layer at least one unit, or leave it out"));
            }
            self.linear(&format!("linear{}", i + 1), width, units, true)?;
            width = units;
        }
        self.linear(&format!("linear{}", hidden.len() + 1), width, classes, false)
    }

    fn cnn(&mut self, input: Shape, classes: usize) -> Result<()> {
        self.transpose(input.channels, input.height * input.width);
        let conv = ConvSpec { filters: 32, kernel: 5, stride: 1, padding: 0, relu: true, pool: true };
        let too_small = || {
            let Shape { height, width, .. } = input;
            Error::scenario(format!("images of {height} x {width} pixels are too small for the cnn")).help(
                "two 5 x 5 convolutions and two poolings need at least 16 x 16 pixels; use mlp or logistic",
            )
        };
        let first = conv.output(input).ok_or_else(too_small)?;
        self.conv("conv1", conv, input)?;
        let conv = ConvSpec { filters: 64, ..conv };
        let second = conv.output(first).ok_or_else(too_small)?;
        self.conv("conv2", conv, first)?;
        // Dense weights expect the pixels of a channel together.
        self.transpose(second.height * second.width, second.channels);
        self.linear("linear1", second.features(), 512, true)?;
        self.linear("linear2", 512, classes, false)
    }

    fn conv(&mut self, name: &str, spec: ConvSpec, input: Shape) -> Result<()> {
        let weight =
            self.tensor(name, "weight", &[spec.filters, input.channels, spec.kernel, spec.kernel])?;
        let bias = self.tensor(name, "bias", &[spec.filters])?;
        self.layers.push(Layer::Conv(Conv::new(spec, input, weight, Some(bias))));
        Ok(())
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize, relu: bool) -> Result<()> {
        let weight = self.tensor(name, "weight", &[outputs, inputs])?;
        let bias = self.tensor(name, "bias", &[outputs])?;
        self.layers.push(Layer::Linear(Linear { inputs, outputs, relu, weight, bias }));
        Ok(())
    }

    fn transpose(&mut self, rows: usize, columns: usize) {
        if rows > 1 && columns > 1 {
            self.layers.push(Layer::Transpose(Transpose { rows, columns }));
        }
    }

    /// The next `shape` numbers of the flat vector.
    fn tensor(&mut self, layer: &str, role: &str, shape: &[usize]) -> Result<std::ops::Range<usize>> {
        let start = self.tensors.last().map_or(0, |tensor| tensor.range.end);
        let len = shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side));
        let end = len.and_then(|len| start.checked_add(len)).filter(|&end| end <= MOST_PARAMETERS);
        let end = end.ok_or_else(|| {
            Error::scenario(format!("{layer} is too large: a model may have {MOST_PARAMETERS} parameters"))
                .help("use fewer or narrower layers")
        })?;
        let name = format!("{layer}.{role}");
        self.tensors.push(Tensor { name, shape: shape.to_vec(), range: start..end });
        Ok(start..end)
    }
}
