//! Mistakes in the text itself: YAML, keys, places.

use super::{CHANNEL, TRAINING, answer, changed, check};

#[test]
fn what_is_not_yaml_is_placed_where_the_mistake_is() {
    for (from, to, place, words) in [
        ("rounds: 5", "rounds 5", "2:1", "a colon after the key is missing | `rounds: 5`"),
        ("rounds: 5", "rounds:5", "2:1", "a blank after the colon is missing | `rounds: 5`"),
        ("rounds: 5", "  rounds: 5", "2:3", "begins in column 3, the one above it in column 1"),
        ("name: t", "name: t: 3", "1:8", "in quotes"),
        ("name: t", "name: @t", "1:7", "put the text in quotes: '@t'"),
        ("name: t", "name: 't", "1:7", "ends with the same quote"),
        ("name: t", "name: \"a\\q\"", "1:7", "a backslash is written twice"),
        ("count: 5 }", "count: 5", "4:5", "a comma or a closing } is missing"),
        ("count: 5 }", "count: 5 }}", "3:22", "closes nothing"),
        ("count: 1, attack", "count: 1 attack", "6:31", "a comma or a closing } is missing"),
        ("method: signsgd_fd", "method: [signsgd_fd", "6:12", "a comma or a closing ] is missing"),
        ("method: signsgd_fd", "\tmethod: signsgd_fd", "5:", "indent with blanks"),
        ("rounds: 5", "rounds: 5\nrounds: 6", "3:1", "written twice | leave one of the two away"),
        ("rounds: 5", "rounds: &a 5", "2:9", "anchors | write the value out"),
        ("rounds: 5", "rounds: *a", "2:9", "aliases | write the value out"),
        ("rounds: 5", "rounds: !x 5", "2:9", "YAML tags | leave the tag away"),
        ("name: t", "name: t\n---\nname: u", "2:1", "one YAML document | one file a scenario"),
        ("rounds: 5", "rounds: 5\n~: 3", "3:1", "keys are words | key: value"),
        ("rounds: 5", "rounds: 5\n7: 3", "3:1", "keys are words"),
        ("rounds: 5", "rounds: 5\n[a]: 3", "3:1", "a key is a word"),
        ("name: t", "name: \"a\\eb\"", "1:7", "the control character \\u{1b}"),
        (
            "method: signsgd_fd",
            "method: { name: \"a\u{200b}b\", preset: krum }",
            "5:17",
            "a character that cannot be seen, U+200B | write \"ab\"",
        ),
        (
            "method: signsgd_fd",
            "method: { name: \"a\u{202e}b\", preset: krum }",
            "5:17",
            "a character that cannot be seen, U+202E | write \"ab\"",
        ),
        (
            "method: signsgd_fd",
            "method: { name: \"ab \", preset: krum }",
            "5:17",
            "blanks that cannot be seen | write \"ab\"",
        ),
        ("crossover: 0.2", "crossover: 0,2", "4:50", "a comma ends the value 0 | write 0.2, with a point"),
    ] {
        let place = format!("t.yaml:{place}");
        let got = answer(&changed(CHANNEL, from, to), &[]);
        let found = words.split('|').all(|part| got.contains(part.trim()));
        assert!(got.starts_with(&place) && found, "{place} {words}\n--- {to}\n{got}");
    }
    let short = changed(TRAINING, "    split: iid", "   split: iid");
    check(&short, &[], "t.yaml:7:4", "begins in column 4, the one above it in column 5");
}

/// What other programs write and YAML allows.
#[test]
fn a_byte_order_mark_tabs_between_words_and_windows_lines_are_legal() {
    let windows = format!("\u{feff}{}", CHANNEL.replace('\n', "\r\n"));
    let tabs = CHANNEL.replace("rounds: ", "rounds:\t").replace("count: 5", "count:\t5");
    for text in [windows.as_str(), tabs.as_str(), &CHANNEL.replace("rounds: 5", "rounds: 5e0")] {
        assert_eq!(answer(text, &[]), "accepted", "{text:?}");
    }
}

