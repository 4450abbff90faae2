//! `signsim report`: one page about result folders.

use std::path::PathBuf;

use clap::Args;
use signsim::error::Result;
use signsim::report::{Request, report};

/// Which folders, and where the page goes.
#[derive(Args)]
pub(crate) struct ReportArgs {
    /// Folders that `signsim run` has written; the first is compared with each of the others
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// The page [default: report.html in the first folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ReportArgs {
    /// Writes the page, and says where it is.
    ///
    /// # Errors
    /// Those of [`report`].
    pub(crate) fn written(self) -> Result<PathBuf> {
        report(&Request { folders: self.dirs, out: self.out })
    }
}
