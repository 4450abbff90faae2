//! The words of a round, one after the other: scores, decision, and who agreed with it.
//!
//! One pass over votes and counts: the weights of 64 coordinates are looked up, scored and corrected while they lie in the
//! nearest cache.

use pulp::{Simd, WithSimd};

use super::learned::{Gain, Learned, Weights};
use crate::aggregate::Voter;
use crate::aggregate::agreement::Agreement;
use crate::aggregate::options::{Abstentions, Granularity, LastLayer, Reference};
use crate::aggregate::weighted::{RoundingFilter, Scores, add_one_weight, add_weighted, signed};
use crate::interrupt;
use crate::random::Coins;
use crate::sign::{SignVector, valid_bits, words_for};

/// One round's votes.
pub(crate) struct Decoding<'a> {
    pub learned: &'a mut Learned,
    pub voters: &'a [Voter<'a>],
    /// By voter.
    pub weights: Vec<Weights>,
    pub coins: &'a mut Coins,
    pub watched: bool,
}

/// The decision, and what every voter has shown by it.
pub(crate) struct DecodedVotes {
    pub decision: SignVector,
    pub gains: Vec<Gain>,
}

/// How the round's votes are taken.
struct DecodingInput<'a> {
    /// By voter: the weight of all its coordinates, if it is one.
    same: Vec<Option<f32>>,
    /// Tells most words at a glance, where every voter has one weight.
    rough: Option<RoundingFilter<'a>>,
    leave_one_out: bool,
    /// Agreements are counted a vote at a time, by population counts: nothing has to be remembered of single coordinates.
    learns_later: bool,
}

impl<'a> DecodingInput<'a> {
    fn of(decoding: &Decoding<'a>) -> Self {
        let Decoding { learned, voters, weights, .. } = decoding;
        let options = &learned.options;
        let same = weights.iter().zip(*voters).map(|(weights, voter)| match weights {
            Weights::Same(w) if options.last_layer == LastLayer::Weighted => Some(w * voter.weight),
            _ => None,
        });
        let same: Vec<Option<f32>> = same.collect();
        let leave_one_out = options.reference == Reference::LeaveOneOut;
        let one_each = same.iter().copied().collect::<Option<Vec<f32>>>().filter(|_| !leave_one_out);
        let rough = one_each.and_then(|weights| {
            let votes = weights.into_iter().zip(*voters).map(|(weight, voter)| (weight, voter.signs));
            RoundingFilter::of(votes, options.tie_tolerance)
        });
        let zeros_agree = options.abstentions == Abstentions::AsVotes;
        let learns_later = options.granularity != Granularity::Coordinate
            && !leave_one_out
            && !(zeros_agree && voters.iter().any(|v| v.signs.voted().is_some()));
        Self { same, rough, leave_one_out, learns_later }
    }
}

/// A word of the decision as planes of signs and of votes.
type SignWord = (u64, u64);

impl WithSimd for Decoding<'_> {
    type Output = DecodedVotes;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> DecodedVotes {
        let ways = DecodingInput::of(&self);
        let coordinates = self.learned.coordinates;
        let nothing = Gain { layers: vec![Agreement::default(); self.learned.layers.len()], weight_sum: 0.0 };
        let mut gains = vec![nothing; self.voters.len()];
        let words = words_for(coordinates);
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        // Most weights of most rounds are one a worker: those are written once.
        let mut block: Vec<[f32; 64]> = ways.same.iter().map(|w| [w.unwrap_or(0.0); 64]).collect();
        for k in 0..words {
            if interrupt::asked_at(k) {
                // Nobody looks at what comes of it.
                positive.resize(words, 0);
                voted.resize(words, 0);
                break;
            }
            let valid = valid_bits(coordinates, k);
            let mut scores = Scores([0.0; 64]);
            let decision = match ways.rough.as_ref().and_then(|rough| rough.wins(k, valid)) {
                Some(wins) => (wins, valid),
                None => self.decide(&ways, k, &mut block, &mut scores),
            };
            positive.push(decision.0);
            voted.push(decision.1);
            if self.watched {
                let width = self.width(k);
                let asked = gains.iter_mut().zip(&block).zip(self.voters).filter(|(_, voter)| voter.latest);
                for ((gain, weights), _) in asked {
                    gain.weight_sum += weights[..width].iter().map(|w| f64::from(*w)).sum::<f64>();
                }
            }
            if !ways.learns_later {
                self.learn(&ways, k, (&block, &scores, decision), &mut gains);
            }
        }
        let decision = SignVector::from_decision(coordinates, positive, voted);
        if ways.learns_later {
            for (gain, voter) in gains.iter_mut().zip(self.voters).filter(|(_, voter)| voter.latest) {
                gain.layers = self.learned.compare_all(voter.signs, &decision);
            }
        }
        DecodedVotes { decision, gains }
    }
}

impl Decoding<'_> {
    /// Coordinates of word `k`.
    fn width(&self, k: usize) -> usize {
        (self.learned.coordinates - 64 * k).min(64)
    }

    /// Scores the coordinates of word `k` with the voters' weights, which are left in `block`.
    #[inline(always)]
    fn decide(
        &mut self,
        ways: &DecodingInput,
        k: usize,
        block: &mut [[f32; 64]],
        scores: &mut Scores<f64>,
    ) -> SignWord {
        let width = self.width(k);
        for (v, Voter { worker, signs, weight, .. }) in self.voters.iter().enumerate() {
            let (positive, voted) = (signs.positive()[k], signs.voted_word(k));
            if let Some(weight) = ways.same[v] {
                add_one_weight(scores, weight, positive, voted);
                continue;
            }
            self.learned.write(*worker, k, &self.weights[v], &mut block[v][..width]);
            if *weight != 1.0 {
                block[v][..width].iter_mut().for_each(|w| *w *= weight);
            }
            add_weighted(scores, &block[v], positive, voted);
        }
        self.learned.signs(k, scores, self.coins)
    }

    /// Counts who agreed with what word `k` became, or with what it would have become without them.
    #[inline(always)]
    fn learn(
        &mut self,
        ways: &DecodingInput,
        k: usize,
        (block, scores, decision): (&[[f32; 64]], &Scores<f64>, SignWord),
        gains: &mut [Gain],
    ) {
        let valid = valid_bits(self.learned.coordinates, k);
        let width = self.width(k);
        for (v, Voter { worker, signs: vote, .. }) in self.voters.iter().enumerate().filter(|(_, v)| v.latest)
        {
            let reference = if ways.leave_one_out {
                let (signs, counts) = (vote.positive()[k], vote.voted_word(k));
                let mut others = scores.clone();
                for (i, score) in others.0[..width].iter_mut().enumerate() {
                    *score -= signed(block[v][i], signs >> i, counts >> i);
                }
                self.learned.signs(k, &others, self.coins)
            } else {
                decision
            };
            let (agreed, compared) = self.learned.compare(vote, k, reference);
            gains[v].count(&self.learned.segments[k], agreed, compared);
            if let Some(counts) = &mut self.learned.memories[*worker].counts {
                counts.count(k, agreed, compared, valid);
            }
        }
    }
}
