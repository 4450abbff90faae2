//! The page of all settings, `docs/settings.md`, as the program reads it: what a key means, and what it is when nothing is said.
//! What people read and what an editor shows is one text.

use std::sync::LazyLock;

const PAGE: &str = include_str!("../../../docs/settings.md");

/// A row of one of its tables.
struct Row {
    /// What stands above the first column: `key`, `option`, or a word in quotation marks whose settings the table has.
    head: String,
    /// Everything in quotation marks in the first column.
    keys: Vec<String>,
    meaning: String,
    default: Option<String>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| rows(PAGE));

/// What a key means and what it is when nothing is said, without the marks of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub about: String,
    pub default: Option<String>,
}

/// What the page says about the setting at a path, with `[]` for items of lists.
pub(crate) fn meaning(path: &str) -> Option<Meaning> {
    let (before, last) = path.rsplit_once('.').unwrap_or(("", path));
    let word = before.rsplit('.').next().unwrap_or_default();
    let of = |head: &str, key: &str| {
        ROWS.iter().find(|row| row.head == head && row.keys.iter().any(|known| known == key))
    };
    let link = || before.contains("links").then(|| of("key", &format!("….{last}"))).flatten();
    let option = || {
        let figures = path.starts_with("style.") || path.starts_with("figures.");
        figures.then(|| of("option", last)).flatten()
    };
    let whole = of("key", path).or_else(|| of(&format!("`{word}`"), last)).or_else(link).or_else(option);
    if let Some(row) = whole {
        return Some(Meaning { about: plain(&row.meaning), default: row.default.as_deref().map(plain) });
    }
    // `zero`: what a gradient of exactly 0 sends; `b`: …
    let settings = ROWS.iter().filter(|row| row.default.is_none() || row.head == "schedule");
    let row = settings.into_iter().find(|row| row.keys.iter().any(|known| known == word))?;
    let text = row.default.as_deref().unwrap_or(&row.meaning);
    let part = text.split("; ").find(|part| part.contains(&format!("`{last}`")))?;
    Some(Meaning { about: plain(part), default: None })
}

/// What the page says about a word and all of its settings.
pub(crate) fn settings_of(word: &str) -> Option<String> {
    let row = ROWS.iter().find(|row| row.default.is_none() && row.keys.iter().any(|known| known == word))?;
    Some(plain(&row.meaning))
}

/// The pages of tables, by their sections; the columns stand in the first one of a row.
const TABLES: &str = include_str!("../../../docs/results.md");

/// What the page of results says about a column of this name: the file, and the meaning.
pub(crate) fn columns(name: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (table, row) in column_rows() {
        if row.keys.iter().any(|key| key == name) {
            found.push((table, plain(&row.meaning)));
        }
    }
    found
}

/// All columns that the page of results names in tables.
pub(crate) fn all_columns() -> impl Iterator<Item = &'static str> {
    static ALL: LazyLock<Vec<String>> =
        LazyLock::new(|| column_rows().into_iter().flat_map(|(_, row)| row.keys).collect());
    ALL.iter().map(String::as_str)
}

fn column_rows() -> Vec<(String, Row)> {
    let of_section = |section: &str| {
        let table = section.lines().next().unwrap_or_default().replace('\\', "");
        rows(section)
            .into_iter()
            .filter(|row| row.head == "column")
            .map(move |row| (table.clone(), row))
            .collect::<Vec<_>>()
    };
    TABLES.split("\n## ").skip(1).flat_map(of_section).collect()
}

fn rows(page: &str) -> Vec<Row> {
    let (mut rows, mut head) = (Vec::new(), None);
    for line in page.lines() {
        let Some(line) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else {
            head = None;
            continue;
        };
        let cells: Vec<&str> = line.split(" |").map(|cell| cell.trim_start_matches('|').trim()).collect();
        match (&head, &cells[..]) {
            (None, [first, ..]) => head = Some((*first).to_owned()),
            (Some(_), [first, ..]) if first.starts_with("---") => {}
            (Some(head), [first, meaning, rest @ ..]) => rows.push(Row {
                head: head.clone(),
                keys: first.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
                meaning: (*meaning).to_owned(),
                default: rest.first().map(|default| (*default).to_owned()),
            }),
            _ => {}
        }
    }
    rows
}

/// A text without marks of code and without the addresses of links.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("](") {
        let (words, after) = (before, link.split_once(')').map_or("", |(_, after)| after));
        let (start, name) = words.rsplit_once('[').unwrap_or((words, ""));
        out += start;
        out += name;
        rest = after;
    }
    (out + rest).replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_answers_for_keys_links_options_and_settings_of_words() {
        let says = |path: &str| meaning(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(says("workers.count").about, "M");
        assert_eq!(says("workers.batch").default.as_deref(), Some("64"));
        assert!(says("network.links.up.loss").about.contains("probability that a transmission"));
        assert!(says("method.aggregator.federated_defense.t_in").about.contains("T_in"));
        assert!(says("style.level").about.contains("confidence"));
        assert!(says("method.quantizer.top_k.fraction").about.contains("0.1 of each tensor"));
        assert!(says("adversaries.attack.sleeper.until").about.contains("first round of inversion"));
        assert!(says("server.learning_rate.cosine.to").about.contains("to: 0"));
        assert_eq!(meaning("workers.cuont"), None);
        assert_eq!(plain("a [b](c.md#d) `e`"), "a b e");
    }
}
