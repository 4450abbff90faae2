//! The parts of a model's flat parameter vector.

use std::ops::Range;

/// A named, shaped part of the flat parameter vector, in PyTorch's order and layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Layer and role, such as `conv1.weight`.
    pub name: String,
    /// Outputs x inputs, filters x channels x height x width, or a single length for a bias.
    pub shape: Vec<usize>,
    /// Where it lies in the flat vector.
    pub range: Range<usize>,
    /// What its numbers are before the first round.
    pub start: Start,
}

/// What a tensor's numbers are before the first round; the [law](super::Initial) decides about weights and biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Drawn, for layers with so many inputs to each output.
    Weight {
        /// Inputs that one output is a sum of.
        fan_in: usize,
    },
    /// Drawn or 0, as the law has it.
    Bias {
        /// That of the weight beside it.
        fan_in: usize,
    },
    /// 1: the scale of a normalisation.
    One,
    /// 0: the shift of a normalisation.
    Zero,
}
