//! What a file system does.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What is at a path, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A device, a pipe, a terminal.
    Other,
}

/// A file that is open for writing.
pub(crate) trait OpenFile: Write + Send {
    /// The next bytes go to its beginning, over those that are there.
    fn rewind(&mut self) -> io::Result<()>;

    /// Brings what was written to the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file system; what each operation does is said at the function of its name in [`super`].
pub(crate) trait Files: Send + Sync {
    fn kind(&self, path: &Path) -> io::Result<Kind>;
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;
    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>>;
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    fn create(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    fn open_other(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    fn permit_as(&self, path: &Path, other: &Path) -> io::Result<()>;
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    fn sync_folder(&self, dir: &Path) -> io::Result<()>;
}
