//! Files of measurements that belong to a scenario: read with it, and named by what they hold.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The bytes of `file`, a path from the folder in which the program is started, and their SHA-256 in hexadecimal.
///
/// # Errors
/// When the file cannot be read, or `expected` names another checksum.
pub fn read(file: &Path, expected: Option<String>) -> Result<(Vec<u8>, String), String> {
    let shown = file.display();
    let bytes = fs::read(file).map_err(|e| {
        format!("{shown}: {e}; write the path of a CSV file from the folder in which the program is started")
    })?;
    let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    match expected.filter(|sha256| *sha256 != found) {
        Some(other) => {
            Err(format!("{shown} has SHA-256 {found}, not {other}; restore the file, or leave `sha256` away"))
        }
        None => Ok((bytes, found)),
    }
}
