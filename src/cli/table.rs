//! Tables for the terminal: how their columns are set.

/// Columns to the right, two spaces apart; words in the first row as they are.
pub(crate) fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    let mut text = String::new();
    for row in table {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:>w$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
