//! signSGD-FD: a weighted majority vote whose weights the server learns by decoding.
//!
//! Source: Park & Lee, *SignSGD with Federated Defense*, arXiv 2402.01340 (ICML 2024), algorithm 1.
//!
//! Read each worker as a binary symmetric channel with crossover p. The maximum-likelihood decoder weighs its
//! vote by ln((1 - p) / p), negative for a worker that lies more often than not. The server does not know p; it
//! counts how often a vote differed from what it decoded:
//!
//! * round 0: all weights are 1;
//! * before round `t_in`: one estimate a worker, over all coordinates and past rounds;
//! * from then on: one estimate a worker and coordinate, over all past rounds (counts start at round 0).
//!
//! Cost: O(M D) additions a round, two bytes of memory a worker and coordinate. A missing vote leaves its
//! worker's counts alone; a worker never heard before weighs 0 unless nobody was, as in round 0.
//!
//! Example (M = 3, `t_in` = 2): votes ++, +-, -- decode to (+,-); then the agreements are (1/2, 1, 1/2) and the
//! weights (0, 10, 0): the next round is decided by the second worker alone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::majority::pack;
use super::weight::{Rule, Triangle};
use super::{Aggregator, Ballot, Decision, Ties};
use crate::protocol::{Opinion, WorkerId};
use crate::sign::{SignVector, valid_bits, words_for};
use crate::time::Round;

/// The options of signSGD-FD; the defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// First round with weights of the final granularity.
    #[serde(default = "default_t_in")]
    pub t_in: u32,
    /// Weights are clipped to +- this.
    #[serde(default = "default_max_llr")]
    pub max_llr: f64,
    /// Keeps the logarithm finite.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
    /// Factor lambda on all counts before each round's count; 1 never forgets.
    #[serde(default = "default_forgetting")]
    pub forgetting: f64,
    #[serde(default = "Granularity::coordinate")]
    pub granularity: Granularity,
    #[serde(default = "Reference::decision")]
    pub reference: Reference,
    /// Pseudo-counts kappa that pull a coordinate's estimate toward its worker's.
    #[serde(default)]
    pub shrinkage: f64,
    #[serde(default = "InitialPhase::weighted")]
    pub initial_phase: InitialPhase,
    #[serde(default = "LastLayer::weighted")]
    pub last_layer: LastLayer,
    #[serde(default = "Abstentions::ignored")]
    pub abstentions: Abstentions,
    #[serde(default = "Ties::coin")]
    pub ties: Ties,
    /// Scores this close to zero are ties. Weights that cancel in the formula leave a remainder of the order of
    /// `epsilon` times machine precision; the authors' code, in single precision, sees zero there.
    #[serde(default = "default_tie_tolerance")]
    pub tie_tolerance: f64,
}

const fn default_t_in() -> u32 {
    100
}
const fn default_max_llr() -> f64 {
    10.0
}
const fn default_epsilon() -> f64 {
    1e-5
}
const fn default_forgetting() -> f64 {
    1.0
}

const fn default_tie_tolerance() -> f64 {
    1e-6
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $arm:ident,)+ } default $first:ident = $function:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $arm,)+ }

        impl $name {
            const fn $function() -> Self { Self::$first }
        }
    };
}

words! {
    /// What shares one weight after the initial phase.
    Granularity {
        /// Every coordinate of every worker has its own (the paper).
        Coordinate,
        /// The coordinates of a layer share.
        Layer,
        /// All coordinates of a worker share, as in the initial phase.
        Worker,
    } default Coordinate = coordinate
}
words! {
    /// What a vote is compared with.
    Reference {
        /// The server's decision, which contains the vote itself (the paper).
        Decision,
        /// The decision that the other workers' votes alone would have given.
        LeaveOneOut,
    } default Decision = decision
}
words! {
    /// How rounds before `t_in` are decided.
    InitialPhase {
        /// By one weight a worker (signSGD-FD).
        Weighted,
        /// By plain majority (signSGD-FV, arXiv 2403.16372).
        Majority,
    } default Weighted = weighted
}
words! {
    /// Whether the last layer is weighted at all.
    LastLayer {
        Weighted,
        /// Plain majority there, as in a later version of the authors' code.
        Majority,
    } default Weighted = weighted
}
words! {
    /// How votes of zero are counted.
    Abstentions {
        /// An abstention is no evidence, and neither is a held decision: nothing is counted there.
        Ignored,
        /// Zero agrees with a held decision and with nothing else (the authors' code).
        AsVotes,
    } default Ignored = ignored
}

