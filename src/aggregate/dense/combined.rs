//! What every rule on numbers makes of its input.

/// One vector out of many.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined {
    /// D coordinates.
    pub vector: Vec<f32>,
    /// How much each input counted, one weight an input.
    ///
    /// They add up to one, except under centred clipping, whose previous step weighs the rest. The coordinate-wise
    /// rules have no such weights and report 1 / n for all.
    pub weights: Vec<f64>,
}
