//! Convolutions of 3 x 3 pixels by Winograd's minimal filtering, F(2 x 2, 3 x 3) of Lavin & Gray 2016 (arXiv 1509.09308).
//!
//! Tiles and filters are transformed so that a convolution becomes 16 products, one for each position of a tile, with 16
//! multiplications where patches take 36. The transforms are sums and halves, so that errors stay those of rounding; the
//! tests and `docs/performance.md` say how large they are beside those of plain products. The way back is the adjoint: the
//! weight gradient in the same positions, the input gradient as a convolution with the filters turned around.

use std::ops::Range;

use super::geometry::ConvSpec;
use super::multiply::{Addressed, LANES, Right, Then, multiply};
use super::offsets::table;
use super::operation::Sink;
use super::tiles::{POSITIONS, Pixels, TileRows};
use super::workspace::{TileScratch, sized};
use crate::data::Shape;

/// Tiles x channels at a time: what lies between the transforms and the products stays in the second-level cache.
const BLOCK: usize = 2048;
/// Tiles at a time at least, so that the products are worth their beginning.
const FEWEST: usize = 48;

/// A convolution whose output has the size of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Winograd {
    input: Shape,
    output: Shape,
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

impl Winograd {
    /// This convolution, if it can be computed so: 3 x 3, one pixel apart and around, of images with even sides whose channels
    /// fill registers.
    pub(super) fn of(spec: ConvSpec, input: Shape) -> Option<Self> {
        let ConvSpec { filters, kernel: 3, stride: 1, padding: 1, pool: false, .. } = spec else {
            return None;
        };
        let fills = |channels: usize| channels.is_multiple_of(LANES);
        let is_even = input.height.is_multiple_of(2) && input.width.is_multiple_of(2);
        if !(is_even && fills(input.channels) && fills(filters)) {
            return None;
        }
        let (across, widest) = (TileRows::across(input), filters.max(input.channels));
        let rows = (BLOCK / widest).max(FEWEST).div_ceil(across);
        let offsets = |channels: usize| table(rows * across, |tile| tile * channels);
        Some(Self {
            input,
            output: Shape { channels: filters, ..input },
            rows,
            inputs: offsets(input.channels),
            outputs: offsets(filters),
            channels: table(input.channels, |channel| channel * filters),
            iota: table(widest, |i| i),
        })
    }

    /// Entries of the transformed filters, and of their gradient.
    pub(super) fn positions(&self) -> usize {
        POSITIONS * self.input.channels * self.output.channels
    }

    /// Entries of a [`TileScratch`].
    pub(super) fn scratch(&self) -> usize {
        let widest = self.input.channels.max(self.output.channels);
        2 * POSITIONS * TileRows::matrix(self.inputs.len(), widest) + self.input.width * widest
    }

