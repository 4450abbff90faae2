//! What a run costs in messages and bytes, and where every vote went.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::protocol::{Message, Node};

/// Sums over everything that crossed the network, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Bytes sent from workers to the server with their overhead, whether they arrived or not.
    pub uplink_bytes: u64,
    /// Bytes sent from the server to workers with their overhead, whether they arrived or not.
    pub downlink_bytes: u64,
    /// Bytes of lost messages, late votes and refused ones.
    pub wasted_bytes: u64,
    /// Votes that were cast; one whose worker is away when its link would send it costs no bytes and is lost.
    pub votes_sent: u64,
    /// Votes that counted in a round.
    pub votes_in: u64,
    /// Votes that never arrived.
    pub votes_lost: u64,
    /// Votes that came after their round had closed and did not count.
    pub votes_late: u64,
    /// Second votes of a worker in a round, such as copies.
    pub votes_refused: u64,
    /// Messages of any kind that never arrived, however often they were sent.
    pub messages_lost: u64,
    /// Transmissions after the first of a message.
    pub retransmissions: u64,
    /// Copies that the network made.
    pub duplicates: u64,
}

impl Ledger {
    /// Bytes of messages that arrived and counted.
    #[must_use]
    pub const fn useful_bytes(&self) -> u64 {
        self.uplink_bytes.saturating_add(self.downlink_bytes).saturating_sub(self.wasted_bytes)
    }
}

/// What becomes of a transmission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    Arrives,
    /// Lost; the message is sent again.
    Repeated,
    /// Lost for good.
    Lost,
}

impl Ledger {
    /// Books a transmission of `bytes`, overhead included: the first of its message, or a repetition.
    pub fn sent(&mut self, to: Node, message: &Message, bytes: u64, first: bool, outcome: SendOutcome) {
        self.spent(to, bytes);
        if outcome != SendOutcome::Arrives {
            self.wasted_bytes = self.wasted_bytes.saturating_add(bytes);
        }
        self.retransmissions += u64::from(!first);
        let lost = u64::from(outcome == SendOutcome::Lost);
        self.messages_lost += lost;
        if let Message::Vote { .. } = message {
            self.votes_sent += u64::from(first);
            self.votes_lost += lost;
        }
    }

    /// Books a message that is not sent, since its worker is away: no bytes, and a vote among the lost ones.
    pub fn unsent(&mut self, message: &Message, first: bool) {
        self.messages_lost += 1;
        if let Message::Vote { .. } = message {
            self.votes_sent += u64::from(first);
            self.votes_lost += 1;
        }
    }

    /// Books the copy that the network makes of a message. The copy of a vote is a vote, which the server refuses; that
    /// of an opening tells its worker nothing.
    pub fn copied(&mut self, to: Node, message: &Message, bytes: u64) {
        self.spent(to, bytes);
        self.duplicates += 1;
        match message {
            Message::Vote { .. } => self.votes_sent += 1,
            _ => self.wasted_bytes = self.wasted_bytes.saturating_add(bytes),
        }
    }

    /// # Errors
    /// A run error when a sum of bytes has reached the end of its counter: retransmissions without end.
    pub fn check(&self) -> Result<()> {
        if self.uplink_bytes < u64::MAX && self.downlink_bytes < u64::MAX {
            return Ok(());
        }
        Err(Error::run("the bytes that were sent no longer fit 64 bits")
            .help("lower the overhead of links, or the attempts of retransmission"))
    }

    fn spent(&mut self, to: Node, bytes: u64) {
        match to {
            Node::Server => self.uplink_bytes = self.uplink_bytes.saturating_add(bytes),
            Node::Worker(_) | Node::Adversary => {
                self.downlink_bytes = self.downlink_bytes.saturating_add(bytes);
            }
        }
    }

    /// Books a second vote of a worker in a round.
    pub const fn refused(&mut self, bytes: u64) {
        self.votes_refused += 1;
        self.wasted_bytes = self.wasted_bytes.saturating_add(bytes);
    }

    /// Books a vote that came too late to count.
    pub const fn late(&mut self, bytes: u64) {
        self.votes_late += 1;
        self.wasted_bytes = self.wasted_bytes.saturating_add(bytes);
    }
}
