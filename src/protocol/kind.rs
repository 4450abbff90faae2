//! What an event is about without what it carries: all that remains of it for an observer once its actor has taken it.

use super::{Alarm, ComputationResult, Event, Message};
use crate::time::Round;

/// The kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The run begins; the server alone is told.
    Start,
    /// A message by its [`Message::word`].
    Arrived {
        /// Its word, `begin` or `vote` for example.
        message: &'static str,
        /// The round that the message is about, from zero.
        round: Round,
    },
    /// A vote was computed.
    Vote,
    /// A part of the full gradient was computed.
    GradientSum,
    /// The worker left in the middle of its computation.
    Interrupted,
    /// The time that the actor asked to be woken at has come; says why, and for which round.
    Woken(Alarm),
}

impl Event {
    /// What kind of event it is.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Start => EventKind::Start,
            Self::Arrived(message) => EventKind::Arrived { message: message.word(), round: message.round() },
            Self::Computed(ComputationResult::Vote { .. }) => EventKind::Vote,
            Self::Computed(ComputationResult::GradientSum(_)) => EventKind::GradientSum,
            Self::Interrupted => EventKind::Interrupted,
            Self::Woken(alarm) => EventKind::Woken(*alarm),
        }
    }

    /// Whether a vote arrives.
    #[must_use]
    pub const fn is_vote(&self) -> bool {
        matches!(self, Self::Arrived(Message::Vote { .. }))
    }
}

impl EventKind {
    /// The kind in a word or two.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Arrived { message, .. } => message,
            Self::Vote => "computed",
            Self::GradientSum => "gradient sum",
            Self::Interrupted => "interrupted",
            Self::Woken(_) => "woken",
        }
    }

    /// The round that the event speaks of, where it names one.
    #[must_use]
    pub const fn round(self) -> Option<Round> {
        match self {
            Self::Arrived { round, .. } => Some(round),
            Self::Woken(alarm) => Some(alarm.round()),
            Self::Start | Self::Vote | Self::GradientSum | Self::Interrupted => None,
        }
    }
}
