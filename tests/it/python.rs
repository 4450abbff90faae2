//! The Python package is the same program: it compiles the same versions of the same libraries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every package of a lock file, with its versions.
fn locked(path: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut name = None;
    for line in text.lines() {
        let value = |key: &str| Some(line.strip_prefix(key)?.trim_matches('"').to_owned());
        if let Some(found) = value("name = ") {
            name = Some(found);
        } else if let (Some(version), Some(name)) = (value("version = "), name.take()) {
            packages.entry(name).or_default().insert(version);
        }
    }
    packages
}

/// The ids of runs cover the lock file of the program, so the wheel must not be built from other versions.
#[test]
fn the_wheel_is_built_from_the_versions_of_the_program() {
    let (program, wheel) = (locked("Cargo.lock"), locked("python/Cargo.lock"));
    let mut shared = 0;
    for (name, versions) in &wheel {
        if let Some(known) = program.get(name) {
            assert!(
                versions.is_subset(known),
                "{name}: {versions:?} in python/Cargo.lock, {known:?} in Cargo.lock"
            );
            shared += 1;
        }
    }
    assert!(shared > 100, "only {shared} packages are in both");
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/Cargo.toml")).unwrap();
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&version), "the wheel has the version of the program");
}
