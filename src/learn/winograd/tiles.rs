//! Winograd's transforms of images: between pixels, channels last, and the positions of tiles.
//!
//! A tile stands for a square of pixels on the way out; the tiles on the way in overlap by a kernel less one pixel. Position
//! (k, j) of a tile belongs to row k and column j of its transform; all tiles' first positions come first, then all second
//! ones, so that each position is a matrix, tiles x channels. Everything is by channel, and a register holds neighbouring
//! channels of a pixel.

#![expect(
    clippy::needless_range_loop,
    reason = "no closures where registers are computed with, as in `transform`"
)]

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::super::multiply::{LANES, Then};
use super::form::Form;
use super::transform::{apart, column_at, each_at, entries, inward, inward_adjoint, outward, put};
use crate::data::Shape;
use crate::simd;

/// How a convolution's images are cut into tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub form: Form,
    pub input: Shape,
    /// Its sides are multiples of what a tile gives.
    pub output: Shape,
    /// Zeros around the input.
    pub padding: usize,
}

impl Grid {
    /// Rows of tiles of an image.
    pub(super) const fn down(&self) -> usize {
        self.output.height / self.form.side_out()
    }

    /// Tiles beside each other.
    pub(super) const fn across(&self) -> usize {
        self.output.width / self.form.side_out()
    }
}

/// Some rows of tiles of images that follow each other.
#[derive(Clone)]
pub(super) struct TileRows {
    pub grid: Grid,
    /// Rows of tiles, counted through all images.
    pub rows: Range<usize>,
}

/// The transform of a form, with the sides of its tiles and of what they give.
macro_rules! by_form {
    ($form:expr, $kernel:ident $fields:tt) => {
        match $form {
            Form::F23 => simd::dispatch($kernel::<4, 2> $fields),
            Form::F43 => simd::dispatch($kernel::<6, 4> $fields),
            Form::F25 => simd::dispatch($kernel::<6, 2> $fields),
        }
    };
}

impl TileRows {
    /// All tiles.
    pub(super) fn tiles(&self) -> usize {
        self.rows.len() * self.grid.across()
    }

    /// Entries from one position's matrix to the next: one register more than it has, since else the same tile's positions
    /// would all lie in the same few lines of the first-level cache.
    pub(super) const fn matrix(tiles: usize, channels: usize) -> usize {
        tiles * channels + LANES
    }

    /// `B^T d B` of each tile's pixels d on the way in; beyond the image they are zero. `zeros` is as long as a line of it.
    pub(super) fn gather(self, images: &[f32], zeros: &[f32], into: &mut [f32]) {
        by_form!(self.grid.form, Gather { at: self, images, zeros, into });
    }

    /// The adjoint of [`TileRows::gather`], of tiles of six: adds `B t B^T` of each tile's positions t to its pixels.
    pub(super) fn scatter(self, positions: &[f32], images: &mut [f32]) {
        match self.grid.form {
            Form::F23 => unreachable!("its input gradient is a convolution"),
            Form::F43 => simd::dispatch(Scatter::<6, 4> { at: self, positions, images }),
            Form::F25 => simd::dispatch(Scatter::<6, 2> { at: self, positions, images }),
        }
    }

    /// `A d A^T` of each tile's pixels d on the way out.
    pub(super) fn spread(self, images: &[f32], into: &mut [f32]) {
        by_form!(self.grid.form, Spread { at: self, images, into });
    }

    /// `A^T m A` of each tile's positions m, as its pixels on the way out.
    pub(super) fn collect(self, positions: &[f32], then: Then, images: &mut [f32]) {
        by_form!(self.grid.form, Collect { at: self, positions, then, images });
    }

    /// For each row of tiles the image it belongs to and its row within that.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let down = self.grid.down();
        self.rows.clone().map(move |row| (row / down, row % down))
    }

    /// For each row of tiles where it begins among the tiles, and where its upper line of pixels on the way out begins, both
    /// in registers.
    fn lines(&self, vectors: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Shape { height, width, .. } = self.grid.output;
        let (across, side) = (self.grid.across(), self.grid.form.side_out());
        self.places().enumerate().map(move |(i, (image, row))| {
            (i * across * vectors, (image * height + side * row) * width * vectors)
        })
    }
}

