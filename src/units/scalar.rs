//! What YAML may hold where a checked scalar is due: a number or a text.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

/// A scalar as it was written.
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

/// Reads a scalar and makes a `T` of it; anything else is answered with what is `expected`.
///
/// # Errors
/// Those of `of`, and for a list, a mapping, nothing, or true and false.
pub(crate) fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    of: fn(Scalar) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct NumberOrText(&'static str);

    impl Visitor<'_> for NumberOrText {
        type Value = Scalar;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_u64<E: Error>(self, n: u64) -> Result<Scalar, E> {
            Ok(Scalar::Whole(n))
        }

        fn visit_i64<E: Error>(self, n: i64) -> Result<Scalar, E> {
            Ok(u64::try_from(n).map_or(Scalar::Number(n as f64), Scalar::Whole))
        }

        fn visit_f64<E: Error>(self, x: f64) -> Result<Scalar, E> {
            Ok(Scalar::Number(x))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
            Ok(Scalar::Text(text.to_owned()))
        }
    }
    of(deserializer.deserialize_any(NumberOrText(expected))?).map_err(D::Error::custom)
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
