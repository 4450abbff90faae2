//! Text with italic symbols: "adversaries L" wants its L slanted, "T_in" a small "in"; a user's own
//! names may have the same marks.

use std::fmt;

use super::greek;

/// Upright words, a slanted symbol, or a subscript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Words and numbers.
    Upright,
    /// Symbols: M, L, T.
    Italic,
    /// Set small and below the line, behind a symbol.
    Subscript,
    /// Set small and above the line: an exponent.
    Superscript,
}

/// A line of text in runs of one face each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Label(pub Vec<(String, Face)>);

impl Label {
    /// Words from outside, taken literally.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![(text.into(), Face::Upright)])
    }

    /// Words of our own: what stands between asterisks is slanted, between tildes below the line, `"*T*~in~ = "`.
    #[must_use]
    pub fn rich(text: &str) -> Self {
        let cut = |text: &str, mark: char, between: Face, outside: Face| -> Vec<(String, Face)> {
            let runs = text.split(mark).zip([outside, between].into_iter().cycle());
            runs.filter(|(run, _)| !run.is_empty()).map(|(run, face)| (run.to_owned(), face)).collect()
        };
        let runs = cut(text, '*', Face::Italic, Face::Upright).into_iter();
        Self(runs.flat_map(|(run, face)| cut(&run, '~', Face::Subscript, face)).collect())
    }

    /// A name that a user gives: the marks of [`Label::rich`] where they come in pairs, `\\beta` for a Greek letter, and a
    /// backslash before a mark that shall stand as it is. All other characters are literal.
    #[must_use]
    pub fn marked(text: &str) -> Self {
        /// Stand for marks that are none, while the others are read.
        const LITERAL: [(char, char); 2] = [('*', '\u{e000}'), ('~', '\u{e001}')];
        let mut text = greek::spelled(text);
        for (mark, literal) in LITERAL {
            text = text.replace(&format!("\\{mark}"), &literal.to_string());
            if text.matches(mark).count() % 2 == 1 {
                text = text.replace(mark, &literal.to_string());
            }
        }
        let plain = |run: String| {
            LITERAL.iter().fold(run, |run, (mark, literal)| run.replace(*literal, &mark.to_string()))
        };
        Self(Self::rich(&text).0.into_iter().map(|(run, face)| (plain(run), face)).collect())
    }

    /// This label followed by `other`.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// `labels` with `separator` between them.
    #[must_use]
    pub fn join(labels: Vec<Self>, separator: &str) -> Self {
        labels.into_iter().reduce(|all, next| all.then(Self::plain(separator)).then(next)).unwrap_or_default()
    }

    /// Those of `labels` that say something, with commas between them.
    #[must_use]
    pub fn list(labels: impl IntoIterator<Item = Self>) -> Self {
        Self::join(labels.into_iter().filter(|label| !label.is_empty()).collect(), ", ")
    }

    /// Whether there is nothing to print.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(run, _)| run.is_empty())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(run, face)| match face {
            Face::Subscript => write!(f, "_{run}"),
            Face::Superscript => write!(f, "^{run}"),
            Face::Upright | Face::Italic => f.write_str(run),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_marks_count_in_pairs() {
        use Face::{Italic, Subscript, Upright};
        let runs = |text: &str| -> Vec<(String, Face)> { Label::marked(text).0 };
        let run = |text: &str, face| (text.to_owned(), face);
        assert_eq!(
            runs(r"*\beta*-FD*T*~in~"),
            [run("β", Italic), run("-FD", Upright), run("T", Italic), run("in", Subscript)]
        );
        for literal in ["a*b", "FD: ours", "a_b: it's \"x\"", "~/runs", "[1] MV"] {
            assert_eq!(runs(literal), [run(literal, Upright)]);
        }
        assert_eq!(runs(r"\*c\* \~"), [run("*c* ~", Upright)]);
        assert_eq!(runs(r"\*c\* *d*"), [run("*c* ", Upright), run("d", Italic)]);
    }
}
