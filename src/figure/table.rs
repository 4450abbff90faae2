//! A table of numbers as Markdown, LaTeX and CSV.
//!
//! Like a figure it says what stands behind its numbers: how many repeats, which interval, what is missing.

use super::content::Axis;
use super::label::{Face, Label};
use super::notes;
use super::rows::csv_text;
use super::statistics::Estimate;

/// Measures of a whole run; the others are those of its end.
const OVER_ROUNDS: [&str; 2] = ["decoding_error", "share_decoded"];

/// Rows of methods, columns of numbers of adversaries in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What a cell measures.
    pub measure: Axis,
    /// Whether more of it is better.
    pub gain: bool,
    pub groups: Vec<Group>,
    pub rows: Vec<Row>,
    /// Runs that the scenario asks for and that are not there.
    pub missing: Vec<String>,
}

/// Columns under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Empty when there is only one.
    pub label: Label,
    /// L of each column.
    pub adversaries: Vec<f64>,
}

/// One method.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub label: Label,
    /// A cell a column, group after group; `None` where there is no run.
    pub cells: Vec<Option<Cell>>,
}

/// What the repeats of one setting say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub measured: Estimate,
    /// Megabytes (10^6 bytes) that all workers sent in a run, and that the server sent; means over the repeats.
    pub up: f64,
    pub down: f64,
}

/// How a markup language writes what a table needs.
struct Markup {
    /// Turns words into text without a meaning of its own.
    escape: fn(&str) -> String,
    italic: fn(&str) -> String,
    bold: fn(&str) -> String,
    subscript: fn(&str) -> String,
    plus_minus: &'static str,
    dash: &'static str,
    nothing: &'static str,
}

const MARKDOWN: Markup = Markup {
    escape: |text| text.replace('|', "\\|").replace('*', "\\*").replace('_', "\\_"),
    italic: |text| format!("*{text}*"),
    bold: |text| format!("**{text}**"),
    subscript: |text| format!("<sub>{text}</sub>"),
    plus_minus: " ± ",
    dash: "–",
    nothing: "–",
};

const PLAIN: Markup = Markup {
    escape: str::to_owned,
    italic: str::to_owned,
    bold: str::to_owned,
    subscript: str::to_owned,
    plus_minus: " ± ",
    dash: "–",
    nothing: "–",
};

const LATEX: Markup = Markup {
    escape: |text| {
        text.chars().fold(String::new(), |mut escaped, c| {
            match c {
                '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
                '\\' => escaped.push_str("\\textbackslash{}"),
                '~' => escaped.push_str("\\textasciitilde{}"),
                '^' => escaped.push_str("\\textasciicircum{}"),
                '×' => escaped.push_str("$\\times$"),
                _ => escaped.push(c),
            }
            escaped
        })
    },
    italic: |text| format!("${text}$"),
    bold: |text| format!("\\textbf{{{text}}}"),
    subscript: |text| format!("$_{{\\mathrm{{{text}}}}}$"),
    plus_minus: " $\\pm$ ",
    dash: "--",
    nothing: "--",
};

impl Markup {
    fn label(&self, label: &Label) -> String {
        let runs = label.0.iter().map(|(text, face)| match face {
            Face::Upright => (self.escape)(text),
            Face::Italic => (self.italic)(text),
            Face::Subscript => (self.subscript)(text),
        });
        runs.collect()
    }

    /// Mean and half the interval, in thousandths; whole when every repeat diverged.
    fn cell(&self, cell: Option<&Cell>, best: Option<f64>) -> String {
        let Some(Cell { measured: Estimate { mean: Some(mean), interval, without, .. }, .. }) = cell else {
            return if cell.is_some() { "diverged".to_owned() } else { self.nothing.to_owned() };
        };
        let text = thousandths(*mean);
        let text = if best == Some(*mean) { (self.bold)(&text) } else { text };
        let spread = interval.map(|(_, high)| format!("{}{}", self.plus_minus, thousandths(high - mean)));
        let lost = if *without > 0 { format!(" ({without} diverged)") } else { String::new() };
        format!("{text}{}{lost}", spread.unwrap_or_default())
    }

