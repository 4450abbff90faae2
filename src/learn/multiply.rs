//! The one product that every layer is made of: a matrix product whose left factor is *addressed*, not stored.
//!
//! A convolution is a matrix product over image patches. Writing the patches out (im2col) costs more memory
//! traffic than the multiplications can hide, and the weight gradient would need them a second time in the
//! other order. But the entry of patch `m` at tap `k` always lies at `rows[m] + columns[k]` of the image, and the
//! kernel below broadcasts single entries of the left factor anyway, so it reads them where they are. Two
//! short tables of offsets describe a convolution, its weight gradient, its input gradient and a dense layer.
//!
//! Every entry of the result is summed in the order of `k` whatever the tile, so the bits depend on the
//! instruction set (fused or separate multiply-add) alone.

use pulp::{Simd, WithSimd};

use crate::simd;

use super::tile::{self, Reach, Strip};
use super::workspace::sized;

/// Columns of a panel of the right factor: four 16-lane registers.
pub(super) const PANEL: usize = 64;
/// Lanes of the widest register; panels are padded to so many columns.
pub(super) const LANES: usize = 16;

/// The left factor: entry (m, k) is `data[rows[m] + columns[k]]`.
#[derive(Clone, Copy)]
pub(super) struct Addressed<'a> {
    pub data: &'a [f32],
    pub rows: &'a [u32],
    pub columns: &'a [u32],
}

/// The right factor, K x `columns`.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    data: &'a [f32],
    columns: usize,
    /// Cut into panels of [`PANEL`] columns that follow each other; a panel is row-major and the last one is padded to a
    /// multiple of 16 columns. Otherwise the whole matrix is row-major.
    in_panels: bool,
}

impl<'a> Right<'a> {
    /// A matrix that [`pack`] has written. One of 16, 32, 48 or 64 columns is a panel as it stands.
    pub(super) const fn packed(data: &'a [f32], columns: usize) -> Self {
        Self { data, columns, in_panels: true }
    }

    /// A row-major matrix whose rows registers fit, read where it lies.
    pub(super) const fn rows(data: &'a [f32], columns: usize) -> Self {
        Self { data, columns, in_panels: false }
    }

    /// A row-major matrix, read where it lies if registers fit its rows, otherwise packed into `panels`.
    pub(super) fn of(data: &'a [f32], (depth, columns): (usize, usize), panels: &'a mut Vec<f32>) -> Self {
        if columns.is_multiple_of(LANES) {
            return Self::rows(data, columns);
        }
        let panels = sized(panels, depth * padded(columns));
        pack(data, (depth, columns), (columns, 1), panels);
        Self::packed(panels, columns)
    }

    /// The panel of `depth` rows and `width` columns that begins at column `first`, and the length of its rows.
    fn panel(&self, first: usize, depth: usize, width: usize) -> (&'a [f32], usize) {
        if self.in_panels {
            (&self.data[first * depth..][..width * depth], width)
        } else {
            let rows = depth.saturating_sub(1) * self.columns;
            (&self.data[first..][..rows + width], self.columns)
        }
    }
}

/// What happens to a finished sum.
#[derive(Clone, Copy)]
pub(super) enum Then<'a> {
    /// Added to what is there.
    Add,
    /// Replaces what is there, after adding a bias by column and perhaps clamping below at zero.
    Store { bias: Option<&'a [f32]>, relu: bool },
}

impl Then<'_> {
    /// Replaces what is there.
    pub(super) const STORE: Self = Self::Store { bias: None, relu: false };
}

/// `out[out_rows[m] + n] <- sum over k of left(m, k) * right(k, n)`; rows of the result may overlap under
/// [`Then::Add`].
pub(super) fn multiply(left: Addressed, right: Right, out: &mut [f32], out_rows: &[u32], then: Then) {
    assert_eq!(left.rows.len(), out_rows.len(), "every row of the product has a place");
    simd::dispatch(Product { left, right, out, out_rows, then });
}

/// Columns with padding.
pub(super) const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}

/// Whether a row-major matrix with this many columns already is a panel.
pub(super) const fn is_panel(columns: usize) -> bool {
    columns <= PANEL && columns.is_multiple_of(LANES)
}

/// Writes the K x `columns` matrix with entry (k, n) at `data[k * strides.0 + n * strides.1]` as panels.
pub(super) fn pack(
    data: &[f32],
    (depth, columns): (usize, usize),
    strides: (usize, usize),
    panels: &mut [f32],
) {
    for first in (0..columns).step_by(PANEL) {
        let used = PANEL.min(columns - first);
        let width = padded(used);
        let panel = &mut panels[first * depth..][..width * depth];
        if strides.1 == 1 {
            for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                row[..used].copy_from_slice(&data[k * strides.0 + first..][..used]);
                row[used..].fill(0.0);
            }
        } else {
            transpose(data, first, used, depth, strides, panel);
        }
    }
}

