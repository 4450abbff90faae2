//! A number for every coordinate, as narrow as it may be, and what is looked up by such numbers.

use serde::{Deserialize, Serialize};

use super::lookup::{Count, Registers, look_up};
use crate::aggregate::weight::{WeightRow, WeightTriangle};

/// A number per coordinate: rounds that are counted, or sums that fade.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Store {
    /// At most 255.
    Byte(Vec<u8>),
    /// At most 65,535.
    Word(Vec<u16>),
    Fading(Vec<f32>),
}

/// The numbers of some neighbouring coordinates.
pub(super) enum StorePart<'a> {
    Byte(&'a mut [u8]),
    Word(&'a mut [u16]),
    Fading(&'a mut [f32]),
}

/// What numbers a store holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Byte,
    Word,
    Fading,
}

impl Store {
    /// Nothing counted yet.
    pub(super) fn zeros(coordinates: usize, forgetting: f64) -> Self {
        Self::filled(if forgetting == 1.0 { Kind::Byte } else { Kind::Fading }, coordinates, 0.0)
    }

    fn filled(kind: Kind, coordinates: usize, value: f64) -> Self {
        match kind {
            Kind::Byte => Self::Byte(vec![value as u8; coordinates]),
            Kind::Word => Self::Word(vec![value as u16; coordinates]),
            Kind::Fading => Self::Fading(vec![value as f32; coordinates]),
        }
    }

    /// Votes received on coordinates that all received the same `(rounds, forgetting)` before this round, and one more on
    /// the first `done` of them.
    pub(super) fn all_received(
        kind: Kind,
        coordinates: usize,
        (rounds, forgetting): (f64, f64),
        done: usize,
    ) -> Self {
        let mut store = Self::filled(kind, coordinates, rounds);
        (0..done.div_ceil(64)).for_each(|k| store.whole().count(k, u64::MAX, forgetting));
        store
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Byte(_) => Kind::Byte,
            Self::Word(_) => Kind::Word,
            Self::Fading(_) => Kind::Fading,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        match self {
            Self::Byte(counts) => counts.is_empty(),
            Self::Word(counts) => counts.is_empty(),
            Self::Fading(sums) => sums.is_empty(),
        }
    }

    /// Whether it counts, and nothing fades.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self, Self::Byte(_) | Self::Word(_))
    }

    /// Makes counts ready for more than 255 rounds.
    pub(super) fn widen(&mut self) {
        if let Self::Byte(counts) = self {
            *self = Self::Word(counts.iter().copied().map(u16::from).collect());
        }
    }

    /// All of it.
    pub(super) fn whole(&mut self) -> StorePart<'_> {
        match self {
            Self::Byte(counts) => StorePart::Byte(counts),
            Self::Word(counts) => StorePart::Word(counts),
            Self::Fading(sums) => StorePart::Fading(sums),
        }
    }

    /// In parts of `len` coordinates; the last is shorter.
    pub(super) fn parts(&mut self, len: usize) -> Box<dyn Iterator<Item = StorePart<'_>> + '_> {
        match self {
            Self::Byte(counts) => Box::new(counts.chunks_mut(len).map(StorePart::Byte)),
            Self::Word(counts) => Box::new(counts.chunks_mut(len).map(StorePart::Word)),
            Self::Fading(sums) => Box::new(sums.chunks_mut(len).map(StorePart::Fading)),
        }
    }

    /// With the coordinates of another store of the same kind behind its own.
    pub(super) fn followed_by(mut self, more: Self) -> Self {
        match (&mut self, more) {
            (Self::Byte(counts), Self::Byte(more)) => counts.extend(more),
            (Self::Word(counts), Self::Word(more)) => counts.extend(more),
            (Self::Fading(sums), Self::Fading(more)) => sums.extend(more),
            _ => unreachable!("parts of one store are of one kind"),
        }
        self
    }

    /// The least and the largest count.
    pub(super) fn bounds(&self) -> Option<(u16, u16)> {
        match self {
            Self::Byte(counts) => {
                let (least, most) = least_and_most(counts, u8::MAX, 0);
                Some((u16::from(least), u16::from(most)))
            }
            Self::Word(counts) => Some(least_and_most(counts, u16::MAX, 0)),
            Self::Fading(_) => None,
        }
    }

    #[cfg(test)]
    pub(super) fn numbers(&self) -> Vec<f32> {
        match self {
            Self::Byte(counts) => counts.iter().copied().map(f32::from).collect(),
            Self::Word(counts) => counts.iter().copied().map(f32::from).collect(),
            Self::Fading(sums) => sums.clone(),
        }
    }
}