/// The matrices of all positions.
#[inline(always)]
pub(super) fn by_position<V, const T: usize>(entries: &[V]) -> [[&[V]; T]; T] {
    let mut parts = entries.chunks_exact(entries.len() / (T * T));
    std::array::from_fn(|_| std::array::from_fn(|_| parts.next().expect("a matrix for each position")))
}

/// The same, to be written.
#[inline(always)]
pub(super) fn by_position_mut<V, const T: usize>(entries: &mut [V]) -> [[&mut [V]; T]; T] {
    let mut parts = entries.chunks_exact_mut(entries.len() / (T * T));
    std::array::from_fn(|_| std::array::from_fn(|_| parts.next().expect("a matrix for each position")))
}

struct Gather<'a, const T: usize, const M: usize> {
    at: TileRows,
    images: &'a [f32],
    zeros: &'a [f32],
    into: &'a mut [f32],
}

impl<const T: usize, const M: usize> WithSimd for Gather<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Grid { input: Shape { channels, height, width }, padding, .. } = self.at.grid;
        let (vectors, across) = (channels / S::F32_LANES, self.at.grid.across());
        let (images, zeros) = (S::as_simd_f32s(self.images).0, S::as_simd_f32s(self.zeros).0);
        let mut into = by_position_mut::<_, T>(S::as_mut_simd_f32s(self.into).0);
        let line = width * vectors;
        for (i, (image, row)) in self.at.places().enumerate() {
            let lines: [&[S::f32s]; T] =
                std::array::from_fn(|k| match (M * row + k).checked_sub(padding).filter(|y| *y < height) {
                    Some(y) => &images[(image * height + y) * line..][..line],
                    None => &zeros[..line],
                });
            for v in 0..vectors {
                // Neighbouring tiles share columns; column x is counted from the border on.
                let mut columns = [[simd.splat_f32s(0.0); T]; T];
                for x in 0..T - M {
                    columns[x] = column(simd, &lines, (x, padding, width), (vectors, v));
                }
                for t in 0..across {
                    for x in T - M..T {
                        columns[x] = column(simd, &lines, (M * t + x, padding, width), (vectors, v));
                    }
                    let at = (i * across + t) * vectors + v;
                    for k in 0..T {
                        put(&mut into[k], at, inward(simd, entries(&columns, k)));
                    }
                    for x in 0..T - M {
                        columns[x] = columns[x + M];
                    }
                }
            }
        }
    }
}

/// `B^T d` of a column of pixels; zero beyond the image.
#[inline(always)]
fn column<S: Simd, const T: usize>(
    simd: S,
    lines: &[&[S::f32s]; T],
    (x, padding, width): (usize, usize, usize),
    (vectors, v): (usize, usize),
) -> [S::f32s; T] {
    if x < padding || x - padding >= width {
        return [simd.splat_f32s(0.0); T];
    }
    inward(simd, each_at(lines, (x - padding) * vectors + v))
}

struct Scatter<'a, const T: usize, const M: usize> {
    at: TileRows,
    positions: &'a [f32],
    images: &'a mut [f32],
}

impl<const T: usize, const M: usize> WithSimd for Scatter<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Grid { input: Shape { channels, height, width }, padding, .. } = self.at.grid;
        let (vectors, across) = (channels / S::F32_LANES, self.at.grid.across());
        let of = by_position::<_, T>(S::as_simd_f32s(self.positions).0);
        let images = S::as_mut_simd_f32s(self.images).0;
        let line = width * vectors;
        let nothing = [simd.splat_f32s(0.0); T];
        for (i, (image, row)) in self.at.places().enumerate() {
            let first = (M * row).saturating_sub(padding);
            let last = (M * row + T - padding).min(height);
            let block = &mut images[(image * height + first) * line..][..(last - first) * line];
            // The line of a tile that the block begins with.
            let skipped = first + padding - M * row;
            for v in 0..vectors {
                // A column is finished when no tile to come reaches it.
                let mut columns = [nothing; T];
                for t in 0..across {
                    let at = (i * across + t) * vectors + v;
                    let mut halves = [nothing; T];
                    for j in 0..T {
                        halves[j] = inward_adjoint(simd, column_at(&of, j, at));
                    }
                    for k in 0..T {
                        let row = inward_adjoint(simd, entries(&halves, k));
                        for x in 0..T {
                            columns[x][k] = simd.add_f32s(columns[x][k], row[x]);
                        }
                    }
                    for x in 0..M {
                        add_column(
                            simd,
                            (&mut *block, line),
                            skipped,
                            columns[x],
                            (M * t + x, padding),
                            (vectors, v),
                        );
                    }
                    for x in 0..T {
                        columns[x] = if x + M < T { columns[x + M] } else { nothing };
                    }
                }
                for x in 0..T - M {
                    add_column(
                        simd,
                        (&mut *block, line),
                        skipped,
                        columns[x],
                        (M * across + x, padding),
                        (vectors, v),
                    );
                }
            }
        }
    }
}

