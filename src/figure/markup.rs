//! A table as Markdown and LaTeX, every word of a user's escaped for the format.

use std::borrow::Cow;

use super::label::{Face, Label};
use super::named::distinct;
use super::statistics::{Estimate, Spread};
use super::table::{Along, Cell, Table, TableRow, adversaries};
use crate::error::steers;

/// How a markup language writes what a table needs.
pub(super) struct Markup {
    /// A character as text without a meaning of its own, before the one that follows it.
    escape: fn(char, Option<char>) -> Cow<'static, str>,
    italic: fn(&str) -> String,
    bold: fn(&str) -> String,
    subscript: fn(&str) -> String,
    plus_minus: &'static str,
    dash: &'static str,
    nothing: &'static str,
}

const MARKDOWN: Markup = Markup {
    escape: in_markdown,
    italic: |text| format!("*{text}*"),
    bold: |text| format!("**{text}**"),
    subscript: |text| format!("<sub>{text}</sub>"),
    plus_minus: " ± ",
    dash: "–",
    nothing: "–",
};

pub(super) const PLAIN: Markup = Markup {
    escape: |c, _| itself(c),
    italic: str::to_owned,
    bold: str::to_owned,
    subscript: str::to_owned,
    plus_minus: " ± ",
    dash: "–",
    nothing: "–",
};

const LATEX: Markup = Markup {
    escape: |c, _| in_latex(c),
    italic: |text| format!("${text}$"),
    bold: |text| format!("\\textbf{{{text}}}"),
    subscript: |text| format!("$_{{\\mathrm{{{text}}}}}$"),
    plus_minus: " $\\pm$ ",
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
        c => match latex_word(c) {
            Some("-") => "$-$".into(),
            Some(word) => format!("$\\{word}$").into(),
            None => itself(c),
        },
    }
}

/// The command of mathematics for a letter or sign that pdflatex does not know.
fn latex_word(c: char) -> Option<&'static str> {
    const WORDS: &str = "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu µ mu \
        ν nu ξ xi π pi ρ rho σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda \
        Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega × times ± pm ≤ leq ≥ geq ≠ neq ∞ infty → rightarrow";
    let mut words = WORDS.split_whitespace();
    words.find(|known| known.chars().eq([c]))?;
    words.next()
}

impl Markup {
    fn label(&self, label: &Label) -> String {
        let runs = label.0.iter().map(|(text, face)| match face {
            Face::Upright => {
                let next = text.chars().skip(1).map(Some).chain([None]);
                text.chars().zip(next).map(|(c, next)| (self.escape)(c, next)).collect()
            }
            Face::Italic => (self.italic)(text),
            Face::Subscript => (self.subscript)(text),
        });
        runs.collect()
    }

    /// Mean and half the interval, in thousandths; whole when every repeat diverged.
    fn cell(&self, cell: Option<&Cell>, best: Option<f64>) -> String {
        let Some(Cell { measured: Estimate { mean: Some(mean), interval, spread, runs, without }, .. }) =
            cell
        else {
            return if cell.is_some() { "diverged".to_owned() } else { self.nothing.to_owned() };
        };
        let text = thousandths(*mean);
        let text = if best == Some(*mean) { (self.bold)(&text) } else { text };
        let spread = match (spread, interval) {
            (Spread::Student, Some((_, high))) => format!("{}{}", self.plus_minus, thousandths(high - mean)),
            // An interval that is not as wide on both sides is given by its ends.
            (_, Some((low, high))) => format!(" [{}, {}]", thousandths(*low), thousandths(*high)),
            (_, None) => String::new(),
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

fn thousandths(value: f64) -> String {
    if value.abs() >= 1e6 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.3}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// Three digits, and no fraction of a number above a hundred.
fn rounded(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// A line that LaTeX does not read, whatever is in the text.
fn comment(text: &str) -> String {
    format!("% {}.\n", text.replace(steers, " "))
}

impl Table {
    /// The table in GitHub's Markdown, with its notes below.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let heads = self.groups.iter().flat_map(|group| {
            let name = if group.label.is_empty() {
                Label::default()
            } else {
                group.label.clone().then(Label::plain(", "))
            };
            group.adversaries.iter().map(move |l| MARKDOWN.label(&name.clone().then(adversaries(*l))))
        });
        let heads = ["method", "MB up", "MB down"].map(str::to_owned).into_iter().chain(heads);
        let heads: Vec<String> = heads.collect();
        let rules: Vec<&str> = (0..heads.len()).map(|i| if i == 0 { "---" } else { "--:" }).collect();
        let best = self.best();
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rows: String = self.rows.iter().map(|row| line(MARKDOWN.row(row, &best))).collect();
        let notes: Vec<String> =
            self.notes("Bold", Along::Column).iter().map(|note| MARKDOWN.label(note)).collect();
        format!("{}|{}|\n{rows}\n{}.\n", line(heads), rules.join("|"), notes.join(". "))
    }

    /// The table as a LaTeX `tabular` with the rules of the package booktabs, and its notes as comments.
    #[must_use]
    pub fn to_latex(&self) -> String {
        let columns: usize = self.groups.iter().map(|g| g.adversaries.len()).sum();
        let best = self.best();
        let mut first = 4;
        let mut rules = String::new();
        let mut groups = Vec::new();
        let headed = self.groups.iter().any(|group| !group.label.is_empty());
        for group in &self.groups {
            let span = group.adversaries.len();
            groups.push(format!("\\multicolumn{{{span}}}{{c}}{{{}}}", LATEX.label(&group.label)));
            if group.label.is_empty() {
                first += span;
                continue;
            }
            rules += &format!("\\cmidrule(lr){{{first}-{}}}", first + span - 1);
            first += span;
        }
        let counts = self.groups.iter().flat_map(|g| &g.adversaries).map(|l| LATEX.label(&adversaries(*l)));
        let counts: Vec<String> = counts.collect();
        let rows: String =
            self.rows.iter().map(|row| format!("{} \\\\\n", LATEX.row(row, &best).join(" & "))).collect();
        let notes: String =
            self.notes("Bold", Along::Column).iter().map(|note| comment(&note.to_string())).collect();
        // A heading without words is no line.
        let heading =
            if headed { format!(" & & & {} \\\\\n{rules}\n", groups.join(" & ")) } else { String::new() };
        let foreign = self.foreign_to_latex();
        format!(
            "% Needs \\usepackage{{booktabs}}.\n{foreign}{notes}\\begin{{tabular}}{{lrr{}}}\n\\toprule\n{heading}\
             method & MB up & MB down & {} \\\\\n\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            "r".repeat(columns),
            counts.join(" & "),
        )
    }

    /// A comment about characters that only a newer LaTeX can set.
    fn foreign_to_latex(&self) -> String {
        let labels =
            self.rows.iter().map(|row| &row.label).chain(self.groups.iter().map(|group| &group.label));
        let letters = labels.flat_map(|label| &label.0).flat_map(|(run, _)| run.chars());
        let foreign = |c: &char| !c.is_ascii() && !steers(*c) && latex_word(*c).is_none();
        let foreign = distinct(letters.filter(foreign).map(|c| c.to_string()));
        if foreign.is_empty() {
            return String::new();
        }
        format!("% pdflatex may lack {}: use LuaLaTeX with a font that has them.\n", foreign.join(" "))
    }
}
