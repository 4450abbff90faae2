//! Procedural handwritten digits: a data set that needs no file.
//!
//! A sample starts as a copybook [`skeleton`], a few strokes in the unit square. [`hand`] writes it as somebody
//! would: turned, slanted, stretched, wobbling, out of the middle. [`ink`] puts the strokes on 28 x 28 pixels with
//! a pen of some width and adds paper noise. All of it is drawn from one stream keyed by the run's seed and the
//! number of the sample, so a training set of 6,000 is the beginning of one of 60,000 with the same seed, and a
//! test sample is never a training sample.
//!
//! The set is made to separate models: position, slant and stretch move the ink so far that a linear classifier
//! stays well below a small network, and a convolution that does not mind position comes out on top.

mod hand;
mod ink;
mod skeleton;

use skeleton::SIDE;

use crate::data::samples::{Dataset, Normalisation, Samples, Shape};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::random::{Purpose, Streams};
use crate::time::Round;

/// Height and width of a sample in pixels.
pub(super) const SHAPE: Shape = Shape { channels: 1, height: SIDE, width: SIDE };
pub(super) const CLASSES: usize = 10;
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
pub(super) fn load(train: usize, test: usize, style: &HandStyle, streams: Streams) -> Result<Dataset> {
    Ok(Dataset {
        train: samples(train, style, streams, Round(0))?,
        test: samples(test, style, streams, Round(1))?,
        shape: SHAPE,
        classes: CLASSES,
        normalisation: Normalisation::new(&[MEAN], &[STD]),
        sources: Vec::new(),
    })
}

/// The labels of the first `count` samples of either set. They go round: any prefix is balanced, and no split or batch looks
/// at the order of samples.
pub(super) fn labels(count: usize) -> impl Iterator<Item = u8> {
    (0..CLASSES as u8).cycle().take(count)
}

/// The first `count` samples of the training set (`part` 0) or the test set (`part` 1).
fn samples(count: usize, style: &HandStyle, streams: Streams, part: Round) -> Result<Samples> {
    let mut pixels = vec![0; count * SHAPE.features()];
    for ((index, image), label) in pixels.chunks_exact_mut(SHAPE.features()).enumerate().zip(labels(count)) {
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        let mut stream = streams.stream(Purpose::Samples, index as u64, part);
        let strokes = hand::write(usize::from(label), style.distortion, &mut stream);
        ink::draw(&strokes, style.noise, &mut stream, image);
    }
    Ok(Samples::new(pixels, labels(count).collect(), SHAPE.features()))
}
