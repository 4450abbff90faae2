//! What a figure measures of a run.

use serde::{Deserialize, Serialize};

use super::content::{Axis, FigureNote, Scale};
use super::label::Label;
use super::statistics::{AMOUNT, Possible, SHARE};
use crate::record::{Results, RoundRow, RunRecord, Status};

/// A number of a finished run, or of one of its rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Test accuracy when it trains, the share of rightly decoded signs on channels and of a quadratic.
    #[default]
    Accuracy,
    /// Mean test cross-entropy in nats, or the value of a quadratic above its least.
    Loss,
    /// The share of wrongly decoded signs.
    DecodingError,
    /// What accuracy lacks of 1: differences that hide near 1 show near 0, on a logarithmic axis above all.
    Error,
    /// The l1 norm of the gradient, of a quadratic or of the mean loss over all training samples: of each measured model, and of a
    /// run the mean over those that a round began with, which is what theory bounds.
    GradientNorm,
}

impl Measure {
    /// Every measure with its word.
    pub const ALL: [(&'static str, Self); 5] = [
        ("accuracy", Self::Accuracy),
        ("loss", Self::Loss),
        ("decoding_error", Self::DecodingError),
        ("error", Self::Error),
        ("gradient_norm", Self::GradientNorm),
    ];

    /// The measure of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, measure)| measure)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    /// Whether more of it is better.
    #[must_use]
    pub const fn is_gain(self) -> bool {
        matches!(self, Self::Accuracy)
    }

    /// The values that it can have.
    #[must_use]
    pub const fn possible(self) -> Possible {
        match self {
            Self::Accuracy | Self::DecodingError | Self::Error => SHARE,
            Self::Loss | Self::GradientNorm => AMOUNT,
        }
    }

    /// The measure of a finished run; `None` when it diverged or was not measured.
    #[must_use]
    pub fn at_end(self, run: &RunRecord) -> Option<f64> {
        let summary = &run.summary;
        let value = match self {
            // A model whose loss is not a number has an accuracy by chance only.
            _ if diverged(run) => None,
            Self::Accuracy => summary.final_accuracy.or(summary.decoding_error.map(|error| 1.0 - error)),
            Self::Loss => summary.final_loss,
            Self::GradientNorm => summary.mean_gradient_l1,
            Self::DecodingError => summary.decoding_error,
            Self::Error => Self::Accuracy.at_end(run).map(|accuracy| 1.0 - accuracy),
        };
        value.filter(|v| v.is_finite())
    }

    /// The measure after a round: `None` if the round was not measured, not finite if the run had diverged.
    #[must_use]
    pub fn in_round(self, run: &RunRecord, row: &RoundRow) -> Option<f64> {
        match self {
            Self::Accuracy if decodes_only(run) => row.decoding_error.map(|error| 1.0 - error),
            Self::DecodingError if row.loss.is_some_and(|loss| !loss.is_finite()) => Some(f64::NAN),
            Self::Accuracy if row.loss.is_some_and(|loss| !loss.is_finite()) => Some(f64::NAN),
            Self::Accuracy => row.accuracy,
            Self::Loss => row.loss,
            Self::GradientNorm => row.gradient_l1,
            Self::DecodingError => row.decoding_error,
            Self::Error => Self::Accuracy.in_round(run, row).map(|accuracy| 1.0 - accuracy),
        }
    }

    /// What a reader has to know of the measure of a whole run.
    #[must_use]
    pub fn remark(self) -> Option<FigureNote> {
        let words = "gradient norm: the mean over the measured models that a round began with";
        (self == Self::GradientNorm).then(|| FigureNote::remark(Label::plain(words)))
    }

    /// The axis for these runs.
    #[must_use]
    pub fn axis(self, results: &Results) -> Axis {
        let trains = results.runs.iter().any(|r| r.summary.final_accuracy.is_some());
        let decodes = results.runs.iter().any(decodes_only);
        let descends = results.runs.iter().any(|r| r.quadratic.is_some());
        let (column, label, scale) = match (self, trains, decodes) {
            (Self::Accuracy, true, true) => {
                ("share_correct", "share correct (test samples or decoded signs)", Scale::Share)
            }
            (Self::Accuracy, false, true) => {
                ("share_decoded", "share of signs decoded correctly", Scale::Share)
            }
            (Self::Accuracy, ..) => ("accuracy", "test accuracy", Scale::Share),
            (Self::Loss, false, _) if descends => ("loss", "value above the least", Scale::Value),
            (Self::Loss, ..) => ("loss", "test loss (nats)", Scale::Value),
            (Self::GradientNorm, ..) => ("gradient_norm", "gradient norm (l1)", Scale::Value),
            (Self::DecodingError, ..) => ("decoding_error", "decoding error", Scale::Share),
            (Self::Error, true, true) => {
                ("share_wrong", "share wrong (test samples or decoded signs)", Scale::Share)
            }
            (Self::Error, false, true) => ("error", "share of signs decoded wrongly", Scale::Share),
            (Self::Error, ..) => ("error", "test error", Scale::Share),
        };
        Axis { column, label: Label::plain(label), scale }
    }
}

/// Whether a run has left all numbers.
#[must_use]
pub(crate) fn diverged(run: &RunRecord) -> bool {
    run.summary.status == Status::Diverged || run.summary.final_loss.is_some_and(|loss| !loss.is_finite())
}

fn decodes_only(run: &RunRecord) -> bool {
    run.summary.final_accuracy.is_none() && run.summary.decoding_error.is_some()
}
