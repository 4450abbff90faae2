//! Which constants turn pixels into network inputs, as a scenario says it.
//!
//! An input is `(x - mean) / std` with one mean and one deviation a channel, where `x` is the pixel on the scale from
//! 0, black, to 1, or the number itself where samples are no bytes: what torchvision's `ToTensor` and `Normalize` do.
//! Training and test samples share the constants.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use super::samples::{Dataset, Normalisation};
use crate::error::{Error, Result};
use crate::units::{Positive, WordOr};

/// Where the constants come from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Normalize {
    /// Those that belong to the set: as they are published with it, or as this project has measured them for its own sets. They
    /// are the same whatever part of the set is used.
    #[default]
    Published,
    /// Mean 0 and deviation 1: inputs from 0 to 1.
    None,
    /// Mean and deviation (of the population) over the training samples that are used, of all workers together. A feature (a
    /// channel of one number) that is the same in all of them is only centred.
    Standard,
    /// As written.
    Given(Box<Constants>),
}

/// A mean and a deviation for every channel, on the scale from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// What is subtracted.
    pub mean: Vec<f64>,
    /// What divides.
    pub std: Vec<Positive>,
}

impl Normalize {
    /// What a set has that is not told otherwise.
    #[must_use]
    pub const fn of_set(own: bool) -> Self {
        if own { Self::Standard } else { Self::Published }
    }

    /// Whether what was written fits a set with so many channels, which may be one's own.
    ///
    /// # Errors
    /// A scenario error that says how many constants there must be.
    pub fn check(&self, channels: usize, own: bool) -> Result<()> {
        if own && *self == Self::Published {
            return Err(Error::scenario("no constants are published with a data set of one's own")
                .help("write normalize: standard, none, or { mean: […], std: […] }"));
        }
        let Self::Given(constants) = self else { return Ok(()) };
        let Constants { mean, std } = &**constants;
        let several = if channels == 1 { "one channel" } else { "channels" };
        for (key, numbers) in [("mean", mean.len()), ("std", std.len())] {
            if numbers != channels {
                let message = if channels == 1 {
                    format!("`{key}` has {numbers} numbers for {several}")
                } else {
                    format!("`{key}` has {numbers} numbers for {channels} {several}")
                };
                return Err(Error::scenario(message).key(key).help(format!(
                    "write {key}: {}, one number a channel (red, green and blue where there are three)",
                    example(channels)
                )));
            }
        }
        Ok(())
    }

    /// The constants for a loaded set.
    ///
    /// # Errors
    /// A scenario error for a channel without any deviation.
    pub fn of(&self, data: &Dataset) -> Result<Normalisation> {
        let channels = data.shape.channels;
        match self {
            Self::Published => Ok(data.normalisation.clone()),
            Self::None => Ok(Normalisation::new(&vec![0.0; channels], &vec![1.0; channels])),
            Self::Standard => {
                let (mean, mut std): (Vec<f64>, Vec<f64>) = data.train.moments(channels).into_iter().unzip();
                if data.shape.height * data.shape.width == 1 {
                    // A feature that never changes says nothing, and is 0.
                    std.iter_mut().filter(|std| **std == 0.0).for_each(|std| *std = 1.0);
                }
                match std.iter().position(|&std| std == 0.0) {
                    None => Ok(Normalisation::new(&mean, &std)),
                    Some(channel) => Err(Error::scenario(format!(
                        "channel {channel} (counted from 0) has the value {} in every training sample, and no deviation",
                        mean[channel]
                    ))
                    .help("write the constants out, or normalize: none")),
                }
            }
            Self::Given(constants) => {
                let Constants { mean, std } = &**constants;
                Ok(Normalisation::new(mean, &std.iter().map(|std| std.get()).collect::<Vec<_>>()))
            }
        }
    }

    /// Whether a black pixel is an input of exactly 0, as far as that is known before the set is loaded.
    #[must_use]
    pub fn keeps_black(&self) -> bool {
        match self {
            Self::Published | Self::Standard => false,
            Self::None => true,
            Self::Given(constants) => constants.mean.contains(&0.0),
        }
    }
}

fn example(channels: usize) -> String {
    format!("[{}]", vec!["0.5"; channels].join(", "))
}

impl Serialize for Normalize {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Published => serializer.serialize_str("published"),
            Self::None => serializer.serialize_str("none"),
            Self::Standard => serializer.serialize_str("standard"),
            Self::Given(constants) => constants.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Normalize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let expected =
            "one of the words `published`, `none` and `standard`, or { mean: [0.5], std: [0.25] },";
        match WordOr::read(deserializer, expected)? {
            WordOr::Word(word) => match word.as_str() {
                "published" => Ok(Self::Published),
                "none" => Ok(Self::None),
                "standard" => Ok(Self::Standard),
                _ => Err(D::Error::unknown_variant(&word, &["published", "none", "standard"])),
            },
            WordOr::Settings(constants) => Ok(Self::Given(Box::new(constants))),
        }
    }
}
