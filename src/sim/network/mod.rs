//! The fate of a message: when it arrives, if it does.
//!
//! Each worker has a link up and a link down. A link is a queue: it sends one message after the other, each for as long
//! as its bandwidth says; then the message travels for its latency. All draws are keyed by worker and round, so the
//! same message meets the same fate whatever else a scenario changes.
//!
//! ```text
//! asked .. queue .. starts -- 8 n / bandwidth -- sent -- latency, detour -- arrives
//!                                                 lost: -- after -- asked again, at most `attempts` times in all
//! ```
//!
//! Where the server has a link of its own ([`ServerLink`]), an upload that arrives queues there in turn, and a download before
//! all this.

mod link;
mod links;
mod transmission;

use std::time::Duration;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use super::availability::Availability;
use super::latency::Law;
use crate::error::{Error, Result};
use crate::protocol::WorkerId;
use crate::units::{Classes, WordOr, WorkerSet};

pub use crate::units::OrNone;
pub use link::{Link, Reorder, Retransmit};
pub use links::{CutDirection, Direction, Exception, Links, Partition, Port, ServerLink};
pub(super) use transmission::{Network, Route, Transmission};

/// The network of a scenario: the word `ideal`, or its links, the availability of workers and partitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkSpec {
    /// What the way between the server and each worker is like.
    pub links: Links,
    /// When workers are away.
    pub availability: Availability,
    /// Links that are cut for a while.
    pub partitions: Vec<Partition>,
}

impl NetworkSpec {
    /// Every message arrives at once, everyone is always there.
    #[must_use]
    pub const fn ideal() -> Self {
        Self { links: Links::ideal(), availability: Availability::always(), partitions: Vec::new() }
    }

    /// Reads the files of measurements.
    ///
    /// # Errors
    /// When one is not there, or not what it should be.
    pub fn load(&mut self) -> Result<()> {
        self.links.load().map_err(|e| e.key("links"))?;
        self.availability.load().map_err(|e| e.key("availability"))
    }

    /// Every law of the network, with the key below `network` under which it stands.
    #[must_use]
    pub fn laws(&self) -> Vec<(String, &Law)> {
        let Links { up, down, workers, .. } = &self.links;
        let mut laws = vec![("links.up.latency".to_owned(), &up.latency)];
        laws.push(("links.down.latency".to_owned(), &down.latency));
        for (i, own) in workers.iter().enumerate() {
            laws.push((format!("links.workers.[{i}].up.latency"), &own.up.latency));
            laws.push((format!("links.workers.[{i}].down.latency"), &own.down.latency));
        }
        for (i, turns) in self.availability.on_off.iter().enumerate() {
            laws.push((format!("availability.on_off.[{i}].up"), &turns.up));
            laws.push((format!("availability.on_off.[{i}].down"), &turns.down));
        }
        laws
    }

    /// How long every message travels this way where it never waits, nothing is drawn for it, and nobody is away.
    fn steady(&self, way: Direction) -> Option<Duration> {
        let undisturbed = self.partitions.is_empty()
            && !self.availability.may_be_away()
            && !self.links.server.port(way).bandwidth.is_limited();
        let mut links = self.links.that_go(way);
        let only = links.next().filter(|_| undisturbed && links.next().is_none())?;
        only.steady()
    }

    fn every_link(&self) -> impl Iterator<Item = &Link> {
        self.links.that_go(Direction::Up).chain(self.links.that_go(Direction::Down))
    }

    /// Whether a vote may fail to arrive, so that waiting for everyone may never end. Retransmission makes it rare,
    /// not impossible.
    #[must_use]
    pub fn may_be_silent(&self) -> bool {
        self.silence().is_some()
    }

    /// Whether every message arrives exactly once, sooner or later, and everyone is always there.
    #[must_use]
    pub fn delivers_once(&self) -> bool {
        !self.may_be_silent() && self.every_link().all(|link| link.duplicate.get() == 0.0)
    }

    /// Why a vote may fail to arrive, and whose, in words, with the key of the setting; the first reason that the scenario
    /// gives.
    #[must_use]
    pub fn silence(&self) -> Option<(String, String)> {
        let lossy = |link: &Link| link.loss.get() > 0.0;
        let links = &self.links;
        let way = |up: &Link| if lossy(up) { "up" } else { "down" };
        if lossy(&links.up) || lossy(&links.down) {
            let key = format!("network.links.{}.loss", way(&links.up));
            return Some(("messages are lost (network.links)".to_owned(), key));
        }
        if let Some(i) = links.workers.iter().position(|own| lossy(&own.up) || lossy(&own.down)) {
            let own = &links.workers[i];
            let key = format!("network.links.workers.[{i}].{}.loss", way(&own.up));
            return Some((format!("messages of {} are lost (network.links.workers[{i}])", own.workers), key));
        }
        if let Some(cut) = self.partitions.first() {
            let why = format!("the links of {} are cut (network.partitions)", cut.workers);
            return Some((why, "network.partitions".to_owned()));
        }
        let (why, cause) = self.availability.absence()?;
        let key = format!("network.availability.{cause}");
        Some((format!("{why} ({key})"), key))
    }

