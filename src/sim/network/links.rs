//! The links of all workers: the general ones, those of some, and when they are cut.

use serde::{Deserialize, Serialize};

use super::link::{Changes, Link};
use crate::error::{Error, Result};
use crate::protocol::WorkerId;
use crate::time::SimTime;
use crate::units::{Bandwidth, Span, WorkerSet};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From worker to server.
    Up,
    /// From server to worker.
    Down,
}

/// Both directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Words")]
pub struct Links {
    /// From worker to server.
    pub up: Link,
    /// From server to worker.
    pub down: Link,
    /// Workers with links of their own; no worker in two entries.
    pub workers: Vec<Exception>,
    /// What the messages of all workers share.
    pub server: ServerLink,
}

/// The server's own link, beside those of the workers: its bandwidth is shared by all, first come first served.
///
/// An upload passes its worker's link, travels for its latency, and then queues here, whole, before the server has it; a
/// download queues here first, then passes its worker's link and travels. Bytes are counted with the overhead of the worker's
/// link, and a message that was lost on the way up never gets here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLink {
    /// What the server receives.
    #[serde(default = "Port::unlimited")]
    pub up: Port,
    /// What the server sends.
    #[serde(default = "Port::unlimited")]
    pub down: Port,
}

/// One direction of the server's own link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// A message of n bytes keeps it busy for 8 n / bandwidth, rounded up to nanoseconds.
    pub bandwidth: Bandwidth,
}

impl Port {
    const fn unlimited() -> Self {
        Self { bandwidth: Bandwidth::UNLIMITED }
    }
}

impl ServerLink {
    /// As if every worker were connected by itself.
    pub(super) const fn unlimited() -> Self {
        Self { up: Port::unlimited(), down: Port::unlimited() }
    }

    /// The port of a direction.
    pub(super) const fn port(&self, direction: Direction) -> Port {
        match direction {
            Direction::Up => self.up,
            Direction::Down => self.down,
        }
    }
}

/// The links of some workers, complete: what the scenario omits is that of the general link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exception {
    /// Whom it is about.
    pub workers: WorkerSet,
    /// From worker to server.
    pub up: Link,
    /// From server to worker.
    pub down: Link,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(default)]
    up: Changes,
    #[serde(default)]
    down: Changes,
    #[serde(default)]
    workers: Vec<ExceptionWords>,
    #[serde(default = "ServerLink::unlimited")]
    server: ServerLink,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionWords {
    workers: WorkerSet,
    #[serde(default)]
    up: Changes,
    #[serde(default)]
    down: Changes,
}

impl From<Words> for Links {
    fn from(words: Words) -> Self {
        let (up, down) = (words.up.to(&Link::ideal()), words.down.to(&Link::ideal()));
        let whole =
            |e: ExceptionWords| Exception { workers: e.workers, up: e.up.to(&up), down: e.down.to(&down) };
        let workers = words.workers.into_iter().map(whole).collect();
        Self { up, down, workers, server: words.server }
    }
}

impl Links {
    pub(super) const fn ideal() -> Self {
        Self { up: Link::ideal(), down: Link::ideal(), workers: Vec::new(), server: ServerLink::unlimited() }
    }

    /// The link of a worker.
    #[must_use]
    pub fn of(&self, direction: Direction, worker: WorkerId) -> &Link {
        let own = self.workers.iter().find(|e| e.workers.contains(worker.0));
        let (up, down) = own.map_or((&self.up, &self.down), |e| (&e.up, &e.down));
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    /// Every different link that way.
    pub(super) fn that_go(&self, direction: Direction) -> impl Iterator<Item = &Link> {
        let pairs =
            std::iter::once((&self.up, &self.down)).chain(self.workers.iter().map(|e| (&e.up, &e.down)));
        pairs.map(move |(up, down)| if direction == Direction::Up { up } else { down })
    }

    /// Reads the files of measurements, once for all links that have theirs from the general one.
    ///
    /// # Errors
    /// When one is not there, or not what it should be.
    pub(super) fn load(&mut self) -> Result<()> {
        let written = (self.up.latency.clone(), self.down.latency.clone());
        self.up.latency.load().map_err(|e| e.key("up.latency"))?;
        self.down.latency.load().map_err(|e| e.key("down.latency"))?;
        for (i, own) in self.workers.iter_mut().enumerate() {
            let general = [(&written.0, &self.up, "up"), (&written.1, &self.down, "down")];
            for (link, (written, general, way)) in [&mut own.up, &mut own.down].into_iter().zip(general) {
                if link.latency == *written {
                    link.latency = general.latency.clone();
                } else {
                    link.latency.load().map_err(|e| e.key(format!("workers.[{i}].{way}.latency")))?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn validate(&self, workers: u32) -> Result<()> {
        let both = |up: &Link, down: &Link| {
            up.validate().map_err(|e| e.key("up"))?;
            down.validate().map_err(|e| e.key("down"))
        };
        both(&self.up, &self.down)?;
        for (i, exception) in self.workers.iter().enumerate() {
            let key = format!("workers.[{i}]");
            exception.workers.validate(workers).map_err(|e| e.key(&key))?;
            both(&exception.up, &exception.down).map_err(|e| e.key(&key))?;
            let others = self.workers[..i].iter().enumerate();
            let twice =
                others.filter_map(|(j, o)| Some((j, o.workers.shared_with(&exception.workers)?))).next();
            if let Some((j, worker)) = twice {
                return Err(Error::scenario(format!(
                    "worker {worker} has links of its own in entry {j} already"
                ))
                .key("workers")
                .key(&key)
                .help("name every worker in one entry, with both its up and its down"));
            }
        }
        Ok(())
    }
}

/// Links that are cut for a while: what would be sent in that time is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The first instant of the cut.
    pub from: Span,
    /// The first instant after it.
    pub to: Span,
    /// Whose links are cut; everyone's unless given.
    #[serde(default = "WorkerSet::all")]
    pub workers: WorkerSet,
    /// Which way; both unless given.
    #[serde(default = "both")]
    pub direction: CutDirection,
}

/// Which way nothing passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutDirection {
    /// Up and down.
    Both,
    /// From worker to server.
    Up,
    /// From server to worker.
    Down,
}

const fn both() -> CutDirection {
    CutDirection::Both
}

impl Partition {
    /// Whether what starts at `now` is lost.
    pub(super) fn cuts(&self, now: SimTime, direction: Direction, worker: WorkerId) -> bool {
        let that_way = match self.direction {
            CutDirection::Both => true,
            CutDirection::Up => direction == Direction::Up,
            CutDirection::Down => direction == Direction::Down,
        };
        let since = now - SimTime::ZERO;
        that_way && self.from.get() <= since && since < self.to.get() && self.workers.contains(worker.0)
    }

    pub(super) fn validate(&self, workers: u32) -> Result<()> {
        if self.from >= self.to {
            let message = format!("a partition from {} to {} is empty", self.from, self.to);
            return Err(Error::scenario(message).key("to").help("write the earlier instant as `from`"));
        }
        self.workers.validate(workers)
    }
}
