//! The words of a round, one after the other: scores, decision, and who agreed with it.
//!
//! One pass over votes and counts: the weights of 64 coordinates are looked up, scored and corrected while they lie in the
//! nearest cache. Words know nothing of each other, so the round is cut into parts of neighbouring words, which threads that
//! stand idle help with; sums over all words are taken in their order, whoever did them.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::learned::{Gain, Learned, Terms, Weights, WorkerRecord};
use crate::aggregate::Voter;
use crate::aggregate::agreement::Agreement;
use crate::aggregate::counts::{AgreementCounts, CountsPart, Differing, Registers};
use crate::aggregate::options::{Abstentions, Granularity, LastLayer, Reference};
use crate::aggregate::weighted::{
    RoundingFilter, Scores, add_one_weight, add_weighted, add_weighted_roughly, certain, error_bound, signed,
};
use crate::helpers::Helpers;
use crate::interrupt;
use crate::random::Coins;
use crate::sign::{SignVector, valid_bits, words_for};
use crate::simd;

/// Words of a part: 32,768 coordinates, half a millisecond of fifteen votes with a weight for each.
const PART: usize = 512;

/// Words times votes that are not worth waking a thread.
const SMALL: usize = 1 << 12;

/// One round's votes.
pub(crate) struct Decoding<'a> {
    pub learned: &'a mut Learned,
    pub voters: &'a [Voter<'a>],
    /// By voter.
    pub weights: &'a [Weights],
    pub coins: &'a Coins,
    pub watched: bool,
}

/// The decision, and what every voter has shown by it.
pub(crate) struct DecodedVotes {
    pub decision: SignVector,
    pub gains: Vec<Gain>,
}

impl Decoding<'_> {
    /// Decides all words, and learns from them.
    pub(crate) fn decode(self, helpers: &Helpers) -> DecodedVotes {
        let Self { learned: Learned { terms, memories }, voters, weights, coins, watched } = self;
        let ways = DecodingInput::of(terms, voters, weights);
        let words = words_for(terms.coordinates);
        let cut = if words * voters.len() < SMALL { 1 } else { words.div_ceil(PART) };
        let lent = helpers.lend(cut.saturating_sub(1));
        let len = if lent.threads() == 0 { words.max(1) } else { PART };
        let round = RoundVotes { terms, voters, weights, ways: &ways, coins, watched };
        let parts: Vec<Part> = parts(memories, voters, words, len);
        let done = lent.map(parts, |part| simd::dispatch(PartDecoding { round, part }));
        round.together(done, memories, len)
    }
}

/// Cuts a round into parts of `len` words, with the counts of those who vote.
fn parts<'a>(memories: &'a mut [WorkerRecord], voters: &[Voter], words: usize, len: usize) -> Vec<Part<'a>> {
    let part = |first: usize| Part { words: first..words.min(first + len), counts: Vec::new() };
    let mut parts: Vec<Part> = (0..words).step_by(len).map(part).collect();
    for counts in counted(memories, voters) {
        for (part, counts) in parts.iter_mut().zip(counts.parts(64 * len)) {
            part.counts.push(counts);
        }
    }
    parts
}

/// The counts of those whose votes are compared, by worker.
fn counted<'a>(
    memories: &'a mut [WorkerRecord],
    voters: &[Voter],
) -> impl Iterator<Item = &'a mut AgreementCounts> {
    let mut latest = voters.iter().filter(|voter| voter.latest).map(|voter| voter.worker).peekable();
    let mut votes = move |m: usize| latest.next_if_eq(&m).is_some();
    memories
        .iter_mut()
        .enumerate()
        .filter(move |(m, _)| votes(*m))
        .filter_map(|(_, memory)| memory.counts.as_mut())
}

/// How the round's votes are taken.
struct DecodingInput<'a> {
    /// By voter: the weight of all its coordinates, if it is one.
    same: Vec<Option<f32>>,
    /// By voter: its place among those who have counts.
    slots: Vec<usize>,
    /// Tells most words at a glance, where every voter has one weight.
    rough: Option<RoundingFilter<'a>>,
    /// Scores in single precision that are further than this from zero have the right sign.
    error_bound: Option<f32>,
    leave_one_out: bool,
    /// Agreements are counted a vote at a time, by population counts: nothing has to be remembered of single coordinates.
    learns_later: bool,
}