/// The slow half of [`pack`]: in square blocks, so that both sides stay in cache.
fn transpose(
    data: &[f32],
    first: usize,
    used: usize,
    depth: usize,
    strides: (usize, usize),
    panel: &mut [f32],
) {
    let width = padded(used);
    for k0 in (0..depth).step_by(LANES) {
        let taken = LANES.min(depth - k0);
        for n0 in (0..width).step_by(LANES) {
            let mut tile = [[0.0_f32; LANES]; LANES];
            for (n, row) in tile.iter_mut().enumerate().take(used.saturating_sub(n0)) {
                let from = k0 * strides.0 + (first + n0 + n) * strides.1;
                if strides.0 == 1 {
                    row[..taken].copy_from_slice(&data[from..][..taken]);
                } else {
                    row[..taken].iter_mut().enumerate().for_each(|(k, to)| *to = data[from + k * strides.0]);
                }
            }
            for k in 0..taken {
                let to = &mut panel[(k0 + k) * width + n0..][..LANES];
                to.iter_mut().zip(&tile).for_each(|(to, row)| *to = row[k]);
            }
        }
    }
}

struct Product<'a> {
    left: Addressed<'a>,
    right: Right<'a>,
    out: &'a mut [f32],
    out_rows: &'a [u32],
    then: Then<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let depth = self.left.columns.len();
        for first in (0..self.right.columns).step_by(PANEL) {
            let used = PANEL.min(self.right.columns - first);
            let width = padded(used);
            let (panel, stride) = self.right.panel(first, depth, width);
            let (panel, stride) = (S::as_simd_f32s(panel).0, stride / S::F32_LANES);
            // Narrow registers may lie in the padding altogether.
            let vectors = used.div_ceil(S::F32_LANES);
            let mut v = 0;
            while v < vectors {
                let strip = Strip { panel, stride, skip: v };
                let first = first + v * S::F32_LANES;
                // As many sums as the registers hold: 32 wide ones, otherwise 16.
                v += if S::F32_LANES == LANES {
                    match vectors - v {
                        // Some wholes are better than many and a part.
                        1 if self.out_rows.len().is_multiple_of(16) => {
                            self.rows::<S, 16, 1>(simd, first, strip)
                        }
                        1 => self.rows::<S, 12, 1>(simd, first, strip),
                        2 => self.rows::<S, 8, 2>(simd, first, strip),
                        3 => self.rows::<S, 6, 3>(simd, first, strip),
                        _ => self.rows::<S, 6, 4>(simd, first, strip),
                    }
                } else if vectors - v == 1 {
                    self.rows::<S, 5, 1>(simd, first, strip)
                } else {
                    self.rows::<S, 5, 2>(simd, first, strip)
                };
            }
        }
    }
}

