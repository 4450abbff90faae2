//! What a folder leaves to be computed, seen without changing it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::super::dataset_cache::DatasetCache;
use super::super::folder_state::FolderState;
use super::super::identity::identify;
use super::super::settle::{Settled, settle};
use crate::destination;
use crate::error::Result;
use crate::files;
use crate::record::ResultFolder;
use crate::scenario::Plan;

/// The runs of a plan, by what became of them.
pub(super) struct Left {
    /// Runs that nobody has finished.
    pub left: usize,
    /// Runs that came to their ends.
    pub finished: usize,
    /// Runs that failed, which nobody computes again unasked.
    pub failed: usize,
    /// What the user has to know of the folder.
    pub remarks: Vec<String>,
}

/// Looks at the folder `out`, which need not be there.
pub(super) fn left(plan: &Plan, out: &Path, cache: &DatasetCache) -> Result<Left> {
    destination::check_folder(out, "--out")?;
    let ids: BTreeSet<String> = identify(plan, cache)?.ids.into_iter().collect();
    let mut left = Left { left: ids.len(), finished: 0, failed: 0, remarks: Vec::new() };
    let empty =
        files::list(out).map_or_else(|error| error.kind() == ErrorKind::NotFound, |names| names.is_empty());
    if empty {
        return Ok(left);
    }
    let folder = ResultFolder::open(out, false).map_err(|e| e.help("choose another folder with --out"))?;
    let another = "choose another folder with --out; `signsim run` with --force gives this one over";
    let Settled { whole, remarks } = settle(&folder, plan, false).map_err(|e| e.help(another))?;
    let (text, known) = (whole.source.clone(), identify(&whole, cache)?);
    let (state, found) = FolderState::open(&folder, (whole, text), known)?;
    left.finished = ids.iter().filter(|id| state.done(id).is_some()).count();
    left.failed = ids.iter().filter(|id| state.failed(id).is_some()).count();
    left.left -= left.finished + left.failed;
    left.remarks.extend(remarks.into_iter().chain(found));
    Ok(left)
}
