//! Every point of a crash: a process ends after each change of its disk in turn, or its machine does and loses all or part of
//! what was not brought to the disk; or the disk goes wrong at each operation in turn. Whoever comes next goes on to the bytes
//! of who was never disturbed, and computes nothing again that was finished.

mod found;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use found::{Contents, check, contents, read_of, same};

use super::execute::{Report, RunOptions, execute};
use super::progress::PlanEvent;
use crate::error::{Error, Result};
use crate::files::image::{Image, Loss};
use crate::files::simulated::{Does, Fault, SimulatedDisk};
use crate::scenario::Plan;

/// Three runs, the second of which waits for workers that never come.
const SWEEP: &str = "{ name: small, rounds: 3, workers: { count: 5 }, method: signsgd_fd, seed: 1,
    task: { channel: { coordinates: 20, crossover: 0.2 } }, network: { availability: { drop_out: 0.3 } },
    server: { close: { quorum: 1 } }, sweep: { server.close.quorum: [1, 4, 2] }, figures: [] }";

/// One run and a table of it.
const DRAWN: &str = "{ name: drawn, rounds: 1, workers: { count: 3 }, method: signsgd_mv, seed: 1,
    task: { channel: { coordinates: 5, crossover: 0.2 } }, figures: [method_table] }";

/// Until claims are taken over that nobody gives up: of a process that is disturbed, and of one that comes later.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(40);

const ALL: [Fault; 4] = [Fault::Once, Fault::Full, Fault::ReadOnly, Fault::Gone];

/// A command that is disturbed.
struct Command {
    /// Where its disk is.
    root: PathBuf,
    /// What lies there when it begins.
    start: Image,
    plan: Plan,
    retry_failed: bool,
    force: bool,
}

/// What a process has done and told.
struct Done {
    outcome: Result<Report>,
    disk: SimulatedDisk,
    /// The runs that it told finished, or had told failed when it told the next thing, and after how many changes.
    told: Vec<(usize, String)>,
}

impl Command {
    fn new(name: &str, scenario: &str) -> Self {
        let plan = Plan::parse("s.yaml", scenario, &[], None).unwrap();
        let root = Path::new("/simulated").join(name);
        Self { root, start: Image::empty(), plan, retry_failed: false, force: false }
    }

    /// The same after this one has come to its end.
    fn again(self) -> Self {
        let start = self.run(&SimulatedDisk::new(self.start.clone()), LONG).disk.image();
        Self { start, ..self }
    }

    /// Runs on a disk until it is done.
    fn run(&self, disk: &SimulatedDisk, timeout: Duration) -> Done {
        disk.mount(&self.root);
        let mut options = RunOptions::new(self.root.join("out"), 1);
        (options.retry_failed, options.force) = (self.retry_failed, self.force);
        options.checkpoints.every = Some(Duration::ZERO);
        options.claim_timeout = timeout;
        let (told, failed) = (Mutex::default(), Mutex::new(None));
        let progress = |event: PlanEvent<'_>| {
            let mut told: std::sync::MutexGuard<'_, Vec<_>> =
                told.lock().unwrap_or_else(PoisonError::into_inner);
            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
            let now = disk.changes();
            told.extend(failed.take().map(|id| (now, id)));
            match event {
                PlanEvent::Finished(_, row) => told.push((now, row.run.clone())),
                PlanEvent::Failed(run, _) => *failed = Some(self.id(run)),
                _ => {}
            }
        };
        let outcome = execute(&self.plan, &options, &AtomicBool::new(false), &progress);
        Done { outcome, disk: disk.clone(), told: told.into_inner().unwrap() }
    }

    fn id(&self, run: &crate::scenario::PlannedRun) -> String {
        let ids = super::identity::identify(&self.plan, &super::DatasetCache::default()).unwrap().ids;
        let at = self.plan.runs.iter().position(|other| std::ptr::eq(other, run)).unwrap();
        ids[at].clone()
    }
}

/// A command, and what becomes of it undisturbed.
struct Case {
    command: Command,
    before: Contents,
    after: Contents,
    done: Done,
    /// Folders that somebody has gone on from.
    known: BTreeSet<Vec<u8>>,
}

impl Case {
    fn new(command: Command) -> Self {
        let done = command.run(&SimulatedDisk::new(command.start.clone()), LONG);
        let (before, after) = (contents(&command.start), contents(&done.disk.image()));
        let words = [".claim", ".pending", ".heir", ".checkpoint"];
        assert_eq!(after.keys().find(|path| words.iter().any(|word| path.contains(word))), None);
        Self { command, before, after, done, known: BTreeSet::new() }
    }

    /// The process ends, or its machine, after every change in turn; a machine `parts` times with part of what was on its way.
    fn crashes(mut self, parts: u64) -> Self {
        let history = self.done.disk.history();
        for (changes, image) in history.iter().enumerate().map(|(at, image)| (at + 1, image)) {
            let told = self.done.told.iter().filter(|(when, _)| *when <= changes);
            let told: BTreeSet<String> = told.map(|(_, id)| id.clone()).collect();
            let parts = (0..parts).map(|part| Loss::Part(changes as u64 * 1000 + part));
            for loss in [Loss::Nothing, Loss::All].into_iter().chain(parts) {
                let point = format!("after {changes} of {} changes, {loss:?}", history.len());
                self.go_on(image.after_crash(loss), &told, &point);
            }
        }
        self
    }

