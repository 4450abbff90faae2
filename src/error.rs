//! What can go wrong outside our own code, and what the user can do about it.
//!
//! Bad input carries a place and a way out ([`Error::scenario`], [`Error::input`]); a failed run says which
//! promise of the simulated world broke. A diverging run is neither: it is a result. Broken promises of our
//! own code panic with a sentence instead.

use std::borrow::Cow;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of everything that touches the outside world.
pub type Result<T> = std::result::Result<T, Error>;

/// A line and a column of a named text, both counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or the command-line argument, that holds the text.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    /// Counts characters, from 1.
    pub column: usize,
    /// The text of that line, of which the part around the column is shown under the message.
    pub excerpt: Arc<str>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", short(&one_line(&self.file)), self.line, self.column)
    }
}

/// Everything that `signsim` reports instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that cannot be used as written, a scenario or a row of votes (exit code 2).
    #[error("{}{message}{}", prefix(.place), excerpt(.place))]
    Scenario {
        /// What is wrong, without its place.
        message: String,
        /// The setting it speaks of, as a path of keys: `server.close.quorum`.
        key: Option<String>,
        /// Boxed, so that the results of everything that can fail stay small.
        place: Option<Box<Place>>,
        /// What to write instead, in words.
        help: Option<String>,
    },
    /// A file or an argument that is missing, malformed or in the way (exit code 2).
    #[error("{message}")]
    Input {
        /// What is wrong, in words.
        message: String,
        /// What to write or do instead.
        help: Option<String>,
    },
    /// The simulation reached a state from which it cannot go on (exit code 1).
    #[error("{message}")]
    Run {
        /// What kept the run from going on.
        message: String,
        /// What to change.
        help: Option<String>,
    },
    /// The operating system refused (exit code 1).
    #[error("{}: {source}", short(&path.named()))]
    Io {
        /// The file or folder that was to be used.
        path: PathBuf,
        /// The system's complaint.
        source: std::io::Error,
    },
    /// The user pressed Ctrl-C; finished runs are kept (exit code 130).
    #[error("interrupted; finished runs are kept, run the same command again to go on")]
    Interrupted,
}

fn prefix(place: &Option<Box<Place>>) -> String {
    place.as_ref().map_or(String::new(), |p| format!("{p}: "))
}

/// Longer lines are shown in part.
const WIDEST: usize = 120;

/// The line around the place, and a caret under its column.
fn excerpt(place: &Option<Box<Place>>) -> String {
    let Some(p) = place.as_ref().filter(|p| !p.excerpt.trim().is_empty()) else { return String::new() };
    let at = p.column.saturating_sub(1);
    let from = if p.excerpt.chars().count() <= WIDEST { 0 } else { at.saturating_sub(WIDEST / 2) };
    let shown: String = p.excerpt.chars().skip(from).take(WIDEST).map(one_column).collect();
    let left = if from > 0 { "… " } else { "" };
    let right = if p.excerpt.chars().count() > from + WIDEST { " …" } else { "" };
    let caret = " ".repeat(at - from + left.chars().count());
    let gutter = " ".repeat(p.line.to_string().len());
    format!("\n {} | {left}{shown}{right}\n {gutter} | {caret}^", p.line)
}

/// A character as it may stand above a caret.
fn one_column(c: char) -> char {
    match c {
        '\t' => ' ',
        c if steers(c) => '\u{fffd}',
        c => c,
    }
}

/// What a terminal would obey instead of showing it: control characters, and what [`turns`].
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control() || turns(c)
}

/// Marks that turn the direction of writing, or end a line for some readers: what stands behind them is read in another place.
#[must_use]
pub const fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of which every character is shown, none obeyed: it stays on its line.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// What a path is called in messages.
pub trait Named {
    /// The path on one line.
    fn named(&self) -> String;
}

impl Named for Path {
    fn named(&self) -> String {
        one_line(&self.display().to_string()).into_owned()
    }
}

/// A text that quotes a user's, so that a terminal shows it and a reader finds its end; lines of ours stay lines.
#[must_use]
pub fn printable(text: String) -> String {
    let text = short(&text).into_owned();
    if !text.chars().any(|c| steers(c) && c != '\n') {
        return text;
    }
    let shown = |c: char| if steers(c) && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// No word of ours, and hardly anybody's, is longer.
const LONGEST_WORD: usize = 120;
/// Nor is a path.
const LONGEST_PATH: usize = 400;
/// Nor is a line of a message, which may list all words of a family.
const LONGEST_LINE: usize = 1500;

/// A message without the middle of what somebody wrote at length: of long words, quotations and lines.
#[must_use]
pub fn short(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_WORD {
        return Cow::Borrowed(text);
    }
    let longest =
        |word: &str| if word.contains(std::path::is_separator) { LONGEST_PATH } else { LONGEST_WORD };
    let line = |line: &str| {
        let words = line
            .split_inclusive(char::is_whitespace)
            .map(|word| cut(word, longest(word)))
            .collect::<String>();
        // What stands between two quotation marks; a last one that is open quotes nothing.
        let parts: Vec<&str> = words.split('`').collect();
        let quoted = |at: usize| at % 2 == 1 && at + 1 < parts.len();
        let part = |at: usize| cut(parts[at], if quoted(at) { longest(parts[at]) } else { usize::MAX });
        cut(&(0..parts.len()).map(part).collect::<Vec<_>>().join("`"), LONGEST_LINE).into_owned()
    };
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// An argument in a message, without its middle where it is long.
#[must_use]
pub fn in_part(text: &str) -> Cow<'_, str> {
    cut(text, LONGEST_WORD)
}

/// A text of at most so many characters, its middle left out where it is longer.
fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest || text.chars().count() <= longest {
        return Cow::Borrowed(text);
    }
    let (from, to) = (longest * 2 / 3, longest / 3 - 1);
    let start: String = text.chars().take(from).collect();
    let end: Vec<char> = text.chars().rev().take(to).collect();
    Cow::Owned(format!("{start}…{}", end.into_iter().rev().collect::<String>()))
}

