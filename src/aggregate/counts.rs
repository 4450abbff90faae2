//! How often a worker agreed on each coordinate: the memory of signSGD-FD after its initial phase.
//!
//! Without forgetting these are whole numbers of rounds, two bytes each; with forgetting they are fading sums.
//! How many votes a coordinate *received* is one number for the whole worker until the first abstention or held
//! decision makes coordinates differ; only then does it become a vector of its own.

use super::weight::{Row, Rule, Tables, Triangle};

/// A number per coordinate.
#[derive(Debug)]
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

/// The counts of one worker over D coordinates.
#[derive(Debug)]
pub struct Counts {
    coordinates: usize,
    forgetting: f64,
    agreements: Store,
    /// Votes received on every coordinate alike, as long as `received` is absent.
    rounds: f64,
    received: Option<Store>,
}

impl Counts {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(coordinates: usize, forgetting: f64) -> Self {
        Self {
            coordinates,
            forgetting,
            agreements: Store::filled(coordinates, 0.0, forgetting),
            rounds: 0.0,
            received: None,
        }
    }

    /// Counts one round on the coordinates of word `k`. Words of a round come in order, from zero.
    #[inline(always)]
    pub fn count(&mut self, k: usize, agreed: u64, received: u64, valid: u64) {
        self.agreements.count(k, agreed, self.forgetting);
        if self.received.is_none() && received != valid {
            self.received = Some(self.spread(k));
        }
        if let Some(store) = &mut self.received {
            store.count(k, received, self.forgetting);
        }
    }

    /// Ends a round in which this worker's vote was counted.
    pub fn close(&mut self) {
        self.rounds = self.rounds * self.forgetting + 1.0;
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
    pub fn weights(&self, k: usize, rule: &Rule, own: f64, row: &Row, triangle: &Triangle, out: &mut [f32]) {
        let at = 64 * k..64 * k + out.len();
        let fallback = |a: f64, r: f64| rule.weight(a, r, own) as f32;
        match (&self.agreements, &self.received) {
            (Store::Whole(agreed), None) => match row {
                Row::Shared(table) => {
                    for (w, a) in out.iter_mut().zip(&agreed[at]) {
                        *w = table[*a as usize];
                    }
                }
                Row::Own(row) => {
                    for (w, a) in out.iter_mut().zip(&agreed[at]) {
                        let known = row.get(*a as usize).copied();
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

    /// The weights by whole agreements out of the common number of rounds; empty where there is none, or where a table
    /// would be longer than the coordinates that look into it.
    #[must_use]
    pub fn row(&self, rule: &Rule, own: f64, tables: &mut Tables) -> Row {
        match (&self.agreements, &self.received) {
            (Store::Whole(_), None) if self.rounds < self.coordinates as f64 => {
                let rounds = self.rounds as usize;
                if rule.shrinkage == 0.0 {
                    Row::Shared(tables.of(rule, rounds))
                } else {
                    Row::Own((0..=rounds).map(|a| rule.weight(a as f64, self.rounds, own) as f32).collect())
                }
            }
            _ => Row::Own(Vec::new()),
        }
    }

    /// Whether weights may be looked up by two whole counts.
    #[must_use]
    pub const fn is_irregular(&self) -> bool {
        matches!((&self.agreements, &self.received), (Store::Whole(_), Some(_)))
    }
}
