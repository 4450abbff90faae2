//! placeholder
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::random::Streams;
pub(super) struct Style {
    distortion: f64,
    noise: f64,
}
impl Style {
    pub fn new(distortion: f64, noise: f64) -> Result<Self> {
        Ok(Self { distortion, noise })
    }
}
pub(super) fn load(train: usize, test: usize, style: &Style, streams: Streams) -> Result<Dataset> {
    let _ = (train, test, style.distortion, style.noise, streams);
    Err(Error::run("todo"))
}
