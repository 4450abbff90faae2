//! Pen on paper: polylines become grey pixels.

use pulp::{Simd, WithSimd};
use rand::{Rng, RngCore};

use super::skeleton::{SIDE, Vec2};
use crate::random::Stream;
use crate::simd;

/// Half the width of the pen in pixels.
const RADIUS: std::ops::Range<f32> = 0.6..1.6;
/// Half the width of the edge, over which ink fades to paper, in pixels.
const EDGE: std::ops::Range<f32> = 0.5..1.1;
/// Darkness of the ink; paper is 0.
const INK: std::ops::Range<f32> = 0.6..1.0;

/// Draws the strokes on one image of `SIDE` x `SIDE` pixels and adds noise.
pub(super) fn draw(strokes: &[Vec<Vec2>], noise: f32, stream: &mut Stream, image: &mut [u8]) {
    let pen = Pen {
        radius: stream.random_range(RADIUS),
        edge: stream.random_range(EDGE),
        ink: stream.random_range(INK),
    };
    let mut draws = [[0; ROW]; SIDE];
    for draw in draws.iter_mut().flat_map(|line| &mut line[..SIDE]) {
        *draw = stream.next_u32();
    }
    simd::dispatch_narrow(Drawing { pen, strokes, grain: noise / STD_OF_FOUR_BYTES, draws: &draws, image });
}

/// sqrt(4 (256^2 - 1) / 12)
const STD_OF_FOUR_BYTES: f32 = 147.8;

/// The pixels of a row and some more, so that they fill registers.
const ROW: usize = SIDE.next_multiple_of(16);

/// The middle of each pixel of a row.
const MIDDLES: [f32; ROW] = {
    let mut middles = [0.5; ROW];
    let mut pixel = 1;
    while pixel < ROW {
        middles[pixel] = middles[pixel - 1] + 1.0;
        pixel += 1;
    }
    middles
};

/// One image, in registers as wide as a pen: elementary operations, which give the same bits in any of them.
struct Drawing<'a> {
    pen: Pen,
    strokes: &'a [Vec<Vec2>],
    /// What a unit of a sum of four bytes is worth.
    grain: f32,
    /// Four bytes of chance for every pixel.
    draws: &'a [[u32; ROW]; SIDE],
    image: &'a mut [u8],
}

impl WithSimd for Drawing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut grey = [[0.0_f32; ROW]; SIDE];
        for stroke in self.strokes {
            for ends in stroke.windows(2) {
                self.pen.draw(simd, ends[0], ends[1], &mut grey);
            }
        }
        for ((line, draws), grey) in self.image.chunks_exact_mut(SIDE).zip(self.draws).zip(&grey) {
            let mut pixels = [0; ROW];
            for ((pixel, draw), grey) in pixels.iter_mut().zip(draws).zip(grey) {
                // The sum of four uniform bytes is close enough to a normal variate, and an image needs 784 of them.
                let sum = (draw & 0xff) + (draw >> 8 & 0xff) + (draw >> 16 & 0xff) + (draw >> 24);
                let value = grey + self.grain * (sum as f32 - 510.0);
                let value = 255.0 * value.clamp(0.0, 1.0);
                // To the nearest, halves up, without a call for every pixel.
                let below = value as i32;
                *pixel = (below + i32::from(value - below as f32 >= 0.5)) as u8;
            }
            line.copy_from_slice(&pixels[..SIDE]);
        }
    }
}

struct Pen {
    radius: f32,
    edge: f32,
    ink: f32,
}

