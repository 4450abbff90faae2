//! Running a plan: which runs are still to do, side by side on the cores, and what is left in the folder.

mod alone;
mod checkpoint;
mod checkpoint_file;
mod claim;
mod claim_text;
mod comparison;
#[cfg(test)]
mod crash;
mod dataset_cache;
mod drawing;
mod estimate;
mod execute;
mod facts;
mod failing;
mod fairness;
mod folder_state;
mod gallery;
mod heart;
mod holder;
mod identity;
mod one;
mod plot;
mod progress;
mod recorder;
mod saved_model;
mod scheduler;
mod selfcheck;
mod settle;
#[cfg(test)]
mod sources;
mod status;
mod style;
mod submit;
mod timeline;
mod trace;
mod verify;

pub use alone::simulate_alone;
pub use checkpoint::CheckpointOptions;
#[doc(hidden)]
pub use checkpoint_file::reread;
pub use dataset_cache::DatasetCache;
pub use estimate::{Estimates, RunTime};
pub use execute::{Report, ReportLine, RunOptions, execute};
pub use failing::{Failure, name_of};
pub use gallery::{GalleryEntry, gallery, readme};
pub use identity::{BUILD, COMMIT, VERSION};
pub use one::{RunControl, RunOutput, simulate, simulate_resumable, simulate_watched};
pub use plot::{Request as PlotRequest, plot};
pub use progress::{Begin, Elsewhere, PlanEvent, work};
pub use selfcheck::{Difference, Verdict, selfcheck};
pub use status::{FailedStatus, FolderStatus, RunningRun, status};
pub use style::read_style;
pub use submit::{SbatchOption, Submission, SubmitOptions, Submitted, TimeLimit, prepare_submission};
pub use trace::Trace;
pub use verify::{Verified, verify};

use crate::error::{Error, Result};
use crate::machine::{available_memory, gib};
use crate::scenario::{Plan, PlannedRun};

/// How many runs go side by side: as many as there are threads, fewer where memory does not last, each with its share of
/// the threads.
///
/// # Errors
/// When a run does not fit the memory of this machine even alone.
pub fn side_by_side(plan: &Plan, threads: usize) -> Result<usize> {
    let most = threads.min(plan.runs.len()).max(1);
    let Some(available) = available_memory() else { return Ok(most) };
    for jobs in (1..=most).rev() {
        let memory = |run: &PlannedRun| run.spec.memory_bytes(threads / jobs);
        let needed = plan.runs.iter().map(memory).collect::<Result<Vec<_>>>()?;
        let mut runs = plan.runs.iter().zip(needed);
        match runs.find(|(_, needed)| needed.saturating_mul(jobs as u64) > available) {
            None => return Ok(jobs),
            Some((run, needed)) if jobs == 1 => {
                let message =
                    format!("a run needs about {}, this machine has {} free", gib(needed), gib(available));
                let error = Error::scenario(message);
                return Err(run.locate(error.help("use fewer --threads, fewer workers, or a smaller task")));
            }
            Some(_) => {}
        }
    }
    unreachable!("one run fits or is refused")
}
