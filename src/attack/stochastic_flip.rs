//! Stochastic sign flip (SSFA): every sign negated with probability r, independently. In series with the worker's
//! own channel: q = r + p - 2 r p; r = 1/2 leaves pure noise. Source: Park & Lee, arXiv 2402.01340. Knows the
//! worker's own vote.

use super::{Attack, Scene};
use crate::random::biased_bits;
use crate::sign::SignVector;

/// The strategy with its flip probability r.
pub struct StochasticFlip {
    pub probability: f64,
}

impl Attack for StochasticFlip {
    fn vote(&mut self, mut scene: Scene<'_>) -> SignVector {
        let flips = biased_bits(&mut scene.stream, self.probability, scene.own_vote.coordinates());
        scene.own_vote.clone().flipped_where(&flips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::WorkerId;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    #[test]
    fn as_many_signs_flip_as_asked() {
        let own_vote = SignVector::from_signs(&vec![1; 100_000]);
        for (r, low, high) in [(0.0, 0, 0), (0.25, 24_300, 25_700), (1.0, 100_000, 100_000)] {
            let stream = Streams::new(5).stream(Purpose::Attack, 0, Round(0));
            let scene = Scene { round: Round(0), worker: WorkerId(0), own_vote: &own_vote, stream };
            let vote = StochasticFlip { probability: r }.vote(scene);
            let flipped = vote.to_signs().iter().filter(|s| **s < 0).count();
            assert!((low..=high).contains(&flipped), "{r}: {flipped}");
        }
    }
}
