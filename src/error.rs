//! What can go wrong outside our own code, and what the user can do about it.
//!
//! Bad input carries a place and a way out ([`Error::scenario`], [`Error::input`]); a failed run says which
//! promise of the simulated world broke. A diverging run is neither: it is a result. Broken promises of our
//! own code panic with a sentence instead.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything that touches the outside world.
pub type Result<T> = std::result::Result<T, Error>;

/// A line and a column of a named text, both counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or the command-line argument, that holds the text.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The text of that line, shown under the message.
    pub excerpt: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Everything that `signsim` reports instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that cannot be used as written, a scenario or a row of votes (exit code 2).
    #[error("{}{message}{}", prefix(.place), excerpt(.place))]
    Scenario {
        message: String,
        /// The setting it speaks of, as a path of keys: `server.close.quorum`.
        key: Option<String>,
        /// Boxed, so that the results of everything that can fail stay small.
        place: Option<Box<Place>>,
        help: Option<String>,
    },
    /// A file or an argument that is missing, malformed or in the way (exit code 2).
    #[error("{message}")]
    Input { message: String, help: Option<String> },
    /// The simulation reached a state from which it cannot go on (exit code 1).
    #[error("{message}")]
    Run { message: String, help: Option<String> },
    /// The operating system refused (exit code 1).
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    /// The user pressed Ctrl-C; finished runs are kept (exit code 130).
    #[error("interrupted; finished runs are kept, run the same command again to go on")]
    Interrupted,
}

fn prefix(place: &Option<Box<Place>>) -> String {
    place.as_ref().map_or(String::new(), |p| format!("{p}: "))
}

fn excerpt(place: &Option<Box<Place>>) -> String {
    match place {
        Some(p) if !p.excerpt.trim().is_empty() => {
            let caret = " ".repeat(p.column.saturating_sub(1));
            let gutter = " ".repeat(p.line.to_string().len());
            format!("\n {} | {}\n {gutter} | {caret}^", p.line, p.excerpt)
        }
        _ => String::new(),
    }
}

impl Error {
    /// A scenario error whose place is added where it is known.
    pub fn scenario(message: impl Into<String>) -> Self {
        Self::Scenario { message: message.into(), key: None, place: None, help: None }
    }

    /// A bad file or argument.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), help: None }
    }

    /// A run that cannot go on.
    pub fn run(message: impl Into<String>) -> Self {
        Self::Run { message: message.into(), help: None }
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
                *help = Some(text.into());
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

    /// What to write or do instead.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Scenario { help, .. } | Self::Input { help, .. } | Self::Run { help, .. } => {
                help.as_deref()
            }
            Self::Io { .. } | Self::Interrupted => None,
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
