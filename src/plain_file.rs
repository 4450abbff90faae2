//! Files that are read whole, whoever has put them there: ordinary ones only, and none that memory cannot hold. A pipe would
//! wait for somebody who writes, and a device may have no end.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::machine::{available_memory, gib};

/// Records, manifests and the like are larger only by mistake.
pub const LARGEST_RECORD: u64 = 1 << 30;

/// Up to here nobody asks how much memory is free.
const SMALL: u64 = 1 << 24;

/// What is made of the bytes of a file takes up to so many times their memory.
const GROWTH: u64 = 4;

/// The bytes of a file of at most `most` bytes.
///
/// # Errors
/// Those of [`check`], or when it cannot be read.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    check(path, most)?;
    let mut bytes = Vec::new();
    // It may have grown, and some files do not tell their length.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// Whether this is a file of at most `most` bytes, asked before it is opened.
///
/// # Errors
/// When it is not there, no ordinary file, larger, or larger than the memory that is free.
pub fn check(path: &Path, most: u64) -> io::Result<()> {
    let length = length(path)?;
    if length > most {
        return Err(too_large(most));
    }
    // The question takes longer than reading a small file.
    let free = if length > SMALL { available_memory() } else { None };
    match free.filter(|free| length.saturating_mul(GROWTH) > *free) {
        None => Ok(()),
        Some(free) => {
            let (length, free) = (gib(length), gib(free));
            let why =
                format!("this file has {length}, and {free} of memory are too little for what is in it");
            Err(io::Error::new(ErrorKind::InvalidData, why))
        }
    }
}

/// The bytes of an ordinary file, asked before it is opened.
///
/// # Errors
/// When it is not there, or no ordinary file.
pub fn length(path: &Path) -> io::Result<u64> {
    let kind = fs::metadata(path)?;
    if kind.is_file() {
        return Ok(kind.len());
    }
    let what = if kind.is_dir() { "this is a folder" } else { "this is a device or a pipe" };
    Err(io::Error::new(ErrorKind::InvalidData, format!("{what}, not a file")))
}

fn too_large(most: u64) -> io::Error {
    io::Error::new(
        ErrorKind::InvalidData,
        format!("this file is larger than the {most} bytes that it may have"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_may_be_so_large_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let why = |path: &Path, most| read(path, most).unwrap_err().to_string();
        assert_eq!(why(&path, 4), "this file is larger than the 4 bytes that it may have");
        assert_eq!(why(dir.path(), 4), "this is a folder, not a file");
        assert_eq!(read(&dir.path().join("none"), 4).unwrap_err().kind(), ErrorKind::NotFound);
        File::create(&path).unwrap().set_len(1 << 43).unwrap();
        assert!(why(&path, LARGEST_RECORD).contains("larger than"));
        assert!(why(&path, u64::MAX).contains("of memory are too little"), "{}", why(&path, u64::MAX));
        #[cfg(unix)]
        {
            assert!(why(Path::new("/dev/zero"), 4).starts_with("this is a device"));
            // Says that it is empty, and is not.
            assert!(why(Path::new("/proc/self/status"), 4).contains("larger than the 4 bytes"));
        }
    }
}
