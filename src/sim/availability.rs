//! Who is there: a worker that is away hears nothing of a round and does not vote in it.

use serde::{Deserialize, Serialize};

use super::network::happens;
use crate::protocol::WorkerId;
use crate::random::{Purpose, Streams};
use crate::time::Round;
use crate::units::Probability;

/// Who is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// Probability that a worker misses a whole round, drawn anew for every worker and round.
    #[serde(default = "never")]
    pub drop_out: Probability,
}

const fn never() -> Probability {
    Probability::ZERO
}

impl Availability {
    /// Everyone is always there.
    #[must_use]
    pub const fn always() -> Self {
        Self { drop_out: never() }
    }

    /// Whether anybody may miss a round.
    #[must_use]
    pub fn may_be_away(&self) -> bool {
        self.drop_out.get() > 0.0
    }

    /// Whether this worker misses this round.
    #[must_use]
    pub fn is_away(&self, streams: Streams, worker: WorkerId, round: Round) -> bool {
        happens(self.drop_out, &mut streams.stream(Purpose::Availability, u64::from(worker.0), round))
    }
}
