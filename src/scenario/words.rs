//! From a tree of YAML values to the structs of a scenario, with the path of keys in every error.
//!
//! serde does the work; this adapter adds three things that scenarios need. An enum is a bare word or a mapping
//! with one key, and a bare word may stand for settings that are all default (`majority` for
//! `{ majority: { ties: coin } }`). Every error knows the path it happened at. Numbers are finite.

mod choice;
mod fault;

use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    value::StrDeserializer,
};
use serde_yaml::Value;

use choice::Word;
pub use fault::{Fault, Kind, nearest, shown, suggest};

/// The keys (and `[index]`es) from the root to a value.
pub type Path = Vec<String>;

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
                _ => Err(Fault::new(format!("`{n}` is not a finite number"), Kind::Form { list: false })),
            },
            Value::String(s) => visitor.visit_str(s),
            Value::Sequence(items) => visitor.visit_seq(Items { spot: &self, items, next: 0 }),
            Value::Mapping(map) => {
                visitor.visit_map(Entries { spot: &self, entries: map.iter().collect(), next: 0 })
            }
            Value::Tagged(_) => {
                let fault = Fault::new("YAML tags (!name) have no meaning in a scenario", Kind::Other);
                Err(fault.or_help(|| Some("leave the tag away".to_owned())))
            }
        }
        .map_err(|fault| fault.at(&self.path))
    }

    /// A whole number, which may be written `1e3`.
    fn whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        match value.as_f64() {
            // Below 2^53 every whole number is exact.
            Some(x) if value.is_f64() && x.fract() == 0.0 && (0.0..9e15).contains(&x) => {
                visitor.visit_u64(x as u64).map_err(|fault: Fault| fault.at(&self.path))
            }
            _ => self.any(visitor).map_err(|fault| fault.or_help(|| whole_in(value))),
        }
    }

    /// A number; a text that looks like one is answered with the number.
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        self.any(visitor).map_err(|fault| fault.or_help(|| number_in(value)))
    }

    /// Something that is written in one way only.
    fn only<'de, V: Visitor<'de>>(
        self,
        fits: bool,
        what: &str,
        help: Option<String>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if fits || matches!(self.value, Value::Tagged(_)) {
            return self.any(visitor);
        }
        Err(Fault::form(self.value, what).or_help(|| help).at(&self.path))
    }
}

/// How to write a whole number that stands there as a text; a comma parts its thousands.
fn whole_in(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let bare = text.replace([' ', '_', '\'', ','], "");
    let parted = text.split([' ', '_', '\'', ',']).skip(1).all(|group| group.len() == 3);
    let whole = bare.parse::<u64>().ok().filter(|_| parted || text == bare);
    whole.map(|n| format!("write {n}")).or_else(|| number_in(value))
}

