//! The words of a round, one after the other: scores, decision, and who agreed with it.
//!
//! One pass over votes and counts: the weights of 64 coordinates are looked up, scored and corrected while they lie in the
//! nearest cache.

use pulp::{Simd, WithSimd};

use super::{FederatedDefense, Gain, Tally, Weights};
use crate::aggregate::Voter;
use crate::aggregate::options::{LastLayer, Reference};
use crate::aggregate::weighted::{Scores, add_one_weight, add_weighted, add_weights, signed};
use crate::random::Coins;
use crate::sign::{valid_bits, words_for};

/// Votes of one weight each that are scored in one go.
const TOGETHER: usize = 5;

/// One round's votes.
pub struct Decoding<'a> {
    pub server: &'a mut FederatedDefense,
    pub voters: &'a [Voter<'a>],
    /// By voter.
    pub weights: Vec<Weights>,
    pub coins: &'a mut Coins,
    pub watched: bool,
}

/// The decision, and what every voter has shown by it.
pub struct Decoded {
    pub positive: Vec<u64>,
    pub voted: Vec<u64>,
    pub gains: Vec<Gain>,
}

impl WithSimd for Decoding<'_> {
    type Output = Decoded;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Decoded {
        let Self { server, voters, weights, coins, watched } = self;
        let nothing = Gain { layers: vec![Tally::default(); server.layers], weight_sum: 0.0 };
        let mut gains = vec![nothing; voters.len()];
        let words = words_for(server.coordinates);
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        // Most weights of most rounds are one a worker: those are written once.
        let same = |v: usize| match weights[v] {
            Weights::Same(w) if server.options.last_layer == LastLayer::Weighted => {
                Some(w * voters[v].weight)
            }
            _ => None,
        };
        let same: Vec<Option<f32>> = (0..voters.len()).map(same).collect();
        let plain = same.iter().all(Option::is_some) && voters.iter().all(|v| v.signs.voted().is_none());
        let mut block: Vec<[f32; 64]> = same.iter().map(|w| [w.unwrap_or(0.0); 64]).collect();
        for k in 0..words {
            let width = (server.coordinates - 64 * k).min(64);
            let mut scores = Scores([0.0; 64]);
            let mut scored = 0;
            if plain {
                for (votes, weights) in voters.chunks_exact(TOGETHER).zip(same.chunks_exact(TOGETHER)) {
                    let weights = std::array::from_fn(|j| weights[j].expect("one weight a worker"));
                    let positive = std::array::from_fn(|j| votes[j].signs.positive()[k]);
                    add_weights::<TOGETHER>(&mut scores, weights, positive);
                    scored += TOGETHER;
                }
            }
            for (v, Voter { worker, signs, weight, .. }) in voters.iter().enumerate().skip(scored) {
                let (positive, voted) = (signs.positive()[k], signs.voted_word(k));
                if let Some(weight) = same[v] {
                    add_one_weight(&mut scores, weight, positive, voted);
                    continue;
                }
                server.write(*worker, k, &weights[v], &mut block[v][..width]);
                if *weight != 1.0 {
                    block[v][..width].iter_mut().for_each(|w| *w *= weight);
                }
                add_weighted(&mut scores, &block[v], positive, voted);
            }
            let decision = server.signs(k, &scores, coins);
            positive.push(decision.0);
            voted.push(decision.1);
            for (v, Voter { worker, signs: vote, .. }) in voters.iter().enumerate().filter(|(_, v)| v.latest)
            {
                let (signs, counts) = (vote.positive()[k], vote.voted_word(k));
                let reference = match server.options.reference {
                    Reference::Decision => decision,
                    Reference::LeaveOneOut => {
                        let mut others = scores.clone();
                        for (i, score) in others.0[..width].iter_mut().enumerate() {
                            *score -= signed(block[v][i], signs >> i, counts >> i);
                        }
                        server.signs(k, &others, coins)
                    }
                };
                let (agreed, compared) = server.compare(vote, k, reference);
                for segment in &server.segments[k] {
                    let tally = &mut gains[v].layers[segment.layer];
                    tally.agreed += f64::from((agreed & segment.bits).count_ones());
                    tally.received += f64::from((compared & segment.bits).count_ones());
                }
                if let Some(counts) = &mut server.memories[*worker].counts {
                    counts.count(k, agreed, compared, valid_bits(server.coordinates, k));
                }
                if watched {
                    gains[v].weight_sum += block[v][..width].iter().map(|w| f64::from(*w)).sum::<f64>();
                }
            }
        }
        Decoded { positive, voted, gains }
    }
}
