//! The channel task: votes straight from binary symmetric channels, because that is what theory speaks about.
//!
//! Every round draws D true signs; every worker votes for them through a channel that flips each with
//! probability p. Nothing is learned and no parameter moves, so rounds are independent repetitions.

use rand::RngCore;

use crate::protocol::WorkerId;
use crate::random::{Purpose, Stream, Streams, biased_bits};
use crate::sign::{SignVector, words_for};
use crate::time::Round;

/// D coordinates behind channels of crossover p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    pub coordinates: usize,
    pub crossover: f64,
}

impl Channel {
    /// The true signs of a round: fair coins, the same for every worker.
    #[must_use]
    pub fn truth(&self, streams: Streams, round: Round) -> SignVector {
        let mut stream = streams.stream(Purpose::Truth, 0, round);
        let words = (0..words_for(self.coordinates)).map(|_| stream.next_u64()).collect();
        SignVector::from_words(self.coordinates, words)
    }

    /// The vote of an honest worker.
    #[must_use]
    pub fn vote(&self, streams: Streams, worker: WorkerId, round: Round) -> SignVector {
        let mut errors: Stream = streams.stream(Purpose::Channel, u64::from(worker.0), round);
        let flips = biased_bits(&mut errors, self.crossover, self.coordinates);
        self.truth(streams, round).flipped_where(&flips)
    }

    /// Share of coordinates on which `decision` is wrong; a held coordinate counts one half.
    #[must_use]
    pub fn error(&self, streams: Streams, round: Round, decision: &SignVector) -> f64 {
        let truth = self.truth(streams, round);
        let mut halves = 0;
        for (k, (t, d)) in truth.positive().iter().zip(decision.positive()).enumerate() {
            let voted = decision.voted_word(k);
            let held = truth.voted_word(k) & !voted;
            halves += u64::from(held.count_ones()) + 2 * u64::from(((t ^ d) & voted).count_ones());
        }
        halves as f64 / (2.0 * self.coordinates as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_coordinate_counts_one_half() {
        let channel = Channel { coordinates: 70, crossover: 0.2 };
        let streams = Streams::new(1);
        let truth = channel.truth(streams, Round(4));
        let mut signs = truth.to_signs();
        assert_eq!(channel.error(streams, Round(4), &truth), 0.0);
        signs[3] = -signs[3];
        signs[66] = 0;
        let error = channel.error(streams, Round(4), &SignVector::from_signs(&signs));
        assert!((error - 1.5 / 70.0).abs() < 1e-12, "{error}");
    }
}
