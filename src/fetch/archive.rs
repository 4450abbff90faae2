//! Files out of archives: by their names alone, so that no archive decides where anything is written, and never more of a file
//! than its set may have.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use flate2::bufread::GzDecoder;
use zip::ZipArchive;

use super::catalogue::{Keeps, RemoteFile};
use crate::atomic_file::AtomicFile;
use crate::error::{Error, Named, Result};
use crate::interrupt;

/// Takes the files that are kept out of an archive, each whole or not there.
pub(super) fn unpack(remote: &RemoteFile, largest: u64, archive: &Path, to: &Path) -> Result<()> {
    let mut missing: Vec<&str> = remote.kept().to_vec();
    let mut take = |name: Option<&str>, contents: &mut dyn Read| -> Result<()> {
        let Some(at) = missing.iter().position(|kept| Some(*kept) == name) else { return Ok(()) };
        write(&to.join(missing.swap_remove(at)), remote.name, largest, contents)
    };
    let broken = |error: &dyn std::fmt::Display| Error::run(format!("{}: {error}", archive.named()));
    let file = BufReader::new(File::open(archive).map_err(|e| Error::io(archive, e))?);
    match remote.keeps {
        Keeps::Itself => return Ok(()),
        Keeps::FromTar(_) => {
            let mut entries = tar::Archive::new(GzDecoder::new(file));
            for entry in entries.entries().map_err(|e| broken(&e))? {
                let mut entry = entry.map_err(|e| broken(&e))?;
                if entry.header().entry_type().is_file() {
                    let path = entry.path().map_err(|e| broken(&e))?.into_owned();
                    take(last(&path), &mut entry)?;
                }
            }
        }
        Keeps::FromZip(_) => {
            let mut archive = ZipArchive::new(file).map_err(|e| broken(&e))?;
            for at in 0..archive.len() {
                let mut entry = archive.by_index(at).map_err(|e| broken(&e))?;
                if entry.is_file() {
                    let name = entry.name().to_owned();
                    take(last(Path::new(&name)), &mut entry)?;
                }
            }
        }
    }
    match &missing[..] {
        [] => Ok(()),
        names => Err(Error::run(format!("{} lacks {}", remote.name, names.join(", ")))),
    }
}

fn last(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn write(path: &Path, archive: &str, largest: u64, contents: &mut dyn Read) -> Result<()> {
    let mut file = AtomicFile::replace(path)?;
    let (mut left, mut piece) = (largest + 1, vec![0; 1 << 16]);
    loop {
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        let read = match contents.read(&mut piece) {
            Ok(0) => return file.commit(),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::run(format!("{archive} is damaged: {error}"))),
        };
        left = left.saturating_sub(read as u64);
        if left == 0 {
            return Err(Error::run(format!(
                "{archive} unpacks to more than {largest} bytes in one file: it is not this set"
            )));
        }
        file.write_all(&piece[..read]).map_err(|e| Error::io(path, e))?;
    }
}
