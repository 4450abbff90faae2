//! Learning: where the gradient comes from whose signs everyone votes about.
//!
//! A [`Model`] is a graph of layers that are views into *one flat parameter vector*, because the votes, the steps and
//! the digests of a run are about that vector. It holds no state: [`Model::gradient`] and [`Model::evaluate`]
//! are functions of parameters and samples; the [`Workspace`] they take is scratch memory, one per thread, and
//! never changes a result. Everything runs on the calling thread, and on threads that rest where a layer is large.
//!
//! Reading order: [`spec`] (the words of a scenario), `zoo` and `builder` (the layers they stand for), [`graph`] (nodes, and
//! which of them are fused), [`Initial`] (what a model starts from), [`model`] (forward and back through the nodes),
//! `operation` (what a node can do), then a layer such as [`linear`], [`conv`] or [`batch_norm`], and last `multiply`, the one
//! product they all use and where the time goes, and `winograd`, which needs fewer of them for small filters.
//!
//! To add a model: an arm of [`ModelSpec`] and its layers in `zoo`. To add a layer: a file that implements `Operation` and
//! an arm of [`layer::Layer`].

pub mod batch_norm;
mod beginning;
mod builder;
mod by_channel;
pub mod conv;
pub mod elementwise;
mod geometry;
pub mod graph;
mod initial;
pub mod layer;
mod layer_spec;
mod lifetimes;
pub mod linear;
mod loss;
pub mod model;
mod multiply;
pub mod npz;
mod offsets;
mod operation;
mod pass;
pub mod pool;
mod share;
pub mod spatial;
pub mod spec;
mod tensor;
mod tile;
pub mod transpose;
mod winograd;
pub mod workspace;
mod zoo;

pub use beginning::{Beginning, MODEL_FILE, ModelFile};
pub use geometry::{ConvSpec, Convolution};
pub use graph::Graph;
pub use initial::{INITIALS, Initial};
pub use layer_spec::LayerSpec;
pub use model::{EVALUATION_BATCH, Evaluation, Model};
pub use spec::ModelSpec;
pub use tensor::{Start, Tensor};
pub use workspace::Workspace;

use crate::catalogue::Entry;
pub use crate::data::Shape;

/// Every model, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry { word: "logistic", about: "multinomial logistic regression", source: "one dense layer" },
    Entry { word: "mlp", about: "dense layers with ReLU; hidden: [128]", source: "a multilayer perceptron" },
    Entry {
        word: "cnn",
        about: "two 5x5 convolutions with pooling, two dense layers; 582,026 parameters on 28 x 28",
        source: "Park & Lee 2024, arXiv 2402.01340",
    },
    Entry {
        word: "resnet",
        about: "residual network for 32 x 32 pixels, depth: 20, 32, 44, 56 or 110, normalised over the batch",
        source: "He et al. 2015, arXiv 1512.03385, section 4.2 with shortcuts A",
    },
    Entry {
        word: "conv_net",
        about: "layers of one's own: conv, batch_norm, relu, max_pool, mean_pool, dense, residual",
        source: "a list in the scenario",
    },
];
