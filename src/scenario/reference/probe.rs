//! What a type reads, asked of the type itself: serde tells every visitor's fields, words and kinds of values, if one hands it a
//! deserializer that asks instead of answering.
//!
//! A question goes down one path and comes back as an error that carries the answer; whoever wants to know a whole type asks
//! again for each child. So no value is ever made up, and no type has to say twice what it reads.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

/// A word that stands for nothing anywhere.
const NOBODY: &str = "\0";

/// One step from a type to what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key: of a struct, or of a mapping.
    Field(String),
    /// The settings of a word.
    Variant(&'static str),
    /// An item of a list.
    Item,
    /// Tries a kind of value at a place that takes several; the last step.
    Try(Kind),
}

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Number,
    Truth,
    List,
    Mapping,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Its name and the keys that it takes.
    Struct(&'static str, &'static [&'static str]),
    /// Its name and its words.
    Words(&'static str, &'static [&'static str]),
    /// A word without settings.
    Unit,
    /// The value itself, or nothing.
    Optional(Box<Shape>),
    List,
    Mapping,
    Whole,
    Number,
    Truth,
    Text,
    /// Several kinds of values, told apart when one is there.
    Any,
}

/// What a question comes back with.
#[derive(Debug)]
pub(super) enum Found {
    Shape(Shape),
    /// The value is of a kind that is not read here.
    Refused,
    UnknownWord(&'static [&'static str]),
    UnknownKey(&'static [&'static str]),
    /// Something else was wrong, so the kind was right.
    Other,
}

/// What `T` reads at the end of a path.
pub(super) fn look<T: DeserializeOwned>(path: &[Step]) -> Found {
    T::deserialize(Probe { path }).map_or_else(|found| found, |_| Found::Other)
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Found {}

impl de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Refused
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self::UnknownWord(words)
    }

    fn unknown_field(_: &str, keys: &'static [&'static str]) -> Self {
        Self::UnknownKey(keys)
    }
}

/// A deserializer that asks.
#[derive(Clone, Copy)]
struct Probe<'a> {
    path: &'a [Step],
}

