//! Accuracy, loss or decoding error over the megabytes that all workers have sent.

use super::progress::{Progress, content};
use super::{Form, Kind};
use crate::figure::options::Key;

/// A line a method and number of adversaries.
pub const KIND: Kind = Kind {
    word: "accuracy_vs_megabytes",
    about: "{ scale: linear } accuracy, or share of signs decoded correctly, against 10^6 bytes sent by all workers",
    source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    takes: &[Key::Measure, Key::Group, Key::Panel, Key::Scale],
    shows: |_| true,
    check: |_| Ok(()),
    draws: Form::Chart(|results, options| {
        content(results, Progress::Megabytes(options.scale.unwrap_or_default()), options)
    }),
};
