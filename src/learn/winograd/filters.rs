//! Winograd's transforms of filters and of their gradients: between taps and the positions of tiles.
//!
//! Taps come as (outer, tap, inner) with one number of every filter or channel beside the other, so that registers hold
//! neighbours of one tap; positions are matrices, outer x inner.

#![expect(
    clippy::needless_range_loop,
    reason = "no closures where registers are computed with, as in `transform`"
)]

use pulp::{Simd, WithSimd};

use super::form::Form;
use super::tiles::{by_position, by_position_mut};
use super::transform::{column_at, entries, narrowed, put, widened};
use crate::simd;

/// `G g G^T` of all filters g of (outer, tap, `inner`), turned around by half a turn if asked.
pub(super) fn widen(form: Form, (taps, inner): (&[f32], usize), turned: bool, into: &mut [f32]) {
    match form {
        Form::F23 => simd::dispatch(Widen::<3, 4> { taps, inner, turned, into }),
        Form::F43 => simd::dispatch(Widen::<3, 6> { taps, inner, turned, into }),
        Form::F25 => simd::dispatch(Widen::<5, 6> { taps, inner, turned, into }),
    }
}

/// `G^T m G` of all positions m, as (outer, tap, `inner`).
pub(super) fn narrow(form: Form, positions: &[f32], inner: usize, taps: &mut [f32]) {
    match form {
        Form::F23 => simd::dispatch(Narrow::<3, 4> { positions, inner, taps }),
        Form::F43 => simd::dispatch(Narrow::<3, 6> { positions, inner, taps }),
        Form::F25 => simd::dispatch(Narrow::<5, 6> { positions, inner, taps }),
    }
}

struct Widen<'a, const K: usize, const T: usize> {
    taps: &'a [f32],
    inner: usize,
    turned: bool,
    into: &'a mut [f32],
}

impl<const K: usize, const T: usize> WithSimd for Widen<'_, K, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = self.inner / S::F32_LANES;
        let mut into = by_position_mut::<_, T>(S::as_mut_simd_f32s(self.into).0);
        let filters = S::as_simd_f32s(self.taps).0.chunks_exact(K * K * vectors);
        for (outer, filters) in filters.enumerate() {
            for v in 0..vectors {
                let mut columns = [[simd.splat_f32s(0.0); T]; K];
                for j in 0..K {
                    let mut column = [simd.splat_f32s(0.0); K];
                    for k in 0..K {
                        let tap = K * k + j;
                        column[k] = filters[if self.turned { K * K - 1 - tap } else { tap } * vectors + v];
                    }
                    columns[j] = widened(simd, column);
                }
                for k in 0..T {
                    put(&mut into[k], outer * vectors + v, widened(simd, entries(&columns, k)));
                }
            }
        }
    }
}

struct Narrow<'a, const K: usize, const T: usize> {
    positions: &'a [f32],
    inner: usize,
    taps: &'a mut [f32],
}

impl<const K: usize, const T: usize> WithSimd for Narrow<'_, K, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = self.inner / S::F32_LANES;
        let of = by_position::<_, T>(S::as_simd_f32s(self.positions).0);
        let gradients = S::as_mut_simd_f32s(self.taps).0.chunks_exact_mut(K * K * vectors);
        for (outer, gradients) in gradients.enumerate() {
            for v in 0..vectors {
                let at = outer * vectors + v;
                let mut columns = [[simd.splat_f32s(0.0); K]; T];
                for j in 0..T {
                    columns[j] = narrowed(simd, column_at(&of, j, at));
                }
                for k in 0..K {
                    let row: [S::f32s; K] = narrowed(simd, entries(&columns, k));
                    for j in 0..K {
                        gradients[(K * k + j) * vectors + v] = row[j];
                    }
                }
            }
        }
    }
}
