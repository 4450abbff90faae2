//! Weights by counts: sixteen at a time where registers are wide enough to hold a table.
//!
//! Counts of one worker lie close together. The part of a table that they can point into is read in pages of 32 weights, two
//! registers of AVX-512, out of which one instruction picks sixteen weights by the lowest five bits of sixteen counts; which
//! page was meant, comparisons tell. A table is read so at half the cost of one weight after the other even where all eight
//! pages are needed that a byte can tell apart.

use std::ops::RangeInclusive;

use pulp::Simd;

/// The registers that a computation may use.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    #[cfg(target_arch = "x86_64")]
    avx512: Option<pulp::x86::V4>,
}

impl Registers {
    /// Those of the level of instructions that is computed with.
    #[inline(always)]
    pub(crate) fn of<S: Simd>(_: S) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::any::TypeId;
            let wide = TypeId::of::<S>() == TypeId::of::<pulp::x86::V4>();
            Self { avx512: if wide { pulp::x86::V4::try_new() } else { None } }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Self {}
    }
}

/// What counts are kept in.
pub(super) trait Count: Copy + Into<u16> {
    #[cfg(target_arch = "x86_64")]
    fn widened(avx512: pulp::x86::V4, counts: [Self; 16]) -> pulp::u32x16;
}

impl Count for u8 {
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn widened(avx512: pulp::x86::V4, counts: [Self; 16]) -> pulp::u32x16 {
        avx512.convert_u8x16_to_u32x16(pulp::cast(counts))
    }
}

impl Count for u16 {
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn widened(avx512: pulp::x86::V4, counts: [Self; 16]) -> pulp::u32x16 {
        avx512.convert_u16x16_to_u32x16(pulp::cast(counts))
    }
}

/// Weights of a page.
#[cfg(target_arch = "x86_64")]
const PAGE: usize = 32;
/// With more pages than this one weight after the other is as fast.
#[cfg(target_arch = "x86_64")]
const MOST_PAGES: usize = 8;

/// out_i <- table[counts_i]; all counts are `within` a range.
///
/// # Panics
/// When the table is shorter than `N`, the number of values that a count can have.
#[inline(always)]
pub(super) fn look_up<T: Count, const N: usize>(
    registers: Registers,
    table: &[f32],
    within: &RangeInclusive<usize>,
    counts: &[T],
    out: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx512) = registers.avx512
        && let (Ok(counts), Ok(out)) = (counts.try_into(), (&mut *out).try_into())
        && look_up_pages(avx512, table, within, counts, out)
    {
        return;
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (registers, within);
    let table: &[f32; N] = table.first_chunk().expect("a weight for every value of a count");
    for (w, a) in out.iter_mut().zip(counts) {
        *w = table[usize::from((*a).into())];
    }
}

/// [`look_up`] of a whole word; tells whether the pages were few enough.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn look_up_pages<T: Count>(
    avx512: pulp::x86::V4,
    table: &[f32],
    within: &RangeInclusive<usize>,
    counts: &[T; 64],
    out: &mut [f32; 64],
) -> bool {
    let first = within.start() / PAGE * PAGE;
    let last = within.end() / PAGE * PAGE;
    let Some(pages) = table.get(first..last + PAGE) else { return false };
    if pages.len() > MOST_PAGES * PAGE {
        return false;
    }
    let (counts, _) = counts.as_chunks::<16>();
    let mut places = [avx512.splat_u32x16(0); 4];
    for (place, counts) in places.iter_mut().zip(counts) {
        *place = T::widened(avx512, *counts);
    }
    let mut found = [avx512.splat_f32x16(0.0); 4];
    let (pages, _) = pages.as_chunks::<PAGE>();
    for (p, page) in pages.iter().enumerate() {
        let (halves, _) = page.as_chunks::<16>();
        let from = avx512.splat_u32x16((first + PAGE * p) as u32);
        for (found, place) in found.iter_mut().zip(places) {
            let (low, high) = (pulp::cast(halves[0]), pulp::cast(halves[1]));
            let picked = avx512.avx512f._mm512_permutex2var_ps(low, pulp::cast(place), high);
            // What belongs to a later page is replaced by it.
            *found = avx512.select_f32x16(avx512.cmp_ge_u32x16(place, from), pulp::cast(picked), *found);
        }
    }
    let (out, _) = out.as_chunks_mut::<16>();
    for (out, found) in out.iter_mut().zip(found) {
        *out = pulp::cast(found);
    }
    true
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar, WithSimd};

    use super::*;
    use crate::simd;

    /// Counts of which a table has `N`.
    struct LookUp<'a, T, const N: usize>(&'a [f32], RangeInclusive<usize>, &'a [T]);

    impl<T: Count, const N: usize> WithSimd for LookUp<'_, T, N> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut out = vec![0.0; self.2.len()];
            for (counts, out) in self.2.chunks(64).zip(out.chunks_mut(64)) {
                look_up::<T, N>(Registers::of(simd), self.0, &self.1, counts, out);
            }
            out
        }
    }

    fn check<T: Count + TryFrom<usize>, const N: usize>(least: usize, most: usize)
    where
        T::Error: std::fmt::Debug,
    {
        let weight = |a: usize| 0.5 + a as f32;
        let table: Vec<f32> = (0..N).map(weight).collect();
        let numbers: Vec<usize> = (0..200).map(|i| least + 37 * i % (most - least + 1)).collect();
        let counts: Vec<T> = numbers.iter().map(|a| T::try_from(*a).unwrap()).collect();
        let expected: Vec<f32> = numbers.into_iter().map(weight).collect();
        let look_up = || LookUp::<T, N>(&table, least..=most, &counts);
        assert_eq!(simd::dispatch(look_up()), expected, "{least} to {most}");
        assert_eq!(look_up().with_simd(Scalar), expected, "{least} to {most}");
    }

    /// Whatever part of a table counts point into, and with whichever registers.
    #[test]
    fn every_count_finds_its_weight() {
        for (least, most) in [(0, 0), (0, 31), (3, 32), (31, 95), (40, 255), (0, 255), (250, 255)] {
            check::<u8, 256>(least, most);
        }
        for (least, most) in [(200, 300), (0, 255), (700, 1000), (0, 1000), (65_500, 65_535)] {
            check::<u16, 65_536>(least, most);
        }
    }
}
