//! Paths, values and texts of a scenario as messages and figures show them.

use serde_yaml::Value;

use crate::error::one_line;

/// The keys (and `[index]`es) from the root to a value.
pub(crate) type Path = Vec<String>;

/// The number in `[index]`, the key of an item of a list.
#[must_use]
pub(crate) fn index(key: &str) -> Option<usize> {
    key.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// A value on one line, as a user would write it.
#[must_use]
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Null => String::new(),
        // A method that is spelled out goes by its name.
        Value::Mapping(map) if map.get("name").is_some_and(Value::is_string) => text_of(&map["name"]),
        Value::Mapping(map) => {
            let inner = |value: &Value| match value {
                Value::Mapping(_) => format!("{{{}}}", text_of(value)),
                _ => text_of(value),
            };
            let entry = |(key, value): (&Value, &Value)| match value {
                // A word without settings of its own.
                Value::Mapping(settings) if settings.is_empty() => text_of(key),
                _ => format!("{}: {}", text_of(key), inner(value)),
            };
            map.iter().map(entry).collect::<Vec<_>>().join(", ")
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(", ")),
        Value::Tagged(tagged) => text_of(&tagged.value),
    }
}

/// A user's text in a message: on one line, and in part where it is long.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = one_line(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