/// Adds to a column of pixels, from the line of a tile on with which the block of lines begins; nothing beyond the image.
#[inline(always)]
fn add_column<S: Simd, const T: usize>(
    simd: S,
    (block, line): (&mut [S::f32s], usize),
    skipped: usize,
    column: [S::f32s; T],
    (x, padding): (usize, usize),
    (vectors, v): (usize, usize),
) {
    if x < padding || (x - padding) * vectors >= line {
        return;
    }
    for (line, pixel) in block.chunks_exact_mut(line).zip(&column[skipped..]) {
        let there = &mut line[(x - padding) * vectors + v];
        *there = simd.add_f32s(*there, *pixel);
    }
}

struct Spread<'a, const T: usize, const M: usize> {
    at: TileRows,
    images: &'a [f32],
    into: &'a mut [f32],
}

impl<const T: usize, const M: usize> WithSimd for Spread<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Shape { channels, width, .. } = self.at.grid.output;
        let (vectors, across) = (channels / S::F32_LANES, self.at.grid.across());
        let images = S::as_simd_f32s(self.images).0;
        let mut into = by_position_mut::<_, T>(S::as_mut_simd_f32s(self.into).0);
        let line = width * vectors;
        for (tile, from) in self.at.lines(vectors) {
            let lines: [&[S::f32s]; M] = std::array::from_fn(|k| &images[from + k * line..][..line]);
            for x in 0..across {
                for v in 0..vectors {
                    let mut columns = [[simd.splat_f32s(0.0); T]; M];
                    for j in 0..M {
                        columns[j] = apart(simd, each_at(&lines, (M * x + j) * vectors + v));
                    }
                    let at = tile + x * vectors + v;
                    for k in 0..T {
                        put(&mut into[k], at, apart(simd, entries(&columns, k)));
                    }
                }
            }
        }
    }
}

struct Collect<'a, const T: usize, const M: usize> {
    at: TileRows,
    positions: &'a [f32],
    then: Then<'a>,
    images: &'a mut [f32],
}

impl<const T: usize, const M: usize> WithSimd for Collect<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.then {
            Then::Add => self.run(simd, |there, _, pixel| simd.add_f32s(there, pixel)),
            Then::Store { bias: None, relu: false } => self.run(simd, |_, _, pixel| pixel),
            Then::Store { bias, relu } => {
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

impl<const T: usize, const M: usize> Collect<'_, T, M> {
    /// `then` is given what is there, the register of the pixel, and what is to come there.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, then: impl Fn(S::f32s, usize, S::f32s) -> S::f32s) {
        let Shape { channels, width, .. } = self.at.grid.output;
        let (vectors, across) = (channels / S::F32_LANES, self.at.grid.across());
        let of = by_position::<_, T>(S::as_simd_f32s(self.positions).0);
        let images = S::as_mut_simd_f32s(self.images).0;
        let line = width * vectors;
        for (tile, to) in self.at.lines(vectors) {
            let block = &mut images[to..][..M * line];
            for x in 0..across {
                for v in 0..vectors {
                    let at = tile + x * vectors + v;
                    let mut columns = [[simd.splat_f32s(0.0); M]; T];
                    for j in 0..T {
                        columns[j] = outward(simd, column_at(&of, j, at));
                    }
                    for k in 0..M {
                        let row: [S::f32s; M] = outward(simd, entries(&columns, k));
                        for j in 0..M {
                            let there = &mut block[k * line + (M * x + j) * vectors + v];
                            *there = then(*there, v, row[j]);
                        }
                    }
                }
            }
        }
    }
}
