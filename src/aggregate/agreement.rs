//! How often two parties said the same: a worker and the decision, or two workers.

use serde::{Deserialize, Serialize};

/// Agreements out of comparisons, both fading with a forgetting factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Agreement {
    pub agreed: f64,
    pub received: f64,
}

impl Agreement {
    /// The share of comparisons that agreed; 1/2 where nothing was compared.
    pub(crate) fn rate(self) -> f64 {
        if self.received > 0.0 { self.agreed / self.received } else { 0.5 }
    }

    /// The mean product of two signs, E\[y_i y_j\]: 1 where they always agree, 0 where they know nothing of each other.
    pub(crate) fn correlation(self) -> f64 {
        2.0 * self.rate() - 1.0
    }

    /// Lets what was counted fade, and adds what one round has shown.
    pub(crate) fn add(&mut self, now: Self, forgetting: f64) {
        self.agreed = self.agreed * forgetting + now.agreed;
        self.received = self.received * forgetting + now.received;
    }
}
