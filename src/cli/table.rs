//! Tables for the terminal: how their columns are set, and how they fit.

/// Between two columns.
const GAP: usize = 2;
/// Words are not broken into narrower columns.
const NARROWEST: usize = 12;

/// Columns two spaces apart, numbers to the right and words to the left; the first row has the names of the columns.
pub(crate) fn aligned(table: &[Vec<String>]) -> String {
    set(table, &widths(table))
}

/// The same in lines of at most `width` characters, words broken over several lines; nothing where that is too narrow.
pub(crate) fn fitted(table: &[Vec<String>], width: usize) -> Option<String> {
    let mut widths = widths(table);
    let rigid: Vec<bool> = (0..widths.len()).map(|column| is_rigid(table, column)).collect();
    while widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) > width {
        let words = (0..widths.len()).filter(|column| !rigid[*column] && widths[*column] > NARROWEST);
        let widest = words.max_by_key(|column| widths[*column])?;
        widths[widest] -= 1;
    }
    Some(set(table, &widths))
}

/// A text in lines of at most `width` characters, all but the first behind `indent` spaces.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let lines = broken(text, width.saturating_sub(indent).max(NARROWEST));
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn widths(table: &[Vec<String>]) -> Vec<usize> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| table.iter().map(|row| length(&row[column])).max().unwrap_or(0);
    (0..columns).map(width).collect()
}

/// Whether a column has numbers alone, below its name.
fn is_number(table: &[Vec<String>], column: usize) -> bool {
    let mut cells = table[1..].iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty());
    cells.all(|cell| cell == "-" || cell.parse::<f64>().is_ok())
}

/// Whether what a column has begins with numbers, which are not broken.
fn is_rigid(table: &[Vec<String>], column: usize) -> bool {
    let mut cells = table[1..].iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty());
    cells.all(|cell| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}

fn set(table: &[Vec<String>], widths: &[usize]) -> String {
    let mut text = String::new();
    let numbers: Vec<bool> = (0..widths.len()).map(|column| is_number(table, column)).collect();
    for row in table {
        let cells: Vec<Vec<String>> =
            row.iter().zip(widths).map(|(cell, width)| broken(cell, *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let cell = |(column, width): (usize, &usize)| {
                let cell = cells[column].get(line).map_or("", String::as_str);
                if numbers[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            };
            let cells: Vec<String> = widths.iter().enumerate().map(cell).collect();
            text += cells.join(&" ".repeat(GAP)).trim_end();
            text.push('\n');
        }
    }
    text
}

/// A text in lines, broken between words, and within those that are longer than a line.
fn broken(text: &str, width: usize) -> Vec<String> {
    if length(text) <= width {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let line = lines.last_mut().expect("there is a line");
            let used = length(line);
            let lead = usize::from(used > 0);
            if used + lead + rest.len() <= width {
                line.push_str(&" ".repeat(lead));
                line.extend(rest.drain(..));
            } else if used == 0 {
                line.extend(rest.drain(..width.max(1)));
                lines.push(String::new());
            } else {
                lines.push(String::new());
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let rows = table(&[&["method", "L", "MB"], &["fd", "3", "1.50"], &["geometric", "12", "-"]]);
        assert_eq!(
            aligned(&rows),
            "method     L    MB\nfd          3  1.50\ngeometric  12     -\n"
                .replace("method     L ", "method      L ")
        );
    }

    #[test]
    fn what_is_wide_is_broken_between_words() {
        let rows = table(&[&["close", "L"], &["quorum or deadline, quorum 4, deadline 1s", "3"]]);
        assert_eq!(
            fitted(&rows, 24).unwrap(),
            "close                  L\nquorum or deadline,    3\nquorum 4, deadline 1s\n"
        );
        assert_eq!(fitted(&rows, 80).unwrap(), aligned(&rows));
        // Numbers are not broken.
        assert_eq!(fitted(&table(&[&["a"], &["0.500000 ± 0.123456 (…)"]]), 20), None);
        assert_eq!(broken("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("one two three four", 16, 4), "one two\n    three four");
    }
}
