//! What to write instead of a value that does not fit its place.

use serde_yaml::Value;

use super::fault::{Fault, FaultKind};
use crate::scenario::shown::{Path, shown, text_of};

/// How to write a whole number that stands there as a text; a comma parts its thousands.
pub(super) fn whole_in(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let bare = text.replace([' ', '_', '\'', ','], "");
    let parted = text.split([' ', '_', '\'', ',']).skip(1).all(|group| group.len() == 3);
    let whole = bare.parse::<u64>().ok().filter(|_| parted || text == bare);
    whole.map(|n| format!("write {n}")).or_else(|| number_in(value))
}

/// How to write a number that stands there as a text.
pub(super) fn number_in(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.is_finite());
    if let Some(share) = text.strip_suffix('%').and_then(|share| number(&share.trim().replace(',', "."))) {
        return Some(format!("write {}", share / 100.0));
    }
    let bare = text.replace([' ', '_', '\''], "");
    if text.matches(',').count() == 1 && number(&text.replace(',', ".")).is_some() {
        return Some(format!("write {}, with a point", text.replace(',', ".")));
    }
    number(&bare).map(|_| format!("write {bare}, without quotes or signs between the digits"))
}

/// How to write the only setting of a mapping, where its value alone stands there.
pub(super) fn only_setting(fields: &[&str], value: &Value) -> Option<String> {
    match (fields, value) {
        ([only], Value::Number(_) | Value::String(_) | Value::Bool(_)) => {
            Some(format!("write {{ {only}: {} }}", shown(&text_of(value))))
        }
        _ => None,
    }
}

pub(super) fn no_key() -> Fault {
    Fault::new("keys are words", FaultKind::Other).or_help(|| Some("write key: value".to_owned()))
}

/// Several words in braces where one is due: those that are none are keys at the wrong place, or the choice is not made.
pub(super) fn one_of_them(map: &serde_yaml::Mapping, legal: &'static [&'static str], path: &Path) -> Fault {
    let keys: Vec<&str> = map.keys().filter_map(Value::as_str).collect();
    let strangers: Vec<&str> = keys.iter().copied().filter(|key| !legal.contains(key)).collect();
    if let [stranger, ..] = strangers[..]
        && strangers.len() < keys.len()
    {
        let mut path = path.clone();
        path.push(stranger.to_owned());
        let kind = FaultKind::Key { key: stranger.to_owned(), legal: &[] };
        return Fault::new(format!("unknown key `{}`", shown(stranger)), kind).at(&path);
    }
    let found = match keys[..] {
        [] => "an empty mapping".to_owned(),
        _ => format!("{} ({})", keys.len(), shown(&keys.join(", "))),
    };
    let message = format!("exactly one word is expected here, not {found}");
    Fault::new(message, FaultKind::Several(legal)).at(path)
}
