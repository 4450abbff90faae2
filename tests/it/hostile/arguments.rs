//! Arguments.

use super::case::{SCENARIO, case, check};

#[test]
fn arguments_that_mean_no_good() {
    let of = |what: &str, command: &str, words| case(what, command, 2, words).with("s.yaml", SCENARIO);
    let many = " --set rounds=5".repeat(3000);
    let keys = ["a"; 20_000].join(".");
    check(
        30,
        [
            of("no command", "", "Usage: signsim"),
            of("a command that clears the screen", "", "unrecognized subcommand").and("\u{1b}[2J"),
            of("an option that clears the screen", "run s.yaml", "unexpected argument").and("--\u{1b}[2J"),
            of("a setting without a value", "check s.yaml --set rounds", "--set rounds: no path and value"),
            of("a setting with a line", "check s.yaml --set", "a line ends within it | rounds=5\\nname")
                .and("rounds=5\nname: x"),
            of("a setting that clears the screen", "check s.yaml --set", "unknown key `\\u{1b}[2J`")
                .and("\u{1b}[2J=3"),
            of("a value that clears the screen", "check s.yaml --set", "control character")
                .and("method=\u{1b}[2J"),
            of("a value that turns", "check s.yaml --set", "U+202E").and("method=\u{202e}x"),
            of("a bomb as a value", "check s.yaml --set", "recursion limit")
                .and(format!("workers={}", "[".repeat(100_000))),
            of(
                "very many settings",
                &format!("check s.yaml{many}"),
                "two arguments give a value to `rounds`",
            ),
            of("a path of very many keys", "check s.yaml --set", "no setting lies that deep")
                .and(format!("{keys}=1")),
            of("an axis of very many keys", "check s.yaml --set", "no setting lies that deep")
                .and(format!("sweep.{keys}=[1]")),
            of(
                "a seed of 65 bits",
                "check s.yaml --seed 18446744073709551616",
                "is not a whole number from 0",
            ),
            of("no thread", "run s.yaml --threads 0", "0 is not in 1..=1024"),
            of("threads without end", "run s.yaml --threads 99999999999", "is not in 1..=1024"),
            of("an unknown level", "run s.yaml --simd", "is no level").and("\u{1b}[2J"),
            of("checkpoints of no span", "run s.yaml --checkpoint-every nan", "is not a unit of time"),
            of("a timeout below zero", "run s.yaml --claim-timeout=-1s", "--claim-timeout"),
            of("a trace that has no name", "run s.yaml --trace .", "--trace .: this is a folder"),
            of("a trace into a folder", "run s.yaml --trace x/", "x/: this is a folder"),
            of(
                "theory of nobody",
                "theory --workers 0 --adversaries 0 --crossover 0.1",
                "0 is not in 1..=100000",
            ),
            of(
                "theory of everybody",
                "theory --workers 99999999999 --adversaries 0 --crossover 0.1",
                "is not in",
            ),
            of(
                "theory without a number",
                "theory --workers 15 --adversaries 0 --crossover nan",
                "is not a probability",
            ),
            of(
                "theory beyond all bounds",
                "theory --workers 15 --adversaries 0..=4294967295 --crossover 0.1",
                "of 15 workers cannot be adversaries",
            ),
            of("a list of something else", "list", "`\\u{1b}[2J` is not a kind").and("\u{1b}[2J"),
            of("a plot of nothing", "plot none", "none: there is no such folder"),
            of("a plot of a file", "plot s.yaml", "s.yaml: this is a file, not a folder"),
            of("a plot of a line", "plot", "a\\nb: there is no such folder").and("a\nb"),
            of("the status of nothing", "status none", "none: there is no such folder"),
            of("the status of a device", "status /dev/null", "/dev/null: this is a file, not a folder"),
            of("a gallery of nothing", "gallery none.yaml", "none.yaml: No such file"),
        ],
    );
}
