//! Procedural pictures in colour: a data set that needs no file, for networks that are made for CIFAR.
//!
//! A sample is one figure on 32 x 32 pixels: an [`outline`] (disc, square, triangle, cross, star) that is filled with a
//! [texture](paint) (stripes or checks). The class is both, so that neither the edge of the figure nor a patch from its
//! middle tells it. Everything else is drawn and says nothing: both colours of the texture, the background and how it
//! fades, place, size, turn, the direction, width and phase of the texture, small discs behind the figure, noise.
//!
//! Since colours and places are free, the mean picture of every class is the same grey: a linear classifier has little to
//! hold on to, and a convolution has edges and textures.

mod outline;
mod paint;

use super::drawn;
use super::samples::{Dataset, Normalisation, Shape};
use crate::error::{Error, Result};
use crate::helpers::Helpers;
use crate::random::Streams;
use outline::{OUTLINES, SIDE};
use paint::{Picture, TEXTURES};

/// Three channels.
pub(super) const SHAPE: Shape = Shape { channels: 3, height: SIDE, width: SIDE };
/// An outline and a texture each.
pub(super) const CLASSES: u8 = (OUTLINES.len() * TEXTURES.len()) as u8;
/// Mean and deviation of `pixel / 255` in every channel over 60,000 samples with the default settings, seed 1; the channels
/// are drawn alike. They stay the same for every seed and setting, so that the same picture always is the same input.
const MEAN: f64 = 0.5;
const STD: f64 = 0.273;

/// How the pictures are drawn; the words of the scenario, checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Small discs behind the figure.
    clutter: u32,
    /// Standard deviation of the pixel noise, where 1 is the step from black to white.
    noise: f32,
}

impl Style {
    /// # Errors
    /// A scenario error when a value is out of range.
    pub(super) fn new(clutter: u32, noise: f64) -> Result<Self> {
        let error = |key: &str, message: String, range: &str| {
            let help = format!("write a number from 0 to {range}, or leave it out");
            Err(Error::scenario(message).key(format!("shapes.{key}")).help(help))
        };
        if clutter > 20 {
            return error("clutter", format!("a picture has no room for a clutter of {clutter}"), "20");
        }
        if !(0.0..=1.0).contains(&noise) {
            return error("noise", format!("shapes cannot have noise {noise}"), "1");
        }
        Ok(Self { clutter, noise: noise as f32 })
    }
}

/// Draws a training and a test set of these sizes.
///
/// # Errors
/// [`Error::Interrupted`], since a large set takes its time.
pub(super) fn load(
    sizes: (usize, usize),
    style: Style,
    streams: Streams,
    helpers: &Helpers,
) -> Result<Dataset> {
    let [train, test] = drawn::sets(sizes, (SHAPE, CLASSES), streams, helpers, |label, stream, image| {
        let (outline, texture) = (usize::from(label) / TEXTURES.len(), usize::from(label) % TEXTURES.len());
        Picture::draw(OUTLINES[outline], TEXTURES[texture], style.clutter, stream).paint(
            style.noise,
            stream,
            image,
        );
    })?;
    let normalisation = Normalisation::new(&[MEAN; 3], &[STD; 3]);
    Ok(Dataset {
        train,
        test,
        shape: SHAPE,
        classes: usize::from(CLASSES),
        normalisation,
        sources: Vec::new(),
    })
}
