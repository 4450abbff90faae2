//! One array of a file that it has for itself, or of an archive: opened, measured, then read piece by piece.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::{Dtype, Header, wrong};
use crate::error::{Named, one_line};
use crate::machine::{available_memory, gib};
use crate::{gzip, interrupt, plain_file};

/// Where an array lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayPlace {
    /// An `.npy`, or an `.npz` where there is a name.
    pub file: PathBuf,
    /// Its name in the archive, without `.npy`.
    pub name: Option<String>,
}

/// Bytes that are read between two looks at whether somebody asked to end; a whole number of entries of every kind.
const PIECE: usize = 1 << 20;

/// More names than this are not listed in a message.
const NAMES: usize = 20;

impl ArrayPlace {
    /// Opens the array and gives `read` its header and its numbers, once the file is known to be as long as they are.
    ///
    /// # Errors
    /// When there is no such array, or the header and the length of its file do not belong together, or memory cannot hold it;
    /// and those of `read`. Messages name the file.
    pub fn open<T>(&self, read: impl FnOnce(&Header, &mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        self.opened(read).map_err(|error| self.named(&error))
    }

    fn opened<T>(&self, read: impl FnOnce(&Header, &mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        let length = plain_file::length(&self.file)?;
        let file = BufReader::new(File::open(&self.file)?);
        let Some(name) = &self.name else { return measured(file, length, read) };
        let broken = |e: zip::result::ZipError| wrong(format!("this is no .npz archive: {e}"));
        let mut archive = ZipArchive::new(file).map_err(broken)?;
        let member = format!("{name}.npy");
        if archive.index_for_name(&member).is_none() {
            return Err(wrong(format!("there is none of this name; the archive holds {}", names(&archive))));
        }
        let member = archive.by_name(&member).map_err(broken)?;
        let (size, packed) = (member.size(), member.compressed_size());
        if size > packed.saturating_mul(gzip::MOST_A_BYTE) || packed > length {
            return Err(wrong(format!("claims {size} bytes, which its {packed} packed bytes cannot hold")));
        }
        measured(member, size, read)
    }

    /// What it is called in messages.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("{}, array `{:.60}`", self.file.named(), one_line(name)),
            None => self.file.named(),
        }
    }

    fn named(&self, error: &io::Error) -> io::Error {
        // A file that is not there has no arrays.
        let shown = if error.kind() == io::ErrorKind::NotFound { self.file.named() } else { self.shown() };
        io::Error::new(error.kind(), format!("{shown}: {error}"))
    }
}

fn names(archive: &ZipArchive<BufReader<File>>) -> String {
    let shown = |name: &str| format!("`{:.60}`", one_line(name.strip_suffix(".npy").unwrap_or(name)));
    let names: Vec<String> = archive.file_names().take(NAMES).map(shown).collect();
    match archive.len() {
        0 => "nothing".to_owned(),
        n if n > NAMES => format!("{} and {} more", names.join(", "), n - NAMES),
        _ => names.join(", "),
    }
}

/// Reads the header of what has `length` bytes, and holds them together.
fn measured<T>(
    mut from: impl Read,
    length: u64,
    read: impl FnOnce(&Header, &mut dyn Read) -> io::Result<T>,
) -> io::Result<T> {
    let (header, before) = Header::read(&mut from)?;
    let found = length.saturating_sub(before);
    if let Some(dtype) = header.dtype() {
        let wanted = header.count().and_then(|count| count.checked_mul(dtype.bytes() as u64));
        if wanted != Some(found) {
            let wanted = wanted.map_or("more than can be counted".to_owned(), |bytes| bytes.to_string());
            return Err(wrong(format!("is {header}, which are {wanted} bytes, and has {found} of them")));
        }
        if let Some(free) = available_memory().filter(|free| found > *free) {
            let (found, free) = (gib(found), gib(free));
            return Err(wrong(format!("is {header}, which are {found}, and {free} of memory are free")));
        }
    }
    read(&header, &mut from.take(found))
}

/// Reads all numbers, a piece of whole entries at a time, to the end of the file, where an archive has its checksum.
///
/// # Errors
/// When they cannot be read, and [`ErrorKind::Interrupted`] where somebody asked to end.
pub fn pieces(
    dtype: Dtype,
    from: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut piece = Vec::new();
    loop {
        if interrupt::asked() {
            return Err(ErrorKind::Interrupted.into());
        }
        piece.clear();
        Read::take(&mut *from, PIECE as u64).read_to_end(&mut piece)?;
        if piece.is_empty() {
            return Ok(());
        }
        if piece.len() % dtype.bytes() != 0 {
            return Err(wrong("ends in the middle of a number"));
        }
        each(&piece)?;
    }
}

/// Whether a path is that of an archive, by its ending.
#[must_use]
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"))
}