/// How to write a number that stands there as a text.
fn number_in(value: &Value) -> Option<String> {
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
fn only_setting(fields: &[&str], value: &Value) -> Option<String> {
    match (fields, value) {
        ([only], Value::Number(_) | Value::String(_) | Value::Bool(_)) => {
            Some(format!("write {{ {only}: {} }}", shown(&super::sweep::text_of(value))))
        }
        _ => None,
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

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let help = only_setting(fields, self.value);
        let fits = self.value.is_mapping();
        self.only(fits, "a mapping of settings", help, visitor).map_err(|fault| match fault.kind {
            Kind::Form { .. } if !fits => Fault { kind: Kind::Settings(fields), ..fault },
            _ => fault,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let fits = self.value.is_mapping();
        self.only(fits, "a mapping", None, visitor).map_err(|fault| match fault.kind {
            Kind::Form { .. } => Fault { kind: Kind::Form { list: false }, ..fault },
            _ => fault,
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        let one =
            (!value.is_null()).then(|| format!("write a list: [{}]", shown(&super::sweep::text_of(value))));
        self.only(value.is_sequence(), "a list", one.filter(|_| !value.is_mapping()), visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let fits = self.value.is_bool();
        self.only(fits, "true or false", Some("write true or false".to_owned()), visitor)
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
                let Value::String(word) = key else { return Err(no_key().at(&path)) };
                let content = self.child(word.clone(), value);
                Word { word, path: content.path.clone(), content: (!value.is_null()).then_some(content) }
            }
            Value::Mapping(map) => return Err(one_of_them(map, legal, &path)),
            other => {
                let fault = Fault::form(other, "a word");
                let list = other.is_sequence();
                let word = if list { String::new() } else { super::sweep::text_of(other) };
                let kind = Kind::Word { word, legal, in_key: false };
                return Err(if list { fault } else { Fault { kind, ..fault } }.at(&path));
            }
        };
        let content = word.path.clone();
        visitor.visit_enum(word).map_err(|mut fault| match (&fault.path, &mut fault.kind) {
            // The word itself is wrong; in braces it is a key.
            (None, Kind::Word { in_key, .. }) if content != path => {
                *in_key = true;
                fault.at(&content)
            }
            _ => fault.at(&path),
        })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        let quoted = || format!("write it in quotes: \"{}\"", super::sweep::text_of(value));
        self.any(visitor).map_err(|fault| match value {
            Value::Number(_) | Value::Bool(_) => fault.or_help(|| Some(quoted())),
            _ => fault,
        })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.whole(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.whole(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.whole(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.whole(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

fn no_key() -> Fault {
    Fault::new("keys are words", Kind::Other).or_help(|| Some("write key: value".to_owned()))
}

/// Several words in braces where one is due: those that are none are keys at the wrong place, or the choice is not made.
fn one_of_them(map: &serde_yaml::Mapping, legal: &'static [&'static str], path: &Path) -> Fault {
    let keys: Vec<&str> = map.keys().filter_map(Value::as_str).collect();
    let strangers: Vec<&str> = keys.iter().copied().filter(|key| !legal.contains(key)).collect();
    if let [stranger, ..] = strangers[..]
        && strangers.len() < keys.len()
    {
        let mut path = path.clone();
        path.push(stranger.to_owned());
        let kind = Kind::Key { key: stranger.to_owned(), legal: &[] };
        return Fault::new(format!("unknown key `{}`", shown(stranger)), kind).at(&path);
    }
    let found = match keys[..] {
        [] => "an empty mapping".to_owned(),
        _ => format!("{} ({})", keys.len(), shown(&keys.join(", "))),
    };
    let message = format!("exactly one word is expected here, not {found}");
    Fault::new(message, Kind::Several(legal)).at(path)
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
        let Value::String(key) = key else { return Err(no_key().at(&self.spot.path)) };
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
            ("rule: plian", "rule", "`plian` is not known", ""),
            ("rule: { plain: { deep: 1 } }", "rule.plain.deep", "unknown key `deep`", ""),
            ("rule: { plain: { depth: x } }", "rule.plain.depth", "the text `x`", ""),
            ("rule: { plain: { depth: -1 } }", "rule.plain.depth", "-1", ""),
            ("rule: named", "rule", "`named` needs a value", ""),
            ("rule: { unit: 3 }", "rule.unit", "no settings", ""),
            (
                "rule: { unit: , plain: }",
                "rule",
                "exactly one word is expected here, not 2 (unit, plain)",
                "",
            ),
            ("rule: { unit: , dept: 3 }", "rule.dept", "unknown key `dept`", ""),
            ("rule: [1]", "rule", "a list is written here", ""),
            ("rule: { plain: [1] }", "rule.plain", "a list is written here, but a mapping", ""),
            ("rule: { plain: { depth: '1,000' } }", "rule.plain.depth", "the text `1,000`", "write 1000"),
            ("rule: { plain: 1 }", "rule.plain", "the number 1 is written here", "write { depth: 1 }"),
            ("rule: { plain: { depth: 4294967296 } }", "rule.plain.depth", "from 0 to 4294967295", ""),
            ("rule: { plain: { depth: 1.5 } }", "rule.plain.depth", "the number 1.5", ""),
            ("{ rule: unit, rate: '0,5' }", "rate", "the text `0,5`", "write 0.5, with a point"),
            ("{ rule: unit, rate: 20% }", "rate", "the text `20%`", "write 0.2"),
            ("{}", "", "`rule` is missing", ""),
            ("{ rule: unit, rate: .nan }", "rate", "not a finite number", ""),
            ("{ rule: !x unit }", "rule", "", ""),
        ] {
            let (p, m, h) = parse(text).unwrap_err();
            assert!(p == path && m.contains(message) && h.contains(help), "{text}: {p} | {m} | {h}");
        }
    }
}
