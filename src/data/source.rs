//! Where samples came from, for the record.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::hex;
use crate::interrupt;

/// A file that a data set was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The name inside its folder, with `.gz` where it was packed.
    pub file: String,
    /// SHA-256 of the unpacked bytes in hexadecimal, so a packed and an unpacked copy agree; of files of one's own as they lie
    /// there, and of pictures that of their names and pixels.
    pub sha256: String,
    /// Number of unpacked bytes.
    pub bytes: u64,
}

/// A file of one's own, for the record.
///
/// # Errors
/// When it cannot be read, and [`ErrorKind::Interrupted`] where somebody asked to end.
pub(super) fn of(path: &Path) -> io::Result<SourceFile> {
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, Vec::new());
    let mut file = File::open(path)?;
    loop {
        if interrupt::asked() {
            return Err(ErrorKind::Interrupted.into());
        }
        piece.clear();
        file.by_ref().take(1 << 20).read_to_end(&mut piece)?;
        if piece.is_empty() {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(SourceFile { file, sha256: hex(&hash.finalize()), bytes });
        }
        bytes += piece.len() as u64;
        hash.update(&piece);
    }
}
