//! The words of a round, one after the other: scores, decision, and who agreed with it.
//!
//! One pass over votes and counts: the weights of 64 coordinates are looked up, scored and corrected while they lie in the
//! nearest cache.

use pulp::{Simd, WithSimd};

use super::{FederatedDefense, Gain, Tally, Weights};
use crate::aggregate::Voter;
use crate::aggregate::majority::pack;
use crate::aggregate::options::{Abstentions, Granularity, LastLayer, Reference};
use crate::aggregate::weighted::{Rough, Scores, add_one_weight, add_weighted, signed};
use crate::random::Coins;
use crate::sign::{SignVector, valid_bits, words_for};

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
    pub decision: SignVector,
    pub gains: Vec<Gain>,
}

impl WithSimd for Decoding<'_> {
    type Output = Decoded;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Decoded {
        let Self { server, voters, weights, coins, watched } = self;
        let nothing = Gain { layers: vec![Tally::default(); server.layers.len()], weight_sum: 0.0 };
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
        let leave_one_out = server.options.reference == Reference::LeaveOneOut;
        let one_each = same.iter().copied().collect::<Option<Vec<f32>>>().filter(|_| !leave_one_out);
        let rough = one_each.and_then(|weights| {
            let votes = weights.into_iter().zip(voters).map(|(weight, voter)| (weight, voter.signs));
            Rough::of(votes, server.options.tie_tolerance)
        });
        let mut block: Vec<[f32; 64]> = same.iter().map(|w| [w.unwrap_or(0.0); 64]).collect();
        let zeros_agree = server.options.abstentions == Abstentions::AsVotes;
        let by_layer = server.options.granularity != Granularity::Coordinate;
        // A vote at a time, by population counts: where nothing has to be remembered of single coordinates.
        let learns_later =
            by_layer && !leave_one_out && !(zeros_agree && voters.iter().any(|v| v.signs.voted().is_some()));
        for k in 0..words {
            let valid = valid_bits(server.coordinates, k);
            let width = (server.coordinates - 64 * k).min(64);
            let mut scores = Scores([0.0; 64]);
            let decision = if let Some(wins) = rough.as_ref().and_then(|rough| rough.wins(k, valid)) {
                (wins, valid)
            } else {
                for (v, Voter { worker, signs, weight, .. }) in voters.iter().enumerate() {
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
                server.signs(k, &scores, coins)
            };
            positive.push(decision.0);
            voted.push(decision.1);
            if learns_later && !watched {
                continue;
            }
            for (v, Voter { worker, signs: vote, .. }) in voters.iter().enumerate().filter(|(_, v)| v.latest)
            {
                if watched {
                    gains[v].weight_sum += block[v][..width].iter().map(|w| f64::from(*w)).sum::<f64>();
                }
                if learns_later {
                    continue;
                }
                let (signs, counts) = (vote.positive()[k], vote.voted_word(k));
                let reference = if leave_one_out {
                    let mut others = scores.clone();
                    for (i, score) in others.0[..width].iter_mut().enumerate() {
                        *score -= signed(block[v][i], signs >> i, counts >> i);
                    }
                    server.signs(k, &others, coins)
                } else {
                    decision
                };
                let (agreed, compared) = server.compare(vote, k, reference);
                gains[v].count(&server.segments[k], agreed, compared);
                if let Some(counts) = &mut server.memories[*worker].counts {
                    counts.count(k, agreed, compared, valid);
                }
            }
        }
        let decision = pack(server.coordinates, positive, voted);
        if learns_later {
            for (gain, voter) in gains.iter_mut().zip(voters).filter(|(_, voter)| voter.latest) {
                gain.layers = server.compare_all(voter.signs, &decision);
            }
        }
        Decoded { decision, gains }
    }
}
