//! From a tree of YAML values to the structs of a scenario, with the path of keys in every error.
//!
//! serde does the work; this adapter adds three things that scenarios need. An enum is a bare word or a mapping
//! with one key, and a bare word may stand for settings that are all default (`majority` for
//! `{ majority: { ties: coin } }`). Every error knows the path it happened at. Numbers are finite.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor, value::StrDeserializer,
};
use serde_yaml::Value;

/// The keys (and `[index]`es) from the root to a value.
pub type Path = Vec<String>;

/// How the message of a missing setting ends.
const MISSING: &str = "is missing";

/// What is wrong with a tree, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub path: Option<Path>,
    pub message: String,
    pub help: Option<String>,
}

impl Fault {
    fn new(message: String) -> Self {
        Self { path: None, message, help: None }
    }

    /// Whether a setting is missing, rather than wrong.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.message.ends_with(MISSING)
    }

    fn at(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// "did you mean", then the legal words.
fn suggest(word: &str, legal: &[&str], what: &str) -> String {
    let closest = legal
        .iter()
        .map(|l| (strsim::damerau_levenshtein(word, l), l))
        .min()
        .filter(|(distance, l)| *distance <= 1 + l.len() / 3)
        .map_or(String::new(), |(_, l)| format!("did you mean `{l}`? "));
    let list = legal.iter().map(|l| format!("`{l}`")).collect::<Vec<_>>().join(", ");
    if legal.is_empty() { "nothing can be set here".to_owned() } else { format!("{closest}{what}: {list}") }
}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{} is written here, but {} is expected", in_words(found), plain(expected)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{} is out of range: {} is expected", in_words(found), plain(expected)))
    }

    fn unknown_variant(word: &str, legal: &'static [&'static str]) -> Self {
        Self {
            help: Some(suggest(word, legal, "legal words")),
            ..Self::new(format!("`{word}` is not known here"))
        }
    }

    fn unknown_field(key: &str, legal: &'static [&'static str]) -> Self {
        Self { help: Some(suggest(key, legal, "legal keys")), ..Self::new(format!("unknown key `{key}`")) }
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(format!("the setting `{key}` {MISSING}"))
    }
}

fn in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("the number {n}"),
        Unexpected::Signed(n) => format!("the number {n}"),
        Unexpected::Float(x) => format!("the number {x}"),
        Unexpected::Str(s) => format!("the text `{s}`"),
        Unexpected::Unit => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// Rust's names of types in words.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or above,".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        _ if text.starts_with("struct ") => "a mapping of settings".to_owned(),
        _ => text,
    }
}

/// Reads a tree.
///
/// # Errors
/// A [`Fault`] with the path at which the tree is not a `T`.
pub fn read<T: de::DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(Spot { value, path: Path::new() })
}

/// A value and the way to it.
struct Spot<'a> {
    value: &'a Value,
    path: Path,
}

impl<'a> Spot<'a> {
    fn child(&self, key: String, value: &'a Value) -> Self {
        let mut path = self.path.clone();
        path.push(key);
        Spot { value, path }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
                (Some(n), _, _) => visitor.visit_u64(n),
                (_, Some(n), _) => visitor.visit_i64(n),
                (_, _, Some(x)) if x.is_finite() => visitor.visit_f64(x),
                _ => Err(Fault::new(format!("`{n}` is not a finite number"))),
            },
            Value::String(s) => visitor.visit_str(s),
            Value::Sequence(items) => visitor.visit_seq(Items { spot: &self, items, next: 0 }),
            Value::Mapping(map) => {
                visitor.visit_map(Entries { spot: &self, entries: map.iter().collect(), next: 0 })
            }
            Value::Tagged(_) => Err(Fault::new("YAML tags (!name) have no meaning in a scenario".to_owned())),
        }
        .map_err(|fault| fault.at(&self.path))
    }
}

impl<'de> Deserializer<'de> for Spot<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        legal: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let path = self.path.clone();
        let word = match self.value {
            Value::String(word) => Word { word, content: None, path: self.path },
            Value::Mapping(map) if map.len() == 1 => {
                let (key, value) = map.iter().next().expect("one entry");
                let Value::String(word) = key else {
                    return Err(Fault::new("keys are words".to_owned()).at(&path));
                };
                let content = self.child(word.clone(), value);
                Word { word, path: content.path.clone(), content: (!value.is_null()).then_some(content) }
            }
            Value::Mapping(map) => {
                let help = Some(suggest("", legal, "legal words"));
                let message = format!("exactly one word is expected here, not {}", map.len());
                return Err(Fault { help, ..Fault::new(message) }.at(&path));
            }
            other => {
                let help = Some(suggest("", legal, "legal words"));
                let message = format!("{} is written here, but a word is expected", kind_of(other));
                return Err(Fault { help, ..Fault::new(message) }.at(&path));
            }
        };
        visitor.visit_enum(word).map_err(|fault| fault.at(&path))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "a tag",
    }
}

