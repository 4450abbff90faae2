//! Places in a text.

/// Line and column, both from one.
pub(crate) type LineColumn = (usize, usize);
