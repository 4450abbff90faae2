//! Scenarios as text: written, and the comment that opens them.

use serde_yaml::Mapping;

use super::Scenario;

/// A scenario as a text that asks for it again: the comment that opens `text`, then the tree with all that `--set` changed.
#[must_use]
pub(crate) fn source(text: &str, tree: &Mapping) -> String {
    let tree = serde_yaml::to_string(tree).expect("a scenario is plain data");
    format!("{}{tree}", opening_lines(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// The comment that opens a text, as it stands.
pub(crate) fn opening_lines(text: &str) -> String {
    text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// The lines of `#` that open a scenario, without the sign and one blank, so that tables keep their columns.
#[must_use]
pub(crate) fn opening_comment(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = |l: &str| {
        let l = l.strip_prefix('#')?;
        Some(l.strip_prefix(' ').unwrap_or(l).trim_end().to_owned())
    };
    let lines: Vec<String> = text.lines().map_while(line).collect();
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
