//! Files that may come packed: what counts is the first two bytes, not the name, since browsers unpack files and keep
//! `.gz`.

use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::error::{Error, Named};

/// A packed byte stands for no more bytes than this: two bits are the least that a copy of 258 takes (RFC 1951).
pub const MOST_A_BYTE: u64 = 1032;

/// Bytes that follow what a file should hold are counted up to here.
const MOST_COUNTED: u64 = 1 << 20;

/// Whether these contents are gzip.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn is_packed(contents: &mut impl BufRead) -> io::Result<bool> {
    Ok(contents.fill_buf()?.starts_with(&[0x1f, 0x8b]))
}

/// The unpacked bytes of `contents`, which may be gzip (RFC 1952) or plain.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn unpacked<'a>(mut contents: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let packed = is_packed(&mut contents)?;
    Ok(if packed { Box::new(Members(Some(GzDecoder::new(contents)))) } else { Box::new(contents) })
}

/// The members of a gzip file one after the other; nothing else may follow them.
struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let mut rest = self.0.take().expect("a member was read").into_inner();
            match rest.fill_buf()?.first() {
                None => {}
                Some(0x1f) => self.0 = Some(GzDecoder::new(rest)),
                Some(_) => {
                    let why = format!("{} after its end", counted(&mut rest)?);
                    return Err(io::Error::new(ErrorKind::InvalidData, why));
                }
            }
        }
        Ok(0)
    }
}

/// How many bytes are left, in words.
///
/// # Errors
/// When they cannot be read.
pub fn counted(rest: &mut dyn Read) -> io::Result<String> {
    Ok(match io::copy(&mut rest.take(MOST_COUNTED + 1), &mut io::sink())? {
        1 => "1 byte".to_owned(),
        more if more > MOST_COUNTED => format!("more than {MOST_COUNTED} bytes"),
        bytes => format!("{bytes} bytes"),
    })
}

/// A failure to read `path`: damaged gzip is bad input, anything else the system's complaint.
#[must_use]
pub fn complaint(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            Error::input(format!("{}: damaged gzip data: {error}", path.named()))
                .help("fetch or copy the file again")
        }
        _ => Error::io(path, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(contents: &[u8]) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = unpacked(contents).and_then(|mut reader| reader.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|e| e.to_string())
    }

    #[test]
    fn members_are_one_text_and_what_follows_them_is_counted() {
        assert_eq!(read(b"plain"), Ok(b"plain".to_vec()));
        let members = [packed(b"one "), packed(b""), packed(b"two")].concat();
        assert_eq!(read(&members), Ok(b"one two".to_vec()));
        for (rest, words) in [
            (&b"\0"[..], "1 byte after its end"),
            (b"rubbish", "7 bytes after its end"),
            (&[7; (1 << 20) + 9], "more than 1048576 bytes after its end"),
            (b"\x1f\x8c\x08\0\0\0\0\0\0\0", "invalid gzip header"),
        ] {
            assert_eq!(read(&[&members, rest].concat()), Err(words.to_owned()));
        }
    }

    #[test]
    fn no_packed_byte_stands_for_more() {
        let zeros = vec![0; 10_000_000];
        let ratio = zeros.len() as u64 / packed(&zeros).len() as u64;
        assert!(ratio > 900 && ratio <= MOST_A_BYTE, "{ratio}");
    }
}