#[test]
fn numbers_that_programs_read_differently_are_refused() {
    for (to, words) in [
        ("rounds: 010", "leading zero | write 10"),
        ("rounds: 07", "leading zero | write 7"),
        ("rounds: 0x10", "not written in tens | write 16"),
        ("rounds: 0o10", "not written in tens | write 8"),
        ("rounds: 18446744073709551616", "out of range | from 0 to 18446744073709551615"),
        ("rounds: 4294967296", "the number 4294967296 is out of range | from 0 to 4294967295"),
        ("rounds: -1", "the number -1 is out of range | from 0 to 4294967295"),
        ("rounds: 1.5", "the number 1.5 is written here, but a whole number | rounds: 200"),
        ("rounds: .inf", "not a finite number"),
        ("rounds: yes", "the text `yes` | write rounds: 200"),
        ("rounds: '5'", "the text `5` | write 5"),
        ("rounds: 1_000", "the text `1_000` | write 1000"),
        ("rounds: 10,000", "the text `10,000` | write 10000"),
        ("rounds: 1,5", "the text `1,5` | write 1.5, with a point"),
        ("rounds: true", "`true` is written here, but a whole number"),
        ("rounds: 0", "`rounds` must be at least 1 | rounds: 200"),
        ("rounds:", "nothing is written here, but a whole number"),
    ] {
        let column = if to == "rounds:" { 8 } else { 9 };
        let text = changed(CHANNEL, "rounds: 5", to);
        let got = answer(&text, &[]);
        let found = words.split('|').all(|part| got.contains(part.trim()));
        assert!(got.starts_with("t.yaml:2:") && found, "{column} {words}\n--- {to}\n{got}");
    }
}

#[test]
fn keys_at_the_wrong_place_and_under_other_names_are_led_home() {
    for (line, place, words) in [
        ("sweeps: { adversaries.count: [0, 1] }", "3:1", "did you mean `sweep`?"),
        ("seeds: 3", "3:1", "write repeats (repeats: 3)"),
        ("lr: 0.1", "3:1", "write server.learning_rate"),
        ("learning_rate: 0.1", "3:1", "write method.learning_rate or server.learning_rate"),
        ("batch: 16", "3:1", "write workers.batch (batch: 64)"),
        ("attack: silent", "3:1", "write adversaries.attack"),
        ("clients: 10", "3:1", "write workers (workers: { count: 15"),
        ("model: mlp", "3:1", "write task.train.model"),
        ("Rounds: 4", "3:1", "did you mean `rounds`?"),
        ("seed: [1, 2, 3]", "3:7", "seed: 1 with repeats: 3"),
        ("repeats: 0", "3:10", "`repeats` must be at least 1"),
        ("server: { quorum: 3 }", "3:11", "write server.close.quorum (quorum: 12)"),
        ("server: { rate: 3 }", "3:11", "did you mean `learning_rate`?"),
        ("network: { latency: 20ms }", "3:12", "network.links.up.latency"),
        ("metrics: { layer: true }", "3:12", "did you mean `layers`?"),
        ("sweep: { adversary.count: [0, 1] }", "3:10", "did you mean `adversaries.count`?"),
        ("sweep: { worker.batch: [4, 8] }", "3:10", "did you mean `workers.batch`?"),
        (
            "sweep: { adversaries.attack.late.by: [5ms] }",
            "3:10",
            "set the whole of it, adversaries.attack: { late:",
        ),
    ] {
        let text = changed(CHANNEL, "rounds: 5", &format!("rounds: 5\n{line}"));
        check(&text, &[], &format!("t.yaml:{place}"), words);
    }
    for (from, to, place, words) in [
        ("    model: logistic", "  model: logistic", "8:3", "unknown key `model` | write task.train.model"),
        ("count: 5", "count 5", "3:12", "write count: 5, with a colon and a blank"),
        ("count: 5", "count:5", "3:12", "write count: 5, with a colon and a blank"),
    ] {
        check(&changed(TRAINING, from, to), &[], &format!("t.yaml:{place}"), words);
    }
}

/// The list of legal keys at the top has the sweep in it, and the list of methods nothing but methods.
#[test]
fn lists_of_legal_words_are_complete_and_of_one_kind() {
    let got = answer(&changed(CHANNEL, "rounds: 5", "rounds: 5\nxyzzy: 3"), &[]);
    assert!(got.contains("`figures`, `style`, `sweep`") && !got.contains("did you mean"), "{got}");
    let got = answer(CHANNEL, &["method=xyzzy"]);
    assert!(got.contains("`signsgd_mv`") && !got.contains("`preset`") && !got.contains("`name`"), "{got}");
}
