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

/// The two columns of a result: as many digits before the point as its longest mean has, three behind it, and what is said of
/// the mean.
fn numbers(column: &PlainColumn) -> String {
    let means = column.cells.iter().filter_map(|(text, _)| {
        let mean = text.split(" & ").next()?.trim_start_matches("\\bfseries ");
        let (whole, part) = mean.split_once('.')?;
        (part.len() == 3).then_some(whole)
    });
    let digits = means.clone().map(|whole| whole.trim_start_matches('-').len()).max().unwrap_or(1);
    let sign = if means.clone().any(|whole| whole.starts_with('-')) { "-" } else { "" };
    format!("S[table-format={sign}{digits}.3,detect-weight]@{{\\,}}l")
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

    /// The table as a LaTeX `tabular` with the rules of the package booktabs and the numbers of siunitx, its notes as comments. A
    /// result is two columns: the mean, whose points stand below each other, and its interval.
    #[must_use]
    pub fn to_latex(&self) -> String {
        let laid = self.laid(&LATEX, "Bold");
        // The costs of a method are one column each; turned, they are rows of columns of results.
        let costs = if laid.turned { 0 } else { laid.groups.first().map_or(0, |group| group.columns.len()) };
        let spans = |at: usize| if at < costs { 1 } else { 2 };
        let (mut rules, mut groups, mut heads, mut layout) = (String::new(), vec![], vec![], String::new());
        let (mut place, mut at) = (2, 0);
        for PlainGroup { label, columns } in &laid.groups {
            let span: usize = (at..at + columns.len()).map(spans).sum();
            if label.is_empty() {
                groups.extend(vec![String::new(); span]);
            } else {
                groups.push(format!("\\multicolumn{{{span}}}{{c}}{{{}}}", LATEX.label(label)));
                rules += &format!("\\cmidrule(lr){{{place}-{}}}", place + span - 1);
            }
            for column in columns {
                let head = LATEX.label(&column.head);
                let two = spans(at) == 2;
                heads.push(if two { format!("\\multicolumn{{2}}{{c}}{{{head}}}") } else { head });
                layout += &if two { numbers(column) } else { "r".to_owned() };
                at += 1;
            }
            place += span;
        }
        let row = |cells: Vec<String>| {
            let cell = |(i, text): (usize, String)| match i {
                0 => text,
                i if spans(i - 1) == 2 && !text.contains(" & ") => format!("{{{text}}} & "),
                _ => text,
            };
            let cells: Vec<String> = cells.into_iter().enumerate().map(cell).collect();
            format!("{} \\\\\n", cells.join(" & ").trim_end())
        };
        let rows: String = laid.rows(&LATEX).into_iter().map(row).collect();
        let notes: String = laid.notes.iter().map(|note| comment(&note.to_string())).collect();
        // A heading without words is no line.
        let heading = if rules.is_empty() {
            String::new()
        } else {
            format!(" & {} \\\\\n{rules}\n", groups.join(" & "))
        };
        let quoted = rows.contains("\\textquotedbl") || heading.contains("\\textquotedbl");
        let quotes = if quoted { ", and for quotation marks \\usepackage[T1]{fontenc}" } else { "" };
        let foreign = self.foreign_to_latex();
        let method = if laid.turned { "" } else { "method" };
        format!(
            "% Needs \\usepackage{{booktabs,siunitx}}{quotes}.\n{foreign}{notes}\
             \\begin{{tabular}}{{l{layout}}}\n\\toprule\n{heading}{method} & {} \\\\\n\\midrule\n{rows}\\bottomrule\n\
             \\end{{tabular}}\n",
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
