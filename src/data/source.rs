//! Where samples came from, for the record.

use serde::{Deserialize, Serialize};

/// A file that a data set was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The name inside its folder, with `.gz` where it was packed.
    pub file: String,
    /// SHA-256 of the unpacked bytes in hexadecimal, so a packed and an unpacked copy agree.
    pub sha256: String,
    /// Number of unpacked bytes.
    pub bytes: u64,
}
