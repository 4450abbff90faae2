//! What happens to one transmission: when it starts, when it arrives, whether it is repeated or copied.

use std::time::Duration;

use rand::Rng;

use super::{Direction, NetworkSpec};
use crate::protocol::{Message, Node, WorkerId};
use crate::random::{Purpose, Stream, Streams};
use crate::sim::absence::Absences;
use crate::time::{Round, SimTime};
use crate::units::Probability;

/// The network of a run: what the scenario says, and until when each link sends.
pub struct Network {
    spec: NetworkSpec,
    streams: Streams,
    /// By direction and worker, when a link is free; grows where bandwidth is limited.
    free: [Vec<SimTime>; 2],
    /// Who is away when.
    pub absences: Absences,
}

/// A message on its way between the server and a worker.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    direction: Direction,
    worker: WorkerId,
    round: Round,
}

impl Route {
    /// The way of a message; `None` for what is whispered beside the network, at once.
    pub fn new(from: Node, to: Node, message: &Message) -> Option<Self> {
        let (direction, worker) = match (from, to) {
            _ if !message.crosses_the_network() => return None,
            (Node::Worker(worker), Node::Server) => (Direction::Up, worker),
            (Node::Server, Node::Worker(worker)) => (Direction::Down, worker),
            _ => unreachable!("rounds and votes travel between the server and a worker"),
        };
        Some(Self { direction, worker, round: message.round() })
    }
}

/// The fate of one transmission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// When its first bit leaves; later than asked for when the link was busy.
    pub starts: SimTime,
    /// When it arrives; never when it is lost.
    pub arrives: Option<SimTime>,
    /// When its copy arrives.
    pub copy: Option<SimTime>,
    /// When it is sent again.
    pub again: Option<SimTime>,
}

/// The purposes of a direction's draws.
struct Purposes {
    loss: Purpose,
    latency: Purpose,
    duplicate: Purpose,
    reorder: Purpose,
}

const UP: Purposes = Purposes {
    loss: Purpose::LossUp,
    latency: Purpose::LatencyUp,
    duplicate: Purpose::DuplicateUp,
    reorder: Purpose::ReorderUp,
};
const DOWN: Purposes = Purposes {
    loss: Purpose::LossDown,
    latency: Purpose::LatencyDown,
    duplicate: Purpose::DuplicateDown,
    reorder: Purpose::ReorderDown,
};

impl Network {
    /// The network before anything is sent.
    pub fn new(spec: NetworkSpec, streams: Streams) -> Self {
        let absences = Absences::new(spec.availability.clone(), streams);
        Self { spec, streams, free: [Vec::new(), Vec::new()], absences }
    }

    /// Bytes below our own messages on this way.
    pub fn overhead(&self, route: Route) -> u64 {
        self.spec.links.of(route.direction, route.worker).overhead.get()
    }

    /// Sends `bytes`, overhead included; `attempt` counts transmissions of the same message from zero. A worker that is away
    /// sends nothing more, and what arrives at it is lost like on the way.
    pub fn transmit(&mut self, now: SimTime, route: Route, attempt: u32, bytes: u64) -> Passage {
        let Route { direction, worker, round } = route;
        let link = self.spec.links.of(direction, worker);
        let takes = link.bandwidth.takes(bytes);
        let starts = if link.bandwidth.is_limited() {
            let free = &mut self.free[direction as usize];
            if free.len() <= worker.index() {
                free.resize(worker.index() + 1, SimTime::ZERO);
            }
            let starts = now.max(free[worker.index()]);
            free[worker.index()] = starts + takes;
            starts
        } else {
            now
        };
        let sent = starts + takes;
        let purposes = if direction == Direction::Up { UP } else { DOWN };
        // Each attempt has draws of its own, and the first one those of a network without retransmission.
        let owner = u64::from(worker.0) | u64::from(attempt) << 32;
        let streams = self.streams;
        let stream = |purpose| streams.stream(purpose, owner, round);
        let gone = direction == Direction::Up && self.absences.at(worker, starts).is_some();
        if gone {
            return Passage { starts, arrives: None, copy: None, again: None };
        }
        let again = link.retransmit.0.filter(|r| attempt + 1 < r.attempts).map(|r| sent + r.after.get());
        let lost = Passage { starts, arrives: None, copy: None, again };
        let dropped =
            direction == Direction::Down && self.spec.availability.drops_out(self.streams, worker, round);
        let cut = self.spec.partitions.iter().any(|p| p.cuts(starts, direction, worker));
        if dropped || cut || happens(link.loss, || stream(purposes.loss)) {
            return lost;
        }
        let latency = link.latency.sample_from(|| stream(purposes.latency));
        let detour = link.reorder.0.filter(|r| happens(r.probability, || stream(purposes.reorder)));
        let detour = detour.map_or(Duration::ZERO, |r| r.delay.get());
        let copy = (link.duplicate.get() > 0.0).then(|| stream(purposes.duplicate)).and_then(|mut copies| {
            let copied = copies.random_bool(link.duplicate.get());
            copied.then(|| sent + link.latency.sample(&mut copies))
        });
        let arrives = sent + latency + detour;
        if direction == Direction::Down && self.absences.at(worker, arrives).is_some() {
            return lost;
        }
        let copy = copy.filter(|at| direction == Direction::Up || self.absences.at(worker, *at).is_none());
        Passage { starts, arrives: Some(arrives), copy, again: None }
    }
}

/// Whether something of probability p happens. What never happens asks for no stream.
pub(in crate::sim) fn happens(p: Probability, stream: impl FnOnce() -> Stream) -> bool {
    p.get() > 0.0 && stream().random_bool(p.get())
}