struct Items<'s, 'a> {
    spot: &'s Spot<'a>,
    items: &'a [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let spot = self.spot.child(format!("[{}]", self.next), item);
        self.next += 1;
        seed.deserialize(spot).map(Some)
    }
}

struct Entries<'s, 'a> {
    spot: &'s Spot<'a>,
    entries: Vec<(&'a Value, &'a Value)>,
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, _)) = self.entries.get(self.next) else { return Ok(None) };
        let Value::String(key) = key else {
            return Err(Fault::new("keys are words".to_owned()).at(&self.spot.path));
        };
        let deserializer: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        let mut path = self.spot.path.clone();
        path.push(key.clone());
        seed.deserialize(deserializer).map(Some).map_err(|fault| fault.at(&path))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, value) = self.entries[self.next];
        self.next += 1;
        let spot = self.spot.child(key.as_str().unwrap_or_default().to_owned(), value);
        let path = spot.path.clone();
        seed.deserialize(spot).map_err(|fault| fault.at(&path))
    }
}

/// An enum: its word and what stands behind it.
struct Word<'a> {
    word: &'a str,
    content: Option<Spot<'a>>,
    path: Path,
}

impl<'de, 'a> EnumAccess<'de> for Word<'a> {
    type Error = Fault;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Fault> {
        let deserializer: StrDeserializer<'_, Fault> = self.word.into_deserializer();
        let variant = seed.deserialize(deserializer).map_err(|fault| fault.at(&self.path))?;
        Ok((variant, Content { word: self.word.to_owned(), content: self.content, path: self.path }))
    }
}

struct Content<'a> {
    word: String,
    content: Option<Spot<'a>>,
    path: Path,
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content.map(|c| c.value) {
            None => Ok(()),
            Some(Value::Mapping(map)) if map.is_empty() => Ok(()),
            Some(_) => {
                Err(Fault::new(format!("`{}` has no settings: write the bare word", self.word))
                    .at(&self.path))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let path = self.path;
        match self.content {
            Some(content) => seed.deserialize(content),
            None => seed.deserialize(Absent { word: self.word }),
        }
        .map_err(|fault| fault.at(&path))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.newtype_variant_seed(Visit(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.newtype_variant_seed(Visit(visitor))
    }
}

/// Lets a visitor stand where a seed is due.
struct Visit<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_map(self.0)
    }
}

/// What stands behind a bare word: settings that are all default, or nothing at all.
struct Absent {
    word: String,
}

impl<'de> Deserializer<'de> for Absent {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        let word = self.word;
        Err(Fault::new(format!("`{word}` needs a value: write {{ {word}: … }}")))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let empty = std::iter::empty::<(&str, &str)>();
        visitor.visit_map(de::value::MapDeserializer::<_, Fault>::new(empty))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct identifier ignored_any option newtype_struct enum
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Root {
        rule: Rule,
        #[serde(default)]
        rate: f64,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Rule {
        Plain {
            #[serde(default)]
            depth: u32,
        },
        Named(String),
        Unit,
    }

    fn parse(text: &str) -> Result<Root, (String, String, String)> {
        read(&serde_yaml::from_str(text).unwrap()).map_err(|fault| {
            (fault.path.unwrap_or_default().join("."), fault.message, fault.help.unwrap_or_default())
        })
    }

    #[test]
    fn a_bare_word_stands_for_its_defaults() {
        let root = Root { rule: Rule::Plain { depth: 0 }, rate: 0.0 };
        for text in
            ["rule: plain", "rule: { plain: {} }", "rule: { plain: }", "rule: { plain: { depth: 0 } }"]
        {
            assert_eq!(parse(text).as_ref(), Ok(&root), "{text}");
        }
        assert_eq!(parse("rule: unit").unwrap().rule, Rule::Unit);
    }

    #[test]
    fn errors_know_their_path_and_a_way_out() {
        for (text, path, message, help) in [
            ("rule: plian", "rule", "`plian` is not known", "did you mean `plain`?"),
            ("rule: { plain: { deep: 1 } }", "rule.plain.deep", "unknown key `deep`", "`depth`"),
            ("rule: { plain: { depth: x } }", "rule.plain.depth", "the text `x`", ""),
            ("rule: { plain: { depth: -1 } }", "rule.plain.depth", "-1", ""),
            ("rule: named", "rule", "`named` needs a value", ""),
            ("rule: { unit: 3 }", "rule.unit", "no settings", ""),
            ("rule: { unit: , plain: }", "rule", "exactly one word", "`plain`"),
            ("rule: [1]", "rule", "a list is written here", "`plain`"),
            ("{}", "", "`rule` is missing", ""),
            ("{ rule: unit, rate: .nan }", "rate", "not a finite number", ""),
            ("{ rule: !x unit }", "rule", "", ""),
        ] {
            let (p, m, h) = parse(text).unwrap_err();
            assert!(p == path && m.contains(message) && h.contains(help), "{text}: {p} | {m} | {h}");
        }
    }
}
