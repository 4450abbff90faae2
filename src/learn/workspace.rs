//! Scratch memory that outlives a call, so that the thousandth gradient allocates nothing.

use crate::helpers::Helpers;

/// Scratch for [`Model::gradient`](super::Model::gradient) and [`Model::evaluate`](super::Model::evaluate),
/// one per thread of the pool. It grows to the largest batch it has seen and never shrinks; what an earlier
/// call left in it is overwritten before it is read.
#[derive(Debug, Default)]
pub struct Workspace {
    /// What the nodes give, for the whole batch.
    pub(super) activations: Vec<Vec<f32>>,
    /// Of every node that pools: which of the four pixels won.
    pub(super) argmax: Vec<Vec<u8>>,
    /// Of every node that normalises: what it knows of the batch.
    pub(super) statistics: Vec<Vec<f32>>,
    /// The loss's derivatives by what the nodes give, each as long as it is needed.
    pub(super) derivatives: Vec<Vec<f32>>,
    pub(super) scratch: LayerScratch,
    /// Which samples the last evaluation found classified correctly.
    pub(super) hits: Vec<bool>,
    /// Who helps with layers that are worth it; results do not depend on them.
    pub(super) helpers: Helpers,
}

impl Workspace {
    /// Lets `helpers` help with large layers.
    pub fn helped_by(&mut self, helpers: Helpers) {
        self.helpers = helpers;
    }

    /// Whether each sample of the last evaluation was classified correctly, in order.
    #[must_use]
    pub fn hits(&self) -> &[bool] {
        &self.hits
    }
}

/// What a thread needs for the images that it takes through a convolution.
#[derive(Debug, Default)]
pub(super) struct ImageScratch {
    /// The right factor of a weight gradient.
    pub panels: Vec<f32>,
    /// A few images before pooling, or the derivatives by them.
    pub unpooled: Vec<f32>,
    /// A few zero-padded images.
    pub images: Vec<f32>,
    /// Derivatives by a few zero-padded images.
    pub image_gradients: Vec<f32>,
    /// Weight gradients of a few images each, which are added up when their turn has come.
    pub by_group: Vec<f32>,
    /// What lies between images and products of tiles.
    pub tiles: TileScratch,
}

/// What a thread needs for the tiles of a convolution, all positions of a block of them.
#[derive(Debug, Default)]
pub(super) struct TileScratch {
    /// Of images on the way in.
    pub gathered: Vec<f32>,
    /// Products, or the derivatives by them.
    pub products: Vec<f32>,
    /// A line of zeros, which nobody writes to.
    pub zeros: Vec<f32>,
}

/// What a layer needs while it works and no longer.
#[derive(Debug, Default)]
pub struct LayerScratch {
    /// The right factor of a product.
    pub(super) panels: Vec<f32>,
    /// The right factors of a convolution's input gradient.
    pub(super) kernel_rows: Vec<f32>,
    /// A dense layer's output, outputs x samples.
    pub(super) by_output: Vec<f32>,
    /// Weights between two orders.
    pub(super) reordered: Vec<f32>,
    /// A weight gradient in the order of the product.
    pub(super) by_tap: Vec<f32>,
    /// Derivatives in the order, or of the size, in which they go on.
    pub(super) returning: Vec<f32>,
    /// One for each thread.
    pub(super) by_thread: Vec<ImageScratch>,
    /// Numbers by channel, repeated beside an image's pixels.
    pub(super) rows_by_channel: Vec<f32>,
    /// What a normalisation multiplies with and adds, in the same form.
    pub(super) coefficients: Vec<f32>,
    /// Sums by channel.
    pub(super) sums_by_channel: Vec<f64>,
    /// Offsets of the rows of a batch.
    pub(super) rows: Vec<u32>,
    /// Offsets of the rows of a result.
    pub(super) more_rows: Vec<u32>,
}

/// The first `len` entries of `buffer`, grown if need be; their contents are left over from anywhere.
pub(super) fn sized<T: Clone + Default>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
    &mut buffer[..len]
}
