//! The parameters before the first round.
//!
//! Two laws are in use for the networks of the literature, and they start a factor 2.4 apart: what a paper measured over
//! its first hundreds of rounds depends on which of them its framework drew.

use ndarray::Array1;
use ndarray_rand::RandomExt;
use rand_distr::{Distribution, Normal, Uniform};
use serde::{Deserialize, Serialize};

use super::model::Model;
use super::spec::ModelSpec;
use super::tensor::Start;
use crate::catalogue::Entry;
use crate::random::Stream;

/// Every law, for `signsim list`.
pub const INITIALS: &[Entry] = &[
    Entry {
        word: "kaiming_normal",
        about: "weights normal with variance 2 / fan-in, biases 0; what logistic and mlp start from",
        source: "He et al. 2015, arXiv 1502.01852",
    },
    Entry {
        word: "pytorch",
        about: "weights and biases evenly in +-1 / sqrt(fan-in); what cnn starts from",
        source: "PyTorch's own of linear and convolutional layers; the code behind arXiv 2402.01340",
    },
];

/// The law of the parameters before the first round, every one drawn by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initial {
    /// Weights normal with mean 0 and variance 2 / fan-in, biases 0 (He et al. 2015, arXiv 1502.01852).
    KaimingNormal,
    /// Weights and biases uniform between -1 / sqrt(fan-in) and 1 / sqrt(fan-in), the fan-in that of their layer: what
    /// PyTorch gives a linear or convolutional layer that nobody initialises.
    Pytorch,
}

impl Initial {
    /// What a model starts from unless the scenario says otherwise: the network of Park & Lee as in its authors' code,
    /// which leaves it to PyTorch; the others as He et al.
    #[must_use]
    pub const fn of(model: &ModelSpec) -> Self {
        match model {
            ModelSpec::Cnn => Self::Pytorch,
            ModelSpec::Logistic
            | ModelSpec::Mlp { .. }
            | ModelSpec::Resnet { .. }
            | ModelSpec::ConvNet(_) => Self::KaimingNormal,
        }
    }

    /// The parameters of a model, D numbers; tensor after tensor from one stream.
    #[must_use]
    pub fn draw(self, model: &Model, stream: &mut Stream) -> Vec<f32> {
        let mut parameters = vec![0.0; model.parameter_count()];
        for tensor in model.tensors() {
            let own = &mut parameters[tensor.range.clone()];
            match (self, tensor.start) {
                (_, Start::Zero) | (Self::KaimingNormal, Start::Bias { .. }) => {}
                (_, Start::One) => own.fill(1.0),
                (Self::KaimingNormal, Start::Weight { fan_in }) => {
                    let law = Normal::new(0.0, (2.0 / fan_in as f32).sqrt()).expect("a layer has inputs");
                    fill(own, law, stream);
                }
                (Self::Pytorch, Start::Weight { fan_in } | Start::Bias { fan_in }) => {
                    let bound = 1.0 / (fan_in as f32).sqrt();
                    fill(own, Uniform::new(-bound, bound).expect("a layer has inputs"), stream);
                }
            }
        }
        parameters
    }
}

fn fill(own: &mut [f32], law: impl Distribution<f32>, stream: &mut Stream) {
    let drawn = Array1::random_using(own.len(), law, stream);
    own.copy_from_slice(drawn.as_slice().expect("a fresh array has no gaps"));
}
