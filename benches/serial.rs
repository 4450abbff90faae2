//! Which part of a round waits for nobody, and which has to be done one thing after the other: the critical path of a run.
//!
//!     cargo bench --bench serial > plots/gallery/growth/serial.csv   # then cargo bench --bench growth draws speed-ups
//!
//! On one thread the parts of a round follow each other, so an observer's clock tells them apart: votes are made, the server
//! takes them in, decides, steps and opens the next round, the round is recorded, and the engine carries messages. Then the
//! same on two threads, to see how much of the deciding is shared, and whether the speed-up is the one that the parts say.
//! Medians over rounds; digests are compared.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use signsim::error::Result;
use signsim::protocol::{Node, Note};
use signsim::run::{DatasetCache, RunControl, simulate_watched};
use signsim::scenario::{Plan, RunSpec, TaskSpec};
use signsim::sim::{Happening, IdleThreads, Ledger, Observer};
use signsim::time::SimTime;

/// Seconds of one round.
#[derive(Default, Clone, Copy)]
struct Parts {
    votes: f64,
    decide: f64,
    record: f64,
    whole: f64,
}

/// Tells the parts of every round by what the engine does before it calls.
struct Watch {
    last: Instant,
    opened: Instant,
    now: Parts,
    rounds: Vec<Parts>,
}

impl Watch {
    fn new() -> Self {
        let now = Instant::now();
        Self { last: now, opened: now, now: Parts::default(), rounds: Vec::new() }
    }

    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        (now - std::mem::replace(&mut self.last, now)).as_secs_f64()
    }
}

impl Observer for Watch {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        let lap = self.lap();
        match happening {
            Happening::Computed { actor: Node::Worker(_), .. } => self.now.votes += lap,
            // All votes of the round in one message; the decision and the next opening with the last of them.
            Happening::Handled { to: Node::Server, .. } => self.now.decide += lap,
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, _: SimTime, note: &Note, _: &Ledger) -> Result<()> {
        if let Note::Closed(_) = note {
            // The recorder was told first.
            self.now.record += self.lap();
            self.now.whole = (self.last - std::mem::replace(&mut self.opened, self.last)).as_secs_f64();
            self.rounds.push(std::mem::take(&mut self.now));
        }
        Ok(())
    }
}

fn median(rounds: &[Parts], of: impl Fn(&Parts) -> f64) -> f64 {
    // The first ones fill caches and buffers.
    let mut values: Vec<f64> = rounds.iter().skip(1).map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The rounds of a run on so many threads, and its digest.
fn rounds(run: &RunSpec, threads: usize) -> (Vec<Parts>, String) {
    let TaskSpec::Train { data, .. } = &run.task else { panic!("a training task") };
    let data = DatasetCache::default().get(data, run.seed).expect("procedural data");
    let (interrupted, spare) = (AtomicBool::new(false), IdleThreads::default());
    let control = RunControl { threads, interrupted: &interrupted, on_round: &|_| {}, spare: &spare };
    let mut watch = Watch::new();
    let output = simulate_watched(run, Some(data), &control, Some(&mut watch));
    (watch.rounds, output.expect("the run reaches its last round").summary.digest)
}

fn main() {
    println!("case,workers,votes_s,decide_s,record_s,round_s,decide_two_threads_s,round_two_threads_s");
    for (case, data, model, method, workers, count) in [
        ("CNN, majority", "digits", "cnn", "signsgd_mv", 15, 10),
        ("CNN, FD by coordinate", "digits", "cnn", "signsgd_fd", 15, 10),
        ("CNN, majority", "digits", "cnn", "signsgd_mv", 120, 4),
        ("CNN, FD by coordinate", "digits", "cnn", "signsgd_fd", 120, 4),
        ("MLP, majority", "digits", "{ mlp: { hidden: [64] } }", "signsgd_mv", 15, 100),
        ("MLP, FD by coordinate", "digits", "{ mlp: { hidden: [64] } }", "signsgd_fd", 15, 100),
    ] {
        let text = format!(
            "{{ name: t, rounds: {count}, evaluate_every: {count}, workers: {{ count: {workers}, batch: 64 }},
                task: {{ train: {{ data: {{ {data}: {{ train: 1500, test: 10 }} }}, split: replicated, model: {model} }} }},
                metrics: {{ reference: none }}, method: {method}, server: {{ learning_rate: 0.001 }} }}"
        );
        let plan = Plan::parse("bench", &text, &[], None).expect("a scenario");
        let run = &plan.runs[0].spec;
        let (one, digest) = rounds(run, 1);
        let (two, same) = rounds(run, 2);
        assert_eq!(digest, same, "threads change no bit");
        let of = |part: fn(&Parts) -> f64| median(&one, part);
        let (decide, whole) = (median(&two, |p| p.decide), median(&two, |p| p.whole));
        println!(
            "\"{case}\",{workers},{:.6},{:.6},{:.6},{:.6},{decide:.6},{whole:.6}",
            of(|p| p.votes),
            of(|p| p.decide),
            of(|p| p.record),
            of(|p| p.whole)
        );
    }
}
