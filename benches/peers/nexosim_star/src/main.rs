//! A star of M workers in nexosim, on one thread: the server opens a round, every worker hears of it, computes for a
//! simulated millisecond and votes; the last vote opens the next round.
//!
//! Prints `kernel/star/m=<M>,<seconds>,<worker-rounds a second>`: the median over repetitions, building the bench left out.
//! The same star in signsim is `kernel/star` of `benches/kernel.rs`.

use std::time::{Duration, Instant};

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSource, Output};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// What crosses the network: a round and 64 signs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Vote {
    round: u32,
    worker: u32,
    signs: u64,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Server {
    workers: u32,
    rounds: u32,
    round: u32,
    votes: u32,
    pub begin: Output<u32>,
    pub done: Output<u64>,
    sum: u64,
}

#[Model]
impl Server {
    pub async fn open(&mut self) {
        self.begin.send(self.round).await;
    }

    pub async fn vote(&mut self, vote: Vote) {
        assert_eq!(vote.round, self.round, "votes are for the running round");
        self.votes += 1;
        self.sum += vote.signs;
        if self.votes == self.workers {
            self.votes = 0;
            self.round += 1;
            if self.round == self.rounds {
                self.done.send(self.sum).await;
            } else {
                self.begin.send(self.round).await;
            }
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
pub struct Worker {
    id: u32,
    pub vote: Output<Vote>,
}

#[Model]
impl Worker {
    pub fn begin(&mut self, round: u32, cx: &Context<Self>) {
        cx.schedule_event(Duration::from_millis(1), schedulable!(Self::computed), round).unwrap();
    }

    #[nexosim(schedulable)]
    async fn computed(&mut self, round: u32) {
        self.vote.send(Vote { round, worker: self.id, signs: u64::from(self.id) + 1 }).await;
    }
}

/// Seconds for `rounds` rounds of `workers` workers.
fn star(workers: u32, rounds: u32) -> f64 {
    let mut server = Server { workers, rounds, ..Server::default() };
    // Room for every vote of a round, so that no sender has to wait.
    let server_mailbox = Mailbox::with_capacity(workers as usize + 1);
    let mut bench = SimInit::with_num_threads(1);
    let (sink, mut done) = nexosim::ports::event_slot(nexosim::ports::SinkState::Enabled);
    server.done.connect_sink(sink);
    let mut crew = Vec::new();
    for id in 0..workers {
        let mut worker = Worker { id, ..Worker::default() };
        let mailbox = Mailbox::with_capacity(2);
        worker.vote.connect(Server::vote, &server_mailbox);
        server.begin.connect(Worker::begin, &mailbox);
        crew.push((worker, mailbox));
    }
    for (id, (worker, mailbox)) in crew.into_iter().enumerate() {
        bench = bench.add_model(worker, mailbox, &format!("worker {id}"));
    }
    let open = EventSource::new().connect(Server::open, &server_mailbox).register(&mut bench);
    let mut simulation =
        bench.add_model(server, server_mailbox, "server").init(MonotonicTime::EPOCH).expect("the star is sound");
    let start = Instant::now();
    simulation.process_event(&open, ()).expect("the first round opens");
    simulation.run().expect("the star reaches its last round");
    let seconds = start.elapsed().as_secs_f64();
    let expected = u64::from(rounds) * (1..=u64::from(workers)).sum::<u64>();
    assert_eq!(nexosim::ports::EventSinkReader::try_read(&mut done), Some(expected), "every vote was counted");
    assert_eq!(simulation.time(), MonotonicTime::EPOCH + Duration::from_millis(u64::from(rounds)));
    seconds
}

fn main() {
    for (workers, rounds) in [(15, 10_000), (1000, 200), (100_000, 10)] {
        let mut times: Vec<f64> = (0..7).map(|_| star(workers, rounds)).collect();
        times.sort_by(f64::total_cmp);
        let rate = f64::from(workers) * f64::from(rounds) / times[3];
        println!("kernel/star/m={workers},{:.6},{rate:.0}", times[3]);
    }
}
