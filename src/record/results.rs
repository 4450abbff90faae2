//! What is read back of the runs of a folder.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::rows::{ChannelFacts, QuadraticFacts, SummaryRow};
use super::stored::Machine;
use super::tables::Tables;

/// One run with everything its figures may need.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its row of `summary.csv`.
    pub summary: SummaryRow,
    /// What the run shares with those that differ from it in nothing but the seed: only these may share a mean.
    pub case: String,
    /// The sweep's settings of this run in the order of the scenario: path and value as written, for example
    /// `("adversaries.count", "7")`, `("method", "signsgd_fd")`.
    pub settings: Vec<(String, String)>,
    /// Read as the run's own: `record.rounds`.
    pub tables: Tables,
    /// Of a run on channels.
    pub channel: Option<ChannelFacts>,
    /// Of a run on a quadratic.
    pub quadratic: Option<QuadraticFacts>,
    /// What a reader of its results should know, each remark on one line.
    pub remarks: Vec<String>,
    /// Everything that determines the result of its case's first run: what tells two cases apart that go by one name.
    pub spec: Arc<Value>,
    /// Version and build of the program that computed it, in words.
    pub made_by: String,
    /// What it was computed on; empty in older records.
    pub machine: Machine,
}

impl RunRecord {
    /// What a run is called, without the tables that it left.
    #[must_use]
    pub fn without_tables(&self) -> Self {
        Self {
            summary: self.summary.clone(),
            case: self.case.clone(),
            settings: self.settings.clone(),
            tables: Tables::default(),
            channel: self.channel,
            quadratic: self.quadratic,
            remarks: self.remarks.clone(),
            spec: Arc::clone(&self.spec),
            made_by: self.made_by.clone(),
            machine: self.machine.clone(),
        }
    }
}

impl Deref for RunRecord {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

/// All runs of a result folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The scenario's name.
    pub name: String,
    /// Those that came to their last round, in the order in which they are asked for.
    pub runs: Vec<RunRecord>,
    /// Runs that the scenario asks for and that are absent or failed, in words; figures must say so.
    pub missing: Vec<String>,
}
