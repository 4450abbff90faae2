//! Whether an output is an input: two names of one plain file, or a name and a redirection.

use std::fs;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::path::Path;

/// Which plain file something is.
#[cfg(unix)]
pub(crate) type FileIdentity = (u64, u64);
/// Which plain file something is.
#[cfg(not(unix))]
pub type Identity = std::path::PathBuf;

/// The plain file of a name, be it over links of either kind; nothing for devices, pipes and what is not there.
#[cfg(unix)]
pub(crate) fn named(path: &Path) -> Option<FileIdentity> {
    plain(&fs::metadata(path).ok()?)
}

/// The plain file that a standard stream was redirected from or to.
#[cfg(unix)]
pub(crate) fn behind(stream: impl AsFd) -> Option<FileIdentity> {
    let file = fs::File::from(stream.as_fd().try_clone_to_owned().ok()?);
    plain(&file.metadata().ok()?)
}

#[cfg(unix)]
fn plain(found: &fs::Metadata) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    found.is_file().then(|| (found.dev(), found.ino()))
}

/// The plain file of a name; nothing for what is not there.
#[cfg(not(unix))]
pub fn named(path: &Path) -> Option<FileIdentity> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    fs::canonicalize(path).ok()
}

/// Where a stream leads is known on Unix only.
#[cfg(not(unix))]
pub fn behind<T>(_: T) -> Option<FileIdentity> {
    None
}
