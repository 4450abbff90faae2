//! What a run leaves behind: rows of CSV, a manifest, and the folder that holds them.
//!
//! The rows are the single source of every figure: [`crate::figure`] reads what is written here and nothing
//! else, so a plot can always be redrawn without a simulation.

mod failed;
mod folder;
mod manifest;
mod results;
mod rows;
mod runs;
mod stored;
mod tables;

pub use failed::FailedRun;
pub use folder::{ResultFolder, Settings, Stored};
pub use manifest::{Manifest, ManifestRun};
pub use results::{Results, RunRecord};
pub use rows::{
    Activity, ChannelFacts, ClassRow, InputFacts, LabelRow, LayerRow, QuadraticFacts, RoundRow, Row,
    ShardRow, Status, SummaryRow, TimelineRow, VoteRule, WorkerRow,
};
pub use runs::{Listing, Placed};
pub use stored::{Finished, Machine};
pub use tables::Tables;
