//! Places in a text.

/// Line and column, both from one.
pub type LineColumn = (usize, usize);
