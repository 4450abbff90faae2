//! `signsim explain`: one setting, word or column, in a few lines; found in the schema, on the pages and in the catalogues.

use serde_json::Value;

use super::super::keys;
use super::super::words::nearest;
use super::FAMILIES;
use super::page;
use super::schema::schema;
use crate::error::{Error, Result};

/// What is known of a setting (`adversaries.count`, or `count`), of a word (`sign_inversion`), or of a column of a table.
///
/// # Errors
/// When nothing is known under this name; says which was probably meant.
pub fn explain(name: &str) -> Result<String> {
    // As papers and headings of tables have it.
    let name = match name {
        "M" => "workers.count",
        "L" => "adversaries.count",
        name => &name.replace(' ', "_"),
    };
    let whole = schema();
    if at(&whole, name).is_some() {
        return Ok(setting(&whole, name));
    }
    let mut parts: Vec<String> = FAMILIES
        .iter()
        .filter_map(|(kind, entries)| Some(word(kind, entries.iter().find(|e| e.word == name)?)))
        .collect();
    let ends = |path: &&str| path.rsplit('.').next() == Some(name);
    let paths: Vec<&str> = keys::KEYS.iter().map(|(path, _)| *path).filter(ends).collect();
    match paths[..] {
        _ if !parts.is_empty() => {}
        [path] => parts.push(setting(&whole, path)),
        [] => {}
        _ => {
            let one = |path: &&str| {
                format!("  {path:<48} {}\n", page::meaning(path).map_or(String::new(), |m| m.about))
            };
            parts.push(format!(
                "{name} is a setting at several places\n{}",
                paths.iter().map(one).collect::<String>()
            ));
        }
    }
    parts.extend(
        page::columns(name)
            .into_iter()
            .map(|(table, about)| format!("{name}, a column of {table}\n  {about}\n")),
    );
    if parts.is_empty() {
        return Err(unknown(name));
    }
    Ok(parts.join("\n"))
}

/// What [`explain`] says of every setting, as the page `docs/scenario.md`.
#[must_use]
pub fn reference_page() -> String {
    let whole = schema();
    let mut page = "# The reference of scenarios\n\nWhat is each setting and each word, one after the other, with meaning, default, type, legal words, source and an example?\n\n\
                    This page is what `signsim explain` prints without a name; [settings](settings.md) has the same by subject, with units.\n"
        .to_owned();
    for (path, _) in keys::KEYS.iter().filter(|(path, _)| at(&whole, path).is_some()) {
        let text = setting(&whole, path);
        let lines = text.trim_end().split_once('\n').map_or("", |(_, lines)| lines);
        page += &format!("\n## `{path}`\n\n```text\n{lines}\n```\n");
    }
    for (kind, entries) in FAMILIES {
        page += &format!("\n## All {kind}\n");
        for entry in entries.iter() {
            page += &format!("\n```text\n{}\n```\n", word(kind, entry).trim_end());
        }
    }
    page
}

fn unknown(name: &str) -> Error {
    let settings = keys::KEYS.iter().flat_map(|(path, _)| [*path, path.rsplit('.').next().unwrap_or(path)]);
    let words = FAMILIES.iter().flat_map(|(_, entries)| entries.iter().map(|entry| entry.word));
    let known: Vec<&str> = settings.chain(words).chain(page::all_columns()).collect();
    let elsewhere = keys::homes(name, &[]);
    let meant = elsewhere.first().copied().or_else(|| nearest(name, &known));
    let meant = meant.map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
    Error::input(format!("nothing is called `{name}`")).help(format!(
        "{meant}name a setting such as adversaries.count, a word of `signsim list`, or a column"
    ))
}

/// A word of a family.
fn word(kind: &str, entry: &crate::catalogue::Entry) -> String {
    let mut text = format!("{}, one of the {kind}\n  meaning   {}\n", entry.word, entry.about);
    if let Some(settings) = page::settings_of(entry.word) {
        text += &format!("  settings  {settings}\n");
    }
    let ends = |path: &&&(&str, &str)| path.0.rsplit('.').next() == Some(entry.word);
    if let Some((path, value)) = keys::KEYS.iter().find(|path| ends(&path)) {
        let key = path.rsplit('.').nth(1).unwrap_or_default();
        text += &format!("  example   {key}: {{ {}: {value} }}\n", entry.word);
    }
    text + &format!("  source    {}\n  where     signsim list {kind}\n", entry.source)
}

