//! The server's rules: whom it asks, when a round is over, what becomes of votes that come late.

use serde::{Deserialize, Serialize};

use crate::units::{Count, Span};

/// When a round is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Close {
    /// When everyone who was asked has voted.
    All {},
    /// When this many have voted.
    Quorum(Count),
    /// This long after it began, or when everyone who was asked has voted. A vote that arrives at that very instant counts.
    Deadline(Span),
    /// Whichever comes first; a vote that arrives at the very instant of the deadline counts.
    QuorumOrDeadline {
        /// Votes that are enough: an integer or an expression in M.
        quorum: Count,
        /// Simulated time from the round's opening.
        deadline: Span,
    },
    /// Asynchronous: a step after every so many votes, whichever round they are from; who has voted begins again at
    /// once with the newest model (Nguyen et al. 2022, arXiv 2106.06639).
    Buffer(Count),
}

impl Close {
    /// How many votes close a round early, out of the workers that are asked.
    ///
    /// # Errors
    /// When the expression has no value for this M.
    pub fn quorum(&self, workers: u32, asked: u32) -> Result<u32, String> {
        match self {
            Self::All {} | Self::Deadline(_) => Ok(asked),
            Self::Quorum(count) | Self::Buffer(count) | Self::QuorumOrDeadline { quorum: count, .. } => {
                count.evaluate(workers)
            }
        }
    }

    /// How long a round lasts at most.
    #[must_use]
    pub const fn deadline(&self) -> Option<Span> {
        match self {
            Self::All {} | Self::Quorum(_) | Self::Buffer(_) => None,
            Self::Deadline(span) | Self::QuorumOrDeadline { deadline: span, .. } => Some(*span),
        }
    }

    /// Whether workers go on by themselves instead of waiting for each other.
    #[must_use]
    pub const fn is_buffer(&self) -> bool {
        matches!(self, Self::Buffer(_))
    }
}

/// What becomes of a vote for a round that has closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LateVotes {
    /// It is dropped and booked as late.
    Drop {},
    /// It counts in the running round with weight (1 + s)^-exponent, s the rounds it is late (Xie et al. 2019, arXiv
    /// 1903.03934); what is more than `within` rounds late is dropped.
    Count {
        /// Of the weight (1 + s)^-exponent; 0 counts late votes in full.
        #[serde(default = "half")]
        exponent: f64,
        /// The most rounds that a vote may be late.
        #[serde(default = "ten")]
        within: u32,
    },
}

const fn half() -> f64 {
    0.5
}
const fn ten() -> u32 {
    10
}

impl LateVotes {
    /// The weight of a vote that is `age` rounds late; `None` drops it.
    #[must_use]
    pub fn weight(&self, age: u32) -> Option<f32> {
        match self {
            _ if age == 0 => Some(1.0),
            Self::Drop {} => None,
            Self::Count { within, .. } if age > *within => None,
            Self::Count { exponent, .. } => Some((1.0 + f64::from(age)).powf(-exponent) as f32),
        }
    }
}

/// What tells the server which model a worker holds, and so which steps to send it with the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledge {
    /// The transport below: what has been delivered is known to be, at once and for no bytes, as with TCP. A worker that is
    /// silent, or whose vote is lost, is sent the steps since the last opening that reached it.
    Transport,
    /// Its votes alone, as over datagrams: it is sent the steps since the last round that it has voted for, and all
    /// parameters once these are shorter.
    Vote,
}

/// Whom the server asks in a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Participants {
    /// Everyone, in every round.
    All {},
    /// This many, drawn anew every round.
    Sample(Count),
}

impl Participants {
    /// How many are asked, out of M.
    ///
    /// # Errors
    /// When the expression has no value for this M, or is not a number from 1 to M.
    pub fn asked(&self, workers: u32) -> Result<u32, String> {
        match self {
            Self::All {} => Ok(workers),
            Self::Sample(count) => match count.evaluate(workers)? {
                k if (1..=workers).contains(&k) => Ok(k),
                k => Err(format!("{k} participants out of {workers} workers")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_votes_weigh_less_and_less() {
        let late = LateVotes::Count { exponent: 0.5, within: 3 };
        assert_eq!([0, 3, 4].map(|age| late.weight(age)), [Some(1.0), Some(0.5), None]);
        assert_eq!([0, 1].map(|age| LateVotes::Drop {}.weight(age)), [Some(1.0), None]);
    }
}