    /// The transformed filters: for each position, channels x filters.
    pub(super) fn transform(&self, weight: &[f32], into: &mut Vec<f32>) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        let into = sized(into, self.positions());
        for (n, filter) in weight.chunks_exact(9).enumerate() {
            let place = n % channels * filters + n / channels;
            let filter = filter.try_into().expect("3 x 3");
            place_positions(transformed(filter), (place, channels * filters), into);
        }
    }

    /// Those that give the input gradient: turned around, and for each position filters x channels.
    pub(super) fn transform_back(&self, weight: &[f32], into: &mut Vec<f32>) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        let into = sized(into, self.positions());
        for (place, filter) in weight.chunks_exact(9).enumerate() {
            let mut turned: [f32; 9] = filter.try_into().expect("3 x 3");
            turned.reverse();
            place_positions(transformed(turned), (place, channels * filters), into);
        }
    }

    /// From the gradient by the transformed filters to that by the filters.
    pub(super) fn gradient(&self, by_position: &[f32], gradient: &mut [f32]) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        for (n, gradient) in gradient.chunks_exact_mut(9).enumerate() {
            let place = n % channels * filters + n / channels;
            let of = |p: usize| by_position[p * channels * filters + place];
            // G^T m for each column of positions, then the same along the rows.
            let columns: [[f32; 3]; 4] =
                std::array::from_fn(|j| narrowed(std::array::from_fn(|k| of(4 * k + j))));
            for (k, row) in gradient.chunks_exact_mut(3).enumerate() {
                row.copy_from_slice(&narrowed(columns.map(|column| column[k])));
            }
        }
    }

    /// The convolution of a few images with transformed filters.
    pub(super) fn forward(
        &self,
        input: &[f32],
        filters: &[f32],
        then: Pixels,
        output: &mut [f32],
        scratch: &mut TileScratch,
    ) {
        let ways = [(self.input, &self.inputs), (self.output, &self.outputs)];
        self.convolve(ways, (input, filters), then, output, scratch);
    }

    /// The derivatives by the input, from those by the output and the filters of [`Winograd::transform_back`].
    pub(super) fn input_gradient(
        &self,
        delta: &[f32],
        filters: &[f32],
        Sink { values, adds }: Sink,
        scratch: &mut TileScratch,
    ) {
        let ways = [(self.output, &self.outputs), (self.input, &self.inputs)];
        let then = if adds { Pixels::Add } else { Pixels::Store { bias: None, relu: false } };
        self.convolve(ways, (delta, filters), then, values, scratch);
    }

    fn convolve(
        &self,
        [(from, from_offsets), (to, to_offsets)]: [(Shape, &Vec<u32>); 2],
        (images, filters): (&[f32], &[f32]),
        then: Pixels,
        out: &mut [f32],
        TileScratch { gathered, products, zeros }: &mut TileScratch,
    ) {
        for rows in self.blocks(images.len() / from.features()) {
            let at = TileRows { shape: from, rows: rows.clone() };
            let tiles = at.tiles();
            let (matrix, product) =
                (TileRows::matrix(tiles, from.channels), TileRows::matrix(tiles, to.channels));
            let gathered = sized(gathered, POSITIONS * matrix);
            at.gather(images, zeros_of(zeros, from), gathered);
            let products = sized(products, POSITIONS * product);
            let factors =
                gathered.chunks_exact(matrix).zip(filters.chunks_exact(from.channels * to.channels));
            for ((left, right), out) in factors.zip(products.chunks_exact_mut(product)) {
                let left = Addressed {
                    data: left,
                    rows: &from_offsets[..tiles],
                    columns: &self.iota[..from.channels],
                };
                multiply(left, Right::rows(right, to.channels), out, &to_offsets[..tiles], Then::STORE);
            }
            TileRows { shape: to, rows }.collect(products, then, out);
        }
    }

    /// Adds to the gradient by the transformed filters what a few images give, in the bits in which their sum would be added.
    pub(super) fn add_weight_gradient(
        &self,
        input: &[f32],
        delta: &[f32],
        by_position: &mut [f32],
        sums: &mut Vec<f32>,
        scratch: &mut TileScratch,
    ) {
        if self.is_one_block(input.len() / self.input.features()) {
            return self.weight_gradient(input, delta, (by_position, Then::Add), scratch);
        }
        let sums = sized(sums, by_position.len());
        self.weight_gradient(input, delta, (sums, Then::STORE), scratch);
        by_position.iter_mut().zip(sums).for_each(|(total, sum)| *total += *sum);
    }

    /// The gradient by the transformed filters that a few images give, stored or added.
    pub(super) fn weight_gradient(
        &self,
        input: &[f32],
        delta: &[f32],
        (by_position, mut then): (&mut [f32], Then),
        TileScratch { gathered, products: spread, zeros }: &mut TileScratch,
    ) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        for rows in self.blocks(input.len() / self.input.features()) {
            let at = TileRows { shape: self.input, rows: rows.clone() };
            let tiles = at.tiles();
            let (matrix, other) = (TileRows::matrix(tiles, channels), TileRows::matrix(tiles, filters));
            let gathered = sized(gathered, POSITIONS * matrix);
            at.gather(input, zeros_of(zeros, self.input), gathered);
            let spread = sized(spread, POSITIONS * other);
            TileRows { shape: self.output, rows }.spread(delta, spread);
            let parts = gathered.chunks_exact(matrix).zip(spread.chunks_exact(other));
            for ((left, right), out) in parts.zip(by_position.chunks_exact_mut(channels * filters)) {
                let left =
                    Addressed { data: left, rows: &self.iota[..channels], columns: &self.inputs[..tiles] };
                multiply(left, Right::rows(right, filters), out, &self.channels, then);
            }
            then = Then::Add;
        }
    }

    /// Whether all tiles of so many images are taken at once.
    pub(super) fn is_one_block(&self, images: usize) -> bool {
        images * TileRows::down(self.input) <= self.rows
    }

    /// The rows of tiles of so many images, as many at a time as fit the cache.
    fn blocks(&self, images: usize) -> impl Iterator<Item = Range<usize>> {
        let all = images * TileRows::down(self.input);
        (0..all).step_by(self.rows).map(move |first| first..(first + self.rows).min(all))
    }
}

/// A line of zeros of such an image.
fn zeros_of(zeros: &mut Vec<f32>, shape: Shape) -> &[f32] {
    // Nothing else is ever written there.
    sized(zeros, shape.width * shape.channels)
}

/// Puts the positions of a filter into their matrices of so many entries, at the same place of each.
fn place_positions(positions: [f32; POSITIONS], (place, matrix): (usize, usize), into: &mut [f32]) {
    into.iter_mut().skip(place).step_by(matrix).zip(positions).for_each(|(to, position)| *to = position);
}

/// `G g G^T`
fn transformed(g: [f32; 9]) -> [f32; POSITIONS] {
    let columns: [[f32; 4]; 3] = std::array::from_fn(|j| widened([g[j], g[3 + j], g[6 + j]]));
    let mut positions = [0.0; POSITIONS];
    for (k, row) in positions.chunks_exact_mut(4).enumerate() {
        row.copy_from_slice(&widened(columns.map(|column| column[k])));
    }
    positions
}

