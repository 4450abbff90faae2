//! Convolutions by Winograd's minimal filtering (Lavin & Gray 2016, arXiv 1509.09308).
//!
//! Tiles and filters are transformed so that a convolution becomes a few products, one for each position of a tile, with fewer
//! multiplications than patches take: F(2 x 2, 3 x 3) has 16 in the place of 36, F(4 x 4, 3 x 3) 36 in the place of 144 and
//! F(2 x 2, 5 x 5) 36 in the place of 100. `docs/performance.md` says how large their errors of rounding are beside those of
//! products over patches. The way back is the adjoint: the weight gradient in the same positions, and the input gradient in
//! those of the derivatives by the output, or for the smallest tiles as a convolution with the filters turned around.

use std::ops::Range;

use super::geometry::{ConvSpec, Convolution};
use super::multiply::{Addressed, LANES, Right, Then, multiply};
use super::offsets::table;
use super::operation::Sink;
use super::transpose::Transpose;
use super::workspace::{TileScratch, sized};
use crate::data::Shape;

use form::Form;
use tiles::{Grid, TileRows};

mod filters;
mod form;
mod tiles;
mod transform;

#[cfg(test)]
mod tests;

/// Tiles x channels at a time: what lies between the transforms and the products stays in the second-level cache.
const BLOCK: usize = 2048;
/// Tiles at a time at least, so that the products are worth their beginning.
const FEWEST: usize = 48;

/// A convolution by tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Winograd {
    grid: Grid,
    /// Rows of tiles at a time.
    rows: usize,
    /// Offsets of tiles on the way in, and on the way out, within a position.
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    /// Offsets of the channels on the way in, within a position of the filters.
    channels: Vec<u32>,
    /// 0, 1, 2, …
    iota: Vec<u32>,
}

/// Images on their way back.
pub(super) struct Backward<'a> {
    pub input: &'a [f32],
    /// Derivatives by the output.
    pub delta: &'a [f32],
    /// Those of [`Winograd::transform_back`].
    pub filters: &'a [f32],
    /// Who asks for the derivatives by the input, if anybody.
    pub sink: Option<Sink<'a>>,
}

impl Winograd {
    /// This convolution, if it can be computed so: one pixel apart, with channels that fill registers and an output that tiles
    /// fill.
    pub(super) fn of(
        convolution: Convolution,
        spec: ConvSpec,
        (input, output): (Shape, Shape),
    ) -> Option<Self> {
        let ConvSpec { filters, stride: 1, padding, .. } = spec else {
            return None;
        };
        let fills = |channels: usize| channels.is_multiple_of(LANES);
        if !(fills(input.channels) && fills(filters) && padding < spec.kernel) {
            return None;
        }
        let fits = |form: &&Form| {
            let fills = |side: usize| side.is_multiple_of(form.side_out());
            // A convolution back has tiles of its own on the input.
            let is_same = output.height == input.height && output.width == input.width && !spec.pool;
            fills(output.height) && fills(output.width) && (form.scatters() || is_same)
        };
        let form = *Form::of(convolution, spec).iter().find(fits)?;
        let grid = Grid { form, input, output, padding };
        let (across, widest) = (grid.across(), filters.max(input.channels));
        let rows = (BLOCK / widest).max(FEWEST).div_ceil(across);
        let offsets = |channels: usize| table(rows * across, |tile| tile * channels);
        Some(Self {
            grid,
            rows,
            inputs: offsets(input.channels),
            outputs: offsets(filters),
            channels: table(input.channels, |channel| channel * filters),
            iota: table(widest, |i| i),
        })
    }

    /// Entries of the transformed filters, and of their gradient.
    pub(super) fn positions(&self) -> usize {
        let Grid { form, input, output, .. } = self.grid;
        form.positions() * input.channels * output.channels
    }

    /// Entries of a [`TileScratch`].
    pub(super) fn scratch(&self) -> usize {
        let Grid { form, input, output, .. } = self.grid;
        let widest = input.channels.max(output.channels);
        2 * form.positions() * TileRows::matrix(self.inputs.len(), widest) + input.width * widest
    }

