//! The seeds of the fuzz targets, broken at random: a short version of what `cargo fuzz` does for hours.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::readers::{self, READERS};

/// What texts and numbers are broken with.
const WORDS: [&[u8]; 24] = [
    b"",
    b"\0",
    b"\xff\xff\xff\xff",
    b"-1",
    b"-0",
    b"0",
    b"1e400",
    b"1e-400",
    b"nan",
    b"inf",
    b"0x10",
    b"010",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"\"",
    b"\n",
    b"\r\n\r\n",
    b",",
    b"{",
    b"[[[[[[[[",
    "\u{202e}".as_bytes(),
    b"\x1b[2J",
    b"../../x",
];

/// One change.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index),
    Flip(Index, u8),
    Insert(Index, Index),
    Replace(Index, Index, usize),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        1 => at().prop_map(Change::Cut),
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Change::Flip(at, bits)),
        4 => (at(), at()).prop_map(|(at, word)| Change::Insert(at, word)),
        4 => (at(), at(), 0_usize..9).prop_map(|(at, word, length)| Change::Replace(at, word, length)),
        2 => (at(), 1_usize..40).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (at(), 1_usize..80, 1_usize..30).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        2 => (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

/// The seed after one change; `seeds`: all of its reader's.
fn changed(mut bytes: Vec<u8>, change: &Change, seeds: &[Vec<u8>]) -> Vec<u8> {
    // The place behind the last byte is one, too.
    let place = |at: &Index| at.index(bytes.len() + 1);
    let end = |from: usize, length: usize| (from + length).min(bytes.len());
    match change {
        Change::Cut(at) => bytes.truncate(place(at)),
        Change::Flip(at, bits) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        Change::Flip(..) => {}
        Change::Insert(at, word) => _ = bytes.splice(place(at)..place(at), word.get(&WORDS).iter().copied()),
        Change::Replace(at, word, length) => {
            let from = place(at);
            let _ = bytes.splice(from..end(from, *length), word.get(&WORDS).iter().copied());
        }
        Change::Remove(at, length) => {
            let from = place(at);
            bytes.drain(from..end(from, *length));
        }
        Change::Repeat(at, length, times) => {
            let from = place(at);
            let piece = bytes[from..end(from, *length)].repeat(*times);
            bytes.splice(from..from, piece);
        }
        Change::Splice(at, other, from) => {
            let other = other.get(seeds);
            let from = from.index(other.len() + 1);
            bytes.truncate(place(at));
            bytes.extend(&other[from..]);
        }
    }
    bytes
}

/// The seeds of a reader: those of its fuzz target; for states, which only this build can read, its own.
pub(super) fn seeds(reader: &str) -> Vec<Vec<u8>> {
    if reader == "state" {
        let runs = readers::RUNS.iter().enumerate();
        let states = runs.flat_map(|(i, run)| readers::states(run).into_iter().map(move |state| (i, state)));
        return states.map(|(i, state)| [vec![i as u8], state].concat()).collect();
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(reader);
    if !dir.parent().unwrap().exists() {
        // A package holds no seeds.
        return Vec::new();
    }
    let entries = fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{reader}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Gives a reader its seeds, and so many broken ones, `SIGNSIM_BROKEN` times as many where that is set.
fn broken(reader: &str, cases: u32) {
    let times = std::env::var("SIGNSIM_BROKEN").map_or(1, |times| times.parse().expect("a whole number"));
    let seeds = seeds(reader);
    seeds.iter().for_each(|seed| readers::run(reader, seed));
    if seeds.is_empty() {
        return;
    }
    let config = Config { cases: cases * times, failure_persistence: None, ..Config::default() };
    let input = (any::<Index>(), prop::collection::vec(change(), 1..6));
    TestRunner::new(config)
        .run(&input, |(seed, changes)| {
            let seed = seed.get(&seeds).clone();
            let bytes = changes.iter().fold(seed, |bytes, change| changed(bytes, change, &seeds));
            readers::run(reader, &bytes);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{reader}: {e}"));
}

macro_rules! readers {
    ($($name:ident $reader:literal $cases:literal;)*) => {
        $(#[test]
        fn $name() {
            broken($reader, $cases);
        })*

        #[test]
        fn every_reader_is_given_broken_bytes() {
            let known: Vec<&str> = READERS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$($reader),*]);
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml");
            let Ok(targets) = fs::read_to_string(path) else { return };
            for name in known {
                assert!(targets.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
            }
        }
    };
}

readers! {
    broken_scenarios "scenario" 200;
    broken_idx "idx" 200;
    broken_cifar "cifar" 200;
    broken_votes "votes" 300;
    broken_presence "presence" 200;
    broken_latencies "latencies" 200;
    broken_speeds "speeds" 200;
    broken_models "model" 300;
    broken_arrays "arrays" 200;
    broken_tables "csv" 200;
    broken_pictures "folders" 200;
    broken_splits "split" 200;
    broken_array_votes "array_votes" 300;
    broken_manifests "manifest" 200;
    broken_records "record" 200;
    broken_claims "claim" 200;
    broken_checkpoints "checkpoint" 300;
    broken_states "state" 100;
}

/// Writes the seeds that only this build can: run once by hand where the form of states has changed.
#[test]
#[ignore = "writes into the sources"]
fn seeds_of_states_are_written() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for name in ["state", "checkpoint"] {
        fs::create_dir_all(dir.join(name)).unwrap();
    }
    for (i, run) in readers::RUNS.iter().enumerate() {
        let state = readers::states(run).swap_remove(2);
        if i == 0 {
            fs::write(dir.join("checkpoint/run"), readers::checkpoint_of(&state)).unwrap();
        }
        fs::write(dir.join(format!("state/run{i}")), [vec![i as u8], state].concat()).unwrap();
    }
}
