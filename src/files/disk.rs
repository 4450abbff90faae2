//! The system's own files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use super::interface::{Files, Kind, OpenFile};
use crate::plain_file;

/// The file system that a path is on.
#[cfg(not(test))]
pub(super) fn of(_: &Path) -> &'static dyn Files {
    &Disk
}

/// What the system gives.
pub(super) struct Disk;

impl OpenFile for File {
    fn rewind(&mut self) -> io::Result<()> {
        Seek::rewind(self)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Files for Disk {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        fs::metadata(path).map(|found| match found.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Folder,
            _ => Kind::Other,
        })
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        plain_file::read(path, most)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        plain_file::check(path, u64::MAX)?;
        Ok(Box::new(File::open(path)?))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        Ok(Box::new(OpenOptions::new().write(true).create_new(true).open(path)?))
    }

    fn open_other(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn permit_as(&self, path: &Path, other: &Path) -> io::Result<()> {
        fs::set_permissions(path, fs::metadata(other)?.permissions())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_folder(&self, dir: &Path) -> io::Result<()> {
        // Other systems cannot open folders, and not all file systems have something to bring.
        match if cfg!(unix) { File::open(dir).and_then(|folder| folder.sync_all()) } else { Ok(()) } {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }
}
