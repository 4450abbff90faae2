//! The one door between a result folder and the disk.
//!
//! Whatever the folder's code does to files, it does through these functions, each a single operation of the system. A test
//! puts a simulated disk below a path: one that stops after any operation, loses what was not brought to it, fills up or
//! breaks.

mod disk;
#[cfg(test)]
pub(crate) mod image;
mod interface;
#[cfg(test)]
pub(crate) mod simulated;

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

#[cfg(not(test))]
use disk::of;
pub(crate) use interface::{Kind, OpenFile};
#[cfg(test)]
use simulated::of;

/// What is at `path`, if anything is; nothing can be below a file.
pub(crate) fn kind(path: &Path) -> io::Result<Option<Kind>> {
    match of(path).kind(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        kind => kind.map(Some),
    }
}

/// Where the link at `path` leads; an error where there is none.
pub(crate) fn read_link(path: &Path) -> io::Result<PathBuf> {
    of(path).read_link(path)
}

/// All of an ordinary file of at most `most` bytes.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    of(path).read(path, most)
}

/// Opens an ordinary file, to be read piece by piece.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    of(path).open(path)
}

/// The first bytes of an ordinary file.
pub(crate) fn read_start(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether there is nothing to read, perhaps because somebody has just removed or replaced it, on this machine or another.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::StaleNetworkFileHandle)
}

/// Whether what is at `path` cannot be what was looked for, a link in a circle for example, rather than that the disk refuses.
pub(crate) fn is_wrong_file(path: &Path, error: &io::Error) -> bool {
    let wrong = [ErrorKind::InvalidData, ErrorKind::IsADirectory, ErrorKind::PermissionDenied];
    is_gone(error) || wrong.contains(&error.kind()) || read_link(path).is_ok()
}

/// The names in a folder, in any order.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<String>> {
    of(dir).list(dir)
}

/// Makes a file that is not there: of all who try, one succeeds.
pub(crate) fn create(path: &Path) -> io::Result<Box<dyn OpenFile>> {
    of(path).create(path)
}

/// Opens what is no plain file, to be written to.
pub(crate) fn open_other(path: &Path) -> io::Result<Box<dyn OpenFile>> {
    of(path).open_other(path)
}

/// Gives a file the permissions of another one.
pub(crate) fn permit_as(path: &Path, other: &Path) -> io::Result<()> {
    of(path).permit_as(path, other)
}

/// Makes a folder that is not there.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    of(path).create_folder(path)
}

/// Gives a file or a folder another name in the same folder, in place of a file or an empty folder that has it.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    of(from).rename(from, to)
}

/// Removes a file, or a link.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    of(path).remove_file(path)
}

/// Brings the names in a folder to the disk: without this, a machine that fails may lose a file that was renamed.
pub(crate) fn sync_folder(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    of(dir).sync_folder(dir)
}

/// Removes a file, or a folder with all that is in it, if anything is there; somebody else may be doing the same.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let is_folder = read_link(path).is_err() && kind(path)? == Some(Kind::Folder);
    let removed = if is_folder {
        let names = match list(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            names => names?,
        };
        names.iter().try_for_each(|name| remove(&path.join(name)))?;
        of(path).remove_folder(path)
    } else {
        remove_file(path)
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