    /// The disk goes wrong in these ways, at every operation in turn that would notice.
    fn faults(mut self, faults: &[Fault]) -> Self {
        let mut errors = 0;
        for (at, does) in self.done.disk.operations().into_iter().enumerate() {
            let notices = |fault: &&Fault| match fault {
                Fault::Once => true,
                Fault::Full => does == Does::Write,
                Fault::ReadOnly | Fault::Gone => does != Does::Read,
            };
            for fault in faults.iter().filter(notices) {
                let point = format!("{fault:?} at operation {at}");
                let disk = SimulatedDisk::new(self.command.start.clone());
                disk.go_wrong(at, *fault);
                let wrong = self.command.run(&disk, LONG);
                match &wrong.outcome {
                    Err(error) => told_well(error, &self.command.root, &point),
                    // A claim that could not be given back is anybody's.
                    Ok(_) => {
                        let mut found = contents(&disk.image());
                        found.retain(|path, _| !path.ends_with(".claim"));
                        same(&found, &self.after, &point);
                    }
                }
                errors += u32::from(wrong.outcome.is_err());
                let told = wrong.told.into_iter().map(|(_, id)| id).collect();
                for loss in [Loss::Nothing, Loss::All] {
                    self.go_on(disk.image().after_crash(loss), &told, &format!("{point}, {loss:?}"));
                }
            }
        }
        assert!(errors > 50, "{errors}");
        self
    }

    /// Somebody comes later, finds this, and goes on.
    fn go_on(&mut self, found: Image, told: &BTreeSet<String>, point: &str) {
        check(&found, told, (&self.before, &self.after), point);
        if !self.known.insert(read_of(&found, told)) {
            return;
        }
        let done = self.command.run(&SimulatedDisk::new(found), SHORT);
        if let Err(error) = &done.outcome {
            panic!("{point}: {error}");
        }
        let again: Vec<_> = done.told.iter().filter(|(_, id)| told.contains(id)).collect();
        assert!(self.command.retry_failed || again.is_empty(), "{point}: computed again: {again:?}");
        same(&contents(&done.disk.image()), &self.after, point);
    }
}

/// The error names its place, and says what is safe and how to go on.
fn told_well(error: &Error, root: &Path, point: &str) {
    let (words, advice) = (error.to_string(), error.advice().unwrap_or_default());
    assert!(words.contains(&root.display().to_string()), "{point}: {words}");
    let safe = advice.contains("safe") && advice.contains("the same command");
    assert!(safe || words.starts_with("--out "), "{point}: {words} ({advice})");
}

#[test]
fn a_sweep() {
    let command = Command::new("sweep", SWEEP);
    Case::new(command).crashes(3).faults(&ALL);
}

/// The process before was killed in the middle of writing its first run, and left its claims.
#[test]
fn a_takeover() {
    let first = Command::new("takeover", SWEEP);
    let history = first.run(&SimulatedDisk::new(Image::empty()), LONG).disk.history();
    let within = |image: &&Image| image.files().keys().any(|path| path.ends_with(".pending/run.json"));
    let start = history.iter().find(within).unwrap().after_crash(Loss::Nothing);
    let words = [".claim", ".checkpoint", ".checkpoint.previous", ".pending/"];
    assert!(words.iter().all(|word| start.files().keys().any(|path| path.ends_with(word))));
    let command = Command { start, ..first };
    Case::new(command).crashes(3).faults(&ALL);
}

#[test]
fn failed_runs_once_more() {
    let command = Command { retry_failed: true, ..Command::new("retry", SWEEP).again() };
    Case::new(command).crashes(3).faults(&ALL);
}

#[test]
fn more_of_the_same() {
    let more =
        Plan::parse("s.yaml", SWEEP, &["sweep.server.close.quorum=[1, 4, 2, 3]".to_owned()], None).unwrap();
    let command = Command { plan: more, ..Command::new("more", SWEEP).again() };
    Case::new(command).crashes(3).faults(&ALL);
}

#[test]
fn something_else_by_force() {
    let other = Plan::parse("s.yaml", SWEEP, &["rounds=2".to_owned()], None).unwrap();
    let command = Command { plan: other, force: true, ..Command::new("force", SWEEP).again() };
    Case::new(command).crashes(3).faults(&ALL);
}

#[test]
fn figures() {
    let first = Command::new("figures", DRAWN);
    let history = first.run(&SimulatedDisk::new(Image::empty()), LONG).disk.history();
    let drawn = |image: &Image| image.files().keys().any(|path| path.contains("method_table"));
    let start = history.iter().take_while(|image| !drawn(image)).last().unwrap().after_crash(Loss::Nothing);
    let command = Command { start, ..first };
    Case::new(command).crashes(1).faults(&[Fault::Full]);
}
