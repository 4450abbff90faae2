//! Learning: where the gradient comes from whose signs everyone votes about.
//!
//! A [`Model`] is a list of layers that are views into *one flat parameter vector*, because the votes, the steps and
//! the digests of a run are about that vector. It holds no state: [`Model::gradient`] and [`Model::evaluate`]
//! are functions of parameters and samples; the [`Workspace`] they take is scratch memory, one per thread, and
//! never changes a result. Everything runs on the calling thread.
//!
//! Reading order: [`spec`] (the zoo), [`Initial`] (what it starts from), [`model`] (forward and back through the layers), [`layer`], then a layer such
//! as [`linear`] or [`conv`], and last `multiply`, the one product they all use and where the time goes.
//!
//! To add a model: an arm of [`ModelSpec`] and its plan in [`spec`]. To add a layer: a file and an arm of
//! [`layer::Layer`].

pub mod conv;
mod geometry;
mod initial;
pub mod layer;
pub mod linear;
mod loss;
pub mod model;
mod multiply;
mod offsets;
mod pass;
mod pool;
pub mod spec;
mod tile;
mod transpose;
pub mod workspace;

pub use geometry::ConvSpec;
pub use initial::{INITIALS, Initial};
pub use model::{Evaluation, Model, Tensor};
pub use spec::ModelSpec;
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
];