impl<'a> DecodingInput<'a> {
    fn of(terms: &Terms, voters: &[Voter<'a>], weights: &[Weights]) -> Self {
        let options = &terms.options;
        let same = weights.iter().zip(voters).map(|(weights, voter)| match weights {
            Weights::Same(w) if options.last_layer == LastLayer::Weighted => Some(w * voter.weight),
            _ => None,
        });
        let same: Vec<Option<f32>> = same.collect();
        let leave_one_out = options.reference == Reference::LeaveOneOut;
        let one_each = same.iter().copied().collect::<Option<Vec<f32>>>().filter(|_| !leave_one_out);
        let rough = one_each.and_then(|weights| {
            let votes = weights.into_iter().zip(voters).map(|(weight, voter)| (weight, voter.signs));
            RoundingFilter::of(votes, options.tie_tolerance)
        });
        let zeros_agree = options.abstentions == Abstentions::AsVotes;
        let learns_later = options.granularity != Granularity::Coordinate
            && !leave_one_out
            && !(zeros_agree && voters.iter().any(|v| v.signs.voted().is_some()));
        // No weight is larger than the clip, but for those of a layer that a plain majority decides.
        let largest = options.max_llr.max(1.0);
        let sizes = voters.iter().map(|voter| largest * f64::from(voter.weight.abs()));
        let error_bound = error_bound(sizes, options.tie_tolerance).filter(|_| !leave_one_out);
        let slots = voters.iter().scan(0, |next, voter| {
            let slot = *next;
            *next += usize::from(voter.latest);
            Some(slot)
        });
        Self { same, slots: slots.collect(), rough, error_bound, leave_one_out, learns_later }
    }
}

/// A word of the decision as planes of signs and of votes.
type SignWord = (u64, u64);

/// What all parts of a round look at.
#[derive(Clone, Copy)]
struct RoundVotes<'a> {
    terms: &'a Terms,
    voters: &'a [Voter<'a>],
    weights: &'a [Weights],
    ways: &'a DecodingInput<'a>,
    coins: &'a Coins,
    watched: bool,
}

/// Neighbouring words, and what is remembered of them by who votes.
struct Part<'a> {
    words: Range<usize>,
    counts: Vec<CountsPart<'a>>,
}

/// What a part has come to.
struct PartDecoded {
    positive: Vec<u64>,
    voted: Vec<u64>,
    /// By voter.
    gains: Vec<Gain>,
    /// By word, then by voter: the sum of its weights, where the round is watched; of the first part they are in the gains.
    weight_sums: Vec<f64>,
    found: Vec<Differing>,
}

impl RoundVotes<'_> {
    /// Puts the parts together.
    fn together(&self, parts: Vec<PartDecoded>, memories: &mut [WorkerRecord], len: usize) -> DecodedVotes {
        let Self { terms, voters, ways, .. } = self;
        let (mut positive, mut voted) = (Vec::new(), Vec::new());
        let mut gains = vec![no_gain(terms); voters.len()];
        let mut found: Vec<Vec<Differing>> = Vec::new();
        for part in parts {
            if positive.is_empty() {
                (positive, voted) = (part.positive, part.voted);
            } else {
                positive.extend(part.positive);
                voted.extend(part.voted);
            }
            gains.iter_mut().zip(&part.gains).for_each(|(gain, more)| gain.add(more));
            for sums in part.weight_sums.chunks_exact(voters.len()) {
                gains.iter_mut().zip(sums).for_each(|(gain, sum)| gain.weight_sum += sum);
            }
            found.resize_with(part.found.len(), Vec::new);
            found.iter_mut().zip(part.found).for_each(|(worker, found)| worker.push(found));
        }
        for (counts, found) in counted(memories, voters).zip(found) {
            counts.close(found, 64 * len);
        }
        let decision = SignVector::from_decision(terms.coordinates, positive, voted);
        if ways.learns_later {
            for (gain, voter) in gains.iter_mut().zip(*voters).filter(|(_, voter)| voter.latest) {
                gain.layers = terms.compare_all(voter.signs, &decision);
            }
        }
        DecodedVotes { decision, gains }
    }
}

fn no_gain(terms: &Terms) -> Gain {
    Gain { layers: vec![Agreement::default(); terms.layers.len()], weight_sum: 0.0 }
}

/// A part with what all parts look at.
struct PartDecoding<'a> {
    round: RoundVotes<'a>,
    part: Part<'a>,
}