impl Error {
    /// A scenario error whose place is added where it is known.
    pub fn scenario(message: impl Into<String>) -> Self {
        Self::Scenario { message: printable(message.into()), key: None, place: None, help: None }
    }

    /// A bad file or argument.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input { message: printable(message.into()), help: None }
    }

    /// A run that cannot go on.
    pub fn run(message: impl Into<String>) -> Self {
        Self::Run { message: printable(message.into()), help: None }
    }

    /// The operating system's complaint about `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Adds what to write or do instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Self::Scenario { help, .. } | Self::Input { help, .. } | Self::Run { help, .. } => {
                *help = Some(printable(text.into()));
            }
            Self::Io { .. } | Self::Interrupted => {}
        }
        self
    }

    /// Puts `prefix` before the path of the setting that a scenario error speaks of.
    #[must_use]
    pub fn key(mut self, prefix: impl Into<String>) -> Self {
        if let Self::Scenario { key, .. } = &mut self {
            let prefix = prefix.into();
            *key = Some(match key.take() {
                Some(rest) => format!("{prefix}.{rest}"),
                None => prefix,
            });
        }
        self
    }

    /// Adds where in a scenario the error lies, unless it already says so.
    #[must_use]
    pub fn at(mut self, new: Option<Place>) -> Self {
        if let Self::Scenario { place, .. } = &mut self {
            *place = place.take().or(new.map(Box::new));
        }
        self
    }

    /// Places the error in a text of one line, which is shown under the message.
    #[must_use]
    pub fn within(mut self, line: &str) -> Self {
        if let Self::Scenario { place: Some(place), .. } = &mut self {
            place.excerpt = Arc::from(line);
            if place.line > 1 {
                (place.line, place.column) = (1, line.chars().count() + 1);
            }
        }
        self
    }

    /// What to write or do instead.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Scenario { help, .. } | Self::Input { help, .. } | Self::Run { help, .. } => {
                help.as_deref()
            }
            // What a user can do about a disk is always the same; no other refusal of the system has one answer.
            Self::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    Some("what is finished is safe; make room, and run the same command again to go on")
                }
                ErrorKind::NotFound | ErrorKind::PermissionDenied => None,
                _ => Some(
                    "what is finished is safe; once the disk is well again, run the same command again to go on",
                ),
            },
            Self::Interrupted => None,
        }
    }

    /// The exit code of the command line for this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Scenario { .. } | Self::Input { .. } => 2,
            Self::Run { .. } | Self::Io { .. } => 1,
            Self::Interrupted => 130,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(excerpt: &str, column: usize) -> String {
        let place = Place { file: "f".to_owned(), line: 7, column, excerpt: Arc::from(excerpt) };
        Error::scenario("wrong").at(Some(place)).to_string()
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        assert_eq!(shown("ab: c", 5), "f:7:5: wrong\n 7 | ab: c\n   |     ^");
        for column in [1, 61, 300, 999, 1000] {
            let line: String = (0..1000).map(|i| char::from(b'a' + (i % 26) as u8)).collect();
            let text = shown(&line, column);
            let rows: Vec<&str> = text.lines().collect();
            assert!(rows[1].chars().count() < 130, "{text}");
            let under = rows[2].chars().position(|c| c == '^').unwrap();
            assert_eq!(rows[1].chars().nth(under), line.chars().nth(column - 1), "{text}");
        }
    }

    #[test]
    fn what_is_written_at_length_is_cut_in_the_middle() {
        let long = "a".repeat(100_000);
        for message in
            [long.clone(), format!("`{long}` is no word"), format!("`{}` is no value", "a b ".repeat(20_000))]
        {
            let shown = Error::input(&message).help(&message).to_string();
            assert!(shown.chars().count() <= 140 && shown.contains('…'), "{shown}");
        }
        let blanks = Error::input(format!("--x {}: why", "a ".repeat(50_000))).to_string();
        assert!(blanks.chars().count() <= LONGEST_LINE && blanks.ends_with(": why"), "{blanks}");
        let io = Error::io(Path::new(&long), std::io::ErrorKind::NotFound.into()).to_string();
        assert!(io.chars().count() < 200, "{io}");
        let place = Place { file: long, line: 1, column: 1, excerpt: Arc::from("") };
        assert!(place.to_string().chars().count() < 140);
        // What people write, and lists of all our words, stay whole.
        let path = format!(
            "/{}/scenario.yaml: `{}`, {}",
            "folder/".repeat(30),
            "b".repeat(110),
            "`word`, ".repeat(100)
        );
        assert_eq!(short(&path), path);
        assert_eq!(cut("µ123456789", 9), "µ12345…89");
    }

    #[test]
    fn nothing_reaches_a_terminal_raw() {
        let text = shown("a\u{1b}[31m\tb\u{202e}", 3);
        assert!(text.contains("a\u{fffd}[31m b\u{fffd}"), "{text:?}");
        let error = Error::input("`\u{1b}[2J`\nsecond").help("write \u{7}x");
        assert_eq!(error.to_string(), "`\\u{1b}[2J`\nsecond");
        assert_eq!(error.advice(), Some("write \\u{7}x"));
    }
}
