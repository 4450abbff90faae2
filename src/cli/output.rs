//! Everything that is printed goes through here.
//!
//! Nobody who stops reading stops the work: what standard error cannot take is dropped, and so is what a closed standard
//! output cannot. An output that is full is another matter: a table that is not there is no success. Characters that steer
//! a terminal are shown, not obeyed, because names and excerpts come from files.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use console::Term;

use signsim::error::{Error, Named, Result, short, steers};

/// Prints to standard output.
///
/// # Errors
/// When it can take no more, unless it is closed: a reader that has gone has seen enough.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(clean(text).as_bytes()).and_then(|()| out.flush()))
}

/// How many characters fit a line of standard output: those of the terminal, or 80.
pub(crate) fn width() -> usize {
    let terminal = Term::stdout();
    let columns = if terminal.is_term() { terminal.size_checked().map(|(_, columns)| columns) } else { None };
    columns.map_or(80, usize::from).max(40)
}

/// Says which figures were written, one a line with the endings of its files.
///
/// # Errors
/// Those of [`say`].
pub(crate) fn say_figures(paths: &[PathBuf]) -> Result<()> {
    let mut figures: Vec<(PathBuf, Vec<String>)> = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
        let stem = path.with_file_name(stem);
        match figures.last_mut().filter(|(known, _)| *known == stem) {
            Some((_, endings)) => endings.push(ending.to_owned()),
            None => figures.push((stem, vec![ending.to_owned()])),
        }
    }
    figures
        .iter()
        .try_for_each(|(stem, endings)| say(&format!("{}.{{{}}}\n", stem.named(), endings.join(","))))
}

/// Says which files were written.
///
/// # Errors
/// Those of [`say`].
pub(crate) fn say_paths(paths: &[PathBuf]) -> Result<()> {
    paths.iter().try_for_each(|path| say(&format!("{}\n", path.named())))
}

/// What became of printing to standard output.
pub(crate) fn printed(outcome: std::io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::io(Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

/// Prints a line to standard error, if that can take it.
pub(crate) fn tell(text: &str) {
    // In one piece, so that lines of several threads do not mix.
    let text = format!("{}\n", clean(&short(text)));
    let colours = Term::stderr().is_term() && console::colors_enabled_stderr();
    let _ = std::io::stderr().lock().write_all(coloured(&text, colours).as_bytes());
}

/// What begins with a word for how it went, with that word in its colour.
fn coloured(text: &str, colours: bool) -> Cow<'_, str> {
    const RED: &str = "\u{1b}[31m";
    const YELLOW: &str = "\u{1b}[33m";
    const CYAN: &str = "\u{1b}[36m";
    const END: &str = "\u{1b}[0m";
    let words = [("error:", RED), ("failed:", RED), ("note:", YELLOW), ("help:", CYAN)];
    match words.into_iter().find(|(word, _)| colours && text.starts_with(word)) {
        Some((word, colour)) => Cow::Owned(format!("{colour}{word}{END}{}", &text[word.len()..])),
        None => Cow::Borrowed(text),
    }
}

/// Characters that steer a terminal as their escapes; line ends and tabs as they are.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let odd = |c: char| steers(c) && c != '\n' && c != '\t';
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if odd(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// JSON of which every character can be printed. Outside its texts there is none that needs it.
pub(crate) fn printable_json(json: &str) -> String {
    let mut units = [0; 2];
    let mut escape = |c: char| -> String {
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    json.chars().map(|c| if steers(c) && c != '\n' { escape(c) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(clean("a\tµ\n"), "a\tµ\n");
        assert_eq!(clean("\u{1b}[31mred\u{7}\r\u{9b}"), "\\u{1b}[31mred\\u{7}\\r\\u{9b}");
        assert_eq!(clean("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(printable_json("{\n\"a\u{9b}\u{202e}µ\"}"), "{\n\"a\\u009b\\u202eµ\"}");
    }

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(coloured("error: no\n", false), "error: no\n");
        assert_eq!(coloured("error: no\n", true), "\u{1b}[31merror:\u{1b}[0m no\n");
        assert_eq!(coloured("an error: no\n", true), "an error: no\n");
    }

    #[test]
    fn a_closed_output_is_no_error_and_a_full_one_is() {
        assert!(printed(Err(ErrorKind::BrokenPipe.into())).is_ok());
        assert_eq!(printed(Err(ErrorKind::StorageFull.into())).unwrap_err().exit_code(), 1);
    }
}
