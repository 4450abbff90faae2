//! A fault of a scenario's tree as an error: its place in the text, and what to write instead.

use super::document::Document;
use super::keys;
use super::shown::{Path, index};
use super::words::{Fault, FaultKind, nearest, suggest};
use crate::error::Error;

/// The error for a fault of the tree that `document` became.
pub(crate) fn explained(fault: Fault, document: &Document) -> Error {
    let path = fault.path.clone().unwrap_or_default();
    let on_key = matches!(fault.kind, FaultKind::Key { .. } | FaultKind::Word { in_key: true, .. });
    let of_key = || document.place_of_key(&path).filter(|_| on_key);
    // A word beside the one that stands there already, by --set or by the sweep.
    let beside = document.put_below(&path).filter(|_| matches!(fault.kind, FaultKind::Several(_)));
    let instead = beside.as_ref().map(|(put, _)| {
        let (whole, word) = (path.join("."), &put[path.len()]);
        format!("`{whole}` has a word already: set the whole of it, {whole}: {{ {word}: … }}")
    });
    let place = beside.map(|(_, place)| place).or_else(of_key).or_else(|| document.place(&path));
    let help = instead.or_else(|| help(&fault, &path, document));
    let key = path.join(".").replace(".[", "[");
    let message = if key.is_empty() { fault.message } else { format!("{key}: {}", fault.message) };
    let error = Error::scenario(message).at(place);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn help(fault: &Fault, path: &Path, document: &Document) -> Option<String> {
    let form = |path: &[String]| keys::form(path).map(|form| format!("write {form}"));
    match &fault.kind {
        FaultKind::Key { key, legal } => Some(another_key(key, legal, path, document)),
        FaultKind::Word { word, legal, in_key } => {
            let list = suggest(word, legal, "legal words");
            let enclosing = if *in_key { &path[..path.len() - 1] } else { &path[..] };
            // A word near to a legal one is that word; anything else may be a value without its word.
            let form = form(enclosing).filter(|_| nearest(word, legal).is_none());
            Some(form.map_or(list.clone(), |form| format!("{form}; {list}")))
        }
        FaultKind::Missing(key) => {
            let mut whole = path.clone();
            whole.push((*key).to_owned());
            form(&whole)
        }
        FaultKind::Form { list: true } if fault.help.is_none() => {
            let setting = path.join(".");
            if setting == "seed" {
                return Some("write the first seed and repeats: seed: 1 with repeats: 3 makes runs with the seeds 1, 2 and 3".to_owned());
            }
            // An item of a list has no path in a sweep.
            let item = path.iter().any(|key| index(key).is_some());
            let several = if item || keys::not_swept(path).is_some() {
                None
            } else {
                Some(format!("for several values, sweep: {{ {setting}: [ … ] }}"))
            };
            let bare = || "write the item without brackets of its own".to_owned();
            match (form(path), several) {
                (Some(form), Some(several)) => Some(format!("{form}; {several}")),
                (one, other) => Some(one.or(other).unwrap_or_else(bare)),
            }
        }
        FaultKind::Form { .. } => fault.help.clone().or_else(|| form(path)),
        FaultKind::Settings(keys) => {
            let form = fault.help.clone().or_else(|| form(path));
            let keys = suggest("", keys, "legal keys");
            Some(form.map_or(keys.clone(), |form| format!("{form}; {keys}")))
        }
        FaultKind::Bare(word) => {
            if path.last() == Some(word) {
                return form(path);
            }
            let mut whole = path.clone();
            whole.push(word.clone());
            let last = path.last().filter(|last| !last.starts_with('['));
            let inner = keys::form(&whole).map(|form| format!("{{ {form} }}"));
            inner.map(|inner| last.map_or(format!("write {inner}"), |key| format!("write {key}: {inner}")))
        }
        FaultKind::Several(legal) => {
            Some(format!("write one of them; {}", suggest("", legal, "legal words")))
        }
        FaultKind::Other => fault.help.clone(),
    }
}

/// What to write instead of a key that there is not at `path`.
fn another_key(key: &str, legal: &[&'static str], path: &Path, document: &Document) -> String {
    let parent = &path[..path.len().saturating_sub(1)];
    // The sweep is taken out of the tree before it is read, but it is a key like the others.
    let sweep = ["sweep"].into_iter().filter(|_| parent.is_empty());
    let legal: Vec<&str> = legal.iter().copied().chain(sweep).collect();
    let list = |word: &str| suggest(word, &legal, "legal keys");
    // `count 5` or `count:5`: a key with its value.
    if let Some((word, value)) = key.split_once([' ', ':']).filter(|(word, _)| legal.contains(word)) {
        return format!("write {word}: {}, with a colon and a blank", value.trim());
    }
    let homes = keys::homes(key, parent);
    let part = key.len() > 3 && legal.iter().any(|word| word.contains(key));
    if let Some(near) = nearest(key, &legal).filter(|_| part || homes.is_empty()) {
        // A dotted path of --set or of a sweep is answered with the whole path.
        let Some(written) = document.written_as(path) else { return list(key) };
        let right: Vec<&str> = written.iter().map(String::as_str).collect();
        let right = [&right[..path.len() - 1], &[near], &right[path.len()..]].concat().join(".");
        return format!("did you mean `{right}`? {}", list(""));
    }
    match homes[..] {
        [] => list(key),
        [home] => format!("write {home}{}; {}", of_form(home), list("")),
        [home, ..] => format!("write {}{}; {}", homes.join(" or "), of_form(home), list("")),
    }
}

/// ` (key: value)` for a setting whose form is known.
fn of_form(home: &str) -> String {
    let path: Path = home.split('.').map(str::to_owned).collect();
    keys::form(&path).map_or(String::new(), |form| format!(" ({form})"))
}
