//! What "accuracy" means for a run: test accuracy when it trains, the share of rightly decoded signs when
//! it only sends votes through channels.

use super::content::{Axis, Scale};
use super::label::Label;
use crate::record::{Results, RoundRow, RunRecord};

/// The accuracy of a finished run; `None` or not finite when it diverged.
#[must_use]
pub fn at_end(run: &RunRecord) -> Option<f64> {
    let summary = &run.summary;
    summary.final_accuracy.or(summary.decoding_error.map(|error| 1.0 - error)).filter(|v| v.is_finite())
}

/// The accuracy after a round: `None` if the round was not evaluated, not finite if the run had diverged.
#[must_use]
pub fn in_round(run: &RunRecord, row: &RoundRow) -> Option<f64> {
    if decodes_only(run) { row.decoding_error.map(|error| 1.0 - error) } else { row.accuracy }
}

/// The vertical axis for these runs.
#[must_use]
pub fn axis(results: &Results) -> Axis {
    let trains = results.runs.iter().any(|r| r.summary.final_accuracy.is_some());
    let decodes = results.runs.iter().any(decodes_only);
    let (column, label) = match (trains, decodes) {
        (true, true) => ("share_correct", "share correct (test samples or decoded signs)"),
        (false, true) => ("share_decoded", "share of signs decoded correctly"),
        _ => ("accuracy", "test accuracy"),
    };
    Axis { column, label: Label::plain(label), scale: Scale::Share }
}

fn decodes_only(run: &RunRecord) -> bool {
    run.summary.final_accuracy.is_none() && run.summary.decoding_error.is_some()
}
