//! What data sets that are drawn from the seed have in common.
//!
//! A sample is drawn from one stream keyed by the run's seed and its number, so a training set of 6,000 is the beginning of one
//! of 60,000 with the same seed, and a test sample is never a training sample.

use super::samples::{Label, Samples, Shape};
use crate::error::{Error, Result};
use crate::helpers::Helpers;
use crate::interrupt;
use crate::random::{Purpose, Stream, Streams};
use crate::time::Round;

/// Samples that a thread draws before it takes others.
const PART: usize = 128;

/// The labels of the first `count` samples of either set. They go round: any prefix is balanced, and no split or batch looks
/// at the order of samples.
pub(super) fn labels(classes: u8, count: usize) -> impl Iterator<Item = Label> {
    (0..Label::from(classes)).cycle().take(count)
}

/// The first `train` samples of the training set and the first `test` samples of the test set; `draw` fills an image of black
/// pixels. Samples have nothing in common, so that all of `helpers` draw them.
///
/// # Errors
/// [`Error::Interrupted`], since a large set takes its time.
pub(super) fn sets(
    (train, test): (usize, usize),
    (shape, classes): (Shape, u8),
    streams: Streams,
    helpers: &Helpers,
    draw: impl Fn(Label, &mut Stream, &mut [u8]) + Sync,
) -> Result<[Samples; 2]> {
    let set = |count: usize, set: Round| {
        let mut pixels = vec![0; count * shape.features()];
        let all: Vec<Label> = labels(classes, count).collect();
        let parts =
            all.chunks(PART).zip(pixels.chunks_mut(PART * shape.features())).enumerate().collect::<Vec<_>>();
        let drawn = helpers.lend(parts.len().saturating_sub(1)).map(parts, |(part, (labels, pixels))| {
            let images = pixels.chunks_exact_mut(shape.features());
            for ((index, image), label) in ((part * PART) as u64..).zip(images).zip(labels) {
                if interrupt::asked() {
                    return Err(Error::Interrupted);
                }
                draw(*label, &mut streams.stream(Purpose::Samples, index, set), image);
            }
            Ok(())
        });
        drawn.into_iter().collect::<Result<()>>()?;
        Ok(Samples::new(pixels, all, shape.features()))
    };
    Ok([set(train, Round(0))?, set(test, Round(1))?])
}
