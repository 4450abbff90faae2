//! A table as Markdown and LaTeX, turned where its drawing is.

use super::greek;
use super::label::Label;
use super::markup::{LATEX, MARKDOWN, Markup};
use super::named::distinct;
use super::plain::{Plain, PlainColumn, PlainGroup};
use super::table::Table;
use crate::error::steers;

/// A line that LaTeX does not read, whatever is in the text.
fn comment(text: &str) -> String {
    format!("% {}.\n", text.replace(steers, " "))
}

impl Plain {
    /// The name of every row and its cells.
    fn rows(&self, markup: &Markup) -> Vec<Vec<String>> {
        let cells = |row: usize| {
            let columns = self.groups.iter().flat_map(|group| &group.columns);
            columns.map(move |column| column.cells[row].0.clone())
        };
        let row = |(i, name): (usize, &Label)| std::iter::once(markup.label(name)).chain(cells(i)).collect();
        self.names.iter().enumerate().map(row).collect()
    }
}

impl Table {
    /// The table in GitHub's Markdown, with its notes below.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let laid = self.laid(&MARKDOWN, "Bold");
        let heads = laid.groups.iter().flat_map(|group| {
            let head = |column: &PlainColumn| Label::list([group.label.clone(), column.head.clone()]);
            group.columns.iter().map(move |column| MARKDOWN.label(&head(column)))
        });
        let first = if laid.turned { "" } else { "method" };
        let heads: Vec<String> = std::iter::once(first.to_owned()).chain(heads).collect();
        let rules: Vec<&str> = (0..heads.len()).map(|i| if i == 0 { "---" } else { "--:" }).collect();
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rows: String = laid.rows(&MARKDOWN).into_iter().map(line).collect();
        let notes: Vec<String> = laid.notes.iter().map(|note| MARKDOWN.label(note)).collect();
        format!("{}|{}|\n{rows}\n{}.\n", line(heads), rules.join("|"), notes.join(". "))
    }

    /// The table as a LaTeX `tabular` with the rules of the package booktabs, and its notes as comments.
    #[must_use]
    pub fn to_latex(&self) -> String {
        let laid = self.laid(&LATEX, "Bold");
        let columns: usize = laid.groups.iter().map(|group| group.columns.len()).sum();
        let mut first = 2;
        let mut rules = String::new();
        let mut groups = vec![String::new()];
        for PlainGroup { label, columns } in &laid.groups {
            let span = columns.len();
            if label.is_empty() {
                groups.extend(vec![String::new(); span]);
            } else {
                groups.push(format!("\\multicolumn{{{span}}}{{c}}{{{}}}", LATEX.label(label)));
                rules += &format!("\\cmidrule(lr){{{first}-{}}}", first + span - 1);
            }
            first += span;
        }
        let heads =
            laid.groups.iter().flat_map(|group| &group.columns).map(|column| LATEX.label(&column.head));
        let heads: Vec<String> = heads.collect();
        let rows = laid.rows(&LATEX).into_iter().map(|cells| format!("{} \\\\\n", cells.join(" & ")));
        let rows: String = rows.collect();
        let notes: String = laid.notes.iter().map(|note| comment(&note.to_string())).collect();
        // A heading without words is no line.
        let heading = if rules.is_empty() {
            String::new()
        } else {
            format!("{} \\\\\n{rules}\n", groups.join(" & ").replace("  ", " "))
        };
        let foreign = self.foreign_to_latex();
        let method = if laid.turned { "" } else { "method" };
        format!(
            "% Needs \\usepackage{{booktabs}}.\n{foreign}{notes}\\begin{{tabular}}{{l{}}}\n\\toprule\n{heading}\
             {method} & {} \\\\\n\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            "r".repeat(columns),
            heads.join(" & "),
        )
    }

    /// A comment about characters that only a newer LaTeX can set.
    fn foreign_to_latex(&self) -> String {
        let labels =
            self.rows.iter().map(|row| &row.label).chain(self.groups.iter().map(|group| &group.label));
        let letters = labels.flat_map(|label| &label.0).flat_map(|(run, _)| run.chars());
        let foreign = |c: &char| !c.is_ascii() && !steers(*c) && greek::word(*c).is_none();
        let foreign = distinct(letters.filter(foreign).map(|c| c.to_string()));
        if foreign.is_empty() {
            return String::new();
        }
        format!("% pdflatex may lack {}: use LuaLaTeX with a font that has them.\n", foreign.join(" "))
    }
}
