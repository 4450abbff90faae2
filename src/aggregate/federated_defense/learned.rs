//! What signSGD-FD remembers of every worker, and the weights that follow from it.

use std::ops::Range;

use pulp::Scalar;
use serde::{Deserialize, Serialize};

use crate::aggregate::agreement::Agreement;
use crate::aggregate::counts::{AgreementCounts, CountsPart, Registers, WeightLookup};
use crate::aggregate::options::{Abstentions, Granularity, InitialPhase, LastLayer, WeightOptions};
use crate::aggregate::weight::{WeightFormula, WeightRow, WeightTables, WeightTriangle};
use crate::aggregate::weighted::{Scores, outcome};
use crate::protocol::{WorkerEstimate, WorkerId};
use crate::random::Coins;
use crate::sign::{SignVector, valid_bits, words_for};
use crate::time::Round;

/// What the server remembers of one worker.
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkerRecord {
    pub whole: Agreement,
    pub layers: Vec<Agreement>,
    /// Only for granularity `coordinate`.
    pub counts: Option<AgreementCounts>,
}

/// The coordinates of one layer within one word.
pub(crate) struct Segment {
    pub layer: usize,
    pub bits: u64,
}

/// What weights are made with, and of what.
pub(crate) struct Terms {
    pub options: WeightOptions,
    rule: WeightFormula,
    pub coordinates: usize,
    pub layers: Vec<Range<usize>>,
    /// For each word, the layers it touches.
    pub segments: Vec<Vec<Segment>>,
    triangle: WeightTriangle,
}

/// Everything that the rule has learned.
pub(crate) struct Learned {
    pub terms: Terms,
    pub memories: Vec<WorkerRecord>,
}

/// The weights of one worker in one round, ready to be asked word by word.
pub(crate) enum Weights {
    Same(f32),
    ByLayer(Vec<f32>),
    ByCoordinate { row: WeightRow, own: f64 },
}

/// What one round adds to a worker's counts, and the sum of the weights it was given.
#[derive(Clone, Default)]
pub(crate) struct Gain {
    pub layers: Vec<Agreement>,
    pub weight_sum: f64,
}

impl Gain {
    /// Adds what other coordinates have shown.
    pub(crate) fn add(&mut self, other: &Self) {
        self.weight_sum += other.weight_sum;
        for (layer, more) in self.layers.iter_mut().zip(&other.layers) {
            layer.add(*more, 1.0);
        }
    }

    /// Adds what one word has shown.
    #[inline(always)]
    pub(crate) fn count(&mut self, segments: &[Segment], agreed: u64, compared: u64) {
        for segment in segments {
            let tally = &mut self.layers[segment.layer];
            tally.agreed += f64::from((agreed & segment.bits).count_ones());
            tally.received += f64::from((compared & segment.bits).count_ones());
        }
    }
}

impl Learned {
    /// A server that has heard nobody yet.
    #[must_use]
    pub(crate) fn new(options: WeightOptions, workers: u32, layers: &[Range<usize>]) -> Self {
        let coordinates = layers.last().map_or(0, |l| l.end);
        let by_coordinate = options.granularity == Granularity::Coordinate;
        let memory = || WorkerRecord {
            whole: Agreement::default(),
            layers: vec![Agreement::default(); layers.len()],
            counts: by_coordinate.then(|| AgreementCounts::new(coordinates, options.forgetting)),
        };
        let memories = (0..workers).map(|_| memory()).collect();
        let terms = Terms {
            rule: WeightFormula {
                epsilon: options.epsilon,
                max_llr: options.max_llr,
                shrinkage: options.shrinkage,
            },
            coordinates,
            layers: layers.to_vec(),
            segments: (0..words_for(coordinates)).map(|k| segments_of(k, layers)).collect(),
            triangle: WeightTriangle::default(),
            options,
        };
        Self { terms, memories }
    }

    /// Makes the table of weights by whole counts as large as round `t` needs it, if it is needed at all.
    pub(crate) fn prepare(&mut self, t: u32) {
        let irregular = |m: &WorkerRecord| m.counts.as_ref().is_some_and(AgreementCounts::is_irregular);
        let Terms { options, rule, triangle, .. } = &mut self.terms;
        if options.shrinkage == 0.0 && self.memories.iter().any(irregular) {
            triangle.grow(rule, t as usize);
        }
    }

    /// The tables that these workers look into in round `t`.
    pub(crate) fn tables(&self, workers: impl Iterator<Item = usize>, t: u32) -> WeightTables {
        if t < self.terms.options.t_in || self.terms.options.shrinkage != 0.0 {
            return WeightTables::default();
        }
        let wanted = workers.filter_map(|m| self.memories[m].counts.as_ref()?.wanted());
        WeightTables::new(&self.terms.rule, wanted.collect())
    }

    /// The weights of worker `m` in round `t`.
    pub(crate) fn weights_of(&self, m: usize, t: u32, anybody_known: bool, tables: &WeightTables) -> Weights {
        let (memory, Terms { options, rule, .. }) = (&self.memories[m], &self.terms);
        let initial = t < options.t_in;
        if !anybody_known || initial && options.initial_phase == InitialPhase::Majority {
            return Weights::Same(1.0);
        }
        if !memory.is_known() {
            return Weights::Same(0.0);
        }
        let own = memory.whole.rate();
        let weight = |tally: Agreement| rule.weight(tally.agreed, tally.received, own) as f32;
        match (&memory.counts, options.granularity) {
            (Some(counts), Granularity::Coordinate) if !initial => {
                Weights::ByCoordinate { row: counts.row(rule, own, tables), own }
            }
            (_, Granularity::Layer) if !initial => {
                Weights::ByLayer(memory.layers.iter().map(|t| weight(*t)).collect())
            }
            // Shrinkage pulls toward this very estimate and so leaves it alone.
            _ => Weights::Same(WeightFormula { shrinkage: 0.0, ..*rule }.weight(
                memory.whole.agreed,
                memory.whole.received,
                own,
            ) as f32),
        }
    }
}

