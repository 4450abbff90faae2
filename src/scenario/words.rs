//! From a tree of YAML values to the structs of a scenario, with the path of keys in every error.
//!
//! serde does the work; this adapter adds three things that scenarios need. An enum is a bare word or a mapping
//! with one key, and a bare word may stand for settings that are all default (`majority` for
//! `{ majority: { ties: coin } }`). Every error knows the path it happened at. Numbers are finite.

mod advice;
mod fault;
mod own;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor, value::StrDeserializer,
};
use serde_yaml::Value;

use advice::{no_key, number_in, one_of_them, only_setting, whole_in};
pub(crate) use fault::{Fault, FaultKind, nearest, suggest};

use super::shown::{Path, shown, text_of};
use crate::registry::OWN;

/// Reads a tree.
///
/// # Errors
/// A [`Fault`] with the path at which the tree is not a `T`.
pub(crate) fn read<T: de::DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(Cursor { value, path: Path::new() })
}

/// A value and the way to it.
struct Cursor<'a> {
    value: &'a Value,
    path: Path,
}

impl<'a> Cursor<'a> {
    fn child(&self, key: String, value: &'a Value) -> Self {
        let mut path = self.path.clone();
        path.push(key);
        Cursor { value, path }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
                (Some(n), _, _) => visitor.visit_u64(n),
                (_, Some(n), _) => visitor.visit_i64(n),
                (_, _, Some(x)) if x.is_finite() => visitor.visit_f64(x),
                _ => {
                    Err(Fault::new(format!("`{n}` is not a finite number"), FaultKind::Form { list: false }))
                }
            },
            Value::String(s) => visitor.visit_str(s),
            Value::Sequence(items) => visitor.visit_seq(Items { spot: &self, items, next: 0 }),
            Value::Mapping(map) => {
                visitor.visit_map(Entries { spot: &self, entries: map.iter().collect(), next: 0 })
            }
            Value::Tagged(_) => {
                let fault = Fault::new("YAML tags (!name) have no meaning in a scenario", FaultKind::Other);
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

impl<'de> Deserializer<'de> for Cursor<'_> {
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
            FaultKind::Form { .. } if !fits => Fault { kind: FaultKind::Settings(fields), ..fault },
            _ => fault,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let fits = self.value.is_mapping();
        self.only(fits, "a mapping", None, visitor).map_err(|fault| match fault.kind {
            FaultKind::Form { .. } => Fault { kind: FaultKind::Form { list: false }, ..fault },
            _ => fault,
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        let one = (!value.is_null()).then(|| format!("write a list: [{}]", shown(&text_of(value))));
        self.only(value.is_sequence(), "a list", one.filter(|_| !value.is_mapping()), visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let fits = self.value.is_bool();
        self.only(fits, "true or false", Some("write true or false".to_owned()), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        family: &'static str,
        legal: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let path = self.path.clone();
        let own = |word: &str| legal.contains(&OWN) && own::is_registered(family, word);
        let word = match self.value {
            Value::String(word) => EnumWord { word, content: None, path: self.path, own: own(word) },
            Value::Mapping(map) if map.len() == 1 => {
                let (key, value) = map.iter().next().expect("one entry");
                let Value::String(word) = key else { return Err(no_key().at(&path)) };
                let content = self.child(word.clone(), value);
                EnumWord {
                    word,
                    path: content.path.clone(),
                    content: (!value.is_null()).then_some(content),
                    own: own(word),
                }
            }
            Value::Mapping(map) => return Err(one_of_them(map, legal, &path)),
            other => {
                let fault = Fault::form(other, "a word");
                let list = other.is_sequence();
                let word = if list { String::new() } else { text_of(other) };
                let kind = FaultKind::Word { word, legal, in_key: false };
                return Err(if list { fault } else { Fault { kind, ..fault } }.at(&path));
            }
        };
        let content = word.path.clone();
        visitor.visit_enum(word).map_err(|mut fault| match (&fault.path, &mut fault.kind) {
            // The word itself is wrong; in braces it is a key.
            (None, FaultKind::Word { in_key, .. }) if content != path => {
                *in_key = true;
                fault.at(&content)
            }
            _ => fault.at(&path),
        })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value;
        let quoted = || format!("write it in quotes: \"{}\"", text_of(value));
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

/// An enum: its word and what stands behind it.
struct EnumWord<'a> {
    word: &'a str,
    content: Option<Cursor<'a>>,
    path: Path,
    /// It stands for a rule that the program has registered.
    own: bool,
}

impl<'de, 'a> EnumAccess<'de> for EnumWord<'a> {
    type Error = Fault;
    type Variant = VariantContent<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, VariantContent<'a>), Fault> {
        let word = if self.own { OWN } else { self.word };
        let deserializer: StrDeserializer<'_, Fault> = word.into_deserializer();
        let variant = seed.deserialize(deserializer)?;
        let Self { word, content, path, own } = self;
        Ok((variant, VariantContent { word: word.to_owned(), content, path, own }))
    }
}

struct VariantContent<'a> {
    word: String,
    content: Option<Cursor<'a>>,
    path: Path,
    own: bool,
}

impl<'de> VariantAccess<'de> for VariantContent<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content.map(|c| c.value) {
            None => Ok(()),
            Some(Value::Mapping(map)) if map.is_empty() => Ok(()),
            Some(_) => {
                let fault = Fault::new(format!("`{}` has no settings", self.word), FaultKind::Other);
                Err(fault.or_help(|| Some(format!("write the bare word: {}", self.word))).at(&self.path))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let path = self.path;
        match self.content {
            content if self.own => {
                seed.deserialize(own::Settings { word: self.word, settings: content.map(|c| c.value) })
            }
            Some(content) => seed.deserialize(content),
            None => seed.deserialize(Absent { word: self.word }),
        }
        .map_err(|fault| fault.at(&path))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.newtype_variant_seed(Visit { visitor, fields: &[] })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.newtype_variant_seed(Visit { visitor, fields })
    }
}

/// Lets a visitor of settings stand where a seed is due.
struct Visit<V> {
    visitor: V,
    fields: &'static [&'static str],
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_struct("", self.fields, self.visitor)
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
        Err(Fault::new(format!("`{word}` needs a value: {{ {word}: … }}"), FaultKind::Bare(word)))
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

struct Items<'s, 'a> {
    spot: &'s Cursor<'a>,
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
    spot: &'s Cursor<'a>,
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
mod tests;
