//! A plan for a cluster that has an engine of its own, Slurm: a script that computes it as an array of tasks, and its submission.
//!
//! Nothing here schedules anything. Every task of the array runs the ordinary command on the one folder and takes runs that
//! nobody has; tasks may be killed, displaced, or told to end, and what they leave is computed by the others. One more task
//! comes after all of them, computes what is left even then, and draws the figures.

mod left;
mod limit;
mod quote;
mod sbatch_option;
mod script;
mod slurm;
mod submission;

pub use limit::TimeLimit;
pub use sbatch_option::SbatchOption;
pub use submission::{Submission, SubmitOptions, Submitted, prepare_submission};
