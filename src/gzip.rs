//! Files that may come packed: what counts is the first two bytes, not the name, since browsers unpack files and keep
//! `.gz`.

use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::Error;

/// The unpacked bytes of `contents`, which may be gzip (RFC 1952) or plain.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn unpacked<'a>(mut contents: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let packed = contents.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed { Box::new(MultiGzDecoder::new(contents)) } else { Box::new(contents) })
}

/// A failure to read `path`: damaged gzip is bad input, anything else the system's complaint.
#[must_use]
pub fn complaint(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            Error::input(format!("{}: damaged gzip data: {error}", path.display()))
                .help("fetch or copy the file again")
        }
        _ => Error::io(path, error),
    }
}
