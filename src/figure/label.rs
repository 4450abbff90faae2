//! Text with italic symbols: "adversaries L" wants its L slanted, "T_in" a small "in"; a user's own words stay as they are.

use std::fmt;

/// Upright words, a slanted symbol, or a subscript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Words and numbers.
    Upright,
    /// Symbols: M, L, T.
    Italic,
    /// Set small and below the line, behind a symbol.
    Subscript,
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
            Face::Upright | Face::Italic => f.write_str(run),
        })
    }
}