impl Options {
    /// The options of the paper.
    #[must_use]
    pub const fn paper() -> Self {
        Self {
            t_in: default_t_in(),
            max_llr: default_max_llr(),
            epsilon: default_epsilon(),
            forgetting: default_forgetting(),
            granularity: Granularity::Coordinate,
            reference: Reference::Decision,
            shrinkage: 0.0,
            initial_phase: InitialPhase::Weighted,
            last_layer: LastLayer::Weighted,
            abstentions: Abstentions::Ignored,
            ties: Ties::Coin,
            tie_tolerance: default_tie_tolerance(),
        }
    }

    /// Names the option that is out of range, and why.
    pub(super) fn validate(&self, rounds: u32) -> Result<(), (&'static str, String)> {
        let range = |key, ok: bool, why: &str| if ok { Ok(()) } else { Err((key, why.to_owned())) };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        range("max_llr", positive(self.max_llr), "max_llr is a finite number above 0")?;
        range(
            "epsilon",
            positive(self.epsilon) && self.epsilon < 0.5,
            "epsilon lies between 0 and 0.5, both excluded",
        )?;
        let lambda = self.forgetting;
        range("forgetting", positive(lambda) && lambda <= 1.0, "forgetting lies in (0, 1]; 1 never forgets")?;
        let kappa = self.shrinkage;
        range("shrinkage", kappa.is_finite() && kappa >= 0.0, "shrinkage is a finite number, 0 or above")?;
        let tolerance = self.tie_tolerance;
        range(
            "tie_tolerance",
            tolerance.is_finite() && tolerance >= 0.0,
            "tie_tolerance is a finite number, 0 or above",
        )?;
        let whole = self.granularity == Granularity::Coordinate && self.forgetting == 1.0;
        range(
            "granularity",
            !whole || rounds <= u32::from(u16::MAX),
            "counts per coordinate hold 65,535 rounds; use granularity layer or worker, or forgetting below 1",
        )
    }

    pub(super) fn memory_bytes(&self, workers: u32, coordinates: usize) -> u64 {
        let each = if self.forgetting == 1.0 { 2 } else { 4 };
        match self.granularity {
            // Abstentions may add the votes received to the agreements.
            Granularity::Coordinate => u64::from(workers) * coordinates as u64 * each * 2,
            Granularity::Layer | Granularity::Worker => 0,
        }
    }
}

/// Agreements out of comparisons, both fading with the forgetting factor.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    agreed: f64,
    received: f64,
}

impl Tally {
    fn rate(self) -> f64 {
        if self.received > 0.0 { self.agreed / self.received } else { 0.5 }
    }

    fn add(&mut self, now: Self, forgetting: f64) {
        self.agreed = self.agreed * forgetting + now.agreed;
        self.received = self.received * forgetting + now.received;
    }
}

/// What the server remembers of one worker.
struct Memory {
    whole: Tally,
    layers: Vec<Tally>,
    /// Only for granularity `coordinate`.
    counts: Option<Counts>,
}

/// The coordinates of one layer within one word.
struct Segment {
    layer: usize,
    bits: u64,
}

/// The rule with everything it has learned.
pub struct FederatedDefense {
    options: Options,
    rule: Rule,
    coordinates: usize,
    layers: usize,
    /// For each word, the layers it touches.
    segments: Vec<Vec<Segment>>,
    memories: Vec<Memory>,
    triangle: Triangle,
}

/// The weights of one worker in one round, ready to be asked word by word.
enum Weights {
    Same(f32),
    ByLayer(Vec<f32>),
    ByCoordinate { row: Vec<f32>, own: f64 },
}

/// What one round adds to a worker's counts, and the sum of the weights it was given.
#[derive(Clone, Default)]
struct Gain {
    layers: Vec<Tally>,
    weight_sum: f64,
}

