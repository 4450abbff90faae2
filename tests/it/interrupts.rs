//! One Ctrl-C is heard within seconds wherever the program may be for hours, and answered.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Begins a command on this scenario, interrupts it once after two seconds; gives its exit code and what it said.
fn interrupted(command: &str, scenario: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("long.yaml"), scenario).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
    let mut child = program
        .current_dir(dir.path())
        .args([command, "long.yaml", "--threads", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    // Generous, for a machine that has other things to do.
    for _ in 0..200 {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    if child.try_wait().unwrap().is_none() {
        child.kill().unwrap();
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[track_caller]
fn check(command: &str, scenario: &str) {
    let (code, said) = interrupted(command, scenario);
    assert_eq!(code, Some(130), "{scenario}\n{said}");
    assert_eq!(said.matches("a second Ctrl-C ends the program at once").count(), 1, "{said}");
    assert!(said.trim_end().lines().last().unwrap().starts_with("error: interrupted"), "{said}");
}

fn training(digits: &str, rest: &str) -> String {
    format!(
        "{{ name: long, rounds: 1, method: signsgd_mv, {rest},
            task: {{ train: {{ data: {{ digits: {{ {digits} }} }}, split: {{ dirichlet: 100 }}, model: logistic }} }} }}"
    )
}

#[test]
fn inside_one_gradient() {
    check("run", &training("train: 100, test: 10", "workers: { count: 2, local: { steps: 1000000000 } }"));
}

#[test]
fn while_digits_are_drawn() {
    check("run", &training("train: 3000000, test: 10", "workers: { count: 2 }"));
}

#[test]
fn while_splits_are_verified() {
    for command in ["check", "run", "selfcheck"] {
        check(command, &training("train: 300000, test: 10", "workers: { count: 9 }, repeats: 3000"));
    }
}

#[test]
fn inside_one_vote_and_one_decision() {
    for method in
        ["signsgd_mv", "{ quantizer: sign, aggregator: { federated_defense: { granularity: worker } } }"]
    {
        check(
            "run",
            &format!(
                "{{ name: long, rounds: 30, workers: {{ count: 3 }}, method: {method},
                    task: {{ channel: {{ coordinates: 300000000, crossover: 0.2 }} }} }}"
            ),
        );
    }
}

/// Who was answered and asks again is not kept waiting for the end of a round.
#[test]
fn a_signal_after_the_answer_ends_the_program_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let endless = training("train: 100, test: 10", "workers: { count: 2, local: { steps: 1000000000 } }");
    fs::write(dir.path().join("long.yaml"), endless).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
    let mut child = program
        .current_dir(dir.path())
        .args(["run", "long.yaml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Its claim is there once signals are caught.
    let claimed = |entry: fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".claim");
    while !fs::read_dir(dir.path().join("plots/long/runs"))
        .is_ok_and(|mut runs| runs.any(|it| claimed(it.unwrap())))
    {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    let term = || assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut heard = child.stderr.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    term();
    // One that comes with it is one with it.
    term();
    while !said.ends_with(b"ends the program at once\n") {
        assert_eq!(heard.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    term();
    let mut rest = String::new();
    heard.read_to_string(&mut rest).unwrap();
    assert_eq!((child.wait().unwrap().code(), rest.as_str()), (Some(130), ""));
}

/// Votes that never end: what was decoded so far is printed, and no half table of weights is left.
#[test]
fn while_votes_are_decoded() {
    for signal in ["-INT", "-TERM"] {
        let dir = tempfile::tempdir().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
        let mut child = program
            .current_dir(dir.path())
            .args(["decode", "-", "--workers", "3", "--coordinates", "100", "--weights", "w.csv"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut votes = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            let mut wrote = votes.write_all(b"round,worker,coordinate,vote\n");
            for round in 0.. {
                let rows = (0..300).map(|i| format!("{round},{},{},1\n", i / 100, i % 100));
                wrote = wrote.and_then(|()| votes.write_all(rows.collect::<String>().as_bytes()));
                if wrote.is_err() {
                    return round;
                }
            }
            0
        });
        std::thread::sleep(Duration::from_secs(1));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert!(writer.join().unwrap() > 10, "many rounds were read");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
