//! Tells the program which sources it was built from, so that results of other sources are never taken for its own.

#[allow(unreachable_pub, reason = "the library shows it")]
#[path = "src/hex.rs"]
mod hex;
#[path = "src/run/sources.rs"]
mod sources;

use std::path::Path;
use std::process::Command;

fn main() {
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets this");
    let root = Path::new(&root);
    let fingerprint = sources::fingerprint(root).expect("the sources of a package can be read");
    println!("cargo::rustc-env=SIGNSIM_BUILD={fingerprint}");
    println!("cargo::rustc-env=SIGNSIM_COMMIT={}", commit(root).unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    if root.join("Cargo.lock").exists() {
        println!("cargo::rerun-if-changed=Cargo.lock");
    }
}

/// The commit that is checked out here, and whether the sources differ from it; nothing outside a repository of this
/// package, and what `cargo package` noted in a package.
fn commit(root: &Path) -> Option<String> {
    if let Ok(noted) = std::fs::read_to_string(root.join(".cargo_vcs_info.json")) {
        let sha = noted.split("\"sha1\":").nth(1)?.split('"').nth(1)?;
        return sha.get(..12).map(str::to_owned);
    }
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    // A debug build is not made anew for a commit that changes no source: it may tell the commit before.
    let followed = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    for changes in ["HEAD", "logs/HEAD"].into_iter().filter(|_| followed) {
        let path = root.join(git(root, &["rev-parse", "--git-path", changes])?);
        // A path that is not there would run this script at every build.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let commit = git(root, &["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(root, &["status", "--porcelain", "--", "src", "Cargo.lock", "Cargo.toml", "build.rs"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}+changes") })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
