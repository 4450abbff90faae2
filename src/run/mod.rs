//! Running a plan: which runs are still to do, side by side on the cores, and what is left in the folder.

mod comparison;
mod gallery;
mod machine;
mod one;
mod plot;
mod recorder;
mod selfcheck;
mod shelf;
mod timeline;
mod trace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

pub use gallery::{Hung, gallery, readme};
pub use machine::available_memory;
pub use one::{Means, Output, Watcher, simulate, simulate_watched};
pub use plot::{Request as PlotRequest, plot};
pub use selfcheck::{Difference, Verdict, selfcheck};
pub use shelf::Shelf;
pub use trace::Trace;

use crate::error::{Error, Result};
use crate::figure;
use crate::record::{FailedRow, Finished, Folder, Manifest, ManifestRun, Status, SummaryLine, SummaryRow};
use crate::scenario::{Plan, PlannedRun, TaskSpec};
use crate::sim::Spare;
use crate::time::SimTime;

/// What a user may choose about running, none of which changes a result.
pub struct Options {
    /// The result folder.
    pub out: PathBuf,
    /// Upper bound on the threads that compute.
    pub threads: usize,
    /// Use a folder that holds something else.
    pub force: bool,
    /// Where to write a trace of the plan's only run, which is then simulated even if it was finished before.
    pub trace: Option<PathBuf>,
}

/// What happens while a plan runs; told from several threads.
pub enum Progress<'a> {
    /// Before the first run: how many there are and how many of them were found finished.
    Begins { runs: usize, reused: usize, rounds: u64 },
    /// A round has closed at this simulated time.
    Round(SimTime),
    /// A run has finished.
    Finished(&'a SummaryRow),
    /// A run has failed; the others go on.
    Failed { run: &'a PlannedRun, error: &'a Error },
}

/// What running a plan has come to.
pub struct Report {
    /// The runs that ended in some way, in the order of the plan, with their sweep settings.
    pub lines: Vec<(SummaryLine, Vec<(String, String)>)>,
    /// Runs that failed, in words.
    pub failures: Vec<String>,
    pub figures: Vec<PathBuf>,
}

impl Report {
    /// The rows of the runs that came to their ends.
    pub fn rows(&self) -> impl Iterator<Item = &SummaryRow> + Clone {
        self.lines.iter().filter_map(|(line, _)| match line {
            SummaryLine::Ended(row) => Some(&**row),
            SummaryLine::Failed(_) => None,
        })
    }
}

