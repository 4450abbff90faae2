//! What is read, what is refused, and with which words.

use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    rule: TestRule,
    #[serde(default)]
    rate: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum TestRule {
    Plain {
        #[serde(default)]
        depth: u32,
    },
    Named(String),
    Unit,
}

fn parse(text: &str) -> Result<Root, (String, String, String)> {
    read(&serde_yaml::from_str(text).unwrap()).map_err(|fault| {
        (fault.path.unwrap_or_default().join("."), fault.message, fault.help.unwrap_or_default())
    })
}

#[test]
fn a_bare_word_stands_for_its_defaults() {
    let root = Root { rule: TestRule::Plain { depth: 0 }, rate: 0.0 };
    for text in ["rule: plain", "rule: { plain: {} }", "rule: { plain: }", "rule: { plain: { depth: 0 } }"] {
        assert_eq!(parse(text).as_ref(), Ok(&root), "{text}");
    }
    assert_eq!(parse("rule: unit").unwrap().rule, TestRule::Unit);
}

#[test]
fn errors_know_their_path_and_a_way_out() {
    for (text, path, message, help) in [
        ("rule: plian", "rule", "`plian` is not known", ""),
        ("rule: { plain: { deep: 1 } }", "rule.plain.deep", "unknown key `deep`", ""),
        ("rule: { plain: { depth: x } }", "rule.plain.depth", "the text `x`", ""),
        ("rule: { plain: { depth: -1 } }", "rule.plain.depth", "-1", ""),
        ("rule: named", "rule", "`named` needs a value", ""),
        ("rule: { unit: 3 }", "rule.unit", "no settings", ""),
        ("rule: { unit: , plain: }", "rule", "exactly one word is expected here, not 2 (unit, plain)", ""),
        ("rule: { unit: , dept: 3 }", "rule.dept", "unknown key `dept`", ""),
        ("rule: [1]", "rule", "a list is written here", ""),
        ("rule: { plain: [1] }", "rule.plain", "a list is written here, but a mapping", ""),
        ("rule: { plain: { depth: '1,000' } }", "rule.plain.depth", "the text `1,000`", "write 1000"),
        ("rule: { plain: 1 }", "rule.plain", "the number 1 is written here", "write { depth: 1 }"),
        ("rule: { plain: { depth: 4294967296 } }", "rule.plain.depth", "from 0 to 4294967295", ""),
        ("rule: { plain: { depth: 1.5 } }", "rule.plain.depth", "the number 1.5", ""),
        ("{ rule: unit, rate: '0,5' }", "rate", "the text `0,5`", "write 0.5, with a point"),
        ("{ rule: unit, rate: 20% }", "rate", "the text `20%`", "write 0.2"),
        ("{}", "", "`rule` is missing", ""),
        ("{ rule: unit, rate: .nan }", "rate", "not a finite number", ""),
        ("{ rule: !x unit }", "rule", "", ""),
    ] {
        let (p, m, h) = parse(text).unwrap_err();
        assert!(p == path && m.contains(message) && h.contains(help), "{text}: {p} | {m} | {h}");
    }
}
