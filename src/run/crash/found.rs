//! What is found in a folder, and what it must be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::files::image::Image;
use crate::record::Manifest;
use crate::run::checkpoint_file;

/// By path: what lies in a folder, but for wall times.
pub(super) type Contents = BTreeMap<String, Vec<u8>>;

/// What lies in the folder of a disk, as far as bytes are compared.
pub(super) fn contents(image: &Image) -> Contents {
    let files = image.files().into_iter();
    let inner = |path: &str| path.strip_prefix("out/").map(str::to_owned);
    files.filter_map(|(path, bytes)| Some((inner(&path)?, masked(&path, &bytes)))).collect()
}

/// The same for all folders that are read alike, by whoever was told the same: half-written files are not read, and of claims and
/// checkpoints it matters no more than what they are good for.
pub(super) fn read_of(image: &Image, told: &BTreeSet<String>) -> Vec<u8> {
    let mut hash = Sha256::new();
    for (path, bytes) in contents(image) {
        let (pending, _) = path.split_once(".pending/").unwrap_or((&path, ""));
        let half = pending.len() < path.len() || path.ends_with(".pending");
        let bytes = match &path {
            _ if half => Vec::new(),
            path if path.ends_with(".claim") || path.ends_with(".heir") => {
                vec![u8::from(serde_json::from_slice::<Value>(&bytes).is_ok())]
            }
            path if path.contains(".checkpoint") => checkpoint_file::told_by(&bytes),
            _ => bytes,
        };
        let parts = pending.split('.').map(|part| if part.contains('-') { "writer" } else { part });
        hash.update(format!("{}\n{}\n", parts.collect::<Vec<_>>().join("."), bytes.len()));
        hash.update(bytes);
    }
    hash.update(format!("{told:?}"));
    hash.finalize().to_vec()
}

/// Without what tells of wall times; what is not whole as it is.
fn masked(path: &str, bytes: &[u8]) -> Vec<u8> {
    let other = if path.ends_with("run.json") {
        serde_json::from_slice::<Value>(bytes).ok().map(|mut run| {
            run["summary"]["wall_s"] = Value::Null;
            run["seal"] = Value::Null;
            run.to_string().into_bytes()
        })
    } else if path.ends_with("summary.csv") {
        without_wall(bytes)
    } else {
        None
    };
    other.unwrap_or_else(|| bytes.to_vec())
}

fn without_wall(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rows = csv::Reader::from_reader(bytes);
    let wall = rows.headers().ok()?.iter().position(|column| column == "wall_s")?;
    let mut text = String::new();
    for row in rows.records() {
        let row = row.ok()?;
        let kept = row.iter().enumerate().filter(|(at, _)| *at != wall).map(|(_, cell)| cell);
        text += &(kept.collect::<Vec<_>>().join(",") + "\n");
    }
    Some(text.into_bytes())
}

/// Whatever stands in its place is whole, and what was told finished is there.
pub(super) fn check(
    found: &Image,
    told: &BTreeSet<String>,
    (before, after): (&Contents, &Contents),
    point: &str,
) {
    let found = contents(found);
    let place = |path: &str| {
        let (place, _) = path.strip_prefix("runs/")?.split_once('/')?;
        (!place.contains('.') || place.strip_suffix(".failed").is_some_and(|id| !id.contains('.')))
            .then(|| format!("runs/{place}/"))
    };
    let places: BTreeSet<String> = found.keys().filter_map(|path| place(path)).collect();
    let within = |contents: &Contents, place: &str| -> Contents {
        contents
            .iter()
            .filter(|(path, _)| path.starts_with(place))
            .map(|(p, b)| (p.clone(), b.clone()))
            .collect()
    };
    for place in &places {
        assert_eq!(within(&found, place), within(after, place), "{point}: {place}");
    }
    for id in told {
        let there =
            [format!("runs/{id}/"), format!("runs/{id}.failed/")].iter().any(|place| places.contains(place));
        assert!(there, "{point}: {id} was told, and is lost: {:?}", found.keys());
    }
    for (path, bytes) in found.iter().filter(|(path, _)| !path.contains('/') && !path.is_empty()) {
        let of = |contents: &Contents| contents.get(path) == Some(bytes);
        let whole = match path.as_str() {
            "manifest.json" => serde_json::from_slice::<Manifest>(bytes).is_ok(),
            "summary.csv" => {
                let known = [before, after].map(|contents| contents.get(path).cloned().unwrap_or_default());
                let known = known.map(|bytes| String::from_utf8(bytes).unwrap());
                let text = std::str::from_utf8(bytes).unwrap();
                text.lines().all(|line| known.iter().any(|known| known.lines().any(|other| other == line)))
            }
            path if path.contains(".claim") || path.ends_with(".pending") => true,
            _ => of(before) || of(after),
        };
        assert!(whole, "{point}: {path} is torn: {}", String::from_utf8_lossy(bytes));
    }
}

#[track_caller]
pub(super) fn same(found: &Contents, expected: &Contents, point: &str) {
    let names = |contents: &Contents| contents.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{point}");
    for (path, bytes) in found {
        let [found, expected] = [bytes, &expected[path]].map(|bytes| String::from_utf8_lossy(bytes));
        assert!(found == expected, "{point}: {path}: {found}\n{expected}");
    }
}
