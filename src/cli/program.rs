//! Which file this command is started from, for those who are to start it again.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use signsim::error::{Error, Result};

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Says which file starts this command, where it is not the file of the running process: a script of an interpreter.
pub fn started_by(program: PathBuf) {
    // Whoever says it first knows it.
    let _ = PROGRAM.set(program);
}

/// The file that starts this command.
///
/// # Errors
/// When the system does not know the file of the running process.
pub(crate) fn program() -> Result<PathBuf> {
    let this = || std::env::current_exe().map_err(|e| Error::io(Path::new("the file of this program"), e));
    PROGRAM.get().map_or_else(this, |program| Ok(program.clone()))
}
