//! Where a user wants files and folders to be: whether they can be there, said before any work is done for them.
//!
//! A place that cannot be, below a file for example or where nobody may write, is a wrong argument. A disk that is full is
//! not.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::atomic_file::AtomicFile;
use crate::error::{Error, Named, Result};
use crate::files::{self, Kind};

/// Refuses a place where no folder is and none can be made; `option` is what names another one.
///
/// # Errors
/// When it, or what it should be in, is a file.
pub fn check_folder(path: &Path, option: &str) -> Result<()> {
    if there(path).is_some_and(|kind| kind != Kind::Folder) {
        return Err(Error::input(format!("{} is a file, not a folder", path.named()))
            .help(format!("name a folder with {option}; it is made if it is not there")));
    }
    if there(path).is_none() && files::read_link(path).is_ok() {
        return Err(Error::input(format!(
            "{option} {}: this is a link, and nothing is where it leads",
            path.named()
        ))
        .help(format!("name another place with {option}")));
    }
    check_above(path, option)
}

/// Makes a folder, and those that it is in.
///
/// # Errors
/// When it cannot be there.
pub fn make_folder(path: &Path, option: &str) -> Result<()> {
    check_folder(path, option)?;
    make(path).map_err(|error| refused(path, option, error))
}

/// Makes a folder and those above it, and brings their names to the disk, or a machine that fails would lose all that is
/// put into them.
fn make(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || files::kind(path)? == Some(Kind::Folder) {
        return Ok(());
    }
    let above = path.parent().unwrap_or(Path::new(""));
    make(above)?;
    match files::create_folder(path) {
        // Somebody else was faster.
        Err(error)
            if error.kind() == ErrorKind::AlreadyExists && files::kind(path)? == Some(Kind::Folder) => {}
        made => made?,
    }
    match files::sync_folder(above) {
        // Who may put something into a folder need not be allowed to open it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// What is at a path; what cannot be looked at is said when something is put there.
fn there(path: &Path) -> Option<Kind> {
    files::kind(path).ok().flatten()
}

/// Refuses a place where no file can be written.
///
/// # Errors
/// When it is a folder, or what it should be in is a file.
pub fn check_file(path: &Path, option: &str) -> Result<()> {
    if there(path) == Some(Kind::Folder) || path.to_string_lossy().ends_with(std::path::is_separator) {
        return Err(Error::input(format!(
            "{option} {}: this is a folder, and a file is to be written",
            path.named()
        ))
        .help(format!("name a file with {option}")));
    }
    check_above(path, option)
}

/// Makes the folders that a file is to be in.
///
/// # Errors
/// When they cannot be there.
pub fn make_folders_of(path: &Path, option: &str) -> Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => make_folder(parent, option),
        None => Ok(()),
    }
}

/// Whether a text can be the name of a file on every system, and of one in the folder it is joined to.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let shape = !name.is_empty() && name.len() <= 100 && name.chars().all(legal);
    shape && !name.starts_with(['.', '-']) && !name.ends_with('.') && !is_device(name)
}

/// Whether Windows takes a file of this name for a device, whatever its ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Begins a file that a user has named.
///
/// # Errors
/// When it cannot be written there.
pub fn create(path: &Path, option: &str) -> Result<AtomicFile> {
    AtomicFile::create(path).map_err(|error| match error {
        Error::Io { source, .. } => refused(path, option, source),
        other => other,
    })
}

/// Why something cannot be at a place that a user has named.
#[must_use]
pub fn refused(path: &Path, option: &str, error: io::Error) -> Error {
    let wrong = [
        ErrorKind::NotFound,
        ErrorKind::PermissionDenied,
        ErrorKind::NotADirectory,
        ErrorKind::IsADirectory,
        ErrorKind::AlreadyExists,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::InvalidInput,
        ErrorKind::InvalidFilename,
    ];
    if !wrong.contains(&error.kind()) {
        return Error::io(path, error);
    }
    Error::input(format!("{option} {}: nothing can be written there: {error}", path.named()))
        .help(format!("name another place with {option}"))
}

/// What is above a path and there is a folder.
fn check_above(path: &Path, option: &str) -> Result<()> {
    let mut above = path.ancestors().skip(1).filter_map(|above| there(above).map(|kind| (above, kind)));
    match above.next().filter(|(_, kind)| *kind != Kind::Folder) {
        Some((file, _)) => Err(Error::input(format!(
            "{option} {}: {} is a file, so that nothing can be in it",
            path.named(),
            file.named()
        ))
        .help(format!("name another place with {option}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn plain_names_stay_in_their_folder_everywhere() {
        for name in ["a", "0f", "a.b-c_d.yaml", "console", "com10", "lpt", "a..b", &"a".repeat(100)] {
            assert!(is_plain_name(name), "{name}");
        }
        let long = "a".repeat(101);
        for name in [
            "", ".", "..", ".a", "-a", "a.", "a/b", "../a", "/a", "a\\b", "c:a", "a\n", "a b", "\u{e9}",
            &long,
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
        for name in ["con", "CON", "nul.csv", "Aux.tar.gz", "com1", "LPT9.x", "prn"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }

    #[test]
    fn places_that_cannot_be_are_wrong_arguments() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").unwrap();
        let told = |outcome: Result<()>, words: &str| {
            let error = outcome.unwrap_err();
            assert!(error.to_string().contains(words) && error.advice().unwrap().contains("--x"), "{error}");
            assert_eq!(error.exit_code(), 2, "{error}");
        };
        told(check_folder(&at("file"), "--x"), "file is a file, not a folder");
        for below in ["file/a", "file/a/b/c"] {
            told(make_folder(&at(below), "--x"), "file is a file, so that nothing can be in it");
            told(check_file(&at(below), "--x"), "file is a file, so that nothing can be in it");
        }
        told(check_file(dir.path(), "--x"), "this is a folder");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("round", at("round")).unwrap();
            told(make_folder(&at("round"), "--x"), "this is a link, and nothing is where it leads");
        }
        told(check_file(&at("new/"), "--x"), "this is a folder");
        let long = at(&"a".repeat(300));
        told(make_folder(&long, "--x"), "nothing can be written there");
        assert!(make_folders_of(&at("a/b/c"), "--x").is_ok() && at("a/b").is_dir() && !at("a/b/c").exists());
        assert!(check_file(&at("file"), "--x").is_ok() && check_folder(&at("a/b/c"), "--x").is_ok());
        let full = refused(&at("d"), "--x", ErrorKind::StorageFull.into());
        assert_eq!(full.exit_code(), 1);
    }
}