impl Product<'_> {
    /// All rows of the result for the `V` registers of columns from `first` on, `R` rows at a time; returns `V`.
    #[inline(always)]
    fn rows<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        first: usize,
        strip: Strip<S::f32s>,
    ) -> usize {
        let Addressed { data, rows, columns } = self.left;
        let columns = Reach::new(columns);
        for (top, places) in (0..).step_by(R).zip(self.out_rows.chunks(R)) {
            // The last tile repeats its last row and stores it once.
            let starts: [usize; R] = std::array::from_fn(|r| rows[(top + r).min(rows.len() - 1)] as usize);
            let sums = tile::sums::<S, R, V>(simd, data, starts, &columns, strip);
            for (&place, sums) in places.iter().zip(&sums) {
                self.finish::<S, V>(simd, place as usize, first, sums);
            }
        }
        V
    }

    /// Stores one row of finished sums.
    #[inline(always)]
    fn finish<S: Simd, const V: usize>(&mut self, simd: S, place: usize, first: usize, sums: &[S::f32s; V]) {
        let used = (V * S::F32_LANES).min(self.right.columns - first);
        let out = &mut self.out[place + first..][..used];
        if used == V * S::F32_LANES {
            let out = S::as_mut_simd_f32s(out).0.iter_mut().zip(sums);
            match self.then {
                Then::Add => out.for_each(|(out, &sum)| *out = simd.add_f32s(*out, sum)),
                Then::Store { bias, relu } => {
                    let bias = bias.map(|bias| S::as_simd_f32s(&bias[first..][..used]).0);
                    let zero = simd.splat_f32s(0.0);
                    for (v, (out, &sum)) in out.enumerate() {
                        let sum = bias.map_or(sum, |bias| simd.add_f32s(sum, bias[v]));
                        let negative = simd.less_than_f32s(sum, zero);
                        *out = if relu { simd.select_f32s(negative, zero, sum) } else { sum };
                    }
                }
            }
            return;
        }
        let mut flat = [0.0_f32; PANEL];
        for (flat, &sum) in S::as_mut_simd_f32s(&mut flat).0.iter_mut().zip(sums) {
            *flat = sum;
        }
        match self.then {
            Then::Add => out.iter_mut().zip(&flat).for_each(|(out, sum)| *out += sum),
            Then::Store { bias, relu } => {
                out.copy_from_slice(&flat[..used]);
                if let Some(bias) = bias {
                    out.iter_mut().zip(&bias[first..]).for_each(|(out, bias)| *out += bias);
                }
                if relu {
                    // Not `max`: a NaN must stay one, a diverging run is a result.
                    out.iter_mut().for_each(|out| *out = if *out < 0.0 { 0.0 } else { *out });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, phase: f32) -> Vec<f32> {
        (0..n).map(|i| (0.37 * i as f32 + phase).sin()).collect()
    }

    /// Against three plain loops in double precision, for shapes on both sides of every tile border.
    #[test]
    fn the_product_is_the_sum_of_products() {
        for (rows, depth, columns) in
            [(1, 1, 1), (5, 7, 10), (6, 25, 32), (13, 3, 48), (12, 40, 64), (7, 9, 100), (31, 64, 160)]
        {
            let (a, b) = (wave(rows * depth, 0.1), wave(depth * columns, 1.0));
            let (a_rows, out_rows) = (table(rows, depth), table(rows, columns));
            let mut panels = vec![f32::NAN; depth * padded(columns)];
            pack(&b, (depth, columns), (columns, 1), &mut panels);
            let mut transposed = panels.clone();
            let b_columns: Vec<f32> =
                (0..depth * columns).map(|i| b[i % depth * columns + i / depth]).collect();
            pack(&b_columns, (depth, columns), (1, depth), &mut transposed);
            assert_eq!(panels, transposed);
            let mut out = wave(rows * columns, 2.0);
            let before = out.clone();
            let left = Addressed { data: &a, rows: &a_rows, columns: &table(depth, 1) };
            let right = Right::packed(&panels, columns);
            multiply(left, right, &mut out, &out_rows, Then::Add);
            let (mut in_place, mut no_panels) = (before.clone(), Vec::new());
            let where_it_lies = Right::of(&b, (depth, columns), &mut no_panels);
            multiply(left, where_it_lies, &mut in_place, &out_rows, Then::Add);
            assert_eq!(in_place, out);
            let mut stored = vec![f32::NAN; rows * columns];
            let bias = wave(columns, 3.0);
            let then = Then::Store { bias: Some(&bias), relu: true };
            multiply(left, right, &mut stored, &out_rows, then);
            for i in 0..rows * columns {
                let (m, n) = (i / columns, i % columns);
                let exact: f64 =
                    (0..depth).map(|k| f64::from(a[m * depth + k]) * f64::from(b[k * columns + n])).sum();
                assert!((f64::from(out[i] - before[i]) - exact).abs() < 1e-5, "{rows}x{depth}x{columns}");
                let relu = (exact + f64::from(bias[n])).max(0.0);
                assert!((f64::from(stored[i]) - relu).abs() < 1e-5, "{rows}x{depth}x{columns}");
            }
        }
    }

    /// A machine without AVX-512 takes other tiles; their sums are the same up to fused rounding.
    #[test]
    fn every_instruction_set_gives_the_same_product() {
        let (rows, depth, columns) = (13, 20, 122);
        let (a, b) = (wave(rows * depth, 0.1), wave(depth * padded(columns), 1.0));
        let (a_rows, a_columns, out_rows) = (table(rows, depth), table(depth, 1), table(rows, columns));
        let run = |with: &dyn Fn(Product)| {
            let left = Addressed { data: &a, rows: &a_rows, columns: &a_columns };
            let right = Right::packed(&b, columns);
            let mut out = wave(rows * columns, 2.0);
            with(Product { left, right, out: &mut out, out_rows: &out_rows, then: Then::Add });
            out
        };
        let scalar = run(&|product| product.with_simd(pulp::Scalar));
        let mut others = vec![run(&|product| simd::dispatch(product))];
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = pulp::x86::V3::try_new() {
            others.push(run(&|product| pulp::Simd::vectorize(avx2, product)));
        }
        for other in others {
            assert!(scalar.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    fn table(n: usize, stride: usize) -> Vec<u32> {
        (0..n).map(|i| (i * stride) as u32).collect()
    }
}
