//! A table without any markup, as it is drawn.

use super::label::Label;
use super::markup::{Markup, PLAIN};
use super::table::{Along, Table, adversaries};

/// Names of rows, and columns in groups.
pub struct Plain {
    /// Of the rows.
    pub names: Vec<Label>,
    /// The first has the costs of a method and no label.
    pub groups: Vec<PlainGroup>,
    pub notes: Vec<Label>,
    /// Whether methods are columns.
    pub turned: bool,
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
    fn transposed(mut self) -> Self {
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
        let groups = vec![PlainGroup { label: Label::default(), columns }];
        Self { names, groups, notes: self.notes, turned: true }
    }
}

impl Table {
    /// The table without any markup.
    #[must_use]
    pub fn plain(&self) -> Plain {
        self.laid(&PLAIN, "Shaded")
    }

    /// The table with its cells in a markup, `best` for how the best of them look; where there are many more columns than rows
    /// they change places, as far as one row a column still says everything.
    #[must_use]
    pub(super) fn laid(&self, markup: &Markup, best: &str) -> Plain {
        let columns: usize = self.groups.iter().map(|g| g.adversaries.len()).sum();
        if columns > 3 * self.rows.len() {
            self.upright(Along::Row, (markup, best)).transposed()
        } else {
            self.upright(Along::Column, (markup, best))
        }
    }

    /// Methods in rows, with notes that say along what a cell is compared.
    fn upright(&self, along: Along, (markup, looks): (&Markup, &str)) -> Plain {
        let best = self.best();
        let texts: Vec<Vec<String>> = self.rows.iter().map(|row| markup.row(row, &best)).collect();
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
        Plain { names, groups, notes: self.notes(looks, along), turned: false }
    }
}
