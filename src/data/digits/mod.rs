//! Procedural handwritten digits: a data set that needs no file.
//!
//! A sample starts as a copybook [`skeleton`], a few strokes in the unit square. [`hand`] writes it as somebody
//! would: turned, slanted, stretched, wobbling, out of the middle. [`ink`] puts the strokes on 28 x 28 pixels with
//! a pen of some width and adds paper noise.
//!
//! The set is made to separate models: position, slant and stretch move the ink so far that a linear classifier
//! stays well below a small network, and a convolution that does not mind position comes out on top.

mod hand;
mod ink;
mod skeleton;

use skeleton::SIDE;

use crate::data::drawn;
use crate::data::samples::{Dataset, Normalisation, Shape};
use crate::error::{Error, Result};
use crate::helpers::Helpers;
use crate::random::Streams;

/// Height and width of a sample in pixels.
pub(super) const SHAPE: Shape = Shape { channels: 1, height: SIDE, width: SIDE };
pub(super) const CLASSES: u8 = 10;
/// Mean and deviation of `pixel / 255` over 60,000 samples in the default style, seed 1. They stay the same for
/// every seed and style, so that the same picture always is the same input.
const MEAN: f64 = 0.1342;
const STD: f64 = 0.2258;

/// How the digits are written; the words of the scenario, checked.
pub(super) struct HandStyle {
    /// Scale of every departure from the copybook; 1 is ordinary handwriting.
    distortion: f32,
    /// Standard deviation of the pixel noise, where 1 is the step from black to white.
    noise: f32,
}

impl HandStyle {
    /// # Errors
    /// A scenario error when a value is out of range.
    pub(crate) fn new(distortion: f64, noise: f64) -> Result<Self> {
        let in_range = |value: f64, most: f64, name: &str| {
            if (0.0..=most).contains(&value) {
                return Ok(value as f32);
            }
            Err(Error::scenario(format!("digits cannot have {name} {value}"))
                .key(format!("digits.{name}"))
                .help(format!("write a number from 0 to {most}, or leave it out")))
        };
        Ok(Self {
            distortion: in_range(distortion, 2.0, "distortion")?,
            noise: in_range(noise, 1.0, "noise")?,
        })
    }
}

/// Draws a training and a test set of these sizes.
///
/// # Errors
/// [`Error::Interrupted`], since a large set takes its time.
pub(super) fn load(
    sizes: (usize, usize),
    style: &HandStyle,
    streams: Streams,
    helpers: &Helpers,
) -> Result<Dataset> {
    let [train, test] = drawn::sets(sizes, (SHAPE, CLASSES), streams, helpers, |label, stream, image| {
        let strokes = hand::write(usize::from(label), style.distortion, stream);
        ink::draw(&strokes, style.noise, stream, image);
    })?;
    let normalisation = Normalisation::new(&[MEAN], &[STD]);
    Ok(Dataset {
        train,
        test,
        shape: SHAPE,
        classes: usize::from(CLASSES),
        normalisation,
        sources: Vec::new(),
    })
}
