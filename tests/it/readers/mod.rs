//! Every reader of what others have written, as a function of bytes: what fuzzing calls as often as it can (`fuzz/`), and
//! the tests beside this file with fewer bytes.
//!
//! Whatever the bytes are, nothing panics, and a refusal is short, can be shown and says what is wrong. What is read is
//! written and read again, to the same.

mod checkpoint;
mod data;
mod folder;
mod measured;
mod model;
mod own;
mod scenario;
mod votes;

use std::fs;
use std::path::Path;

use signsim::error::Error;

#[allow(unused_imports, reason = "fuzz targets need none of them")]
pub(crate) use checkpoint::{RUNS, checkpoint_of, states};

/// A reader by the name of its fuzz target, which is also that of its folder of seeds.
pub(crate) type Reader = (&'static str, fn(&[u8]));

pub(crate) const READERS: [Reader; 18] = [
    ("scenario", scenario::scenario),
    ("idx", data::idx),
    ("cifar", data::cifar),
    ("votes", votes::votes),
    ("presence", measured::presence),
    ("latencies", measured::latencies),
    ("speeds", measured::speeds),
    ("model", model::model),
    ("arrays", data::arrays),
    ("csv", own::csv),
    ("folders", own::folders),
    ("split", own::split),
    ("array_votes", votes::array),
    ("manifest", folder::manifest),
    ("record", folder::record),
    ("claim", folder::claim),
    ("checkpoint", checkpoint::file),
    ("state", checkpoint::state),
];

/// What the reader of this name does with the bytes.
///
/// # Panics
/// When it breaks what is promised of it.
pub(crate) fn run(name: &str, bytes: &[u8]) {
    let (_, reader) = READERS.iter().find(|(known, _)| *known == name).expect("a reader");
    reader(bytes);
}

/// A refusal: bad input, or a run that cannot go on; short, and without what a terminal would obey.
fn refused(error: &Error) {
    assert!(matches!(error.exit_code(), 1 | 2), "{error:?}");
    for text in [error.to_string(), error.advice().unwrap_or_default().to_owned()] {
        assert!(text.chars().count() < 6000, "{} characters: {text:.400}", text.chars().count());
        assert!(text.chars().all(|c| c == '\n' || !signsim::error::steers(c)), "{text:?}");
    }
    assert!(!error.to_string().is_empty());
    assert!(!matches!(error, Error::Run { message, .. } if message.contains("panicked")), "{error}");
}

/// What was read, or `None` of what was refused as it should be.
fn read<T>(outcome: Result<T, Error>) -> Option<T> {
    outcome.inspect_err(refused).ok()
}

/// The first byte, which chooses, and the others.
fn choice(bytes: &[u8]) -> (usize, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest))
}

/// A folder of this thread's that stays for all its calls, under `name`.
fn scratch<T>(name: &str, work: impl FnOnce(&Path) -> T) -> T {
    thread_local! {
        static DIR: tempfile::TempDir = tempfile::tempdir().unwrap();
    }
    DIR.with(|dir| {
        let dir = dir.path().join(name);
        fs::create_dir_all(&dir).unwrap();
        work(&dir)
    })
}

/// Puts a file there; what was in it is gone.
fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
