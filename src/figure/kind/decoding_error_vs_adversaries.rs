//! Decoding error against the number of adversaries, with the exact values and the bounds behind what was measured.

use super::accuracy_vs_adversaries::content;
use super::behind;
use super::{Form, Kind};
use crate::figure::cases::ADVERSARIES;
use crate::figure::measure::Measure;
use crate::figure::options::{Key, Theory};

/// One line a method over L; bounds wherever there are channels.
pub const KIND: Kind = Kind {
    word: "decoding_error_vs_adversaries",
    about: "{ theory: bounds } decoding error against L on channels, exact values and bounds behind; or exact, none",
    source: "mean and 95 % Student-t interval over seeds; `signsim theory`",
    takes: &[Key::Group, Key::Panel, Key::Scale, Key::Theory],
    shows: |_| true,
    check: |asked| {
        asked.check_axis(ADVERSARIES)?;
        behind::check_theory(asked)
    },
    draws: Form::Chart(|results, options| {
        let channels = results.runs.iter().any(|run| run.channel.is_some());
        let usual = if channels { Theory::Bounds } else { Theory::None };
        let theory = options.theory.unwrap_or(usual);
        content(results, options, Measure::DecodingError, theory)
    }),
};
