//! Winograd's transforms in one dimension, on registers; in two they are applied to the columns and then to the rows.
//!
//! A filter g and a signal d become polynomials that are multiplied at a few points: `A^T ((G g) . (B^T d))`. Tiles of four
//! use the points 0, 1, -1 and infinity, tiles of six 0, 1, -1, 1/2, -2 and infinity: with 1/2 and -2 errors are a third of
//! what they are with 2 and -2 (Barabasz et al. 2018, arXiv 1803.10986).

#![expect(
    clippy::needless_range_loop,
    reason = "closures that are handed to others are not compiled for the widest instructions"
)]

use pulp::Simd;

/// Entry `k` of each of several arrays.
#[inline(always)]
pub(super) fn entries<V: Copy, const A: usize, const B: usize>(arrays: &[[V; A]; B], k: usize) -> [V; B] {
    let mut entries = [arrays[0][k]; B];
    for j in 1..B {
        entries[j] = arrays[j][k];
    }
    entries
}

/// Entry `at` of each of several slices.
#[inline(always)]
pub(super) fn each_at<V: Copy, const A: usize>(slices: &[&[V]; A], at: usize) -> [V; A] {
    let mut each = [slices[0][at]; A];
    for k in 1..A {
        each[k] = slices[k][at];
    }
    each
}

/// Entry `at` of the matrices of column `j`.
#[inline(always)]
pub(super) fn column_at<V: Copy, const T: usize>(of: &[[&[V]; T]; T], j: usize, at: usize) -> [V; T] {
    let mut column = [of[0][j][at]; T];
    for k in 1..T {
        column[k] = of[k][j][at];
    }
    column
}

/// Puts a row of positions into their matrices.
#[inline(always)]
pub(super) fn put<V: Copy, const T: usize>(into: &mut [&mut [V]; T], at: usize, row: [V; T]) {
    for j in 0..T {
        into[j][at] = row[j];
    }
}

/// `factor * a + b`
#[inline(always)]
fn scaled_add<S: Simd>(simd: S, factor: f32, a: S::f32s, b: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.splat_f32s(factor), a, b)
}

/// `B^T d` for the numbers d of a tile.
#[inline(always)]
pub(super) fn inward<S: Simd, const T: usize>(simd: S, d: [S::f32s; T]) -> [S::f32s; T] {
    let mut t = d;
    if T == 4 {
        t[0] = simd.sub_f32s(d[0], d[2]);
        t[1] = simd.add_f32s(d[1], d[2]);
        t[2] = simd.sub_f32s(d[2], d[1]);
        t[3] = simd.sub_f32s(d[1], d[3]);
    } else {
        // [1 -3/2 -2 3/2 1 0], [0 -1 1/2 5/2 1 0], [0 1 -5/2 1/2 1 0], [0 -2 -1 2 1 0], [0 1/2 -1 -1/2 1 0],
        // [0 1 -3/2 -2 3/2 1]
        let (odd, even) = (simd.sub_f32s(d[3], d[1]), simd.sub_f32s(d[4], d[2]));
        let (sum, difference) = (simd.add_f32s(d[2], d[3]), simd.sub_f32s(d[3], d[2]));
        t[0] = scaled_add(simd, 1.5, odd, scaled_add(simd, -2.0, d[2], simd.add_f32s(d[0], d[4])));
        t[1] = scaled_add(simd, 1.5, sum, simd.add_f32s(even, odd));
        t[2] = scaled_add(simd, 1.5, difference, simd.sub_f32s(even, odd));
        t[3] = scaled_add(simd, 2.0, odd, even);
        t[4] = scaled_add(simd, -0.5, odd, even);
        t[5] = scaled_add(simd, 1.5, even, scaled_add(simd, -2.0, d[3], simd.add_f32s(d[1], d[5])));
    }
    t
}

/// `B t`, of six: the adjoint of [`inward`].
#[inline(always)]
pub(super) fn inward_adjoint<S: Simd, const T: usize>(simd: S, t: [S::f32s; T]) -> [S::f32s; T] {
    assert!(T == 6);
    // What each of the four sums in between is multiplied with.
    let (plus, minus) = (simd.add_f32s(t[1], t[2]), simd.sub_f32s(t[1], t[2]));
    let odd = scaled_add(simd, 1.5, t[0], scaled_add(simd, 2.0, t[3], scaled_add(simd, -0.5, t[4], minus)));
    let even = scaled_add(simd, 1.5, t[5], simd.add_f32s(plus, simd.add_f32s(t[3], t[4])));
    let mut d = t;
    d[1] = simd.sub_f32s(t[5], odd);
    d[2] = scaled_add(simd, 1.5, minus, scaled_add(simd, -2.0, t[0], simd.neg_f32s(even)));
    d[3] = scaled_add(simd, 1.5, plus, scaled_add(simd, -2.0, t[5], odd));
    d[4] = simd.add_f32s(t[0], even);
    d
}

