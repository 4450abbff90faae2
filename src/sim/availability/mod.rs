//! Who is there: a worker that is away hears nothing and says nothing.
//!
//! Whoever misses a round by `drop_out` is back in the next. The other causes are absences on the simulated clock
//! ([`absences`]): a message that arrives at somebody who is away is lost, a vote is not sent, and a computation that
//! an absence falls into is lost with what the worker kept between its gradients. The server does not know who is
//! away: what it sends there costs bytes and the time of links, and counts as wasted; a vote that is not sent costs
//! neither. Back again, a worker waits for the next round, whose opening brings what it has missed: its model has
//! outlived the absence, so the steps since then, or all parameters where that is shorter.

mod absences;
mod presence;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use absences::Absences;
pub use absences::absences;
pub use presence::Presence;

use super::latency::Law;
use crate::error::{Error, Result};
use crate::protocol::WorkerId;
use crate::random::{Purpose, Streams, happens};
use crate::time::{Interval, Round, SimTime};
use crate::units::{Probability, Span, WorkerSet};

/// Who is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// Probability that a worker misses a whole round, drawn anew for every worker and round.
    #[serde(default = "never")]
    pub drop_out: Probability,
    /// Absences at stated times.
    #[serde(default)]
    pub crashes: Vec<Crash>,
    /// Presence and absence in turns, forever.
    #[serde(default)]
    pub on_off: Vec<OnOff>,
    /// Presence as it was recorded somewhere.
    #[serde(default)]
    pub trace: Option<Presence>,
}

/// Some workers go away at a stated time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// Who goes away; everyone unless given.
    #[serde(default = "WorkerSet::all")]
    pub workers: WorkerSet,
    /// The first instant away.
    pub at: Span,
    /// The first instant back; `null` for never.
    #[serde(default)]
    pub rejoin: Option<Span>,
}

/// Workers that come and go: present for a span of one law, away for a span of the other, each worker by itself, all of them
/// present at the beginning. Two exponential laws make a Markov chain; an exponential and any other, random crashes with
/// their time to repair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnOff {
    /// Who comes and goes; everyone unless given.
    #[serde(default = "WorkerSet::all")]
    pub workers: WorkerSet,
    /// How long a worker stays.
    pub up: Law,
    /// How long it is away.
    pub down: Law,
}

const fn never() -> Probability {
    Probability::ZERO
}

impl OnOff {
    /// Whether most of a thousand turns take less than a microsecond, however long a few of them are.
    fn hardly_advances(&self) -> bool {
        let mut stream = Streams::new(0).stream(Purpose::Absence, 0, Round(0));
        let short = |_: &u32| {
            let turn = self.up.sample(&mut stream) + self.down.sample(&mut stream);
            turn < Duration::from_micros(1)
        };
        (0..1000).filter(short).count() > 990
    }
}

impl Crash {
    /// From the first instant away to the first instant back.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let at = |span: Duration| SimTime::ZERO + span;
        (at(self.at.get()), self.rejoin.map_or(SimTime::NEVER, |span| at(span.get())))
    }
}

impl Availability {
    /// Everyone is always there.
    #[must_use]
    pub const fn always() -> Self {
        Self { drop_out: never(), crashes: Vec::new(), on_off: Vec::new(), trace: None }
    }

    /// Reads the files of measurements.
    ///
    /// # Errors
    /// When one is not there, or not what it should be.
    pub(super) fn load(&mut self) -> Result<()> {
        for (i, turns) in self.on_off.iter_mut().enumerate() {
            turns.up.load().map_err(|e| e.key(format!("on_off.[{i}].up")))?;
            turns.down.load().map_err(|e| e.key(format!("on_off.[{i}].down")))?;
        }
        let load = |trace: &mut Presence| trace.load().map_err(|why| Error::scenario(why).key("trace"));
        self.trace.as_mut().map_or(Ok(()), load)
    }

    /// Whether anybody may miss a round.
    #[must_use]
    pub fn may_be_away(&self) -> bool {
        let comes_and_goes = !self.crashes.is_empty() || !self.on_off.is_empty() || self.trace.is_some();
        self.drop_out.get() > 0.0 || comes_and_goes
    }

    /// Who may miss a round and why, in words, with the key of the cause.
    pub(super) fn absence(&self) -> Option<(String, &'static str)> {
        if self.drop_out.get() > 0.0 {
            return Some(("workers drop out".to_owned(), "drop_out"));
        }
        if let Some(crash) = self.crashes.first() {
            return Some((format!("{} crash", crash.workers), "crashes"));
        }
        if let Some(law) = self.on_off.first() {
            return Some((format!("{} come and go", law.workers), "on_off"));
        }
        self.trace.is_some().then(|| ("workers are away".to_owned(), "trace"))
    }

    /// Whether this worker is away from the first instant on, forever.
    pub(super) fn never_comes(&self, worker: u32) -> bool {
        let from_the_start = |c: &Crash| c.at == Span::ZERO && c.rejoin.is_none();
        self.crashes.iter().any(|crash| from_the_start(crash) && crash.workers.contains(worker))
    }

    /// Whether this worker misses this round by dropping out of it.
    #[must_use]
    pub fn drops_out(&self, streams: Streams, worker: WorkerId, round: Round) -> bool {
        happens(self.drop_out, || streams.stream(Purpose::Availability, u64::from(worker.0), round))
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a worker does not exist, comes back before it leaves, or would come and go without time passing.
    pub fn validate(&self, workers: u32) -> Result<()> {
        for (i, crash) in self.crashes.iter().enumerate() {
            let wrong = |e: Error| e.key(format!("crashes.[{i}]"));
            crash.workers.validate(workers).map_err(wrong)?;
            if let Some(rejoin) = crash.rejoin.filter(|rejoin| *rejoin <= crash.at) {
                let message = format!("a crash at {} is not over at {rejoin}", crash.at);
                let error = Error::scenario(message).key("rejoin");
                return Err(wrong(
                    error.help("write a later instant, or omit `rejoin` for an absence without end"),
                ));
            }
        }
        for (i, law) in self.on_off.iter().enumerate() {
            let wrong = |e: Error| e.key(format!("on_off.[{i}]"));
            law.workers.validate(workers).map_err(wrong)?;
            law.up.validate().map_err(|e| wrong(e.key("up")))?;
            law.down.validate().map_err(|e| wrong(e.key("down")))?;
            for (key, law) in [("up", &law.up), ("down", &law.down)] {
                if law.reach_s() < 1e-6 {
                    let error = Error::scenario("a worker that comes and goes within a microsecond").key(key);
                    return Err(wrong(
                        error.help("write a longer span, for example { exponential: { mean: 60s } }"),
                    ));
                }
            }
            if law.hardly_advances() {
                let error = Error::scenario(
                    "nearly all of its spans take no time: it would come and go forever at one instant",
                );
                return Err(wrong(
                    error.key("up").help("write laws whose usual spans are longer, not only their mean"),
                ));
            }
        }
        match self.trace.as_ref().and_then(Presence::last_worker).filter(|last| *last >= workers) {
            Some(last) => {
                Err(Error::scenario(format!("the trace names worker {last}, and there are {workers}"))
                    .key("trace")
                    .help(format!("workers count from 0 to {}", workers - 1)))
            }
            None => Ok(()),
        }
    }
}
