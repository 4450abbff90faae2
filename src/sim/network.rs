//! The fate of a message: when it arrives, if it does.
//!
//! Every fault is one documented field whose default is no fault. All draws are keyed by worker and round, so the
//! same message meets the same fate whatever else a scenario changes.

use std::time::Duration;

use rand::Rng;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};

use super::availability::Availability;
use super::latency::Law;
use crate::error::Result;
use crate::protocol::{Message, Node, WorkerId};
use crate::random::{Purpose, Stream, Streams};
use crate::time::Round;
use crate::units::Probability;

/// One direction between the server and each worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// How long a message travels.
    #[serde(default = "instant")]
    pub latency: Law,
    /// Probability that a message never arrives; its bytes are spent all the same.
    #[serde(default = "never")]
    pub loss: Probability,
}

/// Both directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// From worker to server.
    #[serde(default = "Link::ideal")]
    pub up: Link,
    /// From server to worker.
    #[serde(default = "Link::ideal")]
    pub down: Link,
}

const fn instant() -> Law {
    Law::ZERO
}
const fn never() -> Probability {
    Probability::ZERO
}

impl Link {
    const fn ideal() -> Self {
        Self { latency: Law::ZERO, loss: Probability::ZERO }
    }
}

/// The network of a scenario: the word `ideal`, or its links and the availability of workers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkSpec {
    pub links: Links,
    pub availability: Availability,
}

impl NetworkSpec {
    /// Every message arrives at once, everyone is always there.
    #[must_use]
    pub const fn ideal() -> Self {
        Self { links: Links { up: Link::ideal(), down: Link::ideal() }, availability: Availability::always() }
    }

    /// Whether a vote may fail to arrive, so that waiting for everyone may never end.
    #[must_use]
    pub fn may_be_silent(&self) -> bool {
        let lost = [self.links.up.loss, self.links.down.loss].iter().any(|p| p.get() > 0.0);
        lost || self.availability.may_be_away()
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a law has no span to draw.
    pub fn validate(&self) -> Result<()> {
        self.links.up.latency.validate().map_err(|e| e.key("links.up.latency"))?;
        self.links.down.latency.validate().map_err(|e| e.key("links.down.latency"))
    }

    /// When `message` arrives at or leaves from its worker; `None` when it never does. The adversary talks to its
    /// own workers outside the network, at once.
    #[must_use]
    pub fn fate(&self, streams: Streams, from: Node, to: Node, message: &Message) -> Option<Duration> {
        let round = match message {
            Message::Begin { round, .. } | Message::Vote { round, .. } => *round,
            Message::Consult { .. } | Message::Overheard { .. } | Message::Orders { .. } => {
                return Some(Duration::ZERO);
            }
        };
        match (from, to) {
            (Node::Worker(worker), Node::Server) => {
                let key = [Purpose::LossUp, Purpose::LatencyUp];
                travel(&self.links.up, streams, key, worker, round)
            }
            (Node::Server, Node::Worker(worker)) => {
                if self.availability.is_away(streams, worker, round) {
                    return None;
                }
                let key = [Purpose::LossDown, Purpose::LatencyDown];
                travel(&self.links.down, streams, key, worker, round)
            }
            _ => unreachable!("rounds and votes travel between the server and a worker"),
        }
    }
}

fn travel(
    link: &Link,
    streams: Streams,
    key: [Purpose; 2],
    worker: WorkerId,
    round: Round,
) -> Option<Duration> {
    let stream = |purpose| streams.stream(purpose, u64::from(worker.0), round);
    if happens(link.loss, &mut stream(key[0])) {
        return None;
    }
    Some(link.latency.sample(&mut stream(key[1])))
}

/// Whether something of probability p happens.
pub(super) fn happens(p: Probability, stream: &mut Stream) -> bool {
    p.get() > 0.0 && stream.random_bool(p.get())
}

impl<'de> Deserialize<'de> for NetworkSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            links: Option<Links>,
            availability: Option<Availability>,
        }

        struct WordOrParts;
        impl<'de> Visitor<'de> for WordOrParts {
            type Value = NetworkSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the word `ideal`, or a mapping with `links` and `availability`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> std::result::Result<NetworkSpec, E> {
                match word {
                    "ideal" => Ok(NetworkSpec::ideal()),
                    _ => Err(E::unknown_variant(word, &["ideal", "links", "availability"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<NetworkSpec, A::Error> {
                let parts = Parts::deserialize(MapAccessDeserializer::new(map))?;
                let ideal = NetworkSpec::ideal();
                Ok(NetworkSpec {
                    links: parts.links.unwrap_or(ideal.links),
                    availability: parts.availability.unwrap_or(ideal.availability),
                })
            }
        }
        deserializer.deserialize_any(WordOrParts)
    }
}
