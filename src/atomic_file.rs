//! A file that is either whole or not there: written beside its place, brought to the disk, then renamed. What is no plain
//! file, a device, a pipe or a terminal, has no place to be put into: it is written to as it is.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::{self, Kind, OpenFile};

/// A file that is being written under a name of its own, `<path>.pending` or `<path>.1.pending` and so on. Dropped before
/// [`AtomicFile::commit`], it leaves nothing behind.
pub struct AtomicFile {
    path: PathBuf,
    /// Where it is written until it is whole; nowhere else for what is no plain file.
    beside: Option<PathBuf>,
    file: BufWriter<Box<dyn OpenFile>>,
}

impl AtomicFile {
    /// Begins a file that will be `path`. A link is followed, and a file that is replaced hands on its permissions.
    ///
    /// # Errors
    /// When the folder, or what is no plain file, cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let there = files::kind(path).map_err(|e| Error::io(path, e))?;
        // Names of open files lead to files that others hold open: a new one in their place would reach nobody.
        let open = path.starts_with("/dev") || path.starts_with("/proc");
        if there.is_some_and(|there| open || there != Kind::File) {
            let file = files::open_other(path).map_err(|e| Error::io(path, e))?;
            return Ok(Self { path: path.to_owned(), beside: None, file: BufWriter::new(file) });
        }
        Self::beside(followed(path), there)
    }

    /// Begins a file of a folder of our own that will be `path`, whatever is there: a link is not followed, since whoever made
    /// the folder may have made it lead anywhere, and a pipe is not waited for.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn replace(path: &Path) -> Result<Self> {
        let there = if files::read_link(path).is_ok() {
            None
        } else {
            files::kind(path).map_err(|e| Error::io(path, e))?
        };
        Self::beside(path.to_owned(), there)
    }

    fn beside(path: PathBuf, there: Option<Kind>) -> Result<Self> {
        let (beside, file) = create_beside(&path)?;
        // From here on, whatever goes wrong leaves nothing beside.
        let file = Self { path, beside: Some(beside), file: BufWriter::new(file) };
        match &file.beside {
            Some(beside) if there == Some(Kind::File) => {
                files::permit_as(beside, &file.path).map_err(|e| Error::io(beside, e))?;
            }
            _ => {}
        }
        Ok(file)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// When the disk refuses, with the name of the file.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|e| Error::io(&self.path, e))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When its last bytes cannot be written, or its place not be taken.
    pub fn commit(mut self) -> Result<()> {
        let written = self.beside.as_ref().unwrap_or(&self.path);
        self.file.flush().map_err(|e| Error::io(written, e))?;
        if let Some(beside) = &self.beside {
            // Without this, a machine that fails may keep the new name and lose what it names.
            self.file.get_mut().sync().map_err(|e| Error::io(beside, e))?;
            files::rename(beside, &self.path).map_err(|e| Error::io(&self.path, e))?;
            self.beside = None;
            sync_folder(self.path.parent().unwrap_or(Path::new("")))?;
        }
        Ok(())
    }
}

/// Puts a file with these contents into a folder of our own, in place of what is there ([`AtomicFile::replace`]).
///
/// # Errors
/// When the disk refuses.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicFile::replace(path)?;
    file.put(bytes)?;
    file.commit()
}

/// Makes a file with these contents in a folder that is not in its place yet, and brings it to the disk.
///
/// # Errors
/// When it is there, or the disk refuses.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = files::create(path)?;
        file.write_all(bytes)?;
        file.sync()
    };
    write().map_err(|e| Error::io(path, e))
}

/// Brings the names in a folder to the disk: without this, a machine that fails may lose a file that was renamed.
///
/// # Errors
/// When the disk refuses.
pub fn sync_folder(dir: &Path) -> Result<()> {
    files::sync_folder(dir).map_err(|e| Error::io(dir, e))
}

/// Removes what programs that were killed have left of the files `names` in `dir`. Only for who alone writes them.
///
/// # Errors
/// When the disk refuses.
pub fn remove_leftovers(dir: &Path, names: &[&str]) -> Result<()> {
    for name in files::list(dir).map_err(|e| Error::io(dir, e))? {
        if leftover_of(&name).is_some_and(|of| names.contains(&of)) {
            let path = dir.join(name);
            files::remove(&path).map_err(|e| Error::io(&path, e))?;
        }
    }
    Ok(())
}

/// The name of the file that was to come of `name`.
fn leftover_of(name: &str) -> Option<&str> {
    let of = name.strip_suffix(".pending")?;
    let numbered =
        of.rsplit_once('.').filter(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    Some(numbered.map_or(of, |(of, _)| of))
}

/// Where a link leads in the end, whether anything is there or not; any other path as it is.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many links as systems follow.
    for _ in 0..40 {
        let Ok(leads) = files::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(leads);
    }
    path
}

/// A new file beside `path`, never one that is there already: it may be somebody's, even the votes.
fn create_beside(path: &Path) -> Result<(PathBuf, Box<dyn OpenFile>)> {
    for n in 0_u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(if n == 0 { ".pending".to_owned() } else { format!(".{n}.pending") });
        let beside = PathBuf::from(name);
        match files::create(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(&beside, error)),
        }
    }
    unreachable!("some number is free")
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // The error that ended the writing is already on its way to the reader.
            let _ = files::remove_file(beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn begun(path: &Path) -> AtomicFile {
        let mut file = AtomicFile::create(path).unwrap();
        file.write_all(b"half").unwrap();
        file
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.csv");
        drop(begun(&path));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        begun(&path).commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_there_under_the_pending_name_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("v"), dir.path().join("v.pending"));
        fs::write(&other, "votes").unwrap();
        begun(&path).commit().unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&other).unwrap()),
            (b"half".to_vec(), b"votes".to_vec())
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn only_leftovers_of_the_named_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let kept = ["a.csv", "b.csv.pending", "a.csv.x.pending", "a.csv.pending.csv"];
        for name in kept.iter().chain(&["a.csv.pending", "a.csv.12.pending"]) {
            fs::write(dir.path().join(name), "").unwrap();
        }
        remove_leftovers(dir.path(), &["a.csv", "c.csv"]).unwrap();
        let left = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<String> = left.map(|name| name.into_string().unwrap()).collect();
        assert!(
            left.len() == kept.len() && kept.iter().all(|name| left.contains(&(*name).to_owned())),
            "{left:?}"
        );
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
            begun(&link).commit().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&far).unwrap(), b"half");
            fs::set_permissions(&far, fs::Permissions::from_mode(mode)).unwrap();
        }
        begun(&link).commit().unwrap();
        assert_eq!(fs::metadata(&far).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join("sub")).unwrap().count(), 1);
        // In a folder of our own it leads nowhere.
        write(&link, b"own").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_file() && fs::read(&link).unwrap() == b"own");
        assert_eq!(fs::read(&far).unwrap(), b"half");
    }
}
