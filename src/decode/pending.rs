//! A file that is either whole or not there: written beside its place, then renamed. What is no plain file, a device, a pipe
//! or a terminal, has no place to be put into: it is written to as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that is being written under a name of its own, `<path>.pending` or `<path>.1.pending` and so on. Dropped before
/// [`Pending::finish`], it leaves nothing behind.
pub struct Pending {
    path: PathBuf,
    /// Where it is written until it is whole; nowhere else for what is no plain file.
    beside: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Pending {
    /// Begins a file that will be `path`. A link is followed, and a file that is replaced hands on its permissions.
    ///
    /// # Errors
    /// When the folder, or what is no plain file, cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let there = fs::metadata(path).ok();
        // Names of open files lead to files that others hold open: a new one in their place would reach nobody.
        let open = path.starts_with("/dev") || path.starts_with("/proc");
        if there.as_ref().is_some_and(|there| open || !there.is_file()) {
            let file = OpenOptions::new().write(true).open(path).map_err(|e| Error::io(path, e))?;
            return Ok(Self { path: path.to_owned(), beside: None, file: BufWriter::new(file) });
        }
        let path = followed(path);
        let (beside, file) = create_beside(&path)?;
        if let Some(there) = there {
            fs::set_permissions(&beside, there.permissions()).map_err(|e| Error::io(&beside, e))?;
        }
        Ok(Self { path, beside: Some(beside), file: BufWriter::new(file) })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When its last bytes cannot be written, or its place not be taken.
    pub fn finish(mut self) -> Result<()> {
        let written = self.beside.as_ref().unwrap_or(&self.path);
        self.file.flush().map_err(|e| Error::io(written, e))?;
        if let Some(beside) = &self.beside {
            fs::rename(beside, &self.path).map_err(|e| Error::io(&self.path, e))?;
        }
        self.beside = None;
        Ok(())
    }
}

/// Where a link leads in the end, whether anything is there or not; any other path as it is.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many links as systems follow.
    for _ in 0..40 {
        let Ok(leads) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(leads);
    }
    path
}

/// A new file beside `path`, never one that is there already: it may be somebody's, even the votes.
fn create_beside(path: &Path) -> Result<(PathBuf, File)> {
    for n in 0_u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(if n == 0 { ".pending".to_owned() } else { format!(".{n}.pending") });
        let beside = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(&beside, error)),
        }
    }
    unreachable!("some number is free")
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
        if let Some(beside) = &self.beside {
            // The error that ended the writing is already on its way to the reader.
            let _ = fs::remove_file(beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(path: &Path) -> Pending {
        let mut file = Pending::create(path).unwrap();
        file.write_all(b"half").unwrap();
        file
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.csv");
        drop(begun(&path));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        begun(&path).finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_there_under_the_pending_name_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("v"), dir.path().join("v.pending"));
        fs::write(&other, "votes").unwrap();
        begun(&path).finish().unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&other).unwrap()),
            (b"half".to_vec(), b"votes".to_vec())
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (link, far) = (dir.path().join("link"), dir.path().join("sub/far.csv"));
        fs::create_dir(dir.path().join("sub")).unwrap();
        symlink("sub/far.csv", &link).unwrap();
        // A link to nothing yet, then to a file.
        for mode in [0o644, 0o600] {
            begun(&link).finish().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&far).unwrap(), b"half");
            fs::set_permissions(&far, fs::Permissions::from_mode(mode)).unwrap();
        }
        begun(&link).finish().unwrap();
        assert_eq!(fs::metadata(&far).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join("sub")).unwrap().count(), 1);
    }
}
