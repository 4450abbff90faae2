//! A file that is either whole or not there: written beside its place, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that is being written as `<path>.pending`. Dropped before [`Pending::finish`], it leaves nothing behind.
pub struct Pending {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    finished: bool,
}

impl Pending {
    /// Begins a file that will be `path`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let mut beside = path.to_owned().into_os_string();
        beside.push(".pending");
        let beside = PathBuf::from(beside);
        let file = File::create(&beside).map_err(|e| Error::io(&beside, e))?;
        Ok(Self { path: path.to_owned(), beside, file: BufWriter::new(file), finished: false })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When its last bytes cannot be written, or its place not be taken.
    pub fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|e| Error::io(&self.beside, e))?;
        fs::rename(&self.beside, &self.path).map_err(|e| Error::io(&self.path, e))?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.finished {
            // The error that ended the writing is already on its way to the reader.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.csv");
        let begin = || {
            let mut file = Pending::create(&path).unwrap();
            file.write_all(b"half").unwrap();
            file
        };
        drop(begin());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        begin().finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
