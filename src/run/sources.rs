//! The fingerprint of this program: which sources determine its results.
//!
//! The build script computes it; it is part of every run's id, so that after an edit nothing that was computed before is
//! taken for a result of the edited program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// Sources that only print and draw.
const WITHOUT_EFFECT: [&str; 5] = ["src/cli.rs", "src/cli/", "src/main.rs", "src/figure/", "src/report/"];

/// SHA-256, in hexadecimal, over every source below `root` that can change a result, with its path, and `Cargo.lock`.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn fingerprint(root: &Path) -> io::Result<String> {
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths)?;
    let mut named: Vec<(String, PathBuf)> = paths.into_iter().map(|path| (name(root, &path), path)).collect();
    named.retain(|(name, _)| !WITHOUT_EFFECT.iter().any(|other| name.starts_with(other)));
    // A package that is somebody's dependency has no lock file of its own.
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        named.push(("Cargo.lock".to_owned(), lock));
    }
    named.sort();
    let mut hash = Sha256::new();
    for (name, path) in named {
        let bytes = fs::read(path)?;
        // With their lengths, so that nothing can move from one to the next.
        hash.update(format!("{name}\n{}\n", bytes.len()));
        hash.update(bytes);
    }
    Ok(hex(&hash.finalize()))
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The same on every system.
fn name(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    inner.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_change_a_result_changes_the_fingerprint_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/attack/mod.rs", "mod a;");
        write("src/cli/list.rs", "");
        write("src/client.rs", "");
        let first = fingerprint(dir.path()).unwrap();
        assert_eq!((first.len(), fingerprint(dir.path()).unwrap()), (64, first.clone()));
        for (name, text, changes) in [
            ("src/cli/list.rs", "x", false),
            ("src/cli.rs", "x", false),
            ("src/main.rs", "x", false),
            ("src/figure/page/ticks.rs", "x", false),
            ("src/report/mod.rs", "x", false),
            ("src/attack/notes.txt", "x", false),
            ("README.md", "x", false),
            ("src/attack/mod.rs", "mod b;", true),
            ("src/client.rs", "x", true),
            ("src/attack/deep/er.rs", "", true),
            ("Cargo.lock", "x", true),
        ] {
            let before = fingerprint(dir.path()).unwrap();
            write(name, text);
            assert_eq!(fingerprint(dir.path()).unwrap() != before, changes, "{name}");
        }
        // Text that moves from one file to the next is another program.
        write("src/a.rs", "xy");
        write("src/b.rs", "z");
        let before = fingerprint(dir.path()).unwrap();
        write("src/a.rs", "x");
        write("src/b.rs", "yz");
        assert_ne!(fingerprint(dir.path()).unwrap(), before);
    }

    #[test]
    fn this_program_was_built_from_these_sources() {
        let built = fingerprint(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(built, env!("SIGNSIM_BUILD"));
    }
}
