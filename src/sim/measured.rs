//! Files that belong to a scenario, of measurements or of a model: read by who loads it, and named by what they hold.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Named, one_line};
use crate::hex::hex;
use crate::machine::at_home;

/// What a scenario may name. A file is read whole, so it has a bound.
pub(crate) struct FileKind {
    /// What to write the path of.
    what: &'static str,
    most_bytes: u64,
    /// What is said of one that is larger: "… than the 100 MB that a measurement may have".
    whose: &'static str,
}

/// Millions of rows.
pub(crate) const MEASUREMENT: FileKind = FileKind {
    what: "a CSV file",
    most_bytes: 100_000_000,
    whose: "a measurement may have; leave rows away",
};

/// A thousand million parameters.
pub(crate) const MODEL: FileKind =
    FileKind { what: "an .npz file", most_bytes: 4_000_000_000, whose: "a model may have" };

/// A number for every training sample.
pub(crate) const SPLIT: FileKind = FileKind {
    what: "an .npy file of integers, or of a text with one in every line",
    most_bytes: 4_000_000_000,
    whose: "a split may have",
};

/// A text of a file as a message shows it: on one line, and its beginning where it is long.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 120;
    let text = one_line(text);
    if text.chars().count() <= MOST {
        text.into_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

/// The bytes of `file`, and into `sha256` their SHA-256 in hexadecimal.
///
/// # Errors
/// When the file is none, cannot be read or is very large, or has another checksum than the one that is there.
pub(crate) fn read(file: &Path, kind: &FileKind, sha256: &mut Option<String>) -> Result<Vec<u8>, String> {
    let FileKind { what: wanted, most_bytes, whose } = kind;
    let file = &at_home(file);
    let shown = file.named();
    let unreadable =
        |e: io::Error| format!("{shown}: {e}; write the path of {wanted} from the folder of the scenario");
    // Asked before it is opened: a pipe would wait for somebody to write.
    let found = fs::metadata(file).map_err(unreadable)?;
    if !found.is_file() {
        let what = if found.is_dir() { "is a folder" } else { "is no ordinary file" };
        return Err(format!("{shown} {what}; write the path of {wanted}"));
    }
    let too_large = || format!("{shown} is larger than the {} MB that {whose}", most_bytes / 1_000_000);
    if found.len() > *most_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may have grown, and some files do not tell their length.
    File::open(file).and_then(|f| f.take(most_bytes + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > *most_bytes {
        return Err(too_large());
    }
    let found = hex(&Sha256::digest(&bytes));
    match sha256 {
        Some(other) if *other != found => {
            Err(format!("{shown} has SHA-256 {found}, not {other}; restore the file, or leave `sha256` away"))
        }
        _ => {
            *sha256 = Some(found);
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("m.csv");
        File::create(&file).unwrap().set_len(1 << 34).unwrap();
        assert!(
            read(&file, &MEASUREMENT, &mut None)
                .unwrap_err()
                .ends_with("larger than the 100 MB that a measurement may have; leave rows away")
        );
        assert_eq!(shown("a,b"), "a,b");
        assert_eq!(shown(&"x".repeat(1 << 20)).chars().count(), 121);
    }
}