impl WithSimd for PartDecoding<'_> {
    type Output = PartDecoded;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> PartDecoded {
        let RoundVotes { terms, voters, ways, watched, .. } = self.round;
        let mut coins = self.round.coins.clone();
        let words = self.part.words.clone();
        let mut gains = vec![no_gain(terms); voters.len()];
        let (mut positive, mut voted) = (Vec::with_capacity(words.len()), Vec::with_capacity(words.len()));
        let mut weight_sums = Vec::new();
        // Most weights of most rounds are one a worker: those are written once.
        let mut block: Vec<[f32; 64]> = ways.same.iter().map(|w| [w.unwrap_or(0.0); 64]).collect();
        for (i, k) in words.clone().enumerate() {
            if interrupt::asked_at(i) {
                // Nobody looks at what comes of it.
                positive.resize(words.len(), 0);
                voted.resize(words.len(), 0);
                break;
            }
            let valid = valid_bits(terms.coordinates, k);
            let mut scores = Scores([0.0; 64]);
            let decision = match ways.rough.as_ref().and_then(|rough| rough.wins(k, valid)) {
                Some(wins) => (wins, valid),
                None => self.decide(k, Registers::of(simd), &mut block, &mut scores, &mut coins),
            };
            positive.push(decision.0);
            voted.push(decision.1);
            if watched {
                let width = (terms.coordinates - 64 * k).min(64);
                let sums = block.iter().zip(voters).map(|(weights, voter)| match voter.latest {
                    true => weights[..width].iter().map(|w| f64::from(*w)).sum::<f64>(),
                    false => 0.0,
                });
                if words.start == 0 {
                    gains.iter_mut().zip(sums).for_each(|(gain, sum)| gain.weight_sum += sum);
                } else {
                    weight_sums.extend(sums);
                }
            }
            if !ways.learns_later {
                self.learn(k, (&block, &scores, decision), &mut coins, &mut gains);
            }
        }
        let found = self.part.counts.into_iter().map(CountsPart::end).collect();
        PartDecoded { positive, voted, gains, weight_sums, found }
    }
}

impl PartDecoding<'_> {
    /// Coordinates of word `k`.
    fn width(&self, k: usize) -> usize {
        (self.round.terms.coordinates - 64 * k).min(64)
    }

    /// Scores the coordinates of word `k` with the voters' weights, which are left in `block`; `scores` are left at zero where
    /// single precision was certain.
    #[inline(always)]
    fn decide(
        &self,
        k: usize,
        registers: Registers,
        block: &mut [[f32; 64]],
        scores: &mut Scores<f64>,
        coins: &mut Coins,
    ) -> SignWord {
        let RoundVotes { terms, voters, weights, ways, .. } = self.round;
        let width = self.width(k);
        for (v, voter) in voters.iter().enumerate().filter(|(v, _)| ways.same[*v].is_none()) {
            let counts = self.part.counts.get(ways.slots[v]);
            terms.write(k, &weights[v], (counts, registers), &mut block[v][..width]);
            if voter.weight != 1.0 {
                block[v][..width].iter_mut().for_each(|w| *w *= voter.weight);
            }
        }
        let votes = || voters.iter().map(|voter| (voter.signs.positive()[k], voter.signs.voted_word(k)));
        let valid = valid_bits(terms.coordinates, k);
        if let Some(error_bound) = ways.error_bound {
            let mut rough = Scores([0.0_f32; 64]);
            for (weights, (positive, voted)) in block.iter().zip(votes()) {
                add_weighted_roughly(&mut rough, weights, positive, voted);
            }
            if let Some(wins) = certain(&rough, error_bound, valid) {
                return (wins, valid);
            }
        }
        for ((weights, same), (positive, voted)) in block.iter().zip(&ways.same).zip(votes()) {
            match same {
                Some(weight) => add_one_weight(scores, *weight, positive, voted),
                None => add_weighted(scores, weights, positive, voted),
            }
        }
        terms.signs(k, scores, coins)
    }

    /// Counts who agreed with what word `k` became, or with what it would have become without them.
    #[inline(always)]
    fn learn(
        &mut self,
        k: usize,
        (block, scores, decision): (&[[f32; 64]], &Scores<f64>, SignWord),
        coins: &mut Coins,
        gains: &mut [Gain],
    ) {
        let RoundVotes { terms, voters, ways, .. } = self.round;
        let valid = valid_bits(terms.coordinates, k);
        let width = self.width(k);
        for (v, Voter { signs: vote, .. }) in voters.iter().enumerate().filter(|(_, v)| v.latest) {
            let reference = if ways.leave_one_out {
                let (signs, counts) = (vote.positive()[k], vote.voted_word(k));
                let mut others = scores.clone();
                for (i, score) in others.0[..width].iter_mut().enumerate() {
                    *score -= signed(block[v][i], signs >> i, counts >> i);
                }
                terms.signs(k, &others, coins)
            } else {
                decision
            };
            let (agreed, compared) = terms.compare(vote, k, reference);
            gains[v].count(&terms.segments[k], agreed, compared);
            if let Some(counts) = self.part.counts.get_mut(ways.slots[v]) {
                counts.count(k, agreed, compared, valid);
            }
        }
    }
}
