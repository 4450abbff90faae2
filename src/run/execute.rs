//! A plan and a folder: what is missing is computed, by this process and by all others that were asked for the same.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::checkpoint::CheckpointOptions;
use super::checkpoint_file::is_of_another_build;
use super::claim::{Claim, Claims};
use super::claim_text::ClaimText;
use super::dataset_cache::DatasetCache;
use super::drawing::draw;
use super::failing::{Failure, name_of};
use super::folder_state::FolderState;
use super::identity::{BUILD, Identified, identify};
use super::progress::{Begin, Elsewhere, PlanEvent, work};
use super::saved_model;
use super::scheduler::{ScheduledRun, Scheduler};
use super::settle::{Settled, settle};
use super::trace::Trace;
use super::verify::{Verified, verify};
use crate::destination;
use crate::error::{Error, Named, Result};
use crate::record::{ResultFolder, Settings, Status, SummaryRow};
use crate::scenario::{Plan, PlannedRun};

/// How long who was interrupted waits for its turn to write the manifest, which can be written from the runs at any time.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at what others are doing; less where a claim runs out sooner.
const LOOKS: Duration = Duration::from_millis(250);

/// What a user may choose about running, none of which changes a result.
pub struct RunOptions {
    /// The result folder.
    pub out: PathBuf,
    /// Upper bound on the threads that compute.
    pub threads: usize,
    /// Use a folder that holds something else.
    pub force: bool,
    /// Where to write a trace of the plan's only run, which is then simulated even if it was finished before.
    pub trace: Option<PathBuf>,
    /// A traced run is never written down.
    pub checkpoints: CheckpointOptions,
    /// A claim of another process that stays unchanged for so long is taken over.
    pub claim_timeout: Duration,
    /// Wait for the runs that other processes are at work on.
    pub wait: bool,
    /// Compute runs again that have failed before.
    pub retry_failed: bool,
    /// Save the model with which each run ends; a run that was finished without is computed again for it.
    pub save_model: bool,
}

impl RunOptions {
    /// The usual ones for a result folder.
    #[must_use]
    pub fn new(out: PathBuf, threads: usize) -> Self {
        Self {
            out,
            threads,
            force: false,
            trace: None,
            checkpoints: CheckpointOptions::default(),
            claim_timeout: Duration::from_secs(60),
            wait: true,
            retry_failed: false,
            save_model: false,
        }
    }
}

/// What running a plan has come to.
pub struct Report {
    /// The runs that ended in some way, in the order of the plan.
    pub lines: Vec<ReportLine>,
    /// Runs that failed.
    pub failures: Vec<Failure>,
    /// The files that were drawn, `.csv` among them.
    pub figures: Vec<PathBuf>,
    /// Runs that other processes are still at work on; none of them was waited for, and no figure was drawn.
    pub elsewhere: Vec<Elsewhere>,
}

/// A run that ended in some way.
pub struct ReportLine {
    /// As it stands in `summary.csv`.
    pub row: SummaryRow,
    /// The sweep's settings: path and value.
    pub settings: Settings,
    /// What the run shares with those that differ from it in nothing but the seed.
    pub case: String,
    /// What tells its case from others that read the same; mostly empty.
    pub apart: String,
}

impl Report {
    /// The rows of the runs that came to their ends.
    pub fn rows(&self) -> impl Iterator<Item = &SummaryRow> + Clone {
        self.lines.iter().map(|line| &line.row).filter(|row| row.status != Status::Failed)
    }
}

/// What a process works with.
struct Work<'a> {
    scheduler: Scheduler<'a>,
    ids: &'a [String],
    plan: &'a Plan,
    options: &'a RunOptions,
    jobs: usize,
}

