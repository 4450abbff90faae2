//! Accuracy, loss or decoding error over the rounds of training.

use super::passing::ProgressAxis;
use super::progress::content;
use super::{FigureKind, Form};
use crate::figure::options::OptionKey;

/// One line per method and number of adversaries.
pub const KIND: FigureKind = FigureKind {
    word: "accuracy_vs_rounds",
    about: "accuracy, or share of signs decoded correctly, against the round; { y: loss } or decoding_error",
    source: "mean and 95 % Student-t band over seeds",
    takes: &[
        OptionKey::Measure,
        OptionKey::Group,
        OptionKey::Panel,
        OptionKey::Rows,
        OptionKey::Columns,
        OptionKey::XScale,
        OptionKey::YScale,
        OptionKey::Error,
        OptionKey::Level,
        OptionKey::Interval,
        OptionKey::Markers,
        OptionKey::Smooth,
    ],
    shows: |_| true,
    check: |_| Ok(()),
    draws: Form::Chart(|results, options| content(results, ProgressAxis::Rounds, options)),
};
