//! What happens to one transmission: when it starts, when it arrives, whether it is repeated or copied.

use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Direction, NetworkSpec};
use crate::error::Result;
use crate::protocol::{Message, Node, WorkerId};
use crate::random::{Purpose, Streams, happens};
use crate::sim::availability::Absences;
use crate::state::{put, take};
use crate::time::{Round, SimTime};

/// The network of a run: what the scenario says, and until when each link sends.
pub(crate) struct Network {
    spec: NetworkSpec,
    streams: Streams,
    links: Busy,
    /// By direction, how long every message travels where links never queue, lose or draw anything and nobody is ever away.
    steady: [Option<Duration>; 2],
    /// Who is away when.
    pub absences: Absences,
}

/// Until when links send.
#[derive(Default, Serialize, Deserialize)]
struct Busy {
    /// By direction and worker, when a link is free; grows where bandwidth is limited.
    free: [Vec<SimTime>; 2],
    /// By direction, when the server's own link is free.
    port_free: [SimTime; 2],
}

/// A message on its way between the server and a worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub direction: Direction,
    worker: WorkerId,
    round: Round,
}

impl Route {
    /// The way of a message; `None` for what is whispered beside the network, at once.
    pub(crate) fn new(from: Node, to: Node, message: &Message) -> Option<Self> {
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
pub(crate) struct Transmission {
    /// When its first bit leaves, later than asked for when the link was busy; never when its worker is away by then.
    pub starts: Option<SimTime>,
    /// When it arrives, at the server's own link where that has one; never when it is lost.
    pub arrives: Option<SimTime>,
    /// When its copy arrives.
    pub copy: Option<SimTime>,
    /// When it is sent again.
    pub again: Option<SimTime>,
}

impl Transmission {
    /// Not sent at all.
    const UNSENT: Self = Self { starts: None, arrives: None, copy: None, again: None };
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
    pub(crate) fn new(spec: NetworkSpec, streams: Streams) -> Self {
        let absences = Absences::new(spec.availability.clone(), streams);
        let steady = [Direction::Up, Direction::Down].map(|direction| spec.steady(direction));
        Self { spec, streams, links: Busy::default(), steady, absences }
    }

    /// Adds what the network has become to what was written.
    pub(crate) fn save(&self, to: &mut Vec<u8>) {
        put(&(&self.links, self.absences.save()), to);
    }

    /// Becomes what was saved.
    ///
    /// # Errors
    /// When the bytes are no state of such a network.
    pub(crate) fn restore(&mut self, from: &mut &[u8]) -> Result<()> {
        let absences;
        (self.links, absences) = take(from)?;
        self.absences.restore(absences)
    }

    /// Bytes below our own messages on this way.
    pub(crate) fn overhead(&self, route: Route) -> u64 {
        self.spec.links.of(route.direction, route.worker).overhead.get()
    }

    /// Whether messages that way share a link at the server.
    pub(crate) fn is_shared(&self, direction: Direction) -> bool {
        self.spec.links.server.port(direction).bandwidth.is_limited()
    }

    /// Passes `bytes` through the server's own link, for which they ask at `now`; the first and the last instant of that.
    pub(crate) fn pass_port(&mut self, direction: Direction, now: SimTime, bytes: u64) -> (SimTime, SimTime) {
        let free = &mut self.links.port_free[direction as usize];
        let begins = now.max(*free);
        let ends = begins + self.spec.links.server.port(direction).bandwidth.takes(bytes);
        *free = ends;
        (begins, ends)
    }

    /// When a message that asks at `now` for its worker's link has it, for so long; `None` where the worker is away by then
    /// and sends nothing.
    fn pass_link(&mut self, now: SimTime, route: Route, takes: Duration, limited: bool) -> Option<SimTime> {
        let Route { direction, worker, .. } = route;
        let free = &mut self.links.free[direction as usize];
        if limited && free.len() <= worker.index() {
            free.resize(worker.index() + 1, SimTime::ZERO);
        }
        let starts = if limited { now.max(free[worker.index()]) } else { now };
        if direction == Direction::Up && self.absences.at(worker, starts).is_some() {
            return None;
        }
        if limited {
            free[worker.index()] = starts + takes;
        }
        Some(starts)
    }

    /// Sends `bytes`, overhead included; `attempt` counts transmissions of the same message from zero. A worker that is away
    /// sends nothing, not even bytes; what is sent to it costs bytes and the time of links, and is lost like on the way when
    /// it is away at its arrival.
    #[inline]
    pub(crate) fn transmit(&mut self, now: SimTime, route: Route, attempt: u32, bytes: u64) -> Transmission {
        match self.steady[route.direction as usize] {
            Some(latency) => {
                let (starts, arrives) = (Some(now), Some(now + latency));
                Transmission { starts, arrives, copy: None, again: None }
            }
            None => self.transmit_by_chance(now, route, attempt, bytes),
        }
    }

    /// [`Network::transmit`] where links queue, lose or draw something, or somebody may be away.
    fn transmit_by_chance(&mut self, now: SimTime, route: Route, attempt: u32, bytes: u64) -> Transmission {
        let Route { direction, worker, round } = route;
        self.absences.pass(now);
        let down = direction == Direction::Down;
        let (leaves, ready) = if down && self.is_shared(direction) {
            self.pass_port(direction, now, bytes)
        } else {
            (now, now)
        };
        let bandwidth = self.spec.links.of(direction, worker).bandwidth;
        let takes = bandwidth.takes(bytes);
        let Some(starts) = self.pass_link(ready, route, takes, bandwidth.is_limited()) else {
            return Transmission::UNSENT;
        };
        let link = self.spec.links.of(direction, worker);
        let sent = starts + takes;
        // Its first bit leaves the server before it is on the worker's link.
        let left = if down && self.is_shared(direction) { leaves } else { starts };
        let purposes = if down { DOWN } else { UP };
        // Each attempt has draws of its own, and the first one those of a network without retransmission.
        let owner = u64::from(worker.0) | u64::from(attempt) << 32;
        let streams = self.streams;
        let stream = |purpose| streams.stream(purpose, owner, round);
        let again = link.retransmit.0.filter(|r| attempt + 1 < r.attempts).map(|r| sent + r.after.get());
        let lost = Transmission { starts: Some(left), arrives: None, copy: None, again };
        let dropped = down && self.spec.availability.drops_out(self.streams, worker, round);
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
        if down && self.absences.at(worker, arrives).is_some() {
            return lost;
        }
        let copy = copy.filter(|at| !down || self.absences.at(worker, *at).is_none());
        Transmission { starts: Some(left), arrives: Some(arrives), copy, again: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(yaml: &str) -> Network {
        let document = serde_yaml::Deserializer::from_str(yaml);
        let spec = serde_yaml::with::singleton_map_recursive::deserialize(document).expect("a network");
        Network::new(spec, Streams::new(7))
    }

    /// What is told at a glance is what all draws and queues would come to.
    #[test]
    fn steady_links_do_what_any_others_do() {
        let now = SimTime::from_nanos(12_345);
        for (yaml, nanos) in [
            ("ideal", [0, 0]),
            (
                "{ links: { up: { latency: { constant: 3ms } }, down: { latency: { constant: 3ms } } } }",
                [3_000_000, 3_000_000],
            ),
            (
                "{ links: { up: { latency: { constant: 20us }, overhead: 66B }, down: { latency: { constant: 1s } } } }",
                [20_000, 1_000_000_000],
            ),
        ] {
            let mut network = network(yaml);
            for (direction, nanos) in [Direction::Up, Direction::Down].into_iter().zip(nanos) {
                assert_eq!(network.steady[direction as usize], Some(Duration::from_nanos(nanos)), "{yaml}");
                let route = Route { direction, worker: WorkerId(3), round: Round(9) };
                let told = network.transmit(now, route, 0, 1000);
                assert_eq!(told, network.transmit_by_chance(now, route, 0, 1000), "{yaml}");
                assert_eq!(told.arrives, Some(now + Duration::from_nanos(nanos)));
            }
        }
    }

    #[test]
    fn whatever_may_disturb_a_message_is_no_steady_link() {
        for (yaml, steady) in [
            ("{ links: { up: { loss: 0.1 } } }", [false, true]),
            ("{ links: { up: { duplicate: 0.1 } } }", [false, true]),
            ("{ links: { down: { bandwidth: 1Mbit/s } } }", [true, false]),
            ("{ links: { down: { reorder: { probability: 0.1, delay: 1s } } } }", [true, false]),
            ("{ links: { up: { latency: { uniform: { from: 1ms, to: 2ms } } } } }", [false, true]),
            ("{ links: { server: { up: { bandwidth: 1Mbit/s } } } }", [false, true]),
            (
                "{ links: { workers: [{ workers: [1], up: { latency: { constant: 5ms } } }] } }",
                [false, false],
            ),
            ("{ availability: { drop_out: 0.5 } }", [false, false]),
            ("{ partitions: [{ workers: [0], from: 1s, to: 2s }] }", [false, false]),
        ] {
            assert_eq!(network(yaml).steady.map(|latency| latency.is_some()), steady, "{yaml}");
        }
    }
}
