//! The innermost loop of all learning, and the only unsafe code of the program.
//!
//! Its sums must live in registers. With a bounds check before every load the compiler keeps a way out open
//! for each of them and spills the sums: a gradient then takes twice as long. So the checks are made once, before the
//! loop, and the loads inside go without. The tests of [`multiply`](super::multiply) hold it
//! to plain loops and every instruction set to the scalar one.

#![expect(unsafe_code, reason = "loads without a check of their own, in bounds by `Reach`")]

use pulp::Simd;

/// `V` registers of a row-major panel whose rows begin `stride` registers after each other, from register `skip` on.
#[derive(Clone, Copy)]
pub(super) struct Strip<'a, T> {
    pub panel: &'a [T],
    pub stride: usize,
    pub skip: usize,
}

/// `sums[r][v] = sum over k of data[starts[r] + columns[k]] * strip(k, v)`, in the order of `k`.
///
/// # Panics
/// When a row or the panel is too short.
#[inline(always)]
pub(super) fn sums<S: Simd, const R: usize, const V: usize>(
    simd: S,
    data: &[f32],
    starts: [usize; R],
    columns: &Reach,
    strip: Strip<S::f32s>,
) -> [[S::f32s; V]; R] {
    let Strip { panel, stride, skip } = strip;
    for start in starts {
        assert!(start + columns.reach <= data.len(), "every entry of the left factor lies in its data");
    }
    assert!(
        columns.offsets.len().saturating_sub(1) * stride + skip + V <= panel.len(),
        "the strip lies in its panel"
    );
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (row, &k) in columns.offsets.iter().enumerate() {
        // SAFETY: `row` is at most the number of columns less one and `v` below V, so by the second assertion the index
        // is below `panel.len()`.
        let right: [S::f32s; V] =
            std::array::from_fn(|v| unsafe { *panel.get_unchecked(row * stride + skip + v) });
        for r in 0..R {
            // SAFETY: a `Reach` is above each of its offsets, so by the first assertion the index is below
            // `data.len()`.
            let left = simd.splat_f32s(unsafe { *data.get_unchecked(starts[r] + k as usize) });
            for v in 0..V {
                sums[r][v] = simd.mul_add_e_f32s(left, right[v], sums[r][v]);
            }
        }
    }
    sums
}

/// Offsets and a number above all of them; only [`Reach::new`] makes one, so that it can be relied on.
pub(super) struct Reach<'a> {
    offsets: &'a [u32],
    reach: usize,
}

impl<'a> Reach<'a> {
    pub(super) fn new(offsets: &'a [u32]) -> Self {
        Self { offsets, reach: offsets.iter().max().map_or(0, |&k| k as usize + 1) }
    }
}