impl FederatedDefense {
    /// A server that has heard nobody yet.
    #[must_use]
    pub fn new(options: Options, workers: u32, layers: &[Range<usize>]) -> Self {
        let coordinates = layers.last().map_or(0, |l| l.end);
        let by_coordinate = options.granularity == Granularity::Coordinate;
        let memory = || Memory {
            whole: Tally::default(),
            layers: vec![Tally::default(); layers.len()],
            counts: by_coordinate.then(|| Counts::new(coordinates, options.forgetting)),
        };
        Self {
            rule: Rule { epsilon: options.epsilon, max_llr: options.max_llr, shrinkage: options.shrinkage },
            coordinates,
            layers: layers.len(),
            segments: (0..words_for(coordinates)).map(|k| segments_of(k, layers)).collect(),
            memories: (0..workers).map(|_| memory()).collect(),
            triangle: Triangle::default(),
            options,
        }
    }

    /// Makes the table of weights by whole counts as large as round `t` needs it, if it is needed at all.
    fn prepare(&mut self, t: u32) {
        let irregular = |m: &Memory| m.counts.as_ref().is_some_and(Counts::is_irregular);
        if self.options.shrinkage == 0.0 && self.memories.iter().any(irregular) {
            self.triangle.grow(&self.rule, t as usize);
        }
    }

    /// The weights of worker `m` in round `t`.
    fn weights_of(&self, m: usize, t: u32, anybody_known: bool) -> Weights {
        let memory = &self.memories[m];
        let initial = t < self.options.t_in;
        if !anybody_known || initial && self.options.initial_phase == InitialPhase::Majority {
            return Weights::Same(1.0);
        }
        if memory.whole.received == 0.0 {
            return Weights::Same(0.0);
        }
        let own = memory.whole.rate();
        let weight = |tally: Tally| self.rule.weight(tally.agreed, tally.received, own) as f32;
        match (&memory.counts, self.options.granularity) {
            (Some(counts), Granularity::Coordinate) if !initial => {
                Weights::ByCoordinate { row: counts.row(&self.rule, own), own }
            }
            (_, Granularity::Layer) if !initial => {
                Weights::ByLayer(memory.layers.iter().map(|t| weight(*t)).collect())
            }
            // Shrinkage pulls toward this very estimate and so leaves it alone.
            _ => Weights::Same(Rule { shrinkage: 0.0, ..self.rule }.weight(
                memory.whole.agreed,
                memory.whole.received,
                own,
            ) as f32),
        }
    }

    /// Writes the weights of one worker on the coordinates of word `k`.
    fn write(&self, m: usize, k: usize, weights: &Weights, out: &mut [f32]) {
        match weights {
            Weights::Same(w) => out.fill(*w),
            Weights::ByLayer(by_layer) => {
                for segment in &self.segments[k] {
                    set(out, segment.bits, by_layer[segment.layer]);
                }
            }
            Weights::ByCoordinate { row, own } => {
                let counts = self.memories[m].counts.as_ref().expect("granularity coordinate keeps counts");
                counts.weights(k, &self.rule, *own, row, &self.triangle, out);
            }
        }
        if self.options.last_layer == LastLayer::Majority {
            let last = self.segments[k].iter().find(|s| s.layer + 1 == self.layers);
            if let Some(segment) = last {
                set(out, segment.bits, 1.0);
            }
        }
    }

