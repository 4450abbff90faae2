//! One line for everything that a scenario can name, with its source.
//!
//! Each family keeps its own entries beside its enum; a test holds both together.

/// A word of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// As written in YAML.
    pub word: &'static str,
    /// What it does in one line, with its settings and their defaults in brackets; an example where the word is a law.
    pub about: &'static str,
    /// The paper that defines it, or where it comes from.
    pub source: &'static str,
}