    /// From a weight's (filter, channel, tap) to (channel, tap, filter).
    fn by_channel(&self) -> Transpose {
        let Grid { form, input, output, .. } = self.grid;
        Transpose { rows: output.channels, columns: input.channels * form.taps() }
    }

    /// The transformed filters: for each position, channels x filters.
    pub(super) fn transform(&self, weight: &[f32], reordered: &mut Vec<f32>, into: &mut Vec<f32>) {
        let by_channel = sized(reordered, weight.len());
        self.by_channel().apply(weight, by_channel);
        let Grid { form, output, .. } = self.grid;
        filters::widen(form, (by_channel, output.channels), false, sized(into, self.positions()));
    }

    /// Those that give the input gradient: for each position filters x channels.
    pub(super) fn transform_back(&self, weight: &[f32], reordered: &mut Vec<f32>, into: &mut Vec<f32>) {
        let Grid { form, input, .. } = self.grid;
        let by_filter = sized(reordered, weight.len());
        Transpose { rows: input.channels, columns: form.taps() }.apply(weight, by_filter);
        let turned = !form.scatters();
        filters::widen(form, (by_filter, input.channels), turned, sized(into, self.positions()));
    }

    /// From the gradient by the transformed filters to that by the filters.
    pub(super) fn gradient(&self, by_position: &[f32], reordered: &mut Vec<f32>, gradient: &mut [f32]) {
        let by_channel = sized(reordered, gradient.len());
        let Grid { form, output, .. } = self.grid;
        filters::narrow(form, by_position, output.channels, by_channel);
        self.by_channel().inverse().apply(by_channel, gradient);
    }

    /// The convolution of a few images with transformed filters.
    pub(super) fn forward(
        &self,
        input: &[f32],
        filters: &[f32],
        then: Then,
        output: &mut [f32],
        scratch: &mut TileScratch,
    ) {
        self.convolve(self.grid, [&self.inputs, &self.outputs], (input, filters), then, output, scratch);
    }

    fn convolve(
        &self,
        grid: Grid,
        [from_offsets, to_offsets]: [&Vec<u32>; 2],
        (images, filters): (&[f32], &[f32]),
        then: Then,
        out: &mut [f32],
        TileScratch { gathered, products, zeros }: &mut TileScratch,
    ) {
        let (from, to) = (grid.input, grid.output);
        for at in self.blocks(grid, images.len() / from.features()) {
            let tiles = at.tiles();
            let gathered = sized(gathered, grid.form.positions() * TileRows::matrix(tiles, from.channels));
            at.clone().gather(images, zeros_of(zeros, from), gathered);
            let products = sized(products, grid.form.positions() * TileRows::matrix(tiles, to.channels));
            let offsets = [&from_offsets[..tiles], &to_offsets[..tiles]];
            self.multiply_tiles((gathered, from.channels), (filters, to.channels), offsets, products);
            at.collect(products, then, out);
        }
    }

    /// For each position tiles x `depth` of `tiles`, times `depth` x `columns` of `filters`.
    fn multiply_tiles(
        &self,
        (tiles, depth): (&[f32], usize),
        (filters, columns): (&[f32], usize),
        [from, to]: [&[u32]; 2],
        out: &mut [f32],
    ) {
        let positions = self.grid.form.positions();
        let factors = tiles.chunks_exact(tiles.len() / positions).zip(filters.chunks_exact(depth * columns));
        for ((left, right), out) in factors.zip(out.chunks_exact_mut(out.len() / positions)) {
            let left = Addressed { data: left, rows: from, columns: &self.iota[..depth] };
            multiply(left, Right::rows(right, columns), out, to, Then::STORE);
        }
    }

    /// Adds to the gradient by the transformed filters what a few images give, in the bits in which their sum would be added,
    /// and gives the derivatives by the input.
    pub(super) fn add_backward(
        &self,
        images: Backward,
        by_position: &mut [f32],
        sums: &mut Vec<f32>,
        scratch: &mut TileScratch,
    ) {
        if self.is_one_block(images.input.len() / self.grid.input.features()) {
            return self.backward(images, (by_position, Then::Add), scratch);
        }
        let sums = sized(sums, by_position.len());
        self.backward(images, (sums, Then::STORE), scratch);
        by_position.iter_mut().zip(sums).for_each(|(total, sum)| *total += *sum);
    }

