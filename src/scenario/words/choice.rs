//! A choice: a word, and behind it the settings that it has.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
    value::StrDeserializer,
};
use serde_yaml::Value;

use super::{Fault, Kind, Spot};
use crate::scenario::shown::Path;

/// An enum: its word and what stands behind it.
pub struct Word<'a> {
    pub word: &'a str,
    pub content: Option<Spot<'a>>,
    pub path: Path,
}

impl<'de, 'a> EnumAccess<'de> for Word<'a> {
    type Error = Fault;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Fault> {
        let deserializer: StrDeserializer<'_, Fault> = self.word.into_deserializer();
        let variant = seed.deserialize(deserializer)?;
        Ok((variant, Content { word: self.word.to_owned(), content: self.content, path: self.path }))
    }
}

pub struct Content<'a> {
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
                let fault = Fault::new(format!("`{}` has no settings", self.word), Kind::Other);
                Err(fault.or_help(|| Some(format!("write the bare word: {}", self.word))).at(&self.path))
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
        Err(Fault::new(format!("`{word}` needs a value: {{ {word}: … }}"), Kind::Bare(word)))
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