    /// Whether a transmission in this direction may be lost after it was sent; who is away does not send.
    #[must_use]
    pub fn may_lose(&self, way: Direction) -> bool {
        self.links.that_go(way).any(|link| link.loss.get() > 0.0)
            || !self.partitions.is_empty()
            || way == Direction::Down && self.availability.absence().is_some()
    }

    /// How many of these workers certainly never vote.
    #[must_use]
    pub fn mute(&self, workers: u32) -> u32 {
        let never = |link: &Link| link.loss.get() >= 1.0;
        if self.availability.drop_out.get() >= 1.0 {
            return workers;
        }
        let cut_off = |m: &u32| {
            let of = |way| self.links.of(way, WorkerId(*m));
            never(of(Direction::Up)) || never(of(Direction::Down)) || self.availability.never_comes(*m)
        };
        let anybody = self.every_link().any(never) || !self.availability.crashes.is_empty();
        if anybody { (0..workers).filter(cut_off).count() as u32 } else { 0 }
    }

    /// A span that the messages of a round hardly ever exceed together, in seconds, once links are free: an opening of `down`
    /// bytes and `copies` votes of `up` bytes, for each of so many workers.
    #[must_use]
    pub fn reach_s(&self, down: u64, up: u64, copies: u32, workers: u32) -> f64 {
        let longest = |way, bytes, count| {
            self.links.that_go(way).map(|link| link.reach_s(bytes, count)).fold(0.0, f64::max)
        };
        let (overhead, attempts) =
            (self.overhead(), self.every_link().map(Link::attempts).max().unwrap_or(1));
        // The network's own copies pass the server's link, too.
        let shared = |way, bytes: u64, count: u32| {
            let takes = self.links.server.port(way).bandwidth.takes(bytes.saturating_add(overhead));
            takes.as_secs_f64() * f64::from(workers) * f64::from(count) * f64::from(attempts) * 2.0
        };
        longest(Direction::Up, up, copies)
            + longest(Direction::Down, down, 1)
            + shared(Direction::Up, up, copies)
            + shared(Direction::Down, down, 1)
    }

    /// The most bytes of headers below a message.
    #[must_use]
    pub fn overhead(&self) -> u64 {
        self.every_link().map(|link| link.overhead.get()).max().unwrap_or(0)
    }

    /// The same network with every class of workers looked up.
    ///
    /// # Errors
    /// When it names a class that there is not.
    pub fn by_number(&self, classes: &Classes) -> Result<Self> {
        let mut network = self.clone();
        let look_up = |set: &mut WorkerSet, key: String| {
            let found = set.by_number(classes);
            *set = found.map_err(|why| Error::scenario(why).key("workers").key(key))?;
            Ok::<(), Error>(())
        };
        for (i, exception) in network.links.workers.iter_mut().enumerate() {
            look_up(&mut exception.workers, format!("links.workers.[{i}]"))?;
        }
        for (i, partition) in network.partitions.iter_mut().enumerate() {
            look_up(&mut partition.workers, format!("partitions.[{i}]"))?;
        }
        for (i, crash) in network.availability.crashes.iter_mut().enumerate() {
            look_up(&mut crash.workers, format!("availability.crashes.[{i}]"))?;
        }
        for (i, law) in network.availability.on_off.iter_mut().enumerate() {
            look_up(&mut law.workers, format!("availability.on_off.[{i}]"))?;
        }
        Ok(network)
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a law has no span to draw, a remedy no attempt, a partition no time, or a worker does not exist.
    pub fn validate(&self, workers: u32) -> Result<()> {
        self.links.validate(workers).map_err(|e| e.key("links"))?;
        self.availability.validate(workers).map_err(|e| e.key("availability"))?;
        for (i, partition) in self.partitions.iter().enumerate() {
            partition.validate(workers).map_err(|e| e.key(format!("partitions.[{i}]")))?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for NetworkSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            links: Option<Links>,
            availability: Option<Availability>,
            #[serde(default)]
            partitions: Vec<Partition>,
        }

        let ideal = Self::ideal();
        let expected = "the word `ideal`, or a mapping with `links`, `availability`, `partitions`";
        match WordOr::<Parts>::read(deserializer, expected)? {
            WordOr::Word(word) if word == "ideal" => Ok(ideal),
            WordOr::Word(word) => {
                Err(D::Error::unknown_variant(&word, &["ideal", "links", "availability", "partitions"]))
            }
            WordOr::Settings(parts) => Ok(Self {
                links: parts.links.unwrap_or(ideal.links),
                availability: parts.availability.unwrap_or(ideal.availability),
                partitions: parts.partitions,
            }),
        }
    }
}
