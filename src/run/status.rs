//! How far a folder is: what is done, who is at work on what, what failed, what is left and how long it may take.
//!
//! One look at names, claims, failures and the summary; no record is read, so that ten thousand runs take no second.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;

use super::claim_text::ClaimText;
use crate::error::Result;
use crate::record::{Listing, ManifestRun, ResultFolder};

/// The state of a result folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FolderStatus {
    /// The scenario's name.
    pub name: String,
    /// Runs that are asked for, those that are the same counted once.
    pub runs: usize,
    /// Runs that came to their ends.
    pub done: usize,
    /// How many of those diverged.
    pub diverged: usize,
    /// Runs that some process is at work on.
    pub running: Vec<RunningRun>,
    /// Runs that failed, and why.
    pub failed: Vec<FailedStatus>,
    /// Runs that nobody is at work on.
    pub left: usize,
    /// How long it may take from now on, from what finished runs took, with as many at a time as now; none where no run of
    /// this folder has finished, or none is left.
    pub seconds_left: Option<f64>,
}

/// A run that some process is at work on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunningRun {
    /// Its id.
    pub run: String,
    /// Which run, in words.
    pub words: String,
    /// The machine that computes it.
    pub host: String,
    /// The number of the process there.
    pub pid: u32,
    /// In UTC, by the clock of its machine.
    pub since: String,
    /// Rounds that had closed at the last sign of life.
    pub round: u32,
    /// All its rounds.
    pub rounds: u32,
    /// Seconds since its last sign of life, by the clock of this machine.
    pub silent_s: f64,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedStatus {
    /// Its id.
    pub run: String,
    /// Which run, in words.
    pub words: String,
    /// What kept it from going on.
    pub reason: String,
    /// What can be done about it.
    pub help: Option<String>,
}

/// Looks at a folder; changes nothing.
///
/// # Errors
/// When it is no result folder, or the disk refuses.
pub fn status(dir: &Path) -> Result<FolderStatus> {
    let folder = ResultFolder::existing(dir)?;
    let (manifest, listing, ends) = (folder.manifest()?, folder.listing()?, folder.ends());
    let mut known = BTreeSet::new();
    let runs: Vec<&ManifestRun> = manifest.runs.iter().filter(|run| known.insert(&run.id)).collect();
    let times = Times::of(&runs, &ends);
    let mut status = FolderStatus {
        name: manifest.name.clone(),
        runs: runs.len(),
        done: 0,
        diverged: 0,
        running: Vec::new(),
        failed: Vec::new(),
        left: 0,
        seconds_left: None,
    };
    let mut seconds = Some(0.0);
    for run in &runs {
        let share = status.count(&folder, &listing, run)?;
        status.diverged += usize::from(ends.get(&run.id).is_some_and(|(diverged, _)| *diverged));
        if share > 0.0 {
            seconds = seconds.zip(times.usual(run)).map(|(sum, usual)| sum + share * usual);
        }
    }
    let unfinished = status.left + status.running.len() > 0;
    let side_by_side = status.running.len().max(1) as f64;
    status.seconds_left = seconds.filter(|_| unfinished).map(|seconds| seconds / side_by_side);
    Ok(status)
}

impl FolderStatus {
    /// Counts a run where it belongs; gives the share of it that is still to be computed.
    fn count(&mut self, folder: &ResultFolder, listing: &Listing, run: &ManifestRun) -> Result<f64> {
        if listing.finished.contains(&run.id) && folder.has_run(&run.id) {
            self.done += 1;
            return Ok(0.0);
        }
        let failed = if listing.failed.contains(&run.id) { folder.failure(&run.id)? } else { None };
        if let Some(failed) = failed {
            let (reason, help) = (failed.reason, failed.help);
            self.failed.push(FailedStatus { run: run.id.clone(), words: run.words(), reason, help });
            return Ok(0.0);
        }
        let path = folder.claim(&run.id);
        let claim = listing.claimed.contains(&run.id).then(|| ClaimText::read(&path)).flatten();
        let Some(claim) = claim.filter(|claim| !claim.holder.is_gone()) else {
            self.left += 1;
            return Ok(1.0);
        };
        let modified = std::fs::metadata(&path).and_then(|there| there.modified());
        let silent = modified.ok().and_then(|then| SystemTime::now().duration_since(then).ok());
        let ClaimText { since, round, rounds, .. } = claim;
        self.running.push(RunningRun {
            run: run.id.clone(),
            words: run.words(),
            host: claim.holder.host,
            pid: claim.holder.pid,
            since,
            round,
            rounds,
            silent_s: silent.map_or(0.0, |silent| silent.as_secs_f64()),
        });
        Ok(1.0 - f64::from(round.min(rounds)) / f64::from(rounds.max(1)))
    }
}

/// How long finished runs took.
struct Times<'a> {
    /// By case: the sum of seconds, and how many runs.
    cases: BTreeMap<&'a str, (f64, f64)>,
    all: (f64, f64),
}

impl<'a> Times<'a> {
    fn of(runs: &[&'a ManifestRun], ends: &BTreeMap<String, (bool, f64)>) -> Self {
        let mut times = Self { cases: BTreeMap::new(), all: (0.0, 0.0) };
        for run in runs {
            let Some((_, wall)) = ends.get(&run.id) else { continue };
            for (sum, count) in [times.cases.entry(run.case.as_str()).or_default(), &mut times.all] {
                (*sum, *count) = (*sum + wall, *count + 1.0);
            }
        }
        times
    }

    /// What a run like this one took on average, or any run.
    fn usual(&self, run: &ManifestRun) -> Option<f64> {
        let (sum, count) = self.cases.get(run.case.as_str()).copied().unwrap_or(self.all);
        (count > 0.0).then(|| sum / count)
    }
}
