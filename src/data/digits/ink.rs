//! Pen on paper: polylines become grey pixels.

use rand::{Rng, RngCore};

use super::skeleton::{SIDE, Vec2};
use crate::random::Stream;

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
    let mut grey = [0.0_f32; SIDE * SIDE];
    for stroke in strokes {
        for ends in stroke.windows(2) {
            pen.draw(ends[0], ends[1], &mut grey);
        }
    }
    let grain = noise / STD_OF_FOUR_BYTES;
    for (pixel, &grey) in image.iter_mut().zip(&grey) {
        // The sum of four uniform bytes is close enough to a normal variate, and an image needs 784 of them.
        let sum: u16 = stream.next_u32().to_le_bytes().into_iter().map(u16::from).sum();
        let value = grey + grain * (f32::from(sum) - 510.0);
        *pixel = (255.0 * value.clamp(0.0, 1.0)).round() as u8;
    }
}

/// sqrt(4 (256^2 - 1) / 12)
const STD_OF_FOUR_BYTES: f32 = 147.8;

struct Pen {
    radius: f32,
    edge: f32,
    ink: f32,
}

impl Pen {
    /// Inks the pixels around a straight piece; where pieces overlap the darker one counts.
    fn draw(&self, from: Vec2, to: Vec2, grey: &mut [f32; SIDE * SIDE]) {
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
        for row in rows {
            for column in columns.clone() {
                let (x, y) = (column as f32 + 0.5 - from[0], row as f32 + 0.5 - from[1]);
                let t = ((x * along_x + y * along_y) / length2).clamp(0.0, 1.0);
                let (dx, dy) = (x - t * along_x, y - t * along_y);
                let depth = reach - (dx * dx + dy * dy).sqrt();
                let value = self.ink * (depth / (2.0 * self.edge)).clamp(0.0, 1.0);
                let pixel = &mut grey[row * SIDE + column];
                *pixel = pixel.max(value);
            }
        }
    }
}
