//! The sketch of a task: few coordinates, gradients out of thin air, and messages that count as long as the real ones.
//!
//! What a run sends depends on who votes when and on the kind of its votes, hardly ever on what they say. So the same
//! server, workers, adversary and network at work on a sketch say what the run will cost, draw for draw, in a fraction of
//! its time.

use std::ops::Range;

use super::channel::Channel;
use crate::aggregate::local_vote;
use crate::protocol::{SharedVector, WorkerId, WorkerMemory};
use crate::quantize::{Draws, QuantizerSpec};
use crate::random::Streams;
use crate::time::Round;
use crate::vote::Vote;

/// What stands for a task whose votes have `coordinates` coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// Coordinates of a real vote, D.
    pub coordinates: usize,
    /// Where the signs of its few coordinates come from.
    pub channel: Channel,
    /// As many as the real task has; they cover the few coordinates in order.
    pub tensors: Vec<Range<usize>>,
    /// What makes votes of the invented gradients: the run's own.
    pub quantizer: QuantizerSpec,
    /// Every so many coordinates one gradient is zero for everybody, as that of a black pixel is; none where 0.
    pub silent_every: usize,
}

impl Sketch {
    /// The vote on these partitions, and the gradient behind it when it is to be `shown`.
    #[must_use]
    pub fn vote(
        &self,
        (streams, round): (Streams, Round),
        partitions: &[u32],
        memory: &mut WorkerMemory,
        shown: bool,
    ) -> (Vote, SharedVector) {
        let mut one = |partition: &u32| {
            let gradient = self.gradient(streams, WorkerId(*partition), round);
            let draws = Draws { streams, owner: u64::from(*partition), round };
            (self.quantizer.quantize(&gradient, &self.tensors, memory, draws), gradient)
        };
        let (mut votes, mut gradients): (Vec<Vote>, Vec<Vec<f32>>) = partitions.iter().map(&mut one).unzip();
        let gradient = gradients.swap_remove(0);
        let vote = if votes.len() == 1 {
            votes.swap_remove(0)
        } else {
            let signs = votes.iter().map(|vote| vote.signs().expect("a code is made of signs").clone());
            Vote::Signs(local_vote(&signs.collect::<Vec<_>>()))
        };
        (vote, shown.then(|| gradient.into()))
    }

    /// What a worker would vote for this gradient if it remembered nothing.
    #[must_use]
    pub fn vote_of(&self, gradient: &[f32], draws: Draws) -> Vote {
        self.quantizer.quantize(gradient, &self.tensors, &mut WorkerMemory::default(), draws)
    }

    fn gradient(&self, streams: Streams, worker: WorkerId, round: Round) -> Vec<f32> {
        let mut gradient = self.channel.vote(streams, worker, round).to_dense();
        for (n, g) in gradient.iter_mut().enumerate() {
            let silent = self.silent_every > 0 && n % self.silent_every == self.silent_every - 1;
            // Sizes of some variety, for quantisers that choose by size.
            *g *= if silent { 0.0 } else { 1.0 + (n * 37 % 11) as f32 };
        }
        gradient
    }
}