impl Terms {
    /// Writes the weights of one worker on the coordinates of word `k`, which lie in `counts` where there are any.
    #[inline(always)]
    pub(crate) fn write(
        &self,
        k: usize,
        weights: &Weights,
        (counts, registers): (Option<&CountsPart>, Registers),
        out: &mut [f32],
    ) {
        match weights {
            Weights::Same(w) => out.fill(*w),
            Weights::ByLayer(by_layer) => {
                for segment in &self.segments[k] {
                    set(out, segment.bits, by_layer[segment.layer]);
                }
            }
            Weights::ByCoordinate { row, own } => {
                let counts = counts.expect("granularity coordinate keeps counts");
                let (rule, triangle) = (&self.rule, &self.triangle);
                counts.weights(k, &WeightLookup { rule, own: *own, row, triangle, registers }, out);
            }
        }
        if self.options.last_layer == LastLayer::Majority {
            let last = self.segments[k].iter().find(|s| s.layer + 1 == self.layers.len());
            if let Some(segment) = last {
                set(out, segment.bits, 1.0);
            }
        }
    }

    /// Where a vote was compared in word `k`, and where it agreed.
    #[inline(always)]
    pub(crate) fn compare(&self, vote: &SignVector, k: usize, reference: (u64, u64)) -> (u64, u64) {
        let valid = valid_bits(self.coordinates, k);
        let same = valid & !(vote.positive()[k] ^ reference.0);
        match self.options.abstentions {
            Abstentions::Ignored => {
                let compared = vote.voted_word(k) & reference.1;
                (same & compared, compared)
            }
            Abstentions::AsVotes => (same & !(vote.voted_word(k) ^ reference.1), valid),
        }
    }

    /// [`Terms::compare`] on all coordinates, by layer: for votes that do not abstain, or where abstentions are
    /// no evidence.
    pub(crate) fn compare_all(&self, vote: &SignVector, decision: &SignVector) -> Vec<Agreement> {
        let tally = |layer: &Range<usize>| {
            let (differ, both) = vote.disagreement_within(decision, layer.clone());
            let received = match self.options.abstentions {
                Abstentions::Ignored => both,
                Abstentions::AsVotes => layer.len() as u64,
            };
            Agreement { agreed: (both - differ) as f64, received: received as f64 }
        };
        self.layers.iter().map(tally).collect()
    }

    /// The signs of `scores` in word `k` and where they count, ties settled.
    #[inline(always)]
    pub(crate) fn signs(&self, k: usize, scores: &Scores, coins: &mut Coins) -> (u64, u64) {
        let valid = valid_bits(self.coordinates, k);
        let (positive, tied) = outcome(scores, self.options.tie_tolerance, valid);
        let (signs, counts) = self.options.ties.settle(k, tied, coins);
        (positive | signs, valid & !tied | counts)
    }
}

fn segments_of(k: usize, layers: &[Range<usize>]) -> Vec<Segment> {
    let word = 64 * k..64 * k + 64;
    let below = |end: usize| if end >= 64 { u64::MAX } else { (1 << end) - 1 };
    let inside = |at: usize| at.clamp(word.start, word.end) - word.start;
    layers
        .iter()
        .enumerate()
        .map(|(layer, l)| Segment { layer, bits: below(inside(l.end)) & !below(inside(l.start)) })
        .filter(|s| s.bits != 0)
        .collect()
}

fn set(out: &mut [f32], bits: u64, weight: f32) {
    for (i, w) in out.iter_mut().enumerate() {
        if bits >> i & 1 == 1 {
            *w = weight;
        }
    }
}

impl Learned {
    pub(crate) fn all_weights(&mut self, round: Round, worker: WorkerId, anybody_known: bool) -> Vec<f32> {
        self.prepare(round.0);
        let tables = self.tables(std::iter::once(worker.index()), round.0);
        let weights = self.weights_of(worker.index(), round.0, anybody_known, &tables);
        let Self { terms, memories } = self;
        let mut all = vec![0.0; terms.coordinates];
        let by_coordinate = matches!(weights, Weights::ByCoordinate { .. });
        let counts = memories[worker.index()].counts.as_mut().filter(|_| by_coordinate);
        let counts = counts.and_then(|counts| counts.parts(terms.coordinates.next_multiple_of(64)).pop());
        for (k, block) in all.chunks_mut(64).enumerate() {
            terms.write(k, &weights, (counts.as_ref(), Registers::of(Scalar)), block);
        }
        all
    }

    pub(crate) fn estimates(&self, mean_weight: &[f64]) -> Vec<WorkerEstimate> {
        let estimate = |(m, memory): (usize, &WorkerRecord)| WorkerEstimate {
            worker: WorkerId(m as u32),
            weight: mean_weight[m],
            crossover: memory.is_known().then(|| 1.0 - memory.whole.rate()),
        };
        self.memories.iter().enumerate().map(estimate).collect()
    }
}

impl WorkerRecord {
    /// Whether a vote of this worker was ever compared with a decision.
    pub(crate) fn is_known(&self) -> bool {
        self.whole.received > 0.0
    }

    /// Adds what one round has shown.
    pub(crate) fn learn(&mut self, gain: &Gain, forgetting: f64) {
        let mut now = Agreement::default();
        for (layer, tally) in self.layers.iter_mut().zip(&gain.layers) {
            layer.add(*tally, forgetting);
            now.add(*tally, 1.0);
        }
        self.whole.add(now, forgetting);
    }
}
