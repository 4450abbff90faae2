//! What YAML may hold where more than one form is taken: a number or a text, a list, a mapping of settings.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};

/// A number or a text as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Whole(u64),
    Number(f64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(n) => n.fmt(f),
            Self::Number(x) => x.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Scalar {
    /// As a number; `None` for a text.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(n) => Some(*n as f64),
            Self::Number(x) => Some(*x),
            Self::Text(_) => None,
        }
    }

    /// As errors name what was not expected.
    pub(crate) fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Whole(n) => Unexpected::Unsigned(*n),
            Self::Number(x) => Unexpected::Float(*x),
            Self::Text(text) => Unexpected::Str(text),
        }
    }
}

/// A setting that takes one or several forms. A form that is not implemented is refused with what is expected.
pub(crate) trait Forms<'de>: Sized {
    /// Written as a number or a text.
    ///
    /// # Errors
    /// Where it is refused.
    fn of_scalar<E: Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        Err(E::invalid_type(written.unexpected(), expected))
    }

    /// Written as `true` or `false`.
    ///
    /// # Errors
    /// Where it is refused.
    fn of_truth<E: Error>(truth: bool, expected: &dyn Expected) -> Result<Self, E> {
        Err(E::invalid_type(Unexpected::Bool(truth), expected))
    }

    /// Written as a list.
    ///
    /// # Errors
    /// Where it is refused.
    fn of_list<A: SeqAccess<'de>>(_: A, expected: &dyn Expected) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Seq, expected))
    }

    /// Written as a mapping.
    ///
    /// # Errors
    /// Where it is refused.
    fn of_mapping<A: MapAccess<'de>>(_: A, expected: &dyn Expected) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Map, expected))
    }
}

/// Reads a setting in whichever form it was written.
///
/// # Errors
/// Those of the form, and for a form that is not taken.
pub(crate) fn read<'de, T: Forms<'de>, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reader { expected, of: PhantomData })
}

/// As [`read`], where it is mostly a number: who reads one knows what to say of a text that looks like it.
///
/// # Errors
/// As those of [`read`].
pub(crate) fn read_number_or<'de, T: Forms<'de>, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    deserializer.deserialize_f64(Reader { expected, of: PhantomData })
}

/// Reads a number or a text and makes a `T` of it; anything else is answered with what is `expected`.
///
/// # Errors
/// Those of `of`, and for a list, a mapping, nothing, or true and false.
pub(crate) fn read_scalar<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    of: fn(Scalar) -> Result<T, String>,
) -> Result<T, D::Error> {
    of(read(deserializer, expected)?).map_err(D::Error::custom)
}

impl<'de> Forms<'de> for Scalar {
    fn of_scalar<E: Error>(written: Scalar, _: &dyn Expected) -> Result<Self, E> {
        Ok(written)
    }
}

struct Reader<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Forms<'de>> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<T, E> {
        T::of_scalar(Scalar::Whole(n), &self)
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<T, E> {
        T::of_scalar(u64::try_from(n).map_or(Scalar::Number(n as f64), Scalar::Whole), &self)
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<T, E> {
        T::of_scalar(Scalar::Number(x), &self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_scalar(Scalar::Text(text.to_owned()), &self)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<T, E> {
        T::of_truth(truth, &self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::of_list(items, &self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::of_mapping(map, &self)
    }
}

/// The number in a text; where a comma stands for the point, the message says so.
///
/// # Errors
/// When it is no number; `help` says what to write.
pub(crate) fn number(number: &str, whole: &str, help: &str) -> Result<f64, String> {
    number.trim().parse().map_err(|_| {
        let pointed = number.replace(',', ".");
        if number.contains(',') && pointed.trim().parse::<f64>().is_ok() {
            return format!("`{whole}` has a comma: write {}, with a point", whole.replace(',', "."));
        }
        format!("`{whole}` is not a number with a unit: {help}")
    })
}