impl<'a> Probe<'a> {
    /// The answer, or the way on.
    fn answer<T>(
        self,
        shape: Shape,
        on: impl FnOnce(&'a Step, Self) -> Result<T, Found>,
    ) -> Result<T, Found> {
        match self.path.split_first() {
            None => Err(Found::Shape(shape)),
            Some((step, path)) => on(step, Probe { path }),
        }
    }

    fn leaf<T>(self, shape: Shape) -> Result<T, Found> {
        self.answer(shape, |_, _| Err(Found::Refused))
    }

    fn one_entry(step: &'a Step, rest: Self) -> Result<Entry<'a>, Found> {
        match step {
            Step::Field(key) => Ok(Entry { key: Some(key), rest }),
            Step::Variant(word) => Ok(Entry { key: Some(word), rest }),
            Step::Item | Step::Try(_) => Err(Found::Refused),
        }
    }
}

/// Shapes without anything in them.
macro_rules! leaves {
    ($($method:ident $shape:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
            self.leaf(Shape::$shape)
        })*
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Found;

    leaves! {
        deserialize_bool Truth,
        deserialize_i8 Whole, deserialize_i16 Whole, deserialize_i32 Whole, deserialize_i64 Whole, deserialize_i128 Whole,
        deserialize_u8 Whole, deserialize_u16 Whole, deserialize_u32 Whole, deserialize_u64 Whole, deserialize_u128 Whole,
        deserialize_f32 Number, deserialize_f64 Number,
        deserialize_char Text, deserialize_str Text, deserialize_string Text, deserialize_identifier Text,
        deserialize_bytes Text, deserialize_byte_buf Text,
        deserialize_unit Unit,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.answer(Shape::Any, |step, rest| match step {
            Step::Try(Kind::Text) => visitor.visit_str(NOBODY),
            Step::Try(Kind::Whole) => visitor.visit_u64(1),
            Step::Try(Kind::Number) => visitor.visit_f64(0.5),
            Step::Try(Kind::Truth) => visitor.visit_bool(true),
            Step::Try(Kind::List) => visitor.visit_seq(Items { rest: None }),
            Step::Try(Kind::Mapping) => {
                visitor.visit_map(Entry { key: Some(NOBODY), rest: Probe { path: &[] } })
            }
            Step::Item => visitor.visit_seq(Items { rest: Some(rest) }),
            step => visitor.visit_map(Self::one_entry(step, rest)?),
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        let ends = self.path.is_empty();
        visitor.visit_some(self).map_err(|found| match found {
            Found::Shape(shape) if ends => Found::Shape(Shape::Optional(Box::new(shape))),
            other => other,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Found> {
        self.leaf(Shape::Unit)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Found> {
        self.answer(Shape::Struct(name, fields), |step, rest| visitor.visit_map(Self::one_entry(step, rest)?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.answer(Shape::Mapping, |step, rest| visitor.visit_map(Self::one_entry(step, rest)?))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.answer(Shape::List, |_, rest| visitor.visit_seq(Items { rest: Some(rest) }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Found> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Found> {
        self.answer(Shape::Words(name, words), |step, rest| match step {
            Step::Variant(word) => visitor.visit_enum(Word { word, rest }),
            Step::Field(word) => visitor.visit_enum(Word { word, rest }),
            Step::Item | Step::Try(_) => Err(Found::Refused),
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_any(visitor)
    }
}

/// A mapping of one entry.
struct Entry<'a> {
    key: Option<&'a str>,
    rest: Probe<'a>,
}

impl<'de> MapAccess<'de> for Entry<'_> {
    type Error = Found;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Found> {
        let key: Option<StrDeserializer<'_, Found>> =
            self.key.take().map(IntoDeserializer::into_deserializer);
        key.map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Found> {
        seed.deserialize(self.rest)
    }
}

/// A list of one item, or none.
struct Items<'a> {
    rest: Option<Probe<'a>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Found;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Found> {
        self.rest.take().map(|rest| seed.deserialize(rest)).transpose()
    }
}

/// A word and what is behind it.
struct Word<'a> {
    word: &'a str,
    rest: Probe<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Word<'a> {
    type Error = Found;
    type Variant = Probe<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Probe<'a>), Found> {
        let word: StrDeserializer<'_, Found> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self.rest))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Found;

    fn unit_variant(self) -> Result<(), Found> {
        self.leaf(Shape::Unit)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Found> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Found> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its type is looked at")]
    struct Whole {
        count: u32,
        #[serde(default)]
        part: Option<Part>,
        list: Vec<f64>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code, reason = "only its type is looked at")]
    enum Part {
        Bare,
        Settled { share: f64 },
        Inner(Box<Whole>),
    }

    #[test]
    fn a_type_says_what_it_reads() {
        let field = |name: &str| Step::Field(name.to_owned());
        let shape = |path: &[Step]| match look::<Whole>(path) {
            Found::Shape(shape) => shape,
            other => panic!("{path:?}: {other}"),
        };
        assert_eq!(shape(&[]), Shape::Struct("Whole", &["count", "part", "list"]));
        assert_eq!(shape(&[field("count")]), Shape::Whole);
        assert_eq!(shape(&[field("list"), Step::Item]), Shape::Number);
        let words = Shape::Words("Part", &["bare", "settled", "inner"]);
        assert_eq!(shape(&[field("part")]), Shape::Optional(Box::new(words)));
        let part = |word| [field("part"), Step::Variant(word)];
        assert_eq!(shape(&part("bare")), Shape::Unit);
        assert_eq!(shape(&part("settled")), Shape::Struct("", &["share"]));
        assert_eq!(shape(&[&part("inner")[..], &[field("list")]].concat()), Shape::List);
        assert!(matches!(look::<Whole>(&[field("coutn")]), Found::UnknownKey(["count", "part", "list"])));
        assert!(matches!(look::<serde_yaml::Value>(&[Step::Try(Kind::Truth)]), Found::Other));
        assert!(matches!(look::<f64>(&[Step::Item]), Found::Refused));
    }
}
