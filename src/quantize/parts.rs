//! What shares one scale: the whole vector, or each of the model's tensors by itself.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The coordinates that a scale is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// All D coordinates share one scale.
    Vector,
    /// Every tensor of the model has its own.
    Layer,
}

impl Per {
    pub(super) const fn vector() -> Self {
        Self::Vector
    }

    pub(super) const fn layer() -> Self {
        Self::Layer
    }

    /// The parts of a vector of D entries, in order and without gaps.
    ///
    /// # Panics
    /// When `tensors` do not cover the vector in order.
    pub(super) fn parts(self, coordinates: usize, tensors: &[Range<usize>]) -> Vec<Range<usize>> {
        match self {
            Self::Vector => std::iter::once(0..coordinates).collect(),
            Self::Layer => {
                let mut end = 0;
                for tensor in tensors {
                    assert_eq!(tensor.start, end, "every tensor begins where the one before it ends");
                    end = tensor.end;
                }
                assert_eq!(end, coordinates, "tensors cover the whole vector");
                tensors.to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_one_part_or_its_tensors() {
        let tensors = [0..3, 3..3, 3..5];
        assert_eq!(Per::Vector.parts(5, &tensors), std::slice::from_ref(&(0..5)));
        assert_eq!(Per::Layer.parts(5, &tensors), tensors);
    }

    #[test]
    #[should_panic(expected = "tensors cover the whole vector")]
    fn every_coordinate_has_a_tensor() {
        let _ = Per::Layer.parts(6, &[0..3, 3..5]);
    }
}
