//! What a checkpoint costs: a convolutional network of fifteen workers, of which the server remembers a count for every worker
//! and coordinate, put together and written to the disk. Its size is printed.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use signsim::atomic_file;
use signsim::error::Result;
use signsim::run::{DatasetCache, RunControl, simulate_resumable};
use signsim::scenario::Plan;
use signsim::sim::{Checkpoints, IdleThreads};

const SCENARIO: &str =
    "{ name: t, rounds: 4, evaluate_every: 4, workers: { count: 15, batch: 1 }, method: signsgd_fd,
    task: { train: { data: { digits: { train: 200, test: 10 } }, model: cnn } } }";

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
}

/// The time of one checkpoint, on average, and its size.
fn checkpoint() -> (Duration, usize) {
    let plan = Plan::parse("bench", SCENARIO, &[], None).expect("a scenario");
    let spec = &plan.runs[0].spec;
    let data = DatasetCache::default().of(spec).expect("digits are drawn");
    let control = RunControl {
        threads: 2,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    let file = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/store.checkpoint"));
    let (begun, spent) = (Instant::now(), Duration::ZERO);
    let mut clock = Clock { file, begun, spent, bytes: 0, written: 0 };
    simulate_resumable(spec, data, &control, &mut clock).expect("the run reaches its last round");
    assert_eq!(clock.written, 3);
    (clock.spent / clock.written, clock.bytes)
}

fn store(criterion: &mut Criterion) {
    println!("a checkpoint of the network: {:.1} MB", checkpoint().1 as f64 / 1e6);
    let mut group = criterion.benchmark_group("store");
    group.sample_size(10);
    group.bench_function("checkpoint", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| checkpoint().0).sum());
    });
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
