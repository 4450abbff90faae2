//! The channel task: votes straight from binary symmetric channels, because that is what theory speaks about.
//!
//! Every round draws D true signs; every worker votes for them through a channel that flips each with
//! probability p. Nothing is learned and no parameter moves, so rounds are independent repetitions.

use rand::RngCore;

use crate::interrupt;
use crate::protocol::WorkerId;
use crate::random::{Purpose, Stream, Streams, draw_biased_bits};
use crate::sign::{Plane, SignVector, words_for};
use crate::time::Round;

/// D coordinates behind channels of crossover p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// D, the number of signs in a vote.
    pub coordinates: usize,
    /// p, the probability that an honest sign is wrong, in [0, 1].
    pub crossover: f64,
}

impl Channel {
    /// The true signs of a round: fair coins, the same for every worker.
    #[must_use]
    pub fn truth(&self, streams: Streams, round: Round) -> SignVector {
        let mut stream = streams.stream(Purpose::Truth, 0, round);
        let mut words = Plane::zeros(words_for(self.coordinates));
        for piece in words.chunks_mut(interrupt::PIECE).take_while(|_| !interrupt::asked()) {
            piece.fill_with(|| stream.next_u64());
        }
        SignVector::from_plane(self.coordinates, words)
    }

    /// The vote of an honest worker.
    #[must_use]
    pub fn vote(&self, streams: Streams, worker: WorkerId, round: Round) -> SignVector {
        self.vote_about(&self.truth(streams, round), streams, worker, round)
    }

    /// [`Channel::vote`] where the true signs of the round, D of them, are known.
    #[must_use]
    pub fn vote_about(
        &self,
        truth: &SignVector,
        streams: Streams,
        worker: WorkerId,
        round: Round,
    ) -> SignVector {
        let mut errors: Stream = streams.stream(Purpose::Channel, u64::from(worker.0), round);
        let mut words = Plane::zeros(words_for(self.coordinates));
        draw_biased_bits(&mut errors, self.crossover, self.coordinates, &mut words);
        words.iter_mut().zip(truth.positive()).for_each(|(flips, positive)| *flips ^= positive);
        SignVector::from_plane(self.coordinates, words)
    }
}

/// The true signs of the round that a thread is busy with: they are the same for all workers, and where there are few of them
/// they take as long as a vote.
#[derive(Default)]
pub(super) struct KnownTruth(Option<(Streams, Round, SignVector)>);

impl KnownTruth {
    /// The true signs of a round.
    pub(super) fn of(&mut self, channel: &Channel, streams: Streams, round: Round) -> &SignVector {
        let known = self
            .0
            .take()
            .filter(|(s, r, truth)| (*s, *r, truth.coordinates()) == (streams, round, channel.coordinates));
        let (.., truth) =
            self.0.insert(known.unwrap_or_else(|| (streams, round, channel.truth(streams, round))));
        truth
    }
}
