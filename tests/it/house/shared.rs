//! What `cargo build` and `cargo test` compile.

use std::collections::BTreeSet;
use std::process::Command;

/// Packages with the features that they are compiled with, a line each, below the given kinds of dependencies.
fn compiled(kinds: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix=none", "--format={p} {f}", "--edges", kinds])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().map(|line| line.trim_end_matches(" (*)").trim_end().to_owned()).collect()
}

/// Who ran the program has compiled what the tests need of it: no test asks for more of a crate than the program does. One that
/// did would have everything above that crate compiled twice, most of all this library.
#[test]
fn tests_ask_for_no_more_of_the_crates_of_the_program() {
    let alone = compiled("normal,build");
    let tested = compiled("normal,build,dev");
    let twice: Vec<_> = alone.difference(&tested).collect();
    assert!(alone.len() > 100 && tested.len() > alone.len());
    assert!(
        twice.is_empty(),
        "with tests, other features than {twice:#?}: ask for the same under [dependencies]"
    );
}
