//! What only the data can say against a plan: found before its first run starts, by `check` and by `run` alike.
//!
//! Every data set of a plan is measured, then loaded once, one after the other; where who holds what is left to the draw,
//! every split is drawn that the plan asks for. So a point in the middle of a sweep that cannot begin stops nothing
//! halfway. What is drawn from a seed is not: its labels are known without.

use std::collections::BTreeSet;

use super::dataset_cache::DatasetCache;
use super::side_by_side;
use crate::data::{DataSpec, HeldOut, Normalize, SplitSpec};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::random::Streams;
use crate::scenario::{Plan, PlannedRun, TaskSpec};

/// A plan that can begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many of its runs go side by side.
    pub jobs: usize,
    /// What a reader of the results should know of its files, a sentence each.
    pub remarks: Vec<String>,
}

/// The runs of a plan that learn from one data set, whatever their seed.
struct DatasetRuns<'a> {
    data: &'a DataSpec,
    runs: Vec<(&'a PlannedRun, &'a SplitSpec, &'a Normalize)>,
}

/// Whether every run of `plan` can begin on this machine with `threads` threads. Leaves the last data set in the cache.
///
/// # Errors
/// What the first run that cannot begin would be refused with, and [`Error::Interrupted`].
pub fn verify(plan: &Plan, threads: usize, cache: &DatasetCache) -> Result<Verified> {
    verified(plan, cache, || side_by_side(plan, threads))
}

/// [`verify`] for other machines than this one, whose memory says nothing about theirs; gives the remarks.
pub(crate) fn verify_for_elsewhere(plan: &Plan, cache: &DatasetCache) -> Result<Vec<String>> {
    verified(plan, cache, || Ok(1)).map(|verified| verified.remarks)
}

/// `jobs`: how many runs go side by side, asked once the data is measured.
fn verified(plan: &Plan, cache: &DatasetCache, jobs: impl FnOnce() -> Result<usize>) -> Result<Verified> {
    let learners = learners(plan);
    let mut remarks = Vec::new();
    for DatasetRuns { data, runs } in &learners {
        remarks.extend(data.measure().map_err(|e| runs[0].0.locate(e.key("task.train.data")))?);
    }
    let jobs = jobs()?;
    for learners in &learners {
        shards(learners, cache)?;
    }
    Ok(Verified { jobs, remarks })
}

/// In the order of the plan.
fn learners(plan: &Plan) -> Vec<DatasetRuns<'_>> {
    let mut all: Vec<DatasetRuns<'_>> = Vec::new();
    for run in &plan.runs {
        let TaskSpec::Train { data, normalize, split, .. } = &run.spec.task else { continue };
        let normalize = normalize.as_ref().unwrap_or(&Normalize::Published);
        match all.iter_mut().rfind(|learners| learners.data == data) {
            Some(learners) => learners.runs.push((run, split, normalize)),
            None => all.push(DatasetRuns { data, runs: vec![(run, split, normalize)] }),
        }
    }
    all
}

/// Loads what is read from files, and draws every split whose outcome is not certain.
fn shards(learners: &DatasetRuns<'_>, cache: &DatasetCache) -> Result<()> {
    let data = learners.data;
    let (known, first) = (data.known_labels(), learners.runs[0].0.spec.seed);
    if known.is_none() {
        cache.clear();
    }
    let mut seen = BTreeSet::new();
    for (run, split, normalize) in &learners.runs {
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        let (workers, seed) = (run.spec.population.workers as usize, run.spec.seed);
        let trusted = run.spec.server.trusted;
        // Which samples are held out for the test is drawn, and what is left with them.
        let parted = data.is_seeded() && known.is_none();
        let chance = split.is_left_to_chance() || parted;
        let key = (format!("{} {trusted:?} {normalize:?}", words(split)), workers, chance.then_some(seed));
        if !seen.insert(key) {
            continue;
        }
        let loaded;
        let labels = match &known {
            Some(labels) => &labels[..],
            None => {
                let seed = if parted { seed } else { first };
                loaded = cache.get(data, seed).map_err(|e| run.locate(e))?;
                normalize.of(&loaded).map_err(|e| run.locate(e.key("task.train.normalize")))?;
                loaded.train.labels()
            }
        };
        let (classes, streams) = (learners.data.classes(), Streams::new(seed));
        let dealt = match trusted {
            Some(trusted) => HeldOut::draw(labels.len(), trusted.samples(labels.len()), streams)
                .deal(split, labels, classes, workers, streams)
                .map(drop),
            None => split.verify(labels, classes, workers, streams),
        };
        dealt.map_err(|e| run.locate(e.key("task.train.split")))?;
    }
    Ok(())
}

/// A split in words, one of a file by the file.
fn words(split: &SplitSpec) -> String {
    serde_json::to_string(split).expect("a split is plain data")
}
