//! Accuracy, loss or decoding error over the rounds of training.

use super::progress::{Progress, content};
use super::{Form, Kind};
use crate::figure::options::Key;

/// A line a method and number of adversaries.
pub const KIND: Kind = Kind {
    word: "accuracy_vs_rounds",
    about: "accuracy, or share of signs decoded correctly, against the round; { y: loss } or decoding_error",
    source: "mean and 95 % Student-t band over seeds",
    takes: &[Key::Measure, Key::Group, Key::Panel],
    shows: |_| true,
    check: |_| Ok(()),
    draws: Form::Chart(|results, options| content(results, Progress::Rounds, options)),
};