/// `G g` for three numbers g.
fn widened([a, b, c]: [f32; 3]) -> [f32; 4] {
    [a, 0.5 * (a + c + b), 0.5 * (a + c - b), c]
}

/// `G^T m` for four numbers m.
fn narrowed([a, b, c, d]: [f32; 4]) -> [f32; 3] {
    let (sum, difference) = (0.5 * (b + c), 0.5 * (b - c));
    [a + sum, difference, sum + d]
}

#[cfg(test)]
mod tests {
    use super::super::conv::Conv;
    use super::super::layer::Layer;
    use super::*;

    /// Numbers without a pattern between -1 and 1.
    fn noise(n: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(next).collect()
    }

    /// A convolution by plain loops in double precision: what comes out, and the derivatives of its product with `upstream` by
    /// the input and by the weights. Images are channels last.
    fn plainly(
        (input, output): (Shape, Shape),
        x: &[f32],
        weight: &[f32],
        upstream: &[f32],
    ) -> [Vec<f64>; 3] {
        let Shape { channels, height, width } = input;
        let filters = output.channels;
        let images = x.len() / input.features();
        let (mut out, mut by_x, mut by_weight) =
            (vec![0.0; upstream.len()], vec![0.0; x.len()], vec![0.0; weight.len()]);
        for at in 0..images * height * width {
            let (image, y, x0) = (at / (height * width), at / width % height, at % width);
            for (k, l) in (0..9).map(|tap| (tap / 3, tap % 3)) {
                let (y, x0) = ((y + k).wrapping_sub(1), (x0 + l).wrapping_sub(1));
                if y >= height || x0 >= width {
                    continue;
                }
                let from = ((image * height + y) * width + x0) * channels;
                for (f, c) in (0..filters).flat_map(|f| (0..channels).map(move |c| (f, c))) {
                    let w = (f * channels + c) * 9 + 3 * k + l;
                    let up = f64::from(upstream[at * filters + f]);
                    out[at * filters + f] += f64::from(weight[w]) * f64::from(x[from + c]);
                    by_x[from + c] += up * f64::from(weight[w]);
                    by_weight[w] += up * f64::from(x[from + c]);
                }
            }
        }
        [out, by_x, by_weight]
    }

    /// How far numbers are from what they should be, beside the largest of those.
    fn error(numbers: &[f32], exact: &[f64]) -> f64 {
        assert_eq!(numbers.len(), exact.len());
        let largest = exact.iter().fold(0.0, |largest: f64, e| largest.max(e.abs()));
        numbers.iter().zip(exact).map(|(n, e)| (f64::from(*n) - e).abs()).fold(0.0, f64::max) / largest
    }

    /// Against plain loops, for images of one tile and of many, in one block and in several, and more filters than a panel has.
    #[test]
    fn it_is_the_convolution_and_its_derivatives() {
        for (channels, filters, height, width, images) in
            [(16, 16, 2, 2, 1), (16, 32, 4, 6, 5), (32, 16, 32, 32, 4), (16, 80, 8, 4, 3), (64, 64, 8, 8, 7)]
        {
            let input = Shape { channels, height, width };
            let output = Shape { channels: filters, ..input };
            let spec = ConvSpec { filters, kernel: 3, stride: 1, padding: 1, relu: false, pool: false };
            assert!(Winograd::of(spec, input).is_some());
            let weights = 9 * channels * filters;
            let (x, weight) = (noise(images * input.features(), 1), noise(weights, 2));
            let upstream = noise(images * output.features(), 3);
            let [out, by_x, by_weight] = plainly((input, output), &x, &weight, &upstream);
            let layer = Layer::Conv(Conv::new(spec, input, 0..weights, None));
            let (downstream, gradient) = layer.pull_back(&weight, &[&x], &upstream);
            let case = format!("{channels} to {filters} channels, {images} of {height} x {width}");
            let errors = [
                error(&layer.apply(&weight, &[&x]), &out),
                error(&downstream[0], &by_x),
                error(&gradient, &by_weight),
            ];
            println!("{case}: {errors:?}");
            assert!(errors.iter().all(|error| *error < 1e-6), "{case}: {errors:?}");
        }
    }

    #[test]
    fn other_convolutions_are_left_to_products_of_patches() {
        let spec = ConvSpec { filters: 16, kernel: 3, stride: 1, padding: 1, relu: false, pool: false };
        let input = Shape { channels: 16, height: 8, width: 8 };
        assert!(Winograd::of(spec, input).is_some());
        for other in [
            ConvSpec { kernel: 5, ..spec },
            ConvSpec { stride: 2, ..spec },
            ConvSpec { padding: 0, ..spec },
            ConvSpec { filters: 20, ..spec },
            ConvSpec { pool: true, ..spec },
        ] {
            assert_eq!(Winograd::of(other, input), None);
        }
        assert_eq!(Winograd::of(spec, Shape { height: 7, ..input }), None);
        assert_eq!(Winograd::of(spec, Shape { channels: 3, ..input }), None);
    }
}
