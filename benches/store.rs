//! What keeping costs.
//!
//! `store/checkpoint`: a convolutional network of fifteen workers, of which the server remembers a count for every worker and
//! coordinate, put together and written to the disk; its size is printed. `store/folder` and `store/alone`: a tiny run in a
//! result folder, and by itself; the difference is the store's, and `store/disk`, the same files and folders made and synced
//! by nothing but the system, is the disk's share of it. `store/default` and `store/never`: a run of two thousand rounds with
//! the usual checkpoints, and without any.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use signsim::atomic_file;
use signsim::error::Result;
use signsim::run::{DatasetCache, RunControl, RunOptions, execute, simulate_alone, simulate_resumable};
use signsim::scenario::Plan;
use signsim::sim::{Checkpoints, IdleThreads};

const NETWORK: &str =
    "{ name: t, rounds: 4, evaluate_every: 4, workers: { count: 15, batch: 1 }, method: signsgd_fd,
    task: { train: { data: { digits: { train: 200, test: 10 } }, model: cnn } } }";

/// Runs that take no time themselves.
const TINY: &str =
    "{ name: t, rounds: 3, repeats: 200, workers: { count: 3 }, method: signsgd_mv, figures: [],
    task: { channel: { coordinates: 10, crossover: 0.2 } } }";

const LONG: &str =
    "{ name: t, rounds: 2000, evaluate_every: 2000, workers: { count: 15, batch: 1 }, method: signsgd_fd, figures: [],
    task: { train: { data: { digits: { train: 200, test: 10 } }, model: logistic } } }";

/// Writes every round but the last.
struct Clock {
    file: PathBuf,
    begun: Instant,
    spent: Duration,
    bytes: usize,
    written: u32,
}

impl Checkpoints for Clock {
    fn found(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn wanted(&mut self) -> bool {
        self.begun = Instant::now();
        true
    }

    fn keep(&mut self, state: &[u8]) -> Result<()> {
        assert!(Sha256::digest(state).iter().any(|byte| *byte > 0));
        atomic_file::write(&self.file, state)?;
        (self.spent, self.bytes) = (self.spent + self.begun.elapsed(), state.len());
        self.written += 1;
        Ok(())
    }

    fn refused(&mut self, why: &str) -> Result<()> {
        unreachable!("{why}")
    }
}

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn plan(text: &str) -> Plan {
    Plan::parse("bench", text, &[], None).expect("a scenario")
}

/// The time of one checkpoint, on average, and its size.
fn checkpoint() -> (Duration, usize) {
    let plan = plan(NETWORK);
    let spec = &plan.runs[0].spec;
    let data = DatasetCache::default().of(spec, 1).expect("digits are drawn");
    let control = RunControl {
        threads: 2,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    let (begun, spent) = (Instant::now(), Duration::ZERO);
    let mut clock = Clock { file: place("store.checkpoint"), begun, spent, bytes: 0, written: 0 };
    simulate_resumable(spec, data, &control, &mut clock).expect("the run reaches its last round");
    assert_eq!(clock.written, 3);
    (clock.spent / clock.written, clock.bytes)
}

/// The time of a run of the plan in a new folder, on one thread.
fn in_folder(plan: &Plan, every: Option<Duration>) -> Duration {
    let dir = place("store");
    let _ = fs::remove_dir_all(&dir);
    let mut options = RunOptions::new(dir, 1);
    options.checkpoints.every = every;
    let begun = Instant::now();
    let report = execute(plan, &options, &AtomicBool::new(false), &|_| {}).expect("there is room");
    let spent = begun.elapsed();
    assert_eq!((report.lines.len(), report.failures.len()), (plan.runs.len(), 0));
    spent / plan.runs.len() as u32
}

/// The time of a run of the plan of which nothing is kept.
fn alone(plan: &Plan) -> Duration {
    let begun = Instant::now();
    for run in &plan.runs {
        let output = simulate_alone(&run.spec, 1).expect("it comes to its end");
        assert_eq!(output.rounds.len(), run.spec.rounds as usize);
    }
    begun.elapsed() / plan.runs.len() as u32
}

/// What the disk does for a run: a claim, two files in a folder that comes to its place, each brought to the disk.
fn disk(runs: u32) -> Duration {
    let dir = place("store");
    let _ = fs::remove_dir_all(&dir);
    let write = |path: &Path, bytes: usize| -> std::io::Result<File> {
        let mut file = File::create_new(path)?;
        file.write_all(&vec![b'x'; bytes])?;
        Ok(file)
    };
    let one = |name: String| -> std::io::Result<()> {
        let [claim, pending, whole] =
            [".claim", ".pending", ""].map(|ending| dir.join(format!("{name}{ending}")));
        write(&claim, 400)?;
        fs::create_dir(&pending)?;
        write(&pending.join("rounds.csv"), 300)?.sync_all()?;
        write(&pending.join("run.json"), 3000)?.sync_all()?;
        File::open(&pending)?.sync_all()?;
        fs::rename(&pending, &whole)?;
        File::open(&dir)?.sync_all()?;
        fs::remove_file(&claim)
    };
    fs::create_dir_all(&dir).expect("there is room");
    let begun = Instant::now();
    (0..runs).try_for_each(|run| one(run.to_string())).expect("there is room");
    let spent = begun.elapsed();
    assert_eq!(fs::read_dir(&dir).expect("it was just made").count(), runs as usize);
    spent / runs
}

fn store(criterion: &mut Criterion) {
    println!("a checkpoint of the network: {:.1} MB", checkpoint().1 as f64 / 1e6);
    let (tiny, long) = (plan(TINY), plan(LONG));
    let mut group = criterion.benchmark_group("store");
    group.sample_size(10);
    let mut bench = |name: &str, one: &dyn Fn() -> Duration| {
        group.bench_function(name, |bencher| bencher.iter_custom(|count| (0..count).map(|_| one()).sum()));
    };
    bench("checkpoint", &|| checkpoint().0);
    bench("folder", &|| in_folder(&tiny, Some(Duration::from_secs(300))));
    bench("alone", &|| alone(&tiny));
    bench("disk", &|| disk(200));
    bench("default", &|| in_folder(&long, Some(Duration::from_secs(300))));
    bench("never", &|| in_folder(&long, None));
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
