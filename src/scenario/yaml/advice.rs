//! What to write instead where a text is not YAML.
//!
//! A parser says where it gave up; the mistake often stands before that. The commonest ones are looked for in the lines
//! around: a colon or its blank omitted, a line indented by another width than its neighbours, a bracket left open.

use super::mark::LineColumn;

/// The place of the mistake behind the parser's complaint at `mark`, and a way out.
pub(crate) fn advice(lines: &[&str], mark: LineColumn, complaint: &str) -> (LineColumn, String) {
    let found = without_colon(lines, mark, complaint).or_else(|| out_of_column(lines, mark, complaint));
    found.unwrap_or_else(|| (mark, general(lines, mark, complaint)))
}

/// A line before the mark, or under it, that has a key and a value but no `: ` between them.
fn without_colon(lines: &[&str], (line, _): LineColumn, complaint: &str) -> Option<(LineColumn, String)> {
    if !(complaint.contains("simple key") || complaint.contains("mapping values")) {
        return None;
    }
    let meant = (1..=line.min(lines.len())).rev().filter(|n| !is_empty(lines[n - 1])).take(2);
    let bare = meant.into_iter().find(|n| {
        let text = lines[n - 1].trim();
        let entry = text.trim_start_matches("- ");
        !entry.contains(": ")
            && !entry.ends_with(':')
            && !entry.starts_with(['-', '[', '{', ']', '}', '"', '\''])
    })?;
    let text = lines[bare - 1];
    let entry = text.trim().trim_start_matches("- ");
    let (key, value) = entry.split_once(|c: char| c == ':' || c.is_whitespace())?;
    let missing = if entry.contains(':') { "a blank after the colon" } else { "a colon after the key" };
    let column = indent(text) + 1;
    Some(((bare, column), format!("{missing} is missing: write `{key}: {}`", value.trim())))
}

/// A line that begins in another column than the settings around it.
fn out_of_column(
    lines: &[&str],
    (line, column): LineColumn,
    complaint: &str,
) -> Option<(LineColumn, String)> {
    if !(complaint.contains("expected key") || complaint.contains("mapping values")) {
        return None;
    }
    let this = *lines.get(line.checked_sub(1)?)?;
    let above = lines[..line - 1].iter().rev().find(|l| !is_empty(l))?;
    let (own, before) = (indent(this), indent(above));
    if this.starts_with('\t') {
        return Some(((line, 1), TABS.to_owned()));
    }
    let begins = own + 1 == column || complaint.contains("mapping values");
    if own == before || !begins {
        return None;
    }
    let help = format!(
        "settings of one mapping begin in the same column; this line begins in column {}, the one above it in column {}",
        own + 1,
        before + 1
    );
    Some(((line, own + 1), help))
}

const TABS: &str = "indent with blanks, not with tabs";

fn general(lines: &[&str], (line, column): LineColumn, complaint: &str) -> String {
    let text = lines.get(line.wrapping_sub(1)).copied().unwrap_or_default();
    let says = |words: &str| complaint.contains(words);
    if says("tab") {
        return TABS.to_owned();
    }
    if says("anchor") {
        return "aliases (*name) are not read: write the value out where it is used".to_owned();
    }
    if says("flow mapping") {
        return "a comma or a closing } is missing before this place".to_owned();
    }
    if says("flow sequence") || says("illegal placement") {
        return "a comma or a closing ] is missing before this place".to_owned();
    }
    if says("bracket") {
        return "this bracket closes nothing: take it away, or open it before".to_owned();
    }
    if says("quoted scalar") || says("escape") {
        return "a text in quotes ends with the same quote; in double quotes a backslash is written twice"
            .to_owned();
    }
    if says("unexpected character") {
        let rest: String = text.chars().skip(column.saturating_sub(1)).take(40).collect();
        return format!("put the text in quotes: '{}'", rest.trim());
    }
    if text.matches(": ").count() > 1 {
        return "a value with a colon stands in quotes, settings of a setting in braces: { key: value }"
            .to_owned();
    }
    "write `key: value`, one setting per line, those that belong together in the same column".to_owned()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_empty(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}
