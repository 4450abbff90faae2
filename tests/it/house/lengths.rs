//! How long source files and functions are.

use std::fs;
use std::path::Path;

/// Functions of a file that rustfmt has set, with their numbers of lines.
pub(crate) fn functions(path: &Path) -> Vec<(String, usize)> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(name) = name_of(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let closing = format!("{indent}}}");
        if line.trim_end().ends_with('}') || line.trim_end().ends_with(';') {
            continue;
        }
        if let Some(length) = lines[first..].iter().position(|line| **line == closing) {
            found.push((name, length + 1));
        }
    }
    found
}

/// The name of the function whose first line this is.
fn name_of(line: &str) -> Option<String> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| word.starts_with("pub") || ["const", "async", "unsafe", "extern"].contains(word));
    (words.next()? == "fn").then_some(())?;
    Some(words.next()?.split(['(', '<']).next()?.to_owned())
}
