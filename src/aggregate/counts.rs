//! How often a worker agreed on each coordinate: the memory of signSGD-FD after its initial phase.
//!
//! Without forgetting these are whole numbers of rounds, one byte each until the 255th and two afterwards; with forgetting
//! they are fading sums. How many votes a coordinate *received* is one number for the whole worker until the first
//! abstention or held decision makes coordinates differ; only then does it become a vector of its own.
//!
//! A round counts on [parts](CountsPart) of neighbouring coordinates, which several threads may do at once.

mod lookup;
mod store;

use serde::{Deserialize, Serialize};

use super::weight::{TWO_BYTES, WeightFormula, WeightRange, WeightRow, WeightTables, WeightTriangle};
pub(crate) use lookup::Registers;
use store::{Store, StorePart, by_agreements, by_both};

/// Coordinates that are looked through in a round to keep [`AgreementCounts::bounds`] close, on average.
const LOOKED_AT: usize = 1 << 14;

/// The counts of one worker over D coordinates.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AgreementCounts {
    coordinates: usize,
    forgetting: f64,
    /// Empty until the first vote: of many workers that are never asked nothing is kept.
    agreements: Store,
    /// No coordinate has fewer or more agreements; only for whole counts.
    bounds: (u16, u16),
    /// Votes received on every coordinate alike, as long as `received` is absent.
    rounds: f64,
    received: Option<Store>,
}

impl AgreementCounts {
    /// Nothing seen yet.
    #[must_use]
    pub(crate) fn new(coordinates: usize, forgetting: f64) -> Self {
        Self {
            coordinates,
            forgetting,
            agreements: Store::zeros(0, forgetting),
            bounds: (0, 0),
            rounds: 0.0,
            received: None,
        }
    }

    /// Makes room for another round, and cuts the coordinates into parts of `len` each, a multiple of 64; the last is shorter.
    pub(crate) fn parts(&mut self, len: usize) -> Vec<CountsPart<'_>> {
        if self.agreements.is_empty() {
            self.agreements = Store::zeros(self.coordinates, self.forgetting);
        }
        if self.rounds >= f64::from(u8::MAX) {
            self.agreements.widen();
            self.received.iter_mut().for_each(Store::widen);
        }
        let received = match &mut self.received {
            Some(received) => received.parts(len).map(Received::Known).collect(),
            None => Vec::new(),
        };
        let mut received = received.into_iter();
        let (rounds, forgetting) = (self.rounds, self.forgetting);
        let part = |(i, agreements)| CountsPart {
            first: i * len / 64,
            rounds,
            forgetting,
            agreements,
            received: received.next().unwrap_or(Received::Alike),
        };
        self.agreements.parts(len).enumerate().map(part).collect()
    }

    /// Ends a round in which this worker's vote was counted; `found` is what its parts of `len` coordinates came to, in their
    /// order.
    pub(crate) fn close(&mut self, found: Vec<Differing>, len: usize) {
        if self.received.is_none() && found.iter().any(|part| part.0.is_some()) {
            let part = |(i, Differing(part)): (usize, Differing)| {
                let width = len.min(self.coordinates - i * len);
                let before = (self.rounds, self.forgetting);
                part.unwrap_or_else(|| Store::all_received(self.agreements.kind(), width, before, width))
            };
            self.received = found.into_iter().enumerate().map(part).reduce(Store::followed_by);
        }
        self.rounds = self.rounds * self.forgetting + 1.0;
        self.bounds.1 = self.bounds.1.saturating_add(1);
        let every = 1 + self.coordinates / LOOKED_AT;
        if (self.rounds as usize).is_multiple_of(every)
            && let Some(bounds) = self.agreements.bounds()
        {
            self.bounds = bounds;
        }
    }

    /// The weights that [`CountsPart::weights`] would look up by agreements alone: where all coordinates received the same,
    /// unless there would be more of them than coordinates that look.
    #[must_use]
    pub(crate) fn wanted(&self) -> Option<WeightRange> {
        let (least, most) = (usize::from(self.bounds.0), usize::from(self.bounds.1));
        let few = self.agreements.is_whole() && most - least < self.coordinates;
        (few && self.received.is_none()).then_some((self.rounds as usize, least, most))
    }

    /// The weights by agreements that this worker needs; `tables` holds what workers share.
    #[must_use]
    pub(crate) fn row(&self, rule: &WeightFormula, own: f64, tables: &WeightTables) -> WeightRow {
        match self.wanted() {
            Some((received, first, most)) if rule.shrinkage != 0.0 => {
                let weight = |a: usize| rule.weight(a as f64, received as f64, own) as f32;
                WeightRow::Own { first, weights: (first..=most).map(weight).collect() }
            }
            Some((received, least, most)) => tables
                .of(received)
                .map_or(WeightRow::EMPTY, |table| WeightRow::Shared { table, within: least..=most }),
            None => WeightRow::EMPTY,
        }
    }

    /// Whether weights may be looked up by two whole counts.
    #[must_use]
    pub(crate) const fn is_irregular(&self) -> bool {
        self.agreements.is_whole() && self.received.is_some()
    }
}