fn least_and_most<T: Copy + Ord>(counts: &[T], largest: T, zero: T) -> (T, T) {
    counts.iter().fold((largest, zero), |(least, most), count| (least.min(*count), most.max(*count)))
}

impl StorePart<'_> {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Byte(_) => Kind::Byte,
            Self::Word(_) => Kind::Word,
            Self::Fading(_) => Kind::Fading,
        }
    }

    /// Coordinates.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Byte(counts) => counts.len(),
            Self::Word(counts) => counts.len(),
            Self::Fading(sums) => sums.len(),
        }
    }

    /// x <- forgetting x + bit, for the coordinates of its word `k`.
    #[inline(always)]
    pub(super) fn count(&mut self, k: usize, bits: u64, forgetting: f64) {
        match self {
            Self::Byte(counts) => {
                let end = counts.len().min(64 * k + 64);
                let (eights, rest) = counts[64 * k..end].as_chunks_mut::<8>();
                for (j, counts) in eights.iter_mut().enumerate() {
                    *counts = (u64::from_le_bytes(*counts) + spread(bits >> (8 * j))).to_le_bytes();
                }
                for (i, count) in rest.iter_mut().enumerate() {
                    *count += (bits >> (8 * eights.len() + i) & 1) as u8;
                }
            }
            Self::Word(counts) => {
                let end = counts.len().min(64 * k + 64);
                // In pieces as wide as a counter, so that a register holds as many as it can.
                for (j, counts) in counts[64 * k..end].chunks_mut(16).enumerate() {
                    let bits = (bits >> (16 * j)) as u16;
                    for (i, count) in counts.iter_mut().enumerate() {
                        *count += bits >> i & 1;
                    }
                }
            }
            Self::Fading(sums) => {
                let end = sums.len().min(64 * k + 64);
                for (i, sum) in sums[64 * k..end].iter_mut().enumerate() {
                    *sum = *sum * forgetting as f32 + (bits >> i & 1) as f32;
                }
            }
        }
    }
}

/// The lowest eight bits as the lowest bits of eight bytes.
#[inline(always)]
const fn spread(bits: u64) -> u64 {
    // Each byte keeps another bit of the eight, and becomes 1 where that is set: no sum leaves its byte.
    let apart = ((bits & 0xff) * 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    ((apart + 0x7f7f_7f7f_7f7f_7f7f) >> 7) & 0x0101_0101_0101_0101
}

/// Weights by agreements, where `rounds` votes were received on every coordinate.
///
/// # Panics
/// When the table is shorter than `N`, the number of values that a count can have.
#[inline(always)]
pub(super) fn by_agreements<T: Count, const N: usize>(
    agreed: &[T],
    (row, registers): (&WeightRow, Registers),
    rounds: f64,
    fallback: impl Fn(f64, f64) -> f32,
    out: &mut [f32],
) {
    match row {
        WeightRow::Shared { table, within } => look_up::<T, N>(registers, table, within, agreed, out),
        WeightRow::Own { first, weights } => {
            for (w, a) in out.iter_mut().zip(agreed) {
                let a: u16 = (*a).into();
                let known = usize::from(a).checked_sub(*first).and_then(|i| weights.get(i)).copied();
                *w = known.unwrap_or_else(|| fallback(f64::from(a), rounds));
            }
        }
    }
}

/// Weights by agreements and votes received.
#[inline(always)]
pub(super) fn by_both<T: Copy + Into<u16>>(
    (agreed, received): (&[T], &[T]),
    triangle: &WeightTriangle,
    fallback: impl Fn(f64, f64) -> f32,
    out: &mut [f32],
) {
    let unseen = fallback(0.0, 0.0);
    for ((w, a), r) in out.iter_mut().zip(agreed).zip(received) {
        let (a, r): (u16, u16) = ((*a).into(), (*r).into());
        *w = match triangle.get(a, r) {
            _ if r == 0 => unseen,
            Some(weight) => weight,
            None => fallback(f64::from(a), f64::from(r)),
        };
    }
}
