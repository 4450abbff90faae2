//! One direction between the server and a worker: how long a message takes, and what can go wrong with it.
//!
//! Every fault is one documented field whose default is no fault.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sim::latency::Law;
use crate::units::{Bandwidth, Bytes, OrNone, Probability, Span};

/// One direction between the server and a worker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// How long a message travels once it has been sent.
    pub latency: Law,
    /// Sending n bytes takes 8 n / bandwidth, rounded up to nanoseconds; the next message of this worker in this
    /// direction waits until then.
    pub bandwidth: Bandwidth,
    /// Bytes of headers below our own messages, on each of them: 66 for Ethernet, IPv4 and TCP with timestamps.
    pub overhead: Bytes,
    /// Probability that a transmission never arrives; its bytes and its time are spent all the same.
    pub loss: Probability,
    /// Whether a lost message is sent again; `none` unless given.
    pub retransmit: OrNone<Retransmit>,
    /// Probability that a message which arrives arrives a second time, after a latency of its own.
    pub duplicate: Probability,
    /// Whether some messages take a detour; `none` unless given.
    pub reorder: OrNone<Reorder>,
}

/// A lost message is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retransmit {
    /// From the end of a lost transmission to the next one.
    pub after: Span,
    /// Transmissions in all, the first one included; then the message is lost.
    pub attempts: u32,
}

/// Attempts that may follow each other without a [`PAUSE`].
const MOST_WITHOUT_PAUSE: u32 = 1000;
const PAUSE: Duration = Duration::from_micros(1);

/// Some messages take a detour, so that later ones can overtake them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reorder {
    /// That of a detour, drawn for every message that is not lost.
    pub probability: Probability,
    /// Added to the latency of a message on a detour.
    pub delay: Span,
}

/// What a scenario says of a link; what it omits is inherited.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    latency: Option<Law>,
    bandwidth: Option<Bandwidth>,
    overhead: Option<Bytes>,
    loss: Option<Probability>,
    retransmit: Option<OrNone<Retransmit>>,
    duplicate: Option<Probability>,
    reorder: Option<OrNone<Reorder>>,
}

impl Changes {
    /// `general` with these changes.
    pub(crate) fn to(self, general: &Link) -> Link {
        Link {
            latency: self.latency.unwrap_or_else(|| general.latency.clone()),
            bandwidth: self.bandwidth.unwrap_or(general.bandwidth),
            overhead: self.overhead.unwrap_or(general.overhead),
            loss: self.loss.unwrap_or(general.loss),
            retransmit: self.retransmit.unwrap_or(general.retransmit),
            duplicate: self.duplicate.unwrap_or(general.duplicate),
            reorder: self.reorder.unwrap_or(general.reorder),
        }
    }
}

impl Link {
    /// Everything arrives at once.
    pub(super) const fn ideal() -> Self {
        Self {
            latency: Law::ZERO,
            bandwidth: Bandwidth::UNLIMITED,
            overhead: Bytes::ZERO,
            loss: Probability::ZERO,
            retransmit: OrNone(None),
            duplicate: Probability::ZERO,
            reorder: OrNone(None),
        }
    }

    /// How long every message travels, where it never waits and nothing is drawn for it.
    pub(super) fn steady(&self) -> Option<Duration> {
        let faultless =
            self.loss == Probability::ZERO && self.duplicate == Probability::ZERO && self.reorder.0.is_none();
        match self.latency {
            Law::Constant(span) if faultless && !self.bandwidth.is_limited() => Some(span.get()),
            _ => None,
        }
    }

    /// Transmissions of one message, at most.
    pub(super) fn attempts(&self) -> u32 {
        self.retransmit.0.map_or(1, |again| again.attempts)
    }

    /// A span that `count` messages of `bytes` with their overhead hardly ever exceed together, in seconds.
    pub(super) fn reach_s(&self, bytes: u64, count: u32) -> f64 {
        let takes = self.bandwidth.takes(bytes.saturating_add(self.overhead.get())).as_secs_f64();
        let pause = self.retransmit.0.map_or(0.0, |again| again.after.as_secs_f64());
        let detour = self.reorder.0.map_or(0.0, |r| r.delay.as_secs_f64());
        f64::from(self.attempts()) * (f64::from(count) * takes + pause) + self.latency.reach_s() + detour
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a law has no span to draw, or a remedy no attempt.
    pub fn validate(&self) -> Result<()> {
        self.latency.validate().map_err(|e| e.key("latency"))?;
        if self.attempts() == 0 || self.retransmit.0.is_some_and(|again| again.attempts == 1) {
            return Err(Error::scenario("retransmission needs at least 2 attempts: the first one counts")
                .key("retransmit.attempts")
                .help("write retransmit: none, or for example { after: 200ms, attempts: 5 }"));
        }
        let hasty = |again: &Retransmit| again.after.get() < PAUSE && again.attempts > MOST_WITHOUT_PAUSE;
        if let Some(again) = self.retransmit.0.filter(hasty) {
            let message =
                format!("{} attempts {} apart may never let time go on", again.attempts, again.after);
            return Err(Error::scenario(message).key("retransmit").help(format!(
                "write at most {MOST_WITHOUT_PAUSE} attempts, or a pause of at least 1us between them, for example {{ after: 200ms, attempts: 5 }}"
            )));
        }
        Ok(())
    }
}
