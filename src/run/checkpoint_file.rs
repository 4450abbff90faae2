//! A checkpoint as bytes.
//!
//! ```text
//! "signckpt"  version, 4 bytes  length of the header, 4  length of the state, 8  header  state  SHA-256 of all of it, 32
//! ```
//!
//! Numbers are little endian; header and state are postcard's.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::BUILD;
use crate::files;
use crate::state::{put, take};

const MAGIC: &[u8; 8] = b"signckpt";
const VERSION: u32 = 1;
/// Bytes before the header, and behind the state.
const FRONT: usize = 24;
const BACK: usize = 32;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub build: String,
    /// Vector instructions.
    pub level: String,
    pub run: String,
    /// Rounds that have closed.
    pub rounds: u32,
    /// Wall time that the run took so far.
    pub wall: Duration,
}

/// What stands before the state.
pub(super) fn front(header: &Header, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(header, &mut bytes);
    let header = bytes;
    let lengths =
        [(header.len() as u32).to_le_bytes().as_slice(), &(state.len() as u64).to_le_bytes()].concat();
    [MAGIC, VERSION.to_le_bytes().as_slice(), &lengths, &header].concat()
}

/// Header and state of a file; in words why it has none.
pub(super) fn decoded(bytes: &[u8]) -> std::result::Result<(Header, &[u8]), String> {
    let front = bytes.get(..FRONT).ok_or("is cut short")?;
    let (magic, lengths) = front.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("is no checkpoint".to_owned());
    }
    let number =
        |from: usize, to: usize| lengths[from..to].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    let (version, header, state) = (number(0, 4), number(4, 8), number(8, 16));
    let whole =
        [FRONT as u64, header, BACK as u64].iter().try_fold(state, |sum: u64, part| sum.checked_add(*part));
    if whole != Some(bytes.len() as u64) {
        return Err("is cut short, or longer than it says".to_owned());
    }
    let (told, sum) = bytes.split_at(bytes.len() - BACK);
    if Sha256::digest(told).as_slice() != sum {
        return Err("is damaged: its checksum is another one".to_owned());
    }
    if version != u64::from(VERSION) {
        return Err(format!("has format {version}, not {VERSION}"));
    }
    let (written, state) = told[FRONT..].split_at(header as usize);
    let header = take(&mut { written }).map_err(|e| e.to_string())?;
    // Numbers could be written at more length than they are, and something could stand behind them.
    let mut again = Vec::new();
    put(&header, &mut again);
    if again == written { Ok((header, state)) } else { Err("has a header that nobody writes so".to_owned()) }
}

/// What whoever goes on learns from these bytes.
#[cfg(test)]
pub(super) fn told_by(bytes: &[u8]) -> Vec<u8> {
    let told = decoded(bytes).map(|(header, state)| (header.rounds, Sha256::digest(state)));
    format!("{told:?}").into_bytes()
}

/// Whether another build has written a checkpoint, as far as it says.
pub(crate) fn is_of_another_build(path: &Path) -> bool {
    let bytes = files::read_start(path, 4096).unwrap_or_default();
    let length = bytes.get(12..16).map_or(0, |b| u32::from_le_bytes(b.try_into().expect("four bytes")));
    let header =
        bytes.get(FRONT..FRONT.saturating_add(length as usize)).and_then(|mut b| take::<Header>(&mut b).ok());
    bytes.starts_with(MAGIC) && header.is_some_and(|header| header.build != BUILD)
}

/// What would be written of what was read: of a whole file the same bytes. For fuzzing, which cannot see what is in between.
///
/// # Errors
/// In words, when this is no whole file.
#[doc(hidden)]
pub fn reread(bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let (header, state) = decoded(bytes)?;
    let front = front(&header, state);
    let sum = Sha256::new().chain_update(&front).chain_update(state).finalize();
    Ok([&front, state, &sum].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of these rounds, as bytes.
    fn file(rounds: &[u8]) -> Vec<u8> {
        let header = [b"\x01b\x01l\x01r", rounds, &[0, 0]].concat();
        let length = (header.len() as u32).to_le_bytes();
        let told = [MAGIC, &VERSION.to_le_bytes()[..], &length, &[0; 8], &header].concat();
        [&told[..], &Sha256::digest(&told)].concat()
    }

    #[test]
    fn a_file_is_written_in_one_way() {
        assert_eq!(reread(&file(&[3])), Ok(file(&[3])));
        for other in [&[0x83, 0][..], &[3, 0]] {
            assert_eq!(reread(&file(other)).unwrap_err(), "has a header that nobody writes so");
        }
        assert!(reread(&file(&[0xff; 9])).is_err());
    }
}
