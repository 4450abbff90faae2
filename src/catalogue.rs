//! One line for everything that a scenario can name, with its source.
//!
//! Each family keeps its own entries beside its enum; a test holds both together.

/// A word of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// As written in YAML.
    pub word: &'static str,
    pub about: &'static str,
    /// The paper that defines it, or where it comes from.
    pub source: &'static str,
}