/// The polynomial with these coefficients at a point.
#[inline(always)]
fn value<S: Simd, const N: usize>(simd: S, point: f32, d: [S::f32s; N]) -> S::f32s {
    let mut sum = d[N - 1];
    for k in (0..N - 1).rev() {
        sum = scaled_add(simd, point, sum, d[k]);
    }
    sum
}

/// The polynomial with N coefficients at the points of a tile: `A d` for N numbers that come out of it.
#[inline(always)]
pub(super) fn apart<S: Simd, const N: usize, const T: usize>(simd: S, d: [S::f32s; N]) -> [S::f32s; T] {
    let mut t = [d[0]; T];
    if T == 4 {
        t[1] = simd.add_f32s(d[0], d[1]);
        t[2] = simd.sub_f32s(d[0], d[1]);
        t[3] = simd.neg_f32s(d[1]);
    } else {
        t[1] = value(simd, 1.0, d);
        t[2] = value(simd, -1.0, d);
        t[3] = value(simd, 0.5, d);
        t[4] = value(simd, -2.0, d);
        t[5] = d[N - 1];
    }
    t
}

/// `A^T t`, the adjoint of [`apart`]: N numbers out of those of a tile.
#[inline(always)]
pub(super) fn outward<S: Simd, const T: usize, const N: usize>(simd: S, t: [S::f32s; T]) -> [S::f32s; N] {
    let (sum, difference) = (simd.add_f32s(t[1], t[2]), simd.sub_f32s(t[1], t[2]));
    let mut d = [simd.add_f32s(t[0], sum); N];
    if T == 4 {
        d[1] = simd.sub_f32s(difference, t[3]);
        return d;
    }
    let (mut half, mut minus_two) = (1.0, 1.0);
    for k in 0..N {
        if k > 0 {
            d[k] = if k % 2 == 1 { difference } else { sum };
        }
        d[k] = scaled_add(simd, half, t[3], scaled_add(simd, minus_two, t[4], d[k]));
        (half, minus_two) = (0.5 * half, -2.0 * minus_two);
    }
    d[N - 1] = simd.add_f32s(d[N - 1], t[5]);
    d
}

/// What the values of a filter's polynomial at 1, -1, 1/2 and -2 are multiplied with.
const WEIGHTS: [f32; 4] = [1.0 / 3.0, -1.0 / 3.0, -16.0 / 15.0, 1.0 / 15.0];

#[inline(always)]
fn weighted<S: Simd, const T: usize>(simd: S, mut t: [S::f32s; T]) -> [S::f32s; T] {
    for k in 0..WEIGHTS.len() {
        t[k + 1] = simd.mul_f32s(simd.splat_f32s(WEIGHTS[k]), t[k + 1]);
    }
    t
}

/// `G g` for the K numbers of a filter.
#[inline(always)]
pub(super) fn widened<S: Simd, const K: usize, const T: usize>(simd: S, g: [S::f32s; K]) -> [S::f32s; T] {
    if T != 4 {
        return weighted(simd, apart(simd, g));
    }
    let half = simd.splat_f32s(0.5);
    let ends = simd.add_f32s(g[0], g[2]);
    let mut t = [g[0]; T];
    t[1] = simd.mul_f32s(half, simd.add_f32s(ends, g[1]));
    t[2] = simd.mul_f32s(half, simd.sub_f32s(ends, g[1]));
    t[3] = g[2];
    t
}

/// `G^T t`, the adjoint of [`widened`].
#[inline(always)]
pub(super) fn narrowed<S: Simd, const T: usize, const K: usize>(simd: S, t: [S::f32s; T]) -> [S::f32s; K] {
    if T != 4 {
        return outward(simd, weighted(simd, t));
    }
    let half = simd.splat_f32s(0.5);
    let sum = simd.mul_f32s(half, simd.add_f32s(t[1], t[2]));
    let mut g = [simd.add_f32s(t[0], sum); K];
    g[1] = simd.mul_f32s(half, simd.sub_f32s(t[1], t[2]));
    g[2] = simd.add_f32s(sum, t[3]);
    g
}