    /// The gradient by the transformed filters that a few images give, stored or added, and the derivatives by the input.
    pub(super) fn backward(
        &self,
        images: Backward,
        (by_position, mut then): (&mut [f32], Then),
        scratch: &mut TileScratch,
    ) {
        let Backward { input, delta, filters, mut sink } = images;
        let Grid { form, input: Shape { channels, .. }, .. } = self.grid;
        if let Some(Sink { values, adds: false }) = sink.as_mut().filter(|_| form.scatters()) {
            values.fill(0.0);
        }
        for at in self.blocks(self.grid, input.len() / self.grid.input.features()) {
            self.weight_gradient(&at, (input, delta), (&mut *by_position, then), scratch);
            then = Then::Add;
            if let Some(Sink { values, .. }) = sink.as_mut().filter(|_| form.scatters()) {
                // What was gathered is not needed any more.
                let TileScratch { gathered, products: spread, .. } = &mut *scratch;
                let tiles = at.tiles();
                let spread = &spread[..form.positions() * TileRows::matrix(tiles, self.filters())];
                let products = &mut gathered[..form.positions() * TileRows::matrix(tiles, channels)];
                let offsets = [&self.outputs[..tiles], &self.inputs[..tiles]];
                self.multiply_tiles((spread, self.filters()), (filters, channels), offsets, products);
                at.scatter(products, values);
            }
        }
        if let Some(sink) = sink.filter(|_| !form.scatters()) {
            self.convolve_back(delta, filters, sink, scratch);
        }
    }

    /// The derivatives by the input, as a convolution of those by the output with the filters turned around.
    fn convolve_back(&self, delta: &[f32], filters: &[f32], sink: Sink, scratch: &mut TileScratch) {
        let Grid { form, input, output, padding } = self.grid;
        let back = Grid { form, input: output, output: input, padding: form.kernel() - 1 - padding };
        let then = if sink.adds { Then::Add } else { Then::STORE };
        self.convolve(back, [&self.outputs, &self.inputs], (delta, filters), then, sink.values, scratch);
    }

    /// The gradient by the transformed filters that some tiles give; leaves the derivatives by their output spread.
    fn weight_gradient(
        &self,
        at: &TileRows,
        (input, delta): (&[f32], &[f32]),
        (by_position, then): (&mut [f32], Then),
        TileScratch { gathered, products: spread, zeros }: &mut TileScratch,
    ) {
        let Grid { form, input: Shape { channels, .. }, .. } = self.grid;
        let (tiles, filters) = (at.tiles(), self.filters());
        let (matrix, other) = (TileRows::matrix(tiles, channels), TileRows::matrix(tiles, filters));
        let gathered = sized(gathered, form.positions() * matrix);
        at.clone().gather(input, zeros_of(zeros, self.grid.input), gathered);
        let spread = sized(spread, form.positions() * other);
        at.clone().spread(delta, spread);
        let parts = gathered.chunks_exact(matrix).zip(spread.chunks_exact(other));
        for ((left, right), out) in parts.zip(by_position.chunks_exact_mut(channels * filters)) {
            let left = Addressed { data: left, rows: &self.iota[..channels], columns: &self.inputs[..tiles] };
            multiply(left, Right::rows(right, filters), out, &self.channels, then);
        }
    }

    fn filters(&self) -> usize {
        self.grid.output.channels
    }

    /// Whether all tiles of so many images are taken at once.
    pub(super) fn is_one_block(&self, images: usize) -> bool {
        images * self.grid.down() <= self.rows
    }

    /// The rows of tiles of so many images, as many at a time as fit the cache.
    fn blocks(&self, grid: Grid, images: usize) -> impl Iterator<Item = TileRows> {
        let (all, len) = (images * grid.down(), self.rows);
        let rows = move |first| -> Range<usize> { first..(first + len).min(all) };
        (0..all).step_by(len).map(move |first| TileRows { grid, rows: rows(first) })
    }
}

/// A line of zeros of such an image.
fn zeros_of(zeros: &mut Vec<f32>, shape: Shape) -> &[f32] {
    // Nothing else is ever written there.
    sized(zeros, shape.width * shape.channels)
}