/// The id of a run: a hash of everything that determines its result.
fn id_of(run: &PlannedRun, fingerprint: &str) -> String {
    let spec = serde_json::to_string(&run.spec).expect("a run is plain data");
    let mut hash = Sha256::new();
    for part in [env!("CARGO_PKG_VERSION"), &spec, fingerprint] {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Runs what is missing of `plan`, writes every finished run at once, and draws the figures at the end.
///
/// # Errors
/// Bad input found while loading, a disk that refuses, or [`Error::Interrupted`]; finished runs stay on disk. A run
/// that fails does not stop the others: it is in the report.
///
/// # Panics
/// When a run panics: a broken promise of this program.
pub fn execute(
    plan: &Plan,
    options: &Options,
    interrupted: &AtomicBool,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Report> {
    let jobs = side_by_side(plan, options.threads)?;
    if options.trace.is_some() && plan.runs.len() != 1 {
        let message = format!("--trace follows one run, and this scenario asks for {}", plan.runs.len());
        return Err(Error::input(message)
            .help("choose one: --set sweep={} --set repeats=1, and what else tells it from the others"));
    }
    let shelf = Shelf::default();
    let (ids, sources) = identify(plan, &shelf)?;
    let folder = Folder::open(&options.out, &plan.name, options.force)?;
    let mut done: BTreeMap<&str, SummaryRow> = BTreeMap::new();
    let mut todo: Vec<usize> = Vec::new();
    let mut queued: BTreeMap<&str, ()> = BTreeMap::new();
    for (i, id) in ids.iter().enumerate() {
        if let Some(row) = folder.finished(id).filter(|_| options.trace.is_none()) {
            done.insert(id, row);
        } else if queued.insert(id, ()).is_none() {
            todo.push(i);
        }
    }
    let reused = plan.runs.len() - todo.len();
    let rounds = todo.iter().map(|i| u64::from(plan.runs[*i].spec.rounds)).sum();
    progress(Progress::Begins { runs: plan.runs.len(), reused, rounds });

    let state = Mutex::new((done, BTreeMap::<&str, String>::new(), None::<Error>));
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let jobs = jobs.min(todo.len()).max(1);
    let threads = options.threads / jobs;
    // A run that is still going when no other is left to begin takes over the threads of those that have finished.
    let spare = Spare::default();
    spare.give(options.threads - jobs * threads);
    let work = || {
        while let Some(i) = todo.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            if stop.load(Ordering::Relaxed) || interrupted.load(Ordering::Relaxed) {
                return;
            }
            let (run, id) = (&plan.runs[i], ids[i].as_str());
            let on_round = |now| progress(Progress::Round(now));
            let means = Means { threads, spare: &spare, interrupted, on_round: &on_round };
            let result = run_one(run, id, &shelf, &folder, options.trace.as_deref(), &means);
            let mut state = state.lock().expect("no holder panics");
            match result {
                Ok(row) => {
                    progress(Progress::Finished(&row));
                    state.0.insert(id, row);
                }
                Err(error @ Error::Run { .. }) => {
                    progress(Progress::Failed { run, error: &error });
                    state.1.insert(id, error.to_string());
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    state.2.get_or_insert(error);
                }
            }
        }
        spare.give(threads);
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        for handle in handles {
            handle.join().expect("a run does not panic");
        }
    });

    let (done, failed, fatal) = state.into_inner().expect("no holder panics");
    let lines: Vec<_> =
        plan.runs.iter().zip(&ids).filter_map(|(run, id)| line(run, id, &done, &failed)).collect();
    folder.write_summary(&manifest(plan, &ids, &done, &failed, sources), &lines)?;
    if let Some(error) = fatal {
        return Err(error);
    }
    if interrupted.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    let figures = if done.is_empty() {
        Vec::new()
    } else {
        figure::draw_all(&plan.figures, &folder.results()?, folder.dir())?
    };
    Ok(Report { lines, failures: failed.into_values().collect(), figures })
}

/// What the summary says of a run that has ended in some way.
fn line(
    run: &PlannedRun,
    id: &str,
    done: &BTreeMap<&str, SummaryRow>,
    failed: &BTreeMap<&str, String>,
) -> Option<(SummaryLine, Vec<(String, String)>)> {
    let line = match done.get(id) {
        Some(row) => SummaryLine::Ended(Box::new(relabelled(row, run))),
        None if failed.contains_key(id) => SummaryLine::Failed(FailedRow {
            run: id.to_owned(),
            status: Status::Failed,
            seed: run.spec.seed,
            method: run.spec.method.clone(),
            attack: run.spec.attack.1.word().to_owned(),
            workers: run.spec.workers,
            adversaries: run.spec.adversaries,
            rounds: run.spec.rounds,
        }),
        None => return None,
    };
    Some((line, run.settings.clone()))
}

/// A run that several points share carries the names of the point that asks.
fn relabelled(row: &SummaryRow, run: &PlannedRun) -> SummaryRow {
    let (method, attack) = (run.spec.method.clone(), run.spec.attack.1.word().to_owned());
    SummaryRow { method, attack, ..row.clone() }
}

fn run_one(
    run: &PlannedRun,
    id: &str,
    shelf: &Shelf,
    folder: &Folder,
    trace: Option<&Path>,
    means: &Means<'_>,
) -> Result<SummaryRow> {
    // Wall time is for the reader's information only; nothing of the simulation sees it.
    let started = std::time::Instant::now();
    let data = match &run.spec.task {
        TaskSpec::Channel { .. } => None,
        TaskSpec::Train { data, .. } => {
            Some(shelf.get(data, run.spec.seed).map_err(|e| e.at(run.task_place.clone()))?)
        }
    };
    let mut trace = trace.map(Trace::create).transpose()?;
    let watcher = trace.as_mut().map(|t| t as &mut dyn Watcher);
    let mut output =
        simulate_watched(&run.spec, data, means, watcher).map_err(|e| e.at(run.task_place.clone()))?;
    if let Some(trace) = trace {
        trace.finish()?;
    }
    output.summary.run = id.to_owned();
    output.summary.wall_s = started.elapsed().as_secs_f64();
    let spec = serde_json::to_value(&run.spec).expect("a run is plain data");
    folder.write_run(&Finished {
        spec,
        summary: &output.summary,
        rounds: &output.rounds,
        workers: &output.workers,
        layers: &output.layers,
        timeline: &output.timeline,
        labels: &output.labels,
        channel: output.channel,
    })?;
    Ok(output.summary)
}

/// Every run's id, and the files that the data came from.
fn identify(plan: &Plan, shelf: &Shelf) -> Result<(Vec<String>, Vec<serde_json::Value>)> {
    let mut sources = Vec::new();
    let mut ids = Vec::with_capacity(plan.runs.len());
    for run in &plan.runs {
        let mut fingerprint = String::new();
        // What is drawn from the seed is determined by the scenario; files have to be looked at.
        if let TaskSpec::Train { data, .. } = &run.spec.task
            && !data.is_seeded()
        {
            let data = shelf.get(data, run.spec.seed).map_err(|e| e.at(run.task_place.clone()))?;
            fingerprint = data.fingerprint();
            for source in &data.sources {
                let value = serde_json::to_value(source).expect("a source is plain data");
                if !sources.contains(&value) {
                    sources.push(value);
                }
            }
        }
        ids.push(id_of(run, &fingerprint));
    }
    Ok((ids, sources))
}

/// How many runs go side by side: as many as there are threads, fewer where memory does not last, each with its share of
/// the threads.
///
/// # Errors
/// When a run does not fit the memory of this machine even alone.
pub fn side_by_side(plan: &Plan, threads: usize) -> Result<usize> {
    let most = threads.min(plan.runs.len()).max(1);
    let Some(available) = available_memory() else { return Ok(most) };
    for jobs in (1..=most).rev() {
        let memory = |run: &PlannedRun| Ok(run.spec.cost(threads / jobs)?.memory_bytes);
        let needed = plan.runs.iter().map(memory).collect::<Result<Vec<_>>>()?;
        let mut runs = plan.runs.iter().zip(needed);
        match runs.find(|(_, needed)| needed.saturating_mul(jobs as u64) > available) {
            None => return Ok(jobs),
            Some((run, needed)) if jobs == 1 => {
                let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
                let message = format!(
                    "a run needs about {:.1} GiB, this machine has {:.1} GiB free",
                    gib(needed),
                    gib(available)
                );
                return Err(Error::scenario(message)
                    .at(run.task_place.clone())
                    .help("use fewer --threads, fewer workers, or a smaller task"));
            }
            Some(_) => {}
        }
    }
    unreachable!("one run fits or is refused")
}

fn manifest(
    plan: &Plan,
    ids: &[String],
    done: &BTreeMap<&str, SummaryRow>,
    failed: &BTreeMap<&str, String>,
    data: Vec<serde_json::Value>,
) -> Manifest {
    let mut seeds: Vec<u64> = plan.runs.iter().map(|r| r.spec.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let figure = |f| serde_json::to_value(f).expect("a figure is plain data");
    let run = |(run, id): (&PlannedRun, &String)| ManifestRun {
        id: id.clone(),
        case: run.case.clone(),
        seed: run.spec.seed,
        method: run.spec.method.clone(),
        attack: run.spec.attack.1.word().to_owned(),
        workers: run.spec.workers,
        adversaries: run.spec.adversaries,
        settings: run.settings.clone(),
        digest: done.get(id.as_str()).map(|row| row.digest.clone()),
        failure: failed.get(id.as_str()).cloned(),
    };
    Manifest {
        name: plan.name.clone(),
        signsim: env!("CARGO_PKG_VERSION").to_owned(),
        about: plan.about.clone(),
        resolved: plan.resolved.clone(),
        figures: plan.figures.iter().map(figure).collect(),
        seeds,
        data,
        cpu_features: machine::cpu_features(),
        runs: plan.runs.iter().zip(ids).map(run).collect(),
    }
}