/// Runs what is missing of `plan` and nobody else has, writes every finished run at once, waits for the others, and sees to
/// it that the figures are drawn.
///
/// # Errors
/// Bad input found while loading, a folder of something else, a disk that refuses, or [`Error::Interrupted`]; finished runs
/// stay on disk. A run that fails, or panics, does not stop the others: it is in the report.
pub fn execute(
    plan: &Plan,
    options: &RunOptions,
    interrupted: &AtomicBool,
    progress: &(dyn Fn(PlanEvent<'_>) + Sync),
) -> Result<Report> {
    if options.trace.is_some() && plan.runs.len() != 1 {
        let message = format!("--trace follows one run, and this scenario asks for {}", plan.runs.len());
        return Err(Error::input(message)
            .help("choose one: --set sweep={} --set repeats=1, and what else tells it from the others"));
    }
    if options.save_model && !saved_model::any(plan) {
        return Err(Error::input("--save-model: nothing is trained here, so there is no model to save")
            .help("leave it away, or run a scenario with a training task"));
    }
    options.trace.as_deref().map_or(Ok(()), Trace::check)?;
    destination::check_folder(&options.out, "--out")?;
    let cache = DatasetCache::default();
    let Verified { jobs, remarks } = verify(plan, options.threads, &cache)?;
    let Identified { ids, .. } = identify(plan, &cache)?;
    remarks.iter().for_each(|remark| progress(PlanEvent::Remark(remark)));
    let folder = ResultFolder::open(&options.out, options.force)?;
    let claims = Claims::new(options.claim_timeout);
    let scheduler = Scheduler {
        cache: &cache,
        folder: &folder,
        claims: &claims,
        trace: options.trace.as_deref(),
        checkpoints: options.checkpoints,
        save_model: options.save_model,
        interrupted,
        progress,
    };
    let work = Work { scheduler, ids: &ids, plan, options, jobs };
    let mut state = work.open()?;
    let todo = work.todo(&state);
    let left = work.compute(&todo, &mut state)?;
    // Who found everything finished was asked to draw; who did not draws what nobody has drawn yet.
    let figures = if left.is_empty() {
        draw(&folder, &claims, todo.is_empty(), &mut |remark| work.tell(remark))?
    } else {
        Vec::new()
    };
    Ok(work.report(&state, figures, left))
}

impl Work<'_> {
    fn tell(&self, remark: &str) {
        (self.scheduler.progress)(PlanEvent::Remark(remark));
    }

    /// The right to write what the folder has once; `None` for who was interrupted and waited in vain.
    fn manifest_claim(&self) -> Result<Option<Claim>> {
        let Scheduler { claims, folder, .. } = &self.scheduler;
        loop {
            let claim = claims.wait(&folder.manifest_claim(), LAST_PATIENCE)?;
            if claim.is_some() || self.scheduler.asked_to_end() {
                return Ok(claim);
            }
            let text = ClaimText::read(&folder.manifest_claim());
            let holder = text.map_or_else(|| "another process".to_owned(), |text| text.holder.words());
            self.tell(&format!("waiting for {holder}, which is writing {}", folder.dir().named()));
        }
    }

    /// Settles what the folder is to hold, and looks at what it holds.
    fn open(&self) -> Result<FolderState> {
        let Scheduler { folder, cache, .. } = &self.scheduler;
        let claim = self.manifest_claim().map_err(|error| match error {
            // The first file of all: a folder that cannot be written to is a wrong argument.
            Error::Io { path, source } => destination::refused(&path, "--out", source),
            other => other,
        })?;
        let claim = claim.ok_or(Error::Interrupted)?;
        let Settled { whole, remarks } = settle(folder, self.plan, self.options.force)?;
        let text = whole.source.clone();
        if folder.scenario()?.as_ref() != Some(&text) {
            folder.write_scenario(&text)?;
        }
        if self.options.retry_failed || self.options.trace.is_some() {
            self.ids.iter().try_for_each(|id| folder.forget_failure(id))?;
        }
        drop(claim);
        let known = identify(&whole, cache)?;
        let (mut state, found) = FolderState::open(folder, (whole, text), known)?;
        self.rebuild(&mut state)?;
        remarks.iter().chain(&others(folder)?).chain(&found).for_each(|remark| self.tell(remark));
        Ok(state)
    }

    /// Writes manifest and summary from what lies in the folder, and clears away what processes that are gone have left there:
    /// at the beginning, and once more at the end, for those that were killed meanwhile.
    fn rebuild(&self, state: &mut FolderState) -> Result<()> {
        let Some(_claim) = self.manifest_claim()? else { return Ok(()) };
        self.scheduler.folder.sweep_up()?;
        state.catch_up(self.scheduler.cache)?;
        state.refresh()?;
        state.write()
    }

    /// The runs that have not ended, and the one that is to be traced.
    fn todo(&self, state: &FolderState) -> Vec<ScheduledRun<'_>> {
        let (mut todo, mut seen, mut failed) = (Vec::new(), BTreeSet::new(), 0);
        for (run, id) in self.plan.runs.iter().zip(self.ids) {
            let finished = state.done(id).is_some();
            if !seen.insert(id) {
                continue;
            }
            if state.failed(id).is_some() {
                failed += 1;
            } else if self.options.trace.is_some() || !finished || self.lacks_model(run, id) {
                todo.push(ScheduledRun { run, id, finished });
            }
        }
        if failed > 0 {
            let runs = if failed == 1 { "1 run has".to_owned() } else { format!("{failed} runs have") };
            self.tell(&format!("{runs} failed before and will not be computed again without --retry-failed"));
        }
        let work = todo.iter().map(|task| work(task.run) * f64::from(task.run.spec.rounds)).sum();
        let reused = seen.len() - todo.len() - failed;
        (self.scheduler.progress)(PlanEvent::Begins(Begin { runs: seen.len(), reused, failed, work }));
        todo
    }

    /// Whether a finished run is to be computed again, for its model.
    fn lacks_model(&self, run: &PlannedRun, id: &str) -> bool {
        self.options.save_model && saved_model::is_missing(self.scheduler.folder, id, &run.spec)
    }

    /// Computes what nobody else has, again and again, until all runs have ended; gives those that others are at work on and
    /// that are not waited for.
    fn compute(&self, todo: &[ScheduledRun<'_>], state: &mut FolderState) -> Result<Vec<Elsewhere>> {
        let scheduler = &self.scheduler;
        let (mut left, mut waited) = (todo.to_vec(), Vec::new());
        let stopped = loop {
            let threads = (self.jobs, self.options.threads);
            let taken = match scheduler.compute(&left, state, threads) {
                Ok(taken) => taken,
                Err(error) => break Some(error),
            };
            if scheduler.asked_to_end() {
                break Some(Error::Interrupted);
            }
            left = self.still_left(&left, state)?;
            if left.is_empty() {
                break None;
            }
            if taken > 0 {
                // While this one computed, somebody may have left what it had.
                continue;
            }
            waited = left.iter().map(|task| self.elsewhere(task)).collect();
            if !self.options.wait {
                break None;
            }
            (scheduler.progress)(PlanEvent::Waits(&waited));
            std::thread::sleep(LOOKS.min(self.options.claim_timeout / 4));
        };
        let rebuilt = self.rebuild(state);
        stopped.map_or(rebuilt, Err)?;
        Ok(if left.is_empty() { Vec::new() } else { waited })
    }

    /// Those of the runs that have not ended, wherever.
    fn still_left<'a>(
        &self,
        runs: &[ScheduledRun<'a>],
        state: &mut FolderState,
    ) -> Result<Vec<ScheduledRun<'a>>> {
        state.refresh()?;
        let mut left = Vec::new();
        for task in runs.iter().filter(|task| !task.finished) {
            let (news, progress) = (state.is_news(task.id), self.scheduler.progress);
            match (state.done(task.id), state.failed(task.id)) {
                (Some(row), _) if news => progress(PlanEvent::Finished(task.run, row)),
                (None, Some(failure)) if news => progress(PlanEvent::Failed(task.run, failure)),
                (None, None) if !state.is_broken(task.run) => left.push(*task),
                _ => {}
            }
        }
        Ok(left)
    }

    fn elsewhere(&self, task: &ScheduledRun<'_>) -> Elsewhere {
        let claim = ClaimText::read(&self.scheduler.folder.claim(task.id));
        Elsewhere::of(name_of(task.run), claim.as_ref())
    }

    fn report(&self, state: &FolderState, figures: Vec<PathBuf>, elsewhere: Vec<Elsewhere>) -> Report {
        let line = |(run, id): (&PlannedRun, &String)| {
            let (settings, case, apart) = (run.settings.clone(), run.case.clone(), run.apart.clone());
            Some(ReportLine { row: state.line(run, id)?, settings, case, apart })
        };
        let lines = self.plan.runs.iter().zip(self.ids).filter_map(line).collect();
        let mut seen = BTreeSet::new();
        let failed = self.ids.iter().filter(|id| seen.insert(*id)).filter_map(|id| state.failed(id));
        let failures = failed.chain(state.broken()).cloned().collect();
        Report { lines, failures, figures, elsewhere }
    }
}

