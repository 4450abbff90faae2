//! A setting of the sweep along an axis: its name, and the number that a run has there.

use crate::record::RunRecord;

/// The setting's own name: the last part of its path.
#[must_use]
pub(crate) fn field(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The number that a setting is.
#[must_use]
pub(crate) fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// The number that a run has at the setting at `path`.
#[must_use]
pub(crate) fn number_of(run: &RunRecord, path: &str) -> Option<f64> {
    run.settings.iter().find(|(known, _)| known == path).and_then(|(_, value)| number(value))
}
