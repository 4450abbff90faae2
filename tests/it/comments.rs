//! The numbers in the comments that open the shipped scenarios are those of the gallery's tables.
//!
//! Each line of [`TABLE`] is a row of numbers in such a comment, and where they come from:
//!
//! ```text
//! scenario | how the row begins | file column digits | what is looked at | what the numbers run over
//! ```
//!
//! A number is the mean of `column` (of one minus it, as `1-column`) over the rows of
//! `plots/gallery/<scenario>/<file>.csv` that are looked at, rounded to so many digits, and without the zero before its
//! point; with `first_negative:round` in the place of digits it is the least `round` of a row below zero. Rows are looked at
//! whose columns have these values, or lie above them, as in `round>480`. `what the numbers run over` is one column and its
//! values, or several, the last one fastest. `#2` is the third different value of its column.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("../reference/comments.txt");

type Row = BTreeMap<String, String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The comment that opens a scenario, line by line.
fn comment(scenario: &str) -> Vec<String> {
    let path = root().join("scenarios").join(scenario).with_extension("yaml");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .take_while(|l| l.starts_with('#'))
        .map(|l| l.trim_start_matches('#').trim().to_owned())
        .collect()
}

fn rows(scenario: &str, file: &str) -> Vec<Row> {
    let path = root().join("plots/gallery").join(scenario).join(file).with_extension("csv");
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader.deserialize().collect::<Result<_, _>>().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What the rows that are looked at have in common: a column, and its value or what it lies above.
#[derive(Debug, Clone)]
enum Wanted {
    Is(String, String),
    Above(String, f64),
}

impl Wanted {
    /// `key=value`, the value perhaps as `#i`, or `key>number`.
    fn read(rows: &[Row], text: &str) -> Self {
        if let Some((key, number)) = text.split_once('>') {
            return Self::Above(key.to_owned(), number.parse().unwrap());
        }
        let (key, value) =
            text.split_once('=').unwrap_or_else(|| panic!("`{text}` is neither key=value nor key>number"));
        let Some(index) = value.strip_prefix('#').and_then(|i| i.parse::<usize>().ok()) else {
            return Self::Is(key.to_owned(), value.to_owned());
        };
        let mut values: Vec<&String> = Vec::new();
        for row in rows {
            let value = &row[key];
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Self::Is(key.to_owned(), values[index].clone())
    }

    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::Is(key, value) => row.get(key) == Some(value),
            Self::Above(key, least) => row[key].parse::<f64>().is_ok_and(|x| x > *least),
        }
    }
}

/// Every combination of what the numbers run over.
fn combinations(rows: &[Row], across: &str) -> Vec<Vec<Wanted>> {
    let mut all = vec![Vec::new()];
    for axis in across.split(';') {
        let (key, values) = axis.trim().split_once('=').unwrap_or_else(|| panic!("{axis} is no axis"));
        let with = |before: &Vec<Wanted>| {
            let one = |value: &str| {
                [before.clone(), vec![Wanted::read(rows, &format!("{key}={}", value.trim()))]].concat()
            };
            values.split(',').map(one).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

fn number(rows: &[Row], column: &str, how: &str, wanted: &[Wanted]) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| wanted.iter().all(|w| w.holds(row))).collect();
    assert!(!rows.is_empty(), "no row has {wanted:?}");
    if let Some(of) = how.strip_prefix("first_negative:") {
        let negative = rows.iter().filter(|row| row[column].parse::<f64>().is_ok_and(|x| x < 0.0));
        return negative.map(|row| row[of].parse::<u32>().unwrap()).min().unwrap().to_string();
    }
    let (column, turned) = column.strip_prefix("1-").map_or((column, false), |column| (column, true));
    // An accuracy that no seed reaches has no time.
    let numbers: Option<Vec<f64>> = rows.iter().map(|row| row[column].parse().ok()).collect();
    let Some(numbers) = numbers else { return "never".to_owned() };
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let (mean, digits) = (if turned { 1.0 - mean } else { mean }, how.parse::<usize>().unwrap());
    let text = format!("{mean:.digits$}");
    text.strip_prefix("0.").map_or(text.clone(), |rest| format!(".{rest}"))
}

#[test]
fn comments_of_scenarios_say_what_the_gallery_measured() {
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for line in TABLE.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [scenario, begins, source, looked_at, across] = parts[..] else { panic!("{line}: five parts") };
        let [file, column, how] = source.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}: file, column, digits")
        };
        let rows = rows(scenario, file);
        let fixed: Vec<_> = looked_at.split(';').map(|part| Wanted::read(&rows, part.trim())).collect();
        let of = |point: Vec<Wanted>| number(&rows, column, how, &[fixed.clone(), point].concat());
        let measured: Vec<String> = combinations(&rows, across).into_iter().map(of).collect();
        checked += measured.len();
        let said = comment(scenario).into_iter().filter_map(|l| l.strip_prefix(begins).map(str::to_owned));
        let said: Vec<String> = said.collect();
        let tokens = |rest: &String| -> Vec<String> {
            rest.split_whitespace().take(measured.len()).map(|t| t.trim_end_matches(',').to_owned()).collect()
        };
        if !said.iter().any(|rest| tokens(rest) == measured) {
            wrong.push(format!("{scenario}.yaml: {begins} {} (it says {said:?})", measured.join("  ")));
        }
    }
    assert!(wrong.is_empty(), "measured, but not what the comments say:\n{}", wrong.join("\n"));
    assert!(checked > 300, "only {checked} numbers checked");
}
