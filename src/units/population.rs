//! How many workers there are, and how many of them are corrupted.

use serde::{Deserialize, Serialize};

/// M and L. Workers 0 to L - 1 are the corrupted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Population {
    /// M.
    pub workers: u32,
    /// L, as many as there really are.
    pub adversaries: u32,
}
