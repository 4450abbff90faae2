//! One file of a data set: measured, then read.
//!
//! A header claims how much follows it. Before memory is set aside on its word, the claim is held against the size of the
//! file, against what packed bytes can unpack to, and against the memory that is free. What is read ends where the claim
//! ends; bytes after that are a fault of the file, counted and told.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;

use sha2::{Digest, Sha256};

use super::source::SourceFile;
use crate::error::{Error, Named, Result};
use crate::hex::hex;
use crate::machine::{available_memory, gib};
use crate::{gzip, interrupt};

/// What follows the header of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// Bytes at least and at most.
    pub bytes: (u64, u64),
    /// What they are: `60000 images`.
    pub words: String,
}

/// Bytes that are read between two looks at whether somebody asked to end, and hashed while the next ones are read.
const PIECE: usize = 1 << 20;

/// A file whose header has been read and believed.
pub(super) struct Contents {
    path: PathBuf,
    head: Vec<u8>,
    claim: Claim,
    /// No more bytes than this can follow the header.
    most: u64,
    rest: Box<dyn Read>,
}

impl Contents {
    /// Opens a file, reads the first `header` unpacked bytes, and measures what they claim.
    ///
    /// # Errors
    /// An input error for a file that cannot hold what its header claims, or that memory cannot hold.
    pub(crate) fn open(
        path: &Path,
        header: usize,
        claim: impl FnOnce(&[u8]) -> std::result::Result<Claim, String>,
    ) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        let size = file.metadata().map_err(|error| Error::io(path, error))?.len();
        let mut file = BufReader::new(file);
        let packed = gzip::is_packed(&mut file).map_err(|error| Error::io(path, error))?;
        let mut rest = gzip::unpacked(file).map_err(|error| Error::io(path, error))?;
        let mut head = Vec::new();
        let read = (&mut rest).take(header as u64).read_to_end(&mut head);
        read.map_err(|error| gzip::complaint(path, error))?;
        if head.len() < header {
            return Err(reject(path, &format!("is cut short: {} bytes of a header of {header}", head.len())));
        }
        let claim = claim(&head).map_err(|what| reject(path, &what))?;
        let most =
            if packed { size.saturating_mul(gzip::MOST_A_BYTE) } else { size.saturating_sub(header as u64) };
        let contents = Self { path: path.to_owned(), head, claim, most, rest };
        contents.measure(packed, size)?;
        Ok(contents)
    }

    /// Holds the claim against the file and against the memory.
    fn measure(&self, packed: bool, size: u64) -> Result<()> {
        let (least, most) = self.claim.bytes;
        if !packed {
            self.check_length(self.most)?;
        }
        let wanted = most.min(self.most.max(least));
        if let Some(free) = available_memory().filter(|free| wanted > *free) {
            let words = format!(
                "claims {}, which are {wanted} bytes ({}), and {} of memory are free",
                self.claim.words,
                gib(wanted),
                gib(free)
            );
            return Err(reject(&self.path, &words)
                .help("free memory; if the file should hold less, fetch or copy it again"));
        }
        if self.most < least {
            let words = format!(
                "is cut short: its {size} packed bytes cannot hold the {least} bytes of {}",
                self.claim.words
            );
            return Err(reject(&self.path, &words));
        }
        Ok(())
    }

    /// Whether so many bytes after the header are as many as it claims.
    fn check_length(&self, found: u64) -> Result<()> {
        let (least, most) = self.claim.bytes;
        if found < least {
            let what = format!("is cut short: {found} of {least} bytes after its header");
            return Err(reject(&self.path, &what));
        }
        if found > most {
            return Err(self.too_long(&counted(found - most)));
        }
        Ok(())
    }

    fn too_long(&self, extra: &str) -> Error {
        reject(&self.path, &format!("is too long: {extra} after its {}", self.claim.words))
    }

    /// The unpacked bytes after the header, and what to note about the file.
    ///
    /// # Errors
    /// An input error for a file that holds less or more than its header claims, and [`Error::Interrupted`].
    pub(crate) fn read(mut self) -> Result<(Vec<u8>, SourceFile)> {
        let room = usize::try_from(self.claim.bytes.1.min(self.most)).ok();
        let Some(room) = room.filter(|room| Vec::<u8>::new().try_reserve_exact(*room).is_ok()) else {
            return Err(reject(&self.path, &format!("holds {}, and memory does not", self.claim.words)));
        };
        let mut body = vec![0; room];
        let damaged = |error: io::Error| gzip::complaint(&self.path, error);
        let (head, rest, pieces) = (&self.head, &mut self.rest, body.chunks_mut(PIECE));
        let (found, hash) = thread::scope(|scope| {
            let (to_hash, pieces_read) = channel::<&[u8]>();
            let hash =
                move || pieces_read.iter().fold(Sha256::new().chain_update(head), Sha256::chain_update);
            let hashing =
                thread::Builder::new().spawn_scoped(scope, hash).map_err(|e| Error::io(&self.path, e))?;
            let mut found = 0;
            for piece in pieces {
                if interrupt::asked() {
                    return Err(Error::Interrupted);
                }
                let read = fill(rest, piece).map_err(damaged)?;
                found += read;
                let whole = read == piece.len();
                to_hash.send(&piece[..read]).expect("the thread that hashes waits for more");
                if !whole {
                    break;
                }
            }
            drop(to_hash);
            Ok((found, hashing.join().expect("hashing never fails")))
        })?;
        body.truncate(found);
        // Also where nothing more is expected: the end of packed bytes has their checksum.
        let mut next = [0];
        if self.rest.read(&mut next).map_err(damaged)? > 0 {
            let extra = gzip::counted(&mut next.chain(&mut *self.rest)).map_err(damaged)?;
            return Err(self.too_long(&extra));
        }
        self.check_length(found as u64)?;
        let file = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = (self.head.len() + found) as u64;
        Ok((body, SourceFile { file, sha256: hex(&hash.finalize()), bytes }))
    }
}

/// Fills the buffer, unless the end comes first; how many bytes were read.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match from.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn counted(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// An error about what a file holds.
pub(super) fn reject(path: &Path, what: &str) -> Error {
    Error::input(format!("{}: {what}", path.named())).help("fetch or copy the file again")
}
