//! What a run costs in messages and bytes, and where every vote went.

use crate::protocol::{Message, Node};
use crate::wire::encoded_len;

/// Sums over everything that crossed the network, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Bytes sent from workers to the server, whether they arrived or not.
    pub uplink_bytes: u64,
    /// Bytes sent from the server to workers, whether they arrived or not.
    pub downlink_bytes: u64,
    /// Bytes of lost messages, late votes and refused ones.
    pub wasted_bytes: u64,
    pub votes_sent: u64,
    pub votes_in: u64,
    pub votes_lost: u64,
    pub votes_late: u64,
    pub votes_refused: u64,
    /// Messages of any kind that never arrived.
    pub messages_lost: u64,
}

impl Ledger {
    /// Bytes of messages that arrived and counted.
    #[must_use]
    pub const fn useful_bytes(&self) -> u64 {
        self.uplink_bytes + self.downlink_bytes - self.wasted_bytes
    }
}

impl Ledger {
    /// Books a message at the moment it is sent.
    pub fn sent(&mut self, to: Node, message: &Message, coordinates: usize, arrives: bool) {
        let bytes = encoded_len(message, coordinates);
        match to {
            Node::Server => self.uplink_bytes += bytes,
            Node::Worker(_) | Node::Adversary => self.downlink_bytes += bytes,
        }
        let lost = u64::from(!arrives);
        self.messages_lost += lost;
        self.wasted_bytes += bytes * lost;
        if let Message::Vote { .. } = message {
            self.votes_sent += 1;
            self.votes_lost += lost;
        }
    }

    /// Books a second vote of a worker in a round.
    pub fn refused(&mut self, message: &Message, coordinates: usize) {
        self.votes_refused += 1;
        self.wasted_bytes += encoded_len(message, coordinates);
    }

    /// Books a vote that came too late to count.
    pub fn late(&mut self, message: &Message, coordinates: usize) {
        self.votes_late += 1;
        self.wasted_bytes += encoded_len(message, coordinates);
    }
}