/// How many votes the coordinates of a part have received.
enum Received<'a> {
    /// As many as the worker.
    Alike,
    Known(StorePart<'a>),
    /// They have begun to differ in this round.
    Found(Store),
}

/// What the weights of a worker are made of.
pub(crate) struct WeightLookup<'a> {
    pub rule: &'a WeightFormula,
    /// The worker's rate of agreement over all coordinates.
    pub own: f64,
    /// The weights by agreements, where all coordinates received the same.
    pub row: &'a WeightRow,
    /// The weights by both counts, where they did not.
    pub triangle: &'a WeightTriangle,
    pub registers: Registers,
}

/// What a part has found of votes received, where its coordinates have begun to differ.
pub(crate) struct Differing(Option<Store>);

/// The counts of some neighbouring coordinates, from word `first` on.
pub(crate) struct CountsPart<'a> {
    first: usize,
    rounds: f64,
    forgetting: f64,
    agreements: StorePart<'a>,
    received: Received<'a>,
}

impl CountsPart<'_> {
    /// Counts one round on the coordinates of word `k`. Words of a part come in order.
    #[inline(always)]
    pub(crate) fn count(&mut self, k: usize, agreed: u64, received: u64, valid: u64) {
        let k = k - self.first;
        self.agreements.count(k, agreed, self.forgetting);
        if matches!(self.received, Received::Alike) && received != valid {
            // Words before this one have the round counted.
            let (done, width) = (64 * k, self.agreements.len());
            let before = (self.rounds, self.forgetting);
            self.received = Received::Found(Store::all_received(self.agreements.kind(), width, before, done));
        }
        match &mut self.received {
            Received::Alike => {}
            Received::Known(store) => store.count(k, received, self.forgetting),
            Received::Found(store) => store.whole().count(k, received, self.forgetting),
        }
    }

    /// What the part has found.
    pub(crate) fn end(self) -> Differing {
        Differing(match self.received {
            Received::Found(store) => Some(store),
            Received::Alike | Received::Known(_) => None,
        })
    }

    /// Writes the weights of the coordinates of word `k`.
    #[inline(always)]
    pub(crate) fn weights(&self, k: usize, lookup: &WeightLookup<'_>, out: &mut [f32]) {
        let WeightLookup { rule, own, row, triangle, registers } = *lookup;
        let begin = 64 * (k - self.first);
        let at = begin..begin + out.len();
        let fallback = |a: f64, r: f64| rule.weight(a, r, own) as f32;
        let received = match &self.received {
            Received::Known(store) => Some(store),
            Received::Alike | Received::Found(_) => None,
        };
        match (&self.agreements, received) {
            (StorePart::Byte(agreed), None) => {
                by_agreements::<_, 256>(&agreed[at], (row, registers), self.rounds, fallback, out);
            }
            (StorePart::Word(agreed), None) => {
                by_agreements::<_, TWO_BYTES>(&agreed[at], (row, registers), self.rounds, fallback, out);
            }
            (StorePart::Byte(agreed), Some(StorePart::Byte(received))) => {
                by_both((&agreed[at.clone()], &received[at]), triangle, fallback, out);
            }
            (StorePart::Word(agreed), Some(StorePart::Word(received))) => {
                by_both((&agreed[at.clone()], &received[at]), triangle, fallback, out);
            }
            (StorePart::Fading(agreed), Some(StorePart::Fading(received))) => {
                for ((w, a), r) in out.iter_mut().zip(&agreed[at.clone()]).zip(&received[at]) {
                    *w = fallback(f64::from(*a), f64::from(*r));
                }
            }
            (StorePart::Fading(agreed), None) => {
                for (w, a) in out.iter_mut().zip(&agreed[at]) {
                    *w = fallback(f64::from(*a), self.rounds);
                }
            }
            _ => unreachable!("both counts of a worker are of one kind"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream, Streams, biased_bits};
    use crate::sign::{valid_bits, words_for};
    use crate::time::Round;

    fn stream(round: u32) -> Stream {
        Streams::new(1).stream(Purpose::Channel, 0, Round(round))
    }

    /// One round, on parts of `len` coordinates.
    fn count(counts: &mut AgreementCounts, agreed: &[u64], received: &[u64], len: usize) {
        let coordinates = counts.coordinates;
        let mut found = Vec::new();
        for (i, mut part) in counts.parts(len).into_iter().enumerate() {
            for k in i * len / 64..words_for(coordinates.min((i + 1) * len)) {
                let valid = valid_bits(coordinates, k);
                part.count(k, agreed[k] & received[k] & valid, received[k] & valid, valid);
            }
            found.push(part.end());
        }
        counts.close(found, len);
    }

    /// So many coordinates that they are looked through in every third round only.
    #[test]
    fn bounds_hold_every_count_and_are_tight_now_and_then() {
        let coordinates = 2 * LOOKED_AT + 5;
        let mut counts = AgreementCounts::new(coordinates, 1.0);
        let all = vec![u64::MAX; words_for(coordinates)];
        for round in 0..12 {
            let agreed = biased_bits(&mut stream(round), 0.3, coordinates);
            count(&mut counts, &agreed, &all, 64 * 100);
            let Store::Byte(agreements) = &counts.agreements else { panic!("twelve rounds fit a byte") };
            let least = u16::from(*agreements.iter().min().unwrap());
            let most = u16::from(*agreements.iter().max().unwrap());
            assert!(counts.bounds.0 <= least && most <= counts.bounds.1, "{:?}", counts.bounds);
            if (round + 1) % 3 == 0 {
                assert_eq!(counts.bounds, (least, most), "looked through after round {round}");
            }
            assert_eq!(counts.wanted().unwrap().0, round as usize + 1);
        }
    }

    /// Whatever is looked up and however the coordinates are cut.
    fn weighs_like_the_formula(counts: &mut AgreementCounts, len: usize, agreed: &[f32], received: &[f32]) {
        let rule = WeightFormula { epsilon: 1e-5, max_llr: 10.0, shrinkage: 0.0 };
        let mut triangle = WeightTriangle::default();
        if counts.is_irregular() {
            triangle.grow(&rule, 300);
        }
        let tables = WeightTables::new(&rule, counts.wanted().into_iter().collect());
        let (row, coordinates) = (counts.row(&rule, 0.5, &tables), counts.coordinates);
        let (rule, row, triangle, registers) = (&rule, &row, &triangle, Registers::of(pulp::Scalar));
        let lookup = WeightLookup { rule, own: 0.5, row, triangle, registers };
        for (i, part) in counts.parts(len).into_iter().enumerate() {
            for k in i * len / 64..words_for(coordinates.min((i + 1) * len)) {
                let mut weights = vec![f32::NAN; (coordinates - 64 * k).min(64)];
                part.weights(k, &lookup, &mut weights);
                for (w, n) in weights.into_iter().zip(64 * k..) {
                    let expected = rule.weight(f64::from(agreed[n]), f64::from(received[n]), 0.5);
                    assert!((f64::from(w) - expected).abs() < 1e-3, "{n}: {w}, not {expected}");
                }
            }
        }
    }

    /// Against integers, past the rounds that a byte holds, whatever the parts; some coordinates begin to differ in round 100
    /// in one part alone.
    #[test]
    fn counts_are_sums_in_bytes_and_in_words() {
        let coordinates = 300;
        for (forgetting, differs) in [(1.0, false), (1.0, true), (0.9, true)] {
            let mut counts = [64, 128, 320].map(|len| (len, AgreementCounts::new(coordinates, forgetting)));
            let (mut agreements, mut all_received) = (vec![0.0_f32; coordinates], vec![0.0_f32; coordinates]);
            for round in 0..300 {
                let agreed = biased_bits(&mut stream(round), 0.9, coordinates);
                let mut received = vec![u64::MAX; words_for(coordinates)];
                if differs && round >= 100 {
                    received[2] = biased_bits(&mut stream(round + 1000), 0.5, 64)[0];
                }
                let bit = |words: &[u64], n: usize| (words[n / 64] >> (n % 64) & 1) as f32;
                for n in 0..coordinates {
                    let had = bit(&received, n);
                    agreements[n] = agreements[n] * forgetting as f32 + bit(&agreed, n) * had;
                    all_received[n] = all_received[n] * forgetting as f32 + had;
                }
                for (len, counts) in &mut counts {
                    count(counts, &agreed, &received, *len);
                    assert_eq!(counts.agreements.numbers(), agreements, "round {round}, parts of {len}");
                    assert_eq!(counts.received.is_some(), differs && round >= 100);
                    if let Some(received) = &counts.received {
                        // The common number of a worker fades in double precision.
                        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b;
                        assert!(received.numbers().iter().zip(&all_received).all(near), "round {round}");
                        assert_eq!(received.numbers().len(), coordinates);
                    }
                    if round % 50 == 49 {
                        weighs_like_the_formula(counts, *len, &agreements, &all_received);
                    }
                }
            }
        }
    }
}
