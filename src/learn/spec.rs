//! The words of a scenario for a model, and the graphs they stand for.

use serde::{Deserialize, Serialize};

use super::builder::Builder;
use super::geometry::Convolution;
use super::graph::Graph;
use super::layer_spec::LayerSpec;
use super::model::Model;
use super::zoo;
use crate::data::{MOST_CLASSES, Shape};
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
    /// The residual network of He et al. for CIFAR (arXiv 1512.03385, section 4.2), with batch normalisation by the
    /// statistics of the batch and shortcuts without parameters. 853,018 parameters at depth 56 with 10 classes.
    Resnet {
        /// Layers with weights: 6 n + 2.
        depth: u32,
    },
    /// Layers of one's own; a dense layer to the classes comes behind them by itself.
    ConvNet(Vec<LayerSpec>),
}

fn hidden() -> Vec<usize> {
    vec![128]
}

impl ModelSpec {
    /// Whether ReLUs stand between inputs and classes, so that a whole row of the gradient may be exactly 0.
    #[must_use]
    pub fn has_hidden_layers(&self) -> bool {
        match self {
            Self::Logistic => false,
            Self::Mlp { hidden } => !hidden.is_empty(),
            Self::Cnn | Self::Resnet { .. } | Self::ConvNet(_) => true,
        }
    }

    /// Whether it has convolutions.
    #[must_use]
    pub fn has_convolutions(&self) -> bool {
        match self {
            Self::Logistic | Self::Mlp { .. } => false,
            Self::Cnn | Self::Resnet { .. } => true,
            Self::ConvNet(layers) => LayerSpec::any(layers, |layer| matches!(layer, LayerSpec::Conv { .. })),
        }
    }

    /// Whether the result for a sample depends on the others in its batch.
    #[must_use]
    pub fn mixes_samples(&self) -> bool {
        match self {
            Self::Logistic | Self::Mlp { .. } | Self::Cnn => false,
            Self::Resnet { .. } => true,
            Self::ConvNet(layers) => LayerSpec::any(layers, |layer| matches!(layer, LayerSpec::BatchNorm)),
        }
    }

    /// The model for samples of shape `input` and labels below `classes`.
    ///
    /// # Errors
    /// As [`ModelSpec::graph`].
    pub fn build(&self, input: Shape, classes: usize) -> Result<Model> {
        self.build_with(input, classes, Convolution::default())
    }

    /// The same, its convolutions computed in this way where they can be.
    ///
    /// # Errors
    /// As [`ModelSpec::graph`].
    pub fn build_with(&self, input: Shape, classes: usize, convolution: Convolution) -> Result<Model> {
        Ok(Model::new(self.graph(input, classes)?.fused().computed_by(convolution)))
    }

    /// Whether any of its convolutions is cut into tiles when it is to be computed in this way.
    #[must_use]
    pub fn takes_tiles(&self, input: Shape, classes: usize, convolution: Convolution) -> bool {
        self.graph(input, classes).is_ok_and(|graph| graph.fused().computed_by(convolution).has_tiles())
    }

    /// The layers of the model, none of them fused.
    ///
    /// # Errors
    /// A scenario error when the image is too small for the layers, a layer would have no units, there are not
    /// 2 to 65,536 classes (labels have 16 bits), or the parameters would not fit 32-bit offsets.
    pub fn graph(&self, input: Shape, classes: usize) -> Result<Graph> {
        let sides = [input.channels, input.height, input.width];
        if sides.iter().try_fold(1_usize, |product, &side| product.checked_mul(side)).is_none_or(|n| n == 0) {
            return Err(Error::scenario("the samples have no sensible shape")
                .help(format!("channels x height x width are {sides:?}; each must be at least 1")));
        }
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(Error::scenario(format!(
                "a model needs 2 to {MOST_CLASSES} classes, the data have {classes}"
            ))
            .help("check the labels of the data"));
        }
        let mut model = Builder::new(input);
        match self {
            Self::Logistic => model.linear("linear", classes)?,
            Self::Mlp { hidden } => zoo::mlp(&mut model, hidden, classes)?,
            Self::Cnn => zoo::cnn(&mut model, classes)?,
            Self::Resnet { depth } => zoo::resnet(&mut model, *depth, classes)?,
            Self::ConvNet(layers) => zoo::conv_net(&mut model, layers, classes)?,
        }
        Ok(model.finish(classes))
    }
}
