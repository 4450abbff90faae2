//! The part of the Python package that is written in Rust: the library, seen from Python.
//!
//! Arguments come checked by `signsim/*.py`, which also says what users read; here is what needs the library. Whatever may
//! take long runs without Python's lock, and looks ten times a second whether somebody pressed Ctrl-C.

mod answers;
mod errors;
mod interruptible;
mod rules;
mod running;
mod votes;

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

/// The command, with its arguments behind the path that it was started from; gives its exit code.
#[pyfunction]
fn command(py: Python<'_>, program: PathBuf, arguments: Vec<OsString>) -> u8 {
    signsim::cli::started_by(program);
    let name = std::iter::once(OsString::from("signsim"));
    py.detach(|| signsim::cli::main(name.chain(arguments)))
}

/// See `signsim/__init__.py`.
#[pymodule]
fn _signsim(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", signsim::run::VERSION)?;
    module.add("BUILD", signsim::run::BUILD)?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(running::run, module)?)?;
    module.add_function(wrap_pyfunction!(answers::check, module)?)?;
    module.add_function(wrap_pyfunction!(answers::theory, module)?)?;
    module.add_function(wrap_pyfunction!(answers::draw, module)?)?;
    module.add_function(wrap_pyfunction!(votes::decode, module)?)?;
    module.add_function(wrap_pyfunction!(rules::register, module)?)?;
    Ok(())
}
