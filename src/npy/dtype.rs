//! The kinds of numbers that arrays hold, and their bytes.

use std::fmt;

/// A kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dtype {
    class: Class,
    /// 1, 2, 4 or 8.
    bytes: usize,
    /// Whether the most significant byte comes first.
    big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Bool,
    Signed,
    Unsigned,
    Float,
}

/// The number whose bytes these are, of the type that is named.
macro_rules! number {
    ($type:ty, $bytes:expr, $big_endian:expr) => {{
        let bytes = $bytes.try_into().expect("as many bytes as the type has");
        if $big_endian { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }
    }};
}

impl Dtype {
    /// The kind that NumPy writes so: a byte order, a letter and a number of bytes.
    #[must_use]
    pub fn parse(descr: &str) -> Option<Self> {
        let mut letters = descr.chars();
        let big_endian = match letters.next()? {
            '>' => true,
            '<' | '|' => false,
            _ => return None,
        };
        let (class, bytes) = match letters.as_str() {
            "b1" => (Class::Bool, 1),
            "i1" => (Class::Signed, 1),
            "i2" => (Class::Signed, 2),
            "i4" => (Class::Signed, 4),
            "i8" => (Class::Signed, 8),
            "u1" => (Class::Unsigned, 1),
            "u2" => (Class::Unsigned, 2),
            "u4" => (Class::Unsigned, 4),
            "u8" => (Class::Unsigned, 8),
            "f4" => (Class::Float, 4),
            "f8" => (Class::Float, 8),
            _ => return None,
        };
        Some(Self { class, bytes, big_endian })
    }

    /// Bytes of one number.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// Whether it is uint8.
    #[must_use]
    pub fn is_byte(self) -> bool {
        self.class == Class::Unsigned && self.bytes == 1
    }

    /// Whether it is int8.
    #[must_use]
    pub fn is_signed_byte(self) -> bool {
        self.class == Class::Signed && self.bytes == 1
    }

    /// Whether it is float32 or float64.
    #[must_use]
    pub fn is_float(self) -> bool {
        self.class == Class::Float
    }

    /// The integers of whole entries, or of truth values 0 and 1; nothing of floating-point numbers.
    pub fn integers(self, bytes: &[u8]) -> impl Iterator<Item = i128> + '_ {
        let Self { class, bytes: each, big_endian } = self;
        let entries = bytes.chunks_exact(each).take(if class == Class::Float { 0 } else { usize::MAX });
        entries.map(move |entry| match (class, each) {
            (Class::Signed, 1) => i128::from(entry[0] as i8),
            (Class::Signed, 2) => i128::from(number!(i16, entry, big_endian)),
            (Class::Signed, 4) => i128::from(number!(i32, entry, big_endian)),
            (Class::Signed, _) => i128::from(number!(i64, entry, big_endian)),
            (_, 1) => i128::from(entry[0]),
            (_, 2) => i128::from(number!(u16, entry, big_endian)),
            (_, 4) => i128::from(number!(u32, entry, big_endian)),
            _ => i128::from(number!(u64, entry, big_endian)),
        })
    }

    /// Appends the floating-point numbers of whole entries, those of double precision rounded; nothing of integers.
    pub fn floats(self, bytes: &[u8], out: &mut Vec<f32>) {
        let Self { bytes: each, big_endian, .. } = self;
        if !self.is_float() {
            return;
        }
        if each == 4 {
            out.extend(bytes.as_chunks::<4>().0.iter().map(|entry| number!(f32, *entry, big_endian)));
        } else {
            out.extend(bytes.as_chunks::<8>().0.iter().map(|entry| number!(f64, *entry, big_endian) as f32));
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = 8 * self.bytes;
        match self.class {
            Class::Bool => f.write_str("bool"),
            Class::Signed => write!(f, "int{bits}"),
            Class::Unsigned => write!(f, "uint{bits}"),
            Class::Float => write!(f, "float{bits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_either_byte_order_are_the_same() {
        let integers =
            |descr: &str, bytes: &[u8]| Dtype::parse(descr).unwrap().integers(bytes).collect::<Vec<_>>();
        assert_eq!(integers("|i1", &[0xff, 1]), [-1, 1]);
        assert_eq!(integers("<i2", &(-300_i16).to_le_bytes()), [-300]);
        assert_eq!(integers(">u4", &[0x80, 0, 0, 1]), [0x8000_0001]);
        assert_eq!(integers("<u8", &[0xff; 8]), [i128::from(u64::MAX)]);
        assert_eq!(integers(">i8", &i64::MIN.to_be_bytes()), [i128::from(i64::MIN)]);
        assert_eq!(integers("|b1", &[0, 1]), [0, 1]);
        let floats = |descr: &str, bytes: &[u8]| {
            let mut out = Vec::new();
            Dtype::parse(descr).unwrap().floats(bytes, &mut out);
            out
        };
        assert_eq!(floats("<f4", &1.5_f32.to_le_bytes()), [1.5]);
        assert_eq!(floats(">f8", &(-0.1_f64).to_be_bytes()), [-0.1_f32]);
        for descr in ["|O", "<U5", "<c8", "<f2", "<M8[ns]", "f4", ""] {
            assert_eq!(Dtype::parse(descr), None, "{descr}");
        }
    }
}
