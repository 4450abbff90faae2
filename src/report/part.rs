//! What a page is told of one result folder.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::record::{Manifest, ManifestRun, ResultFolder, Results, RunRecord, Status, SummaryRow};
use crate::run::ReportLine;

/// A folder that was read.
pub(crate) struct Part {
    /// As it was named.
    pub dir: PathBuf,
    /// Without links.
    pub whole: PathBuf,
    pub manifest: Manifest,
    pub results: Results,
    /// The scenario that was asked for, where the folder says.
    pub scenario: Option<String>,
}

impl Part {
    /// Reads a folder.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let folder = ResultFolder::existing(dir)?;
        let whole = dir.canonicalize().map_err(|e| Error::io(dir, e))?;
        let (manifest, results) = (folder.manifest()?, folder.results()?);
        Ok(Self { dir: dir.to_owned(), whole, manifest, results, scenario: folder.scenario()? })
    }

    /// Every run that was asked for, with its record where there is one; both are in the order of the sweep.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&ManifestRun, Option<&RunRecord>)> {
        let mut records = self.results.runs.iter().peekable();
        self.manifest
            .runs
            .iter()
            .map(move |run| (run, records.next_if(|record| record.summary.run == run.id)))
    }

    /// The runs as rows of results; those that are missing are counted as failed.
    pub(crate) fn lines(&self) -> Vec<ReportLine> {
        let missing = |run: &ManifestRun| SummaryRow {
            run: run.id.clone(),
            status: Status::Failed,
            seed: run.seed,
            method: run.method.clone(),
            attack: run.attack.clone(),
            workers: run.workers,
            adversaries: run.adversaries,
            ..SummaryRow::default()
        };
        let line = |(run, record): (&ManifestRun, Option<&RunRecord>)| ReportLine {
            row: record.map_or_else(|| missing(run), |record| record.summary.clone()),
            settings: run.settings.clone(),
            case: run.case.clone(),
            apart: run.apart.clone(),
        };
        self.runs().map(line).collect()
    }

    /// Runs that ended with numbers that are none.
    pub(crate) fn diverged(&self) -> impl Iterator<Item = &ManifestRun> {
        let diverged = |record: &RunRecord| record.summary.status == Status::Diverged;
        self.runs().filter(move |(_, record)| record.is_some_and(diverged)).map(|(run, _)| run)
    }
}
