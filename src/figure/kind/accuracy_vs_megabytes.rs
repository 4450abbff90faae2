//! Accuracy, loss or decoding error over the megabytes that all workers have sent.

use super::passing::ProgressAxis;
use super::progress::content;
use super::{FigureKind, Form};
use crate::figure::options::OptionKey;

/// One line per method and number of adversaries.
pub const KIND: FigureKind = FigureKind {
    word: "accuracy_vs_megabytes",
    about: "{ scale: linear } accuracy, or share of signs decoded correctly, against millions of bytes sent by all workers",
    source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    takes: &[
        OptionKey::Measure,
        OptionKey::Group,
        OptionKey::Panel,
        OptionKey::Scale,
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
    draws: Form::Chart(|results, options| {
        content(results, ProgressAxis::Megabytes(options.x_division()), options)
    }),
};