/// A setting, by its path in the schema.
fn setting(whole: &Value, path: &str) -> String {
    let mut text = format!("{path}\n");
    if let Some(page::Meaning { about, default }) = page::meaning(path) {
        text += &format!("  meaning   {about}\n");
        text += &default.map_or(String::new(), |default| format!("  default   {default}\n"));
    }
    let (mut kinds, mut words, mut keys_below) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(node) = at(whole, path) {
        gather(whole, node, 0, &mut |node| {
            let object = node.as_object();
            if let Some(word) = node.get("const").and_then(Value::as_str) {
                words.push(word.to_owned());
            }
            let kind = node.get("type").and_then(Value::as_str).filter(|kind| *kind != "null");
            kinds.extend(kind.filter(|kind| !kinds.contains(&(*kind).to_owned())).map(str::to_owned));
            let below = object.and_then(|node| node.get("properties")).and_then(Value::as_object);
            keys_below.extend(below.into_iter().flat_map(|below| below.keys().cloned()));
        });
    }
    keys_below.retain(|key| !words.contains(key) && key != crate::registry::OWN);
    for (what, list, between) in [
        ("type      ", kinds.iter().map(|kind| called(kind).to_owned()).collect(), " or "),
        ("words     ", words, ", "),
        ("keys      ", keys_below, ", "),
    ] {
        let list: Vec<String> = list;
        if !list.is_empty() {
            text += &format!("  {what}{}\n", list.join(between));
        }
    }
    let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
    if let Some(form) = keys::form(&parts) {
        text += &format!("  example   {form}\n");
    }
    text + &format!("  where     a scenario, or --set {path}=VALUE; docs/settings.md\n")
}

/// A type of JSON in the words of the pages.
fn called(kind: &str) -> &str {
    match kind {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        other => other,
    }
}

/// Calls `with` for a node and all that it may be instead, references followed.
fn gather<'a>(whole: &'a Value, node: &'a Value, depth: usize, with: &mut dyn FnMut(&'a Value)) {
    if depth > 16 {
        return;
    }
    with(node);
    let reference =
        node.get("$ref").and_then(Value::as_str).and_then(|to| whole.pointer(to.trim_start_matches('#')));
    reference.into_iter().for_each(|node| gather(whole, node, depth + 1, with));
    for several in ["anyOf", "allOf"] {
        let choices = node.get(several).and_then(Value::as_array).into_iter().flatten();
        choices.for_each(|node| gather(whole, node, depth + 1, with));
    }
}

/// What the schema says at a path of keys, `[]` for items of lists.
pub(super) fn at<'a>(whole: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(whole, |node, key| {
        let mut found = None;
        gather(whole, node, 0, &mut |node| {
            let below =
                if key == "[]" { node.get("items") } else { node.get("properties").and_then(|p| p.get(key)) };
            found = found.or(below);
        });
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_words_and_columns_are_explained() {
        for (name, says) in [
            ("adversaries.count", &["L, a count", "a text or a number", "default   0", "count: M/2 - 1"][..]),
            ("learning_rate", &["at several places", "server.learning_rate", "method.learning_rate"]),
            ("network.links.down.loss", &["never arrives", "a number"]),
            ("sign_inversion", &["one of the attacks", "y' = -y"]),
            ("sleeper", &["until: 100", "attack: { sleeper: { until: 100 } }"]),
            ("signsgd_fd", &["one of the methods", "arXiv 2402.01340"]),
            ("metrics.layers", &["true or false", "default   false"]),
            ("server.close", &["words     all", "keys      ", "quorum"]),
            ("decoding_error", &["a column of summary.csv", "all measured rounds"]),
            ("evaluate_every", &["default   20"]),
        ] {
            let text = explain(name).unwrap_or_else(|error| panic!("{error}"));
            says.iter().for_each(|words| assert!(text.contains(words), "{name}: {words} in {text}"));
        }
        for (name, meant) in [
            ("adversaries.cuont", "`adversaries.count`"),
            ("lr", "`server.learning_rate`"),
            ("sleepr", "`sleeper`"),
        ] {
            let error = explain(name).unwrap_err();
            assert!(error.advice().unwrap().contains(meant), "{name}: {:?}", error.advice());
        }
    }
}
