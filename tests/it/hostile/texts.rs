//! Texts that are no scenarios, or that mean something else than they look like.

use super::case::{Case, SCENARIO, case, changed, check};

fn text(what: &str, text: impl Into<super::case::Put>, words: &'static str) -> Case {
    case(what, "check s.yaml", 2, words).with("s.yaml", text)
}

#[test]
fn texts_that_are_large_or_deep() {
    let many: String = (0..60_000).map(|i| format!("k{i}: 1\n")).collect();
    let blocks: String = (0..300).map(|depth| " ".repeat(depth) + "a:\n").collect();
    check(
        10,
        [
            text(
                "aliases that double",
                "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
                "s.yaml:1:4: | anchors",
            ),
            text("a merge key", "<<: { name: t }\n", "unknown key `<<`"),
            text("lists in lists", "[".repeat(100_000), "s.yaml:1: | recursion limit"),
            text("mappings in mappings", "{a: ".repeat(50_000), "s.yaml:1: | recursion limit"),
            text("blocks in blocks", blocks, "s.yaml:41:41: nested too deeply"),
            text("a long comment", "#".repeat((1 << 20) + 1), "more than 1048576 bytes"),
            text("very many keys", many, "unknown key `k0`"),
            changed(
                "name: t",
                &format!("name: {}", "x".repeat(900_000)),
                "s.yaml:1:7: | …xxx | cannot name a result folder",
            ),
            changed("name: t", &format!("{}: t", "x".repeat(900_000)), "s.yaml:1: | not YAML"),
            changed(
                "count: 1,",
                &format!("count: \"{}M\",", "(".repeat(100_000)),
                "s.yaml:6: | is not a count",
            ),
        ],
    );
}

#[test]
fn texts_of_odd_characters() {
    let path = "task: { train: { data: { mnist: { dir: \"a\u{2066}b\" } }, model: logistic } }";
    check(
        20,
        [
            changed("name: t", "name: \"a\0b\"", "s.yaml:1:7: | not YAML"),
            text(
                "UTF-16",
                SCENARIO.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
                "s.yaml:1",
            ),
            text(
                "no UTF-8",
                [SCENARIO.as_bytes(), b"x: \xff\n"].concat(),
                "s.yaml:7: not UTF-8 text (byte 167)",
            ),
            text(
                "an image",
                b"\x89PNG\r\n\x1a\n".to_vec(),
                "s.yaml:1: not UTF-8 text | save the file as UTF-8",
            ),
            changed("name: t", "name: a\u{1b}[2Jb", "s.yaml:1:7: the control character \\u{1b}"),
            changed("name: t", "name: \"a\\e[2Jb\"", "the control character \\u{1b}"),
            changed("name: t", "name: \"a\u{9b}b\"", "the control character \\u{9b}"),
            changed("name: t", "name: \"a\u{7f}b\"", "the control character \\u{7f}"),
            changed("name: t", "name: a\u{202e}b", "U+202E, stands in this text | write \"ab\""),
            changed("name: t", "na\u{202e}me: t", "s.yaml:1:1: | U+202E | write \"name\""),
            changed(
                "method: signsgd_fd",
                "method: { name: \"a\u{2028}b\", preset: krum }",
                "s.yaml:5:17: | U+2028",
            ),
            changed(
                "method: signsgd_fd",
                "method: { name: \"a\u{200b}b\", preset: krum }",
                "U+200B | write \"ab\"",
            ),
            changed("task: { channel: { coordinates: 50, crossover: 0.2 } }", path, "s.yaml:4:40: | U+2066"),
            changed("name: t", "name: a\u{feff}b", "byte order mark"),
            changed("name: t", "name: \"a\\nb\"", "a line ends within this text | write it on one line"),
            changed("name: t", "n\u{430}me: t", "unknown key | did you mean `name`?"),
            changed("rounds: 5", "rounds: \u{665}", "the text `\u{665}`"),
            changed("rounds: 5", "rounds: \u{ff15}", "the text `\u{ff15}`"),
            changed("name: t", "name: \u{e9}", "`\u{e9}` cannot name a result folder"),
            changed("rounds: 5", "rounds: 5\n\"x\\e[2J\": 1", "s.yaml:3:1: the control character \\u{1b}"),
        ],
    );
}

#[test]
fn texts_of_another_form() {
    check(
        12,
        [
            changed("rounds: 5", "rounds: !!python/object:os.system 5", "s.yaml:2:9: "),
            changed("name: t", "%YAML 9.9\n---\nname: t", "s.yaml:1:1: | not YAML"),
            changed("name: t", "name: t\n---\nname: u", "one YAML document"),
            changed("crossover: 0.2", "crossover: 0.2, crossover: 0.3", "`crossover` is written twice"),
            changed("name: t", "? { a: b }\n: t", "a key is a word"),
            changed("name: t", "~: t", "keys are words"),
            text("nothing", "", "the scenario is empty | quickstart.yaml"),
            text("blanks", "   \n\n", "the scenario is empty"),
            text("a comment", "# nothing\n", "the scenario is empty"),
            text("null", "null\n", "the scenario is empty"),
            text("a word", "hello\n", "a scenario is a mapping of settings"),
            text("a list", "- name: t\n", "a scenario is a mapping of settings"),
            text("a number", "5\n", "a scenario is a mapping of settings"),
        ],
    );
}
