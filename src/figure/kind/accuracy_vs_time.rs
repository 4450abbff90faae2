//! Accuracy, loss or decoding error over simulated time.

use super::progress::{Progress, content};
use super::{Form, Kind};
use crate::figure::options::Key;

/// A line a method and number of adversaries.
pub const KIND: Kind = Kind {
    word: "accuracy_vs_time",
    about: "{ scale: linear } accuracy, or share of signs decoded correctly, against simulated seconds; or log",
    source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    takes: &[Key::Measure, Key::Group, Key::Panel, Key::Scale],
    shows: |_| true,
    check: |_| Ok(()),
    draws: Form::Chart(|results, options| {
        content(results, Progress::Time(options.scale.unwrap_or_default()), options)
    }),
};