    /// One number, or the least and the most where the cells differ in what is printed of them.
    fn megabytes(&self, values: impl Iterator<Item = f64> + Clone) -> String {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = (rounded(least), rounded(most));
        if low == high { low } else { format!("{low}{}{high}", self.dash) }
    }

    /// The method, what it costs, and its cells.
    fn row(&self, row: &Row, best: &[Option<f64>]) -> Vec<String> {
        let present = || row.cells.iter().flatten();
        let costs = [self.megabytes(present().map(|c| c.up)), self.megabytes(present().map(|c| c.down))];
        let cells = row.cells.iter().zip(best).map(|(cell, best)| self.cell(cell.as_ref(), *best));
        [self.label(&row.label)].into_iter().chain(costs).chain(cells).collect()
    }
}

fn thousandths(value: f64) -> String {
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

/// A table as it is drawn.
pub struct Plain {
    /// Of the rows.
    pub names: Vec<Label>,
    /// The first has the costs of a method and no label.
    pub groups: Vec<PlainGroup>,
    pub notes: Vec<Label>,
}

/// Columns under one heading.
pub struct PlainGroup {
    pub label: Label,
    pub columns: Vec<PlainColumn>,
}

/// A column: its heading, and the text of its cells with whether it is the best.
pub struct PlainColumn {
    pub head: Label,
    pub cells: Vec<(String, bool)>,
}

impl Plain {
    /// A row for every column and a column for every row; the costs come last.
    fn turned(mut self) -> Self {
        self.groups.rotate_left(1);
        let several = self.groups.iter().any(|group| group.columns.len() > 1);
        let mut names = Vec::new();
        let mut rows: Vec<Vec<(String, bool)>> = Vec::new();
        for group in self.groups {
            for column in group.columns {
                let words = if group.label.is_empty() || several {
                    Label::join(
                        vec![group.label.clone(), column.head],
                        if group.label.is_empty() { "" } else { ", " },
                    )
                } else {
                    group.label.clone()
                };
                names.push(words);
                rows.push(column.cells);
            }
        }
        let column = |(i, head): (usize, Label)| PlainColumn {
            head,
            cells: rows.iter().map(|cells| cells[i].clone()).collect(),
        };
        let columns = self.names.into_iter().enumerate().map(column).collect();
        let shaded = |note: Label| Label::plain(note.to_string().replace("of its column", "of its row"));
        let notes = self
            .notes
            .into_iter()
            .map(|note| if note.to_string().contains("of its column") { shaded(note) } else { note });
        Self { names, groups: vec![PlainGroup { label: Label::default(), columns }], notes: notes.collect() }
    }
}

impl Table {
    /// The table without any markup; where there are many more columns than rows they change places, as far as one row
    /// a column still says everything.
    #[must_use]
    pub fn plain(&self) -> Plain {
        let columns: usize = self.groups.iter().map(|g| g.adversaries.len()).sum();
        let plain = self.upright();
        if columns > 3 * self.rows.len() { plain.turned() } else { plain }
    }

    fn upright(&self) -> Plain {
        let best = self.best();
        let texts: Vec<Vec<String>> = self.rows.iter().map(|row| PLAIN.row(row, &best)).collect();
        let costs = ["MB up", "MB down"].map(Label::plain).into_iter().enumerate();
        let column = |head: Label, at: usize, is_best: &dyn Fn(usize) -> bool| PlainColumn {
            head,
            cells: texts.iter().enumerate().map(|(row, text)| (text[at].clone(), is_best(row))).collect(),
        };
        let costs = costs.map(|(i, head)| column(head, i + 1, &|_| false)).collect();
        let mut groups = vec![PlainGroup { label: Label::default(), columns: costs }];
        let mut at = 0;
        for group in &self.groups {
            let mut columns = Vec::new();
            for count in &group.adversaries {
                let mean = |row: usize| self.rows[row].cells[at].and_then(|cell| cell.measured.mean);
                columns.push(column(adversaries(*count), at + 3, &|row| {
                    mean(row).is_some() && mean(row) == best[at]
                }));
                at += 1;
            }
            groups.push(PlainGroup { label: group.label.clone(), columns });
        }
        let names = self.rows.iter().map(|row| row.label.clone()).collect();
        Plain { names, groups, notes: self.notes("Shaded") }
    }

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
        let notes: Vec<String> = self.notes("Bold").iter().map(|note| MARKDOWN.label(note)).collect();
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
        for group in &self.groups {
            let span = group.adversaries.len();
            groups.push(format!("\\multicolumn{{{span}}}{{c}}{{{}}}", LATEX.label(&group.label)));
            rules += &format!("\\cmidrule(lr){{{first}-{}}}", first + span - 1);
            first += span;
        }
        let counts = self.groups.iter().flat_map(|g| &g.adversaries).map(|l| LATEX.label(&adversaries(*l)));
        let counts: Vec<String> = counts.collect();
        let rows: String =
            self.rows.iter().map(|row| format!("{} \\\\\n", LATEX.row(row, &best).join(" & "))).collect();
        let notes: String = self.notes("Bold").iter().map(|note| format!("% {note}.\n")).collect();
        format!(
            "% Needs \\usepackage{{booktabs}}.\n{notes}\\begin{{tabular}}{{lrr{}}}\n\\toprule\n & & & {} \\\\\n{rules}\n\
             method & MB up & MB down & {} \\\\\n\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            "r".repeat(columns),
            groups.join(" & "),
            counts.join(" & "),
        )
    }

    /// The numbers in full precision, a row a cell.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let header = ["panel", "series", "adversaries"].map(str::to_owned).into_iter();
        let header = header.chain(Estimate::columns(self.measure.column));
        let header = header.chain(["uplink_megabytes", "downlink_megabytes"].map(str::to_owned));
        let columns = || self.groups.iter().flat_map(|g| g.adversaries.iter().map(move |l| (&g.label, l)));
        let rows = self.rows.iter().flat_map(|row| {
            columns().zip(&row.cells).filter_map(move |((panel, adversaries), cell)| {
                let Cell { measured, up, down } = cell.as_ref()?;
                let names = [panel.to_string(), row.label.to_string(), adversaries.to_string()];
                let costs = [up.to_string(), down.to_string()];
                Some(names.into_iter().chain(measured.cells()).chain(costs).collect::<Vec<_>>())
            })
        });
        csv_text(header, rows)
    }

    /// The best mean of every column.
    fn best(&self) -> Vec<Option<f64>> {
        let columns = self.rows.first().map_or(0, |row| row.cells.len());
        let mean = |row: &Row, column: usize| row.cells[column].and_then(|cell| cell.measured.mean);
        let better = |a: &f64, b: &f64| if self.gain { a.total_cmp(b) } else { b.total_cmp(a) };
        let best = |column| self.rows.iter().filter_map(|row| mean(row, column)).max_by(better);
        (0..columns).map(best).collect()
    }

    fn notes(&self, best: &str) -> Vec<Label> {
        let estimates = self.rows.iter().flat_map(|row| row.cells.iter().flatten().map(|cell| cell.measured));
        let mut notes = vec![
            Label::plain(if OVER_ROUNDS.contains(&self.measure.column) {
                "Mean over rounds, "
            } else {
                "Final "
            })
            .then(self.measure.label.clone())
            .then(Label::plain(": "))
            .then(notes::repeats(estimates)),
            Label::plain(format!(
                "{best}: the {} of its column",
                if self.gain { "highest" } else { "lowest" }
            )),
            Label::plain(
                "MB: 10^6 bytes of a whole run, sent by all workers (up) and by the server to all (down)",
            ),
        ];
        notes.extend(notes::missing(&self.missing));
        notes
    }
}

fn adversaries(count: f64) -> Label {
    Label::rich(&format!("*L* = {count}"))
}
