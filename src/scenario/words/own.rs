//! The short form of a rule that the program has registered: its word, and behind it its settings.

use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde_yaml::Value;

use super::Fault;
use crate::{aggregate, attack};

/// Whether `word` is one of the program's own in the family that a type of this name reads.
pub(crate) fn is_registered(family: &str, word: &str) -> bool {
    match family {
        "AggregatorSpec" => aggregate::is_registered(word),
        "AttackSpec" => attack::is_registered(word),
        _ => false,
    }
}

/// `my_rule: { … }` as the fields of [`OwnRule`](crate::registry::OwnRule).
pub(crate) struct Settings<'a> {
    pub word: String,
    pub settings: Option<&'a Value>,
}

impl<'de> Deserializer<'de> for Settings<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let word = [("word", Field(Value::String(self.word)))].into_iter();
        let settings = self.settings.map(|settings| ("settings", Field(settings.clone())));
        visitor.visit_map(MapDeserializer::new(word.chain(settings)))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any option newtype_struct enum
    }
}

/// A value as it stands.
struct Field(Value);

impl<'de> IntoDeserializer<'de, Fault> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Field {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            value => value.deserialize_any(visitor).map_err(serde::de::Error::custom),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any option newtype_struct enum
    }
}
