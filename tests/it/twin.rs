//! A plain twin of signSGD-FD, and random options and votes to hold others against it.

use proptest::prelude::*;
use signsim::aggregate::{Abstentions, Granularity, InitialPhase, LastLayer, Reference, Ties, WeightOptions};

/// The formulas of signSGD-FD written coordinate by coordinate, with nothing packed, shared or looked up.
pub(crate) struct Twin {
    options: WeightOptions,
    layers: Vec<usize>,
    /// By worker and coordinate: agreements and comparisons.
    counts: Vec<Vec<(f64, f64)>>,
}

impl Twin {
    /// A twin that has heard nobody; `layers` names the layer of every coordinate.
    pub(crate) fn new(options: WeightOptions, workers: usize, layers: Vec<usize>) -> Self {
        let counts = vec![vec![(0.0, 0.0); layers.len()]; workers];
        Self { options, layers, counts }
    }

    fn weight(&self, (agreed, received): (f64, f64), own: f64, kappa: f64) -> f64 {
        let o = &self.options;
        let rate = if received + kappa > 0.0 {
            (agreed + kappa * own) / (received + kappa + o.epsilon)
        } else {
            own
        };
        ((rate + o.epsilon) / (1.0 - rate + o.epsilon)).ln().clamp(-o.max_llr, o.max_llr)
    }

    fn sum(&self, m: usize, belongs: impl Fn(usize) -> bool) -> (f64, f64) {
        let all = self.counts[m].iter().enumerate().filter(|(n, _)| belongs(*n));
        all.fold((0.0, 0.0), |(a, r), (_, (x, y))| (a + x, r + y))
    }

    /// By worker and coordinate, when `voters` vote.
    pub(crate) fn weights(&self, t: u32, voters: &[usize]) -> Vec<Vec<f64>> {
        let o = &self.options;
        let known = |m: usize| self.sum(m, |_| true).1 > 0.0;
        let anybody = voters.iter().any(|m| known(*m));
        let one = |m: usize, n: usize| {
            let last = self.layers[n] == *self.layers.last().unwrap();
            let majority = o.initial_phase == InitialPhase::Majority && t < o.t_in;
            if !anybody || majority || last && o.last_layer == LastLayer::Majority {
                return 1.0;
            }
            if !known(m) {
                return 0.0;
            }
            let whole = self.sum(m, |_| true);
            let own = whole.0 / whole.1;
            match o.granularity {
                Granularity::Coordinate if t >= o.t_in => self.weight(self.counts[m][n], own, o.shrinkage),
                Granularity::Layer if t >= o.t_in => {
                    self.weight(self.sum(m, |i| self.layers[i] == self.layers[n]), own, o.shrinkage)
                }
                _ => self.weight(whole, own, 0.0),
            }
        };
        (0..self.counts.len()).map(|m| (0..self.layers.len()).map(|n| one(m, n)).collect()).collect()
    }

    /// The decision on one round, ties held.
    pub(crate) fn decode(&mut self, t: u32, votes: &[Option<Vec<i8>>]) -> Vec<i8> {
        let voters: Vec<usize> = (0..votes.len()).filter(|m| votes[*m].is_some()).collect();
        let weights = self.weights(t, &voters);
        let vote = |m: usize, n: usize| votes[m].as_ref().unwrap()[n];
        // The aggregator keeps weights in single precision, so that a tie is a tie in both.
        let w = |m: usize, n: usize| f64::from(weights[m][n] as f32);
        let tolerance = self.options.tie_tolerance;
        let sign = |score: f64| i8::from(score > tolerance) - i8::from(score < -tolerance);
        let mut decision = Vec::new();
        for n in 0..self.layers.len() {
            let score: f64 = voters.iter().map(|m| w(*m, n) * f64::from(vote(*m, n))).sum();
            decision.push(sign(score));
            for &m in &voters {
                let reference = match self.options.reference {
                    Reference::Decision => sign(score),
                    Reference::LeaveOneOut => sign(score - w(m, n) * f64::from(vote(m, n))),
                };
                let (v, lambda) = (vote(m, n), self.options.forgetting);
                let compared = self.options.abstentions == Abstentions::AsVotes || v != 0 && reference != 0;
                let (agreed, received) = &mut self.counts[m][n];
                *agreed = *agreed * lambda + f64::from(u8::from(compared && v == reference));
                *received = *received * lambda + f64::from(u8::from(compared));
            }
        }
        decision
    }
}

/// Every option, ties held.
pub(crate) fn options() -> impl Strategy<Value = WeightOptions> {
    let granularity =
        prop_oneof![Just(Granularity::Coordinate), Just(Granularity::Layer), Just(Granularity::Worker)];
    let reference = prop_oneof![Just(Reference::Decision), Just(Reference::LeaveOneOut)];
    let phase = prop_oneof![Just(InitialPhase::Weighted), Just(InitialPhase::Majority)];
    let last = prop_oneof![Just(LastLayer::Weighted), Just(LastLayer::Majority)];
    let abstentions = prop_oneof![Just(Abstentions::Ignored), Just(Abstentions::AsVotes)];
    let forgetting = prop_oneof![Just(1.0), Just(0.925)];
    let shrinkage = prop_oneof![Just(0.0), Just(3.0)];
    (0_u32..5, granularity, reference, phase, last, abstentions, forgetting, shrinkage).prop_map(
        |(t_in, granularity, reference, initial_phase, last_layer, abstentions, forgetting, shrinkage)| {
            WeightOptions {
                t_in,
                granularity,
                reference,
                initial_phase,
                last_layer,
                abstentions,
                forgetting,
                shrinkage,
                ties: Ties::Hold,
                ..WeightOptions::paper()
            }
        },
    )
}

/// A round in which each worker takes part with probability `present`, and one sign in nine is 0.
pub(crate) fn votes(
    workers: usize,
    coordinates: usize,
    present: f64,
) -> impl Strategy<Value = Vec<Option<Vec<i8>>>> {
    let sign = prop_oneof![4 => Just(-1_i8), 4 => Just(1), 1 => Just(0)];
    prop::collection::vec(prop::option::weighted(present, prop::collection::vec(sign, coordinates)), workers)
}
