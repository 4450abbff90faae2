//! Errors of the library as exceptions, which are written in `signsim/_errors.py`.

use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError};
use pyo3::prelude::*;
use signsim::error::Error;

/// The exception that says what an error says.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let help = error.advice();
    let (kind, place) = match error {
        Error::Scenario { place, .. } => ("ScenarioError", place.as_deref()),
        Error::Input { .. } => ("ScenarioError", None),
        Error::Run { .. } => ("RunError", None),
        Error::Io { source, .. } => {
            return PyOSError::new_err((source.raw_os_error(), error.to_string()));
        }
        Error::Interrupted => return PyKeyboardInterrupt::new_err(error.to_string()),
    };
    let (file, line, column) =
        place.map_or((None, None, None), |p| (Some(p.file.as_str()), Some(p.line), Some(p.column)));
    let make = || {
        let class = py.import("signsim._errors")?.getattr(kind)?;
        class.call1((error.to_string(), file, line, column, help))
    };
    make().map_or_else(|broken| broken, PyErr::from_value)
}
