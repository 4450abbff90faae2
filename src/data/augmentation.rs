//! Training samples that are changed a little, and anew every time: shifted, mirrored, turned.
//!
//! The order is that of common code for residual networks: crop, flip, rotate, and only then are pixels normalised; so what
//! comes in from outside of the image is black. What happens to a sample is drawn by (seed, worker, round, place in the batch)
//! and from a stream of its own: which samples a batch has does not depend on it, and each of the three draws is the same
//! whether the others are on or off. Test samples are never changed.

use rand::RngCore;
use serde::{Deserialize, Serialize};

use super::samples::{Normalisation, Numbers, Samples, Shape};
use crate::error::{Error, Result};
use crate::random::Stream;

/// How far samples are changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// So many black pixels are put around the image, and a window of its size is cut out at a place drawn uniformly
    /// (torchvision's `RandomCrop(size, padding = crop)`).
    #[serde(default)]
    pub crop: u32,
    /// Left and right change places with probability 1/2.
    #[serde(default)]
    pub flip: bool,
    /// The image is turned about its middle by an angle uniform in ± so many degrees, interpolated linearly between
    /// the four nearest pixels, black outside.
    #[serde(default)]
    pub rotate: f64,
}

/// A number of a sample; that of black, from outside of the image, is the default, 0.
pub trait Pixel: Copy + Default + Into<f64> {
    /// The one nearest to `value`.
    fn nearest(value: f64) -> Self;
}

impl Pixel for u8 {
    fn nearest(value: f64) -> Self {
        value.round_ties_even() as Self
    }
}

impl Pixel for f32 {
    fn nearest(value: f64) -> Self {
        value as Self
    }
}

/// What happens to one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Rows and columns by which the window lies below and right of the image; negative ones above and left.
    pub offset: [isize; 2],
    /// Whether left and right change places.
    pub flipped: bool,
    /// Degrees, counter-clockwise as the image is seen.
    pub angle: f64,
}

impl Augmentation {
    /// Whether samples of this shape can be changed so.
    ///
    /// # Errors
    /// A scenario error that says what is allowed.
    pub fn check(&self, shape: Shape) -> Result<()> {
        let Shape { height, width, .. } = shape;
        let side = height.min(width);
        if side < 2 {
            return Err(Error::scenario(format!(
                "samples of {height} x {width} numbers are no images that could be shifted, mirrored or turned"
            ))
            .help("write augmentation: none"));
        }
        if self.crop as usize >= side {
            let message =
                format!("a crop of {} would cut out nothing of {height} x {width} pixels", self.crop);
            let help =
                format!("write a number from 0 to {}, for example crop: {}", side - 1, (side / 8).max(1));
            return Err(Error::scenario(message).key("crop").help(help));
        }
        if !(0.0..=180.0).contains(&self.rotate) {
            return Err(Error::scenario(format!(
                "an image cannot be turned by up to {} degrees",
                self.rotate
            ))
            .key("rotate")
            .help("write a number of degrees from 0 to 180, for example rotate: 15"));
        }
        Ok(())
    }

    /// What happens to the sample at the beginning of this stream. Four numbers are drawn whatever is asked for.
    #[must_use]
    pub fn draw(&self, stream: &mut Stream) -> Change {
        let [down, right, coin, turn] = std::array::from_fn(|_| stream.next_u32());
        let window = |draw: u32| {
            let places = 2 * u64::from(self.crop) + 1;
            ((u64::from(draw) * places) >> 32) as isize - self.crop as isize
        };
        Change {
            offset: [window(down), window(right)],
            flipped: self.flip && coin >> 31 == 1,
            angle: self.rotate * (f64::from(turn) / f64::from(1_u32 << 31) - 1.0),
        }
    }
}

