//! NumPy's arrays in files: data sets and votes of one's own, saved models.
//!
//! An array is a file `<name>.npy`: a magic word, a version (1 to 3), the length of a header, the header (the text of a Python
//! dictionary with `descr`, `fortran_order` and `shape`, filled up to a multiple of 64 bytes), and the numbers, in either byte
//! order, row by row or column by column. An `.npz` is a ZIP archive of such files ([`archive`]), stored or deflated.
//!
//! Nothing that a header says is believed before it is held against the length of its file. Python objects are never read: NumPy
//! stores them as a program that makes them.

pub mod archive;
mod dtype;

use std::fmt;
use std::io::{self, ErrorKind, Read};

pub use dtype::Dtype;

use crate::error::one_line;

/// What every array begins with.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// A longer header is taken for damage; NumPy itself asks before it reads one of 10,000 characters.
const LONGEST_HEADER: usize = 1 << 16;

/// More dimensions than NumPy has are taken for damage.
const MOST_DIMENSIONS: usize = 64;

/// What stands before the numbers of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The kind of the numbers as NumPy writes it, for example `<f4`; empty where an entry is a record.
    pub descr: String,
    /// Whether the first index runs fastest, column by column, rather than the last.
    pub fortran: bool,
    /// Lengths of the dimensions; none for a single number.
    pub shape: Vec<usize>,
}

impl Header {
    /// The header of an array that is stored row by row.
    #[must_use]
    pub fn rows(descr: &str, shape: &[usize]) -> Self {
        Self { descr: descr.to_owned(), fortran: false, shape: shape.to_vec() }
    }

    /// Reads the beginning of an array; gives also the number of bytes that it took.
    ///
    /// # Errors
    /// When it cannot be read, or is not the beginning of an array.
    pub fn read(from: &mut (impl Read + ?Sized)) -> io::Result<(Self, u64)> {
        let mut start = [0; 8];
        fill(from, &mut start)?;
        let version = start[6];
        if !start.starts_with(MAGIC) {
            return Err(wrong("is no NumPy array"));
        }
        if !(1..=3).contains(&version) {
            return Err(wrong(format!("is a NumPy array of version {version}; 1 to 3 are read")));
        }
        let mut length = [0; 4];
        let wide = if version == 1 { 2 } else { 4 };
        fill(from, &mut length[..wide])?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_HEADER {
            return Err(wrong(format!("is no NumPy array: its header would have {length} bytes")));
        }
        let mut text = vec![0; length];
        fill(from, &mut text)?;
        let text = std::str::from_utf8(&text).ok().and_then(Self::parse);
        let header = text.ok_or_else(|| wrong("is no NumPy array: its header cannot be read"))?;
        Ok((header, (start.len() + wide + length) as u64))
    }

    fn parse(text: &str) -> Option<Self> {
        let after = |key: &str| text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
        let descr = after("descr")?.strip_prefix('\'').and_then(|rest| rest.split('\'').next());
        let fortran = after("fortran_order")?.starts_with("True");
        let lengths = after("shape")?.strip_prefix('(')?.split(')').next()?;
        let lengths = lengths.split(',').map(str::trim).filter(|length| !length.is_empty());
        let shape: Vec<usize> = lengths.map(str::parse).collect::<Result<_, _>>().ok()?;
        let descr = descr.unwrap_or_default().to_owned();
        (shape.len() <= MOST_DIMENSIONS).then_some(Self { descr, fortran, shape })
    }

    /// The bytes of the header as NumPy writes it, version 1.
    ///
    /// # Panics
    /// When the shape has so many dimensions that the header does not fit its length of 16 bits.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { descr, fortran, shape } = self;
        let fortran = if *fortran { "True" } else { "False" };
        let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {}, }}", tuple(shape));
        let before = MAGIC.len() + 4;
        let whole = (before + text.len() + 1).next_multiple_of(64);
        let filled = format!("{text:<width$}\n", width = whole - before - 1);
        let length = u16::try_from(filled.len()).expect("a header of few dimensions is short");
        let mut bytes = [MAGIC, &[1, 0], &length.to_le_bytes()].concat();
        bytes.extend(filled.as_bytes());
        bytes
    }

    /// The kind of the numbers; `None` for what is none: objects, texts, dates, complex numbers, records.
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        Dtype::parse(&self.descr)
    }

    /// How many numbers the shape says there are; `None` for more than can be counted.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, &length| product.checked_mul(length as u64))
    }

    /// The kind of the entries in NumPy's words: `float64`.
    #[must_use]
    pub fn kind(&self) -> String {
        if let Some(dtype) = self.dtype() {
            return dtype.to_string();
        }
        match self.descr.as_str() {
            "" => "records".to_owned(),
            "|O" => "Python objects (a pickle)".to_owned(),
            other => format!("the kind `{:.40}`", one_line(other)),
        }
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the shape {}", self.kind(), tuple(&self.shape))
    }
}

/// A shape as Python writes it: `(60000, 28, 28)`, `(10,)`, `()`.
#[must_use]
pub fn tuple(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}

/// An array that is not what it should be.
#[must_use]
pub fn wrong(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}

/// Reads exactly so many bytes.
fn fill(from: &mut (impl Read + ?Sized), bytes: &mut [u8]) -> io::Result<()> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => wrong("is no NumPy array: it ends in its header"),
        _ => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(version: u8, text: &str) -> Result<Header, String> {
        let length = (text.len() as u32).to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        let bytes = [MAGIC, &[version, 0], length, text.as_bytes()].concat();
        Header::read(&mut &bytes[..]).map(|(header, _)| header).map_err(|e| e.to_string())
    }

    #[test]
    fn headers_of_all_versions_are_read_and_written() {
        let text = "{'descr': '>f8', 'fortran_order': True, 'shape': (3, 4), }   \n";
        for version in 1..=3 {
            let header = read(version, text).unwrap();
            assert_eq!(header, Header { descr: ">f8".into(), fortran: true, shape: vec![3, 4] });
            assert_eq!(header.to_string(), "float64 of the shape (3, 4)");
            let bytes = header.to_bytes();
            assert_eq!(Header::read(&mut &bytes[..]).unwrap(), (header, bytes.len() as u64));
        }
        assert!(read(4, text).unwrap_err().contains("version 4"));
        assert!(read(2, &"x".repeat(1 << 17)).unwrap_err().contains("header would have 131072 bytes"));
    }

    #[test]
    fn what_is_no_array_of_numbers_is_called_by_its_name() {
        let kind = |descr: &str| {
            read(1, &format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (), }}")).unwrap().kind()
        };
        assert_eq!(kind("'|O'"), "Python objects (a pickle)");
        assert_eq!(kind("[('a', '<f4')]"), "records");
        assert_eq!(kind("'<U5'"), "the kind `<U5`");
        assert_eq!(
            (kind("'|u1'"), kind("'|b1'"), kind("'>i8'")),
            ("uint8".into(), "bool".into(), "int64".into())
        );
        for text in ["", "{}", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "\u{0}\u{1}"] {
            assert!(read(1, text).unwrap_err().starts_with("is no NumPy array"), "{text}");
        }
        let huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }";
        assert_eq!(read(1, huge).unwrap().count(), None);
    }
}