    /// Where a vote was compared in word `k`, and where it agreed.
    fn compare(&self, vote: &SignVector, k: usize, reference: (u64, u64)) -> (u64, u64) {
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

    /// The signs of `scores` in word `k` and where they count, ties settled.
    fn signs(&self, k: usize, scores: &[f64], ballot: &mut Ballot<'_>) -> (u64, u64) {
        let (mut positive, mut tied) = (0, 0);
        for (i, score) in scores.iter().enumerate() {
            positive |= u64::from(*score > self.options.tie_tolerance) << i;
            tied |= u64::from(score.abs() <= self.options.tie_tolerance) << i;
        }
        let (signs, counts) = self.options.ties.settle(k, tied, &mut ballot.coins);
        (positive | signs, valid_bits(self.coordinates, k) & !tied | counts)
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

/// score <- score + weight * sign, for one word of one vote.
fn add_weighted(scores: &mut [f64], weights: &[f32], positive: u64, voted: u64) {
    for (i, (score, weight)) in scores.iter_mut().zip(weights).enumerate() {
        *score += signed(*weight, positive >> i, voted >> i);
    }
}

fn signed(weight: f32, positive: u64, voted: u64) -> f64 {
    f64::from(weight) * (2.0 * (positive & 1) as f64 - (voted & 1) as f64)
}

impl Aggregator for FederatedDefense {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let t = ballot.round.0;
        let voters: Vec<(usize, &SignVector)> =
            ballot.votes.iter().enumerate().filter_map(|(m, v)| v.as_deref().map(|v| (m, v))).collect();
        let anybody_known = voters.iter().any(|(m, _)| self.memories[*m].whole.received > 0.0);
        self.prepare(t);
        let weights: Vec<Weights> =
            voters.iter().map(|(m, _)| self.weights_of(*m, t, anybody_known)).collect();
        let mut gains =
            vec![Gain { layers: vec![Tally::default(); self.layers], weight_sum: 0.0 }; voters.len()];
        let words = words_for(self.coordinates);
        let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
        let mut block = vec![[0_f32; 64]; voters.len()];

        for k in 0..words {
            let width = (self.coordinates - 64 * k).min(64);
            let mut scores = [0_f64; 64];
            for (v, (m, vote)) in voters.iter().enumerate() {
                self.write(*m, k, &weights[v], &mut block[v][..width]);
                add_weighted(&mut scores[..width], &block[v], vote.positive()[k], vote.voted_word(k));
            }
            let decision = self.signs(k, &scores[..width], &mut ballot);
            positive.push(decision.0);
            voted.push(decision.1);
            for (v, (m, vote)) in voters.iter().enumerate() {
                let (signs, counts) = (vote.positive()[k], vote.voted_word(k));
                let reference = match self.options.reference {
                    Reference::Decision => decision,
                    Reference::LeaveOneOut => {
                        let mut others = scores;
                        for (i, score) in others[..width].iter_mut().enumerate() {
                            *score -= signed(block[v][i], signs >> i, counts >> i);
                        }
                        self.signs(k, &others[..width], &mut ballot)
                    }
                };
                let (agreed, compared) = self.compare(vote, k, reference);
                for segment in &self.segments[k] {
                    let tally = &mut gains[v].layers[segment.layer];
                    tally.agreed += f64::from((agreed & segment.bits).count_ones());
                    tally.received += f64::from((compared & segment.bits).count_ones());
                }
                if let Some(counts) = &mut self.memories[*m].counts {
                    counts.count(k, agreed, compared, valid_bits(self.coordinates, k));
                }
                if ballot.watched {
                    gains[v].weight_sum += block[v][..width].iter().map(|w| f64::from(*w)).sum::<f64>();
                }
            }
        }

        let mut mean_weight = vec![0.0; self.memories.len()];
        for (v, (m, _)) in voters.iter().enumerate() {
            mean_weight[*m] = gains[v].weight_sum / self.coordinates as f64;
            self.memories[*m].learn(&gains[v], self.options.forgetting);
        }
        let opinions = if ballot.watched { self.opinions(&mean_weight) } else { Vec::new() };
        Decision { signs: pack(self.coordinates, positive, voted), opinions }
    }

    fn weights(&mut self, round: Round, worker: WorkerId) -> Vec<f32> {
        self.prepare(round.0);
        let anybody_known = self.memories.iter().any(|m| m.whole.received > 0.0);
        let weights = self.weights_of(worker.index(), round.0, anybody_known);
        let mut all = vec![0.0; self.coordinates];
        for (k, block) in all.chunks_mut(64).enumerate() {
            self.write(worker.index(), k, &weights, block);
        }
        all
    }
}

impl FederatedDefense {
    fn opinions(&self, mean_weight: &[f64]) -> Vec<Opinion> {
        let opinion = |(m, memory): (usize, &Memory)| Opinion {
            worker: WorkerId(m as u32),
            weight: mean_weight[m],
            crossover: (memory.whole.received > 0.0).then(|| 1.0 - memory.whole.rate()),
        };
        self.memories.iter().enumerate().map(opinion).collect()
    }
}

impl Memory {
    /// Adds what one round has shown.
    fn learn(&mut self, gain: &Gain, forgetting: f64) {
        let mut now = Tally::default();
        for (layer, tally) in self.layers.iter_mut().zip(&gain.layers) {
            layer.add(*tally, forgetting);
            now.add(*tally, 1.0);
        }
        self.whole.add(now, forgetting);
        if let Some(counts) = &mut self.counts {
            counts.close();
        }
    }
}
