//! Archives that are fetched: what is taken out of them, and what is not.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use signsim::fetch::Keeps;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::server::{Reply, Server};
use super::{ask, bytes, complaint, names, set};

const KEPT: &[&str] = &["train.bin", "test.bin"];

/// A packed archive of these entries, whatever their names are.
fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, contents) in entries {
        let mut header = Header::new_gnu();
        // Written past the checks of the library, as an attacker would.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        if *kind == EntryType::Symlink {
            header.set_link_name("../../outside").unwrap();
        }
        header.set_cksum();
        archive.append(&header, *contents).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(contents).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Fetches an archive of that kind into a folder of `dir`.
fn fetched(dir: &Path, archive: &[u8], keeps: Keeps) -> signsim::error::Result<Vec<std::path::PathBuf>> {
    let served = archive.to_vec();
    let server = Server::new(move |_, _| Reply::Parts(served.clone()));
    let set = set(archive, keeps, vec![server.address.clone()]);
    let outcome = ask(&set, &dir.join("a/b")).run(&mut |_| {});
    if outcome.is_ok() {
        server.requests();
        ask(&set, &dir.join("a/b")).run(&mut |_| {}).unwrap();
        assert!(server.requests().is_empty(), "what is there was asked for again");
    }
    outcome
}

#[test]
fn files_are_taken_by_their_names_alone() {
    let (train, test) = (bytes(30_000), bytes(200));
    let archives = [
        (
            tar(&[
                ("cifar/", EntryType::Directory, b""),
                ("../../outside", EntryType::Regular, b"evil"),
                ("/tmp/signsim_outside", EntryType::Regular, b"evil"),
                ("cifar/readme.html", EntryType::Regular, b"<html>"),
                // A link of a name that is wanted is none of the files.
                ("cifar/test.bin", EntryType::Symlink, b""),
                ("cifar/train.bin", EntryType::Regular, &train),
                ("../../test.bin", EntryType::Regular, &test),
            ]),
            Keeps::FromTar(KEPT),
        ),
        (
            zip(&[
                ("../../outside", b"evil"),
                ("gzip/", b""),
                ("gzip/train.bin", &train),
                ("../../test.bin", &test),
                ("/tmp/signsim_outside", b"evil"),
            ]),
            Keeps::FromZip(KEPT),
        ),
    ];
    for (archive, keeps) in archives {
        let dir = TempDir::new().unwrap();
        let files = fetched(dir.path(), &archive, keeps).unwrap();
        let to = dir.path().join("a/b");
        assert_eq!(files, KEPT.iter().map(|name| to.join(name)).collect::<Vec<_>>());
        assert_eq!(
            (names(dir.path()), names(&dir.path().join("a"))),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
        // The archive is gone.
        assert_eq!(names(&to), ["test.bin", "train.bin"]);
        assert!(fs::symlink_metadata(to.join("test.bin")).unwrap().is_file());
        assert_eq!(
            (fs::read(to.join("train.bin")).unwrap(), fs::read(to.join("test.bin")).unwrap()),
            (train.clone(), test.clone())
        );
        assert!(!Path::new("/tmp/signsim_outside").exists());
    }
}

#[test]
fn archives_that_lack_a_file_or_unpack_to_too_much_are_told() {
    let zeros = vec![0; 100_001];
    let regular = |name, contents| (name, EntryType::Regular, contents);
    let whole = tar(&[regular("train.bin", &b"x"[..]), regular("test.bin", b"y")]);
    for (archive, keeps, words) in [
        (tar(&[regular("train.bin", &b"x"[..])]), Keeps::FromTar(KEPT), "a.bin lacks test.bin"),
        (zip(&[("test.bin", &b"x"[..])]), Keeps::FromZip(KEPT), "a.bin lacks train.bin"),
        (
            tar(&[regular("test.bin", &zeros)]),
            Keeps::FromTar(KEPT),
            "a.bin unpacks to more than 100000 bytes in one file: it is not this set",
        ),
        (
            zip(&[("test.bin", &zeros)]),
            Keeps::FromZip(KEPT),
            "a.bin unpacks to more than 100000 bytes in one file: it is not this set",
        ),
        (whole[..whole.len() / 2].to_vec(), Keeps::FromTar(KEPT), "a.bin"),
        (whole, Keeps::FromZip(KEPT), "a.bin"),
    ] {
        let dir = TempDir::new().unwrap();
        let (message, _) = complaint(fetched(dir.path(), &archive, keeps));
        assert!(message.contains(words), "{message}");
        // No half of a file stands there.
        for name in names(&dir.path().join("a/b")) {
            let length = fs::read(dir.path().join("a/b").join(&name)).unwrap().len();
            assert!(name == "a.bin.part" || length == 1, "{name} of {length} bytes");
        }
    }
}