/// Says which runs of a folder another build computed, or began.
fn others(folder: &ResultFolder) -> Result<Vec<String>> {
    let remark = |(build, count): (String, usize)| {
        let runs = if count == 1 { "1 run".to_owned() } else { format!("{count} runs") };
        format!("{runs} in {} are of another build ({build}) and are left alone", folder.dir().named())
    };
    let mut remarks: Vec<String> = folder.of_other_builds(BUILD)?.into_iter().map(remark).collect();
    let left = folder.checkpoints()?.iter().filter(|path| is_of_another_build(path)).count();
    if left > 0 {
        let checkpoints = if left == 1 { "1 checkpoint".to_owned() } else { format!("{left} checkpoints") };
        remarks.push(format!(
            "{checkpoints} in {} are of another build, which may compute other bits: they are left alone, and runs begin anew",
            folder.dir().named()
        ));
    }
    Ok(remarks)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    /// A panic inside a run is that run's failure; the others finish, and the manifest knows all.
    #[test]
    fn a_run_that_panics_leaves_the_others_alone() {
        let text = "name: t\nrounds: 4\nrepeats: 3\nworkers: { count: 3 }\nmethod: signsgd_mv\n\
                    task: { channel: { coordinates: 10, crossover: 0.2 } }\n";
        let plan = Plan::parse("t.yaml", text, &[], None).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let options = RunOptions::new(dir.path().join("t"), 1);
        let broken = AtomicBool::new(false);
        let progress = |event: PlanEvent<'_>| {
            if let PlanEvent::Round(..) = event
                && !broken.swap(true, Ordering::Relaxed)
            {
                panic!("on purpose");
            }
        };
        let report = execute(&plan, &options, &AtomicBool::new(false), &progress).unwrap();
        assert_eq!((report.lines.len(), report.rows().count(), report.failures.len()), (3, 2, 1));
        let failure = &report.failures[0];
        assert!(failure.reason.contains("on purpose") && failure.help.is_some(), "{failure:?}");
        let folder = ResultFolder::existing(&options.out).unwrap();
        assert_eq!(folder.results().unwrap().missing.len(), 1);
        assert_eq!(folder.manifest().unwrap().build, BUILD);
        // Once more: what failed stays so until it is asked for again.
        let report = execute(&plan, &options, &AtomicBool::new(false), &|_| {}).unwrap();
        assert_eq!((report.rows().count(), &report.failures[0]), (2, failure));
        let options = RunOptions { retry_failed: true, ..options };
        let report = execute(&plan, &options, &AtomicBool::new(false), &|_| {}).unwrap();
        assert_eq!((report.rows().count(), report.failures.len()), (3, 0));
    }
}
