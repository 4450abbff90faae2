//! The transforms of Winograd's convolution: between pixels, channels last, and the 16 positions of tiles of 4 x 4.
//!
//! A tile of 4 x 4 pixels on the way in stands for 2 x 2 pixels on the way out, so that tiles on the way in overlap by two
//! pixels. Position p of a tile is (p / 4, p % 4) of its transform; all tiles' first positions come first, then all second
//! ones, so that each position is a matrix, tiles x channels. Everything is by channel, and a register holds neighbouring
//! channels of a pixel.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::multiply::LANES;
use crate::data::Shape;
use crate::simd;

/// Positions of a tile.
pub(super) const POSITIONS: usize = 16;

/// Some rows of tiles of images that follow each other.
#[derive(Clone)]
pub(super) struct TileRows {
    /// Of an image; both sides are even.
    pub shape: Shape,
    /// Rows of tiles, counted through all images.
    pub rows: Range<usize>,
}

impl TileRows {
    /// Rows of tiles of an image.
    pub(super) const fn down(shape: Shape) -> usize {
        shape.height / 2
    }

    /// Tiles beside each other.
    pub(super) const fn across(shape: Shape) -> usize {
        shape.width / 2
    }

    /// All tiles.
    pub(super) fn tiles(&self) -> usize {
        self.rows.len() * Self::across(self.shape)
    }

    /// Entries from one position's matrix to the next: one register more than it has, since else the same tile's positions
    /// would all lie in the same few lines of the first-level cache.
    pub(super) const fn matrix(tiles: usize, channels: usize) -> usize {
        tiles * channels + LANES
    }

    /// `B^T d B` of each tile's pixels d, those within one pixel of its 2 x 2; beyond the image they are zero. `zeros` is as
    /// long as a line of the image.
    pub(super) fn gather(self, images: &[f32], zeros: &[f32], into: &mut [f32]) {
        simd::dispatch(Gather { at: self, images, zeros, into });
    }

    /// `A d A^T` of each tile's 2 x 2 pixels d.
    pub(super) fn spread(self, images: &[f32], into: &mut [f32]) {
        simd::dispatch(Spread { at: self, images, into });
    }

    /// `A^T m A` of each tile's positions m, as its 2 x 2 pixels.
    pub(super) fn collect(self, positions: &[f32], then: Pixels, images: &mut [f32]) {
        simd::dispatch(Collect { at: self, positions, then, images });
    }

    /// For each row of tiles where it begins among the tiles, and where its upper line of pixels begins, both in entries.
    fn lines(&self, per_pixel: usize) -> impl Iterator<Item = (usize, usize)> {
        let Shape { height, width, .. } = self.shape;
        let (down, across) = (Self::down(self.shape), Self::across(self.shape));
        self.rows.clone().enumerate().map(move |(i, row)| {
            let line = row / down * height + 2 * (row % down);
            (i * across * per_pixel, line * width * per_pixel)
        })
    }
}

/// What happens to pixels that are collected.
#[derive(Clone, Copy)]
pub(super) enum Pixels<'a> {
    /// They are added to those that are there.
    Add,
    /// They replace those, after adding a bias by channel and perhaps clamping below at zero.
    Store { bias: Option<&'a [f32]>, relu: bool },
}

/// The matrices of all positions, as registers.
#[inline(always)]
fn by_position<T>(entries: &mut [T]) -> [&mut [T]; POSITIONS] {
    let len = entries.len() / POSITIONS;
    let mut parts = entries.chunks_exact_mut(len);
    std::array::from_fn(|_| parts.next().expect("a matrix for each position"))
}

/// Puts a row of positions of a tile into their matrices.
#[inline(always)]
fn put<T: Copy>(into: &mut [&mut [T]; POSITIONS], row: usize, at: usize, positions: [T; 4]) {
    into[4 * row][at] = positions[0];
    into[4 * row + 1][at] = positions[1];
    into[4 * row + 2][at] = positions[2];
    into[4 * row + 3][at] = positions[3];
}

/// `B^T d` for four numbers d.
#[inline(always)]
fn inward<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
}

/// `A d` for two numbers d.
#[inline(always)]
fn apart<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 4] {
    [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)]
}

/// `A^T m` for four numbers m.
#[inline(always)]
fn outward<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    let (sum, difference) = (simd.add_f32s(b, c), simd.sub_f32s(b, c));
    [simd.add_f32s(a, sum), simd.sub_f32s(difference, d)]
}

