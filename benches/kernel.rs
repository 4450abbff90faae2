//! How many worker-rounds the engine moves in a second: a star of M workers in which nothing is learned.
//!
//! `kernel/star` is the engine alone: the server opens a round, every worker hears of it, computes a constant vote for a
//! simulated millisecond and casts it; three events a worker and round. Its peer is `benches/peers/nexosim_star`, the same
//! star in nexosim. `kernel/channel` is the same size with everything on: the channel task with 64 coordinates, where votes
//! are drawn, links have their fates, a majority decides and records are kept.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use signsim::error::Result;
use signsim::protocol::{
    Behaviour, ComputationResult, Delivered, Event, Message, Node, Outbox, Update, WorkerId,
};
use signsim::random::Streams;
use signsim::run::{RunControl, simulate};
use signsim::scenario::Plan;
use signsim::sign::SignVector;
use signsim::sim::{self, IdleThreads, Limits, NetworkSpec, Observer, Threads, World};
use signsim::time::{Round, SimTime};
use signsim::vote::Vote;

struct Server {
    workers: u32,
    rounds: u32,
    round: Round,
    votes: u32,
}

impl Server {
    fn open(&self, out: &mut Outbox) {
        let nothing: Arc<[_]> = Arc::new([]);
        for worker in (0..self.workers).map(WorkerId) {
            let update = Update::Steps(Arc::clone(&nothing));
            out.send(Node::Worker(worker), Message::Begin { round: self.round, update, parameters: None });
        }
    }
}

impl Behaviour for Server {
    fn save(&mut self, _: &mut Vec<u8>) {
        unreachable!("nobody interrupts a bench")
    }

    fn restore(&mut self, _: &mut &[u8]) -> Result<()> {
        unreachable!("nobody interrupts a bench")
    }

    fn handle(&mut self, event: Event, _: SimTime, out: &mut Outbox) {
        match event {
            Event::Start => self.open(out),
            Event::Arrived(Message::Vote { .. }) => {
                self.votes += 1;
                if self.votes == self.workers {
                    self.votes = 0;
                    self.round = self.round.next();
                    if self.round.0 == self.rounds { out.stop() } else { self.open(out) }
                }
            }
            _ => unreachable!("nobody tells the server this"),
        }
    }
}

struct Worker {
    id: WorkerId,
    round: Round,
}

impl Behaviour for Worker {
    fn save(&mut self, _: &mut Vec<u8>) {
        unreachable!("nobody interrupts a bench")
    }

    fn restore(&mut self, _: &mut &[u8]) -> Result<()> {
        unreachable!("nobody interrupts a bench")
    }

    fn handle(&mut self, event: Event, _: SimTime, out: &mut Outbox) {
        match event {
            Event::Arrived(Message::Begin { round, .. }) => {
                self.round = round;
                let sign = u64::from(self.id.0) + 1;
                out.compute(
                    Duration::from_millis(1),
                    Box::new(move |_| {
                        let vote = Vote::Signs(SignVector::from_plane(64, sign.into()));
                        ComputationResult::Vote {
                            vote: Arc::new(vote),
                            memory: None,
                            gradient: None,
                            vector: None,
                        }
                    }),
                );
            }
            Event::Computed(ComputationResult::Vote { vote, .. }) => {
                let (round, worker) = (self.round, self.id);
                out.send(Node::Server, Message::Vote { round, worker, vote, gradient: None });
            }
            _ => unreachable!("nobody tells a worker this"),
        }
    }
}

struct Nobody;

impl Behaviour for Nobody {
    fn save(&mut self, _: &mut Vec<u8>) {
        unreachable!("nobody interrupts a bench")
    }

    fn restore(&mut self, _: &mut &[u8]) -> Result<()> {
        unreachable!("nobody interrupts a bench")
    }

    fn handle(&mut self, _: Event, _: SimTime, _: &mut Outbox) {
        unreachable!("there is no adversary");
    }
}

impl Observer for Nobody {}

fn star(workers: u32, rounds: u32) {
    let worker = |m| -> Box<dyn Behaviour> { Box::new(Worker { id: WorkerId(m), round: Round::FIRST }) };
    let world = World {
        quick: true,
        prefetch: None,
        server: Box::new(Server { workers, rounds, round: Round::FIRST, votes: 0 }),
        workers: (0..workers).map(worker).collect(),
        adversary: Box::new(Nobody),
        network: NetworkSpec::ideal(),
        streams: Streams::new(1),
        coordinates: 64,
        limits: Limits::default(),
        delivered: Delivered::to_nobody(workers),
    };
    let interrupted = AtomicBool::new(false);
    let threads = Threads { own: 1, spare: &IdleThreads::default() };
    let ended = actix::System::new().block_on(sim::run(world, threads, &mut Nobody, &interrupted, None));
    let ended = ended.expect("the star reaches its last round");
    let all = u64::from(workers) * u64::from(rounds);
    assert_eq!((ended.events, ended.ledger.votes_sent), (3 * all + 1, all));
    assert_eq!(ended.now, SimTime::from_nanos(u64::from(rounds) * 1_000_000));
}

fn channel(workers: u32, rounds: u32) {
    let text = format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: {workers} }}, method: signsgd_mv,
            task: {{ channel: {{ coordinates: 64, crossover: 0.2 }} }} }}"
    );
    let plan = Plan::parse("bench", &text, &[], None).expect("a scenario");
    let control = RunControl {
        threads: 1,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    let output = simulate(&plan.runs[0].spec, None, &control).expect("the run reaches its last round");
    assert_eq!(output.summary.votes_received, u64::from(workers) * u64::from(rounds));
    // Fifteen votes of crossover 0.2 err with probability 0.0042, more votes hardly ever.
    assert!(output.summary.decoding_error.is_some_and(|error| error < 0.02));
}

fn kernel(criterion: &mut Criterion) {
    type Task = (&'static str, fn(u32, u32));
    let tasks: [Task; 2] = [("star", star), ("channel", channel)];
    for (name, run) in tasks {
        let mut group = criterion.benchmark_group(format!("kernel/{name}"));
        for (workers, rounds) in [(15, 10_000), (1000, 200), (100_000, 10)] {
            group.throughput(Throughput::Elements(u64::from(workers) * u64::from(rounds)));
            group.bench_function(format!("m={workers}"), |bencher| bencher.iter(|| run(workers, rounds)));
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(std::time::Duration::from_secs(3))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = kernel
}
criterion_main!(benches);
