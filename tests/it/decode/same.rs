//! What is read is not written over, by whatever name or redirection it goes.
#![cfg(unix)]

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::{Command, Stdio};

use super::HEADER;

/// `signsim decode` with standard input and output at files: exit code and standard error.
fn decode(dir: &Path, arguments: &[&str], stdin: &str, append_to: &str) -> (i32, String) {
    let input = fs::File::open(dir.join(stdin)).unwrap();
    let out = OpenOptions::new().append(true).create(true).open(dir.join(append_to)).unwrap();
    let program = assert_cmd::cargo::cargo_bin("signsim");
    let output = Command::new(program)
        .current_dir(dir)
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(out))
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn an_output_that_is_an_input_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let votes = format!("{HEADER}0,0,0,1\n0,1,0,1\n");
    let here = dir.path();
    fs::write(here.join("v"), &votes).unwrap();
    fs::hard_link(here.join("v"), here.join("hard")).unwrap();
    std::os::unix::fs::symlink("v", here.join("soft")).unwrap();
    fs::write(here.join("other"), &votes).unwrap();
    let shape = ["--workers", "2", "--coordinates", "1"];
    for (votes_from, weights, stdin, stdout, why) in [
        ("-", "v", "v", "out", "this holds the votes"),
        ("-", "hard", "v", "out", "this holds the votes"),
        ("-", "v", "soft", "out", "this holds the votes"),
        ("/dev/stdin", "v", "v", "out", "this holds the votes"),
        ("v", "hard", "other", "out", "this holds the votes"),
        ("v", "out", "other", "out", "this takes the decisions"),
        ("v", "w", "other", "v", "v: the decisions would be written into the votes"),
        ("-", "w", "v", "soft", "standard input: the decisions would be written into the votes"),
    ] {
        let arguments = [&[votes_from, "--weights", weights][..], &shape[..]].concat();
        let (code, err) = decode(here, &arguments, stdin, stdout);
        assert!(code == 2 && err.contains(why), "{arguments:?} < {stdin} >> {stdout}: {err}");
        assert_eq!(fs::read_to_string(here.join("v")).unwrap(), votes, "{arguments:?}");
    }
    // Another file of the same content is another file.
    let arguments = [&["-", "--weights", "other"][..], &shape[..]].concat();
    assert_eq!(decode(here, &arguments, "v", "out"), (0, String::new()));
    assert!(fs::read_to_string(here.join("other")).unwrap().starts_with("round,worker,coordinate,weight\n"));
    assert_eq!(fs::read_to_string(here.join("out")).unwrap(), "round,coordinate,decision\n0,0,1\n");
}
