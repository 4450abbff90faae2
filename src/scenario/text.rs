//! Scenarios as text: written, and the comment that opens them.

use std::borrow::Cow;

use serde_yaml::Mapping;

use super::Scenario;

/// A scenario as a text that asks for it again: the comment that opens `text`, then the tree with all that `--set` changed.
#[must_use]
pub(crate) fn source(text: &str, tree: &Mapping) -> String {
    let tree = serde_yaml::to_string(tree).expect("a scenario is plain data");
    format!("{}{tree}", opening_lines(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// How a line begins that says what `--set` and `--seed` have changed: numbers in the comment above are not of this scenario.
pub const CHANGED: &str = "Changed when it was run: ";

/// The text with a line below the comment that opens it, where that tells what was measured, about what the arguments change.
#[must_use]
pub(crate) fn with_changes<'a>(text: &'a str, sets: &[String]) -> Cow<'a, str> {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (opening, rest) = plain.split_at(opening_length(plain));
    let line = format!("# {CHANGED}{}\n", sets.join("; "));
    let measured = opening.to_lowercase().contains("measured");
    if sets.is_empty() || !measured || opening.contains(&line) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{opening}#\n{line}{rest}"))
}

/// A comment, line by line with its signs, without what says that arguments changed the scenario.
#[must_use]
pub(crate) fn without_changes(comment: &str) -> String {
    let line = format!("#\n# {CHANGED}");
    let mut rest = comment;
    let mut kept = String::new();
    while let Some((before, behind)) = rest.split_once(&line) {
        kept += before;
        rest = behind.split_once('\n').map_or("", |(_, rest)| rest);
    }
    kept + rest
}

/// How many bytes of a text are the comment that opens it.
fn opening_length(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum()
}

/// Whether a line tells an editor where the schema of scenarios lies, which is no word to readers, and true in one folder only.
fn is_for_editors(line: &str) -> bool {
    line.trim_start_matches(['#', ' ']).starts_with("yaml-language-server:")
}

/// The comment that opens a text, as it stands.
pub(crate) fn opening_lines(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#')).filter(|line| !is_for_editors(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The lines of `#` that open a scenario, without the sign and one blank, so that tables keep their columns.
#[must_use]
pub(crate) fn opening_comment(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = |l: &str| {
        let l = l.strip_prefix('#')?;
        Some(l.strip_prefix(' ').unwrap_or(l).trim_end().to_owned())
    };
    let lines: Vec<String> = text.lines().map_while(line).filter(|line| !is_for_editors(line)).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// A point with every default filled in, as YAML.
///
/// # Panics
/// Never: a scenario is plain data.
#[must_use]
pub(crate) fn to_yaml(scenario: &Scenario) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_yaml::Serializer::new(&mut text);
    serde_yaml::with::singleton_map_recursive::serialize(scenario, &mut serializer)
        .expect("a scenario is plain data");
    String::from_utf8(text).expect("YAML is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_with_other_settings_is_said() {
        let sets = ["rounds=5".to_owned(), "seed=7".to_owned()];
        let text = "# Measured: .5\r\nname: t\n";
        let changed = with_changes(text, &sets);
        assert_eq!(changed, "# Measured: .5\r\n#\n# Changed when it was run: rounds=5; seed=7\nname: t\n");
        // Said once, and taken back.
        assert_eq!(with_changes(&changed, &sets), changed);
        assert_eq!(without_changes(&changed), text);
        for (text, sets) in
            [(text, &sets[..0]), ("# Expect .5\nname: t\n", &sets[..]), ("name: t\n", &sets[..])]
        {
            assert_eq!(with_changes(text, sets), text);
        }
    }
}