impl Pen {
    /// Inks the pixels around a straight piece; where pieces overlap the darker one counts.
    #[inline(always)]
    fn draw<S: Simd>(&self, simd: S, from: Vec2, to: Vec2, grey: &mut [[f32; ROW]; SIDE]) {
        let reach = self.radius + self.edge;
        let [columns, rows] = [0, 1].map(|axis| {
            let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
            // Pixel k has its middle at k + 1/2; a negative float becomes 0 and a large one is cut below.
            let first = (low - reach - 0.5).ceil().max(0.0) as usize;
            let end = (high + reach + 0.5).floor().max(0.0) as usize;
            first..end.min(SIDE)
        });
        let [along_x, along_y] = [to[0] - from[0], to[1] - from[1]];
        let length2 = (along_x * along_x + along_y * along_y).max(1e-12);
        let all = |number: f32| simd.splat_f32s(number);
        let within = |x: S::f32s| simd.min_f32s(simd.max_f32s(x, all(0.0)), all(1.0));
        let (first, end) = (all(columns.start as f32), all(columns.end as f32));
        let blocks = columns.start / S::F32_LANES..columns.end.div_ceil(S::F32_LANES);
        for row in rows {
            let y = MIDDLES[row] - from[1];
            let middles = S::as_simd_f32s(&MIDDLES).0;
            let line = S::as_mut_simd_f32s(&mut grey[row]).0;
            for block in blocks.clone() {
                let middle = middles[block];
                let x = simd.sub_f32s(middle, all(from[0]));
                let dot = simd.add_f32s(simd.mul_f32s(x, all(along_x)), all(y * along_y));
                let t = within(simd.div_f32s(dot, all(length2)));
                let dx = simd.sub_f32s(x, simd.mul_f32s(t, all(along_x)));
                let dy = simd.sub_f32s(all(y), simd.mul_f32s(t, all(along_y)));
                let distance = simd.sqrt_f32s(simd.add_f32s(simd.mul_f32s(dx, dx), simd.mul_f32s(dy, dy)));
                let depth = within(simd.div_f32s(simd.sub_f32s(all(reach), distance), all(2.0 * self.edge)));
                let inked = simd.max_f32s(line[block], simd.mul_f32s(all(self.ink), depth));
                let reached =
                    simd.and_m32s(simd.less_than_f32s(first, middle), simd.less_than_f32s(middle, end));
                line[block] = simd.select_f32s(reached, inked, line[block]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::*;
    use crate::random::{Purpose, Streams};

    /// An image with its strokes, pixel after pixel.
    fn plain(pen: &Pen, strokes: &[Vec<Vec2>], grain: f32, draws: &[u32]) -> Vec<u8> {
        let reach = pen.radius + pen.edge;
        let ink = |row: usize, column: usize| {
            let mut grey = 0.0_f32;
            for ends in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
                let [from, to] = [ends[0], ends[1]];
                let middle = [column as f32 + 0.5, row as f32 + 0.5];
                let near = (0..2).all(|axis| {
                    let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
                    (low - reach - 0.5).ceil() + 0.5 <= middle[axis]
                        && middle[axis] < (high + reach + 0.5).floor()
                });
                if near {
                    let along = [to[0] - from[0], to[1] - from[1]];
                    let [x, y] = [middle[0] - from[0], middle[1] - from[1]];
                    let length2 = (along[0] * along[0] + along[1] * along[1]).max(1e-12);
                    let t = ((x * along[0] + y * along[1]) / length2).clamp(0.0, 1.0);
                    let (dx, dy) = (x - t * along[0], y - t * along[1]);
                    let depth = reach - (dx * dx + dy * dy).sqrt();
                    grey = grey.max(pen.ink * (depth / (2.0 * pen.edge)).clamp(0.0, 1.0));
                }
            }
            let noise: u16 = draws[row * SIDE + column].to_le_bytes().into_iter().map(u16::from).sum();
            let value = grey + grain * (f32::from(noise) - 510.0);
            (255.0 * value.clamp(0.0, 1.0)).round() as u8
        };
        (0..SIDE * SIDE).map(|pixel| ink(pixel / SIDE, pixel % SIDE)).collect()
    }

    proptest! {
        #[test]
        fn blocks_draw_what_single_pixels_do(
            seed in any::<u64>(),
            strokes in prop::collection::vec(prop::collection::vec(prop::array::uniform2(-8.0_f32..40.0), 1..6), 0..4),
            noise in 0.0_f32..1.0,
        ) {
            let fresh = || Streams::new(seed).stream(Purpose::Samples, 0, crate::time::Round(0));
            let mut image = [0; SIDE * SIDE];
            draw(&strokes, noise, &mut fresh(), &mut image);
            let mut stream = fresh();
            let pen = Pen {
                radius: stream.random_range(RADIUS),
                edge: stream.random_range(EDGE),
                ink: stream.random_range(INK),
            };
            let draws: Vec<u32> = (0..SIDE * SIDE).map(|_| stream.next_u32()).collect();
            prop_assert_eq!(image.to_vec(), plain(&pen, &strokes, noise / STD_OF_FOUR_BYTES, &draws));
        }
    }
}
