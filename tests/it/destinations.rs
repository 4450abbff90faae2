//! Every argument that names a place says what is wrong with one that cannot be, and that is no failure of a run.

use std::fs;

use crate::cli::signsim;
use crate::folder::folder;

#[test]
fn places_that_cannot_be_are_named() {
    let dir = folder();
    fs::write(dir.path().join("afile"), "").unwrap();
    fs::create_dir_all(dir.path().join("afolder.jsonl")).unwrap();
    fs::write(dir.path().join("votes.csv"), "round,worker,coordinate,vote\n0,0,0,1\n0,1,0,-1\n0,2,0,1\n")
        .unwrap();
    assert_eq!(signsim(dir.path(), &["run", "s.yaml", "--out", "out", "--quiet"]).0, 0);
    let one = ["run", "s.yaml", "--out", "one", "--set", "sweep={}", "--set", "repeats=1"];
    let trace = |path: &'static str| [&one[..], &["--trace", path]].concat();
    let below = "afile is a file, so that nothing can be in it";
    for (arguments, words) in [
        (vec!["run", "s.yaml", "--out", "afile/x"], format!("--out afile/x: {below}")),
        (vec!["run", "s.yaml", "--out", "afile/x/y"], format!("--out afile/x/y: {below}")),
        (vec!["run", "s.yaml", "--out", "afile"], "afile is a file, not a folder".to_owned()),
        (
            vec!["run", "s.yaml", "--out", "/proc/nowhere"],
            "--out /proc/nowhere/runs: nothing can be written there".to_owned(),
        ),
        (vec!["run", "s.yaml", "--out", ""], "--out <DIR>".to_owned()),
        (trace("afile/t"), format!("--trace afile/t.jsonl: {below}")),
        (trace("afolder"), "--trace afolder.jsonl: this is a folder, and a file is to be written".to_owned()),
        (trace("new/"), "--trace new/: this is a folder".to_owned()),
        (vec!["plot", "out", "--out", "afile/x"], format!("--out afile/x: {below}")),
        (vec!["plot", "out", "--out", "afile"], "afile is a file, not a folder".to_owned()),
        (vec!["plot", "nowhere"], "nowhere: there is no such folder".to_owned()),
        (vec!["plot", "afile"], "afile: this is a file, not a folder".to_owned()),
        (vec!["plot", "afolder.jsonl"], "afolder.jsonl/manifest.json: No such file".to_owned()),
        (vec!["gallery", "s.yaml", "--out", "afile/x"], format!("--out afile/x: {below}")),
        (vec!["gallery", "s.yaml", "--out", "afile"], "afile is a file, not a folder".to_owned()),
        (vec!["gallery", "s.yaml", "--results", "afile"], "no results of `small`".to_owned()),
        (vec!["decode", "votes.csv", "--weights", "afile/w.csv"], format!("--weights afile/w.csv: {below}")),
        (vec!["decode", "votes.csv", "--weights", "out"], "--weights out: this is a folder".to_owned()),
        (
            vec!["decode", "votes.csv", "--weights", "/proc/w"],
            "--weights /proc/w: nothing can be written there".to_owned(),
        ),
        (vec!["decode", "afile/votes"], "afile/votes: Not a directory".to_owned()),
        (vec!["decode", "out"], "out: this is a folder".to_owned()),
        (vec!["check", "afile/s.yaml"], "afile/s.yaml: Not a directory".to_owned()),
        (vec!["selfcheck", "out"], "out is a folder, not a file".to_owned()),
    ] {
        let (code, out, err) = signsim(dir.path(), &arguments);
        assert!(code == 2 && err.contains(&words) && out.is_empty(), "{arguments:?}: {code} {err}");
    }
    assert!(!dir.path().join("one").exists(), "nothing is begun for what cannot be written");
    let (code, _, err) = signsim(dir.path(), &trace("/proc/t"));
    assert!(code == 2 && err.contains("--trace /proc/t.jsonl: nothing can be written there"), "{err}");
    // Folders that are only missing are made.
    let (code, _, err) = signsim(dir.path(), &["decode", "votes.csv", "--weights", "a/b/w.csv"]);
    assert!(code == 0 && dir.path().join("a/b/w.csv").is_file(), "{err}");
}