impl Change {
    /// Writes the changed pixels of one sample, in CHW order as they came.
    ///
    /// # Panics
    /// When either is not as long as the shape says.
    pub fn apply<P: Pixel>(&self, shape: Shape, pixels: &[P], out: &mut [P]) {
        assert_eq!([pixels.len(), out.len()], [shape.features(); 2], "a sample has the shape of its set");
        let plane = shape.height * shape.width;
        if self.angle == 0.0 {
            for (from, to) in pixels.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
                self.shift(shape, from, to);
            }
            return;
        }
        let mut shifted = vec![P::default(); plane];
        for (from, to) in pixels.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
            self.shift(shape, from, &mut shifted);
            turn(self.angle, shape, &shifted, to);
        }
    }

    /// Crops, then mirrors, one channel.
    fn shift<P: Pixel>(&self, Shape { height, width, .. }: Shape, from: &[P], to: &mut [P]) {
        let [down, right] = self.offset;
        // Columns of the window that lie in the image.
        let inside =
            right.clamp(-(width as isize), 0).unsigned_abs()..width - right.clamp(0, width as isize) as usize;
        for (row, out) in to.chunks_exact_mut(width).enumerate() {
            out.fill(P::default());
            let source = row.checked_add_signed(down).filter(|&source| source < height);
            if let Some(source) = source.filter(|_| !inside.is_empty()) {
                let start = inside.start.checked_add_signed(right).expect("it lies in the image");
                let line = &from[source * width..][start..start + inside.len()];
                out[inside.clone()].copy_from_slice(line);
            }
            if self.flipped {
                out.reverse();
            }
        }
    }
}

/// Turns one channel about its middle.
fn turn<P: Pixel>(degrees: f64, Shape { height, width, .. }: Shape, from: &[P], to: &mut [P]) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let [middle_y, middle_x] = [height, width].map(|side| (side as f64 - 1.0) / 2.0);
    let pixel = |row: isize, column: isize| {
        let inside = (0..height as isize).contains(&row) && (0..width as isize).contains(&column);
        if inside { from[row as usize * width + column as usize].into() } else { 0.0 }
    };
    for (row, out) in to.chunks_exact_mut(width).enumerate() {
        let dy = row as f64 - middle_y;
        for (column, out) in out.iter_mut().enumerate() {
            let dx = column as f64 - middle_x;
            // Where this pixel was; y points down.
            let (x, y) = (middle_x + cos * dx - sin * dy, middle_y + sin * dx + cos * dy);
            let (left, top) = (x.floor(), y.floor());
            let (right_share, bottom_share) = (x - left, y - top);
            let (left, top) = (left as isize, top as isize);
            let line = |row| pixel(row, left) * (1.0 - right_share) + pixel(row, left + 1) * right_share;
            let value = line(top) * (1.0 - bottom_share) + line(top + 1) * bottom_share;
            *out = P::nearest(value);
        }
    }
}

/// Writes the changed and normalised inputs of `indices`, one sample after the other. `stream` is the batch's; the sample at
/// each place reads a part of it that is its own.
///
/// # Panics
/// When `out` is not as long as that many samples or an index is out of range.
pub fn gather_augmented(
    samples: &Samples,
    shape: Shape,
    indices: &[u32],
    (augmentation, stream): (&Augmentation, &Stream),
    normalisation: &Normalisation,
    out: &mut [f32],
) {
    let features = shape.features();
    assert_eq!(out.len(), indices.len() * features, "room for every gathered sample");
    let (mut bytes, mut floats) = (Vec::new(), Vec::new());
    match samples.numbers() {
        Numbers::Bytes(_) => bytes.resize(features, 0),
        Numbers::Floats(_) => floats.resize(features, 0.0),
    }
    for (place, (&index, out)) in indices.iter().zip(out.chunks_exact_mut(features)).enumerate() {
        let mut stream = stream.clone();
        stream.set_stream(place as u64);
        let (change, at) = (augmentation.draw(&mut stream), samples.range(index as usize));
        match samples.numbers() {
            Numbers::Bytes(all) => {
                change.apply(shape, &all[at], &mut bytes);
                normalisation.apply(&bytes, out);
            }
            Numbers::Floats(all) => {
                change.apply(shape, &all[at], &mut floats);
                normalisation.apply_to_floats(&floats, out);
            }
        }
    }
}
