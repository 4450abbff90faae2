//! `signsim list`: everything a scenario can name.

use super::output::width;
use super::table::wrapped;
use signsim::catalogue::Entry;
use signsim::error::{Error, Result};
use signsim::near::question;
use signsim::scenario::FAMILIES;

/// The entries of one kind, or of all.
pub(crate) fn text(kind: Option<&str>) -> Result<String> {
    let words: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
    // One of a kind is as good as the kind.
    let several = kind.map(|kind| format!("{kind}s"));
    let kind = if kind.is_some_and(|k| words.contains(&k)) {
        kind
    } else {
        several.as_deref().filter(|k| words.contains(k)).or(kind)
    };
    if let Some(kind) = kind.filter(|k| !words.contains(k)) {
        let help = format!("{}legal kinds: {}", question(kind, &words), words.join(", "));
        return Err(Error::input(format!("`{kind}` is not a kind")).help(help));
    }
    let mut text = String::new();
    for (name, entries) in FAMILIES.iter().filter(|(name, _)| kind.is_none_or(|k| k == *name)) {
        text += &format!("{name}\n");
        for Entry { word, about, source } in *entries {
            text += &entry(word, &[about, source], width());
        }
    }
    Ok(text)
}

/// Where what is said of a word begins.
const INDENT: usize = 29;

/// A word, and beside it what it means and where it comes from; below it where it is long.
fn entry(word: &str, said: &[&str], width: usize) -> String {
    let said: Vec<String> = said.iter().map(|text| wrapped(text, width, INDENT)).collect();
    let said = said.join(&format!("\n{}", " ".repeat(INDENT)));
    let head = format!("  {word}");
    let gap = if head.chars().count() < INDENT {
        " ".repeat(INDENT - head.chars().count())
    } else {
        format!("\n{}", " ".repeat(INDENT))
    };
    format!("{head}{gap}{said}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_hangs_beside_its_word() {
        let text = entry("fd", &["one two three four five six", "a source"], 44);
        let blank = " ".repeat(INDENT);
        assert_eq!(
            text,
            format!("  fd{}one two three\n{blank}four five six\n{blank}a source\n", " ".repeat(25))
        );
        let text = entry("decoding_error_vs_adversaries", &["short"], 80);
        assert_eq!(text, format!("  decoding_error_vs_adversaries\n{blank}short\n"));
    }

    #[test]
    fn no_line_is_wider_than_a_page() {
        let text = text(None).unwrap();
        // A word of ours that is longer than a line has no place to be broken.
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
