//! The words of a scenario for the layers of a network of one's own.

use serde::{Deserialize, Serialize};

/// A layer in a network of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// A cross-correlation (PyTorch's `nn.Conv2d`).
    Conv {
        /// Channels on the way out.
        filters: usize,
        /// Height and width of the kernel.
        #[serde(default = "three")]
        kernel: usize,
        /// Pixels between neighbouring patches.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros around the image.
        #[serde(default)]
        padding: usize,
        /// Whether a number of its own is added to each channel.
        #[serde(default = "yes")]
        bias: bool,
    },
    /// A dense layer to so many units.
    Dense(usize),
    /// Normalises every channel over the batch, then scales and shifts it.
    BatchNorm,
    /// `max(x, 0)`
    Relu,
    /// The largest of 2 x 2 pixels.
    MaxPool,
    /// The mean over all pixels of a channel.
    MeanPool,
    /// Layers to whose result their input is added. Where they halve the pixels or add channels, every second pixel is
    /// taken and zeros are put around the channels (option A of He et al.).
    Residual(Vec<LayerSpec>),
}

impl LayerSpec {
    /// Whether any of these layers, or of those within them, is such a one.
    pub(super) fn any(layers: &[Self], is: fn(&Self) -> bool) -> bool {
        layers.iter().any(|layer| match layer {
            Self::Residual(inner) => Self::any(inner, is),
            layer => is(layer),
        })
    }
}

const fn one() -> usize {
    1
}

const fn three() -> usize {
    3
}

const fn yes() -> bool {
    true
}
