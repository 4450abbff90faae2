//! How often a worker agreed on each coordinate: the memory of signSGD-FD after its initial phase.
//!
//! Without forgetting these are whole numbers of rounds, two bytes each; with forgetting they are fading sums.
//! How many votes a coordinate *received* is one number for the whole worker until the first abstention or held
//! decision makes coordinates differ; only then does it become a vector of its own.

use serde::{Deserialize, Serialize};

use super::weight::{WeightFormula, WeightRange, WeightRow, WeightTable, WeightTables, WeightTriangle};

/// A number per coordinate.
#[derive(Debug, Serialize, Deserialize)]
enum Store {
    Whole(Vec<u16>),
    Fading(Vec<f32>),
}

impl Store {
    fn filled(coordinates: usize, value: f64, forgetting: f64) -> Self {
        if forgetting == 1.0 {
            Self::Whole(vec![value as u16; coordinates])
        } else {
            Self::Fading(vec![value as f32; coordinates])
        }
    }

    const fn is_empty(&self) -> bool {
        match self {
            Self::Whole(counts) => counts.is_empty(),
            Self::Fading(sums) => sums.is_empty(),
        }
    }

    /// x <- forgetting x + bit, for the coordinates of word `k`.
    #[inline(always)]
    fn count(&mut self, k: usize, bits: u64, forgetting: f64) {
        match self {
            Self::Whole(counts) => {
                let end = counts.len().min(64 * k + 64);
                // In pieces as wide as a counter, so that a register holds as many as it can.
                for (j, counts) in counts[64 * k..end].chunks_mut(16).enumerate() {
                    let bits = (bits >> (16 * j)) as u16;
                    for (i, count) in counts.iter_mut().enumerate() {
                        *count += bits >> i & 1;
                    }
                }
            }
            Self::Fading(sums) => {
                let end = sums.len().min(64 * k + 64);
                for (i, sum) in sums[64 * k..end].iter_mut().enumerate() {
                    *sum = *sum * forgetting as f32 + (bits >> i & 1) as f32;
                }
            }
        }
    }
}

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
            agreements: Store::filled(0, 0.0, forgetting),
            bounds: (0, 0),
            rounds: 0.0,
            received: None,
        }
    }

    /// Counts one round on the coordinates of word `k`. Words of a round come in order, from zero.
    #[inline(always)]
    pub(crate) fn count(&mut self, k: usize, agreed: u64, received: u64, valid: u64) {
        if k == 0 && self.agreements.is_empty() {
            self.agreements = Store::filled(self.coordinates, 0.0, self.forgetting);
        }
        self.agreements.count(k, agreed, self.forgetting);
        if self.received.is_none() && received != valid {
            self.received = Some(self.spread(k));
        }
        if let Some(store) = &mut self.received {
            store.count(k, received, self.forgetting);
        }
    }

    /// Ends a round in which this worker's vote was counted.
    pub(crate) fn close(&mut self) {
        self.rounds = self.rounds * self.forgetting + 1.0;
        self.bounds.1 = self.bounds.1.saturating_add(1);
        let every = 1 + self.coordinates / LOOKED_AT;
        if let Store::Whole(counts) = &self.agreements
            && (self.rounds as usize).is_multiple_of(every)
        {
            self.bounds = counts.iter().fold((u16::MAX, 0), |(least, most), a| (least.min(*a), most.max(*a)));
        }
    }

    /// The common number of votes as a vector, in the middle of a round: words before `k` have it counted.
    fn spread(&self, k: usize) -> Store {
        let mut store = Store::filled(self.coordinates, self.rounds, self.forgetting);
        for done in 0..k {
            store.count(done, u64::MAX, self.forgetting);
        }
        store
    }

    /// Writes the weights of the coordinates of word `k`. `row` holds the weights by agreements for workers
    /// whose coordinates all received the same; `own` is the worker's rate of agreement over all coordinates.
    #[inline(always)]
    pub(crate) fn weights(
        &self,
        k: usize,
        rule: &WeightFormula,
        own: f64,
        row: &WeightRow,
        triangle: &WeightTriangle,
        out: &mut [f32],
    ) {
        let at = 64 * k..64 * k + out.len();
        let fallback = |a: f64, r: f64| rule.weight(a, r, own) as f32;
        match (&self.agreements, &self.received) {
            (Store::Whole(agreed), None) => match row {
                WeightRow::Shared(table) => {
                    // Bound to where the weights are, once: what is written might otherwise move them.
                    let table: &WeightTable = table;
                    let table: &[f32; 1 << 16] = table;
                    for (w, a) in out.iter_mut().zip(&agreed[at]) {
                        *w = table[*a as usize];
                    }
                }
                WeightRow::Own { first, weights } => {
                    for (w, a) in out.iter_mut().zip(&agreed[at]) {
                        let known = (*a as usize).checked_sub(*first).and_then(|i| weights.get(i)).copied();
                        *w = known.unwrap_or_else(|| fallback(f64::from(*a), self.rounds));
                    }
                }
            },
            (Store::Whole(agreed), Some(Store::Whole(received))) => {
                let unseen = fallback(0.0, 0.0);
                for ((w, a), r) in out.iter_mut().zip(&agreed[at.clone()]).zip(&received[at]) {
                    *w = match triangle.get(*a, *r) {
                        _ if *r == 0 => unseen,
                        Some(weight) => weight,
                        None => fallback(f64::from(*a), f64::from(*r)),
                    };
                }
            }
            (Store::Fading(agreed), Some(Store::Fading(received))) => {
                for ((w, a), r) in out.iter_mut().zip(&agreed[at.clone()]).zip(&received[at]) {
                    *w = fallback(f64::from(*a), f64::from(*r));
                }
            }
            (Store::Fading(agreed), None) => {
                for (w, a) in out.iter_mut().zip(&agreed[at]) {
                    *w = fallback(f64::from(*a), self.rounds);
                }
            }
            _ => unreachable!("both counts of a worker are of one kind"),
        }
    }

    /// The weights that [`AgreementCounts::weights`] would look up by agreements alone: where all coordinates received the same,
    /// unless there would be more of them than coordinates that look.
    #[must_use]
    pub(crate) fn wanted(&self) -> Option<WeightRange> {
        let (least, most) = (usize::from(self.bounds.0), usize::from(self.bounds.1));
        match (&self.agreements, &self.received) {
            (Store::Whole(_), None) if most - least < self.coordinates => {
                Some((self.rounds as usize, least, most))
            }
            _ => None,
        }
    }

    /// The weights by agreements that this worker needs; `tables` holds what workers share.
    #[must_use]
    pub(crate) fn row(&self, rule: &WeightFormula, own: f64, tables: &WeightTables) -> WeightRow {
        match self.wanted() {
            Some((received, first, most)) if rule.shrinkage != 0.0 => {
                let weight = |a: usize| rule.weight(a as f64, received as f64, own) as f32;
                WeightRow::Own { first, weights: (first..=most).map(weight).collect() }
            }
            Some((received, ..)) => tables.of(received).map_or(WeightRow::EMPTY, WeightRow::Shared),
            None => WeightRow::EMPTY,
        }
    }

    /// Whether weights may be looked up by two whole counts.
    #[must_use]
    pub(crate) const fn is_irregular(&self) -> bool {
        matches!((&self.agreements, &self.received), (Store::Whole(_), Some(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams, biased_bits};
    use crate::sign::valid_bits;
    use crate::time::Round;

    /// So many coordinates that they are looked through in every third round only.
    #[test]
    fn bounds_hold_every_count_and_are_tight_now_and_then() {
        let coordinates = 2 * LOOKED_AT + 5;
        let mut counts = AgreementCounts::new(coordinates, 1.0);
        for round in 0..12 {
            let mut stream = Streams::new(1).stream(Purpose::Channel, 0, Round(round));
            let agreed = biased_bits(&mut stream, 0.3, coordinates);
            for (k, agreed) in agreed.into_iter().enumerate() {
                let valid = valid_bits(coordinates, k);
                counts.count(k, agreed & valid, valid, valid);
            }
            counts.close();
            let Store::Whole(agreements) = &counts.agreements else { panic!("nothing is forgotten") };
            let (least, most) = (*agreements.iter().min().unwrap(), *agreements.iter().max().unwrap());
            assert!(counts.bounds.0 <= least && most <= counts.bounds.1, "{:?}", counts.bounds);
            if (round + 1) % 3 == 0 {
                assert_eq!(counts.bounds, (least, most), "looked through after round {round}");
            }
            assert_eq!(counts.wanted().unwrap().0, round as usize + 1);
        }
    }
}
