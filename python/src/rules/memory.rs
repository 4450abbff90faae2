//! What a rule written in Python remembers, on its way through checkpoints.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use signsim::error::Result;
use signsim::state::{Resumable, put, take};

use super::described;

/// The state of a rule as its bytes; read back, it waits until the rule is asked again.
#[derive(Default)]
pub(super) struct Memory {
    bytes: Vec<u8>,
    unread: bool,
}

impl Resumable for Memory {
    fn write(&self, to: &mut Vec<u8>) {
        put(&self.bytes, to);
    }

    fn read(&mut self, from: &mut &[u8]) -> Result<()> {
        (self.bytes, self.unread) = (take(from)?, true);
        Ok(())
    }
}

impl Memory {
    /// Takes down what the rule remembers now; says why where that cannot be.
    pub(super) fn take_down(&mut self, running: &Py<PyAny>, who: &str) -> Option<String> {
        let bytes = |py: Python<'_>| -> std::result::Result<Vec<u8>, String> {
            let state = running.call_method0(py, "dump");
            let state = state.and_then(|state| Ok(state.bind(py).cast::<PyBytes>()?.as_bytes().to_vec()));
            state.map_err(|error| described(py, &error))
        };
        match Python::attach(bytes) {
            Ok(bytes) => {
                self.bytes = bytes;
                None
            }
            Err(why) => Some(format!("{who} has a memory that cannot be written down: {why}")),
        }
    }

    /// Reminds the rule of what was read.
    ///
    /// # Errors
    /// The exception of the rule.
    pub(super) fn remind(&mut self, py: Python<'_>, running: &Py<PyAny>) -> PyResult<()> {
        if std::mem::take(&mut self.unread) {
            running.call_method1(py, "load", (PyBytes::new(py, &self.bytes),))?;
        }
        Ok(())
    }
}
