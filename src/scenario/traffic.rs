//! What a run sends, and how well that is known.

/// How well a number is known before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// To the last byte.
    Exactly,
    /// About: chance, or what votes say, has a part in it, or the dry run did not go to the end.
    Expected,
    /// No more than this, where it depends on how often everybody abstains from a coordinate, or the run may end early.
    AtMost,
    /// Not at all.
    Not,
}

/// What a run sends over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Openings of rounds and votes, each as often as it is sent: again after a loss, and as a copy that an attack or the
    /// network makes.
    pub messages: u64,
    /// Bytes from workers to the server, overhead included, whether they arrive or not.
    pub uplink_bytes: u64,
    /// Bytes from the server to workers, likewise.
    pub downlink_bytes: u64,
    /// How well these numbers are known.
    pub known: Certainty,
    /// Why nothing is known, in words.
    pub trouble: Option<String>,
}

impl Traffic {
    /// Nothing is known, and why.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        let trouble = Some(why.to_owned());
        Self { messages: 0, uplink_bytes: 0, downlink_bytes: 0, known: Certainty::Not, trouble }
    }
}
