//! What can be wrong with a tree of values, in words.

use serde::de::{self, Expected, Unexpected};
use serde_yaml::Value;

use crate::near;
use crate::registry::OWN;
use crate::scenario::shown::{Path, shown};

/// What is wrong with a tree, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub path: Option<Path>,
    pub message: String,
    /// What to write instead, where the reader of the value knows it.
    pub help: Option<String>,
    pub kind: FaultKind,
}

/// What a way out is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FaultKind {
    /// A key that there is not among these.
    Key {
        key: String,
        legal: &'static [&'static str],
    },
    /// A word that there is not among these; as a key in braces, or as a value.
    Word {
        word: String,
        legal: &'static [&'static str],
        in_key: bool,
    },
    /// A setting that must be written.
    Missing(&'static str),
    /// A value of another form than the setting has; a list, maybe, where one value is due.
    Form {
        list: bool,
    },
    /// Something else than a mapping where these settings are due.
    Settings(&'static [&'static str]),
    /// A word alone that needs a value.
    Bare(String),
    /// Several words where one is due.
    Several(&'static [&'static str]),
    Other,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, kind: FaultKind) -> Self {
        Self { path: None, message: message.into(), help: None, kind }
    }

    /// A value of another form than is expected.
    pub(crate) fn form(found: &Value, expected: &str) -> Self {
        let list = matches!(found, Value::Sequence(_));
        Self::new(
            format!("{} is written here, but {expected} is expected", in_short(found)),
            FaultKind::Form { list },
        )
    }

    /// Whether a setting is missing, rather than wrong.
    #[must_use]
    pub(crate) const fn is_missing(&self) -> bool {
        matches!(self.kind, FaultKind::Missing(_))
    }

    #[must_use]
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }

    /// With this help, unless it has one.
    #[must_use]
    pub(crate) fn or_help(mut self, help: impl FnOnce() -> Option<String>) -> Self {
        self.help = self.help.or_else(help);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string(), FaultKind::Other)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let list = matches!(found, Unexpected::Seq);
        let message = format!("{} is written here, but {} is expected", in_words(found), plain(expected));
        Self::new(message, FaultKind::Form { list })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let message = format!("{} is out of range: {} is expected", in_words(found), range(expected));
        Self::new(message, FaultKind::Other)
    }

    fn unknown_variant(word: &str, legal: &'static [&'static str]) -> Self {
        let kind = FaultKind::Word { word: word.to_owned(), legal, in_key: false };
        Self::new(format!("`{}` is not known here", shown(word)), kind)
    }

    fn unknown_field(key: &str, legal: &'static [&'static str]) -> Self {
        let kind = FaultKind::Key { key: key.to_owned(), legal };
        Self::new(format!("unknown key `{}`", shown(key)), kind)
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(format!("the setting `{key}` is missing"), FaultKind::Missing(key))
    }
}

fn in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("the number {n}"),
        Unexpected::Signed(n) => format!("the number {n}"),
        Unexpected::Float(x) => format!("the number {x}"),
        Unexpected::Str(s) => format!("the text `{}`", shown(s)),
        Unexpected::Unit => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// A value in a message.
pub(crate) fn in_short(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(b) => format!("`{b}`"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) => format!("the text `{}`", shown(s)),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(_) => "a tag".to_owned(),
    }
}

/// Rust's names of types in words.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or above,".to_owned(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a text".to_owned(),
        "path string" => "a path".to_owned(),
        "a sequence" => "a list".to_owned(),
        "enum" => "a word with its settings".to_owned(),
        _ if text.starts_with("struct ") => "a mapping of settings".to_owned(),
        _ if text.starts_with("enum ") => "a word".to_owned(),
        _ => text,
    }
}

/// The whole numbers of a type.
fn range(expected: &dyn Expected) -> String {
    let most = match expected.to_string().as_str() {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        "u64" | "usize" => u64::MAX,
        _ => return plain(expected),
    };
    format!("a whole number from 0 to {most}")
}

/// The legal word that was meant, if one is near: in another case, with other signs between its parts, or misspelt.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, legal: &[&'a str]) -> Option<&'a str> {
    let legal: Vec<&str> = legal.iter().copied().filter(|l| *l != OWN).collect();
    near::nearest(word, &legal)
}

/// "did you mean", then the legal words.
#[must_use]
pub(crate) fn suggest(word: &str, legal: &[&str], what: &str) -> String {
    let closest = nearest(word, legal).map_or(String::new(), |l| format!("did you mean `{l}`? "));
    let list = legal.iter().filter(|l| **l != OWN).map(|l| format!("`{l}`")).collect::<Vec<_>>().join(", ");
    if legal.is_empty() { "nothing can be set here".to_owned() } else { format!("{closest}{what}: {list}") }
}