struct Gather<'a> {
    at: TileRows,
    images: &'a [f32],
    zeros: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Shape { channels, height, width } = self.at.shape;
        let (vectors, down, across) =
            (channels / S::F32_LANES, TileRows::down(self.at.shape), TileRows::across(self.at.shape));
        let (images, zeros) = (S::as_simd_f32s(self.images).0, S::as_simd_f32s(self.zeros).0);
        let mut into = by_position(S::as_mut_simd_f32s(self.into).0);
        let line = width * vectors;
        for (i, row) in self.at.rows.clone().enumerate() {
            let (image, top) = (row / down * height, 2 * (row % down));
            let lines: [&[S::f32s]; 4] =
                std::array::from_fn(|k| match (top + k).checked_sub(1).filter(|y| *y < height) {
                    Some(y) => &images[(image + y) * line..][..line],
                    None => &zeros[..line],
                });
            for v in 0..vectors {
                // Neighbouring tiles share two columns.
                let mut first = [simd.splat_f32s(0.0); 4];
                let mut second = column(simd, &lines, v);
                for t in 0..across {
                    let x = 2 * t * vectors + v;
                    let third = column(simd, &lines, x + vectors);
                    let fourth = if t + 1 < across {
                        column(simd, &lines, x + 2 * vectors)
                    } else {
                        [simd.splat_f32s(0.0); 4]
                    };
                    let at = (i * across + t) * vectors + v;
                    for k in 0..4 {
                        put(&mut into, k, at, inward(simd, [first[k], second[k], third[k], fourth[k]]));
                    }
                    (first, second) = (third, fourth);
                }
            }
        }
    }
}

/// `B^T d` of a column of pixels.
#[inline(always)]
fn column<S: Simd>(simd: S, lines: &[&[S::f32s]; 4], at: usize) -> [S::f32s; 4] {
    inward(simd, [lines[0][at], lines[1][at], lines[2][at], lines[3][at]])
}

struct Spread<'a> {
    at: TileRows,
    images: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Shape { channels, width, .. } = self.at.shape;
        let vectors = channels / S::F32_LANES;
        let images = S::as_simd_f32s(self.images).0;
        let mut into = by_position(S::as_mut_simd_f32s(self.into).0);
        let line = width * vectors;
        for (tile, from) in self.at.lines(vectors) {
            let (upper, lower) = images[from..][..2 * line].split_at(line);
            for (x, (upper, lower)) in
                upper.chunks_exact(2 * vectors).zip(lower.chunks_exact(2 * vectors)).enumerate()
            {
                let at = tile + x * vectors;
                for v in 0..vectors {
                    let left = apart(simd, [upper[v], lower[v]]);
                    let right = apart(simd, [upper[vectors + v], lower[vectors + v]]);
                    for k in 0..4 {
                        put(&mut into, k, at + v, apart(simd, [left[k], right[k]]));
                    }
                }
            }
        }
    }
}

struct Collect<'a> {
    at: TileRows,
    positions: &'a [f32],
    then: Pixels<'a>,
    images: &'a mut [f32],
}

impl WithSimd for Collect<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.then {
            Pixels::Add => self.run(simd, |there, _, pixel| simd.add_f32s(there, pixel)),
            Pixels::Store { bias: None, relu: false } => self.run(simd, |_, _, pixel| pixel),
            Pixels::Store { bias, relu } => {
                let bias = bias.map(|bias| S::as_simd_f32s(bias).0);
                let zero = simd.splat_f32s(0.0);
                self.run(simd, |_, v, pixel| {
                    let sum = bias.map_or(pixel, |bias| simd.add_f32s(pixel, bias[v]));
                    // Not `max`: a NaN must stay one, a diverging run is a result.
                    if relu { simd.select_f32s(simd.less_than_f32s(sum, zero), zero, sum) } else { sum }
                });
            }
        }
    }
}

impl Collect<'_> {
    /// `then` is given what is there, the register of the pixel, and what is to come there.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, then: impl Fn(S::f32s, usize, S::f32s) -> S::f32s) {
        let Shape { channels, width, .. } = self.at.shape;
        let vectors = channels / S::F32_LANES;
        let positions = S::as_simd_f32s(self.positions).0;
        let len = positions.len() / POSITIONS;
        let mut parts = positions.chunks_exact(len);
        let of: [&[S::f32s]; POSITIONS] =
            std::array::from_fn(|_| parts.next().expect("a matrix for each position"));
        let images = S::as_mut_simd_f32s(self.images).0;
        let line = width * vectors;
        for (tile, to) in self.at.lines(vectors) {
            let (upper, lower) = images[to..][..2 * line].split_at_mut(line);
            let pixels = upper.chunks_exact_mut(2 * vectors).zip(lower.chunks_exact_mut(2 * vectors));
            for (x, (upper, lower)) in pixels.enumerate() {
                let at = tile + x * vectors;
                for v in 0..vectors {
                    let mut columns = [[simd.splat_f32s(0.0); 2]; 4];
                    for (j, column) in columns.iter_mut().enumerate() {
                        let at = at + v;
                        *column = outward(simd, [of[j][at], of[4 + j][at], of[8 + j][at], of[12 + j][at]]);
                    }
                    let [a, b, c, d] = columns;
                    let [left, right] = outward(simd, [a[0], b[0], c[0], d[0]]);
                    upper[v] = then(upper[v], v, left);
                    upper[vectors + v] = then(upper[vectors + v], v, right);
                    let [left, right] = outward(simd, [a[1], b[1], c[1], d[1]]);
                    lower[v] = then(lower[v], v, left);
                    lower[vectors + v] = then(lower[vectors + v], v, right);
                }
            }
        }
    }
}
