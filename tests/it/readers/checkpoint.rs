//! Runs that were left.

use std::sync::atomic::AtomicBool;

use sha2::{Digest, Sha256};
use signsim::error::{Error, Result};
use signsim::run::{DatasetCache, RunControl, RunOutput, reread, simulate_resumable};
use signsim::scenario::{Plan, RunSpec};
use signsim::sim::{Checkpoints, IdleThreads};

use super::{choice, refused};

/// A file is no checkpoint, or is written again to the same bytes: as it stands, and with a checksum that fits.
pub(super) fn file(bytes: &[u8]) {
    let whole = |bytes: &[u8]| match reread(bytes) {
        Ok(written) => assert!(written == bytes, "{} bytes are written as others", bytes.len()),
        Err(why) => assert!(!why.is_empty() && why.len() < 500, "{why}"),
    };
    whole(bytes);
    if let Some((told, _)) = bytes.split_last_chunk::<32>() {
        whole(&[told, &Sha256::digest(told)].concat());
    }
}

/// Runs that have something in every part of their states.
pub(crate) const RUNS: [&str; 3] = [
    "{ name: t, rounds: 6, workers: { count: 5 }, method: signsgd_fd, adversaries: { count: 2, attack: { replay: { age: 2 } } },
       task: { channel: { coordinates: 70, crossover: 0.2 } }, server: { close: { quorum: 3 } },
       network: { links: { up: { latency: { exponential: { mean: 30ms } }, duplicate: 0.2,
                                 loss: 0.1, retransmit: { after: 10ms, attempts: 2 } } } } }",
    "{ name: t, rounds: 5, workers: { count: 3, batch: 2 }, method: signum, adversaries: { count: 1, attack: alie, patience: 20ms },
       task: { train: { data: { digits: { train: 30, test: 4 } }, model: { mlp: { hidden: [1] } } } },
       server: { close: { quorum: 2 }, late: { count: { within: 2 } } },
       network: { availability: { on_off: [{ up: { exponential: { mean: 90ms } }, down: { constant: 20ms } }] } } }",
    "{ name: t, rounds: 5, workers: { count: 4, batch: 2 }, method: ef_signsgd, server: { close: { buffer: 2 }, late: { count: {} } },
       task: { train: { data: { digits: { train: 40, test: 4 } }, model: { mlp: { hidden: [1] } } } } }",
];

/// What a run was, which is not what its state says any more: it is refused, or taken on. What it then goes on with is believed,
/// since only this build writes the checksum that a state is read under; a run that breaks off all the same has failed, as any.
pub(super) fn state(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    let plan = Plan::parse("t.yaml", RUNS[which % RUNS.len()], &[], None).unwrap();
    let mut keeper = Keeper { found: Some(bytes.to_vec()), kept: Vec::new() };
    match go_on(&plan.runs[0].spec, &mut keeper, true) {
        Err(Error::Interrupted) => {}
        Err(error) => refused(&error),
        Ok(_) => panic!("a run that is ended before its first event has come to its end"),
    }
}

/// The states of a run after each of its rounds but the last.
pub(crate) fn states(text: &str) -> Vec<Vec<u8>> {
    let plan = Plan::parse("t.yaml", text, &[], None).unwrap();
    let mut keeper = Keeper { found: None, kept: Vec::new() };
    go_on(&plan.runs[0].spec, &mut keeper, false).unwrap();
    keeper.kept
}

/// A small file with this state.
pub(crate) fn checkpoint_of(state: &[u8]) -> Vec<u8> {
    // Build, instructions and run, each behind its length; rounds; seconds and nanoseconds of wall time.
    let header = b"\x04seed\x04avx2\x04ab12\x03\x01\x05";
    let lengths =
        [(header.len() as u32).to_le_bytes().to_vec(), (state.len() as u64).to_le_bytes().to_vec()].concat();
    let told = [b"signckpt\x01\0\0\0", &lengths[..], header, state].concat();
    let sum = Sha256::digest(&told);
    [told, sum.to_vec()].concat()
}

struct Keeper {
    found: Option<Vec<u8>>,
    kept: Vec<Vec<u8>>,
}

impl Checkpoints for Keeper {
    fn found(&mut self) -> Option<Vec<u8>> {
        self.found.take()
    }

    fn wanted(&mut self) -> bool {
        true
    }

    fn keep(&mut self, state: &[u8]) -> Result<()> {
        self.kept.push(state.to_vec());
        Ok(())
    }

    fn refused(&mut self, why: &str) -> Result<()> {
        unreachable!("{why}")
    }
}

/// Goes on with what the keeper has found; `ends`: before anything happens.
fn go_on(spec: &RunSpec, keeper: &mut Keeper, ends: bool) -> Result<RunOutput> {
    let control = RunControl {
        threads: 1,
        interrupted: &AtomicBool::new(ends),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    simulate_resumable(spec, DatasetCache::default().of(spec, 1)?, &control, keeper)
}
