//! Decoding error against the number of adversaries, with the exact values and the bounds behind what was measured.

use super::accuracy_vs_adversaries::content;
use super::behind;
use super::{FigureKind, Form};
use crate::figure::cases::ADVERSARIES;
use crate::figure::measure::Measure;
use crate::figure::options::{OptionKey, TheoryCurve};

/// One line per method over L; bounds wherever there are channels.
pub const KIND: FigureKind = FigureKind {
    word: "decoding_error_vs_adversaries",
    about: "{ theory: bounds } decoding error against L on channels, exact values and bounds behind; or exact, none",
    source: "mean and 95 % Student-t interval over seeds; `signsim theory`",
    takes: &[
        OptionKey::Group,
        OptionKey::Panel,
        OptionKey::Scale,
        OptionKey::Theory,
        OptionKey::Rows,
        OptionKey::Columns,
        OptionKey::XScale,
        OptionKey::YScale,
        OptionKey::Error,
        OptionKey::Level,
        OptionKey::Interval,
        OptionKey::Markers,
    ],
    shows: |_| true,
    check: |asked| {
        asked.check_axis(ADVERSARIES)?;
        behind::check_theory(asked)
    },
    draws: Form::Chart(|results, options| {
        let channels = results.runs.iter().any(|run| run.channel.is_some());
        let usual = if channels { TheoryCurve::Bounds } else { TheoryCurve::None };
        let theory = options.theory.unwrap_or(usual);
        content(results, options, Measure::DecodingError, theory)
    }),
};
