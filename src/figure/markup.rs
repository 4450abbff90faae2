//! How Markdown and LaTeX write the words and the cells of a table, every word of a user's escaped for the format.

use std::borrow::Cow;

use super::greek;
use super::label::{Face, Label};
use super::statistics::{Estimate, Spread};
use super::table::{Cell, TableRow};
use crate::error::steers;

/// How a markup language writes what a table needs.
pub(super) struct Markup {
    /// A character as text without a meaning of its own, before the one that follows it.
    escape: fn(char, Option<char>) -> Cow<'static, str>,
    italic: fn(&str) -> String,
    bold: fn(&str) -> String,
    subscript: fn(&str) -> String,
    superscript: fn(&str) -> String,
    /// Between a mean and what is said of it.
    between: &'static str,
    plus_minus: &'static str,
    /// A mean, which is a number, and a cell that has none.
    number: fn(String) -> String,
    none: fn(&str) -> String,
    dash: &'static str,
    nothing: &'static str,
}

pub(super) const MARKDOWN: Markup = Markup {
    escape: in_markdown,
    italic: |text| format!("*{text}*"),
    bold: |text| format!("**{text}**"),
    subscript: |text| format!("<sub>{text}</sub>"),
    superscript: |text| format!("<sup>{text}</sup>"),
    between: " ",
    plus_minus: "± ",
    number: |text| text.strip_prefix('0').map_or(text.clone(), str::to_owned),
    none: str::to_owned,
    dash: "–",
    nothing: "–",
};

pub(super) const PLAIN: Markup = Markup {
    escape: |c, _| itself(c),
    italic: str::to_owned,
    bold: str::to_owned,
    subscript: str::to_owned,
    superscript: str::to_owned,
    between: " ",
    plus_minus: "± ",
    number: |text| text.strip_prefix('0').map_or(text.clone(), str::to_owned),
    none: str::to_owned,
    dash: "–",
    nothing: "–",
};

pub(super) const LATEX: Markup = Markup {
    escape: |c, _| in_latex(c),
    italic: |text| format!("${text}$"),
    // Of numbers: what is bold in a column of siunitx.
    bold: |text| format!("\\bfseries {text}"),
    subscript: |text| format!("$_{{\\mathrm{{{text}}}}}$"),
    superscript: |text| format!("$^{{\\mathrm{{{text}}}}}$"),
    // A column of its own.
    between: " & ",
    plus_minus: "$\\pm$ ",
    number: |text| text,
    none: |text| format!("{{{text}}} & "),
    dash: "--",
    nothing: "--",
};

fn itself(c: char) -> Cow<'static, str> {
    c.to_string().into()
}

fn in_markdown(c: char, next: Option<char>) -> Cow<'static, str> {
    match c {
        // With letters or a number behind it, it would be the name of another character.
        '&' if next.is_some_and(|next| next == '#' || next.is_ascii_alphanumeric()) => "&amp;".into(),
        '<' => "&lt;".into(),
        '|' | '*' | '_' | '`' | '$' | '[' | ']' | '~' | '\\' => format!("\\{c}").into(),
        c if steers(c) => " ".into(),
        c => itself(c),
    }
}

fn in_latex(c: char) -> Cow<'static, str> {
    match c {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{c}").into(),
        '\\' => "\\textbackslash{}".into(),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '<' => "\\textless{}".into(),
        '>' => "\\textgreater{}".into(),
        '|' => "\\textbar{}".into(),
        '"' => "\\textquotedbl{}".into(),
        c if steers(c) => " ".into(),
        c => match greek::word(c) {
            Some("minus") => "$-$".into(),
            Some(word) => format!("$\\{word}$").into(),
            None => itself(c),
        },
    }
}

impl Markup {
    /// A text, its letters escaped.
    pub(super) fn label(&self, label: &Label) -> String {
        let runs = label.0.iter().map(|(text, face)| match face {
            Face::Upright => {
                let next = text.chars().skip(1).map(Some).chain([None]);
                text.chars().zip(next).map(|(c, next)| (self.escape)(c, next)).collect()
            }
            Face::Italic => (self.italic)(text),
            Face::Subscript => (self.subscript)(text),
            Face::Superscript => (self.superscript)(text),
        });
        runs.collect()
    }

    /// Mean and half the interval, in thousandths; whole when every repeat diverged.
    fn cell(&self, cell: Option<&Cell>, best: Option<f64>) -> String {
        let Some(Cell { measured: Estimate { mean: Some(mean), interval, spread, runs, without }, .. }) =
            cell
        else {
            return (self.none)(if cell.is_some() { "diverged" } else { self.nothing });
        };
        let thousandths = |value: f64| (self.number)(thousandths(value));
        let text = thousandths(*mean);
        let text = if best == Some(*mean) { (self.bold)(&text) } else { text };
        let spread = match (spread, interval) {
            (Spread::Student | Spread::Deviation | Spread::StandardError, Some((low, high)))
                if symmetric(*mean, *low, *high) =>
            {
                format!("{}{}{}", self.between, self.plus_minus, thousandths(high - mean))
            }
            // An interval that is not as wide on both sides is given by its ends.
            (_, Some((low, high))) => {
                format!("{}[{}, {}]", self.between, thousandths(*low), thousandths(*high))
            }
            (_, None) => self.between.trim_end_matches(|c| c == ' ' && self.between == " ").to_owned(),
        };
        let lost =
            if *without > 0 { format!(" ({without} of {} diverged)", runs + without) } else { String::new() };
        format!("{text}{spread}{lost}")
    }

    /// One number, or the least and the most where the cells differ in what is printed of them.
    fn megabytes(&self, values: impl Iterator<Item = f64> + Clone) -> String {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = (rounded(least), rounded(most));
        if low == high { low } else { format!("{low}{}{high}", self.dash) }
    }

    /// The method, what it costs, and its cells.
    pub(super) fn row(&self, row: &TableRow, best: &[Option<f64>]) -> Vec<String> {
        let present = || row.cells.iter().flatten();
        let costs = [self.megabytes(present().map(|c| c.up)), self.megabytes(present().map(|c| c.down))];
        let cells = row.cells.iter().zip(best).map(|(cell, best)| self.cell(cell.as_ref(), *best));
        [self.label(&row.label)].into_iter().chain(costs).chain(cells).collect()
    }
}

/// Whether an interval is as wide on both sides, as far as is printed.
fn symmetric(mean: f64, low: f64, high: f64) -> bool {
    ((high - mean) - (mean - low)).abs() <= 1e-9 * (high - low)
}

fn thousandths(value: f64) -> String {
    if value.abs() >= 1e6 {
        return format!("{value:.2e}");
    }
    format!("{value:.3}")
}

/// Three digits, and no fraction of a number above a hundred.
fn rounded(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
